//! The observer's door to a PostgreSQL database, as superuser; and doors for the service's own roles.

use super::{ObserveError, Row};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls};

/// A PostgreSQL database made for one run.
pub struct PostgresDoor {
    superuser: Config,
    application: Config,
    owner: Config,
    client: Mutex<Option<Client>>,
}

fn told(error: &tokio_postgres::Error) -> ObserveError {
    ObserveError(error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string))
}

impl PostgresDoor {
    /// The database as seen by its three roles.
    #[must_use]
    pub fn new(superuser: Config, application: Config, owner: Config) -> Self {
        Self { superuser, application, owner, client: Mutex::default() }
    }

    /// A session as the service's application role, under row-level security.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn as_application(&self) -> Result<Client, ObserveError> {
        connect(&self.application).await
    }

    /// A session as the migrating role, which owns the tables.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn as_owner(&self) -> Result<Client, ObserveError> {
        connect(&self.owner).await
    }

    /// A session as superuser, past row-level security.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn as_superuser(&self) -> Result<Client, ObserveError> {
        connect(&self.superuser).await
    }

    /// The name of the application role.
    #[must_use]
    pub fn application_role(&self) -> &str {
        self.application.get_user().unwrap_or_default()
    }

    pub(super) async fn rows(&self, table: &str, filter: &str) -> Result<Vec<Row>, ObserveError> {
        let sql = format!("SELECT row_to_json(t)::text FROM (SELECT * FROM {table} WHERE {filter}) t");
        let mut client = self.client.lock().await;
        let rows = self.ready(&mut client).await?.query(&sql, &[]).await.map_err(|error| told(&error))?;
        Ok(rows.iter().filter_map(|row| Row::parse(row.try_get(0).ok()?)).collect())
    }

    pub(super) async fn execute(&self, sql: &str) -> Result<u64, ObserveError> {
        let mut client = self.client.lock().await;
        self.ready(&mut client).await?.execute(sql, &[]).await.map_err(|error| told(&error))
    }

    async fn ready<'c>(&self, client: &'c mut Option<Client>) -> Result<&'c Client, ObserveError> {
        if client.as_ref().is_none_or(Client::is_closed) {
            *client = Some(connect(&self.superuser).await?);
        }
        client.as_ref().ok_or_else(|| ObserveError("no connection".into()))
    }
}

/// Opens a session; its background task ends with the client.
pub(crate) async fn connect(config: &Config) -> Result<Client, ObserveError> {
    let (client, connection) = config.connect(NoTls).await.map_err(|error| told(&error))?;
    tokio::spawn(connection);
    Ok(client)
}
