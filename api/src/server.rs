//! The composition root: settings in, running server out.

mod chores;
mod core_dumps;
mod key_files;

use crate::{
    audit::{AuditError, AuditWriter},
    clock::Clock,
    connections::{Admission, Listener, descriptors},
    egress::{Egress, upstream::Insurer},
    endpoints,
    files::Files,
    http::{
        deprecation::{self, DeprecationError},
        edge, mount,
        tls::{self, Certificates},
        uses::Uses,
    },
    identity::{
        Identity,
        federation::Federation,
        passwords::Passwords,
        provider::{KeyError, Provider, SigningKeys},
    },
    limits::Limits,
    mail::{Links, Mailer},
    protection::{ACCOUNT_DEFAULT_CREDS, CONFIG_SECURE_START},
    sealing::{Keyring, LocalKeyFile, SealingError},
    service::Service,
    settings::{Settings, SettingsError, private_directory, private_file_is_private},
    store::{Engine, Store, StoreError, StoreSettings},
    watch::{self, Metrics},
    webhooks::{self, Bell},
};
use actix_web::{
    App,
    dev::{Server, ServerHandle},
    middleware, web,
};
use brigandine_enforce::enforces;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Connections to the operations listener, in all and for each peer: probes and a collector or two.
const OPERATIONS_CONNECTIONS: (usize, usize) = (100, 50);

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// The operations that end.
    #[error(transparent)]
    Deprecation(#[from] DeprecationError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The keys.
    #[error("keys: {0}")]
    Keys(#[from] SealingError),
    /// The built-in provider's signing keys.
    #[error("signing keys: {0}")]
    SigningKeys(#[from] KeyError),
    /// The sockets.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// While running.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The database that the settings name.
///
/// # Errors
/// When its settings are wrong.
pub fn store_settings(settings: &Settings) -> Result<StoreSettings, StartError> {
    Ok(StoreSettings {
        engine: Engine::from_url(&settings.database.url, &settings.data_directory)?,
        connections_per_worker: settings.database.connections_per_worker,
        root_certificate: settings
            .database
            .root_certificate_file
            .as_deref()
            .map(|file| settings.resolve(file)),
    })
}

/// What holds of a twin only, which has weak code inside: that these listeners can't be reached from elsewhere.
fn keep_twins_here(_listeners: &[(&'static str, SocketAddr)]) -> Result<(), StartError> {
    #[cfg(feature = "twin")]
    crate::twin::refuse_the_network(_listeners)?;
    Ok(())
}

/// Serves until a signal says otherwise.
///
/// # Errors
/// [`StartError`], before the first byte is served; later only when a socket fails.
pub async fn serve(settings: Settings, clock: Clock) -> Result<(), StartError> {
    keep_twins_here(&[
        ("server.listen", settings.server.listen),
        ("operations.listen", settings.operations.listen),
    ])?;
    private_directory(&settings.data_directory)?;
    descriptors::raise(&settings)?;
    core_dumps::forbid();
    let certificates = Certificates::open(&settings, clock)?;
    let service = Arc::new(assemble(&settings, clock).await?);
    begin_without_accounts(&service).await;
    tracing::info!(
        data_directory = %settings.data_directory.display(),
        from_environment = settings.from_environment.join(","),
        issuers = settings.identity.issuers.len(),
        "Settings accepted"
    );

    let tls = tls::server_config(Arc::clone(&certificates))?;
    let (public, public_address) = listen_public(&settings, &service, tls.clone())?;
    let (operations, operations_address) = listen_operations(&settings, &service, tls)?;
    chores::begin(&service, Arc::clone(&certificates));
    let servers = vec![public.handle(), operations.handle()];
    // Before anybody is told that it listens: who reads that may stop it in the same moment.
    match Signals::listen() {
        Ok(signals) => {
            tokio::spawn(follow_signals(signals, certificates, clock, Arc::clone(&service), servers));
        }
        Err(error) => tracing::error!(%error, "Signals can't be followed; stop the process by force"),
    }
    endpoints::work_beside(&service);
    tokio::spawn(webhooks::deliver(service));
    tracing::info!(public = %public_address, operations = %operations_address, "Listening");
    futures_util::future::try_join(public, operations).await?;
    tracing::info!("Stopped");
    Ok(())
}

/// Goes as far as a start would without opening a socket or changing a file.
///
/// # Errors
/// What `serve` would refuse.
pub fn check(settings: &Settings) -> Result<(), StartError> {
    // Whoever only checks settings is told by the check itself what is wrong with the operations listener.
    keep_twins_here(&[("server.listen", settings.server.listen)])?;
    if settings.data_directory.exists() {
        private_directory(&settings.data_directory)?;
    }
    check_secrets(settings)?;
    descriptors::check(settings)?;
    Store::open(&store_settings(settings)?)?;
    insurer(settings, Clock, &Metrics::default())?;
    deprecation::endings(&endpoints::all(), &settings.versions.retired)?;
    if let Some(key) = &settings.tls.key_file {
        private_file_is_private(&settings.resolve(key))?;
    }
    Ok(())
}

/// Nobody else on the machine may read the keys that seal columns and passwords (CWE-732).
#[enforces(CONFIG_SECURE_START)]
fn check_secrets(settings: &Settings) -> Result<(), SettingsError> {
    for secret in [&settings.keys.file, &settings.passwords.pepper_file] {
        let file = settings.resolve(secret);
        if file.exists() {
            private_file_is_private(&file)?;
        }
    }
    Ok(())
}

/// The first start makes no account: one that comes with the software has a password that everybody knows (CWE-1392; ASVS 6.3.2).
#[enforces(ACCOUNT_DEFAULT_CREDS, otherwise = crate::vulnerable::server::begin_with_a_demonstration)]
async fn begin_without_accounts(_service: &Service) {}

/// Brings the database up to date; answers which migrations were applied.
///
/// # Errors
/// [`StartError`].
pub async fn migrate(settings: &Settings) -> Result<Vec<String>, StartError> {
    private_directory(&settings.data_directory)?;
    let store = Store::open(&store_settings(settings)?)?;
    Ok(store.migrate(settings.database.migration_url.as_ref()).await?)
}

/// What the administrator's commands work with.
pub struct Administration {
    /// What this service calls itself.
    pub identifier: String,
    /// The database, on PostgreSQL as the owner of the schema.
    pub store: Store,
    /// Seals columns.
    pub keyring: Keyring,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Time.
    pub clock: Clock,
}

/// The database and keys for the administrator's commands.
///
/// # Errors
/// [`StartError`].
pub async fn administration(settings: &Settings, clock: Clock) -> Result<Administration, StartError> {
    private_directory(&settings.data_directory)?;
    let store =
        Store::open_for_administration(&store_settings(settings)?, settings.database.migration_url.as_ref())?;
    if store.is_embedded() {
        store.migrate(None).await?;
    }
    key_files::settle(settings, &store, clock).await?;
    Ok(Administration {
        identifier: settings.server.identifier().to_owned(),
        store,
        keyring: Keyring::new(LocalKeyFile::open(&settings.resolve(&settings.keys.file))?)?,
        passwords: Passwords::start(settings, &Metrics::default().password_hashes())?,
        clock,
    })
}

async fn assemble(settings: &Settings, clock: Clock) -> Result<Service, StartError> {
    let store_settings = store_settings(settings)?;
    let store = Store::open(&store_settings)?;
    if store.is_embedded() {
        store.migrate(None).await?;
    } else {
        store.check_least_privilege().await?;
        store.check_migrated().await?;
    }
    key_files::settle(settings, &store, clock).await?;
    let key_file = settings.resolve(&settings.keys.file);
    let keyring = Keyring::new(LocalKeyFile::open(&key_file)?)?;
    let provider = provider(settings, &store, &keyring, clock).await?;
    let metrics = Metrics::default();
    Ok(Service {
        identifier: settings.server.identifier().to_owned(),
        authorities: settings.server.authorities(),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        origins: settings.cors.origins.clone(),
        clock,
        identity: Identity::start(settings, provider.as_ref().map(|it| it.keys.clone()), clock)?,
        provider,
        federation: Federation::new(
            &settings.identity.federation,
            &settings.egress,
            settings.server.identifier(),
            clock,
        )?,
        passwords: Passwords::start(settings, &metrics.password_hashes())?,
        #[cfg(feature = "passkeys")]
        passkeys: passkeys(&settings.server.base_url),
        egress: Egress::new(&settings.egress, |file| settings.resolve(file))?,
        insurer: insurer(settings, clock, &metrics)?,
        deliveries: Bell::default(),
        event_types: endpoints::event_types(),
        limits: Limits::new(&settings.limits),
        mailer: Mailer::start(settings, clock, metrics.mails())?,
        links: Links::new(&settings.server),
        files: Files::open(settings)?,
        audit: AuditWriter::start(store.clone(), clock)?,
        store,
        keyring,
        endings: deprecation::endings(&endpoints::all(), &settings.versions.retired)?,
        uses: Uses::default(),
        metrics,
    })
}

/// The built-in provider, unless the settings leave signing in to others.
async fn provider(
    settings: &Settings,
    store: &Store,
    keyring: &Keyring,
    clock: Clock,
) -> Result<Option<Provider>, StartError> {
    if !settings.provider.enabled {
        return Ok(None);
    }
    Ok(Some(Provider { keys: SigningKeys::open(store.clone(), keyring.clone(), clock).await? }))
}

/// The insurer that the settings name, if any.
fn insurer(settings: &Settings, clock: Clock, metrics: &Metrics) -> Result<Option<Insurer>, StartError> {
    let Some(insurer) = &settings.upstream.insurer else { return Ok(None) };
    let resolve = |file: &std::path::Path| settings.resolve(file);
    Ok(Some(Insurer::new(insurer, &settings.limits, resolve, clock, metrics.upstreams())?))
}

/// The relying party of passkeys, if the service is known by a name.
#[cfg(feature = "passkeys")]
fn passkeys(base_url: &url::Url) -> Option<crate::identity::factors::passkeys::Passkeys> {
    let passkeys = crate::identity::factors::passkeys::Passkeys::new(base_url);
    if passkeys.is_err() {
        tracing::warn!(
            "No passkeys: server.base_url names an address, and passkeys are bound to a host name"
        );
    }
    passkeys.ok()
}

fn listen_public(
    settings: &Settings,
    service: &Arc<Service>,
    tls: rustls::ServerConfig,
) -> Result<(Server, SocketAddr), StartError> {
    let admission = Admission::new(&settings.server, service.metrics.connections());
    let service = Arc::clone(service);
    let address = settings.server.listen;
    let application = move || {
        App::new()
            .app_data(web::Data::new(Arc::clone(&service)))
            .configure(|config| mount::mount(config, &service, endpoints::all()))
            .wrap(middleware::from_fn(edge::edge))
    };
    let (listener, bound) = Listener::new(settings.server.workers, admission)
        .not_in_clear(application.clone())?
        .over_tls(address, tls, application)
        .map_err(|source| StartError::Listen { address, source })?;
    Ok((listener.run(), bound))
}

fn listen_operations(
    settings: &Settings,
    service: &Arc<Service>,
    tls: rustls::ServerConfig,
) -> Result<(Server, SocketAddr), StartError> {
    let service = Arc::clone(service);
    let address = settings.operations.listen;
    let (most, per_peer) = OPERATIONS_CONNECTIONS;
    let (listener, bound) = Listener::new(1, Admission::of(most, per_peer, &[]))
        .over_tls(address, tls, move || {
            App::new()
                .configure(|config| watch::operations(config, &service))
                .wrap(middleware::from_fn(edge::operations))
        })
        .map_err(|source| StartError::Listen { address, source })?;
    Ok((listener.run(), bound))
}

/// The signals that the service follows: from here on none of them ends the process on the spot.
struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// SIGHUP: certificate and issuers' keys anew. SIGTERM and SIGINT: finish what is open, then stop.
async fn follow_signals(
    signals: Signals,
    certificates: Arc<Certificates>,
    clock: Clock,
    service: Arc<Service>,
    servers: Vec<ServerHandle>,
) {
    let Signals { mut reload, mut terminate, mut interrupt } = signals;
    loop {
        tokio::select! {
            _ = reload.recv() => {
                match certificates.reload() {
                    Ok(()) => {
                        tracing::info!("Reloaded the certificate; fetching the issuers' keys");
                        certificates.warn_of_expiry(clock);
                    }
                    Err(error) => tracing::error!(error = %error, "Kept the old certificate"),
                }
                service.identity.refresh();
                service.federation.refresh();
            }
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    tracing::info!("Stopping");
    for server in servers {
        server.stop(true).await;
    }
}
