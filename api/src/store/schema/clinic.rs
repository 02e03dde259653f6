//! The example domain's tables.

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Nullable;

    care_relations (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        member_id -> Id,
        added_by -> Id,
        starts_at -> Moment,
        ends_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    break_glass_accesses (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        member_id -> Id,
        reason -> Binary,
        opened_at -> Moment,
        expires_at -> Moment,
        reviewed_by -> Nullable<Id>,
        reviewed_at -> Nullable<Moment>,
        verdict -> Nullable<Text>,
        note -> Nullable<Binary>,
        signed_in_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    records (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        author_member_id -> Id,
        kind -> Text,
        version -> Integer,
        created_at -> Moment,
        amended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable};

    record_versions (id) {
        id -> Id,
        organization_id -> Id,
        record_id -> Id,
        version -> Integer,
        author_member_id -> Id,
        body -> Binary,
        reason -> Nullable<Binary>,
        signature -> Binary,
        signed_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Nullable;

    slots (id) {
        id -> Id,
        organization_id -> Id,
        clinician_member_id -> Id,
        starts_at -> Moment,
        ends_at -> Moment,
        created_by -> Id,
        created_at -> Moment,
        withdrawn_at -> Nullable<Moment>,
        told_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Bool, Nullable, Text};

    appointments (id) {
        id -> Id,
        organization_id -> Id,
        slot_id -> Id,
        patient_id -> Id,
        status -> Text,
        booked_by -> Id,
        created_at -> Moment,
        held_until -> Moment,
        confirmed_at -> Nullable<Moment>,
        cancelled_at -> Nullable<Moment>,
        cancelled_late -> Bool,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::Nullable;

    waiting_list (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        clinician_member_id -> Nullable<Id>,
        created_at -> Moment,
        notified_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    patient_exports (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        requested_by -> Id,
        format -> Text,
        reason -> Binary,
        status -> Text,
        version -> Integer,
        requested_at -> Moment,
        expires_at -> Moment,
        decided_by -> Nullable<Id>,
        decided_at -> Nullable<Moment>,
    }
}

diesel::joinable!(appointments -> slots (slot_id));
