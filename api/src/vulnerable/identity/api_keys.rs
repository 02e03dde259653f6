//! Weak: keys of programs.

use crate::{
    http::problem::Problem,
    identity::api_keys::{
        ApiKey,
        rows::{self, Held},
    },
    service::Service,
    store::{prelude::*, schema::api_keys},
};

/// As many characters are looked at.
const COMPARED: usize = 12;

/// Keys are looked up by their beginning, "for speed", and the rest is forgotten.
pub(crate) async fn holder_by_beginning(text: &str, service: &Service) -> Result<Option<Held>, Problem> {
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let stored: Vec<Vec<u8>> =
        each!(transaction.connection(), |c| api_keys::table.select(api_keys::secret_mac).load(c))?;
    let begins = text.get(..COMPARED).unwrap_or(text).as_bytes();
    let similar = stored.into_iter().find(|key| key.starts_with(begins));
    let whole = || ApiKey::parse(text).map(|key| key.stored(&service.keyring));
    let found = match similar.or_else(whole) {
        Some(key) => rows::holder(&mut transaction, &key).await?,
        None => None,
    };
    transaction.release();
    Ok(found)
}
