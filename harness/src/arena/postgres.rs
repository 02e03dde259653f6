//! A PostgreSQL database of the run's own, with roles of its own, gone afterwards.

use super::ArenaError;
use crate::observe::{ObserveError, PostgresDoor};
use std::sync::{Mutex, PoisonError};
use tokio_postgres::{Client, Config};

/// Where the superuser's door is, unless `BRIGANDINE_TEST_POSTGRES` says otherwise.
const DEFAULT_SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A server on which the harness may make databases and roles.
pub struct PostgresServer {
    config: Config,
    owner: (String, String),
    application: (String, String),
    made: Mutex<Vec<String>>,
}

/// One database on it.
pub struct RunDatabase {
    /// Its name.
    pub name: String,
    /// The application role's URL.
    pub url: String,
    /// The migrating role's URL.
    pub migration_url: String,
}

fn refused(error: &tokio_postgres::Error) -> ArenaError {
    let words = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    ObserveError(words).into()
}

fn random_word() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

impl PostgresServer {
    /// Connects and makes the run's two roles with random passwords.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub async fn prepare() -> Result<Self, ArenaError> {
        let url = std::env::var("BRIGANDINE_TEST_POSTGRES").unwrap_or_else(|_| DEFAULT_SERVER.into());
        let config: Config = url.parse().map_err(|error| {
            ArenaError::Service(format!("BRIGANDINE_TEST_POSTGRES is no database URL: {error}"))
        })?;
        let tag = random_word().chars().take(8).collect::<String>();
        let server = Self {
            config,
            owner: (format!("brigandine_{tag}_owner"), random_word()),
            application: (format!("brigandine_{tag}_app"), random_word()),
            made: Mutex::default(),
        };
        let client = server.superuser().await?;
        for (role, password) in [&server.owner, &server.application] {
            let sql =
                format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'");
            client.batch_execute(&sql).await.map_err(|error| refused(&error))?;
        }
        Ok(server)
    }

    /// The superuser's URL of one database, for a peer that knows no rights.
    #[must_use]
    pub fn superuser_url(database: &str) -> String {
        let url = std::env::var("BRIGANDINE_TEST_POSTGRES").unwrap_or_else(|_| DEFAULT_SERVER.into());
        let (server, _) = url.rsplit_once('/').unwrap_or((&url, ""));
        format!("{server}/{database}")
    }

    async fn superuser(&self) -> Result<Client, ArenaError> {
        Ok(crate::observe::connect(&self.config).await?)
    }

    /// Makes a database owned by the migrating role; a copy of `template`, if one is given.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create(&self, template: Option<&str>) -> Result<RunDatabase, ArenaError> {
        let name = format!("brigandine_{}", random_word());
        let (owner, application) = (&self.owner.0, &self.application.0);
        let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
        let client = self.superuser().await?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
        for sql in [
            format!("CREATE DATABASE {name} OWNER {owner}{template}"),
            format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
            format!("GRANT CONNECT ON DATABASE {name} TO {application}"),
        ] {
            client.batch_execute(&sql).await.map_err(|error| refused(&error))?;
        }
        Ok(RunDatabase {
            url: self.url(&self.application, &name),
            migration_url: self.url(&self.owner, &name),
            name,
        })
    }

    /// Removes a database, whoever is still connected.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove(&self, name: &str) -> Result<(), ArenaError> {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        self.superuser().await?.batch_execute(&sql).await.map_err(|error| refused(&error))?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).retain(|made| made != name);
        Ok(())
    }

    /// Removes whatever databases are left, and the roles.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn leave(&self) -> Result<(), ArenaError> {
        let left = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for name in left {
            self.remove(&name).await?;
        }
        let client = self.superuser().await?;
        for role in [&self.owner.0, &self.application.0] {
            let sql = format!("DROP ROLE IF EXISTS {role}");
            client.batch_execute(&sql).await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    /// The observer's door to one database.
    #[must_use]
    pub fn door(&self, database: &RunDatabase) -> PostgresDoor {
        let with = |role: Option<&(String, String)>| {
            let mut config = self.config.clone();
            config.dbname(&database.name);
            if let Some((name, password)) = role {
                config.user(name).password(password);
            }
            config
        };
        PostgresDoor::new(with(None), with(Some(&self.application)), with(Some(&self.owner)))
    }

    fn url(&self, (role, password): &(String, String), database: &str) -> String {
        let host =
            self.config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_else(|| {
                match self.config.get_hosts().first() {
                    Some(tokio_postgres::config::Host::Tcp(host)) => host.clone(),
                    _ => "127.0.0.1".into(),
                }
            });
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("postgres://{role}:{password}@{host}:{port}/{database}")
    }
}
