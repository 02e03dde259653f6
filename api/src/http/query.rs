//! Query parameters: known, once, and clean.

use super::{
    problem::{Kind, Problem},
    text,
};
use crate::protection::{DTO_RESPONSE_ALLOWLIST, INPUT_UNAMBIGUOUS};
use brigandine_enforce::enforces;
use url::form_urlencoded;

/// The parameters of a request, each name known and given once.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Splits a query string.
    ///
    /// # Errors
    /// `unknown-parameter`, `duplicate-parameter`, `illegal-character`.
    pub fn parse(query: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if chooses_members(&name) {
                continue;
            }
            check_known(&name, known)?;
            check_single(&name, &pairs)?;
            // Percent-encoded bytes that are no UTF-8 come out as U+FFFD, which is not clean either.
            if !text::is_clean(&value) {
                return Err(Problem::new(Kind::IllegalCharacter).at(format!("?{name}"), "illegal_character"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter. (In twins that take duplicates, the last one.)
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter, read by `read`.
    ///
    /// # Errors
    /// `validation-failed`, when `read` can't make anything of it.
    pub fn read<T>(
        &self,
        name: &str,
        rule: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let value =
            read(value).ok_or_else(|| Problem::new(Kind::ValidationFailed).at(format!("?{name}"), rule))?;
        Ok(Some(value))
    }
}

/// No parameter of an endpoint that does not know it chooses what an answer shows: that is decided by who asks (API3:2023).
#[enforces(DTO_RESPONSE_ALLOWLIST, answers = matches!(_name, "fields" | "include" | "expand"))]
fn chooses_members(_name: &str) -> bool {
    false
}

/// Refuses a parameter that the endpoint does not know: whoever sent it expects something of it.
#[enforces(INPUT_UNAMBIGUOUS)]
fn check_known(name: &str, known: &[&str]) -> Result<(), Problem> {
    if known.contains(&name) { Ok(()) } else { Err(Kind::UnknownParameter.into()) }
}

/// Refuses a parameter, or a field of a form, that was given before: a gateway could judge the one, and the handler take the
/// other (HTTP parameter pollution, CWE-235; RFC 6749 §3.1; ASVS 15.3.7).
#[enforces(INPUT_UNAMBIGUOUS)]
pub(super) fn check_single(name: &str, pairs: &[(String, String)]) -> Result<(), Problem> {
    if pairs.iter().any(|(given, _)| given == name) {
        return Err(Kind::DuplicateParameter.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    fn refusal(query: &str) -> &'static str {
        Parameters::parse(query, &["limit", "q"]).unwrap_err().kind().slug()
    }

    #[test]
    fn parameters_are_known_single_and_clean() {
        let parameters = Parameters::parse("limit=5&q=O%27Brien", &["limit", "q"]).unwrap();
        assert_eq!(parameters.get("q"), Some("O'Brien"));
        assert_eq!(refusal("limit=1&limit=2"), "duplicate-parameter");
        assert_eq!(refusal("limit=1&%6cimit=2"), "duplicate-parameter");
        assert_eq!(refusal("debug=1"), "unknown-parameter");
        assert_eq!(refusal("q=a%00b"), "illegal-character");
        assert_eq!(refusal("q=%ff"), "illegal-character");
    }
}
