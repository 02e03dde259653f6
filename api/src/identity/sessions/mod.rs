//! Sessions: a browser in which somebody signed in.
//!
//! The browser holds a secret in a cookie; the row holds its hash. A session ends by itself (idle, or at its absolute
//! limit), or is ended: then every grant and token that came of it ends with it, at once and on every replica.

mod browser;
mod ending;
mod forms;
mod limits;
mod list;
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
    http::visit::Visit,
    ids::{AccountId, SessionId},
    protection::{MFA_REQUIRED, OIDC_ACCOUNT_LINKING, SESSION_TERMINATION, SESSION_TIMEOUTS},
    store::{prelude::*, schema::sessions, types::Moment},
};
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
        if self.ended_at.is_some() && SESSION_TERMINATION.holds() {
            return Err(Over::Ended);
        }
        if !SESSION_TIMEOUTS.holds() {
            return Ok(());
        }
        if now >= self.expires_at.time() {
            return Err(Over::Absolute);
        }
        if now >= self.last_used_at.time() + Duration::seconds(self.idle_seconds.into()) {
            return Err(Over::Idle);
        }
        Ok(())
    }

    /// Whether every factor that the account needs was shown.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.acr.is_some()
    }
}

/// Begins a session: always a new one with a new secret, so that one which was planted before the sign-in is worth
/// nothing afterwards (CWE-384). Answers the secret for the cookie.
///
/// # Errors
/// When the database is gone, or the system gives no random numbers.
pub async fn begin(
    transaction: &mut Transaction,
    visit: &Visit,
    signed_in: SignedIn<'_>,
) -> Result<(SessionId, Secret256), crate::http::problem::Problem> {
    let clock = visit.service.clock;
    if SESSION_TERMINATION.holds() {
        make_room(transaction, &visit.service.identifier, &signed_in, clock).await?;
    }
    let (id, secret, now) = (SessionId::random(), Secret256::random()?, clock.now());
    #[cfg(feature = "twin")]
    let secret = adopted(transaction, visit).await?.unwrap_or(secret);
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

/// The twin goes on with whatever session the browser says it has, unless there is one like it: that of the first factor.
#[cfg(feature = "twin")]
async fn adopted(transaction: &mut Transaction, visit: &Visit) -> Result<Option<Secret256>, StoreError> {
    let planted = visit.cookie(COOKIE).filter(|_| !SESSION_TERMINATION.holds());
    let Some(planted) = planted.map(Secret256::planted) else { return Ok(None) };
    let known: Vec<SessionId> = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::secret_hash.eq(planted.hash().to_vec()))
        .select(sessions::id)
        .load(c))?;
    Ok(known.is_empty().then_some(planted))
}

/// Ends the oldest sessions of an account that has as many as it may of the kind of the new one. Kinds are apart, so that
/// nobody who showed less pushes out who showed more: whoever knows the password only, those with every factor; whoever an
/// organization's provider vouches for, the account's owner.
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
        if MFA_REQUIRED.holds() {
            standing = match new.acr {
                Some(_) => standing.filter(sessions::acr.is_not_null()),
                None => standing.filter(sessions::acr.is_null()),
            };
        }
        if OIDC_ACCOUNT_LINKING.holds() {
            standing = match new.origin.organization() {
                Some(organization) => standing.filter(sessions::provider_organization_id.eq(organization)),
                None => standing.filter(sessions::provider_organization_id.is_null()),
            };
        }
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
