//! JSON that can be read in one way only.
//!
//! serde takes a positional array for a struct, keeps quiet about duplicate members it ignores, and does not count
//! depth inside what it ignores. So every body is walked once before it is parsed, and refused when it is deeper,
//! larger or more ambiguous than any honest one.

use super::problem::{Kind, Problem};
use crate::protection::{INPUT_UNAMBIGUOUS, LIMIT_JSON_DEPTH, MASS_ASSIGNMENT, PW_RESET_TOKEN};
use brigandine_enforce::enforces;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{cell::Cell, collections::HashSet, fmt};

/// Levels of nesting (catalogue P6).
pub const DEEPEST: usize = 32;
/// Members of all objects together.
pub const MOST_MEMBERS: usize = 1000;
/// Elements of one array.
pub const LONGEST_ARRAY: usize = 100;
/// Characters of one text.
pub const LONGEST_TEXT: usize = 4096;

/// Refuses what no honest client sends. `Ok` says: one object, unambiguous, within the limits, clean text.
///
/// # Errors
/// `malformed-json`, `ambiguous-input`, `json-too-complex` or `illegal-character`.
pub fn guard(body: &[u8]) -> Result<(), Problem> {
    let walk = Walk { members: Cell::new(0), refused: Cell::new(None) };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let outcome = Value { walk: &walk, depth: 0 }.deserialize(&mut reader).and_then(|is_object| {
        reader.end()?;
        Ok(is_object)
    });
    if let Some(kind) = walk.refused.get() {
        return Err(kind.into());
    }
    match outcome {
        Ok(true) => Ok(()),
        Ok(false) => refuse_array(),
        Err(error) => Err(explain(&error)),
    }
}

/// Refuses what is no object: an array would be taken field by field for a struct, so that two forms meant the same.
#[enforces(INPUT_UNAMBIGUOUS)]
fn refuse_array() -> Result<(), Problem> {
    refuse_nameless_members()
}

/// Members without names can't be held against the list of those that may be set (CWE-915).
#[enforces(MASS_ASSIGNMENT)]
fn refuse_nameless_members() -> Result<(), Problem> {
    Err(Problem::new(Kind::ValidationFailed).at("", "object"))
}

/// Reads a guarded body into its type.
///
/// # Errors
/// `unknown-member` or `validation-failed`, with the pointer to the place; the parser's own words stay here, because
/// they repeat what the client sent and tell how the service is built.
pub fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    only_known_members(body)
}

/// A member that the type does not know is refused, not passed over: whoever sent it expects something of it (CWE-915).
#[enforces(MASS_ASSIGNMENT, otherwise = crate::vulnerable::http::pass_over_unknown_members)]
fn only_known_members<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    no_password_beside(body)
}

/// So is a password beside what somebody may set of others: they choose it themselves, by a link that was mailed to them (ASVS
/// 6.4.6).
#[enforces(PW_RESET_TOKEN, otherwise = crate::vulnerable::http::pass_over_a_password)]
fn no_password_beside<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    read_once(body)
}

/// From the text into the type, with no document between them, in which the last of two members of one name would have won.
#[enforces(INPUT_UNAMBIGUOUS, otherwise = crate::vulnerable::http::read_over_a_document)]
pub(crate) fn read_once<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| mistyped(&error))
}

pub(crate) fn mistyped(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let text = error.inner().to_string();
    let (kind, rule) = if text.starts_with("unknown field") {
        (Kind::UnknownMember, "unknown")
    } else if text.starts_with("missing field") {
        (Kind::ValidationFailed, "required")
    } else {
        (Kind::ValidationFailed, "type")
    };
    Problem::new(kind).at(pointer(error.path()), rule).caused_by(&text)
}

/// The longest member name that is repeated.
const LONGEST_NAME: usize = 32;

/// The place as a JSON pointer. A name that no member of ours could have is the client's own text: nothing of it is
/// repeated.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let is_name = |key: &str| {
        key.len() <= LONGEST_NAME && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let known = |segment: &Segment| match segment {
        Segment::Map { key } if is_name(key) => format!("/{key}"),
        Segment::Seq { index } => format!("/{index}"),
        _ => String::new(),
    };
    path.iter().map(known).collect()
}

pub(crate) fn explain(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    // serde_json names these two only in words; both stop at the parser, before any value exists.
    if text.starts_with("recursion limit") {
        Kind::JsonTooComplex.into()
    } else if text.contains("hex escape") {
        Kind::IllegalCharacter.into()
    } else {
        Kind::MalformedJson.into()
    }
}

struct Walk {
    members: Cell<usize>,
    refused: Cell<Option<Kind>>,
}

impl Walk {
    fn refuse<T, E: serde::de::Error>(&self, kind: Kind) -> Result<T, E> {
        self.refused.set(Some(kind));
        Err(E::custom(kind.slug()))
    }

    fn count_member<E: serde::de::Error>(&self) -> Result<(), E> {
        self.members.set(self.members.get() + 1);
        self.check_members()
    }

