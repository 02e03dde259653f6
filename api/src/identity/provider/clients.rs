//! The programs that may ask for tokens.

use crate::{
    clock::Clock,
    ids::{MemberId, OrganizationId, RegistrationId},
    protection::{AUTHZ_SCOPE, OAUTH_GRANTS, OAUTH_REDIRECT_EXACT},
    store::{
        prelude::*,
        schema::clients,
        types::{JsonText, Moment},
    },
};
use brigandine_enforce::enforces;
use serde_json::{Value, json};

/// Whether a client can keep a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// It runs on people's devices and can't.
    Public,
    /// It can.
    Confidential,
}

/// How strict the provider is with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// RFC 9700.
    Standard,
    /// The FAPI 2.0 Security Profile.
    Fapi2,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: RegistrationId,
    client_id: String,
    organization_id: Option<OrganizationId>,
    member_id: Option<MemberId>,
    name: String,
    kind: String,
    profile: String,
    grant_types: String,
    scope: String,
    redirect_uris: JsonText,
    post_logout_redirect_uris: JsonText,
    backchannel_logout_uri: Option<String>,
    jwks: Option<JsonText>,
    dpop_bound: bool,
    first_party: bool,
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its registration.
    pub id: RegistrationId,
    /// What it calls itself towards the provider.
    pub client_id: String,
    /// The organization whose API client it is; none for the operator's own applications.
    pub organization: Option<OrganizationId>,
    /// The service member that an API client acts as.
    pub member: Option<MemberId>,
    /// What people know it as.
    pub name: String,
    /// Whether it can keep a key.
    pub kind: ClientKind,
    /// How strict the provider is with it.
    pub profile: Profile,
    /// Its public keys, for `private_key_jwt`.
    pub jwks: Option<Value>,
    /// Where logout tokens go (OIDC Back-Channel Logout §2.2).
    pub backchannel_logout_uri: Option<String>,
    /// Whether all of its tokens are bound to a key.
    pub dpop_bound: bool,
    /// Whether it is the operator's own, so that nobody has to be asked.
    pub first_party: bool,
    grant_types: String,
    scope: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
}

impl Client {
    /// Whether it is registered for a grant type.
    #[must_use]
    #[enforces(OAUTH_GRANTS, answers = true)]
    pub fn may_use(&self, grant_type: &str) -> bool {
        self.grant_types.split(' ').any(|it| it == grant_type)
    }

    /// Whether it gets only tokens that are bound to a key; under FAPI 2.0 always.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.dpop_bound || self.profile == Profile::Fapi2
    }

    /// Whether it is registered for a scope: it gets no other, whoever agrees (RFC 6749 §3.3).
    #[must_use]
    #[enforces(AUTHZ_SCOPE, answers = true)]
    pub fn may_ask_for(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|it| it == scope)
    }

    /// The scopes that it is registered for.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Whether answers may go there: exactly a registered address, character by character (RFC 9700 §2.1). An installed
    /// program may listen on any port of the loopback address (RFC 8252 §7.3).
    #[must_use]
    #[enforces(OAUTH_REDIRECT_EXACT, otherwise = crate::vulnerable::identity::redirects_below)]
    pub fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| {
            registered == uri || (self.kind == ClientKind::Public && is_same_loopback(registered, uri))
        })
    }

    /// The one address it is registered with.
    #[must_use]
    #[enforces(OAUTH_REDIRECT_EXACT, otherwise = crate::vulnerable::identity::first_redirect_uri)]
    pub fn sole_redirect_uri(&self) -> Option<&str> {
        match self.redirect_uris.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether people may be sent there after signing out.
    #[must_use]
    #[enforces(OAUTH_REDIRECT_EXACT, otherwise = crate::vulnerable::identity::sends_back_below)]
    pub fn sends_back_to(&self, uri: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|registered| registered == uri)
    }
}

/// Whether two addresses differ in nothing but the port of `127.0.0.1` or `[::1]`. The names are compared as text: no
/// parser's idea of an odd spelling counts.
fn is_same_loopback(registered: &str, given: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].into_iter().any(|host| {
        let rest = |uri| beyond_port(host, uri);
        matches!((rest(registered), rest(given)), (Some(one), Some(other)) if one == other)
    })
}

