//! Whether whoever brings a token that is bound to a key holds that key (RFC 9449 §7).

use super::{
    Caller,
    authorization_header::{self, Scheme},
    dpop::{self, DpopRefusal, Expected, nonce},
};
use crate::{
    http::problem::Problem,
    protection::Protection,
    service::Service,
    store::{Mode, StoreError},
};
use actix_web::http::header::{HeaderMap, HeaderValue};

/// Demands what the token is bound to, and spends it. Answers the nonce for the caller's next proof.
///
/// # Errors
/// `invalid-dpop`, `ambiguous-credentials`, or `dependency-unavailable` when nobody can tell whether the proof is new.
pub async fn check(
    service: &Service,
    headers: &HeaderMap,
    caller: &Caller,
    method: &str,
    path: &str,
) -> Result<Option<HeaderValue>, Problem> {
    if !Protection::TokenSenderConstrained.holds() {
        return Ok(None);
    }
    let credential = match authorization_header::credential(headers) {
        Ok(credential) => credential,
        // Only twins know callers by anything else.
        Err(_) if caller.key_thumbprint().is_none() => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let bound_to = match (credential.scheme, caller.key_thumbprint()) {
        (Scheme::Bearer, None) => return Ok(None),
        (Scheme::Bearer, Some(_)) => Err(DpopRefusal::Token("dpop.as-bearer")),
        (Scheme::Dpop, None) => Err(DpopRefusal::Token("dpop.unbound")),
        (Scheme::Dpop, Some(thumbprint)) => Ok(thumbprint),
    };
    let now = service.clock.unix_seconds();
    let expected =
        Expected { method, identifier: &service.identifier, path, access_token: Some(credential.token), now };
    let proof = bound_to.and_then(|bound_to| {
        let proof = dpop::verify(headers, &expected, &service.keyring)?;
        if proof.thumbprint().as_str() == bound_to {
            Ok(proof)
        } else {
            Err(DpopRefusal::Token("dpop.other-key"))
        }
    });
    let next = nonce::current(&service.keyring, now);
    let proof = proof.map_err(|refusal| refusal.problem(&next))?;
    if !spend(service, proof.one_use()).await? {
        return Err(DpopRefusal::Invalid("dpop.replayed").problem(&next));
    }
    Ok(HeaderValue::from_str(&next).ok())
}

/// Uses a proof up. `false`: it was used before, here or on another replica.
pub(super) async fn spend(service: &Service, one_use: super::replay::OneUse) -> Result<bool, StoreError> {
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let first = one_use.spend(&mut transaction, service.clock).await?;
    transaction.commit().await?;
    Ok(first)
}
