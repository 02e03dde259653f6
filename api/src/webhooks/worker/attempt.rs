//! One attempt to tell one address one thing.

use super::{claim::Claimed, schedule};
use crate::{
    audit::{Actor, Event, EventName, Outcome, Reason},
    egress::{EgressError, Reply},
    http::problem::Kind,
    ids::RequestId,
    protection::{AUTHZ_IMMEDIATE, WEBHOOK_SIGNATURE},
    service::Service,
    store::{
        prelude::*,
        schema::{organizations, webhook_deliveries, webhooks},
        types::Moment,
    },
    webhooks::{challenge, rows::WebhookRow, secret::Secret, signature},
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use std::{net::Ipv4Addr, sync::Arc};

/// Told by an endpoint that does not want to be told anything any more.
const GONE: u16 = 410;

/// What is to be told, and to whom.
struct Job {
    webhook: WebhookRow,
    kind: String,
    payload: String,
    attempt: i32,
}

/// How it ended.
enum Ended {
    /// Any 2xx, and the right answer to a challenge.
    Delivered(u16),
    /// Any other status; redirects are among them.
    Answered(u16),
    /// No answer.
    Unreachable,
    /// The address leads inside. Nothing was sent.
    Refused,
    /// It is not to be told: its organization is closed, or it was disabled in the meantime.
    Stopped,
}

pub(super) async fn attempt(service: Arc<Service>, claimed: Claimed) {
    if let Err(error) = tell(&service, claimed).await {
        // The claim lapses, and somebody tries again.
        tracing::warn!(delivery.id = %claimed.id, error = %error, "A delivery was not recorded");
    }
}

async fn tell(service: &Service, claimed: Claimed) -> Result<(), StoreError> {
    // Removed in the meantime.
    let Some((job, may)) = load(service, claimed).await? else { return Ok(()) };
    let began = service.clock.now();
    let ended = if may { send(service, claimed, &job, began).await } else { Ended::Stopped };
    if matches!(ended, Ended::Refused) {
        record(service, claimed, &job).await;
    }
    settle(service, claimed, &job, &ended, began).await
}

/// The message with its address, in the organization's own transaction; and whether the address may be told.
async fn load(service: &Service, claimed: Claimed) -> Result<Option<(Job, bool)>, StoreError> {
    let mut transaction = service.store.begin(claimed.organization, Mode::Read).await?;
    let found: Option<(WebhookRow, String, String, i32)> =
        each!(transaction.connection(), |c| webhook_deliveries::table
            .inner_join(webhooks::table)
            .filter(webhook_deliveries::id.eq(claimed.id))
            .filter(webhook_deliveries::organization_id.eq(claimed.organization))
            .select((
                WebhookRow::as_select(),
                webhook_deliveries::event_type,
                webhook_deliveries::payload,
                webhook_deliveries::attempts,
            ))
            .first(c))
        .optional()?;
    let status: Option<String> = each!(transaction.connection(), |c| organizations::table
        .filter(organizations::id.eq(claimed.organization))
        .select(organizations::status)
        .first(c))
    .optional()?;
    transaction.release();
    Ok(found.map(|(webhook, kind, payload, attempts)| {
        let may = is_open(status.as_deref()) && is_wanted(&webhook.status, &kind);
        (Job { webhook, kind, payload, attempt: attempts.saturating_add(1) }, may)
    }))
}

/// A closed organization is told nothing any more, from the moment on in which it was closed (ASVS 8.3.2).
#[enforces(AUTHZ_IMMEDIATE, answers = true)]
fn is_open(organization: Option<&str>) -> bool {
    organization == Some("active")
}

/// An address that did not answer its challenge, or is gone, gets nothing but a challenge (Standard Webhooks).
#[enforces(WEBHOOK_SIGNATURE, answers = true)]
fn is_wanted(webhook: &str, kind: &str) -> bool {
    webhook == "active" || kind == challenge::KIND
}

/// A secret that was replaced counts for a day and no longer: who stole it signs nothing after that (ASVS 13.3.4).
#[enforces(WEBHOOK_SIGNATURE, answers = true)]
fn counts_still(until: Option<Moment>, now: DateTime<Utc>) -> bool {
    until.is_some_and(|until| until.time() > now)
}

async fn send(service: &Service, claimed: Claimed, job: &Job, now: DateTime<Utc>) -> Ended {
    // Judged anew: the operator's rules may be others by now.
    let Ok(target) = service.egress.target(&job.webhook.url) else { return Ended::Refused };
    let Ok((secret, former)) = Secret::of(&service.keyring, &job.webhook) else {
        tracing::error!(webhook.id = %job.webhook.id, "A webhook's secret does not open");
        return Ended::Unreachable;
    };
    let former = former.filter(|_| counts_still(job.webhook.former_until, now));
    let secrets: Vec<&Secret> = [Some(&secret), former.as_ref()].into_iter().flatten().collect();
    let Some(headers) = signature::headers(claimed.id, now.timestamp(), &job.payload, &secrets) else {
        return Ended::Unreachable;
    };
    match service.egress.post(&target, headers, job.payload.clone().into()).await {
        Ok(reply) if is_taken(job, &reply) => Ended::Delivered(reply.status),
        Ok(reply) => Ended::Answered(reply.status),
        Err(EgressError::Refused) => Ended::Refused,
        Err(EgressError::Unreachable) => Ended::Unreachable,
    }
}

fn is_taken(job: &Job, reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
        && (job.kind != challenge::KIND || challenge::is_answered(&job.payload, &reply.headers))
}

/// Somebody in the organization named an address that leads inside.
async fn record(service: &Service, claimed: Claimed, job: &Job) {
    let event = Event {
        organization: Some(claimed.organization),
        event: EventName::MaliciousSsrf,
        outcome: Outcome::Failure,
        reason: Some(Reason::of(Kind::UrlNotAllowed)),
        operation: "deliverWebhook",
        actor: Actor { member_id: Some(job.webhook.created_by), ..Actor::default() },
        object_type: Some("webhook"),
        objects: vec![*job.webhook.id.as_uuid()],
        source_address: Ipv4Addr::UNSPECIFIED.into(),
        request: RequestId::random(),
        client_request: None,
    };
    if let Err(error) = service.audit.record(event).await {
        tracing::error!(webhook.id = %job.webhook.id, error = %error, "A refused address was not recorded");
    }
}

async fn settle(
    service: &Service,
    claimed: Claimed,
    job: &Job,
    ended: &Ended,
    began: DateTime<Utc>,
) -> Result<(), StoreError> {
    // A test or a challenge has somebody waiting for it, and is not tried again.
    let for_now = job.kind == challenge::KIND || job.kind == challenge::TEST;
    let again = schedule::after(job.attempt).filter(|_| !for_now).map(|wait| Moment::from(began + wait));
    let (status, due_at, answered) = match *ended {
        Ended::Delivered(status) => ("delivered", None, Some(i32::from(status))),
        Ended::Answered(GONE) => ("failed", None, Some(i32::from(GONE))),
        Ended::Answered(status) => {
            (if again.is_some() { "due" } else { "failed" }, again, Some(i32::from(status)))
        }
        Ended::Unreachable | Ended::Refused => (if again.is_some() { "due" } else { "failed" }, again, None),
        Ended::Stopped => ("failed", None, None),
    };
    let mut transaction = service.store.begin(claimed.organization, Mode::Write).await?;
    let own = || webhook_deliveries::table.filter(webhook_deliveries::id.eq(claimed.id));
    let nobody: Option<Moment> = None;
    each!(transaction.connection(), |c| diesel::update(own())
        .set((
            webhook_deliveries::status.eq(status),
            webhook_deliveries::attempts.eq(job.attempt),
            webhook_deliveries::due_at.eq(due_at.unwrap_or_else(|| Moment::from(began))),
            webhook_deliveries::claimed_until.eq(nobody),
            webhook_deliveries::answered.eq(answered),
        ))
        .execute(c))?;
    let becomes = match *ended {
        Ended::Delivered(_) if job.kind == challenge::KIND => Some("active"),
        Ended::Answered(GONE) => Some("disabled"),
        _ => None,
    };
    if let Some(becomes) = becomes {
        each!(transaction.connection(), |c| diesel::update(
            webhooks::table.filter(webhooks::id.eq(job.webhook.id))
        )
        .set(webhooks::status.eq(becomes))
        .execute(c))?;
    }
    transaction.commit().await
}
