//! What was checked of an account must still be true when it takes effect.
//!
//! A password is hashed, a provider is asked, a form is filled in: meanwhile the account may have got another password, or
//! the session may have been ended. So a check answers a [`Verified`], which opens nothing. The transaction that acts turns
//! it into a [`Standing`] account, which is locked until that transaction ends, or learns that it is too late (CWE-367).

use super::Account;
use crate::{
    clock::Clock,
    identity::sessions::{self, Session},
    ids::{AccountId, SessionId},
    protection::SESSION_TERMINATION,
    store::{prelude::*, schema::accounts},
};
use brigandine_enforce::enforces;

/// An account as it was when something about it was checked.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Verified {
    account: AccountId,
    generation: i32,
    session: Option<SessionId>,
}

/// An account that is active and as it was checked, and stays so until the end of the transaction.
#[derive(Debug)]
pub struct Standing(Account);

impl Verified {
    /// An account whose own credentials were checked.
    pub const fn account(account: &Account) -> Self {
        Self { account: account.id, generation: account.generation, session: None }
    }

    /// An account that somebody is signed in to, or half way, in this session.
    pub const fn session(account: &Account, session: &Session) -> Self {
        Self { account: account.id, generation: account.generation, session: Some(session.id) }
    }

    /// An account that stands in a transaction, and a session that was begun in it, for a later step of the same request.
    pub const fn within(standing: &Standing, session: SessionId) -> Self {
        Self { session: Some(session), ..Self::account(&standing.0) }
    }

    /// The account, locked, if its credentials did not change since, and the session did not end. Whoever asks does so
    /// before everything else in a transaction for writing: so nobody waits in a circle.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn stands(
        self,
        transaction: &mut Transaction,
        clock: Clock,
    ) -> Result<Option<Standing>, StoreError> {
        let Some(Standing(account)) = hold(transaction, self.account).await? else { return Ok(None) };
        if !self.is_unchanged(&account) {
            return Ok(None);
        }
        if let Some(session) = self.session
            && !still_stands(transaction, session, clock).await?
        {
            return Ok(None);
        }
        Ok(Some(Standing(account)))
    }

    /// Whether the account is opened with what it was opened with when it was checked. Who knew the former password
    /// gets no further with what was begun with it (CWE-367).
    #[enforces(SESSION_TERMINATION, answers = true)]
    fn is_unchanged(self, account: &Account) -> bool {
        account.generation == self.generation
    }
}

/// Whether the session in which something was begun stands when it takes effect. Whoever was signed out meanwhile
/// finishes nothing (CWE-367, CWE-613).
#[enforces(SESSION_TERMINATION, answers = Ok(true))]
async fn still_stands(
    transaction: &mut Transaction,
    session: SessionId,
    clock: Clock,
) -> Result<bool, StoreError> {
    let session = sessions::hold(transaction, session).await?;
    Ok(session.is_some_and(|session| session.stands(clock.now()).is_ok()))
}

impl Standing {
    /// The account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.0
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.0.id
    }
}

/// Locks an account, if it is active: for whoever checks and acts in one transaction.
///
/// # Errors
/// When the database is gone.
pub async fn hold(transaction: &mut Transaction, id: AccountId) -> Result<Option<Standing>, StoreError> {
    // SQLite has one writer at a time, so a transaction for writing has everything locked.
    let found = match transaction.connection() {
        Connection::Postgres(connection) => {
            let row = accounts::table.find(id).select(Account::as_select()).for_no_key_update();
            row.first(&mut **connection).await.optional()?
        }
        Connection::Sqlite(_) => super::by_id(transaction, id).await?,
    };
    Ok(found.filter(Account::is_active).map(Standing))
}

/// Counts a change of what an account is opened with, and answers it as it is now.
///
/// # Errors
/// When the database is gone.
pub(in crate::identity) async fn next_generation(
    transaction: &mut Transaction,
    standing: &Standing,
) -> Result<Standing, StoreError> {
    let own = accounts::table.find(standing.id());
    let account = each!(transaction.connection(), |c| diesel::update(own)
        .set(accounts::generation.eq(accounts::generation + 1))
        .returning(Account::as_returning())
        .get_result(c))?;
    Ok(Standing(account))
}
