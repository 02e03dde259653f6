//! Which passwords may be chosen (NIST SP 800-63B-4 §3.1.1.2): long ones that nobody tries first. No composition rules, no
//! expiry.
//!
//! The blocklist is zxcvbn's ranked lists (30 000 passwords of breaches, and words and names by frequency), matched as its
//! authors do: also in parts, repeated, reversed, on the keyboard, and with letters as digits. Words of this account and
//! this service are taken out before, however often they occur.

use super::Password;
use crate::protection::PW_POLICY;
use brigandine_enforce::enforces;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::zxcvbn;

/// The least length where a second factor is enforced for the account.
pub const LEAST_WITH_SECOND_FACTOR: usize = 8;
/// The least length of a password that opens the account alone.
pub const LEAST_ALONE: usize = 15;

/// Fewer guesses than this, in an attacker's best order, is a listed password, also one padded to the length: two list
/// entries, or three with the likeliest of each.
const GUESSES_ALONE: u64 = 1_000_000_000;
/// …where a second factor is enforced: the million that is tried first.
const GUESSES_WITH_SECOND_FACTOR: u64 = 1_000_000;

/// Shorter words occur in everything.
const SHORTEST_WORD: usize = 3;

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Fewer code points than the least length.
    #[error("the password is too short")]
    TooShort,
    /// One of those that are tried first.
    #[error("the password is easy to guess")]
    Blocklisted,
}

/// What an attacker of this account would try first: words of the service's name, the organization's, the person's and the
/// e-mail address.
#[derive(Clone, Debug, Default)]
pub(super) struct Context(Vec<String>);

impl Context {
    /// The words of these texts.
    #[must_use]
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut words = Vec::new();
        for text in texts {
            let folded = fold(text);
            let parts = folded.split(|character: char| !character.is_alphanumeric());
            // `Clinic Name` is tried as `clinicname` too.
            words.push(folded.chars().filter(|character| character.is_alphanumeric()).collect());
            words.extend(parts.map(str::to_owned));
        }
        words.retain(|word| word.chars().count() >= SHORTEST_WORD);
        // The longest first: `clinicname` is one word, not `clinic` and a rest.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }
}

/// Judges a password that somebody wants to have.
///
/// # Errors
/// [`Violation`].
#[enforces(PW_POLICY)]
pub(super) fn check(
    password: &Password,
    second_factor_enforced: bool,
    context: &Context,
) -> Result<(), Violation> {
    let (least, guesses) = if second_factor_enforced {
        (LEAST_WITH_SECOND_FACTOR, GUESSES_WITH_SECOND_FACTOR)
    } else {
        (LEAST_ALONE, GUESSES_ALONE)
    };
    if password.length() < least {
        return Err(Violation::TooShort);
    }
    if guessed_within(password.expose(), guesses, context) {
        return Err(Violation::Blocklisted);
    }
    Ok(())
}

fn guessed_within(password: &str, guesses: u64, context: &Context) -> bool {
    let folded = fold(password);
    let words: Vec<&str> = context.0.iter().map(String::as_str).collect();
    [folded.clone(), unleet(&folded)].into_iter().any(|form| {
        let rest = without(&form, &context.0);
        let own = rest != form;
        // What is left beside the context must be a password by itself.
        if own
            && rest.chars().filter(|character| character.is_alphanumeric()).count() < LEAST_WITH_SECOND_FACTOR
        {
            return true;
        }
        let judged = if own { rest } else { unrepeated(&form) };
        zxcvbn(&judged, &words).guesses() < guesses
    })
}

