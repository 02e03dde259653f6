//! Where settings come from: one file, then the environment.

use super::{Settings, SettingsError};
use crate::protection::CONFIG_SECURE_START;
use brigandine_enforce::enforces;
use std::{ffi::OsString, path::Path};
use toml::{Table, Value};

const PREFIX: &str = "BRIGANDINE_";
/// More than any honest settings file; stops a wrong path such as a device from being read for ever.
const LARGEST_FILE: u64 = 1024 * 1024;

pub(super) fn read(file: &Path) -> Result<Table, SettingsError> {
    let name = file.display().to_string();
    let refuse = |advice: String| SettingsError::new(name.clone(), advice);
    let about = std::fs::metadata(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    if !about.is_file() || about.len() > LARGEST_FILE {
        return Err(refuse("is not a settings file; name a TOML file of at most 1 MiB".into()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    text.parse().map_err(|error: toml::de::Error| refuse(one_line(error.message())))
}

/// Lays `BRIGANDINE_SECTION__KEY` over the table and answers which keys were set.
pub(super) fn overlay(
    table: &mut Table,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Vec<String>, SettingsError> {
    let mut set = Vec::new();
    for (name, text) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        // The harness's own variables share the prefix and say so.
        if rest.starts_with("TEST_") {
            continue;
        }
        let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        let dotted = path.join(".");
        check_once(&name, &dotted, &set)?;
        insert(table, &path, value(&text)).ok_or_else(|| {
            SettingsError::new(name.clone(), format!("{dotted} is not a setting; remove the variable"))
        })?;
        set.push(dotted);
    }
    set.sort();
    Ok(set)
}

/// A variable as text. One of this service's that is none stops the start; others are nobody's business.
pub(super) fn variable(
    (name, value): (OsString, OsString),
) -> Result<Option<(String, String)>, SettingsError> {
    let ours = name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
    match (name.into_string(), value.into_string()) {
        (Ok(name), Ok(value)) => Ok(Some((name, value))),
        (Ok(name), Err(_)) if ours => refuse_unreadable(name, "its value is not UTF-8 text"),
        (Err(name), _) if ours => {
            refuse_unreadable(name.to_string_lossy().into_owned(), "its name is not UTF-8 text")
        }
        _ => Ok(None),
    }
}

/// What somebody meant to set must not be left out in silence.
#[enforces(CONFIG_SECURE_START, answers = Ok(None))]
fn refuse_unreadable(name: String, why: &str) -> Result<Option<(String, String)>, SettingsError> {
    Err(SettingsError::new(name, format!("cannot be read: {why}")))
}

/// Names that differ in case only are one setting, and which of them counts would depend on the environment's order.
#[enforces(CONFIG_SECURE_START)]
fn check_once(name: &str, dotted: &str, set: &[String]) -> Result<(), SettingsError> {
    if set.iter().any(|other| other == dotted) {
        return Err(SettingsError::new(name, format!("{dotted} is set twice; remove one of the variables")));
    }
    Ok(())
}

fn insert(table: &mut Table, path: &[String], value: Value) -> Option<()> {
    let (key, rest) = path.split_first()?;
    if rest.is_empty() {
        table.insert(key.clone(), value);
        return Some(());
    }
    let inner = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
    insert(inner.as_table_mut()?, rest, value)
}

/// A number, a truth value or a list where the text is one in TOML, else the text itself.
fn value(text: &str) -> Value {
    match format!("v = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("v")) {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

pub(super) fn typed(table: Table) -> Result<Settings, SettingsError> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let key = error.path().to_string();
        SettingsError::new(
            if key == "." { "settings".into() } else { key },
            one_line(error.inner().message()),
        )
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Settings, variable};
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    fn load(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Settings::load(None, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_sets_typed_values() {
        let settings = load(&[("BRIGANDINE_SERVER__WORKERS", "3"), ("PATH", "/bin")]).unwrap();
        assert_eq!(settings.server.workers, 3);
        assert_eq!(settings.from_environment, ["server.workers"]);
    }

    #[test]
    fn one_setting_has_one_variable() {
        let twice =
            load(&[("BRIGANDINE_LOG__LEVEL", "info"), ("BRIGANDINE_log__level", "debug")]).unwrap_err();
        assert!(twice.contains("log.level"), "{twice}");
    }

    #[test]
    fn a_variable_that_is_no_text_is_refused_by_name_and_others_are_left_alone() {
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let wrong = variable((text(b"BRIGANDINE_SERVER__BASE_URL"), text(b"https://\xff"))).unwrap_err();
        assert!(wrong.to_string().starts_with("BRIGANDINE_SERVER__BASE_URL"), "{wrong}");
        assert!(variable((text(b"BRIGANDINE_SERVER__\xff"), text(b"x"))).is_err());
        assert!(variable((text(b"LC_\xff"), text(b"\xff"))).unwrap().is_none());
        assert!(variable((text(b"BRIGANDINE_LOG__LEVEL"), text(b"info"))).unwrap().is_some());
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let refusal = load(&[("BRIGANDINE_SERVER__WROKERS", "3")]).unwrap_err();
        assert!(refusal.contains("wrokers"), "{refusal}");
    }

    #[test]
    fn a_wrong_type_is_refused_by_name() {
        let refusal = load(&[("BRIGANDINE_SERVER__WORKERS", "many")]).unwrap_err();
        assert!(refusal.contains("server.workers"), "{refusal}");
    }
}
