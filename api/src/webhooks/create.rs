//! Naming an address.

use super::{
    list,
    rows::WebhookRow,
    secret::{PRESENT, Secret, place_of},
    views::WebhookWithSecret,
};
use crate::{
    access::permission::ManageWebhooks,
    endpoints,
    http::{
        answer::Created,
        call::Call,
        input::Body,
        openapi::one_of,
        problem::{Kind, Problem},
        text::Text,
    },
    ids::WebhookId,
    store::{
        prelude::*,
        schema::webhooks,
        types::{JsonText, Moment},
    },
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use validator::Validate;

/// Addresses of one organization (catalogue P7).
const MOST: i32 = 10;

/// An address to be told of events.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhook {
    /// https, on port 443 or another that the operator allows, at most 2 KiB.
    #[validate(length(min = 1, max = 2048))]
    #[schema(value_type = String, format = "uri", min_length = 1, max_length = 2048)]
    url: Text,
    /// What it wants to be told of.
    #[validate(length(min = 1, max = 50))]
    #[schema(value_type = Vec<EventType>, min_items = 1, max_items = 50)]
    event_types: Vec<Text>,
}

/// What can be told, for the documentation.
struct EventType;

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        one_of(endpoints::event_types())
    }
}

impl ToSchema for EventType {}

pub(super) async fn create(
    call: &mut Call<ManageWebhooks>,
    Body(body): Body<CreateWebhook>,
) -> Result<Created<WebhookWithSecret>, Problem> {
    let target = call.egress().target(body.url.as_str());
    let target = target.map_err(|_| Problem::new(Kind::UrlNotAllowed).at("/url", "target"))?;
    let kinds: BTreeSet<&str> = body.event_types.iter().map(Text::as_str).collect();
    if !kinds.iter().all(|kind| call.event_types().contains(kind)) {
        return Err(Problem::new(Kind::ValidationFailed).at("/event_types", "known"));
    }
    let organization = call.tenant.organization();
    let taken: Vec<i32> = each!(call.tenant.connection(), |c| webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .select(webhooks::slot)
        .load(c))?;
    // Two at once find the same place free; the database gives it to one of them.
    let slot = (0..MOST).find(|slot| !taken.contains(slot)).ok_or(Kind::Conflict)?;
    let (id, secret) = (WebhookId::random(), Secret::generate()?);
    let row = WebhookRow {
        id,
        organization_id: organization,
        slot,
        url: target.url().as_str().to_owned(),
        event_types: JsonText(json!(kinds)),
        secret: secret.seal(&call.keyring, place_of(organization, id, PRESENT, 1))?,
        former_secret: None,
        former_until: None,
        status: "pending".to_owned(),
        version: 1,
        created_by: call.allowed.member(),
        created_at: Moment::from(call.clock.now()),
    };
    each!(call.tenant.connection(), |c| diesel::insert_into(webhooks::table).values(&row).execute(c))?;
    call.audit.object(*id.as_uuid());
    let view = WebhookWithSecret::of(&secret, list::view(&call.keyring, row));
    Ok(Created { location: format!("/v1/webhooks/{id}"), view })
}
