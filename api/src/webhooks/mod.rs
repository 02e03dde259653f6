//! Webhooks: addresses of an organization that are told what happens in it, signed as Standard Webhooks has it.
//!
//! - An administrator names an address and gets its secret, once ([`create`], [`secret`]). Nothing is told to it until it
//!   has answered a challenge, which the administrator sends off by `/test` ([`challenge`]): else anybody's address could
//!   be named, and the service made to knock there.
//! - A handler says `call.notify(Event)`; a row per address is written with the change itself ([`outbox`]).
//! - A worker delivers, and tries again for three days ([`worker`]). It goes out by [`crate::egress`] only.
//! - What was told to whom can be read and told again ([`deliveries`]).

mod challenge;
mod create;
mod deliveries;
mod list;
mod manage;
pub(crate) mod outbox;
pub(crate) mod rows;
pub(crate) mod secret;
mod signature;
pub(crate) mod views;
mod worker;

pub(crate) use challenge::{FIELD as CHALLENGE_FIELD, KIND as CHALLENGE, TEST};
pub use outbox::{Bell, Event};
pub(crate) use worker::deliver;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    const WEBHOOKS: &str = "/v1/webhooks";
    const WEBHOOK: &str = "/v1/webhooks/{webhook}";
    const DELIVERIES: &str = "/v1/webhooks/{webhook}/deliveries";
    let webhook = |event| Some(AuditRule { event, object_type: "webhook" });
    let delivery = |event| Some(AuditRule { event, object_type: "webhook_delivery" });
    let (read, changed) = (EventName::SensitiveRead, EventName::WebhookChanged);
    vec![
        Endpoint::new(
            Method::GET,
            WEBHOOKS,
            "listWebhooks",
            "Lists the addresses that are told of events.",
            webhook(read),
            list::list,
        ),
        Endpoint::new(
            Method::POST,
            WEBHOOKS,
            "createWebhook",
            "Names an address. The answer is the only one that shows its secret.",
            webhook(EventName::WebhookCreated),
            create::create,
        ),
        Endpoint::new(Method::GET, WEBHOOK, "showWebhook", "Shows an address.", webhook(read), list::show),
        Endpoint::new(
            Method::DELETE,
            WEBHOOK,
            "deleteWebhook",
            "Removes an address and everything that it was still to be told.",
            webhook(EventName::WebhookRemoved),
            manage::remove,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/webhooks/{webhook}/rotate-secret",
            "rotateWebhookSecret",
            "Gives an address a new secret; for a day deliveries bear a signature by each.",
            webhook(changed),
            manage::rotate,
        )
        .once(),
        Endpoint::new(
            Method::POST,
            "/v1/webhooks/{webhook}/test",
            "testWebhook",
            "Sends an address a challenge, or a test event if it has answered one; see its deliveries.",
            webhook(changed),
            manage::test,
        ),
        Endpoint::new(
            Method::GET,
            DELIVERIES,
            "listWebhookDeliveries",
            "Lists what an address was told, oldest first.",
            delivery(read),
            deliveries::list,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/webhooks/{webhook}/deliveries/{delivery}/replay",
            "replayWebhookDelivery",
            "Tells an address once more, under the same id.",
            delivery(changed),
            deliveries::replay,
        )
        .once(),
    ]
}
