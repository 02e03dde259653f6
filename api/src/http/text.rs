//! Text as it is allowed in: valid UTF-8, composed (NFC), without characters that only attackers send.

use crate::protection::Protection;
use serde::{Deserialize, Deserializer, Serialize};
use std::{borrow::Cow, fmt};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use validator::{ValidateLength, ValidationError};

/// Whether a text is free of NUL, control characters (but tab and line feed) and bidirectional overrides, which
/// break databases, split log lines, and make names read as other names.
#[must_use]
pub fn is_clean(text: &str) -> bool {
    !Protection::InputTextCanonical.holds() || !text.chars().any(is_illegal)
}

fn is_illegal(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t' | '\n');
    let bidirectional = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // A byte order mark inside a text, line separators that JavaScript takes for line ends, and the replacement
    // character, which is what invalid UTF-8 decodes to.
    let treacherous = matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffd}');
    control || bidirectional || treacherous
}

/// Soft hyphen, joiners, direction marks and spaces of no width: fine within names and emoji, no part of an identifier.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}')
}

/// A text in composed form (NFC): two ways of writing `é` are one text from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which identifiers are compared, never stored: compatibility composed (NFKC), lower case, without
    /// spaces and without characters that nobody sees. One person must not be registered as `ﬁ 12` and again as `FI12`.
    #[must_use]
    pub fn folded(&self) -> String {
        if !Protection::InputTextCanonical.holds() {
            return self.0.clone();
        }
        let seen = |character: &char| !character.is_whitespace() && !is_invisible(*character);
        self.0.nfkc().filter(seen).flat_map(char::to_lowercase).collect()
    }

    /// Composes a text that came from elsewhere than a body.
    #[must_use]
    pub fn compose(text: &str) -> Self {
        if is_nfc(text) || !Protection::InputTextCanonical.holds() {
            Self(text.to_owned())
        } else {
            Self(text.nfc().collect())
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::compose(&text))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Lengths are counted in characters, as a person would.
impl ValidateLength<u64> for Text {
    fn length(&self) -> Option<u64> {
        u64::try_from(self.0.chars().count()).ok()
    }
}

/// A rule for names and other texts of one line, which also may not be blank.
///
/// # Errors
/// `single_line`, when the text is blank or holds a tab or a line feed.
pub fn single_line(text: &Text) -> Result<(), ValidationError> {
    let fine = !text.0.trim().is_empty() && !text.0.contains(['\t', '\n']);
    if fine { Ok(()) } else { Err(ValidationError::new("single_line")) }
}

impl utoipa::PartialSchema for Text {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Text {}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn an_identifier_is_the_same_however_it_is_written() {
        let folded = |text: &str| Text::compose(text).folded();
        for same in [
            "ÉFI 12",
            "E\u{301}FI 12",
            "éfi12",
            "É\u{fb01} \u{ff11}\u{ff12}",
            "\u{c9}F\u{ad}I\u{a0}1\u{200b}2",
        ] {
            assert_eq!(folded(same), "éfi12", "{same:?}");
        }
        assert_ne!(folded("EFI12"), folded("ÉFI12"));
    }
}
