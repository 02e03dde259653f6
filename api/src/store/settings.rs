//! What the store needs to know.

use super::StoreError;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};

/// Which database, and how to reach it.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The engine, with its file or URL.
    pub engine: Engine,
    /// Connections that each worker thread may hold open.
    pub connections_per_worker: usize,
    /// The certificate authority of a PostgreSQL server, as PEM. Without it only loopback and Unix sockets are accepted.
    pub root_certificate: Option<PathBuf>,
}

/// An engine.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Embedded, in this file.
    Sqlite(PathBuf),
    /// A server, as the application's role.
    Postgres(SecretString),
}

impl Engine {
    /// Reads `sqlite:FILE` (relative to `data_directory`) or `postgres://role@host/database`.
    ///
    /// # Errors
    /// For any other scheme. The choice is made here and never by trial: a mistyped URL must not quietly open an
    /// SQLite file of that name.
    pub fn from_url(url: &SecretString, data_directory: &Path) -> Result<Self, StoreError> {
        let text = url.expose_secret();
        if let Some(file) = text.strip_prefix("sqlite:") {
            if file.is_empty() || file.starts_with(':') || file.contains('?') {
                return Err(StoreError::settings(
                    "database.url: sqlite: must be followed by the name of a file",
                ));
            }
            return Ok(Self::Sqlite(data_directory.join(file)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.clone()));
        }
        Err(StoreError::settings("database.url: must start with sqlite: or postgres://"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_schemes_lead_somewhere() {
        let at = Path::new("/data");
        assert!(
            matches!(Engine::from_url(&"sqlite:b.sqlite".into(), at), Ok(Engine::Sqlite(file)) if file == Path::new("/data/b.sqlite"))
        );
        assert!(matches!(Engine::from_url(&"postgres://a@localhost/b".into(), at), Ok(Engine::Postgres(_))));
        for wrong in
            ["postgre://a@localhost/b", "b.sqlite", "sqlite:", "sqlite::memory:", "sqlite:b?mode=memory"]
        {
            assert!(Engine::from_url(&wrong.into(), at).is_err(), "{wrong}");
        }
    }
}
