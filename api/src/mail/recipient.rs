//! Addresses that mails may go to.

use lettre::Address;
use url::Host;

/// RFC 5321 §4.5.3.1.3: a path holds 256 octets, two of them brackets.
const LONGEST: usize = 254;

/// The text is no address that this service sends to. The text itself is not in it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidRecipient;

/// One address: no display name, no list, no comment, no quoted part, so that nothing in it can become a header, a second
/// recipient or an SMTP command.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(Address);

impl Recipient {
    /// Reads an address. An international domain is brought into its ASCII form; the part before the `@` must be ASCII, as
    /// not every mail server takes another.
    ///
    /// # Errors
    /// [`InvalidRecipient`].
    pub fn parse(text: &str) -> Result<Self, InvalidRecipient> {
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidRecipient)?;
        let Host::Domain(domain) = Host::parse(domain).map_err(|_| InvalidRecipient)? else {
            return Err(InvalidRecipient);
        };
        let plain = local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        if !plain || local.len() + domain.len() >= LONGEST {
            return Err(InvalidRecipient);
        }
        Address::new(local, domain).map(Self).map_err(|_| InvalidRecipient)
    }

    pub(super) fn address(&self) -> Address {
        self.0.clone()
    }
}

/// A person's address is no log line's business.
impl std::fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recipient([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::Recipient;

    #[test]
    fn an_address_is_read() {
        for text in ["ada@example.org", "ada.l+clinic@mail.example.org", "o'hara@example.org"] {
            assert_eq!(Recipient::parse(text).unwrap().address().to_string(), text);
        }
        let international = Recipient::parse("ada@bücher.example").unwrap();
        assert_eq!(international.address().to_string(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@127.0.0.1",
            "ada@[::1]",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada\r\nBcc: eve@example.org@example.org",
            "ada@example.org,eve@example.org",
            "ada@example.org>,<eve@example.org",
            "\"ada\\\" \"@example.org",
            "Ada <ada@example.org>",
            "a\u{0}da@example.org",
            "ädä@example.org",
            "ada@example.org ",
        ] {
            assert!(Recipient::parse(text).is_err(), "{text:?}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        assert!(Recipient::parse(&long).is_err());
    }
}
