//! A row as it is stored.

use serde_json::{Map, Value};
use uuid::Uuid;

/// A database row, column by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Map<String, Value>);

impl Row {
    pub(super) fn parse(json: &str) -> Option<Self> {
        match serde_json::from_str(json) {
            Ok(Value::Object(map)) => Some(Self(map)),
            _ => None,
        }
    }

    /// Leaves columns out.
    pub(super) fn forget(&mut self, columns: &[&str]) {
        columns.iter().for_each(|column| drop(self.0.remove(*column)));
    }

    /// The names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The column as text; JSON columns come as their JSON. `None` for NULL.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The column as an identifier.
    #[must_use]
    pub fn uuid(&self, column: &str) -> Option<Uuid> {
        self.text(column).and_then(|text| Uuid::parse_str(&text).ok())
    }

    /// The column as bytes (BLOB or bytea).
    #[must_use]
    pub fn bytes(&self, column: &str) -> Option<Vec<u8>> {
        let text = self.text(column)?;
        let hex = text.strip_prefix("\\x").unwrap_or(&text).as_bytes();
        hex.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    }

    /// The column as a whole number.
    #[must_use]
    pub fn integer(&self, column: &str) -> Option<i64> {
        self.0.get(column)?.as_i64()
    }

    /// The whole row as one text, for looking for canaries.
    #[must_use]
    pub fn everything(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}
