//! Nobody overwrites what they have not seen: an update names the state that it was made for.
//!
//! Single objects carry a strong `ETag` over exactly the view that this caller gets (RFC 9110 §8.8.3), so that a tag says
//! nothing of a field that the caller may not see. Every update of one demands it back in `If-Match` (§13.1.1): 428
//! without it (RFC 6585 §3), 412 when the object is another by now. Nothing is ever answered with 304, for nothing may
//! be stored.

use super::{
    input::{Description, Input, Raw, text_parameter},
    output,
    problem::{Kind, Problem},
};
use crate::protection::FLOW_CONCURRENCY;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use serde::Serialize;
use utoipa::openapi::{Required, path::ParameterIn};

/// Bytes of the digest that a tag shows: 128 bits, so that no two states share one.
const SHOWN: usize = 16;
/// What a tag looks like: base64url of those bytes.
pub(super) const TAG: &str = "^\"[A-Za-z0-9_-]{22}\"$";
/// With its quotes. A longer one is none of ours, and matches nothing.
pub(super) const TAG_LENGTH: usize = 24;
/// More tags than an honest client has.
const MOST: usize = 10;

/// The strong tag of a body: two that differ in a single byte have different ones.
pub(super) fn tag(body: &[u8]) -> Option<HeaderValue> {
    let hash = digest::digest(&digest::SHA256, body);
    let shown = hash.as_ref().get(..SHOWN).unwrap_or_default();
    HeaderValue::from_str(&format!("\"{}\"", URL_SAFE_NO_PAD.encode(shown))).ok()
}

/// The state that an update was made for, as the client saw it. Reading it refuses nothing: what is hidden, forbidden or
/// invalid is refused first, whatever the tag. [`IfMatch::check`] is the handler's last word before the change.
pub struct IfMatch(Condition);

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Missing,
    Malformed,
    /// The strong tags; weak ones are dropped, as they never match (RFC 9110 §13.1.1).
    Tags(Vec<String>),
}

/// The proof that the client saw the object as it is now. What writes an update takes it, so that no handler can forget
/// to ask.
#[must_use = "an update is written with it"]
#[derive(Debug)]
pub struct Current(());

/// The same where it is for the client to say: whoever deletes without it deletes whatever is there.
pub struct IfUnchanged(Condition);

impl IfUnchanged {
    /// Whether the client said anything; else nobody needs to look.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0 != Condition::Missing
    }

    /// As [`IfMatch::check`], if the client said anything.
    ///
    /// # Errors
    /// `invalid-precondition`, `precondition-failed`.
    pub fn check(&self, view: &impl Serialize) -> Result<Current, Problem> {
        if self.is_asked() { self.0.check(view) } else { Ok(Current(())) }
    }

    /// Somebody else's change came between looking and deleting.
    #[must_use]
    pub fn overtaken(&self) -> Problem {
        if self.is_asked() { IfMatch::overtaken() } else { Kind::Conflict.into() }
    }
}

/// A tag that is demanded of something that has none fits nothing that is there (RFC 9110 §13.1.1).
///
/// # Errors
/// `invalid-precondition`, `precondition-failed`.
#[enforces(FLOW_CONCURRENCY)]
pub(super) fn check_untagged(headers: &HeaderMap) -> Result<(), Problem> {
    match condition(headers) {
        Condition::Missing => Ok(()),
        Condition::Malformed => Err(Kind::InvalidPrecondition.into()),
        Condition::Tags(_) => Err(Kind::PreconditionFailed.into()),
    }
}

impl IfMatch {
    /// Whether the object still looks to this caller as it did. `view` is the one that `GET` would show now.
    ///
    /// # Errors
    /// `precondition-required` without `If-Match`, `invalid-precondition` when it can't be read, `precondition-failed` when
    /// the object is another by now.
    pub fn check(&self, view: &impl Serialize) -> Result<Current, Problem> {
        self.0.check(view)
    }

    /// Somebody else's change came between looking and writing.
    #[must_use]
    pub fn overtaken() -> Problem {
        Kind::PreconditionFailed.into()
    }
}

impl Condition {
    /// Refuses a change to a state that the client has not seen: it would undo what somebody else did meanwhile (lost
    /// update; RFC 9110 §13.1.1, RFC 6585 §3).
    #[enforces(FLOW_CONCURRENCY, answers = Ok(Current(())))]
    fn check(&self, view: &impl Serialize) -> Result<Current, Problem> {
        let tags = match self {
            Self::Missing => return Err(Kind::PreconditionRequired.into()),
            Self::Malformed => return Err(Kind::InvalidPrecondition.into()),
            Self::Tags(tags) => tags,
        };
        let body = output::to_json(view).map_err(|error| Problem::internal(&error))?;
        let current = tag(&body).ok_or(Kind::InternalError)?;
        if tags.iter().any(|tag| tag.as_bytes() == current.as_bytes()) {
            Ok(Current(()))
        } else {
            Err(Kind::PreconditionFailed.into())
        }
    }
}

