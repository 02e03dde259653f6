//! Compact tokens (RFC 7515 §7.1, RFC 7519), read strictly: one spelling, one meaning.

use super::{CLAIMS, MALFORMED};
use crate::{identity::TokenRefusal, protection::TOKEN_CLAIMS_STRICT};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The three segments of a token (RFC 7515 §7.1).
pub(crate) struct Segments<'t> {
    /// Decoded.
    pub(crate) header: Vec<u8>,
    /// Decoded.
    pub(crate) payload: Vec<u8>,
    /// The very characters that were signed.
    pub(crate) message: &'t str,
    /// As it came.
    pub(crate) signature: &'t str,
}

/// Exactly three segments, each in canonical base64url (RFC 7515 §2, §7.1): a second spelling of one token would escape a
/// list of withdrawn ones.
#[enforces(TOKEN_CLAIMS_STRICT, otherwise = crate::vulnerable::identity::tokens::claims::any_spelling)]
pub(crate) fn split(token: &str) -> Result<Segments<'_>, TokenRefusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
    let (header, payload) =
        message.split_once('.').filter(|(_, rest)| !rest.contains('.')).ok_or(MALFORMED)?;
    let decode = |segment: &str| URL_SAFE_NO_PAD.decode(segment).map_err(|_| MALFORMED);
    decode(signature)?;
    Ok(Segments { header: decode(header)?, payload: decode(payload)?, message, signature })
}

/// One JSON object, no member of which comes twice (RFC 7519 §4), in the exact types asked for. Of members that are not asked
/// for nothing else matters: they are somebody else's, and may have any shape, depth and length. Of two members of one name, one
/// reader takes the first and another the last.
#[enforces(TOKEN_CLAIMS_STRICT, otherwise = crate::vulnerable::identity::tokens::claims::last_of_each_name)]
pub(crate) fn strict<T: DeserializeOwned>(json: &[u8]) -> Result<T, TokenRefusal> {
    let text = std::str::from_utf8(json).map_err(|_| MALFORMED)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let names = reader.deserialize_any(MemberNames).and_then(|names| reader.end().map(|()| names));
    match names {
        Ok(Some(mut names)) => {
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            if names.len() != all {
                return Err(CLAIMS);
            }
        }
        // serde would read a struct from a list of its fields.
        Ok(None) => return Err(CLAIMS),
        Err(_) => return Err(MALFORMED),
    }
    serde_json::from_str(text).map_err(|_| CLAIMS)
}

/// The names of an object's members, decoded; `None` for any other value.
struct MemberNames;

impl<'de> Visitor<'de> for MemberNames {
    type Value = Option<Vec<String>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = object.next_entry()? {
            names.push(name);
        }
        Ok(Some(names))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
