//! What may come in.

use super::{Attack, NewPatient};
use serde_json::Value;
use std::path::{Path, PathBuf};

mod command_template;
mod content_type;
mod edge_desync;
mod read_back;
mod schema;
mod schema_header;
mod smuggling;
mod sql;
mod sql_blind;
mod sql_source;
mod text_canonical;
mod unambiguous;
mod upload_limits;
mod upload_malware;
mod upload_type;

pub(super) const ATTACKS: &[&[Attack]] = &[
    schema::ATTACKS,
    read_back::ATTACKS,
    unambiguous::ATTACKS,
    content_type::ATTACKS,
    edge_desync::ATTACKS,
    smuggling::ATTACKS,
    sql::ATTACKS,
    sql_blind::ATTACKS,
    sql_source::ATTACKS,
    command_template::ATTACKS,
    text_canonical::ATTACKS,
    upload_type::ATTACKS,
    upload_limits::ATTACKS,
    upload_malware::ATTACKS,
];

/// A registration that is honest but for one member.
fn registration_with(member: &str, value: impl Into<Value>) -> Value {
    let mut body = NewPatient::unique().body();
    if let Some(members) = body.as_object_mut() {
        members.insert(member.into(), value.into());
    }
    body
}

/// Every file under a folder, however deep.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
