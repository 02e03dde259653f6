//! ID tokens, validated in full (OIDC Core §3.1.3.7), though they come over TLS from the provider itself: what is wrong in
//! one is more often a mix-up than a forgery, and TLS does not tell for whom it was made.

use super::{
    Federation, FederationRefusal,
    providers::Provider,
    transactions::{Ended, OLDEST_SIGN_IN},
};
use crate::{
    audit::Reason,
    http::text::is_clean,
    identity::{
        claims::{
            Audience, Header, if_numeric_date, numeric_date, plainly_true, some_numeric_date, text, texts,
        },
        jwks::Key,
        secret,
        token::{MALFORMED, Segments, split, strict},
    },
    protection::OIDC_ID_TOKEN,
};
use brigandine_enforce::enforces;
use serde::Deserialize;

/// Seconds that clocks may differ.
const SKEW: i64 = 10;
/// How long ago, in seconds, a token may have been issued that comes back from an exchange of just now.
const OLDEST: i64 = 600;
/// The longest subject (OIDC Core §2).
const LONGEST_SUBJECT: usize = 255;

/// What an ID token says, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub struct IdToken {
    iss: String,
    /// Who, at this issuer.
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    #[serde(deserialize_with = "numeric_date")]
    exp: i64,
    #[serde(deserialize_with = "numeric_date")]
    iat: i64,
    #[serde(default, deserialize_with = "some_numeric_date")]
    nbf: Option<i64>,
    nonce: Option<String>,
    /// When they showed who they are there; some providers say so only where it is asked for, some never.
    #[serde(default, deserialize_with = "if_numeric_date")]
    pub(super) auth_time: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    acr: Option<String>,
    /// How they showed who they are (RFC 8176).
    #[serde(default, deserialize_with = "texts")]
    pub amr: Vec<String>,
    /// The session there, for back-channel logout.
    #[serde(default, deserialize_with = "text")]
    pub sid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) email: Option<String>,
    #[serde(default, deserialize_with = "plainly_true")]
    pub(super) email_verified: bool,
}

/// What was asked for, and must come.
pub(super) struct Expected<'a> {
    pub(super) nonce_hash: &'a [u8],
    /// How long before `asked_at` somebody may have signed in, where that must be known.
    pub(super) max_age: Option<i32>,
    /// When the browser was sent to the provider, in seconds since 1970.
    pub(super) asked_at: i64,
    pub(super) acr: Option<&'a str>,
}

impl<'a> Expected<'a> {
    pub(super) fn of(ended: &'a Ended) -> Self {
        Self {
            nonce_hash: &ended.nonce_hash,
            max_age: ended.purpose.max_age,
            asked_at: ended.asked_at,
            acr: ended.provider.acr.as_deref(),
        }
    }
}

const fn invalid(reason: Reason) -> FederationRefusal {
    FederationRefusal::Invalid(reason)
}

/// The token, if it is valid for this provider and this transaction.
pub(super) async fn validate(
    federation: &Federation,
    provider: &Provider,
    token: &str,
    expected: &Expected<'_>,
) -> Result<IdToken, FederationRefusal> {
    let mut claims: IdToken = verified(federation, provider, token, &[None, Some("JWT")]).await?;
    check(&claims, provider, expected, federation.0.clock.unix_seconds())?;
    // It is stored, and asked for again in a logout token only.
    claims.sid = claims.sid.filter(|sid| sid.len() <= LONGEST_SUBJECT && is_clean(sid));
    Ok(claims)
}

/// The claims of a token of this provider: one of these types, signed by one of its keys.
pub(super) async fn verified<T: serde::de::DeserializeOwned>(
    federation: &Federation,
    provider: &Provider,
    token: &str,
    types: &[Option<&str>],
) -> Result<T, FederationRefusal> {
    let malformed = |_| invalid(Reason::ID_TOKEN_MALFORMED);
    let token = split(token).map_err(malformed)?;
    let header: Header = strict(&token.header).map_err(malformed)?;
    check_type(&header, types)?;
    let key = federation.key(provider, header.kid.as_deref()).await?;
    check_signature(&token, &header, &key)?;
    strict(&token.payload).map_err(|refusal| {
        invalid(if refusal == MALFORMED { Reason::ID_TOKEN_MALFORMED } else { Reason::ID_TOKEN_CLAIMS })
    })
}

/// A token is of the kind that was asked for: an access token or a logout token of the same provider is no ID token (RFC 8725
/// §3.11). No extension is understood here (RFC 7515 §4.1.11).
fn check_type(header: &Header, types: &[Option<&str>]) -> Result<(), FederationRefusal> {
    let is_wanted = types.contains(&header.typ.as_deref()) && header.crit.is_none();
    if is_wanted { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_TYP)) }
}

