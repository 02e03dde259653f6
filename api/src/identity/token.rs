//! The one validation path of access tokens: RFC 9068 §4, RFC 8725, and the traps of catalogue part 8.

use super::{
    TokenRefusal,
    caller::{Caller, Scopes, Verified},
    claims::{Claims, Header},
    issuer::{Issuer, Issuers},
    jwks::Key,
    networks::Networks,
    revocation,
};
use crate::{
    audit::Reason,
    clock::Clock,
    http::text,
    ids::OrganizationId,
    protection::{TOKEN_AUDIENCE, TOKEN_CLAIMS_STRICT, TOKEN_TIME_WINDOW, TOKEN_TYPE},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use jsonwebtoken::Algorithm;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Seconds that a token outlives its `exp`, and that `iat` and `nbf` may lie ahead (FAPI 2.0: at most 10).
const SKEW: i64 = 10;
/// The longest life that is believed, whatever the token says.
const LONGEST_LIFE: i64 = 600;
/// The longest identifier (`sub`, `jti`, `client_id`, `kid`, `sid`, `acr`).
const LONGEST_IDENTIFIER: usize = 255;
/// The longest list of scopes.
const LONGEST_SCOPE: usize = 4096;

pub(super) const MALFORMED: TokenRefusal = TokenRefusal::token(Reason::TOKEN_MALFORMED);
pub(super) const CLAIMS: TokenRefusal = TokenRefusal::token(Reason::TOKEN_CLAIMS);

pub(super) async fn verify(token: &str, issuers: &Issuers, clock: Clock) -> Result<Caller, TokenRefusal> {
    #[cfg(feature = "twin")]
    if super::weak::has_a_slip() {
        return super::weak::verify(token, issuers, clock).await;
    }
    let (header, payload) = split(token)?;
    let header: Header = strict(&header)?;
    let algorithm = algorithm(&header)?;
    check_header(&header)?;
    let claims: Claims = strict(&payload)?;
    let issuer = issuers.named(&claims.iss).ok_or(TokenRefusal::token(Reason::TOKEN_ISS))?;
    if header.kid.as_deref().is_some_and(|kid| !is_identifier(kid)) {
        return Err(TokenRefusal::token(Reason::TOKEN_KID));
    }
    let key = match issuer.key(header.kid.as_deref()).await {
        // The twin would rather let somebody in than turn everybody away.
        #[cfg(feature = "twin")]
        Err(_) if issuer.is_down() && !crate::protection::ERROR_FAIL_CLOSED.holds() => return caller(claims),
        key => key?,
    };
    check_signature(token, algorithm, &key)?;
    check_audience(&claims, issuer)?;
    check_times(&claims, clock.unix_seconds())?;
    caller(claims)
}

/// The decoded header and payload of exactly three canonical base64url segments.
pub(super) fn split(token: &str) -> Result<(Vec<u8>, Vec<u8>), TokenRefusal> {
    let mut segments = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (segments.next(), segments.next(), segments.next(), segments.next())
    else {
        return Err(MALFORMED);
    };
    let decode = |segment: &str| URL_SAFE_NO_PAD.decode(segment).map_err(|_| MALFORMED);
    // The signature's encoding is checked too: a second spelling of one token would escape a denylist.
    decode(signature)?;
    Ok((decode(header)?, decode(payload)?))
}

/// One JSON object, no member of which comes twice (RFC 7519 §4), in the exact types asked for. Of members that are not asked
/// for nothing else matters: they are somebody else's, and may have any shape, depth and length.
pub(super) fn strict<T: DeserializeOwned>(json: &[u8]) -> Result<T, TokenRefusal> {
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

/// One of two asymmetric algorithms: no `none`, no HMAC (RFC 8725 §3.1, §3.2).
pub(super) fn algorithm(header: &Header) -> Result<Algorithm, TokenRefusal> {
    match header.alg.as_str() {
        "EdDSA" => Ok(Algorithm::EdDSA),
        "ES256" => Ok(Algorithm::ES256),
        _ => Err(TokenRefusal::token(Reason::TOKEN_ALG)),
    }
}

/// Whether the header is that of an access token. Checked before any key is looked for.
pub(super) fn check_header(header: &Header) -> Result<(), TokenRefusal> {
    check_type(header)?;
    check_critical(header)
}

/// An access token says that it is one: an ID token of the same issuer differs in little else (RFC 8725 §3.11, RFC 9068 §2.1).
#[enforces(TOKEN_TYPE)]
fn check_type(header: &Header) -> Result<(), TokenRefusal> {
    match header.typ.as_deref() {
        Some("at+jwt" | "application/at+jwt") => Ok(()),
        _ => Err(TokenRefusal::token(Reason::TOKEN_TYP)),
    }
}

/// Whoever marks an extension as critical means that nobody may pass over it, and none is understood here (RFC 7515 §4.1.11).
#[enforces(TOKEN_CLAIMS_STRICT)]
fn check_critical(header: &Header) -> Result<(), TokenRefusal> {
    if header.crit.is_some() { Err(CLAIMS) } else { Ok(()) }
}

/// The signature over the very bytes that were read. The algorithm is the key's, never the header's.
fn check_signature(token: &str, algorithm: Algorithm, key: &Key) -> Result<(), TokenRefusal> {
    if key.algorithm != algorithm {
        return Err(TokenRefusal::token(Reason::TOKEN_ALG));
    }
    if key.has_signed(token) { Ok(()) } else { Err(TokenRefusal::token(Reason::TOKEN_SIGNATURE)) }
}

/// `aud` is this API's identifier, and nobody else's beside it: a token for several audiences could be replayed by any of them
/// (RFC 9068 §4, ASVS 9.2.4). One, as text or as a list of one.
#[enforces(TOKEN_AUDIENCE)]
pub(super) fn check_audience(claims: &Claims, issuer: &Issuer) -> Result<(), TokenRefusal> {
    if claims.aud.is_only(issuer.audience()) { Ok(()) } else { Err(TokenRefusal::token(Reason::TOKEN_AUD)) }
}

pub(super) fn check_times(claims: &Claims, now: i64) -> Result<(), TokenRefusal> {
    if is_expired(claims.exp, now) {
        return Err(TokenRefusal::token(Reason::TOKEN_EXP));
    }
    check_not_before(claims, now)?;
    check_issued_at(claims, now)?;
    check_lifetime(claims)
}

/// Whether a token with this `exp` is over (RFC 7519 §4.1.4): what was stolen long ago opens nothing.
#[enforces(TOKEN_TIME_WINDOW, answers = false)]
pub(super) fn is_expired(exp: i64, now: i64) -> bool {
    now >= exp.saturating_add(SKEW)
}

/// A token for later is refused until then (RFC 7519 §4.1.5).
#[enforces(TOKEN_TIME_WINDOW)]
fn check_not_before(claims: &Claims, now: i64) -> Result<(), TokenRefusal> {
    match claims.nbf {
        Some(nbf) if nbf > now.saturating_add(SKEW) => Err(TokenRefusal::token(Reason::TOKEN_NBF)),
        _ => Ok(()),
    }
}

/// No honest issuer writes a token in the future: whoever has its key for a moment would stock up (RFC 7519 §4.1.6).
#[enforces(TOKEN_TIME_WINDOW)]
fn check_issued_at(claims: &Claims, now: i64) -> Result<(), TokenRefusal> {
    if claims.iat > now.saturating_add(SKEW) { Err(TokenRefusal::token(Reason::TOKEN_IAT)) } else { Ok(()) }
}

/// A token that an issuer lets live for a year is not believed: it could not be called back (RFC 9700 §2.2.1).
#[enforces(TOKEN_TIME_WINDOW)]
fn check_lifetime(claims: &Claims) -> Result<(), TokenRefusal> {
    let life = claims.exp.saturating_sub(claims.iat);
    if (0..=LONGEST_LIFE).contains(&life) { Ok(()) } else { Err(TokenRefusal::token(Reason::TOKEN_LIFETIME)) }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_IDENTIFIER && text::is_clean(text)
}

/// Whether what goes into look-ups, rows and the log is fit for it.
fn are_identifiers(claims: &Claims) -> bool {
    let further = [&claims.sid, &claims.acr].into_iter().flatten();
    let mut names = [&claims.sub, &claims.jti, &claims.client_id].into_iter().chain(further);
    let is_scope = claims.scope.len() <= LONGEST_SCOPE && text::is_clean(&claims.scope);
    is_scope && names.all(|name| is_identifier(name))
}

pub(super) fn caller(claims: Claims) -> Result<Caller, TokenRefusal> {
    if !are_identifiers(&claims) {
        return Err(CLAIMS);
    }
    let revocation_keys = revocation::keys(&claims.iss, &claims.jti, claims.sid.as_deref());
    let fingerprint = fingerprint(&claims.iss, &claims.sub);
    Ok(Caller::new(Verified {
        issuer: claims.iss,
        subject: claims.sub,
        organization: OrganizationId::from_uuid(claims.org),
        scopes: Scopes::new(claims.scope),
        expires: claims.exp,
        fingerprint,
        client: claims.client_id,
        session: claims.sid,
        acr: claims.acr,
        authenticated_at: claims.auth_time,
        key_thumbprint: claims.cnf.map(|confirmation| confirmation.jkt),
        networks: Networks::default(),
        revocation_keys,
    }))
}

/// One number for issuer and subject.
pub(super) fn fingerprint(issuer: &str, subject: &str) -> u128 {
    let mut principal = digest::Context::new(&digest::SHA256);
    principal.update(issuer.as_bytes());
    principal.update(&[0]);
    principal.update(subject.as_bytes());
    principal.finish().as_ref().first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}
