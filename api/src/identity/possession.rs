//! Whether whoever brings a token that is bound to a key holds that key (RFC 9449 §7).
//!
//! In steps, because each costs more than the one before it: [`demand`] reads the headers, [`prove`] checks a signature,
//! [`spend`] writes. What lies between them is the caller's: no step without a limit before it.

use super::{
    Caller,
    authorization_header::{self, Scheme},
    dpop::{self, DpopRefusal, Expected, nonce},
    replay::OneUse,
};
use crate::{
    audit::Reason,
    http::problem::Problem,
    protection::TOKEN_SENDER_CONSTRAINED,
    service::Service,
    store::{Mode, StoreError},
};
use actix_web::http::header::{HeaderMap, HeaderValue};
use brigandine_enforce::enforces;

/// A proof that was used before.
pub const REPLAYED: DpopRefusal = DpopRefusal::Invalid(Reason::DPOP_REPLAYED);

/// What a token demands of whoever brings it.
pub enum Demand<'r> {
    /// Nothing: whoever has it may use it.
    Nothing,
    /// It does not come in the way that it is bound to.
    Refuse(DpopRefusal),
    /// A proof by its key.
    Proof(Bound<'r>),
}

/// A token, and the key that it is bound to.
pub struct Bound<'r> {
    token: &'r str,
    thumbprint: &'r str,
}

/// What the token demands. Costs nothing.
///
/// # Errors
/// `invalid-token`, when the header has no single credential.
#[enforces(TOKEN_SENDER_CONSTRAINED, answers = Ok(Demand::Nothing))]
pub fn demand<'r>(headers: &'r HeaderMap, caller: &'r Caller) -> Result<Demand<'r>, Problem> {
    let credential = match authorization_header::credential(headers) {
        Ok(credential) => credential,
        // Only twins know callers by anything else.
        Err(_) if caller.key_thumbprint().is_none() => return Ok(Demand::Nothing),
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(match (credential.scheme, caller.key_thumbprint()) {
        (Scheme::Bearer, None) => Demand::Nothing,
        (Scheme::Bearer, Some(_)) => Demand::Refuse(DpopRefusal::Token(Reason::DPOP_AS_BEARER)),
        (Scheme::Dpop, None) => Demand::Refuse(DpopRefusal::Token(Reason::DPOP_UNBOUND)),
        (Scheme::Dpop, Some(thumbprint)) => Demand::Proof(Bound { token: credential.token, thumbprint }),
    })
}

/// Checks the proof for a request with this method and path. Costs a signature. What it answers is still to be spent.
///
/// # Errors
/// `invalid-dpop`, `ambiguous-credentials`.
pub fn prove(
    service: &Service,
    headers: &HeaderMap,
    bound: &Bound<'_>,
    (method, path): (&str, &str),
) -> Result<OneUse, Problem> {
    let now = service.clock.unix_seconds();
    let expected =
        Expected { method, identifier: &service.identifier, path, access_token: Some(bound.token), now };
    let proof = dpop::verify(headers, &expected, &service.keyring).and_then(|proof| {
        if proof.thumbprint().as_str() == bound.thumbprint {
            Ok(proof)
        } else {
            Err(DpopRefusal::Token(Reason::DPOP_OTHER_KEY))
        }
    });
    proof.map(|proof| proof.one_use()).map_err(|refusal| refused(service, refusal))
}

/// Uses a proof up. Costs a write. `false`: it was used before, here or on another replica.
///
/// # Errors
/// When nobody can tell whether the proof is new.
pub async fn spend(service: &Service, one_use: OneUse) -> Result<bool, StoreError> {
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let first = one_use.spend(&mut transaction, service.clock).await?;
    transaction.commit().await?;
    Ok(first)
}

/// The refusal, with the nonce for another try.
#[must_use]
pub fn refused(service: &Service, refusal: DpopRefusal) -> Problem {
    refusal.problem(&nonce::current(&service.keyring, service.clock.unix_seconds()))
}

/// The nonce for the caller's next proof.
#[must_use]
pub fn next_nonce(service: &Service) -> Option<HeaderValue> {
    HeaderValue::from_str(&nonce::current(&service.keyring, service.clock.unix_seconds())).ok()
}
