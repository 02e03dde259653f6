//! The tables of requests themselves.

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    idempotency_keys (id) {
        id -> Id,
        organization_id -> Id,
        member_id -> Id,
        operation -> Text,
        key -> Id,
        digest -> Binary,
        answer -> Nullable<Binary>,
        created_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Integer, Text};

    deprecated_uses (organization_id, operation) {
        organization_id -> Id,
        operation -> Text,
        last_used_at -> Moment,
        notices -> Integer,
    }
}
