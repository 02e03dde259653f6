//! What twins do instead: the slips of real relying parties.

use super::{FederationRefusal, exchange::SignedIn, id_token::IdToken};
use crate::{
    http::{problem::Problem, visit::Visit},
    identity::{
        accounts::{self, Email},
        jws::Jws,
    },
    ids::AccountId,
    protection::{OIDC_ACCOUNT_LINKING, OIDC_ID_TOKEN},
    store::{prelude::*, schema::linked_identities},
};

/// Without `oidc-id-token`: decoded, as it came over TLS from the provider itself, and believed.
pub(super) fn unchecked(token: &str) -> Option<IdToken> {
    if OIDC_ID_TOKEN.holds() {
        return None;
    }
    Jws::read(token)?.claims()
}

/// Without `oidc-account-linking`: whoever has the address, or is called the same at some provider, is the same person.
pub(super) async fn known(
    visit: &Visit,
    signed_in: &SignedIn,
) -> Result<Option<AccountId>, FederationRefusal> {
    if OIDC_ACCOUNT_LINKING.holds() {
        return Ok(None);
    }
    let token = &signed_in.token;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let same_subject = each!(transaction.connection(), |c| linked_identities::table
        .filter(linked_identities::subject.eq(&token.sub))
        .select(linked_identities::account_id)
        .order(linked_identities::created_at.asc())
        .first(c))
    .optional()?;
    if same_subject.is_some() {
        return Ok(same_subject);
    }
    let Some(email) = token.email.as_deref().and_then(Email::parse) else { return Ok(None) };
    let account =
        accounts::by_email(&mut transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    Ok(account.map(|account| account.id))
}
