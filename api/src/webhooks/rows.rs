//! Webhooks and deliveries as the database holds them.

use crate::{
    access::{Tenant, only},
    http::problem::{Kind, Problem},
    ids::{DeliveryId, MemberId, OrganizationId, WebhookId},
    sealing::Sealed,
    store::{
        prelude::*,
        schema::{webhook_deliveries, webhooks},
        types::{JsonText, Moment},
    },
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub(crate) struct WebhookRow {
    pub(super) id: WebhookId,
    pub(super) organization_id: OrganizationId,
    pub(super) slot: i32,
    pub(crate) url: String,
    pub(super) event_types: JsonText,
    pub(super) secret: Sealed,
    pub(super) former_secret: Option<Sealed>,
    pub(super) former_until: Option<Moment>,
    pub(super) status: String,
    pub(super) version: i32,
    pub(super) created_by: MemberId,
    pub(super) created_at: Moment,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
pub(super) struct DeliveryRow {
    pub(super) id: DeliveryId,
    pub(super) event_type: String,
    pub(super) status: String,
    pub(super) attempts: i32,
    pub(super) due_at: Moment,
    pub(super) attempted_at: Option<Moment>,
    pub(super) answered: Option<i32>,
    pub(super) created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = webhook_deliveries)]
pub(super) struct NewDelivery<'a> {
    pub(super) id: DeliveryId,
    pub(super) organization_id: OrganizationId,
    pub(super) webhook_id: WebhookId,
    pub(super) event_type: &'a str,
    pub(super) payload: &'a str,
    pub(super) status: &'a str,
    pub(super) attempts: i32,
    pub(super) due_at: Moment,
    pub(super) created_at: Moment,
}

/// A webhook of this organization, or nothing.
pub(super) async fn find(tenant: &mut Tenant, id: WebhookId) -> Result<WebhookRow, Problem> {
    let organization = tenant.organization();
    let row: Option<WebhookRow> = each!(tenant.connection(), |c| {
        let mut rows =
            webhooks::table.filter(webhooks::id.eq(id)).select(WebhookRow::as_select()).into_boxed();
        rows = only::opened_of_tenant(rows, webhooks::organization_id.eq(organization));
        rows.first(c)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}

/// A delivery to a webhook, which was found in this organization.
pub(super) async fn find_delivery(
    tenant: &mut Tenant,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<DeliveryRow, Problem> {
    let row: Option<DeliveryRow> = each!(tenant.connection(), |c| webhook_deliveries::table
        .filter(webhook_deliveries::id.eq(id))
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .select(DeliveryRow::as_select())
        .first(c))
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}
