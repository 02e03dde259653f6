//! The tables, the same on both engines. Written by hand, beside `migrations/`.
//!
//! `Timestamp` goes by another name here: `table!` takes that word for diesel's own type and adds arithmetic to it.
#![expect(missing_docs, reason = "the columns are documented by the migrations")]

mod clinic;
mod deliveries;
mod eligibility;
mod federation;
mod keys;
mod mails;
mod requests;
mod uploads;

pub use clinic::*;
pub use deliveries::*;
pub use eligibility::*;
pub use federation::*;
pub use keys::*;
pub use mails::*;
pub use requests::*;
pub use uploads::*;

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Bool, Text};

    organizations (id) {
        id -> Id,
        name -> Text,
        status -> Text,
        created_at -> Moment,
        self_registration -> Bool,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Integer, Text};

    members (id) {
        id -> Id,
        organization_id -> Id,
        issuer -> Text,
        subject -> Text,
        display_name -> Text,
        role -> Text,
        status -> Text,
        version -> Integer,
        created_at -> Moment,
        networks -> Json,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Binary, Date, Integer, Nullable, Text};

    patients (id) {
        id -> Id,
        organization_id -> Id,
        member_id -> Nullable<Id>,
        attending_member_id -> Nullable<Id>,
        given_name -> Text,
        family_name -> Text,
        birth_date -> Date,
        national_id -> Binary,
        national_id_index -> Binary,
        phone -> Nullable<Binary>,
        notes -> Nullable<Binary>,
        metadata -> Json,
        status -> Text,
        registered_by -> Id,
        version -> Integer,
        created_at -> Moment,
        discharged_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    audit_events (id) {
        id -> Id,
        organization_id -> Nullable<Id>,
        occurred_at -> Moment,
        event -> Text,
        outcome -> Text,
        reason -> Nullable<Text>,
        operation -> Text,
        actor_member_id -> Nullable<Id>,
        actor_issuer -> Nullable<Text>,
        actor_subject -> Nullable<Text>,
        object_type -> Nullable<Text>,
        object_ids -> Json,
        source_address -> Text,
        request_id -> Id,
        client_request_id -> Nullable<Text>,
        schema_version -> Integer,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    accounts (id) {
        id -> Id,
        email_index -> Binary,
        email -> Binary,
        email_verified_at -> Nullable<Moment>,
        password_hash -> Nullable<Text>,
        password_changed_at -> Nullable<Moment>,
        status -> Text,
        version -> Integer,
        generation -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    sessions (id) {
        id -> Id,
        account_id -> Id,
        secret_hash -> Binary,
        acr -> Nullable<Text>,
        amr -> Text,
        name -> Text,
        authenticated_at -> Moment,
        last_used_at -> Moment,
        idle_seconds -> Integer,
        expires_at -> Moment,
        created_at -> Moment,
        ended_at -> Nullable<Moment>,
        provider_id -> Nullable<Id>,
        provider_organization_id -> Nullable<Id>,
        provider_subject -> Nullable<Text>,
        provider_sid -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Bool, Nullable, Text};

    clients (id) {
        id -> Id,
        client_id -> Text,
        organization_id -> Nullable<Id>,
        member_id -> Nullable<Id>,
        name -> Text,
        kind -> Text,
        profile -> Text,
        grant_types -> Text,
        scope -> Text,
        redirect_uris -> Json,
        post_logout_redirect_uris -> Json,
        backchannel_logout_uri -> Nullable<Text>,
        jwks -> Nullable<Json>,
        dpop_bound -> Bool,
        first_party -> Bool,
        status -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Binary, Bool, Nullable, Text};

    authorization_requests (id) {
        id -> Id,
        handle_hash -> Binary,
        pushed -> Bool,
        client_id -> Text,
        parameters -> Json,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
        browser_hash -> Nullable<Binary>,
        question -> Nullable<Json>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    grants (id) {
        id -> Id,
        client_id -> Text,
        account_id -> Id,
        session_id -> Id,
        organization_id -> Id,
        scope -> Text,
        nonce -> Nullable<Text>,
        acr -> Text,
        amr -> Text,
        authenticated_at -> Moment,
        dpop_jkt -> Nullable<Text>,
        code_hash -> Binary,
        redirect_uri -> Text,
        code_challenge -> Text,
        code_expires_at -> Moment,
        code_used_at -> Nullable<Moment>,
        created_at -> Moment,
        expires_at -> Moment,
        ended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable};

    refresh_tokens (id) {
        id -> Id,
        token_hash -> Binary,
        grant_id -> Id,
        parent_id -> Nullable<Id>,
        created_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::Timestamp as Moment;
    use diesel::sql_types::Binary;

    revocations (key) {
        key -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable};

    signing_keys (id) {
        id -> Id,
        private_key -> Binary,
        public_key -> Binary,
        created_at -> Moment,
        signs_from -> Moment,
        signs_until -> Moment,
        revoked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::Timestamp as Moment;
    use diesel::sql_types::{Binary, Integer};

    login_failures (key) {
        key -> Binary,
        failures -> Integer,
        last_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::Timestamp as Moment;
    use diesel::sql_types::Binary;

    replays (key) {
        key -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

    factors (id) {
        id -> Id,
        account_id -> Id,
        kind -> Text,
        name -> Text,
        secret -> Binary,
        credential_id -> Nullable<Binary>,
        last_step -> Nullable<BigInt>,
        version -> Integer,
        created_at -> Moment,
        confirmed_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    recovery_codes (account_id, slot) {
        account_id -> Id,
        slot -> Integer,
        code_hash -> Text,
        created_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Integer, Nullable};

    factor_challenges (session_id) {
        session_id -> Id,
        account_id -> Id,
        tries -> Integer,
        created_at -> Moment,
        expires_at -> Moment,
        solved_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Integer;

    factor_throttles (account_id, organization_id) {
        account_id -> Id,
        organization_id -> Id,
        failures -> Integer,
        last_failed_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Nullable, Text};

    passkey_states (id) {
        id -> Id,
        purpose -> Text,
        account_id -> Nullable<Id>,
        state -> Json,
        expires_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    invitations (id) {
        id -> Id,
        organization_id -> Id,
        kind -> Text,
        email -> Nullable<Binary>,
        email_index -> Nullable<Binary>,
        display_name -> Nullable<Text>,
        role -> Text,
        invited_by -> Nullable<Id>,
        status -> Text,
        created_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    one_time_secrets (id) {
        id -> Id,
        kind -> Text,
        secret_hash -> Binary,
        account_id -> Nullable<Id>,
        organization_id -> Nullable<Id>,
        invitation_id -> Nullable<Id>,
        email -> Nullable<Binary>,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
        voided_at -> Nullable<Moment>,
    }
}

diesel::joinable!(members -> organizations (organization_id));
diesel::joinable!(patients -> organizations (organization_id));
diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    api_keys (id) {
        id -> Id,
        organization_id -> Id,
        client_id -> Id,
        name -> Text,
        hint -> Text,
        secret_mac -> Binary,
        scope -> Text,
        networks -> Json,
        created_by -> Id,
        created_at -> Moment,
        expires_at -> Moment,
        last_used_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
        reminders -> Integer,
    }
}

diesel::joinable!(api_keys -> clients (client_id));
diesel::allow_tables_to_appear_in_same_query!(api_keys, clients);
diesel::allow_tables_to_appear_in_same_query!(members, clients);
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::allow_tables_to_appear_in_same_query!(organizations, members, patients, revocations);
diesel::allow_tables_to_appear_in_same_query!(documents, patients);
diesel::allow_tables_to_appear_in_same_query!(refresh_tokens, grants, sessions, accounts, clients);
diesel::allow_tables_to_appear_in_same_query!(patients, care_relations);
diesel::allow_tables_to_appear_in_same_query!(patients, break_glass_accesses);
diesel::joinable!(appointments -> patients (patient_id));
diesel::joinable!(waiting_list -> patients (patient_id));
diesel::allow_tables_to_appear_in_same_query!(appointments, slots, patients);
diesel::allow_tables_to_appear_in_same_query!(waiting_list, patients);
