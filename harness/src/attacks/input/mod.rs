//! What may come in.

use super::{Attack, NewPatient};
use serde_json::Value;

mod content_type;
mod schema;
mod sql;
mod sql_blind;
mod text_canonical;
mod unambiguous;

pub(super) const ATTACKS: &[&[Attack]] = &[
    schema::ATTACKS,
    unambiguous::ATTACKS,
    content_type::ATTACKS,
    sql::ATTACKS,
    sql_blind::ATTACKS,
    text_canonical::ATTACKS,
];

/// A registration that is honest but for one member.
fn registration_with(member: &str, value: impl Into<Value>) -> Value {
    let mut body = NewPatient::unique().body();
    if let Some(members) = body.as_object_mut() {
        members.insert(member.into(), value.into());
    }
    body
}