/// The signature over the very bytes that were read. The algorithm is the key's, never the header's: no `none`, no HMAC with a
/// secret that the provider knows as well (RFC 8725 §3.1).
#[enforces(OIDC_ID_TOKEN)]
fn check_signature(token: &Segments<'_>, header: &Header, key: &Key) -> Result<(), FederationRefusal> {
    if header.alg.parse() != Ok(key.algorithm) {
        return Err(invalid(Reason::ID_TOKEN_ALG));
    }
    if key.has_signed(token) { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_SIGNATURE)) }
}

fn check(
    claims: &IdToken,
    provider: &Provider,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), FederationRefusal> {
    check_issuer(claims, provider)?;
    check_audience(claims, provider)?;
    check_authorized_party(claims, provider)?;
    check_subject(claims)?;
    check_times(claims, now)?;
    check_nonce(claims, expected)?;
    check_sign_in(claims, expected, now)?;
    check_strength(claims, expected)
}

/// It is of the provider that was asked (OIDC Core §3.1.3.7, number 2).
#[enforces(OIDC_ID_TOKEN)]
fn check_issuer(claims: &IdToken, provider: &Provider) -> Result<(), FederationRefusal> {
    if claims.iss == provider.issuer { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_ISS)) }
}

/// It is for this service, and for nobody beside it: another application of the provider could hand its own in here (OIDC Core
/// §3.1.3.7, number 3; ASVS 9.2.4).
#[enforces(OIDC_ID_TOKEN)]
fn check_audience(claims: &IdToken, provider: &Provider) -> Result<(), FederationRefusal> {
    if claims.aud.is_only(&provider.client_id) { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_AUD)) }
}

/// It was asked for by this service: `azp` is who asked (OIDC Core §3.1.3.7, number 5).
#[enforces(OIDC_ID_TOKEN)]
fn check_authorized_party(claims: &IdToken, provider: &Provider) -> Result<(), FederationRefusal> {
    let is_authorized = claims.azp.as_ref().is_none_or(|azp| *azp == provider.client_id);
    if is_authorized { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_AUD)) }
}

/// It is about somebody, by a name that can be looked up, stored and logged (OIDC Core §2).
fn check_subject(claims: &IdToken) -> Result<(), FederationRefusal> {
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT || !is_clean(&claims.sub) {
        return Err(invalid(Reason::ID_TOKEN_SUB));
    }
    Ok(())
}

/// It was issued for an exchange of just now, and is not over: an old one that somebody kept opens nothing (OIDC Core §3.1.3.7,
/// numbers 9 and 10).
#[enforces(OIDC_ID_TOKEN)]
fn check_times(claims: &IdToken, now: i64) -> Result<(), FederationRefusal> {
    let newest = now.saturating_add(SKEW);
    let issued = claims.iat <= newest && claims.iat >= now.saturating_sub(OLDEST);
    if now >= claims.exp.saturating_add(SKEW) || !issued || claims.nbf.is_some_and(|nbf| nbf > newest) {
        return Err(invalid(Reason::ID_TOKEN_TIME));
    }
    Ok(())
}

/// It is of this transaction, and of no other, this person's or a thief's (OIDC Core §15.5.2).
#[enforces(OIDC_ID_TOKEN)]
fn check_nonce(claims: &IdToken, expected: &Expected<'_>) -> Result<(), FederationRefusal> {
    let is_ours = claims.nonce.as_deref().is_some_and(|nonce| secret::hash(nonce) == *expected.nonce_hash);
    if is_ours { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_NONCE)) }
}

/// They signed in there lately enough, counted from when it was asked for: who took their time there has not signed in any
/// earlier (OIDC Core §3.1.2.1; ASVS 6.8.4).
#[enforces(OIDC_ID_TOKEN)]
fn check_sign_in(claims: &IdToken, expected: &Expected<'_>, now: i64) -> Result<(), FederationRefusal> {
    let newest = now.saturating_add(SKEW);
    let oldest = |seconds| expected.asked_at.saturating_sub(i64::from(seconds)).saturating_sub(SKEW);
    let is_late = match claims.auth_time {
        Some(time) => time < oldest(expected.max_age.unwrap_or(OLDEST_SIGN_IN)) || time > newest,
        // Whoever is not asked when need not say.
        None => expected.max_age.is_some(),
    };
    if is_late { Err(invalid(Reason::ID_TOKEN_AUTH_TIME)) } else { Ok(()) }
}

/// They signed in there as thoroughly as was asked for (OIDC Core §3.1.3.7, number 12; ASVS 6.8.4).
#[enforces(OIDC_ID_TOKEN)]
fn check_strength(claims: &IdToken, expected: &Expected<'_>) -> Result<(), FederationRefusal> {
    let is_enough = expected.acr.is_none() || claims.acr.as_deref() == expected.acr;
    if is_enough { Ok(()) } else { Err(invalid(Reason::ID_TOKEN_ACR)) }
}

#[cfg(test)]
mod tests;
