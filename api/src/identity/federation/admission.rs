//! A session for somebody whom a provider vouched for.

use super::{exchange::SignedIn, transactions::Ended, vouched};
use crate::{
    audit::{self, Actor, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{Cookie, Refusal, Reply, Visit},
    },
    identity::{
        accounts::Account,
        factors::registry,
        provider::memberships,
        sessions::{self, COOKIE, Limits},
    },
    protection::Protection,
    store::{prelude::*, schema, types::Moment},
};
use chrono::DateTime;

/// How the session's methods say that somebody else looked at the factors.
const VOUCHED: &str = "fed";

/// Begins the session. Staff whose provider does not speak of several factors still owe ours.
pub(super) async fn admit(
    visit: &Visit,
    mut transaction: Transaction,
    account: &Account,
    ended: &Ended,
    signed_in: &SignedIn,
) -> Result<Reply, Refusal> {
    let mut memberships = memberships(&mut transaction, visit, account.id).await?;
    memberships.retain(|membership| membership.organization == ended.provider.organization);
    let several = signed_in.token.amr.iter().any(|method| method == "mfa");
    let needs = memberships.iter().any(|membership| membership.role.needs_second_factor());
    let has = registry::ways(&mut transaction, account.id).await.map_err(Problem::from)?.any();
    let owes = !several && (needs || has) && Protection::MfaRequired.holds();
    if owes && !has {
        // A provider's word sets no factor up. Whoever owns the account does, or the provider asks for a second one.
        return Err(Problem::new(Kind::MfaEnrolmentRequired).because("mfa.missing").into());
    }
    let acr = if several { Some("2") } else { Some("1").filter(|_| !owes) };
    let how = sessions::SignedIn {
        account: account.id,
        acr,
        amr: VOUCHED,
        limits: Limits::of(memberships.iter().map(|membership| membership.role)),
    };
    let (session, secret) = sessions::begin(&mut transaction, visit, how).await?;
    vouched::remember(&mut transaction, visit.service.clock, session, &ended.provider, &signed_in.token)
        .await?;
    // Whoever was signed in at the provider already has not shown now that it is them.
    if let Some(at) = signed_in.token.auth_time.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
        let at = Moment::new(at.min(visit.service.clock.now()));
        each!(transaction.connection(), |c| diesel::update(schema::sessions::table.find(session))
            .set(schema::sessions::authenticated_at.eq(at))
            .execute(c))
        .map_err(StoreError::from)?;
    }
    let event = audit::Event {
        organization: Some(ended.provider.organization),
        actor: Actor {
            member_id: memberships.as_slice().first().map(|membership| membership.member),
            issuer: Some(visit.service.identifier.clone()),
            subject: Some(account.id.to_string()),
        },
        object_type: Some("session"),
        objects: vec![*session.as_uuid()],
        ..visit.event(EventName::AuthnLoginSuccess, Outcome::Success, None)
    };
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    let next = if owes { second_factor(&ended.purpose.return_to) } else { ended.purpose.return_to.clone() };
    Ok(Reply::see_other(&next).with_cookie(&Cookie::new(COOKIE, secret.as_str())))
}

/// The page that asks for the second factor, with the authorization that waits.
fn second_factor(return_to: &str) -> String {
    let waiting = return_to.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    format!("/signin/factor{waiting}")
}
