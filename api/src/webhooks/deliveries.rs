//! What an address was told.

use super::{rows, rows::DeliveryRow, views::DeliveryView};
use crate::{
    access::permission::{ManageWebhooks, ReadWebhooks},
    http::{
        answer::{Listed, Shown},
        endpoint::Call,
        input::{Path, Query},
        page::{CursorScope, Page, PageQuery, Position},
        problem::{Kind, Problem},
    },
    ids::{DeliveryId, WebhookId},
    store::{prelude::*, schema::webhook_deliveries, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadWebhooks>,
    (Path(webhook), Query(query)): (Path<WebhookId>, Query<PageQuery>),
) -> Result<Listed<DeliveryView>, Problem> {
    let filter = format!("listWebhookDeliveries {webhook}");
    let scope = CursorScope {
        organization: call.allowed.organization(),
        member: call.allowed.member(),
        filter: &filter,
    };
    let after = query.after(&scope, &call.keyring)?;
    let webhook = rows::find(&mut call.tenant, webhook).await?;
    let found: Vec<DeliveryRow> = each!(call.tenant.connection(), |connection| {
        let mut found = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(webhook.organization_id))
            .filter(webhook_deliveries::webhook_id.eq(webhook.id))
            .select(DeliveryRow::as_select())
            .order((webhook_deliveries::created_at.asc(), webhook_deliveries::id.asc()))
            .limit(query.rows())
            .into_boxed();
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), DeliveryId::from_uuid(after.id));
            let later = webhook_deliveries::created_at.eq(at).and(webhook_deliveries::id.gt(id));
            found = found.filter(webhook_deliveries::created_at.gt(at).or(later));
        }
        found.load(connection)
    })?;
    let page = Page::cut(
        found,
        query.size(),
        |row| Position { at: row.created_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        |row| {
            call.audit.object(*row.id.as_uuid());
            DeliveryView::from(row)
        },
    );
    Ok(Listed(page))
}

/// From the beginning of its schedule, under the same id: whoever keeps ids does not act on it twice. A challenge is not
/// told again; a new one is made by `/test`.
pub(super) async fn replay(
    call: &mut Call<ManageWebhooks>,
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