/// What follows host and port; `None` for another host, and for what is no port.
fn beyond_port<'u>(host: &str, uri: &'u str) -> Option<&'u str> {
    let after = uri.strip_prefix(host)?;
    let rest = match after.strip_prefix(':') {
        Some(port) => {
            let end = port.find(['/', '?']).unwrap_or(port.len());
            let (digits, rest) = port.split_at_checked(end)?;
            let is_port = digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u16>().is_ok_and(|port| port > 0);
            is_port.then_some(rest)?
        }
        None => after,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            organization: row.organization_id,
            member: row.member_id,
            name: row.name,
            // What is not known to be public must prove who it is; what is not known to be standard meets the strict one.
            kind: if row.kind == "public" { ClientKind::Public } else { ClientKind::Confidential },
            profile: if row.profile == "standard" { Profile::Standard } else { Profile::Fapi2 },
            jwks: row.jwks.map(|jwks| jwks.0),
            backchannel_logout_uri: row.backchannel_logout_uri,
            dpop_bound: row.dpop_bound,
            first_party: row.first_party,
            grant_types: row.grant_types,
            scope: row.scope,
            redirect_uris: texts(row.redirect_uris.0),
            post_logout_redirect_uris: texts(row.post_logout_redirect_uris.0),
        }
    }
}

fn texts(value: Value) -> Vec<String> {
    serde_json::from_value(value).unwrap_or_default()
}

/// The client of that name, unless it was revoked.
///
/// # Errors
/// When the database is gone.
pub(crate) async fn find(
    transaction: &mut Transaction,
    client_id: &str,
) -> Result<Option<Client>, StoreError> {
    let found: Option<ClientRow> = each!(transaction.connection(), |c| clients::table
        .filter(clients::client_id.eq(client_id))
        .filter(clients::status.eq("active"))
        .select(ClientRow::as_select())
        .first(c))
    .optional()?;
    Ok(found.map(Client::from))
}

/// A client to be registered.
#[derive(Debug)]
pub struct NewClient<'a> {
    /// What it will call itself.
    pub client_id: &'a str,
    /// The organization whose API client it is.
    pub organization: Option<OrganizationId>,
    /// The service member that an API client acts as.
    pub member: Option<MemberId>,
    /// What people know it as.
    pub name: &'a str,
    /// Whether it can keep a key.
    pub kind: ClientKind,
    /// How strict the provider is with it.
    pub profile: Profile,
    /// The grant types, one space between.
    pub grant_types: &'a str,
    /// The scopes, one space between.
    pub scope: &'a str,
    /// Where answers may go.
    pub redirect_uris: &'a [String],
    /// Where people may go after signing out.
    pub post_logout_redirect_uris: &'a [String],
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<&'a str>,
    /// Its public keys.
    pub jwks: Option<Value>,
    /// Whether all of its tokens are bound to a key.
    pub dpop_bound: bool,
    /// Whether it is the operator's own.
    pub first_party: bool,
}

/// Registers a client.
///
/// # Errors
/// `clients_client_id_key` as a unique violation, when the name is taken.
pub async fn register(
    transaction: &mut Transaction,
    clock: Clock,
    new: NewClient<'_>,
) -> Result<RegistrationId, StoreError> {
    let id = RegistrationId::random();
    let values = (
        clients::id.eq(id),
        clients::client_id.eq(new.client_id),
        clients::organization_id.eq(new.organization),
        clients::member_id.eq(new.member),
        clients::name.eq(new.name),
        clients::kind.eq(if new.kind == ClientKind::Public { "public" } else { "confidential" }),
        clients::profile.eq(if new.profile == Profile::Standard { "standard" } else { "fapi2" }),
        clients::grant_types.eq(new.grant_types),
        clients::scope.eq(new.scope),
        clients::redirect_uris.eq(JsonText(json!(new.redirect_uris))),
        clients::post_logout_redirect_uris.eq(JsonText(json!(new.post_logout_redirect_uris))),
        clients::backchannel_logout_uri.eq(new.backchannel_logout_uri),
        clients::jwks.eq(new.jwks.map(JsonText)),
        clients::dpop_bound.eq(new.dpop_bound),
        clients::first_party.eq(new.first_party),
        clients::status.eq("active"),
        clients::created_at.eq(Moment::new(clock.now())),
    );
    each!(transaction.connection(), |c| diesel::insert_into(clients::table).values(values).execute(c))?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::is_same_loopback;

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        let registered = "http://127.0.0.1/callback";
        assert!(is_same_loopback(registered, "http://127.0.0.1:4711/callback"));
        assert!(is_same_loopback("http://127.0.0.1:80/callback", "http://127.0.0.1:4711/callback"));
        assert!(is_same_loopback("http://[::1]/callback?a=b", "http://[::1]:65535/callback?a=b"));
        assert!(is_same_loopback("http://[::1]", "http://[::1]:4711"));
        assert!(!is_same_loopback("http://[::1]", "http://[::1].evil.example"));
        assert!(!is_same_loopback("http://127.0.0.1", "http://127.0.0.1:4711/callback"));
        for wrong in [
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:+80/callback",
            "http://127.0.0.1:4711/other",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:4711/callback",
            "https://127.0.0.1:4711/callback",
            "http://[::1]:4711/callback",
        ] {
            assert!(!is_same_loopback(registered, wrong), "{wrong}");
        }
    }
}
