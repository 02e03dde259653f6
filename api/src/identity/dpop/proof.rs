//! One proof, read and verified (RFC 9449 §4.3).

use super::{
    nonce,
    refusal::{DPOP, DpopRefusal},
    thumbprint::Thumbprint,
};
use crate::{
    audit::Reason,
    identity::{
        jwks,
        jws::{self, Jws},
        replay::OneUse,
    },
    protection::TOKEN_TYPE,
    sealing::Keyring,
};
use actix_web::http::header::HeaderMap;
use aws_lc_rs::digest;
use brigandine_enforce::enforces;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};
use url::Url;

/// How old a proof may be, and how far ahead of us its maker's clock, in seconds (catalogue P2).
const OLDEST: i64 = 60;
const SKEW: i64 = 10;
/// How long a used proof is remembered; beyond it `iat` refuses it.
const REMEMBERED: i64 = 120;
/// The longest `jti`.
const LONGEST_ID: usize = 255;

/// What a proof has to be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'r> {
    /// The request's method.
    pub method: &'r str,
    /// The service's base URL, whatever the request says of hosts.
    pub identifier: &'r str,
    /// The request's path.
    pub path: &'r str,
    /// The access token that came along; none at the token endpoint.
    pub access_token: Option<&'r str>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A verified proof. It counts once: [`Proof::one_use`] is still to be spent.
#[derive(Debug)]
pub struct Proof {
    thumbprint: Thumbprint,
    one_use: OneUse,
}

impl Proof {
    /// The name of the key that signed.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// What makes a second use known.
    pub const fn one_use(&self) -> OneUse {
        self.one_use
    }
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Map<String, Value>,
    /// No extension is understood here (RFC 7515 §4.1.11).
    #[serde(default, deserialize_with = "jws::not_null")]
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    #[serde(deserialize_with = "jws::numeric_date")]
    iat: i64,
    #[serde(default, deserialize_with = "jws::not_null")]
    ath: Option<String>,
    #[serde(default, deserialize_with = "jws::not_null")]
    nonce: Option<String>,
}

/// Whether any proof came.
#[must_use]
pub fn is_offered(headers: &HeaderMap) -> bool {
    headers.contains_key(DPOP)
}

/// The proof in the headers.
///
/// # Errors
/// [`DpopRefusal`]: there is not exactly one, or it does not prove what is expected.
pub fn verify(headers: &HeaderMap, expected: &Expected<'_>, keyring: &Keyring) -> Result<Proof, DpopRefusal> {
    let mut values = headers.get_all(DPOP);
    let value = values.next().ok_or(DpopRefusal::Invalid(Reason::DPOP_MISSING))?;
    if values.next().is_some() || value.as_bytes().contains(&b',') {
        return Err(DpopRefusal::Several);
    }
    let malformed = DpopRefusal::Invalid(Reason::DPOP_MALFORMED);
    let jws = value.to_str().ok().and_then(Jws::read).ok_or(malformed)?;
    let header: Header = jws.header().ok_or(malformed)?;
    let claims: Claims = jws.claims().ok_or(malformed)?;
    let thumbprint = check_signature(&jws, header)?;
    check_claims(&claims, expected)?;
    if !claims.nonce.as_deref().is_some_and(|given| nonce::is_fresh(keyring, expected.now, given)) {
        return Err(DpopRefusal::Nonce);
    }
    let until = expected.now.saturating_add(REMEMBERED);
    let one_use = OneUse::new("dpop", thumbprint.as_str(), &claims.jti, until);
    Ok(Proof { thumbprint, one_use })
}

/// A proof says that it is one: tokens and assertions under the same key are signed texts too (RFC 9449 §4.3, RFC 8725 §3.11).
#[enforces(TOKEN_TYPE)]
fn check_type(header: &Header) -> Result<(), DpopRefusal> {
    if header.typ == "dpop+jwt" { Ok(()) } else { Err(DpopRefusal::Invalid(Reason::DPOP_TYP)) }
}

/// The proof brings its own key, so the signature alone says nothing of who made it: the thumbprint does, once it is
/// compared with the token's.
fn check_signature(jws: &Jws<'_>, header: Header) -> Result<Thumbprint, DpopRefusal> {
    check_type(&header)?;
    if header.crit.is_some() {
        return Err(DpopRefusal::Invalid(Reason::DPOP_CRIT));
    }
    if jwks::is_private(&header.jwk) {
        // Whoever shows their private key in every request has none.
        return Err(DpopRefusal::Invalid(Reason::DPOP_PRIVATE_KEY));
    }
    let unusable = DpopRefusal::Invalid(Reason::DPOP_KEY);
    let jwk = jwks::read(Value::Object(header.jwk)).ok_or(unusable)?;
    let algorithm = jwks::algorithm(&jwk, jwks::Uses::AccessTokens).ok_or(unusable)?;
    if !jws::names(&header.alg, algorithm) {
        return Err(DpopRefusal::Invalid(Reason::DPOP_ALG));
    }
    // Refuses members that are not canonical base64url, so that one key has one thumbprint.
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| unusable)?;
    if !jws.is_signed_with(algorithm, &key) {
        return Err(DpopRefusal::Invalid(Reason::DPOP_SIGNATURE));
    }
    Thumbprint::of(&jwk).ok_or(unusable)
}

fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<(), DpopRefusal> {
    let refuse = |reason| Err(DpopRefusal::Invalid(reason));
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return refuse(Reason::DPOP_JTI);
    }
    if claims.htm != expected.method {
        return refuse(Reason::DPOP_HTM);
    }
    if !is_target(&claims.htu, expected) {
        return refuse(Reason::DPOP_HTU);
    }
    let (oldest, newest) = (expected.now.saturating_sub(OLDEST), expected.now.saturating_add(SKEW));
    if !(oldest..=newest).contains(&claims.iat) {
        return refuse(Reason::DPOP_IAT);
    }
    match (expected.access_token, claims.ath.as_deref()) {
        (None, None) => Ok(()),
        (Some(token), Some(ath)) if ath == jws::encode(digest::digest(&digest::SHA256, token.as_bytes())) => {
            Ok(())
        }
        _ => refuse(Reason::DPOP_ATH),
    }
}

/// Whether `htu` names this request: scheme, host, port and path after normalisation (RFC 9449 §4.3 item 9), query and
/// fragment aside. The host is the service's own name, never the one that the request gives.
fn is_target(htu: &str, expected: &Expected<'_>) -> bool {
    let own = format!("{}{}", expected.identifier, expected.path);
    let (Ok(named), Ok(own)) = (Url::parse(htu), Url::parse(&own)) else { return false };
    named.scheme() == own.scheme()
        && named.host() == own.host()
        && named.port_or_known_default() == own.port_or_known_default()
        && named.path() == own.path()
        && named.username().is_empty()
        && named.password().is_none()
}
