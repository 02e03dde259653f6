//! Removing an address, giving it another secret, sending it something to try.

use super::{
    challenge, list, outbox,
    rows::{self, WebhookRow},
    secret::{FORMER, PRESENT, Secret, place},
    views::{DeliveryView, WebhookWithSecret},
};
use crate::{
    access::permission::{ManageWebhooks, RemoveWebhooks, TryWebhooks},
    http::{
        answer::{Created, Gone, Shown},
        call::Call,
        input::Path,
        precondition::IfUnchanged,
        problem::{Kind, Problem},
    },
    ids::WebhookId,
    limits::spend::Budget,
    store::{prelude::*, schema::webhooks, types::Moment},
};
use chrono::TimeDelta;
use serde_json::json;

/// How long the former secret counts after a rotation.
const OVERLAP: TimeDelta = TimeDelta::days(1);

pub(super) async fn remove(
    call: &mut Call<RemoveWebhooks>,
    (Path(id), if_unchanged): (Path<WebhookId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let before = rows::find(&mut call.tenant, id).await?;
    let (organization, version) = (call.tenant.organization(), before.version);
    let _seen = if_unchanged.check(&list::view(&call.keyring, before))?;
    let removed = each!(call.tenant.connection(), |c| diesel::delete(
        webhooks::table
            .filter(webhooks::id.eq(id))
            .filter(webhooks::organization_id.eq(organization))
            .filter(webhooks::version.eq(version))
    )
    .execute(c))?;
    if removed != 1 {
        return Err(if_unchanged.overtaken());
    }
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}

/// The former secret goes on for a day beside the new one, so that the receiver can change over in between.
pub(super) async fn rotate(
    call: &mut Call<ManageWebhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Shown<WebhookWithSecret>, Problem> {
    let before = rows::find(&mut call.tenant, id).await?;
    let (former, _) = Secret::of(&call.keyring, &before)?;
    let secret = Secret::generate()?;
    let version = before.version.saturating_add(1);
    let after = WebhookRow {
        secret: secret.seal(&call.keyring, place(&before, PRESENT, version))?,
        former_secret: Some(former.seal(&call.keyring, place(&before, FORMER, version))?),
        former_until: Some(Moment::from(call.clock.now() + OVERLAP)),
        version,
        ..before
    };
    let organization = call.tenant.organization();
    let changed = each!(call.tenant.connection(), |c| diesel::update(
        webhooks::table
            .filter(webhooks::id.eq(id))
            .filter(webhooks::organization_id.eq(organization))
            .filter(webhooks::version.eq(version.saturating_sub(1)))
    )
    .set((
        webhooks::secret.eq(&after.secret),
        webhooks::former_secret.eq(&after.former_secret),
        webhooks::former_until.eq(after.former_until),
        webhooks::version.eq(version),
    ))
    .execute(c))?;
    if changed != 1 {
        return Err(Kind::Conflict.into());
    }
    call.audit.object(*id.as_uuid());
    Ok(Shown(WebhookWithSecret::of(&secret, list::view(&call.keyring, after))))
}

/// Only writes to the outbox: what is answered, and when, is the same wherever the address leads.
pub(super) async fn test(
    call: &mut Call<TryWebhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Created<DeliveryView>, Problem> {
    let webhook = rows::find(&mut call.tenant, id).await?;
    let now = call.clock.now();
    let (kind, payload) = if webhook.status == "active" {
        (challenge::TEST, outbox::payload(challenge::TEST, now, json!({})))
    } else {
        let who = (call.allowed.organization(), call.allowed.member());
        Budget::of_challenges().reserve(call.tenant.connection(), who, now).await?;
        (challenge::KIND, challenge::payload(now)?)
    };
    let delivery = outbox::put(&mut call.tenant, id, kind, &payload, now).await?;
    call.ring();
    call.audit.object(*id.as_uuid());
    let view = rows::find_delivery(&mut call.tenant, id, delivery).await?.into();
    Ok(Created { location: format!("/v1/webhooks/{id}/deliveries"), view })
}
