//! A second process of the attacked service, on the same data, with other settings or another environment.

use super::Scene;
use crate::{
    arena::{ArenaError, Service, TemporaryDirectory},
    client::{Block, Target, Wire},
    observe::LogBook,
    verdict::AttackError,
};
use std::{
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use toml::{Table, Value};

/// A running second process, and the scene as seen through it: the same world, the same database.
pub struct Beside {
    /// Actors of this scene talk to the second process.
    pub scene: Scene,
    /// The process.
    pub service: Service,
    /// What it wrote to its standard output.
    pub log: Arc<LogBook>,
    directory: TemporaryDirectory,
    _turn: Option<SemaphorePermit<'static>>,
}

/// A PostgreSQL server as it is installed takes a hundred connections, and a process takes a dozen of them and more.
const AT_ONCE: usize = 3;
/// How long an attack waits for its turn. Not for ever, as one that has a process may want a second.
const TURN: Duration = Duration::from_secs(180);

async fn turn() -> Option<SemaphorePermit<'static>> {
    static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
    tokio::time::timeout(TURN, TURNS.acquire()).await.ok()?.ok()
}

impl Beside {
    /// A folder of its own, removed with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Scene {
    /// Starts a second process with changed settings. It listens on ports of its own and counts its own rates.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn beside(&self, change: impl FnOnce(&mut Table, &Path)) -> Result<Beside, AttackError> {
        let turn = if self.observer().is_postgres() { turn().await } else { None };
        let directory = TemporaryDirectory::new()?;
        let mut table = self.settings_table()?;
        change(&mut table, directory.path());
        let file = write_settings(directory.path(), &table)?;
        let log = Arc::new(LogBook::default());
        let service = self.service()?.second(&file, log.clone()).await?;
        let scene = self.through(&service);
        Ok(Beside { scene, service, log, directory, _turn: turn })
    }

    /// This scene, through another process of the same service.
    pub(super) fn through(&self, service: &Service) -> Self {
        let target = Target {
            public: service.public(),
            operations: service.operations(),
            ..self.wire().target().clone()
        };
        // The last block: no attack's own, and the second process has never seen any address.
        self.on(Wire::new(target, Block::number(usize::MAX), None))
    }

    /// The attacked service's settings, but for the issuers of other attacks: those count who asks for their keys, and
    /// a second process would be counted too.
    ///
    /// # Errors
    /// When there is no service process, or its file is no TOML.
    pub fn settings_table(&self) -> Result<Table, AttackError> {
        let text = std::fs::read_to_string(self.service()?.settings())?;
        let mut table: Table = text
            .parse()
            .map_err(|error| AttackError::Setup(format!("the service's settings are no TOML: {error}")))?;
        let mut mine: Vec<String> = ["staff", "patients"]
            .into_iter()
            .filter_map(|name| Some(self.forge().issuer(name)?.url().to_owned()))
            .collect();
        mine.extend(self.own_issuer().ok().map(|issuer| issuer.url().to_owned()));
        let issuers = table.get_mut("identity").and_then(|identity| identity.get_mut("issuers"));
        if let Some(issuers) = issuers.and_then(Value::as_array_mut) {
            let url = |trusted: &Value| trusted.get("issuer")?.as_str().map(str::to_owned);
            issuers.retain(|trusted| url(trusted).is_some_and(|url| mine.contains(&url)));
        }
        Ok(table)
    }
}

/// Sets `section.key`, making the sections on the way.
pub fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value.into())),
        Some((section, rest)) => {
            let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Some(section) = section.as_table_mut() {
                set(section, rest, value);
            }
        }
    }
}

/// Sets the rates of whoever calls so high that an attack on something else does not meet them.
pub(super) fn without_rates(table: &mut Table) {
    for key in ["principal", "tenant", "anonymous", "anonymous_network", "visitor", "visitor_network"] {
        set(table, &format!("limits.{key}_per_minute"), 6_000);
        set(table, &format!("limits.{key}_burst"), 1_000);
    }
}

/// Writes settings that only their owner may read.
///
/// # Errors
/// From the file system.
pub fn write_settings(folder: &Path, table: &Table) -> Result<PathBuf, AttackError> {
    write_private(folder, &table.to_string())
}

/// Writes a file with this text, under a name of its own.
///
/// # Errors
/// From the file system.
pub fn write_private(folder: &Path, text: &str) -> Result<PathBuf, AttackError> {
    use std::io::Write;
    let path = folder.join(format!("{}.toml", uuid::Uuid::new_v4().simple()));
    let failed = |error| ArenaError::Io(path.display().to_string(), error);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    Ok(path)
}