    fn text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        self.check_length(text)?;
        if !super::text::is_clean(text) {
            return self.refuse(Kind::IllegalCharacter);
        }
        Ok(())
    }

    /// Each level takes a frame of the stack, and thousands of them all of it (CWE-674).
    #[enforces(LIMIT_JSON_DEPTH)]
    fn check_depth<E: serde::de::Error>(&self, depth: usize) -> Result<(), E> {
        if depth >= DEEPEST {
            return self.refuse(Kind::JsonTooComplex);
        }
        Ok(())
    }

    /// Refuses more members than any honest body has: all of them are compared and kept (CWE-770).
    #[enforces(LIMIT_JSON_DEPTH)]
    fn check_members<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.members.get() > MOST_MEMBERS {
            return self.refuse(Kind::JsonTooComplex);
        }
        Ok(())
    }

    /// Refuses a longer array than any honest body has (CWE-770).
    #[enforces(LIMIT_JSON_DEPTH)]
    fn check_elements<E: serde::de::Error>(&self, elements: usize) -> Result<(), E> {
        if elements > LONGEST_ARRAY {
            return self.refuse(Kind::JsonTooComplex);
        }
        Ok(())
    }

    /// Refuses a longer text than any honest body has (CWE-770).
    #[enforces(LIMIT_JSON_DEPTH)]
    fn check_length<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.chars().nth(LONGEST_TEXT).is_some() {
            return self.refuse(Kind::JsonTooComplex);
        }
        Ok(())
    }

    /// Refuses a second member of one name: some parsers take the first, and some the last (RFC 8259 §4; CWE-436).
    #[enforces(INPUT_UNAMBIGUOUS)]
    fn check_new<E: serde::de::Error>(&self, is_new: bool) -> Result<(), E> {
        if is_new { Ok(()) } else { self.refuse(Kind::AmbiguousInput) }
    }
}

/// Walks one value; answers whether it was an object.
#[derive(Clone, Copy)]
struct Value<'w> {
    walk: &'w Walk,
    depth: usize,
}

impl Value<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        self.walk.check_depth(self.depth)?;
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<bool, E> {
        if value.is_finite() { Ok(false) } else { Err(E::custom("number out of range")) }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        self.walk.text(text)?;
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<bool, A::Error> {
        let inner = self.deeper()?;
        let mut length = 0;
        while array.next_element_seed(inner)?.is_some() {
            length += 1;
            self.walk.check_elements(length)?;
        }
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<bool, A::Error> {
        let inner = self.deeper()?;
        let mut names = HashSet::new();
        // Names arrive decoded, so `"\u0061"` and `"a"` are the same member here as everywhere else.
        while let Some(name) = object.next_key::<String>()? {
            self.walk.count_member()?;
            self.walk.text(&name)?;
            self.walk.check_new(names.insert(name))?;
            object.next_value_seed(inner)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, LONGEST_TEXT, guard};

    fn refusal(body: &str) -> Option<&'static str> {
        guard(body.as_bytes()).err().map(|problem| problem.kind().slug())
    }

    #[test]
    fn honest_objects_pass() {
        assert_eq!(refusal(r#"{"a":1,"b":{"a":[true,null,"Zoë 👩‍⚕️"]},"c":-0.5}"#), None);
    }

    #[test]
    fn ambiguity_is_refused() {
        assert_eq!(refusal(r#"{"a":1,"a":2}"#), Some("ambiguous-input"));
        assert_eq!(refusal(r#"{"x":{"a":1,"\u0061":2}}"#), Some("ambiguous-input"));
        assert_eq!(refusal("[1]"), Some("validation-failed"));
        assert_eq!(refusal(r#"{"a":1}{"a":1}"#), Some("malformed-json"));
        assert_eq!(refusal("\u{feff}{}"), Some("malformed-json"));
        assert_eq!(refusal(r#"{"a":1e999}"#), Some("malformed-json"));
    }

    #[test]
    fn depth_is_counted_everywhere() {
        let nested = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(refusal(&nested(DEEPEST - 1)), None);
        assert_eq!(refusal(&nested(DEEPEST)), Some("json-too-complex"));
        assert_eq!(refusal(&nested(100_000)), Some("json-too-complex"));
    }

    #[test]
    fn width_is_counted() {
        let zeros = vec!["0"; 101].join(",");
        assert_eq!(refusal(&format!("{{\"x\":[{zeros}]}}")), Some("json-too-complex"));
        let text = |length: usize| format!("{{\"x\":\"{}\"}}", "字".repeat(length));
        assert_eq!(refusal(&text(LONGEST_TEXT)), None);
        assert_eq!(refusal(&text(LONGEST_TEXT + 1)), Some("json-too-complex"));
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(refusal(r#"{"a":"b\u0000c"}"#), Some("illegal-character"));
        assert_eq!(refusal(r#"{"a\u202e":"c"}"#), Some("illegal-character"));
        assert_eq!(refusal(r#"{"a":"\ud800"}"#), Some("illegal-character"));
    }
}
