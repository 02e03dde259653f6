//! Keys as the database holds them.

use crate::{
    clock::Clock,
    ids::{ApiKeyId, MemberId, OrganizationId, RegistrationId},
    store::{
        Store,
        prelude::*,
        schema::{api_keys, clients},
        types::{JsonText, Moment},
    },
};
use chrono::TimeDelta;

/// How exactly the last use is known. Writing it down at every use would make every reader a writer.
const EXACT: TimeDelta = TimeDelta::minutes(5);

/// A key.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKeyRow {
    /// The key's id.
    pub id: ApiKeyId,
    /// The organization whose program holds it.
    pub organization_id: OrganizationId,
    /// What its holder calls it.
    pub name: String,
    /// The beginning of the secret.
    pub hint: String,
    /// The scopes, one space between.
    pub scope: String,
    /// Where it may be used from.
    pub networks: JsonText,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it is refused.
    pub expires_at: Moment,
    /// When it was last used, to five minutes.
    pub last_used_at: Option<Moment>,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
}

/// A key to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys)]
pub struct NewApiKey<'a> {
    /// The key's id.
    pub id: ApiKeyId,
    /// The organization whose program holds it.
    pub organization_id: OrganizationId,
    /// The program's registration.
    pub client_id: RegistrationId,
    /// What its holder calls it.
    pub name: &'a str,
    /// The beginning of the secret.
    pub hint: &'a str,
    /// What the secret is recognised by.
    pub secret_mac: Vec<u8>,
    /// The scopes, one space between.
    pub scope: &'a str,
    /// Where it may be used from.
    pub networks: JsonText,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub created_at: Moment,
    /// From when on it is refused.
    pub expires_at: Moment,
}

/// A key together with the client that holds it.
pub(crate) struct Held {
    pub(super) key: ApiKeyRow,
    pub(super) client_id: String,
}

/// The key with this stored secret, if its client still stands.
pub(crate) async fn holder(transaction: &mut Transaction, secret: &[u8]) -> Result<Option<Held>, StoreError> {
    let found: Option<(ApiKeyRow, String)> = each!(transaction.connection(), |c| api_keys::table
        .inner_join(clients::table)
        .filter(api_keys::secret_mac.eq(secret))
        .filter(clients::status.eq("active"))
        .select((ApiKeyRow::as_select(), clients::client_id))
        .first(c))
    .optional()?;
    Ok(found.map(|(key, client_id)| Held { key, client_id }))
}

/// Notes that a key is in use, for its organization to see which ones are not.
pub(super) async fn used(store: &Store, key: &ApiKeyRow, clock: Clock) -> Result<(), StoreError> {
    let now = clock.now();
    if key.last_used_at.is_some_and(|last| now - last.time() < EXACT) {
        return Ok(());
    }
    let mut transaction = store.begin_identity(Mode::Write).await?;
    let id = key.id;
    each!(transaction.connection(), |c| diesel::update(api_keys::table.find(id))
        .set(api_keys::last_used_at.eq(Some(Moment::new(now))))
        .execute(c))?;
    transaction.commit().await
}
