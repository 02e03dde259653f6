//! What twins do instead: the slips of real relying parties.

use super::{FederationRefusal, exchange::SignedIn, id_token::IdToken, identities::LinkedIdentity};
use crate::{
    http::{problem::Problem, visit::Visit},
    identity::{accounts::{self, Email}, jws::Jws},
    protection::Protection,
    store::{prelude::*, schema::linked_identities},
};

/// Without `oidc-id-token`: decoded, as it came over TLS from the provider itself, and believed.
pub(super) fn unchecked(token: &str) -> Option<IdToken> {
    if Protection::OidcIdToken.holds() {
        return None;
    }
    Jws::read(token)?.claims()
}

/// Without `oidc-account-linking`: whoever has the address, or is called the same at some provider, is the same person.
pub(super) async fn known(
    visit: &Visit,
    transaction: &mut Transaction,
    signed_in: &SignedIn,
) -> Result<Option<LinkedIdentity>, FederationRefusal> {
    if Protection::OidcAccountLinking.holds() {
        return Ok(None);
    }
    let token = &signed_in.token;
    let same_subject: Option<LinkedIdentity> = each!(transaction.connection(), |c| linked_identities::table
        .filter(linked_identities::subject.eq(&token.sub))
        .select(LinkedIdentity::as_select())
        .first(c))
    .optional()?;
    if same_subject.is_some() {
        return Ok(same_subject);
    }
    let Some(email) = token.email.as_deref().and_then(Email::parse) else { return Ok(None) };
    let account = accounts::by_email(transaction, &visit.service.keyring, &email).await.map_err(Problem::from)?;
    let Some(account) = account else { return Ok(None) };
    Ok(each!(transaction.connection(), |c| linked_identities::table
        .filter(linked_identities::account_id.eq(account.id))
        .select(LinkedIdentity::as_select())
        .first(c))
    .optional()?)
}
