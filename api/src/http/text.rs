//! Text as it is allowed in: valid UTF-8, composed (NFC), without characters that only attackers send.

use crate::protection::INPUT_TEXT_CANONICAL;
use brigandine_enforce::enforces;
use serde::{Deserialize, Deserializer, Serialize};
use std::{borrow::Cow, fmt};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use validator::{ValidateLength, ValidationError};

/// Whether a text is free of NUL, control characters (but tab and line feed) and bidirectional overrides, which
/// break databases, split log lines, and make names read as other names.
#[must_use]
#[enforces(INPUT_TEXT_CANONICAL, answers = true)]
pub fn is_clean(text: &str) -> bool {
    !text.chars().any(is_illegal)
}

/// Whether no text may hold this character.
pub(crate) fn is_illegal(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t' | '\n');
    let bidirectional = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // A byte order mark inside a text, line separators that JavaScript takes for line ends, and the replacement
    // character, which is what invalid UTF-8 decodes to.
    let treacherous = matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffd}');
    control || bidirectional || treacherous
}

/// Whether nobody sees the character: white space and control characters, what Unicode calls default ignorable (soft
/// hyphen, joiners, direction marks, spaces of no width, variation selectors, tags, fillers), and letters that are drawn as
/// nothing. Fine within names and emoji; no part of an identifier, and nothing by itself.
fn is_unseen(character: char) -> bool {
    let ignorable = matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    // Braille without a dot, an invisible note, the Khitan filler.
    let empty = matches!(character, '\u{2800}' | '\u{1d159}' | '\u{16fe4}');
    character.is_whitespace() || character.is_control() || ignorable || empty
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
    #[enforces(INPUT_TEXT_CANONICAL, answers = self.0.clone())]
    pub fn folded(&self) -> String {
        let seen = |character: &char| !is_unseen(*character);
        self.0.nfkc().filter(seen).flat_map(char::to_lowercase).collect()
    }

    /// Whether there is nothing in it that a person could see.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(is_unseen)
    }

    /// The characters that a person could read, and one for each gap between words.
    #[must_use]
    pub fn legible_length(&self) -> usize {
        let words = self.0.split(is_unseen).map(|word| word.chars().count()).filter(|length| *length > 0);
        let (words, characters) =
            words.fold((0_usize, 0_usize), |(words, sum), length| (words + 1, sum.saturating_add(length)));
        characters.saturating_add(words.saturating_sub(1))
    }

    /// Composes a text that came from elsewhere than a body.
    #[must_use]
    #[enforces(INPUT_TEXT_CANONICAL, answers = Self(text.to_owned()))]
    pub fn compose(text: &str) -> Self {
        if is_nfc(text) { Self(text.to_owned()) } else { Self(text.nfc().collect()) }
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
    let fine = !text.is_blank() && !text.0.contains(['\t', '\n']);
    if fine { Ok(()) } else { Err(ValidationError::new("single_line")) }
}

/// A rule for texts of any number of lines that must say something.
///
/// # Errors
/// `not_blank`, when there is nothing to see.
pub fn not_blank(text: &Text) -> Result<(), ValidationError> {
    if text.is_blank() { Err(ValidationError::new("not_blank")) } else { Ok(()) }
}

impl utoipa::PartialSchema for Text {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Text {}

#[cfg(test)]
mod tests {
    use super::{Text, not_blank, single_line};

    #[test]
    fn what_nobody_sees_is_blank() {
        for unseen in [
            "",
            " ",
            "\t",
            "\u{a0}",
            "\u{2003}",
            "\u{200b}",
            "\u{200d}\u{200e}",
            "\u{ad}",
            "\u{2060}",
            "\u{180e}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{115f}",
            "\u{2800}",
            "\u{fe0f}",
            "\u{e0020}\u{e007f}",
            "\u{e0100}",
            "\u{34f}",
            "\u{3000}\u{feff}",
            "\u{2062} \u{206a}",
            "\u{17b4}",
            "\u{1d173}",
        ] {
            let text = Text::compose(unseen);
            assert!(
                text.is_blank() && single_line(&text).is_err() && not_blank(&text).is_err(),
                "{unseen:?}"
            );
            assert_eq!(text.legible_length(), 0, "{unseen:?}");
        }
        for seen in ["x", "\u{200b}é", "张", "👩\u{200d}⚕️", ".", "\u{e000}"] {
            let text = Text::compose(seen);
            assert!(!text.is_blank() && single_line(&text).is_ok(), "{seen:?}");
        }
        let text = Text::compose(" The \u{200b}\u{3000} fire\nis out.\u{2800} ");
        assert_eq!(text.legible_length(), "The fire is out.".len());
        assert!(not_blank(&text).is_ok() && single_line(&text).is_err());
    }

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
