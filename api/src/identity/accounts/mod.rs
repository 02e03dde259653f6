//! Accounts of the built-in provider: a person, who may be a member of several organizations.
//!
//! The e-mail address is sealed, and found by a blind index over its folded form: two spellings of one address are one
//! account. What an account may do is not written here but in its memberships.

mod email;
mod standing;

pub use email::Email;
pub(in crate::identity) use standing::next_generation;
pub use standing::{Standing, Verified, hold};

use crate::{
    clock::Clock,
    http::problem::Problem,
    identity::credentials::Changed,
    ids::{AccountId, OrganizationId},
    sealing::{Keyring, Place, Sealed, SealingError},
    store::{prelude::*, schema::accounts, types::Moment},
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What the blind index over e-mail addresses is for; changing it makes accounts unfindable.
const EMAIL: &str = "account-email";

/// An account.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Its id: the `sub` of its tokens.
    pub id: AccountId,
    /// The sealed address; see [`Account::email`].
    pub email: Sealed,
    /// When it was shown that mail reaches its owner.
    pub email_verified_at: Option<Moment>,
    /// As [`crate::identity::passwords`] stores it; none while no password was set.
    pub password_hash: Option<String>,
    /// `active` or `disabled`.
    pub status: String,
    /// The row's version, which its seals are bound to.
    pub version: i32,
    /// How often what it is opened with was changed.
    pub generation: i32,
}

/// An account to be made.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// The address.
    pub email: &'a Email,
    /// Whether mail is known to reach its owner.
    pub verified: bool,
    /// As [`crate::identity::passwords`] stores it.
    pub password_hash: Option<String>,
}

/// Why an account can't be had.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Sealing(#[from] SealingError),
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Sealing(error) => error.into(),
        }
    }
}

impl Account {
    /// Whether it may be used.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// Its address.
    ///
    /// # Errors
    /// When the seal does not hold.
    pub fn email(&self, keyring: &Keyring) -> Result<Zeroizing<String>, SealingError> {
        keyring.open(place(self.id, self.version), &self.email)
    }
}

/// The blind index of an address.
///
/// # Errors
/// When the key provider fails.
pub fn index(keyring: &Keyring, email: &Email) -> Result<[u8; 16], SealingError> {
    keyring.blind_index(NOBODY, EMAIL, &email.folded())
}

/// The account with this address.
///
/// # Errors
/// When the database or the key provider is gone.
pub async fn by_email(
    transaction: &mut Transaction,
    keyring: &Keyring,
    email: &Email,
) -> Result<Option<Account>, AccountError> {
    let index = index(keyring, email)?.to_vec();
    let found = each!(transaction.connection(), |c| accounts::table
        .filter(accounts::email_index.eq(&index))
        .select(Account::as_select())
        .first(c))
    .optional();
    Ok(found.map_err(StoreError::from)?)
}

/// The account with this id.
///
/// # Errors
/// When the database is gone.
pub async fn by_id(transaction: &mut Transaction, id: AccountId) -> Result<Option<Account>, StoreError> {
    let found =
        each!(transaction.connection(), |c| accounts::table.find(id).select(Account::as_select()).first(c))
            .optional()?;
    Ok(found)
}

/// Makes an account.
///
/// # Errors
/// `accounts_email_index_key` as a unique violation, when the address has one.
pub async fn create(
    transaction: &mut Transaction,
    keyring: &Keyring,
    clock: Clock,
    new: NewAccount<'_>,
) -> Result<AccountId, AccountError> {
    let (id, now) = (AccountId::random(), Moment::new(clock.now()));
    let values = (
        accounts::id.eq(id),
        accounts::email_index.eq(index(keyring, new.email)?.to_vec()),
        accounts::email.eq(keyring.seal(place(id, 1), new.email.as_str().as_bytes())?),
        accounts::email_verified_at.eq(new.verified.then_some(now)),
        accounts::password_changed_at.eq(new.password_hash.as_ref().map(|_| now)),
        accounts::password_hash.eq(new.password_hash),
        accounts::status.eq("active"),
        accounts::version.eq(1),
        accounts::created_at.eq(now),
    );
    each!(transaction.connection(), |c| diesel::insert_into(accounts::table).values(values).execute(c))
        .map_err(StoreError::from)?;
    Ok(id)
}

/// Puts a hash in place of another one of the same password. A password that was changed meanwhile stays.
///
/// # Errors
/// When the database is gone.
pub async fn rehash(
    transaction: &mut Transaction,
    id: AccountId,
    outdated: &str,
    password_hash: &str,
) -> Result<(), StoreError> {
    let unchanged = accounts::table.find(id).filter(accounts::password_hash.eq(outdated));
    each!(transaction.connection(), |c| diesel::update(unchanged)
        .set(accounts::password_hash.eq(password_hash))
        .execute(c))?;
    Ok(())
}

/// Where an account's address is sealed. Accounts belong to no tenant.
#[must_use]
pub fn place(id: AccountId, version: i32) -> Place<'static> {
    Place { organization: NOBODY, table: "accounts", column: "email", row: *id.as_uuid(), version }
}

/// Gives an account another password.
///
/// # Errors
/// When the database is gone.
pub async fn set_password(
    transaction: &mut Transaction,
    changed: &Changed,
    password_hash: &str,
    clock: Clock,
) -> Result<(), StoreError> {
    let id = changed.standing().id();
    let values = (
        accounts::password_hash.eq(password_hash),
        accounts::password_changed_at.eq(Moment::new(clock.now())),
    );
    each!(transaction.connection(), |c| diesel::update(accounts::table.find(id)).set(values).execute(c))?;
    Ok(())
}

/// Gives an account a confirmed address, sealed for the row's next version.
///
/// # Errors
/// `accounts_email_index_key` as a unique violation, when another account has it.
pub async fn set_email(
    transaction: &mut Transaction,
    keyring: &Keyring,
    changed: &Changed,
    email: &Email,
    clock: Clock,
) -> Result<(), AccountError> {
    let account = changed.standing().account();
    let version = account.version.saturating_add(1);
    let values = (
        accounts::email_index.eq(index(keyring, email)?.to_vec()),
        accounts::email.eq(keyring.seal(place(account.id, version), email.as_str().as_bytes())?),
        accounts::email_verified_at.eq(Moment::new(clock.now())),
        accounts::version.eq(version),
    );
    let same =
        accounts::table.filter(accounts::id.eq(account.id)).filter(accounts::version.eq(account.version));
    let changed = each!(transaction.connection(), |c| diesel::update(same).set(values).execute(c))
        .map_err(StoreError::from)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Busy.into()) }
}

/// The tenant of what belongs to none, in seals.
pub const NOBODY: OrganizationId = OrganizationId::from_uuid(Uuid::nil());
