//! The addresses of an organization.

use super::{
    rows::{self, WebhookRow},
    views::WebhookView,
};
use crate::{
    access::permission::ReadWebhooks,
    http::{
        answer::{Listed, Shown},
        endpoint::Call,
        input::{Path, Query},
        page::{CursorScope, Page, PageQuery, Position},
        problem::Problem,
    },
    ids::WebhookId,
    protection::Protection,
    sealing::Keyring,
    store::{prelude::*, schema::webhooks, types::Moment},
};

pub(super) async fn list(
    call: &mut Call<ReadWebhooks>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<WebhookView>, Problem> {
    let scope = CursorScope {
        organization: call.allowed.organization(),
        member: call.allowed.member(),
        filter: "listWebhooks",
    };
    let after = query.after(&scope, &call.keyring)?;
    let organization = call.tenant.organization();
    let found: Vec<WebhookRow> = each!(call.tenant.connection(), |connection| {
        let mut found = webhooks::table
            .select(WebhookRow::as_select())
            .order((webhooks::created_at.asc(), webhooks::id.asc()))
            .limit(query.rows())
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            found = found.filter(webhooks::organization_id.eq(organization));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), WebhookId::from_uuid(after.id));
            let later = webhooks::created_at.eq(at).and(webhooks::id.gt(id));
            found = found.filter(webhooks::created_at.gt(at).or(later));
        }
        found.load(connection)
    })?;
    found.iter().for_each(|row| call.audit.object(*row.id.as_uuid()));
    let page = Page::cut(
        found,
        query.size(),
        |row| Position { at: row.created_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        |row| view(&call.keyring, row),
    );
    let items = page.items.into_iter().collect::<Result<_, _>>()?;
    Ok(Listed(Page { items, next: page.next }))
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
    let secret = if Protection::WebhookSignature.holds() {
        None
    } else {
        Some(super::secret::Secret::of(keyring, &row)?.0.shown().to_owned())
    };
    Ok(WebhookView::of(row, secret))
}
