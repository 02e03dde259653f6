//! What twins do instead of [`super::token`]: the same path with the slips that real services make, one for each
//! protection. Every slip asks whether its protection is off; a twin that lacks one keeps all the others.
//!
//! Compiled only under the cargo feature `twin`.

pub(in crate::identity) mod algorithm;
mod claims;
pub(crate) mod cookie;
pub(in crate::identity) mod handle;
mod key_source;
mod segments;
pub(crate) mod session;
pub(crate) mod tenant;
pub(crate) mod transport;

use super::{
    TokenRefusal,
    caller::Caller,
    claims::{Claims, Header},
    issuer::{Issuer, Issuers},
    jwks::Key,
    token::{self, CLAIMS, MALFORMED},
};
use crate::{
    audit::Reason,
    clock::Clock,
    protection::{
        DB_RLS_CONTEXT, TENANT_FROM_TOKEN, TOKEN_ALGORITHM, TOKEN_CLAIMS_STRICT, TOKEN_ISSUER,
        TOKEN_KEY_SOURCE, TOKEN_SIGNATURE, TOKEN_TIME_WINDOW,
    },
};
use algorithm::Method;
use segments::Segments;
use serde_json::Value;
use std::sync::Arc;

/// Whether this twin validates tokens otherwise than the service.
pub(super) fn has_a_slip() -> bool {
    [
        &TOKEN_SIGNATURE,
        &TOKEN_ALGORITHM,
        &TOKEN_KEY_SOURCE,
        &TOKEN_TIME_WINDOW,
        &TOKEN_ISSUER,
        &TOKEN_CLAIMS_STRICT,
        &TENANT_FROM_TOKEN,
        &DB_RLS_CONTEXT,
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
    let payload = tenant::cut(tenant::remembered(payload));
    let claims: Claims = claims::read(&segments.payload, payload)?;
    let issuer = issuers.named(&claims.iss).ok_or(TokenRefusal::token(Reason::TOKEN_ISS))?;
    token::check_audience(&claims, issuer)?;
    if !is_signed(&segments, &method, &header, &header_value, issuer, issuers).await? {
        return Err(TokenRefusal::token(Reason::TOKEN_SIGNATURE));
    }
    token::check_times(&claims, clock.unix_seconds())?;
    token::caller(claims)
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
    let kid = header.kid.as_deref();
    if let Method::Mac(mac) = method
        && let Some(secret) = kid.and_then(key_source::file)
    {
        return Ok(segments.carry_mac(*mac, &secret));
    }
    let key = key(kid, header_value, issuer, issuers).await?;
    if !TOKEN_SIGNATURE.holds() {
        return Ok(true);
    }
    match method {
        Method::Nothing => Ok(true),
        Method::Mac(mac) => Ok(algorithm::secrets(kid.unwrap_or_default(), &key)
            .iter()
            .any(|secret| segments.carry_mac(*mac, secret))),
        Method::Signature(algorithm) if *algorithm == key.algorithm || !TOKEN_ALGORITHM.holds() => {
            Ok(segments.carry_signature(*algorithm, &key))
        }
        Method::Signature(_) => Err(TokenRefusal::token(Reason::TOKEN_ALG)),
    }
}

async fn key(
    kid: Option<&str>,
    header: &Value,
    issuer: &Issuer,
    issuers: &Issuers,
) -> Result<Arc<Key>, TokenRefusal> {
    if let Some(key) = key_source::named_by_header(header).await {
        return Ok(key);
    }
    // One map for the keys of all issuers: whoever is trusted for one thing is trusted for all.
    if !(TOKEN_ISSUER.holds() && TOKEN_KEY_SOURCE.holds())
        && let Some(key) = kid.and_then(|kid| issuers.all().find_map(|any| any.at_hand(kid)))
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
