//! Who the client is: `private_key_jwt` (RFC 7523 §2.2, §3; OpenID Connect Core §9), or nobody in particular.
//!
//! There are no client secrets. A confidential client signs an assertion with a key that it registered; a public one
//! only says its `client_id`. A request that tries two ways at once is refused: two readers could believe different
//! ones.

use super::client_keys::ClientKeys;
use crate::{
    audit::Reason,
    identity::{
        jws::{self, Jws},
        replay::OneUse,
    },
    protection::TOKEN_TYPE,
};
use brigandine_enforce::enforces;
use serde::{Deserialize, de::IgnoredAny};

/// The only kind of assertion there is (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest life of an assertion, and how far clocks may differ, in seconds (FAPI 2.0, catalogue P2).
const LONGEST_LIFE: i64 = 60;
const SKEW: i64 = 10;
/// The longest `jti`, `client_id` or `kid`.
const LONGEST_NAME: usize = 255;

/// What a request says of its client.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presented<'r> {
    /// Whether there is an `Authorization` header, whatever its scheme.
    pub authorization: bool,
    /// `client_id`.
    pub client_id: Option<&'r str>,
    /// Whether there is a `client_secret`.
    pub client_secret: bool,
    /// `client_assertion`.
    pub assertion: Option<&'r str>,
    /// `client_assertion_type`.
    pub assertion_type: Option<&'r str>,
}

/// Why the client is not believed to be who it says. The answer is `invalid_client` with 401 (RFC 6749 §5.2); the
/// reason is for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRefusal(Reason);

impl ClientRefusal {
    /// No client, or none that is known and active.
    pub const UNKNOWN: Self = Self(Reason::CLIENT_UNKNOWN);
    /// A confidential client without its assertion.
    pub const UNAUTHENTICATED: Self = Self(Reason::CLIENT_UNAUTHENTICATED);
    /// An assertion that was used before.
    pub const REPLAYED: Self = Self(Reason::ASSERTION_REPLAYED);

    /// The reason for the audit log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.0
    }
}

/// Who the client says it is; [`Claimed::check`] is still to say whether it can show it.
pub struct Claimed<'r> {
    client_id: String,
    assertion: Option<Assertion<'r>>,
}

struct Assertion<'r> {
    jws: Jws<'r>,
    header: Header,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "jws::not_null")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "jws::not_null")]
    kid: Option<String>,
    /// No extension is understood here (RFC 7515 §4.1.11).
    #[serde(default, deserialize_with = "jws::not_null")]
    crit: Option<IgnoredAny>,
}

/// `aud` is one text: an assertion for several servers could be replayed by any of them.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    #[serde(deserialize_with = "jws::numeric_date")]
    exp: i64,
    #[serde(deserialize_with = "jws::numeric_date")]
    iat: i64,
    #[serde(default, deserialize_with = "jws::some_numeric_date")]
    nbf: Option<i64>,
    jti: String,
}

impl<'r> Claimed<'r> {
    /// Reads the one way in which the request names its client.
    ///
    /// # Errors
    /// [`ClientRefusal`] for none, for two, and for what can't be read.
    pub fn read(presented: Presented<'r>) -> Result<Self, ClientRefusal> {
        if presented.authorization || presented.client_secret {
            // No client has a secret; whoever sends one has mistaken this server, or tries a second way in.
            return Err(ClientRefusal(Reason::CLIENT_METHOD));
        }
        let (assertion, client_id) = match (presented.assertion, presented.assertion_type) {
            (None, None) => (None, presented.client_id.ok_or(ClientRefusal::UNKNOWN)?.to_owned()),
            (Some(text), Some(ASSERTION_TYPE)) => {
                let assertion = Assertion::read(text).ok_or(ClientRefusal(Reason::ASSERTION_MALFORMED))?;
                let client_id = assertion.claims.sub.clone();
                if presented.client_id.is_some_and(|named| named != client_id) {
                    return Err(ClientRefusal(Reason::CLIENT_AMBIGUOUS));
                }
                (Some(assertion), client_id)
            }
            _ => return Err(ClientRefusal(Reason::ASSERTION_TYPE)),
        };
        if client_id.is_empty() || client_id.len() > LONGEST_NAME {
            return Err(ClientRefusal::UNKNOWN);
        }
        Ok(Self { client_id, assertion })
    }

