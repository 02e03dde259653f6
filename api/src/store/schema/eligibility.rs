//! What insurers answered, and what was spent on asking them.

diesel::table! {
    use crate::store::types::{Id, Timestamp as Moment};
    use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};

    eligibility_checks (id) {
        id -> Id,
        organization_id -> Id,
        patient_id -> Id,
        checked_by -> Id,
        question_index -> Binary,
        payer -> Text,
        member_no -> Binary,
        status -> Text,
        plan -> Nullable<Binary>,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        copay_cents -> Nullable<BigInt>,
        checked_at -> Moment,
    }
}

diesel::table! {
    use crate::store::types::Id;
    use diesel::sql_types::{BigInt, Date, Text};

    spend (organization_id, purpose, day) {
        organization_id -> Id,
        purpose -> Text,
        day -> Date,
        uses -> BigInt,
        units -> BigInt,
    }
}

diesel::table! {
    use crate::store::types::Id;
    use diesel::sql_types::{BigInt, Text};

    spend_rates (organization_id, member_id, purpose) {
        organization_id -> Id,
        member_id -> Id,
        purpose -> Text,
        due_at -> BigInt,
    }
}
