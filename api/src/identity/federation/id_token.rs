//! ID tokens, validated in full (OIDC Core §3.1.3.7), though they come over TLS from the provider itself: what is wrong in
//! one is more often a mix-up than a forgery, and TLS does not tell for whom it was made.

use super::{Federation, FederationRefusal, providers::Provider, transactions::Ended};
use crate::identity::{
    claims::Header,
    jwks::Key,
    secret,
    token::{MALFORMED, split, strict},
};
use jsonwebtoken::{Validation, errors::ErrorKind};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

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
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    pub(super) auth_time: Option<i64>,
    acr: Option<String>,
    /// How they showed who they are (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// The session there, for back-channel logout.
    pub sid: Option<String>,
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "plainly_true")]
    pub(super) email_verified: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// The one audience, if it is one.
    pub(super) fn only(&self) -> Option<&str> {
        match self {
            Self::One(one) => Some(one),
            Self::Several(several) => match several.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }

    /// Another audience could use the token here as well as there, and is not trusted.
    pub(super) fn is_only(&self, client_id: &str) -> bool {
        self.only() == Some(client_id)
    }
}

/// Some providers write `"true"`, some `"false"`: a text is no yes.
fn plainly_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Plainly(bool),
        Otherwise(IgnoredAny),
    }
    Ok(matches!(Said::deserialize(deserializer)?, Said::Plainly(true)))
}

/// What was asked for, and must come.
pub(super) struct Expected<'a> {
    pub(super) nonce_hash: &'a [u8],
    pub(super) max_age: Option<i32>,
    pub(super) acr: Option<&'a str>,
}

impl<'a> Expected<'a> {
    pub(super) fn of(ended: &'a Ended) -> Self {
        Self {
            nonce_hash: &ended.nonce_hash,
            max_age: ended.purpose.max_age,
            acr: ended.provider.acr.as_deref(),
        }
    }
}

const fn invalid(reason: &'static str) -> FederationRefusal {
    FederationRefusal::Invalid(reason)
}

/// The token, if it is valid for this provider and this transaction.
pub(super) async fn validate(
    federation: &Federation,
    provider: &Provider,
    token: &str,
    expected: &Expected<'_>,
) -> Result<IdToken, FederationRefusal> {
    #[cfg(feature = "twin")]
    if let Some(claims) = super::weak::unchecked(token) {
        return Ok(claims);
    }
    let claims: IdToken = verified(federation, provider, token, &[None, Some("JWT")]).await?;
    check(&claims, provider, expected, federation.0.clock.unix_seconds())?;
    Ok(claims)
}

/// The claims of a token of this provider: one of these types, signed by one of its keys.
pub(super) async fn verified<T: serde::de::DeserializeOwned>(
    federation: &Federation,
    provider: &Provider,
    token: &str,
    types: &[Option<&str>],
) -> Result<T, FederationRefusal> {
    let malformed = |_| invalid("id_token.malformed");
    let (header, payload) = split(token).map_err(malformed)?;
    let header: Header = strict(&header).map_err(malformed)?;
    // An access token or a logout token of the same provider is none of these (RFC 8725 §3.11).
    if !types.contains(&header.typ.as_deref()) || header.crit.is_some() {
        return Err(invalid("id_token.typ"));
    }
    let kid = header.kid.as_deref().ok_or(invalid("id_token.kid"))?;
    let key = federation.key(provider, kid).await?;
    check_signature(token, &header.alg, provider, &key)?;
    strict(&payload).map_err(|refusal| {
        invalid(if refusal == MALFORMED { "id_token.malformed" } else { "id_token.claims" })
    })
}

/// Signature, issuer and audience, by jsonwebtoken. The algorithm is the key's, never the header's: no `none`, no HMAC
/// with a secret that the provider knows as well (RFC 8725 §3.1).
fn check_signature(token: &str, alg: &str, provider: &Provider, key: &Key) -> Result<(), FederationRefusal> {
    if alg.parse() != Ok(key.algorithm) {
        return Err(invalid("id_token.alg"));
    }
    let mut validation = Validation::new(key.algorithm);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_audience(&[&provider.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // Times are checked below, by the one clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let decoded = jsonwebtoken::decode::<IgnoredAny>(token, &key.decoding, &validation);
    decoded.map(|_| ()).map_err(|error| {
        invalid(match error.kind() {
            ErrorKind::InvalidSignature => "id_token.signature",
            ErrorKind::InvalidAlgorithm => "id_token.alg",
            ErrorKind::InvalidIssuer => "id_token.iss",
            ErrorKind::InvalidAudience => "id_token.aud",
            ErrorKind::MissingRequiredClaim(_) => "id_token.claims",
            _ => "id_token.malformed",
        })
    })
}

fn check(
    claims: &IdToken,
    provider: &Provider,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), FederationRefusal> {
    if claims.iss != provider.issuer {
        return Err(invalid("id_token.iss"));
    }
    let authorized = claims.azp.as_ref().is_none_or(|azp| *azp == provider.client_id);
    if !claims.aud.is_only(&provider.client_id) || !authorized {
        return Err(invalid("id_token.aud"));
    }
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
        return Err(invalid("id_token.sub"));
    }
    let issued = claims.iat <= now.saturating_add(SKEW) && claims.iat >= now.saturating_sub(OLDEST);
    if now >= claims.exp.saturating_add(SKEW) || !issued {
        return Err(invalid("id_token.time"));
    }
    // A token of another transaction, this person's or a thief's (OIDC Core §15.5.2).
    if claims.nonce.as_deref().is_none_or(|nonce| secret::hash(nonce) != *expected.nonce_hash) {
        return Err(invalid("id_token.nonce"));
    }
    if let Some(seconds) = expected.max_age {
        let oldest = now.saturating_sub(i64::from(seconds)).saturating_sub(SKEW);
        if claims.auth_time.is_none_or(|time| time < oldest || time > now.saturating_add(SKEW)) {
            return Err(invalid("id_token.auth_time"));
        }
    }
    if expected.acr.is_some() && claims.acr.as_deref() != expected.acr {
        return Err(invalid("id_token.acr"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
