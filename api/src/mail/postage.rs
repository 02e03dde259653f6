//! How many mails go to addresses that somebody typed. Each of them is counted before it is written, in the transaction
//! that makes its link: a letter of these kinds can't be made without the [`Postage`] that counting gives.
//!
//! An address is counted over all organizations: a victim has one mailbox, whoever is named as the sender. The service
//! as a whole has limits too, for each kind its own, so that a flood of registrations keeps nobody from a new password.

use super::Mail;
use crate::{
    audit::{Event, EventName, Outcome, Reason},
    clock::Clock,
    http::problem::Problem,
    identity::accounts::{Email, NOBODY},
    ids::RowId,
    protection::RATE_COSTLY_SPEND,
    sealing::Keyring,
    service::Service,
    store::{prelude::*, schema::asked_mails, types::Moment},
    watch::MailMetrics,
};
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta, Utc};

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::hours(24);
/// The most that any limit of an address looks at.
const MOST: i64 = 20;
/// What the blind index over counted addresses is for.
const PURPOSE: &str = "asked-mail";

/// Why a mail goes to an address that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Somebody registers with it.
    Registration,
    /// Somebody forgot the password of its account.
    PasswordReset,
    /// An administrator invites it.
    Invitation,
    /// An account shall have it.
    EmailConfirmation,
}

impl Asked {
    /// As stored and counted: `password-reset`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::PasswordReset => "password-reset",
            Self::Invitation => "invitation",
            Self::EmailConfirmation => "email-confirmation",
        }
    }

    /// How many to one address, and in which time: a day at most.
    const fn to_address(self) -> &'static [(usize, TimeDelta)] {
        match self {
            Self::Registration | Self::EmailConfirmation => &[(3, HOUR), (10, DAY)],
            // The account's own limit is the address's.
            Self::PasswordReset => &[],
            // Of one organization at most three (`organizations::invitations::quota`).
            Self::Invitation => &[(6, HOUR), (20, DAY)],
        }
    }

    /// How many of the whole service in an hour. Invitations are limited for each organization, whose number is the
    /// operator's choice: one organization's flood must not keep another from inviting.
    const fn of_service(self) -> Option<i64> {
        match self {
            Self::Registration | Self::PasswordReset | Self::EmailConfirmation => Some(600),
            Self::Invitation => None,
        }
    }
}

/// The right to write one mail to an address that somebody typed.
#[derive(Debug)]
pub struct Postage(());

impl Postage {
    /// For a test of letters.
    #[cfg(test)]
    pub(crate) const fn of_test() -> Self {
        Self(())
    }
}

/// Counts a mail, or withholds it: whoever asked is told the same, as the answer would else tell who wrote to the address
/// before. It counts when the transaction is committed. The transaction must see the identity realm.
///
/// # Errors
/// When the database or the key provider is gone.
pub async fn stamp(
    transaction: &mut Transaction,
    keyring: &Keyring,
    metrics: &MailMetrics,
    (asked, email): (Asked, &Email),
    clock: Clock,
) -> Result<Option<Postage>, Problem> {
    // Two at once must not both find room for one.
    transaction.alone(&format!("asked mails: {}", asked.name())).await?;
    let (index, now) = (keyring.blind_index(NOBODY, PURPOSE, &email.folded())?.to_vec(), clock.now());
    if has_had_enough(transaction, asked, &index, now).await? {
        metrics.withheld(asked.name(), "address");
        tracing::warn!(mail.kind = asked.name(), "A mail was withheld: its address had too many of them");
        return Ok(None);
    }
    if are_enough_sent(transaction, asked, now).await? {
        metrics.withheld(asked.name(), "service");
        tracing::error!(
            mail.kind = asked.name(),
            "A mail was withheld: the service sent as many of its kind as it may in an hour; somebody may be flooding it"
        );
        return Ok(None);
    }
    let row = (
        asked_mails::id.eq(RowId::random()),
        asked_mails::kind.eq(asked.name()),
        asked_mails::address_index.eq(index),
        asked_mails::sent_at.eq(Moment::new(now)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(asked_mails::table).values(row).execute(c))
        .map_err(StoreError::from)?;
    Ok(Some(Postage(())))
}

/// Whether an address had as many mails of a kind as it may: nobody has the service fill a stranger's mailbox (OWASP API6).
#[enforces(RATE_COSTLY_SPEND, answers = Ok(false))]
async fn has_had_enough(
    transaction: &mut Transaction,
    asked: Asked,
    index: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let sent = match asked.to_address() {
        [] => Vec::new(),
        _ => sent_to(transaction, asked, index, now - DAY).await?,
    };
    let is_over = |&(most, window): &(usize, TimeDelta)| {
        sent.iter().filter(|at| at.time() > now - window).count() >= most
    };
    Ok(asked.to_address().iter().any(is_over))
}

/// Whether the service sent as many mails of a kind as it may in an hour, to whatever addresses: a flood costs no more than
/// these, and no good name with the mail servers of others (OWASP API4).
#[enforces(RATE_COSTLY_SPEND, answers = Ok(false))]
async fn are_enough_sent(
    transaction: &mut Transaction,
    asked: Asked,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(most) = asked.of_service() else { return Ok(false) };
    Ok(sent_in_all(transaction, asked, now - HOUR).await? >= most)
}

/// Tells the audit log that a stranger's request ends without a mail: one in many, as a flood must not become one of rows.
///
/// # Errors
/// When the audit log can't be written.
pub async fn withheld(service: &Service, asked: Asked, event: Event) -> Result<Option<Mail>, Problem> {
    if service.limits.samples(("mail withheld", asked.name())) {
        let (event_name, reason) = (EventName::ExcessRateLimitExceeded, Some(Reason::MAIL_WITHHELD));
        let event = Event { event: event_name, outcome: Outcome::Failure, reason, ..event };
        service.audit.record(event).await.map_err(|error| Problem::unavailable(&error))?;
    }
    Ok(None)
}

/// When mails of this kind went to the address since then: fewer than [`MOST`], as more are never sent.
async fn sent_to(
    transaction: &mut Transaction,
    asked: Asked,
    index: &[u8],
    since: DateTime<Utc>,
) -> Result<Vec<Moment>, StoreError> {
    Ok(each!(transaction.connection(), |c| asked_mails::table
        .filter(asked_mails::kind.eq(asked.name()))
        .filter(asked_mails::address_index.eq(index))
        .filter(asked_mails::sent_at.gt(Moment::new(since)))
        .order(asked_mails::sent_at.desc())
        .limit(MOST)
        .select(asked_mails::sent_at)
        .load(c))?)
}

/// How many mails of this kind were sent since then.
async fn sent_in_all(
    transaction: &mut Transaction,
    asked: Asked,
    since: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(each!(transaction.connection(), |c| asked_mails::table
        .filter(asked_mails::kind.eq(asked.name()))
        .filter(asked_mails::sent_at.gt(Moment::new(since)))
        .count()
        .get_result(c))?)
}

#[cfg(test)]
mod tests;
