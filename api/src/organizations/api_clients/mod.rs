//! Programs that call the API in an organization's name.
//!
//! A program is no person: it is a member with the role `service`, signs in with a key pair (`private_key_jwt`) or shows
//! an API key, and has the scopes that its administrator gave it.

mod create;
mod grants;
mod keys;
mod list;
pub(crate) mod reminders;
mod revoke;
mod rows;
mod show;
mod views;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

/// The endpoints of this folder.
#[must_use]
pub(super) fn endpoints() -> Vec<Endpoint> {
    const CLIENTS: &str = "/v1/api-clients";
    const CLIENT: &str = "/v1/api-clients/{client}";
    const KEYS: &str = "/v1/api-clients/{client}/keys";
    const KEY: &str = "/v1/api-clients/{client}/keys/{key}";
    let client = |event| Some(AuditRule { event, object_type: "api_client" });
    let key = |event| Some(AuditRule { event, object_type: "api_key" });
    let read = EventName::SensitiveRead;
    vec![
        Endpoint::new(
            Method::GET,
            CLIENTS,
            "listApiClients",
            "Lists the programs that may call in the organization's name.",
            client(read),
            list::list,
        ),
        Endpoint::new(
            Method::POST,
            CLIENTS,
            "createApiClient",
            "Registers a program, with scopes that your own token carries.",
            client(EventName::ClientRegistered),
            create::create,
        ),
        Endpoint::new(Method::GET, CLIENT, "showApiClient", "Shows a program.", client(read), show::show),
        Endpoint::new(
            Method::DELETE,
            CLIENT,
            "revokeApiClient",
            "Revokes a program with all its keys and tokens, for good.",
            client(EventName::ClientRevoked),
            revoke::revoke,
        ),
        Endpoint::new(
            Method::GET,
            KEYS,
            "listApiKeys",
            "Lists a program's keys, with their last use.",
            key(read),
            keys::list,
        ),
        Endpoint::new(
            Method::POST,
            KEYS,
            "createApiKey",
            "Makes a key for a program. The answer is the only one that shows it.",
            key(EventName::ApiKeyCreated),
            keys::create,
        ),
        Endpoint::new(Method::GET, KEY, "showApiKey", "Shows what is known of a key.", key(read), keys::show),
        Endpoint::new(
            Method::DELETE,
            KEY,
            "revokeApiKey",
            "Revokes a key; it stops working with the next request.",
            key(EventName::ApiKeyRevoked),
            keys::revoke,
        ),
    ]
}
