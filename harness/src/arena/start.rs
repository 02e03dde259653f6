//! From nothing to a running service with a seeded world.

use super::{
    Arena, ArenaError, Database, Health, Newcomer, PostgresServer, Scanner, Service, TemporaryDirectory,
    Wanted, Wish, World,
    settings::{DatabaseSettings, HOST, Settings},
    world,
};
use crate::{
    catcher::Catcher,
    client::{Block, Request, Target, Wire, trusting},
    forge::Forge,
    insurer::Insurer,
    observe::{LogBook, Observer},
    patience::Patience,
};
use brigandine_api::protection::Protection;
use serde::Serialize;
use std::{
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a twin does without: the first line on its standard input.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Away {
    /// Whole protections, by their ids.
    pub off: Vec<&'static str>,
    /// Single marked functions, by file and line.
    pub marks: Vec<String>,
}

impl Away {
    /// These protections.
    #[must_use]
    pub fn protections(protections: &[&'static Protection]) -> Self {
        let off = protections.iter().map(|protection| protection.id).collect();
        Self { off, marks: Vec::new() }
    }

    fn line(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// What to start.
pub struct Plan<'a> {
    /// The service's binary, or the twin's.
    pub binary: PathBuf,
    /// What a twin does without; `None` for the ordinary service.
    pub away: Option<Away>,
    /// The server to make a database on, for PostgreSQL; with the name of a migrated template, if there is one.
    pub postgres: Option<(&'a PostgresServer, Option<String>)>,
    /// The attacks that want a world.
    pub attacks: Vec<Wanted>,
    /// Whether speed is measured: no rate in the way, one worker.
    pub measured: bool,
}

/// A started arena.
pub struct Started {
    /// The running service.
    pub arena: Arc<Arena>,
    /// A world per attack of the plan, in its order, with the attack's own issuer if it asked for one.
    pub worlds: Vec<(World, Wish)>,
    /// The database's name on PostgreSQL, to be removed at the end.
    pub database: Option<String>,
    directory: TemporaryDirectory,
}

impl Started {
    /// Stops the service and removes what it leaves behind.
    ///
    /// # Errors
    /// When its database can't be removed.
    pub async fn end(self, server: Option<&PostgresServer>) -> Result<(), ArenaError> {
        let database = self.database.clone();
        drop(self);
        match (server, database) {
            (Some(server), Some(name)) => server.remove(&name).await,
            _ => Ok(()),
        }
    }

    /// Where its files are; removed with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// Whoever the service talks to.
#[derive(Clone, Copy)]
struct Around<'a> {
    forge: &'a Forge,
    catcher: &'a Catcher,
    scanner: Option<&'a Scanner>,
    insurer: Option<&'a Insurer>,
}

impl<'p> Plan<'p> {
    /// Makes a migrated, empty database to copy the twins' from; returns its name.
    ///
    /// # Errors
    /// When the server or the service refuses.
    pub async fn migrated_template(
        binary: PathBuf,
        server: &'p PostgresServer,
    ) -> Result<String, ArenaError> {
        let plan = Self {
            binary,
            away: Some(Away::default()),
            postgres: Some((server, None)),
            attacks: Vec::new(),
            measured: false,
        };
        let made = server.create(None).await?;
        let directory = TemporaryDirectory::new()?;
        let forge = Forge::start().await?;
        let data_directory = directory.path().join("data");
        let catcher = Catcher::start().await?;
        let around = Around { forge: &forge, catcher: &catcher, scanner: None, insurer: None };
        let settings = plan.write_settings(&directory, &data_directory, around, &[], Some(&made))?;
        plan.command(&settings, &["migrate"], &format!("{}\n", Away::default().line())).await?;
        Ok(made.name)
    }

    /// Starts forge and service, migrates, imports the world.
    ///
    /// # Errors
    /// When any of it fails. A database made on the way is removed again.
    pub async fn start(self) -> Result<Started, ArenaError> {
        let made = match &self.postgres {
            Some((server, template)) => Some(server.create(template.as_deref()).await?),
            None => None,
        };
        let name = made.as_ref().map(|database| database.name.clone());
        let started = self.start_on(made.as_ref()).await;
        if let (Err(_), Some((server, _)), Some(name)) = (&started, &self.postgres, &name) {
            server.remove(name).await?;
        }
        started
    }

    async fn start_on(&self, database: Option<&super::RunDatabase>) -> Result<Started, ArenaError> {
        let directory = TemporaryDirectory::new()?;
        let data_directory = directory.path().join("data");
        let (forge, catcher) = (Forge::start().await?, Catcher::start().await?);
        let mut wishes = Vec::new();
        for (number, wanted) in self.attacks.iter().enumerate() {
            let issuer = if wanted.own_issuer { Some(forge.found(&format!("own-{number}"))?) } else { None };
            let people = if wanted.people { Newcomer::people_of(&wanted.name) } else { Vec::new() };
            wishes.push(Wish { name: wanted.name.clone(), issuer, people });
        }
        let scanner = Scanner::start(Health::Well).await?;
        let insurer = Insurer::start().await?;
        let around =
            Around { forge: &forge, catcher: &catcher, scanner: Some(&scanner), insurer: Some(&insurer) };
        let settings = self.write_settings(&directory, &data_directory, around, &wishes, database)?;

        let steering = self.away.as_ref().map(Away::line);
        let first_line = steering.as_ref().map(|line| format!("{line}\n")).unwrap_or_default();
        // Also on a copy of a migrated template: that one has the ordinary grants and policies, and a twin settles its own.
        if database.is_some() {
            self.command(&settings, &["migrate"], &first_line).await?;
        }
        // From a file: a twin's standard input carries its steering.
        let import = directory.path().join("world.json");
        write_private(&import, &world::document(&wishes, &forge).to_string())?;
        let import = import.display().to_string();
        let printed = self.command(&settings, &["admin", "import", &import], &first_line).await?;
        let worlds = world::read(&wishes, &forge, &printed)?;

        let log = Arc::new(LogBook::default());
        let service = Service::start(&self.binary, &settings, steering.as_deref(), log.clone()).await?;
        let authority = std::fs::read(data_directory.join("ca.pem"))
            .map_err(|error| ArenaError::Io("the service's ca.pem".into(), error))?;
        let target = Target {
            public: service.public(),
            operations: service.operations(),
            host: HOST.into(),
            tls: trusting(&authority)?,
            authority: authority.into(),
        };
        wait_until_ready(&target).await?;
        let observer = match (&self.postgres, database) {
            (Some((server, _)), Some(database)) => Observer::postgres(server.door(database), log),
            _ => Observer::sqlite(&data_directory.join("brigandine.sqlite"), log),
        };
        let (service, scanner, insurer) = (Some(service), Some(scanner), Some(insurer));
        let arena = Arena { target, forge, catcher, observer, service, insurer, scanner, data_directory };
        let database = database.map(|database| database.name.clone());
        let worlds = worlds.into_iter().zip(wishes).collect();
        Ok(Started { arena: Arc::new(arena), worlds, database, directory })
    }

    async fn command(&self, settings: &Path, arguments: &[&str], input: &str) -> Result<String, ArenaError> {
        let (code, printed, said) = Service::run(&self.binary, settings, arguments, input).await?;
        if code == 0 {
            return Ok(printed);
        }
        Err(ArenaError::Service(format!("`{}` ended with {code}: {}", arguments.join(" "), said.trim())))
    }

    fn write_settings(
        &self,
        directory: &TemporaryDirectory,
        data_directory: &Path,
        around: Around<'_>,
        wishes: &[Wish],
        database: Option<&super::RunDatabase>,
    ) -> Result<PathBuf, ArenaError> {
        let Around { forge, catcher, scanner, insurer } = around;
        let authority = directory.path().join("forge-ca.pem");
        write_private(&authority, forge.authority_pem())?;
        let hooks = directory.path().join("catcher-ca.pem");
        write_private(&hooks, catcher.authority_pem())?;
        let standing = ["staff", "patients"].into_iter().filter_map(|name| forge.issuer(name));
        let issuers = standing.chain(wishes.iter().filter_map(|wish| wish.issuer.clone()));
        let issuers = issuers.map(|issuer| issuer.url().to_owned()).collect();
        let database = match database {
            Some(made) => {
                DatabaseSettings { url: made.url.clone(), migration_url: Some(made.migration_url.clone()) }
            }
            None => DatabaseSettings { url: "sqlite:brigandine.sqlite".into(), migration_url: None },
        };
        let settings = Settings::new(data_directory, database, issuers, &authority).calling(catcher, &hooks);
        let vouched = directory.path().join("insurer-ca.pem");
        if let Some(insurer) = insurer {
            write_private(&vouched, insurer.authority_pem())?;
        }
        let settings = settings.scanned_by(scanner).asking(insurer, &vouched).measured(self.measured);
        let text = toml::to_string(&settings)
            .map_err(|error| ArenaError::Service(format!("the settings can't be written: {error}")))?;
        let file = directory.path().join("brigandine.toml");
        write_private(&file, &text)?;
        Ok(file)
    }
}

impl Database {
    /// Prepares the server for this database; nothing for the embedded one.
    ///
    /// # Errors
    /// When PostgreSQL is not there or refuses.
    pub async fn prepare(self) -> Result<Option<PostgresServer>, ArenaError> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => PostgresServer::prepare().await.map(Some),
        }
    }
}

/// Waits until the service has its issuers' keys and its database: an attack on a service that is still waking up
/// proves nothing.
async fn wait_until_ready(target: &Target) -> Result<(), ArenaError> {
    let wire = Wire::new(target.clone(), Block::number(0), None);
    let ready = Request::new(wire, "GET", "/health/ready").to_operations();
    let mut last = String::new();
    let mut patience = Patience::new();
    while patience.lasts().await {
        match ready.send().await {
            Ok(answer) if answer.succeeded() => return Ok(()),
            Ok(answer) => last = answer.summary(),
            Err(error) => last = error.to_string(),
        }
    }
    Err(ArenaError::Service(format!("the service does not get ready: {last}")))
}

fn write_private(path: &Path, text: &str) -> Result<(), ArenaError> {
    use std::io::Write;
    let failed = |error| ArenaError::Io(path.display().to_string(), error);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
