//! The tables of webhooks.

diesel::table! {
    use crate::store::types::{Id, Json, Timestamp as Moment};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};

    webhooks (id) {
        id -> Id,
        organization_id -> Id,
        slot -> Integer,
        url -> Text,
        event_types -> Json,
        secret -> Binary,
        former_secret -> Nullable<Binary>,
        former_until -> Nullable<Moment>,
        status -> Text,
        version -> Integer,
        created_by -> Id,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    webhook_deliveries (id) {
        id -> Id,
        organization_id -> Id,
        webhook_id -> Id,
        event_type -> Text,
        payload -> Text,
        status -> Text,
        attempts -> Integer,
        due_at -> Moment,
        claimed_until -> Nullable<Moment>,
        attempted_at -> Nullable<Moment>,
        answered -> Nullable<Integer>,
        created_at -> Moment,
    }
}

diesel::joinable!(webhook_deliveries -> webhooks (webhook_id));
diesel::allow_tables_to_appear_in_same_query!(webhooks, webhook_deliveries);
