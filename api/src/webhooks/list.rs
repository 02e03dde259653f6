//! The addresses of an organization.

use super::{
    rows::{self, WebhookRow},
    views::WebhookView,
};
use crate::{
    access::permission::ReadWebhooks,
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::{Path, Query},
        page::{PageQuery, Position},
        problem::Problem,
    },
    ids::WebhookId,
    protection::{AUTHZ_OBJECT_COLLECTION, TENANT_ISOLATION},
    sealing::Keyring,
    store::{prelude::*, schema::webhooks, types::Moment},
};

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
        if TENANT_ISOLATION.holds() && AUTHZ_OBJECT_COLLECTION.holds() {
            found = found.filter(webhooks::organization_id.eq(organization));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), WebhookId::from_uuid(after.id));
            found = found
                .filter(webhooks::created_at.ge(at))
                .filter(webhooks::created_at.gt(at).or(webhooks::id.gt(id)));
        }
        found.load(connection)
    })?;
    let position = |row: &WebhookRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, found, position, |row| view(&call.keyring, row))?))
}

pub(super) async fn show(
    call: &mut Call<ReadWebhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Shown<WebhookView>, Problem> {
    let row = rows::find(&mut call.tenant, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(view(&call.keyring, row)?))
}

/// What is shown of an address: everything but its secrets.
#[cfg(not(feature = "twin"))]
#[expect(clippy::unnecessary_wraps, reason = "the twin's may fail")]
pub(super) fn view(_: &Keyring, row: WebhookRow) -> Result<WebhookView, Problem> {
    Ok(WebhookView::of(row))
}

/// What is shown of an address; of one twin, its secret too.
#[cfg(feature = "twin")]
pub(super) fn view(keyring: &Keyring, row: WebhookRow) -> Result<WebhookView, Problem> {
    let secret = if crate::protection::WEBHOOK_SIGNATURE.holds() {
        None
    } else {
        Some(super::secret::Secret::of(keyring, &row)?.0.shown().to_owned())
    };
    Ok(WebhookView::of(row, secret))
}
