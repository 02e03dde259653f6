//! Where settings come from: one file, then the environment.

use super::{Settings, SettingsError};
use std::path::Path;
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
        insert(table, &path, value(&text)).ok_or_else(|| {
            SettingsError::new(name.clone(), format!("{dotted} is not a setting; remove the variable"))
        })?;
        set.push(dotted);
    }
    set.sort();
    Ok(set)
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
    use super::Settings;

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
