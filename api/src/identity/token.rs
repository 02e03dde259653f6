//! The one validation path of access tokens: RFC 9068 §4, RFC 8725, and the traps of catalogue part 8.

mod read;

pub(crate) use read::{Segments, split, strict};

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
    protection::{
        DB_RLS_CONTEXT, ERROR_FAIL_CLOSED, SECRET_NONE_IN_SOURCE, TENANT_FROM_TOKEN, TOKEN_ALGORITHM,
        TOKEN_AUDIENCE, TOKEN_CLAIMS_STRICT, TOKEN_ISSUER, TOKEN_KEY_SOURCE, TOKEN_SIGNATURE,
        TOKEN_TIME_WINDOW, TOKEN_TYPE,
    },
};
use aws_lc_rs::digest;
use brigandine_enforce::enforces;
use std::sync::Arc;

/// Seconds that a token outlives its `exp`, and that `iat` and `nbf` may lie ahead (FAPI 2.0: at most 10).
const SKEW: i64 = 10;
/// The longest life that is believed, whatever the token says.
const LONGEST_LIFE: i64 = 600;
/// The longest identifier (`sub`, `jti`, `client_id`, `kid`, `sid`, `acr`).
const LONGEST_IDENTIFIER: usize = 255;
/// The longest list of scopes.
const LONGEST_SCOPE: usize = 4096;

pub(crate) const MALFORMED: TokenRefusal = TokenRefusal::token(Reason::TOKEN_MALFORMED);
pub(crate) const CLAIMS: TokenRefusal = TokenRefusal::token(Reason::TOKEN_CLAIMS);

/// The caller that a token names. An issuer's key vouches for it, and no secret that came with this program: whoever has read
/// the source code could sign with that (CWE-798).
#[enforces(
    SECRET_NONE_IN_SOURCE,
    otherwise = crate::vulnerable::identity::tokens::default_secret::or_signed_with_what_came_along
)]
pub(super) async fn verify(token: &str, issuers: &Issuers, clock: Clock) -> Result<Caller, TokenRefusal> {
    Unverified::read(token, issuers)?.verified(clock).await
}

/// A token as it was read. Nothing in it is true before [`Unverified::verified`] says so.
pub(crate) struct Unverified<'t> {
    pub(crate) segments: Segments<'t>,
    pub(crate) header: Header,
    pub(crate) claims: Claims,
    pub(crate) issuers: &'t Issuers,
    organization: OrganizationId,
}

impl<'t> Unverified<'t> {
    /// Reads a token. What is no access token at all is refused here, before any key is looked for.
    pub(crate) fn read(token: &'t str, issuers: &'t Issuers) -> Result<Self, TokenRefusal> {
        let segments = split(token)?;
        let header: Header = strict(&segments.header)?;
        check_algorithm(&header)?;
        check_type(&header)?;
        check_critical(&header)?;
        let claims = of_an_organization(claims(&segments.payload)?)?;
        let organization = organization(&claims)?;
        Ok(Self { segments, header, claims, issuers, organization })
    }

    /// The caller, if the token is good.
    pub(crate) async fn verified(self, clock: Clock) -> Result<Caller, TokenRefusal> {
        let issuer = self.issuer()?;
        if self.kid().is_some_and(|kid| !is_identifier(kid)) {
            return Err(TokenRefusal::token(Reason::TOKEN_KID));
        }
        self.check_signed().await?;
        check_audience(&self.claims, issuer)?;
        check_times(&self.claims, clock.unix_seconds())?;
        caller(issuer.identifier(), self.organization, self.claims)
    }

    /// `kid`: the name of the key.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// `iss` is the identifier of an issuer that is trusted here, letter by letter (RFC 9068 §4): one that a lenient comparison
    /// takes for the same is somebody else's.
    #[enforces(TOKEN_ISSUER, otherwise = crate::vulnerable::identity::tokens::issuer::or_whose_key_it_is)]
    pub(crate) fn issuer(&self) -> Result<&'t Issuer, TokenRefusal> {
        // Whom a token is from can't be asked of one that does not say so in a text.
        let name = self.claims.iss.as_deref().ok_or(CLAIMS)?;
        self.issuers.named(name).ok_or(TokenRefusal::token(Reason::TOKEN_ISS))
    }

    /// A token whose key can't be had is not believed: nobody can tell whether it is good while its issuer does not answer
    /// (ASVS 16.5.3).
    #[enforces(ERROR_FAIL_CLOSED, otherwise = crate::vulnerable::identity::tokens::issuer::good_where_nobody_can_tell)]
    async fn check_signed(&self) -> Result<(), TokenRefusal> {
        let key = self.key().await?;
        self.check_signature(&key)
    }

    /// The key is at home with the issuer, never where the token points: `jwk`, `jku`, `x5c` and `x5u` are not even read, and
    /// `kid` is a name among the issuer's keys, no path and no query (RFC 8725 §3.10; CVE-2018-0114).
    #[enforces(TOKEN_KEY_SOURCE, otherwise = crate::vulnerable::identity::tokens::key_source::named_by_the_token)]
    pub(crate) async fn key(&self) -> Result<Arc<Key>, TokenRefusal> {
        self.key_of_issuer().await
    }

    /// The key is this issuer's own: one issuer vouches for nobody of another's (RFC 8725 §3.8).
    #[enforces(TOKEN_ISSUER, otherwise = crate::vulnerable::identity::tokens::issuer::key_of_anybody)]
    pub(crate) async fn key_of_issuer(&self) -> Result<Arc<Key>, TokenRefusal> {
        self.issuer()?.key(self.kid()).await
    }

    /// Nothing is believed before the signature verified over the very bytes that were read (RFC 7515 §5.2): everybody can
    /// write claims.
    #[enforces(TOKEN_SIGNATURE)]
    pub(crate) fn check_signature(&self, key: &Key) -> Result<(), TokenRefusal> {
        let is_signed = self.is_signed_with(key)?;
        if is_signed { Ok(()) } else { Err(TokenRefusal::token(Reason::TOKEN_SIGNATURE)) }
    }

    /// The key says how it verifies, and a header that says otherwise is refused: else a public key becomes an HMAC secret
    /// (RFC 8725 §3.1, §2.1).
    #[enforces(
        TOKEN_ALGORITHM,
        otherwise = crate::vulnerable::identity::tokens::algorithm::is_signed_in_any_way
    )]
    fn is_signed_with(&self, key: &Key) -> Result<bool, TokenRefusal> {
        if self.header.alg.parse() != Ok(key.algorithm) {
            return Err(TokenRefusal::token(Reason::TOKEN_ALG));
        }
        Ok(key.has_signed(&self.segments))
    }
}