impl Input for IfUnchanged {
    const HAS_BODY: bool = false;
    const HAS_CONDITION: bool = true;
    const QUERY: &'static [&'static str] = &[];

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        Ok(Self(condition(raw.headers)))
    }

    fn describe(description: &mut Description) {
        let about =
            "The strong `ETag` of the object as you saw it last: nothing is done when it is another by now.";
        let parameter =
            text_parameter("If-Match", ParameterIn::Header, Required::False, about, (TAG, TAG_LENGTH));
        description.parameters.push(parameter);
    }
}

impl Input for IfMatch {
    const HAS_BODY: bool = false;
    const HAS_CONDITION: bool = true;
    const QUERY: &'static [&'static str] = &[];

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        Ok(Self(condition(raw.headers)))
    }

    fn describe(description: &mut Description) {
        description.conditional = true;
        let about = "The strong `ETag` of the object as you saw it last; `*` is not taken.";
        let parameter =
            text_parameter("If-Match", ParameterIn::Header, Required::True, about, (TAG, TAG_LENGTH));
        description.parameters.push(parameter);
    }
}

/// `*` would match whatever is there: it is what somebody sends who did not look, and counts as nothing sent.
fn condition(headers: &HeaderMap) -> Condition {
    let mut tags = Vec::new();
    let mut given = false;
    for value in headers.get_all(header::IF_MATCH) {
        let Ok(value) = value.to_str() else { return Condition::Malformed };
        if value.trim() == "*" {
            continue;
        }
        given = true;
        for tag in value.split(',').map(str::trim) {
            let (weak, opaque) = tag.strip_prefix("W/").map_or((false, tag), |opaque| (true, opaque));
            let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            // Ours hold no comma and no quote; a foreign one that does can't match anyway.
            let Some(inner) = inner else { return Condition::Malformed };
            if inner.bytes().any(|byte| !matches!(byte, 0x21 | 0x23..=0x7e)) {
                return Condition::Malformed;
            }
            if !weak {
                tags.push(opaque.to_owned());
            }
        }
    }
    match (given, tags.len()) {
        (false, _) => Condition::Missing,
        (true, 0..=MOST) => Condition::Tags(tags),
        (true, _) => Condition::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, IfMatch, IfUnchanged, condition, tag};
    use actix_web::http::{
        Method,
        header::{HeaderMap, HeaderValue, IF_MATCH},
    };

    fn said(values: &[&str]) -> Condition {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| headers.append(IF_MATCH, HeaderValue::from_str(value).unwrap()));
        condition(&headers)
    }

    fn tags(texts: &[&str]) -> Condition {
        Condition::Tags(texts.iter().map(|&text| text.to_owned()).collect())
    }

    #[test]
    fn the_field_is_read_strictly() {
        assert_eq!(said(&[]), Condition::Missing);
        assert_eq!(said(&["*"]), Condition::Missing);
        assert_eq!(said(&["\"a\""]), tags(&["\"a\""]));
        assert_eq!(said(&["\"a\", \"b\"", "\"c\""]), tags(&["\"a\"", "\"b\"", "\"c\""]));
        assert_eq!(said(&["W/\"a\""]), tags(&[]));
        for wrong in ["", "a", "\"a", "\"a\" \"b\"", "w/\"a\"", "\"a\"b\"", "\"a\",*", "\"a\","] {
            assert_eq!(said(&[wrong]), Condition::Malformed, "{wrong}");
        }
        assert_eq!(said(&["\"a\"", &["\"b\""; 10].join(",")]), Condition::Malformed);
    }

    #[test]
    fn whatever_carries_a_tag_is_deleted_by_it() {
        let rows = crate::endpoints::all();
        for row in rows.iter().filter(|row| row.method == Method::DELETE) {
            let tagged = rows.iter().any(|it| it.path == row.path && it.method == Method::GET && it.tagged);
            let taken = row.taken_fields().iter().any(|name| name == "if-match");
            assert_eq!(taken, tagged, "{}", row.path);
        }
    }

    #[test]
    fn whoever_deletes_may_say_what_they_saw() {
        let view = serde_json::json!({ "name": "Ada" });
        let now = tag(br#"{"name":"Ada"}"#).unwrap().to_str().unwrap().to_owned();
        let answer = |values: &[&str]| {
            let refused = IfUnchanged(said(values)).check(&view).err();
            refused.map(|problem| problem.kind().slug())
        };
        assert_eq!((answer(&[]), answer(&["*"]), answer(&[&now])), (None, None, None));
        assert_eq!(answer(&["\"old\""]), Some("precondition-failed"));
        assert_eq!(answer(&["old"]), Some("invalid-precondition"));
    }

    #[test]
    fn only_the_present_state_matches() {
        let view = serde_json::json!({ "name": "Ada" });
        let now = tag(br#"{"name":"Ada"}"#).unwrap().to_str().unwrap().to_owned();
        let answer = |text: &str| {
            let refused = IfMatch(said(&[text])).check(&view).err();
            refused.map(|problem| problem.kind().slug())
        };
        assert_eq!(answer(&now), None);
        assert_eq!(answer(&format!("\"old\", {now}")), None);
        assert_eq!(answer(&format!("W/{now}")), Some("precondition-failed"));
        assert_eq!(answer("\"old\""), Some("precondition-failed"));
        assert_eq!(answer("*"), Some("precondition-required"));
        assert_eq!(answer("old"), Some("invalid-precondition"));
    }
}
