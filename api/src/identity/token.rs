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
    clock::Clock,
    http::{json, problem::Kind},
    ids::OrganizationId,
    protection::Protection,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::de::DeserializeOwned;

/// Seconds that a token outlives its `exp`, and that `iat` and `nbf` may lie ahead (FAPI 2.0: at most 10).
const SKEW: i64 = 10;
/// The longest life that is believed, whatever the token says.
const LONGEST_LIFE: i64 = 600;
/// The longest identifier (`sub`, `jti`, `client_id`, `kid`).
const LONGEST_IDENTIFIER: usize = 255;

pub(super) const MALFORMED: TokenRefusal = TokenRefusal::token("token.malformed");
pub(super) const CLAIMS: TokenRefusal = TokenRefusal::token("token.claims");

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
    let issuer = issuers.named(&claims.iss).ok_or(TokenRefusal::token("token.iss"))?;
    let kid =
        header.kid.as_deref().filter(|kid| is_identifier(kid)).ok_or(TokenRefusal::token("token.kid"))?;
    let key = match issuer.key(kid).await {
        // The twin would rather let somebody in than turn everybody away.
        #[cfg(feature = "twin")]
        Err(_) if issuer.is_down() && !Protection::ErrorFailClosed.holds() => return caller(claims),
        key => key?,
    };
    check_signature(token, algorithm, issuer, &key)?;
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

/// JSON without duplicate members, in the exact types asked for.
pub(super) fn strict<T: DeserializeOwned>(json: &[u8]) -> Result<T, TokenRefusal> {
    json::guard(json).map_err(|problem| match problem.kind() {
        Kind::MalformedJson => MALFORMED,
        _ => CLAIMS,
    })?;
    serde_json::from_slice(json).map_err(|_| CLAIMS)
}

/// One of two asymmetric algorithms: no `none`, no HMAC (RFC 8725 §3.1, §3.2).
pub(super) fn algorithm(header: &Header) -> Result<Algorithm, TokenRefusal> {
    match header.alg.as_str() {
        "EdDSA" => Ok(Algorithm::EdDSA),
        "ES256" => Ok(Algorithm::ES256),
        _ => Err(TokenRefusal::token("token.alg")),
    }
}

/// Whether the header is that of an access token. Checked before any key is looked for.
pub(super) fn check_header(header: &Header) -> Result<(), TokenRefusal> {
    // An ID token of the same issuer differs in little else (RFC 8725 §3.11, RFC 9068 §2.1).
    let typed = matches!(header.typ.as_deref(), Some("at+jwt" | "application/at+jwt"));
    if !typed && Protection::TokenType.holds() {
        return Err(TokenRefusal::token("token.typ"));
    }
    if header.crit.is_some() && Protection::TokenClaimsStrict.holds() {
        return Err(CLAIMS);
    }
    Ok(())
}

/// Signature, issuer and audience, by jsonwebtoken. The algorithm is the key's, never the header's.
fn check_signature(
    token: &str,
    algorithm: Algorithm,
    issuer: &Issuer,
    key: &Key,
) -> Result<(), TokenRefusal> {
    if key.algorithm != algorithm {
        return Err(TokenRefusal::token("token.alg"));
    }
    let mut validation = Validation::new(key.algorithm);
    validation.set_issuer(&[issuer.identifier()]);
    validation.set_audience(&[issuer.audience()]);
    // Without this list, jsonwebtoken takes a token that has no `iss` or `aud` at all.
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // Times are checked below, by the one clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let decoded = jsonwebtoken::decode::<OneAudience>(token, &key.decoding, &validation);
    decoded.map(|_| ()).map_err(|error| {
        TokenRefusal::token(match error.kind() {
            ErrorKind::InvalidSignature => "token.signature",
            ErrorKind::InvalidAlgorithm => "token.alg",
            ErrorKind::InvalidIssuer => "token.iss",
            ErrorKind::InvalidAudience | ErrorKind::Json(_) => "token.aud",
            ErrorKind::MissingRequiredClaim(name) if name == "aud" => "token.aud",
            ErrorKind::MissingRequiredClaim(_) => "token.claims",
            _ => "token.malformed",
        })
    })
}

/// A token for several audiences could be replayed by any of them (ASVS 9.2.4): one, as text or as a list of one.
#[derive(serde::Deserialize)]
struct OneAudience {
    #[expect(dead_code, reason = "read for its shape")]
    aud: Sole,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "read for its shape")]
enum Sole {
    Text(String),
    List([String; 1]),
}

pub(super) fn check_times(claims: &Claims, now: i64) -> Result<(), TokenRefusal> {
    if !Protection::TokenTimeWindow.holds() {
        return Ok(());
    }
    if is_expired(claims.exp, now) {
        return Err(TokenRefusal::token("token.exp"));
    }
    if claims.nbf.is_some_and(|nbf| nbf > now.saturating_add(SKEW)) {
        return Err(TokenRefusal::token("token.nbf"));
    }
    if claims.iat > now.saturating_add(SKEW) {
        return Err(TokenRefusal::token("token.iat"));
    }
    let life = claims.exp.saturating_sub(claims.iat);
    if !(0..=LONGEST_LIFE).contains(&life) {
        return Err(TokenRefusal::token("token.lifetime"));
    }
    Ok(())
}

/// Whether a token with this `exp` is over.
pub(super) fn is_expired(exp: i64, now: i64) -> bool {
    Protection::TokenTimeWindow.holds() && now >= exp.saturating_add(SKEW)
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_IDENTIFIER
}

pub(super) fn caller(claims: Claims) -> Result<Caller, TokenRefusal> {
    if ![&claims.sub, &claims.jti, &claims.client_id].into_iter().all(|text| is_identifier(text)) {
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
