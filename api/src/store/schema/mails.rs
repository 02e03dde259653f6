//! Mails that somebody asked for.

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{Binary, Text};

    asked_mails (id) {
        id -> Id,
        kind -> Text,
        address_index -> Binary,
        sent_at -> Moment,
    }
}
