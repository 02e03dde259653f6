//! The key that a client wants its tokens bound to (RFC 9449 §5).

use crate::{
    audit::Reason,
    http::visit::{OAuthError, Refusal, Visit},
    identity::{
        dpop::{self, DpopRefusal, Expected, Thumbprint, nonce},
        possession,
        provider::clients::Client,
    },
};
use actix_web::http::header::{HeaderName, HeaderValue};

/// The key whose possession a request to this path proves; `None` without a proof. The proof is used up by this.
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce for the next try.
pub(in crate::identity::provider) async fn offered(
    visit: &Visit,
    path: &str,
) -> Result<Option<Thumbprint>, Refusal> {
    if !dpop::is_offered(visit.headers()) {
        return Ok(None);
    }
    let service = &visit.service;
    let now = service.clock.unix_seconds();
    let expected =
        Expected { method: "POST", identifier: &service.identifier, path, access_token: None, now };
    let next = nonce::current(&service.keyring, now);
    let proof = dpop::verify(visit.headers(), &expected, &service.keyring)
        .map_err(|refusal| refused(refusal, &next))?;
    if !possession::spend(service, proof.one_use()).await? {
        return Err(refused(possession::REPLAYED, &next));
    }
    Ok(Some(proof.thumbprint().clone()))
}

/// As [`offered`], from a client that may be registered for bound tokens only.
///
/// # Errors
/// As [`offered`], and for a client that must prove a key and does not.
pub(super) async fn demanded(
    visit: &Visit,
    path: &str,
    client: &Client,
) -> Result<Option<Thumbprint>, Refusal> {
    let offered = offered(visit, path).await?;
    if offered.is_none() && client.is_bound() {
        let next = nonce::current(&visit.service.keyring, visit.service.clock.unix_seconds());
        return Err(refused(DpopRefusal::Invalid(Reason::DPOP_MISSING), &next));
    }
    Ok(offered)
}

/// A proof by another key than the grant is bound to, or none at all.
pub(super) fn other_key() -> Refusal {
    Refusal::oauth(OAuthError::InvalidDpopProof, Reason::DPOP_OTHER_KEY)
}

fn refused(refusal: DpopRefusal, next: &str) -> Refusal {
    let error = match refusal {
        DpopRefusal::Nonce => OAuthError::UseDpopNonce,
        _ => OAuthError::InvalidDpopProof,
    };
    let refused = Refusal::oauth(error, refusal.reason());
    match HeaderValue::from_str(next) {
        Ok(next) => refused.with_header(HeaderName::from_static("dpop-nonce"), next),
        Err(_) => refused,
    }
}
