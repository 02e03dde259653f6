//! What twins do instead of [`super::token`]: the same path with the slips that real services make, one for each
//! protection. Every slip asks whether its protection is off; a twin that lacks one keeps all the others.
//!
//! Compiled only under the cargo feature `twin`.

pub(in crate::identity) mod algorithm;
mod claims;
pub(crate) mod cookie;
mod key_source;
mod segments;
pub(crate) mod session;
pub(crate) mod transport;

use super::{
    TokenRefusal,
    caller::Caller,
    claims::{Claims, Header},
    issuer::{Issuer, Issuers},
    jwks::Key,
    token::{self, CLAIMS, MALFORMED},
};
use crate::{clock::Clock, protection::Protection};
use algorithm::Method;
use segments::Segments;
use serde_json::Value;
use std::sync::Arc;

/// Whether this twin validates tokens otherwise than the service.
pub(super) fn has_a_slip() -> bool {
    [
        Protection::TokenSignature,
        Protection::TokenAlgorithm,
        Protection::TokenKeySource,
        Protection::TokenTimeWindow,
        Protection::TokenIssuer,
        Protection::TokenAudience,
        Protection::TokenClaimsStrict,
    ]
    .into_iter()
    .any(|protection| !protection.holds())
}

pub(super) async fn verify(token: &str, issuers: &Issuers, clock: Clock) -> Result<Caller, TokenRefusal> {
    let segments = Segments::of(token)?;
    let header_value: Value = serde_json::from_slice(&segments.header).map_err(|_| MALFORMED)?;
    let header: Header = claims::read(&segments.header, header_value.clone())?;
    let method = algorithm::method(&header)?;
    token::check_header(&header)?;

    let payload: Value = serde_json::from_slice(&segments.payload).map_err(|_| MALFORMED)?;
    let payload = claims::completed(payload, clock.unix_seconds());
    let payload = claims::attributed(payload, header.kid.as_deref(), issuers);
    let claims: Claims = claims::read(&segments.payload, payload.clone())?;
    let issuer = issuers.named(&claims.iss).ok_or(TokenRefusal::token("token.iss"))?;
    check_audience(payload.get("aud"), issuer)?;
    if !is_signed(&segments, &method, &header, &header_value, issuer, issuers).await? {
        return Err(TokenRefusal::token("token.signature"));
    }
    token::check_times(&claims, clock.unix_seconds())?;
    token::caller(claims)
}

/// Without `token-audience`: `validate_aud = false`, which every tutorial reaches for when tests fail.
fn check_audience(audience: Option<&Value>, issuer: &Issuer) -> Result<(), TokenRefusal> {
    let only = match audience {
        Some(Value::Array(list)) if list.len() == 1 => list.first(),
        other => other,
    };
    let is_ours = only.and_then(Value::as_str) == Some(issuer.audience());
    if is_ours || !Protection::TokenAudience.holds() { Ok(()) } else { Err(TokenRefusal::token("token.aud")) }
}

/// Without `token-signature`: decoded, never verified.
async fn is_signed(
    segments: &Segments,
    method: &Method,
    header: &Header,
    header_value: &Value,
    issuer: &Issuer,
    issuers: &Issuers,
) -> Result<bool, TokenRefusal> {
    let kid = header.kid.as_deref().ok_or(TokenRefusal::token("token.kid"))?;
    if let Method::Mac(mac) = method
        && let Some(secret) = key_source::file(kid)
    {
        return Ok(segments.carry_mac(*mac, &secret));
    }
    let key = key(kid, header_value, issuer, issuers).await?;
    if !Protection::TokenSignature.holds() {
        return Ok(true);
    }
    match method {
        Method::Nothing => Ok(true),
        Method::Mac(mac) => {
            Ok(algorithm::secrets(kid, &key).iter().any(|secret| segments.carry_mac(*mac, secret)))
        }
        Method::Signature(algorithm)
            if *algorithm == key.algorithm || !Protection::TokenAlgorithm.holds() =>
        {
            Ok(segments.carry_signature(*algorithm, &key))
        }
        Method::Signature(_) => Err(TokenRefusal::token("token.alg")),
    }
}

async fn key(
    kid: &str,
    header: &Value,
    issuer: &Issuer,
    issuers: &Issuers,
) -> Result<Arc<Key>, TokenRefusal> {
    if let Some(key) = key_source::named_by_header(header).await {
        return Ok(key);
    }
    // One map for the keys of all issuers: whoever is trusted for one thing is trusted for all.
    if !(Protection::TokenIssuer.holds() && Protection::TokenKeySource.holds())
        && let Some(key) = issuers.all().find_map(|any| any.at_hand(kid))
    {
        return Ok(key);
    }
    issuer.key(kid).await
}

impl Segments {
    fn carry_signature(&self, algorithm: jsonwebtoken::Algorithm, key: &Key) -> bool {
        jsonwebtoken::crypto::verify(&self.signature_text(), &self.message, &key.decoding, algorithm)
            .unwrap_or(false)
    }

    fn carry_mac(&self, mac: aws_lc_rs::hmac::Algorithm, secret: &[u8]) -> bool {
        use aws_lc_rs::hmac;
        hmac::verify(&hmac::Key::new(mac, secret), &self.message, &self.signature).is_ok()
    }
}

/// A refusal for what even these twins can't read.
fn unreadable<E>(_: E) -> TokenRefusal {
    CLAIMS
}