/// How two texts are compared: compatibility composed, in lower case.
fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Digits and signs that stand for letters, as the letters.
fn unleet(folded: &str) -> String {
    let letter = |character| match character {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    folded.chars().map(letter).collect()
}

/// The text without the words, wherever they stand.
fn without(folded: &str, words: &[String]) -> String {
    words.iter().fold(folded.to_owned(), |text, word| text.replace(word.as_str(), ""))
}

/// Each part between spaces and signs once: `dragon dragon dragon` is `dragon`.
fn unrepeated(folded: &str) -> String {
    let separates = |character: char| character.is_whitespace() || character.is_ascii_punctuation();
    let mut known = Vec::new();
    let mut once = String::with_capacity(folded.len());
    for part in folded.split_inclusive(separates) {
        let bare = part.trim_end_matches(separates);
        if !known.contains(&bare) {
            known.push(bare);
            once.push_str(part);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::{Context, Violation, check};
    use crate::identity::passwords::Password;

    fn context() -> Context {
        Context::of([
            "Clinic Name",
            "https://api.clinic.example.org",
            "ada.lovelace@example.org",
            "Ada Lovelace",
        ])
    }

    fn judge(text: &str, second_factor: bool) -> Result<(), Violation> {
        check(&Password::parse(text).unwrap(), second_factor, &context())
    }

    #[test]
    fn long_phrases_pass_without_capitals_or_signs() {
        for fine in [
            "correct horse battery staple 7",
            "honey badger pancakes",
            "xq7vnw2plr9tzk4",
            "правильная лошадь батарея скоба",
            "ada likes nineteen purple violins",
            // A generated one beside a word of one's own.
            "lovelace 40291873-5516-4209-8f31",
        ] {
            assert_eq!(judge(fine, false), Ok(()), "{fine}");
        }
        let emoji: String =
            "\u{1f40e}\u{1f50b}\u{1f4ce}\u{2705}\u{1f9ed}\u{1fa97}\u{1f335}\u{1f9ca}".repeat(16);
        assert_eq!(judge(&emoji, false), Ok(()), "128 emoji");
    }

    #[test]
    fn lengths_are_in_code_points_and_depend_on_the_second_factor() {
        assert_eq!(judge("xq7vnw2plr9tzk", false), Err(Violation::TooShort));
        assert_eq!(judge("xq7vnw2plr9tzk", true), Ok(()));
        assert_eq!(judge("\u{1f600}q7vnw2plr9tzk", false), Err(Violation::TooShort), "15 UTF-16 units");
        assert_eq!(judge("xq7vnw2", true), Err(Violation::TooShort));
        assert_eq!(judge("xq7vnw2p", true), Ok(()));
    }

    #[test]
    fn listed_passwords_do_not_pass_however_they_are_padded() {
        for listed in [
            "password1234567",
            "passwordpassword",
            "password password",
            "P@ssw0rd P@ssw0rd!!",
            "sunshine!!!!!!!!!",
            "iloveyou20262026",
            "qwertyuiopasdfgh",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaaa",
            "monkey2026monkey",
            "dragon.dragon.dragon",
            "letmein-letmein-letmein",
        ] {
            assert_eq!(judge(listed, false), Err(Violation::Blocklisted), "{listed}");
        }
        for listed in ["password", "sunshine", "iloveyou", "12345678", "qwertyui", "P@ssw0rd"] {
            assert_eq!(judge(listed, true), Err(Violation::Blocklisted), "{listed}");
        }
    }

    #[test]
    fn words_of_the_account_and_the_service_do_not_make_a_password() {
        for own in [
            "clinicname2026clinic",
            "ClinicName-2026-Clinic",
            "cl1n1cn4m32026cl1n1c",
            "clinic2026clinic2025",
            "ada.lovelace@example.org",
            "adalovelace19801210",
            "lovelace lovelace 1!",
        ] {
            assert_eq!(judge(own, false), Err(Violation::Blocklisted), "{own}");
        }
    }

    #[test]
    fn the_longest_password_is_judged_in_a_moment() {
        let start = crate::clock::Clock.instant();
        for text in ["p@ssw0rd1".repeat(28), "\u{e9}a1!".repeat(64), "1!".repeat(128)] {
            let _ = judge(&text, false);
        }
        assert!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
    }
}
