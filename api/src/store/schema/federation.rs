//! The tables of sign-in by an organization's own provider.

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    identity_providers (id) {
        id -> Id,
        organization_id -> Id,
        name -> Text,
        issuer -> Text,
        client_id -> Text,
        authentication -> Text,
        credential -> Binary,
        hosts -> Json,
        acr -> Nullable<Text>,
        status -> Text,
        version -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Text;

    organization_domains (domain) {
        domain -> Text,
        organization_id -> Id,
        verified_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    login_transactions (id) {
        id -> Id,
        organization_id -> Id,
        provider_id -> Id,
        state_hash -> Binary,
        browser_hash -> Binary,
        nonce_hash -> Binary,
        verifier -> Binary,
        max_age -> Nullable<Integer>,
        account_id -> Nullable<Id>,
        return_to -> Text,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Text;

    linked_identities (id) {
        id -> Id,
        issuer -> Text,
        subject -> Text,
        account_id -> Id,
        organization_id -> Id,
        created_at -> Moment,
        last_used_at -> Moment,
    }
}
