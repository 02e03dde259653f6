//! What an address was told.

use super::{rows, rows::DeliveryRow, views::DeliveryView};
use crate::{
    access::permission::{ReadWebhooks, TryWebhooks},
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::{Path, Query},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
    },
    ids::{DeliveryId, WebhookId},
    store::{prelude::*, schema::webhook_deliveries, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadWebhooks>,
    (Path(webhook), Query(query)): (Path<WebhookId>, Query<PageQuery>),
) -> Result<Listed<DeliveryView>, Problem> {
    let listing = call.listing(format!("listWebhookDeliveries {webhook}"), &query)?;
    let webhook = rows::find(&mut call.tenant, webhook).await?;
    let found: Vec<DeliveryRow> = each!(call.tenant.connection(), |connection| {
        let mut found = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(webhook.organization_id))
            .filter(webhook_deliveries::webhook_id.eq(webhook.id))
            .select(DeliveryRow::as_select())
            .order((webhook_deliveries::created_at.asc(), webhook_deliveries::id.asc()))
            .limit(query.rows())
            .into_boxed();
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), DeliveryId::from_uuid(after.id));
            found = found
                .filter(webhook_deliveries::created_at.ge(at))
                .filter(webhook_deliveries::created_at.gt(at).or(webhook_deliveries::id.gt(id)));
        }
        found.load(connection)
    })?;
    let position = |row: &DeliveryRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, found, position, |row| Ok(DeliveryView::from(row)))?))
}

/// From the beginning of its schedule, under the same id: whoever keeps ids does not act on it twice. A challenge is not
/// told again; a new one is made by `/test`.
pub(super) async fn replay(
    call: &mut Call<TryWebhooks>,
    (Path(webhook), Path(id)): (Path<WebhookId>, Path<DeliveryId>),
) -> Result<Shown<DeliveryView>, Problem> {
    let webhook = rows::find(&mut call.tenant, webhook).await?;
    let delivery = rows::find_delivery(&mut call.tenant, webhook.id, id).await?;
    if delivery.status == "due" || webhook.status != "active" || delivery.event_type == super::challenge::KIND
    {
        return Err(Kind::Conflict.into());
    }
    let now = Moment::from(call.clock.now());
    each!(call.tenant.connection(), |c| diesel::update(
        webhook_deliveries::table
            .filter(webhook_deliveries::id.eq(id))
            .filter(webhook_deliveries::organization_id.eq(webhook.organization_id))
    )
    .set((
        webhook_deliveries::status.eq("due"),
        webhook_deliveries::attempts.eq(0),
        webhook_deliveries::due_at.eq(now),
    ))
    .execute(c))?;
    call.ring();
    call.audit.object(*id.as_uuid());
    Ok(Shown(rows::find_delivery(&mut call.tenant, webhook.id, id).await?.into()))
}
