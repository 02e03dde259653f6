//! What every worker shares.

#[cfg(feature = "passkeys")]
use crate::identity::factors::passkeys::Passkeys;
use crate::{
    audit::AuditWriter,
    clock::Clock,
    egress::{Egress, upstream::Insurer},
    files::Files,
    http::{
        deprecation::Ending,
        problem::{Kind, Problem},
        uses::Uses,
    },
    identity::{Identity, federation::Federation, passwords::Passwords, provider::Provider},
    limits::Limits,
    mail::{Links, Mailer},
    sealing::Keyring,
    store::Store,
    watch::Metrics,
    webhooks::Bell,
};
use ipnet::IpNet;

/// The running service's parts. Built once by `server`, shared by all workers.
pub struct Service {
    /// The base URL without a trailing slash: problem types, links, the audience.
    pub identifier: String,
    /// The authorities that may stand in `Host`.
    pub authorities: Vec<String>,
    /// Networks of proxies that are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that browsers may call from.
    pub origins: Vec<String>,
    /// Time.
    pub clock: Clock,
    /// Who is calling.
    pub identity: Identity,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// The built-in OpenID provider, unless the settings leave that to others.
    pub provider: Option<Provider>,
    /// The relying party of passkeys; none when the service is known by an address.
    #[cfg(feature = "passkeys")]
    pub passkeys: Option<Passkeys>,
    /// The organizations' own providers.
    pub federation: Federation,
    /// The way out to what tenants named.
    pub egress: Egress,
    /// The insurer, unless the settings name none.
    pub insurer: Option<Insurer>,
    /// Wakes whoever delivers webhooks.
    pub deliveries: Bell,
    /// What webhooks can be told of.
    pub event_types: Vec<&'static str>,
    /// How often they may.
    pub limits: Limits,
    /// The database.
    pub store: Store,
    /// Keys for columns and cursors.
    pub keyring: Keyring,
    /// Files that came from outside.
    pub files: Files,
    /// The audit log.
    pub audit: AuditWriter,
    /// Mails.
    pub mailer: Mailer,
    /// The links in them.
    pub links: Links,
    /// The operations that end.
    pub endings: Vec<Ending>,
    /// Who still uses them.
    pub uses: Uses,
    /// Counters.
    pub metrics: Metrics,
}

impl Service {
    /// Whether people sign in here.
    #[must_use]
    pub const fn is_provider(&self) -> bool {
        self.provider.is_some()
    }

    /// Whether somebody may sign in with a passkey.
    #[must_use]
    #[cfg(feature = "passkeys")]
    pub const fn offers_passkeys(&self) -> bool {
        self.passkeys.is_some()
    }

    /// Whether somebody may sign in with a passkey.
    #[must_use]
    #[cfg(not(feature = "passkeys"))]
    pub const fn offers_passkeys(&self) -> bool {
        false
    }

    /// The relying party of passkeys.
    ///
    /// # Errors
    /// `not-found`, when the service is known by an address, to which no passkey can be bound.
    #[cfg(feature = "passkeys")]
    pub fn passkeys(&self) -> Result<&Passkeys, Problem> {
        self.passkeys.as_ref().ok_or_else(|| Kind::NotFound.into())
    }

    /// The built-in provider.
    ///
    /// # Errors
    /// `not-found`, when the settings leave that to others.
    pub fn provider(&self) -> Result<&Provider, Problem> {
        self.provider.as_ref().ok_or_else(|| Kind::NotFound.into())
    }
}
