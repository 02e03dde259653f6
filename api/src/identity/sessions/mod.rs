//! Sessions: a browser in which somebody signed in.
//!
//! The browser holds a secret in a cookie; the row holds its hash. A session ends by itself (idle, or at its absolute
//! limit), or is ended: then every grant and token that came of it ends with it, at once and on every replica.

mod browser;
mod ending;
mod forms;
mod limits;
mod list;
mod only;
mod origin;
mod owner;

pub use ending::{end, end_all, end_half_open};
pub use limits::Limits;
pub use list::endpoints;
pub use origin::Origin;
pub(in crate::identity) use origin::vouched_by;
pub use owner::{Owner, Visitor, challenged_owner, fresh_owner, fresh_owner_or_sign_in, owner, visitor};

use super::{
    accounts::Standing,
    secret::{self, Secret256},
};
use crate::{
    audit::Reason,
    clock::Clock,
    http::{problem::Problem, visit::Visit},
    ids::{AccountId, SessionId},
    protection::{SESSION_TERMINATION, SESSION_TIMEOUTS},
    store::{prelude::*, schema::sessions, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Duration, Utc};

/// The cookie that holds the secret.
pub const COOKIE: &str = "__Host-session";
/// At most so many sessions of one account that are complete, and as many that wait for a factor; of each kind the oldest
/// gives way to the newest.
const MOST: i64 = 10;

/// A session that stands.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Its id: the `sid` of its tokens.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// `1` after one factor, `2` after two; none while a factor is missing that the account needs.
    pub acr: Option<String>,
    /// The methods that were used (RFC 8176), one space between.
    pub amr: String,
    /// What the browser calls itself.
    pub name: String,
    /// When somebody last signed in or confirmed that it is still them.
    pub authenticated_at: Moment,
    /// When it was last used.
    pub last_used_at: Moment,
    /// How long it may rest.
    pub idle_seconds: i32,
    /// When it ends whatever happens.
    pub expires_at: Moment,
    /// When it began.
    pub created_at: Moment,
    /// When it was ended before its time.
    pub ended_at: Option<Moment>,
    /// By whose word it began.
    #[diesel(embed)]
    pub origin: Origin,
}

/// How somebody signed in.
#[derive(Debug)]
pub struct SignedIn<'a> {
    /// Who: an account that stands in the transaction that lets them in.
    pub standing: &'a Standing,
    /// By whose word. What takes the place of another session inherits its origin.
    pub origin: Origin,
    /// When they showed who they are, if that was earlier than now.
    pub at: Option<DateTime<Utc>>,
    /// `1`, `2`, or none while a factor is missing.
    pub acr: Option<&'a str>,
    /// The methods (RFC 8176).
    pub amr: &'a str,
    /// How long such a session may last.
    pub limits: Limits,
}

/// Why a session does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was ended.
    Ended,
    /// It rested too long.
    Idle,
    /// It is as old as one may become.
    Absolute,
}

impl Over {
    /// For the audit log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Ended => Reason::SESSION_ENDED,
            Self::Idle => Reason::SESSION_IDLE,
            Self::Absolute => Reason::SESSION_ABSOLUTE,
        }
    }
}

impl Session {
    /// Whether it stands now.
    ///
    /// # Errors
    /// Why it does not.
    pub fn stands(&self, now: DateTime<Utc>) -> Result<(), Over> {
        self.check_ended()?;
        self.check_age(now)?;
        self.check_rest(now)
    }

    /// A session that was ended is over at once, on every replica: nothing of it is remembered (ASVS 7.4.1).
    #[enforces(SESSION_TERMINATION)]
    fn check_ended(&self) -> Result<(), Over> {
        if self.ended_at.is_some() { Err(Over::Ended) } else { Ok(()) }
    }

    /// A session ends on its day, however much it is used: what was stolen is of use for so long at most (ASVS 7.3.2).
    #[enforces(SESSION_TIMEOUTS)]
    fn check_age(&self, now: DateTime<Utc>) -> Result<(), Over> {
        if now < self.expires_at.time() { Ok(()) } else { Err(Over::Absolute) }
    }

    /// A session that rests too long is over: the browser may have been left to somebody else (ASVS 7.3.1).
    #[enforces(SESSION_TIMEOUTS)]
    fn check_rest(&self, now: DateTime<Utc>) -> Result<(), Over> {
        let until = self.last_used_at.time() + Duration::seconds(self.idle_seconds.into());
        if now < until { Ok(()) } else { Err(Over::Idle) }
    }

    /// Whether every factor that the account needs was shown.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.acr.is_some()
    }
}

/// Begins a session. Answers the secret for the cookie.
///
/// # Errors
/// When the database is gone, or the system gives no random numbers.
pub async fn begin(
    transaction: &mut Transaction,
    visit: &Visit,
    signed_in: SignedIn<'_>,
) -> Result<(SessionId, Secret256), Problem> {
    make_room(transaction, &visit.service.identifier, &signed_in, visit.service.clock).await?;
    begin_anew(transaction, visit, signed_in).await
}

