//! Key files that the database was used with.

diesel::table! {
    use crate::store::types::Timestamp as Moment;
    use diesel::sql_types::{Binary, Text};

    key_fingerprints (purpose, fingerprint) {
        purpose -> Text,
        fingerprint -> Binary,
        seen_at -> Moment,
    }
}
