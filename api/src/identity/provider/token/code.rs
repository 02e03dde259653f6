//! A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::{
    issue::{self, Tokens},
    possession,
};
use crate::{
    audit::{EventName, Reason},
    http::visit::{OAuthError, Refusal, Visit},
    identity::{
        dpop::Thumbprint,
        provider::{
            clients::Client,
            grants::{self, Code, Grant},
        },
        sessions,
    },
    protection::{OAUTH_CODE_SINGLE_USE, OAUTH_PKCE},
    store::prelude::*,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;

/// Lengths of a verifier (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// Changes a code for tokens. Whatever the outcome, the code is burned.
pub(super) async fn redeem(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    bound_to: Option<&Thumbprint>,
) -> Result<(Grant, Tokens), Refusal> {
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let refused = |reason| Refusal::oauth(OAuthError::InvalidGrant, reason);
    let code = visit.form.get("code").ok_or(Refusal::oauth(OAuthError::InvalidRequest, Reason::CODE))?;
    let mut grant = match grants::burn(transaction, code, clock).await? {
        Code::Burned(grant) => grant,
        Code::Reused(grant) => {
            // Whoever came first may be the thief: what they were given ends too (RFC 6749 §4.1.2, RFC 9700 §4.5).
            grants::end(transaction, issuer, grant.id, clock).await?;
            return Err(refused(Reason::CODE_REUSED).known_as(EventName::AuthnTokenReuse));
        }
        Code::Unknown => return Err(refused(Reason::CODE_UNKNOWN)),
    };
    // A code that its authorization bound to a key is changed only by whoever holds that (RFC 9449 §10).
    let fits = grant.dpop_jkt.as_deref().is_none_or(|key| bound_to.is_some_and(|own| own.as_str() == key));
    if !fits {
        grants::end(transaction, issuer, grant.id, clock).await?;
        return Err(possession::other_key());
    }
    if let Err(reason) = check(visit, client, &grant) {
        grants::end(transaction, issuer, grant.id, clock).await?;
        return Err(refused(reason));
    }
    let session =
        sessions::by_id(transaction, grant.session_id).await?.ok_or(refused(Reason::SESSION_ENDED))?;
    if let Err(over) = session.stands(clock.now()) {
        return Err(refused(over.reason()).known_as(EventName::SessionExpired));
    }
    if let Some(bound_to) = bound_to {
        // From here on everything that comes of it needs the key, refreshing too.
        grants::bind(transaction, &mut grant, bound_to).await?;
    }
    let scope = grant.scope.clone();
    let tokens = issue::all(visit, transaction, client, &grant, &scope, None).await?;
    Ok((*grant, tokens))
}

/// Whether the code is still good, and is brought by whom and from where it was given for.
#[enforces(OAUTH_CODE_SINGLE_USE)]
fn bound(visit: &Visit, client: &Client, grant: &Grant) -> Result<(), Reason> {
    if grant.client_id != client.client_id {
        return Err(Reason::CODE_CLIENT);
    }
    if visit.service.clock.now() >= grant.code_expires_at.time() || grant.ended_at.is_some() {
        return Err(Reason::CODE_EXPIRED);
    }
    if visit.form.get("redirect_uri").is_some_and(|given| given != grant.redirect_uri) {
        return Err(Reason::CODE_REDIRECT_URI);
    }
    Ok(())
}

fn check(visit: &Visit, client: &Client, grant: &Grant) -> Result<(), Reason> {
    bound(visit, client, grant)?;
    let verifier = visit.form.get("code_verifier").unwrap_or_default();
    if !proves(verifier, &grant.code_challenge) {
        return Err(Reason::CODE_VERIFIER);
    }
    Ok(())
}

/// Whether whoever brings the code also began the authorization.
#[enforces(OAUTH_PKCE, answers = true)]
fn proves(verifier: &str, challenge: &str) -> bool {
    let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    VERIFIER.contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        && verify_slices_are_equal(hash.as_bytes(), challenge.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::proves;

    #[test]
    fn the_example_of_rfc_7636_proves_itself() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(proves(verifier, challenge));
        assert!(!proves(challenge, challenge));
        assert!(!proves("", ""));
    }
}
