//! What every change of an account's factors brings with it.

use super::{notify, registry};
use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::Standing,
        credentials::{Change, Changed, changed},
        provider::memberships,
        sessions::{Origin, Owner},
    },
    ids::RowId,
    mail::Notice,
    store::prelude::*,
};

/// Says that the factors of an account changed: whatever was under way is void, and the log of every organization of the
/// account tells.
pub(super) async fn apply(
    visit: &Visit,
    transaction: &mut Transaction,
    owner: &Owner,
    standing: &Standing,
    change: Change,
) -> Result<Changed, Refusal> {
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let current = Some(owner.session.id);
    let changed = changed(transaction, issuer, clock, standing, change, current).await?;
    let name = match change {
        Change::FactorRemoved => EventName::FactorRemoved,
        _ => EventName::FactorAdded,
    };
    let event = Event {
        object_type: Some("account"),
        objects: vec![*standing.id().as_uuid()],
        ..visit.event(name, Outcome::Success, None)
    };
    let by = By::Themselves(&owner.session.origin);
    account_events::record(transaction, issuer, standing.id(), by, &event).await?;
    Ok(changed)
}

/// Removes a factor, unless it is the last one of somebody whose role needs one; every other session ends.
pub(super) async fn remove(
    visit: &Visit,
    mut transaction: Transaction,
    owner: &Owner,
    standing: &Standing,
    factor: RowId,
) -> Result<Reply, Refusal> {
    let account = standing.id();
    let removed = registry::remove(&mut transaction, account, factor).await;
    if !removed.map_err(Problem::from)? {
        return Err(Kind::NotFound.into());
    }
    let left = registry::ways(&mut transaction, account).await.map_err(Problem::from)?;
    let issuer = visit.service.identifier.as_str();
    let places = memberships(&mut transaction, issuer, account, &Origin::OWN).await?;
    if !left.any() && places.iter().any(|place| place.role.needs_second_factor()) {
        // The transaction is dropped, and the factor stays.
        return Err(Kind::LastFactor.into());
    }
    apply(visit, &mut transaction, owner, standing, Change::FactorRemoved).await?;
    transaction.commit().await?;
    notify(visit, account, Notice::FactorRemoved).await?;
    Ok(Reply::see_other("/account"))
}
