//! Events about an account, in the log of every organization that it belongs to: what happens to the account of a member is
//! the business of each of their auditors, who read their own organization's log and no other.

use super::{
    provider::{Membership, memberships},
    sessions::Origin,
};
use crate::{
    audit::{self, Actor, Event},
    ids::{AccountId, MemberId, OrganizationId},
    protection::AUDIT_SECURITY_EVENTS,
    store::{StoreError, Transaction},
};
use brigandine_enforce::enforces;

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// Somebody signed in to the account, or holding what opens it, by this origin. It happened in what that reaches.
    Themselves(&'a Origin),
    /// Nobody knows: somebody who named the account.
    Anybody,
}

/// Writes down what was done with an account, or by its owner. Of an account without an organization only the operator's log
/// tells.
///
/// # Errors
/// When the database is gone.
pub(crate) async fn record(
    transaction: &mut Transaction,
    issuer: &str,
    account: AccountId,
    by: By<'_>,
    event: &Event,
) -> Result<(), StoreError> {
    let (origin, known) = match by {
        By::Themselves(origin) => (origin, true),
        By::Anybody => (&Origin::OWN, false),
    };
    let reached = memberships(transaction, issuer, account, origin).await?;
    let mut places = logs(&reached);
    if places.is_empty() {
        places.push((origin.organization(), None));
    }
    for (organization, member_id) in places {
        let actor = if known {
            Actor { member_id, issuer: Some(issuer.to_owned()), subject: Some(account.to_string()) }
        } else {
            Actor::default()
        };
        audit::write(transaction, &Event { organization, actor, ..event.clone() }).await?;
    }
    Ok(())
}

/// In whose logs it is written, and about which member: in those of every organization that is concerned, so that the
/// auditors of each learn what happens to the accounts of its members (ASVS 16.3.3).
#[enforces(AUDIT_SECURITY_EVENTS, answers = Vec::new())]
fn logs(reached: &[Membership]) -> Vec<(Option<OrganizationId>, Option<MemberId>)> {
    reached.iter().map(|it| (Some(it.organization), Some(it.member))).collect()
}