/// One of two asymmetric algorithms: no `none`, no HMAC (RFC 8725 §3.1, §3.2). For others nobody's keys are even asked for.
#[enforces(TOKEN_ALGORITHM)]
fn check_algorithm(header: &Header) -> Result<(), TokenRefusal> {
    match header.alg.as_str() {
        "EdDSA" | "ES256" => Ok(()),
        _ => Err(TokenRefusal::token(Reason::TOKEN_ALG)),
    }
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

/// Every claim that makes a caller, there and in its one type (RFC 9068 §2.2): what one reader bends into shape another bends
/// into another.
#[enforces(TOKEN_CLAIMS_STRICT, otherwise = crate::vulnerable::identity::tokens::claims::bent_into_shape)]
fn claims(payload: &[u8]) -> Result<Claims, TokenRefusal> {
    strict(payload)
}

/// One token, one organization: a token that names none opens none, whatever else the request names (ASVS 8.4.1).
#[enforces(TENANT_FROM_TOKEN, otherwise = crate::vulnerable::identity::tokens::tenant::where_they_last_were)]
fn of_an_organization(claims: Claims) -> Result<Claims, TokenRefusal> {
    if claims.org.is_some() { Ok(claims) } else { Err(CLAIMS) }
}

/// `org` is an id from here on, and no text of a token's: that would end up in the statement that sets a connection's tenant.
#[enforces(DB_RLS_CONTEXT, otherwise = crate::vulnerable::identity::tokens::tenant::what_begins_with_an_id)]
pub(crate) fn organization(claims: &Claims) -> Result<OrganizationId, TokenRefusal> {
    let id = claims.org.as_deref().and_then(|org| org.parse().ok());
    id.map(OrganizationId::from_uuid).ok_or(CLAIMS)
}

/// `aud` is this API's identifier, and nobody else's beside it: a token for several audiences could be replayed by any of them
/// (RFC 9068 §4, ASVS 9.2.4). One, as text or as a list of one.
#[enforces(TOKEN_AUDIENCE)]
fn check_audience(claims: &Claims, issuer: &Issuer) -> Result<(), TokenRefusal> {
    if claims.aud.is_only(issuer.audience()) { Ok(()) } else { Err(TokenRefusal::token(Reason::TOKEN_AUD)) }
}

pub(crate) fn check_times(claims: &Claims, now: i64) -> Result<(), TokenRefusal> {
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

/// What goes into look-ups, rows and the log is fit for them: not empty, not endless, without control characters (ASVS 1.5.3).
#[enforces(TOKEN_CLAIMS_STRICT)]
fn check_identifiers(claims: &Claims) -> Result<(), TokenRefusal> {
    let further = [&claims.sid, &claims.acr].into_iter().flatten();
    let mut names = [&claims.sub, &claims.jti, &claims.client_id].into_iter().chain(further);
    let is_scope = claims.scope.len() <= LONGEST_SCOPE && text::is_clean(&claims.scope);
    if is_scope && names.all(|name| is_identifier(name)) { Ok(()) } else { Err(CLAIMS) }
}

/// The caller whom these claims of this issuer describe.
pub(crate) fn caller(
    issuer: &str,
    organization: OrganizationId,
    claims: Claims,
) -> Result<Caller, TokenRefusal> {
    check_identifiers(&claims)?;
    let revocation_keys = revocation::keys(issuer, &claims.jti, claims.sid.as_deref());
    let fingerprint = fingerprint(issuer, &claims.sub);
    Ok(Caller::new(Verified {
        issuer: issuer.to_owned(),
        subject: claims.sub,
        organization,
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
pub(crate) fn fingerprint(issuer: &str, subject: &str) -> u128 {
    let mut principal = digest::Context::new(&digest::SHA256);
    principal.update(issuer.as_bytes());
    principal.update(&[0]);
    principal.update(subject.as_bytes());
    principal.finish().as_ref().first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}
