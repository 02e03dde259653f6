//! Documents of patients, and the room they take.

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    documents (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        uploaded_by -> Id,
        name -> Binary,
        media_type -> Text,
        size -> BigInt,
        file_key -> Binary,
        status -> Text,
        created_at -> Moment,
        judged_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::store::types::Id;
    use diesel::sql_types::BigInt;

    document_usage (organization_id, owner_id) {
        organization_id -> Id,
        owner_id -> Id,
        bytes -> BigInt,
    }
}
