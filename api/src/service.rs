//! What every worker shares.

use crate::{
    audit::AuditWriter,
    clock::Clock,
    identity::{Identity, passwords::Passwords},
    limits::Limits,
    mail::{Links, Mailer},
    sealing::Keyring,
    store::Store,
    watch::Metrics,
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
    /// How often they may.
    pub limits: Limits,
    /// The database.
    pub store: Store,
    /// Keys for columns and cursors.
    pub keyring: Keyring,
    /// The audit log.
    pub audit: AuditWriter,
    /// Mails.
    pub mailer: Mailer,
    /// The links in them.
    pub links: Links,
    /// Counters.
    pub metrics: Metrics,
}
