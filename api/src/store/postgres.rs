//! Reaching PostgreSQL: TLS with the name and the authority verified, and limits on every statement.

use super::{COMMAND, Connection, StoreError};
use crate::protection::LIMIT_WORK;
use brigandine_enforce::enforces;
use diesel_async::AsyncPgConnection;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to come up, while requests wait for it.
const CONNECT: Duration = Duration::from_secs(2);

/// Sent with the connection's start, so that no statement runs without them. `search_path` keeps a schema named after the
/// role from shadowing ours.
const SERVING: &str = "-c statement_timeout=2000 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=5000 \
                       -c search_path=public";
/// An administrator's command changes much in one transaction, and may meet a busy disk: nobody waits behind it.
const ADMINISTERING: &str = "-c statement_timeout=30000 -c lock_timeout=30000 \
                             -c idle_in_transaction_session_timeout=60000 -c search_path=public";
/// A migration may take its time, but must not wait for a lock until everybody waits for it.
const MIGRATING: &str = "-c lock_timeout=10000 -c search_path=public";

/// The options of a connection that serves requests: a statement that runs, or waits for a lock, is ended by the server
/// (OWASP API4, CWE-770).
#[enforces(LIMIT_WORK, otherwise = crate::vulnerable::store::endless)]
fn serving() -> &'static str {
    SERVING
}

/// Everything needed to open connections as one role.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    patience: Duration,
}

impl Connector {
    /// For serving requests.
    pub(super) fn serving(url: &SecretString, root: Option<&Path>) -> Result<Self, StoreError> {
        Self::new(url, root, serving(), CONNECT)
    }

    /// For an administrator's commands.
    pub(super) fn administering(url: &SecretString, root: Option<&Path>) -> Result<Self, StoreError> {
        Self::new(url, root, ADMINISTERING, COMMAND)
    }

    /// For changing the schema.
    pub(super) fn migrating(url: &SecretString, root: Option<&Path>) -> Result<Self, StoreError> {
        Self::new(url, root, MIGRATING, COMMAND)
    }

    fn new(
        url: &SecretString,
        root: Option<&Path>,
        options: &str,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        // The parser's error could repeat a part of the URL, and with it the password.
        let mut config: Config = url
            .expose_secret()
            .parse()
            .map_err(|_| StoreError::settings("the database URL is not understood"))?;
        if config.get_user().is_none() || config.get_dbname().is_none() || config.get_hosts().is_empty() {
            return Err(StoreError::settings("the database URL must name a role, a host and a database"));
        }
        let tls = root.map(tls).transpose()?;
        if tls.is_none() && !stays_on_this_machine(&config) {
            return Err(StoreError::settings(
                "the database is on another machine: name its certificate authority in database.root_certificate_file",
            ));
        }
        // `prefer`, the driver's default, falls back to clear text when the server (or who poses as it) has no TLS.
        config
            .ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable })
            .options(options)
            .application_name("brigandine-api")
            .connect_timeout(patience)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(30));
        Ok(Self { config, tls, patience })
    }

    /// The role that it connects as.
    pub(super) fn role(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    pub(super) async fn connect(&self) -> Result<Connection, StoreError> {
        Ok(Connection::Postgres(Box::new(self.open().await?)))
    }

    /// A connection of the plain type, for migrations.
    pub(super) async fn open(&self) -> Result<AsyncPgConnection, StoreError> {
        // `connect_timeout` covers the TCP connection; a server that accepts and stays silent is cut off here.
        tokio::time::timeout(self.patience * 2, self.handshake()).await.map_err(StoreError::unavailable)?
    }

    async fn handshake(&self) -> Result<AsyncPgConnection, StoreError> {
        let connection = if let Some(tls) = self.tls.clone() {
            let (client, connection) = self.config.connect(tls).await.map_err(StoreError::unavailable)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        } else {
            let (client, connection) = self.config.connect(NoTls).await.map_err(StoreError::unavailable)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        };
        connection.map_err(StoreError::unavailable)
    }
}

/// libpq calls this `sslmode=verify-full`: rustls always checks the chain and the name.
fn tls(root: &Path) -> Result<MakeRustlsConnect, StoreError> {
    let unreadable = || StoreError::settings("database.root_certificate_file holds no readable certificate");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).map_err(|_| unreadable())? {
        roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    if roots.is_empty() {
        return Err(unreadable());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(StoreError::unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn stays_on_this_machine(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        Host::Unix(_) => true,
    });
    // `hostaddr` is where the connection really goes, whatever `host` says.
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_does_not_leave_the_machine() {
        for local in
            ["postgres://a@127.0.0.1/b", "postgres://a@localhost:5433/b", "postgres://a@%2Frun%2Fpg/b"]
        {
            assert!(Connector::serving(&local.into(), None).is_ok(), "{local}");
        }
        for remote in [
            "postgres://a@db.example/b",
            "postgres://a@10.0.0.1/b",
            "postgres://a@127.0.0.1,10.0.0.1/b",
            "postgres://a@localhost/b?hostaddr=10.0.0.1",
            "postgres://a@localhost.evil.example/b",
        ] {
            assert!(Connector::serving(&remote.into(), None).is_err(), "{remote}");
        }
    }

    #[test]
    fn the_url_cannot_ask_for_less_than_tls() {
        let authority = rcgen::generate_simple_self_signed(["db.example".to_owned()]).unwrap();
        let file = std::env::temp_dir().join(format!("brigandine-{}.pem", uuid::Uuid::new_v4()));
        std::fs::write(&file, authority.cert.pem()).unwrap();
        let connector =
            Connector::serving(&"postgres://a@db.example/b?sslmode=disable".into(), Some(&file)).unwrap();
        assert_eq!(connector.config.get_ssl_mode(), SslMode::Require);
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn errors_do_not_repeat_the_url() {
        let error = Connector::serving(&"postgres://a:hunter2@[/b".into(), None).err().unwrap();
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
