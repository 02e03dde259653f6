//! A password as it came from a person.

use crate::protection::PW_POLICY;
use brigandine_enforce::enforces;
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The most code points a password may have. Everything within is verified in full length; hashing more than this buys no
/// strength and lets a stranger make the service work (ASVS 6.2.9 asks for at least 64).
pub const MOST: usize = 256;

/// The most that NFKC makes of a UTF-8 text, in bytes for a byte (Unicode Annex 15).
const NFKC_EXPANSION: usize = 11;

/// A password: composed (NFKC), neither trimmed nor truncated, wiped on drop, and without a way to print it.
///
/// Composed, because one keyboard sends `é` as one code point and another as two (NIST SP 800-63B-4 §3.1.1.2).
pub struct Password {
    text: Zeroizing<String>,
    length: usize,
}

/// Why a text can't be a password at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing was given.
    #[error("the password is empty")]
    Empty,
    /// More than [`MOST`] code points.
    #[error("the password is too long")]
    TooLong,
    /// A NUL, at which some library would end the text.
    #[error("the password holds a NUL")]
    Nul,
}

impl Password {
    /// Reads a password.
    ///
    /// # Errors
    /// [`Unusable`], without having done more work than counting to [`MOST`].
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let text = in_full(text)?;
        let given = text.chars().count();
        // With all its memory from the start: a text that grows leaves copies behind that nobody wipes.
        let mut composed = Zeroizing::new(String::with_capacity(text.len().saturating_mul(NFKC_EXPANSION)));
        composed.extend(text.nfkc());
        // One ligature may unfold into 18 letters, which a person did not think of; the smaller number counts.
        let length = given.min(composed.chars().count());
        Ok(Self { text: composed, length })
    }

    /// Its length in code points.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The characters, for hashing and for the policy only.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

/// A password is taken as it was given or not at all: none is cut at a length, and none ends at a NUL. Else what stands
/// before would open the account (ASVS 6.2.8).
#[enforces(PW_POLICY, otherwise = crate::vulnerable::identity::passwords::cut)]
fn in_full(text: &str) -> Result<&str, Unusable> {
    match text.chars().take(MOST + 1).count() {
        0 => Err(Unusable::Empty),
        1..=MOST if text.contains('\0') => Err(Unusable::Nul),
        1..=MOST => Ok(text),
        _ => Err(Unusable::TooLong),
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Password, Unusable};

    fn text(given: &str) -> String {
        Password::parse(given).unwrap().expose().to_owned()
    }

    #[test]
    fn is_composed_and_else_left_alone() {
        assert_eq!(text("caf\u{65}\u{301} \u{ff21}"), "caf\u{e9} A");
        assert_eq!(text("  Two  spaces  "), "  Two  spaces  ");
        assert_ne!(text("secret"), text("Secret"));
    }

    #[test]
    fn is_counted_in_code_points() {
        assert_eq!(Password::parse("\u{1f600}\u{1f600}").unwrap().length(), 2);
        assert_eq!(Password::parse("\u{fdfa}").unwrap().length(), 1, "a ligature of 18 letters");
        assert_eq!(Password::parse("e\u{301}").unwrap().length(), 1);
    }

    #[test]
    fn has_bounds() {
        assert_eq!(Password::parse("").unwrap_err(), Unusable::Empty);
        assert_eq!(Password::parse("secret\0tail").unwrap_err(), Unusable::Nul);
        assert_eq!(Password::parse(&"\u{1f600}".repeat(MOST)).unwrap().length(), MOST);
        assert_eq!(Password::parse(&"a".repeat(MOST + 1)).unwrap_err(), Unusable::TooLong);
        assert_eq!(Password::parse(&"a".repeat(1 << 20)).unwrap_err(), Unusable::TooLong);
    }

    #[test]
    fn does_not_print_itself() {
        assert!(!format!("{:?}", Password::parse("hunter2").unwrap()).contains("hunter2"));
    }
}
