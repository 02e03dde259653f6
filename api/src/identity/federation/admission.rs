//! A session for somebody whom a provider vouched for.

use super::{exchange::SignedIn, transactions::Ended};
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Cookie, Refusal, Reply, Visit},
    },
    identity::{
        account_events::{self, By},
        accounts::Standing,
        factors::registry,
        provider::memberships,
        sessions::{self, COOKIE, Limits, Origin},
    },
    protection::MFA_REQUIRED,
    store::Transaction,
};
use brigandine_enforce::enforces;
use chrono::DateTime;

/// How the session's methods say that somebody else looked at the factors.
const VOUCHED: &str = "fed";

/// Begins the session. Staff whose provider does not speak of several factors still owe ours.
pub(super) async fn admit(
    visit: &Visit,
    mut transaction: Transaction,
    standing: &Standing,
    ended: &Ended,
    signed_in: &SignedIn,
) -> Result<Reply, Refusal> {
    let (provider, token) = (&ended.provider, &signed_in.token);
    let origin = Origin::vouched(provider.id, provider.organization, &token.sub, token.sid.as_deref());
    let issuer = visit.service.identifier.as_str();
    let memberships = memberships(&mut transaction, issuer, standing.id(), &origin).await?;
    let several = token.amr.iter().any(|method| method == "mfa");
    let needs = memberships.iter().any(|membership| membership.role.needs_second_factor());
    let has = registry::ways(&mut transaction, standing.id()).await.map_err(Problem::from)?.any();
    let owes = owes_a_factor(several, needs || has);
    if owes && !has {
        // A provider's word sets no factor up. Whoever owns the account does, or the provider asks for a second one.
        return Err(Problem::new(Kind::MfaEnrolmentRequired).because(Reason::MFA_MISSING).into());
    }
    let acr = if several { Some("2") } else { Some("1").filter(|_| !owes) };
    let said = token.auth_time.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let how = sessions::SignedIn {
        standing,
        origin: origin.clone(),
        // Whoever was signed in at the provider already has not shown now that it is them. One that does not say when vouches
        // for no freshness at all.
        at: Some(said.unwrap_or(DateTime::UNIX_EPOCH)),
        acr,
        amr: VOUCHED,
        limits: Limits::of(memberships.iter().map(|membership| membership.role)),
    };
    let (session, secret) = sessions::begin(&mut transaction, visit, how).await?;
    let event = Event {
        object_type: Some("session"),
        objects: vec![*session.as_uuid()],
        ..visit.event(EventName::AuthnLoginSuccess, Outcome::Success, None)
    };
    let by = By::Themselves(&origin);
    account_events::record(&mut transaction, issuer, standing.id(), by, &event).await?;
    transaction.commit().await?;
    let next = if owes { second_factor(&ended.purpose.return_to) } else { ended.purpose.return_to.clone() };
    Ok(Reply::see_other(&next).with_cookie(&Cookie::new(COOKIE, secret.as_str())))
}

/// Whoever needs two factors owes ours where the provider does not say that it saw several: most check a password only
/// (ASVS 6.8.4).
#[enforces(MFA_REQUIRED, answers = false)]
fn owes_a_factor(several: bool, needs: bool) -> bool {
    needs && !several
}

/// The page that asks for the second factor, with the authorization that waits.
fn second_factor(return_to: &str) -> String {
    let waiting = return_to.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    format!("/signin/factor{waiting}")
}
