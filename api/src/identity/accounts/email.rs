//! E-mail addresses.

use crate::{
    http::text::{self, Text},
    protection::INPUT_TEXT_CANONICAL,
};
use brigandine_enforce::enforces;
use serde::{Deserialize, Deserializer, de};
use std::{borrow::Cow, fmt};
use url::Host;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use validator::ValidateEmail;

/// An address that mail could be sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    text: Text,
    /// The part behind the `@` as the name system has it: A-labels in lower case (RFC 5891 §4.4).
    domain: String,
}

impl Email {
    /// The longest address that mail can be sent to (RFC 5321 §4.5.3.1.3).
    pub const LONGEST: usize = 254;

    /// The address in a text; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > Self::LONGEST || !text::is_clean(text) || !text.validate_email() {
            return None;
        }
        let (local, domain) = text.rsplit_once('@')?;
        // A network address in brackets is nobody's, and behind one that is not, `validator` takes anything.
        let Host::Domain(domain) = Host::parse(domain).ok()? else { return None };
        let fits = local.len().saturating_add(domain.len()) < Self::LONGEST;
        fits.then(|| Self { text: Text::compose(text), domain: domain.to_ascii_lowercase() })
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The form in which two addresses are compared: nobody gives two people addresses that differ in case only, attackers
    /// write one address in many ways, and `bücher.example` is `xn--bcher-kva.example`.
    #[must_use]
    #[enforces(INPUT_TEXT_CANONICAL, answers = self.text.as_str().to_owned())]
    pub fn folded(&self) -> String {
        let local = self.text.as_str().rsplit_once('@').map_or("", |(local, _)| local);
        format!("{}@{}", Text::compose(local).folded(), self.domain)
    }

    /// The part behind the `@`, in A-labels and lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

/// In a body it stands by itself, without the spaces that people leave around it in forms.
impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let email = Self::parse(&text).filter(|_| text.trim() == text);
        email.ok_or_else(|| de::Error::custom("not an e-mail address"))
    }
}

impl PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .min_length(Some(3))
            .max_length(Some(Self::LONGEST))
            .into()
    }
}

impl ToSchema for Email {}

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
        for same in [
            "ada@bücher.example",
            "ADA@BÜCHER.example",
            "ada@bu\u{308}cher.example",
            "ada@xn--bcher-kva.example",
            "ada@XN--BCHER-KVA.EXAMPLE",
            "ada@bücher\u{3002}example",
            "ada@bü\u{ad}cher.example",
            "ada@ｂücher．example",
        ] {
            assert_eq!(folded(same), "ada@xn--bcher-kva.example", "{same}");
            assert_eq!(Email::parse(same).unwrap().domain(), "xn--bcher-kva.example", "{same}");
        }
        assert_ne!(folded("ada@bucher.example"), folded("ada@bücher.example"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        let long = format!("ada@{}.example", "ü".repeat(60));
        for wrong in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@example.org\0",
            "ada@exa\nmple.org",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@x\n[127.0.0.1]",
            "ada@evil.example[127.0.0.1]",
            "ada@example.org.",
            "ada@%65xample.org",
            "ada@xn--",
            &long,
        ] {
            assert!(Email::parse(wrong).is_none(), "{wrong:?}");
        }
        assert!(serde_json::from_str::<Email>("\"ada@example.org\"").is_ok());
        assert!(serde_json::from_str::<Email>("\" ada@example.org\"").is_err());
    }
}