/// A session always begins with a new secret: one that was planted in the browser before the sign-in is worth nothing
/// afterwards (CWE-384; ASVS 7.2.4).
#[enforces(SESSION_TERMINATION, otherwise = crate::vulnerable::identity::sessions::adopt_planted)]
async fn begin_anew(
    transaction: &mut Transaction,
    visit: &Visit,
    signed_in: SignedIn<'_>,
) -> Result<(SessionId, Secret256), Problem> {
    keep(transaction, visit, signed_in, Secret256::random()?).await
}

/// Writes down the session that is opened by this secret.
pub(crate) async fn keep(
    transaction: &mut Transaction,
    visit: &Visit,
    signed_in: SignedIn<'_>,
    secret: Secret256,
) -> Result<(SessionId, Secret256), Problem> {
    let (id, now) = (SessionId::random(), visit.service.clock.now());
    let name = browser::name(visit.header("user-agent"));
    let values = (
        sessions::id.eq(id),
        sessions::account_id.eq(signed_in.standing.id()),
        sessions::secret_hash.eq(secret.hash().to_vec()),
        sessions::acr.eq(signed_in.acr),
        sessions::amr.eq(signed_in.amr),
        sessions::name.eq(name),
        sessions::authenticated_at.eq(Moment::new(signed_in.at.map_or(now, |at| at.min(now)))),
        sessions::last_used_at.eq(Moment::new(now)),
        sessions::idle_seconds.eq(signed_in.limits.idle_seconds),
        sessions::expires_at.eq(Moment::new(now + signed_in.limits.absolute())),
        sessions::created_at.eq(Moment::new(now)),
        signed_in.origin,
    );
    each!(transaction.connection(), |c| diesel::insert_into(sessions::table).values(values).execute(c))
        .map_err(StoreError::from)?;
    Ok((id, secret))
}

/// Ends the oldest sessions of an account that has as many as it may of the kind of the new one (ASVS 7.1.2).
#[enforces(SESSION_TERMINATION)]
async fn make_room(
    transaction: &mut Transaction,
    issuer: &str,
    new: &SignedIn<'_>,
    clock: Clock,
) -> Result<(), StoreError> {
    let surplus: Vec<SessionId> = each!(transaction.connection(), |c| {
        let mut standing = sessions::table
            .filter(sessions::account_id.eq(new.standing.id()))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(Moment::new(clock.now())))
            .select(sessions::id)
            .order(sessions::created_at.desc())
            .offset(MOST - 1)
            .limit(1000)
            .into_boxed();
        standing = match new.acr {
            Some(_) => only::of_strength(standing, sessions::acr.is_not_null()),
            None => only::of_strength(standing, sessions::acr.is_null()),
        };
        standing = match new.origin.organization() {
            Some(organization) => {
                only::of_origin(standing, sessions::provider_organization_id.eq(organization))
            }
            None => only::of_origin(standing, sessions::provider_organization_id.is_null()),
        };
        standing.load(c)
    })?;
    for session in surplus {
        end(transaction, issuer, session, clock).await?;
    }
    Ok(())
}

/// The session of a visit's cookie, whether it stands or not.
///
/// # Errors
/// When the database is gone.
pub async fn of_visit(transaction: &mut Transaction, visit: &Visit) -> Result<Option<Session>, StoreError> {
    let Some(secret) = visit.cookie(COOKIE) else { return Ok(None) };
    let hash = secret::hash(secret).to_vec();
    let found = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::secret_hash.eq(&hash))
        .select(Session::as_select())
        .first(c))
    .optional()?;
    Ok(found)
}

/// The sessions of an account that stand, newest first.
///
/// # Errors
/// When the database is gone.
pub async fn of_account(
    transaction: &mut Transaction,
    account: AccountId,
    clock: Clock,
) -> Result<Vec<Session>, StoreError> {
    let now = clock.now();
    let rows: Vec<Session> = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(Moment::new(now)))
        .order(sessions::created_at.desc())
        .select(Session::as_select())
        .load(c))?;
    Ok(rows.into_iter().filter(|session| session.stands(now).is_ok()).collect())
}

/// The session of that id.
///
/// # Errors
/// When the database is gone.
pub async fn by_id(transaction: &mut Transaction, id: SessionId) -> Result<Option<Session>, StoreError> {
    let found =
        each!(transaction.connection(), |c| sessions::table.find(id).select(Session::as_select()).first(c))
            .optional()?;
    Ok(found)
}

/// The session of that id, locked until the end of the transaction: nobody ends it meanwhile.
///
/// # Errors
/// When the database is gone.
pub(in crate::identity) async fn hold(
    transaction: &mut Transaction,
    id: SessionId,
) -> Result<Option<Session>, StoreError> {
    match transaction.connection() {
        Connection::Postgres(connection) => {
            let row = sessions::table.find(id).select(Session::as_select()).for_no_key_update();
            Ok(row.first(&mut **connection).await.optional()?)
        }
        // The one writer is alone.
        Connection::Sqlite(_) => by_id(transaction, id).await,
    }
}

/// Notes that a session was used, which it may be for another idle time from now on. Called where it was used rightly
/// only: an attempt that failed must not keep it alive.
///
/// # Errors
/// When the database is gone.
pub async fn touch(transaction: &mut Transaction, id: SessionId, clock: Clock) -> Result<(), StoreError> {
    let now = Moment::new(clock.now());
    each!(transaction.connection(), |c| diesel::update(sessions::table.find(id))
        .set(sessions::last_used_at.eq(now))
        .execute(c))?;
    Ok(())
}
