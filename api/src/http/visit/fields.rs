//! The fields of a form or a query, each given once, and none longer than its row says.

use crate::{
    audit::Reason,
    http::{
        problem::{Kind, Problem},
        query, text,
    },
};
use url::form_urlencoded;

/// More fields than any form or OAuth request has.
pub(in crate::http) const MOST: usize = 64;
/// The longest name of a field, in characters.
pub(in crate::http) const LONGEST_NAME: usize = 64;

/// A field that a row takes, and how long its value may be.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(in crate::http) name: &'static str,
    /// In characters.
    pub(in crate::http) longest: usize,
    pub(in crate::http) form: Form,
    counted_later: bool,
}

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Form {
    /// Any clean text.
    Text,
    /// What programs make for programs: visible ASCII and spaces (VSCHAR, RFC 6749 Appendix A).
    Visible,
}

/// What is in no row: RFC 6749 §3.1 wants it ignored, but it is read.
pub(in crate::http) const UNKNOWN: Field = Field::text("", 2048);

impl Field {
    /// A field whose value is a text of at most so many characters.
    #[must_use]
    pub const fn text(name: &'static str, longest: usize) -> Self {
        Self { name, longest, form: Form::Text, counted_later: false }
    }

    /// A field whose value was made by a program for another one.
    #[must_use]
    pub const fn visible(name: &'static str, longest: usize) -> Self {
        Self { form: Form::Visible, ..Self::text(name, longest) }
    }

    /// A field whose reader refuses a longer value in words of its own.
    #[must_use]
    pub const fn counted_later(self) -> Self {
        Self { counted_later: true, ..self }
    }

    /// Whether it has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    fn check(&self, value: &str) -> Result<(), Problem> {
        if !self.counted_later && is_longer(value, self.longest) {
            return Err(Problem::new(Kind::ValidationFailed).because(Reason::PARAMETER_LENGTH));
        }
        let is_visible = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if self.form == Form::Visible && !is_visible(value) {
            return Err(Kind::IllegalCharacter.into());
        }
        Ok(())
    }
}

fn is_longer(text: &str, longest: usize) -> bool {
    text.chars().nth(longest).is_some()
}

/// Fields by name. Unknown ones are kept and ignored, as RFC 6749 §3.1 wants.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Splits a form of which these fields are known.
    ///
    /// # Errors
    /// `duplicate-parameter` (RFC 6749 §3.1: parameters must not be included more than once), `illegal-character`,
    /// `validation-failed`, when a name or a value is too long.
    pub(super) fn parse(text: &[u8], known: &[Field]) -> Result<Self, Problem> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.len() >= MOST {
                return Err(Kind::BadRequest.into());
            }
            query::check_single(&name, &fields)?;
            if !text::is_clean(&value) || !text::is_clean(&name) {
                return Err(Kind::IllegalCharacter.into());
            }
            if is_longer(&name, LONGEST_NAME) {
                return Err(Problem::new(Kind::ValidationFailed).because(Reason::PARAMETER_LENGTH));
            }
            known.iter().find(|field| field.is(&name)).unwrap_or(&UNKNOWN).check(&value)?;
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
    use super::{Field, Fields, LONGEST_NAME, UNKNOWN};

    #[test]
    fn a_field_comes_once_and_an_empty_one_counts_for_nothing() {
        let fields = Fields::parse(b"scope=a+b&state=&x=1", &[]).unwrap();
        assert_eq!(fields.get("scope"), Some("a b"));
        assert_eq!(fields.get("state"), None);
        for wrong in ["a=1&a=2", "a=1&%61=2", "a=%00", "a=%ff"] {
            assert!(Fields::parse(wrong.as_bytes(), &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_field_is_longer_than_its_row_says() {
        let known =
            [Field::text("name", 2), Field::visible("token", 3), Field::text("later", 1).counted_later()];
        let refusal =
            |form: &str| Fields::parse(form.as_bytes(), &known).err().map(|problem| problem.kind().slug());
        let (long, name) = ("x".repeat(UNKNOWN.longest), "n".repeat(LONGEST_NAME));
        for fine in
            ["name=%C3%A9%C3%A9", "token=a+~", "later=long", &format!("x={long}"), &format!("{name}=1")]
        {
            assert_eq!(refusal(fine), None, "{fine}");
        }
        for wrong in ["name=abc", "token=abcd", &format!("x={long}x"), &format!("{name}n=1")] {
            assert_eq!(refusal(wrong), Some("validation-failed"), "{wrong}");
        }
        assert_eq!(refusal("token=%C3%A9"), Some("illegal-character"));
    }
}
