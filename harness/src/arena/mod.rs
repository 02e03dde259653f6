//! What is attacked: the real service as a child process, its settings, its database, and the world in it.

mod applications;
mod build;
mod persona;
mod postgres;
mod scanner;
mod service;
mod settings;
mod start;
mod temporary;
mod world;

pub use applications::{Application, CLINIC_APP, CODE_ONLY, FAPI_APP, OTHER_APP, THIRD_PARTY, fapi_key};
pub use build::{Binaries, build_service, build_twin};
pub use persona::{EVERY_SCOPE, Persona, Role};
pub use postgres::{PostgresServer, RunDatabase};
pub use scanner::{Health, Scanner, eicar};
pub use service::Service;
pub use start::{Away, Plan, Started};
pub use temporary::TemporaryDirectory;
pub use world::{Account, Member, Newcomer, Wanted, Wish, World, seed};

use crate::{
    catcher::Catcher,
    client::{Target, TlsError},
    forge::{Forge, ForgeError},
    insurer::Insurer,
    observe::{ObserveError, Observer},
};
use std::path::PathBuf;

/// Which database the service runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// The embedded one; nothing to install.
    Sqlite,
    /// The server named by `BRIGANDINE_TEST_POSTGRES`.
    Postgres,
}

impl Database {
    /// The name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Why the arena can't be built. The run itself failed; no verdict follows from it.
#[derive(Debug, thiserror::Error)]
pub enum ArenaError {
    /// A file or a process.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// The service did not build.
    #[error("the service does not build; cargo says why above")]
    Build,
    /// The service did not start, or not as promised.
    #[error("{0}")]
    Service(String),
    /// The forge did not start.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The service's authority can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The database can't be made or read.
    #[error(transparent)]
    Observe(#[from] ObserveError),
}

/// A running service and everything around it.
pub struct Arena {
    /// Where it listens.
    pub target: Target,
    /// The provider it trusts.
    pub forge: Forge,
    /// Whoever it calls.
    pub catcher: Catcher,
    /// Eyes on its database and log.
    pub observer: Observer,
    /// Its process; `None` when something else than a child process is attacked.
    pub service: Option<Service>,
    /// The insurer that it asks.
    pub insurer: Option<Insurer>,
    /// The scanner that it asks.
    pub scanner: Option<Scanner>,
    /// Its data directory.
    pub data_directory: PathBuf,
}

impl Arena {
    /// Whether what is attacked still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.service.as_ref().is_none_or(Service::is_alive)
    }
}
