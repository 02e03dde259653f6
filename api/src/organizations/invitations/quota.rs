//! How many invitations are mailed. A mail costs money and the sender's good name: whoever took over an administrator's
//! session must not be able to write to the world in the organization's name (catalogue `rate-costly-spend`). The rows
//! themselves are counted, so that every replica counts the same, and whoever counts is alone.

use super::rows;
use crate::{
    access::permission::ManageMembers,
    audit::Reason,
    http::{call::Call, problem::Problem},
    identity::accounts::Email,
    limits::spend,
    protection::RATE_COSTLY_SPEND,
    store::{prelude::*, schema::invitations, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;

/// To one address, in any [`WINDOW`].
const TO_ADDRESS: i64 = 3;
/// Of an organization, in any [`WINDOW`].
const OF_ORGANIZATION: i64 = 50;
const WINDOW: TimeDelta = TimeDelta::hours(1);

/// # Errors
/// `quota-exceeded`, with the time after which there is room again.
pub(super) async fn check(call: &mut Call<ManageMembers>, email: &Email) -> Result<(), Problem> {
    call.tenant.counts_alone("invitations").await?;
    check_room(call, email).await
}

/// Refuses one more than there is room for, to the address or of the organization: so that nobody floods a mailbox, or
/// the world, at our cost (OWASP API6).
#[enforces(RATE_COSTLY_SPEND)]
async fn check_room(call: &mut Call<ManageMembers>, email: &Email) -> Result<(), Problem> {
    let index = rows::index(&call.keyring, call.tenant.organization(), email)?;
    for (to, most) in [(Some(index), TO_ADDRESS), (None, OF_ORGANIZATION)] {
        if let Some(at) = nth_latest(call, to, most).await? {
            return Err(spend::refused(
                Reason::INVITATION,
                (at.time() + WINDOW - call.clock.now()).num_seconds(),
            ));
        }
    }
    Ok(())
}

/// When the `most`-th latest one was made, if that is within the window: then there is no room for one more.
async fn nth_latest(
    call: &mut Call<ManageMembers>,
    to: Option<Vec<u8>>,
    most: i64,
) -> Result<Option<Moment>, Problem> {
    let (organization, since) = (call.tenant.organization(), Moment::from(call.clock.now() - WINDOW));
    Ok(each!(call.tenant.connection(), |connection| {
        let mut rows = invitations::table
            .filter(invitations::organization_id.eq(organization))
            .filter(invitations::kind.eq("invitation"))
            .filter(invitations::created_at.gt(since))
            .order(invitations::created_at.desc())
            .offset(most.saturating_sub(1))
            .limit(1)
            .select(invitations::created_at)
            .into_boxed();
        if let Some(index) = to.clone() {
            rows = rows.filter(invitations::email_index.eq(index));
        }
        rows.first(connection)
    })
    .optional()?)
}
