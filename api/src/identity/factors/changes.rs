//! What every change of an account's factors brings with it.

use super::{notify, registry};
use crate::{
    audit::{self, Actor, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        provider::sign_in::memberships,
        sessions::{self, Session},
    },
    ids::RowId,
    mail::Notice,
    store::prelude::*,
};

/// Writes a change into the log of every organization of the account.
pub(super) async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    session: &Session,
    event: EventName,
) -> Result<(), Refusal> {
    let account = session.account_id;
    let places = memberships(transaction, visit, account).await?;
    let mut places: Vec<_> = places.iter().map(|it| (Some(it.organization), Some(it.member))).collect();
    if places.is_empty() {
        places.push((None, None));
    }
    for (organization, member_id) in places {
        let (issuer, subject) = (Some(visit.service.identifier.clone()), Some(account.to_string()));
        let event = audit::Event {
            organization,
            actor: Actor { member_id, issuer, subject },
            object_type: Some("account"),
            objects: vec![*account.as_uuid()],
            ..visit.event(event, Outcome::Success, None)
        };
        audit::write(transaction, &event).await?;
    }
    Ok(())
}

/// Removes a factor, unless it is the last one of somebody whose role needs one; every other session ends.
pub(super) async fn remove(
    visit: &Visit,
    mut transaction: Transaction,
    session: &Session,
    factor: RowId,
) -> Result<Reply, Refusal> {
    let account = session.account_id;
    let removed = registry::remove(&mut transaction, account, factor).await;
    if !removed.map_err(Problem::from)? {
        return Err(Kind::NotFound.into());
    }
    let left = registry::ways(&mut transaction, account).await.map_err(Problem::from)?;
    let places = memberships(&mut transaction, visit, account).await?;
    if !left.any() && places.iter().any(|place| place.role.needs_second_factor()) {
        // The transaction is dropped, and the factor stays.
        return Err(Kind::LastFactor.into());
    }
    record(visit, &mut transaction, session, EventName::FactorRemoved).await?;
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    sessions::end_all(&mut transaction, issuer, account, Some(session.id), clock).await?;
    transaction.commit().await?;
    notify(visit, account, Notice::FactorRemoved).await?;
    Ok(Reply::see_other("/account"))
}
