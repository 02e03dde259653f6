//! The state of an attack's organizations, for "refused, but done all the same".

use super::Row;
use std::collections::BTreeMap;

/// Every business row of some organizations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Digest {
    rows: BTreeMap<(String, String), String>,
}

impl Digest {
    pub(super) fn take(&mut self, table: &str, rows: Vec<Row>) {
        for row in rows {
            let id = row.text("id").unwrap_or_default();
            self.rows.insert((table.to_owned(), id), row.everything());
        }
    }

    /// What a later state has more, less or different; empty when nothing changed. Names rows, never values.
    #[must_use]
    pub fn differences(&self, later: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for ((table, id), row) in &later.rows {
            match self.rows.get(&(table.clone(), id.clone())) {
                None => differences.push(format!("{table} gained row {id}")),
                Some(before) if before != row => differences.push(format!("{table} row {id} changed")),
                Some(_) => {}
            }
        }
        for (table, id) in self.rows.keys() {
            if !later.rows.contains_key(&(table.clone(), id.clone())) {
                differences.push(format!("{table} lost row {id}"));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Row};

    fn digest(rows: &[&str]) -> Digest {
        let mut digest = Digest::default();
        digest.take("patients", rows.iter().map(|row| Row::parse(row).unwrap()).collect());
        digest
    }

    #[test]
    fn every_kind_of_change_is_named() {
        let before = digest(&[r#"{"id":"1","v":1}"#, r#"{"id":"2","v":1}"#]);
        let after = digest(&[r#"{"id":"1","v":2}"#, r#"{"id":"3","v":1}"#]);
        assert_eq!(before.differences(&before), Vec::<String>::new());
        assert_eq!(
            before.differences(&after),
            ["patients row 1 changed", "patients gained row 3", "patients lost row 2"]
        );
    }
}
