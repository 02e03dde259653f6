//! E-mail addresses.

use crate::http::text::{self, Text};
use std::fmt;
use validator::ValidateEmail;

/// The longest address that mail can be sent to (RFC 5321 §4.5.3.1.3).
const LONGEST: usize = 254;

/// An address that mail could be sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Text);

impl Email {
    /// The address in a text; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fine = text.len() <= LONGEST && text::is_clean(text) && text.validate_email();
        fine.then(|| Self(Text::compose(text)))
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The form in which two addresses are compared: nobody gives two people addresses that differ in case only, and
    /// attackers write one address in many ways.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.folded()
    }

    /// The part behind the `@`, folded.
    #[must_use]
    pub fn domain(&self) -> String {
        self.folded().rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default()
    }
}

// An address is personal data and has no business in a log line.
impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn one_address_however_it_is_written() {
        let folded = |text: &str| Email::parse(text).unwrap().folded();
        assert_eq!(folded("Ada@Example.org"), folded(" ada@example.ORG "));
        for wrong in ["", "ada", "ada@", "a b@example.org", "ada@example.org\0", "ada@exa\nmple.org"] {
            assert!(Email::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
