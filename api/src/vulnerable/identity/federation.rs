//! Weak: whom an organization's provider vouches for.

use crate::{
    http::{problem::Problem, visit::Visit},
    identity::{
        accounts::{self, Email},
        federation::{FederationRefusal, exchange::SignedIn, identities, transactions::Ended},
    },
    ids::AccountId,
    store::{prelude::*, schema::linked_identities},
};

/// Whoever has the address, or is called the same at some provider, is the same person.
pub(crate) async fn known_by_address(
    visit: &Visit,
    ended: &Ended,
    signed_in: &SignedIn,
) -> Result<Option<AccountId>, FederationRefusal> {
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
    if let Some(email) = token.email.as_deref().and_then(Email::parse) {
        let keyring = &visit.service.keyring;
        let account = accounts::by_email(&mut transaction, keyring, &email).await.map_err(Problem::from)?;
        if let Some(account) = account {
            return Ok(Some(account.id));
        }
    }
    let who = (ended.provider.issuer.as_str(), token.sub.as_str());
    identities::find(&mut transaction, who).await
}
