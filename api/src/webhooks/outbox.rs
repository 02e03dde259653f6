//! What is to be told, written in the transaction of the change that it tells of.

use super::rows::NewDelivery;
use crate::{
    access::Tenant,
    clock::Clock,
    http::problem::Problem,
    ids::{DeliveryId, OrganizationId, WebhookId},
    protection::{DTO_RESPONSE_ALLOWLIST, WEBHOOK_SIGNATURE},
    store::{
        prelude::*,
        schema::{webhook_deliveries, webhooks},
        types::{JsonText, Moment},
    },
};
use brigandine_enforce::enforces;
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::query_dsl::methods;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

/// Something that webhooks are told: that it happened, and to what. Never more than ids: whoever is told asks for the rest,
/// with rights of their own.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// `patient.registered`
    pub kind: &'static str,
    /// To what it happened.
    pub subject: Uuid,
}

/// Wakes the worker of this process, so that what was just written leaves at once.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There is something to deliver.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}

/// Writes a delivery for each address that wants to be told; answers whether there is one.
pub(crate) async fn publish(tenant: &mut Tenant, clock: Clock, events: &[Event]) -> Result<bool, Problem> {
    if events.is_empty() {
        return Ok(false);
    }
    let organization = tenant.organization();
    let listening: Vec<(WebhookId, JsonText)> = each!(tenant.connection(), |c| {
        let mut listening = webhooks::table
            .filter(webhooks::organization_id.eq(organization))
            .select((webhooks::id, webhooks::event_types))
            .into_boxed();
        listening = only_confirmed(listening, webhooks::status.eq("active"));
        listening.load(c)
    })?;
    let mut told = false;
    let now = clock.now();
    for event in events {
        let payload = payload(event.kind, now, data(event));
        for (webhook, _) in listening.iter().filter(|(_, kinds)| wants(kinds, event.kind)) {
            put(tenant, *webhook, event.kind, &payload, now).await?;
            told = true;
        }
    }
    Ok(told)
}

/// Only addresses that answered a challenge: nobody has the service knock at somebody else's (Standard Webhooks).
#[enforces(WEBHOOK_SIGNATURE)]
fn only_confirmed<Q, F>(rows: Q, is_active: F) -> Q
where
    Q: methods::FilterDsl<F, Output = Q>,
{
    rows.filter(is_active)
}

/// What is told of an event: an id. Whoever is told asks for the rest, with rights of their own (OWASP API3).
#[enforces(DTO_RESPONSE_ALLOWLIST, answers = json!({ "id": event.subject, "event": format!("{event:?}") }))]
fn data(event: &Event) -> Value {
    json!({ "id": event.subject })
}

fn wants(kinds: &JsonText, kind: &str) -> bool {
    kinds.0.as_array().into_iter().flatten().any(|wanted| wanted.as_str() == Some(kind))
}

/// What is sent (Standard Webhooks, "Payload structure").
pub(super) fn payload(kind: &str, at: DateTime<Utc>, data: Value) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}

/// Puts a message to one address into the outbox.
pub(super) async fn put(
    tenant: &mut Tenant,
    webhook: WebhookId,
    kind: &str,
    payload: &str,
    now: DateTime<Utc>,
) -> Result<DeliveryId, Problem> {
    let (id, organization): (_, OrganizationId) = (DeliveryId::random(), tenant.organization());
    let new = NewDelivery {
        id,
        organization_id: organization,
        webhook_id: webhook,
        event_type: kind,
        payload,
        status: "due",
        attempts: 0,
        due_at: Moment::from(now),
        created_at: Moment::from(now),
    };
    each!(tenant.connection(), |c| diesel::insert_into(webhook_deliveries::table).values(&new).execute(c))?;
    Ok(id)
}
