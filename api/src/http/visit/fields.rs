//! The fields of a form or a query, each given once.

use crate::http::{
    problem::{Kind, Problem},
    text,
};
use crate::protection::Protection;
use url::form_urlencoded;

/// More fields than any form or OAuth request has.
const MOST: usize = 64;

/// Fields by name. Unknown ones are kept and ignored, as RFC 6749 §3.1 wants.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Splits a form.
    ///
    /// # Errors
    /// `duplicate-parameter` (RFC 6749 §3.1: parameters must not be included more than once), `illegal-character`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Problem> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.len() >= MOST {
                return Err(Kind::BadRequest.into());
            }
            let doubled = fields.iter().any(|(given, _)| *given == name);
            if doubled && Protection::InputUnambiguous.holds() {
                return Err(Kind::DuplicateParameter.into());
            }
            if !text::is_clean(&value) || !text::is_clean(&name) {
                return Err(Kind::IllegalCharacter.into());
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    /// The value of a field. An empty one counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn a_field_comes_once_and_an_empty_one_counts_for_nothing() {
        let fields = Fields::parse(b"scope=a+b&state=&x=1").unwrap();
        assert_eq!(fields.get("scope"), Some("a b"));
        assert_eq!(fields.get("state"), None);
        for wrong in ["a=1&a=2", "a=1&%61=2", "a=%00", "a=%ff"] {
            assert!(Fields::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