    /// The client to look up.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether the client is who it says: `keys` are those that it registered, none for a public client. What is
    /// answered still has to be spent, or the same assertion would work again.
    ///
    /// # Errors
    /// [`ClientRefusal`].
    pub fn check(
        &self,
        keys: Option<&ClientKeys>,
        issuer: &str,
        now: i64,
    ) -> Result<Option<OneUse>, ClientRefusal> {
        match (&self.assertion, keys) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ClientRefusal::UNAUTHENTICATED),
            (Some(_), None) => Err(ClientRefusal(Reason::CLIENT_METHOD)),
            (Some(assertion), Some(keys)) => assertion.check(keys, issuer, now).map(Some),
        }
    }
}

/// An assertion says that it is one, or nothing: tokens and proofs of the same key are signed texts too (RFC 8725 §3.11).
#[enforces(TOKEN_TYPE)]
fn check_type(header: &Header) -> Result<(), ClientRefusal> {
    match header.typ.as_deref() {
        None | Some("JWT" | "client-authentication+jwt") => Ok(()),
        Some(_) => Err(ClientRefusal(Reason::ASSERTION_TYP)),
    }
}

impl<'r> Assertion<'r> {
    fn read(text: &'r str) -> Option<Self> {
        let jws = Jws::read(text)?;
        Some(Self { header: jws.header()?, claims: jws.claims()?, jws })
    }

    fn check(&self, keys: &ClientKeys, issuer: &str, now: i64) -> Result<OneUse, ClientRefusal> {
        let Self { jws, header, claims } = self;
        check_type(header)?;
        if header.crit.is_some() {
            return Err(ClientRefusal(Reason::ASSERTION_CRIT));
        }
        let key = keys.named(header.kid.as_deref()).ok_or(ClientRefusal(Reason::ASSERTION_KID))?;
        if !jws::names(&header.alg, key.algorithm) {
            return Err(ClientRefusal(Reason::ASSERTION_ALG));
        }
        if !jws.is_signed_with(key.algorithm, &key.decoding) {
            return Err(ClientRefusal(Reason::ASSERTION_SIGNATURE));
        }
        if claims.iss != claims.sub {
            return Err(ClientRefusal(Reason::ASSERTION_ISS));
        }
        // The issuer's name, never an endpoint's: whoever runs another server can't use what it was sent (FAPI 2.0).
        if claims.aud != issuer {
            return Err(ClientRefusal(Reason::ASSERTION_AUD));
        }
        check_times(claims, now)?;
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_NAME {
            return Err(ClientRefusal(Reason::ASSERTION_JTI));
        }
        let until = claims.exp.saturating_add(SKEW).saturating_add(1);
        Ok(OneUse::new("assertion", &claims.sub, &claims.jti, until))
    }
}

fn check_times(claims: &Claims, now: i64) -> Result<(), ClientRefusal> {
    let newest = now.saturating_add(SKEW);
    if now >= claims.exp.saturating_add(SKEW) {
        return Err(ClientRefusal(Reason::ASSERTION_EXP));
    }
    if claims.iat > newest || claims.nbf.is_some_and(|nbf| nbf > newest) {
        return Err(ClientRefusal(Reason::ASSERTION_IAT));
    }
    if !(0..=LONGEST_LIFE).contains(&claims.exp.saturating_sub(claims.iat)) {
        return Err(ClientRefusal(Reason::ASSERTION_LIFETIME));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
