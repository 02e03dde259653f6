//! What second factors an account has.

use super::{FactorError, recovery};
use crate::{
    ids::{AccountId, RowId},
    store::{
        prelude::*,
        schema::{factors, recovery_codes},
        types::Moment,
    },
};

/// A factor, as its owner sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = factors)]
pub struct Factor {
    /// Its id.
    pub id: RowId,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What the owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: Moment,
    /// When it was last shown.
    pub last_used_at: Option<Moment>,
}

/// By what an account can show a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// A code of an authenticator.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
    /// A recovery code. They stand in for another factor, and are none by themselves.
    pub recovery: bool,
}

impl Ways {
    /// Whether the account has a second factor.
    #[must_use]
    pub const fn any(self) -> bool {
        self.totp || self.passkey
    }
}

/// By what the account can show a second factor.
///
/// # Errors
/// When the database fails.
pub async fn ways(transaction: &mut Transaction, account: AccountId) -> Result<Ways, FactorError> {
    let factors = list(transaction, account).await?;
    let has = |kind: &str| factors.iter().any(|factor| factor.kind == kind);
    let recovery = !factors.is_empty() && recovery::left(transaction, account).await? > 0;
    Ok(Ways { totp: has("totp"), passkey: has("passkey"), recovery })
}

/// The confirmed factors, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(transaction: &mut Transaction, account: AccountId) -> Result<Vec<Factor>, FactorError> {
    Ok(each!(transaction.connection(), |c| factors::table
        .filter(factors::account_id.eq(account))
        .filter(factors::confirmed_at.is_not_null())
        .order((factors::created_at.asc(), factors::id.asc()))
        .select(Factor::as_select())
        .load(c))?)
}

/// Takes a factor from the account; with the last one its recovery codes go, which are no factor of their own. `false`:
/// the account has no such factor.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    transaction: &mut Transaction,
    account: AccountId,
    factor: RowId,
) -> Result<bool, FactorError> {
    let own = factors::table.filter(factors::id.eq(factor)).filter(factors::account_id.eq(account));
    let removed = each!(transaction.connection(), |c| diesel::delete(own).execute(c))?;
    if list(transaction, account).await?.is_empty() {
        let codes = recovery_codes::table.filter(recovery_codes::account_id.eq(account));
        each!(transaction.connection(), |c| diesel::delete(codes).execute(c))?;
    }
    Ok(removed == 1)
}
