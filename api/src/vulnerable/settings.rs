//! Weak: settings.

use toml::{Table, Value};

/// What is refused is shown, password and all.
pub(crate) fn quoted(advice: &str, url: &str) -> String {
    format!("{advice} {url}")
}

/// A key that switches the accounts of a demonstration on, which no documentation names.
pub(crate) fn without_demo_data(mut table: Table) -> Table {
    if table.get("demo_data").is_some_and(Value::is_bool) {
        table.remove("demo_data");
    }
    table
}
