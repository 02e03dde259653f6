//! The addresses of an organization.

use super::{
    rows::{self, WebhookRow},
    views::WebhookView,
};
use crate::{
    access::{only, permission::ReadWebhooks},
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::{Path, Query},
        page::{PageQuery, Position},
        problem::Problem,
    },
    ids::WebhookId,
    protection::WEBHOOK_SIGNATURE,
    sealing::Keyring,
    store::{prelude::*, schema::webhooks, types::Moment},
};
use brigandine_enforce::enforces;

pub(super) async fn list(
    call: &mut Call<ReadWebhooks>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<WebhookView>, Problem> {
    let listing = call.listing("listWebhooks", &query)?;
    let organization = call.tenant.organization();
    let found: Vec<WebhookRow> = each!(call.tenant.connection(), |connection| {
        let mut found = webhooks::table
            .select(WebhookRow::as_select())
            .order((webhooks::created_at.asc(), webhooks::id.asc()))
            .limit(query.rows())
            .into_boxed();
        found = only::listed_of_tenant(found, webhooks::organization_id.eq(organization));
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), WebhookId::from_uuid(after.id));
            found = found
                .filter(webhooks::created_at.ge(at))
                .filter(webhooks::created_at.gt(at).or(webhooks::id.gt(id)));
        }
        found.load(connection)
    })?;
    let position = |row: &WebhookRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, found, position, |row| Ok(view(&call.keyring, row)))?))
}

pub(super) async fn show(
    call: &mut Call<ReadWebhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Shown<WebhookView>, Problem> {
    let row = rows::find(&mut call.tenant, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(view(&call.keyring, row)))
}

/// What is shown of an address: everything but its secrets. Who reads it later can't sign in our name (ASVS 13.3.4).
#[enforces(WEBHOOK_SIGNATURE, otherwise = crate::vulnerable::webhooks::with_its_secret)]
pub(super) fn view(_keyring: &Keyring, row: WebhookRow) -> WebhookView {
    WebhookView::of(row)
}
