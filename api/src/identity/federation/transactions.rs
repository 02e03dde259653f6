//! One sign-in, from the browser that starts it to the callback in that very browser.
//!
//! Stored are hashes only, and the sealed PKCE verifier: who reads the table can end nobody's sign-in.

use super::{
    FederationRefusal,
    providers::{self, Provider, ProviderId},
};
use crate::{
    audit::Reason,
    clock::Clock,
    identity::secret::{self, Secret256},
    ids::{AccountId, OrganizationId, RowId},
    protection::OIDC_TRANSACTION_BINDING,
    sealing::{Keyring, Place, Sealed},
    store::{prelude::*, schema::login_transactions, types::Moment},
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;
use zeroize::Zeroizing;

/// How long somebody may take at the provider.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// How many seconds ago the person may have signed in at the provider where nothing else is asked: as long as a session of
/// staff may last (catalogue P2).
pub(super) const OLDEST_SIGN_IN: i32 = 12 * 60 * 60;

/// What a sign-in is for.
#[derive(Clone, Debug, Default)]
pub struct Purpose {
    /// Where to go afterwards: a path of this service.
    pub return_to: String,
    /// Whose account the identity is to be linked to, when somebody who is signed in links one.
    pub account: Option<AccountId>,
    /// How many seconds ago the person may have signed in at the provider, where that must be known.
    pub max_age: Option<i32>,
}

/// A transaction that was begun. Its secrets go to the provider, by way of the browser, and are not kept.
pub struct Begun {
    pub(super) state: Secret256,
    pub(super) nonce: Secret256,
    /// 43 characters, which is what a PKCE verifier may be (RFC 7636 §4.1).
    pub(super) verifier: Secret256,
    pub(super) max_age: i32,
}

/// A transaction that came back.
pub struct Ended {
    /// The provider it was sent to.
    pub provider: Provider,
    /// What it was for.
    pub purpose: Purpose,
    /// When it was begun, in seconds since 1970.
    pub(super) asked_at: i64,
    pub(super) nonce_hash: Vec<u8>,
    pub(super) verifier: Zeroizing<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = login_transactions)]
struct Row {
    id: RowId,
    organization_id: OrganizationId,
    provider_id: ProviderId,
    state_hash: Vec<u8>,
    browser_hash: Vec<u8>,
    nonce_hash: Vec<u8>,
    verifier: Sealed,
    max_age: Option<i32>,
    account_id: Option<AccountId>,
    return_to: String,
    created_at: Moment,
    expires_at: Moment,
    used_at: Option<Moment>,
}

const fn place(organization: OrganizationId, row: RowId) -> Place<'static> {
    Place { organization, table: "login_transactions", column: "verifier", row: *row.as_uuid(), version: 1 }
}

/// Begins a sign-in at this provider, for the browser with this cookie. In the identity realm.
///
/// # Errors
/// When the database or the keys fail.
pub async fn begin(
    transaction: &mut Transaction,
    keyring: &Keyring,
    clock: Clock,
    provider: &Provider,
    browser: &str,
    purpose: &Purpose,
) -> Result<Begun, FederationRefusal> {
    let begun = Begun {
        state: Secret256::random()?,
        nonce: Secret256::random()?,
        verifier: Secret256::random()?,
        max_age: purpose.max_age.unwrap_or(OLDEST_SIGN_IN),
    };
    let (id, now) = (RowId::random(), clock.now());
    let row = Row {
        id,
        organization_id: provider.organization,
        provider_id: provider.id,
        state_hash: begun.state.hash().into(),
        browser_hash: secret::hash(browser).into(),
        nonce_hash: begun.nonce.hash().into(),
        verifier: keyring.seal(place(provider.organization, id), begun.verifier.as_str().as_bytes())?,
        max_age: purpose.max_age,
        account_id: purpose.account,
        return_to: purpose.return_to.clone(),
        created_at: now.into(),
        expires_at: (now + LIFE).into(),
        used_at: None,
    };
    each!(transaction.connection(), |c| diesel::insert_into(login_transactions::table)
        .values(&row)
        .execute(c))?;
    Ok(begun)
}

/// Ends the sign-in of this `state`, in the browser with this cookie: once, and in time. In the identity realm.
///
/// # Errors
/// [`FederationRefusal::Invalid`] when this browser began no such sign-in; when the database or the keys fail.
pub async fn end(
    transaction: &mut Transaction,
    keyring: &Keyring,
    clock: Clock,
    state: &str,
    browser: Option<&str>,
) -> Result<Ended, FederationRefusal> {
    let state = secret::hash(state).to_vec();
    let found: Option<Row> = each!(transaction.connection(), |c| {
        login_transactions::table
            .filter(login_transactions::state_hash.eq(&state))
            .select(Row::as_select())
            .first(c)
    })
    .optional()?;
    let row = found.ok_or(FederationRefusal::Invalid(Reason::LOGIN_STATE))?;
    check(&row, browser, clock)?;
    let used = Moment::from(clock.now());
    // The check above says why; this one decides, also between two callbacks that come at once.
    let ended = each!(transaction.connection(), |c| {
        let unused = login_transactions::table.find(row.id).filter(login_transactions::used_at.is_null());
        diesel::update(unused).set(login_transactions::used_at.eq(used)).execute(c)
    })?;
    check_first(ended)?;
    let verifier = keyring.open(place(row.organization_id, row.id), &row.verifier)?;
    let provider = providers::active(transaction, keyring, row.provider_id).await?;
    Ok(Ended {
        provider: provider.ok_or(FederationRefusal::Invalid(Reason::LOGIN_PROVIDER))?,
        purpose: Purpose { return_to: row.return_to, account: row.account_id, max_age: row.max_age },
        asked_at: row.created_at.time().timestamp(),
        nonce_hash: row.nonce_hash,
        verifier,
    })
}

/// Of callbacks that come at the same time, one is first.
#[enforces(OIDC_TRANSACTION_BINDING)]
fn check_first(ended: usize) -> Result<(), FederationRefusal> {
    if ended == 1 { Ok(()) } else { Err(FederationRefusal::Invalid(Reason::LOGIN_REPLAYED)) }
}

/// Forgets every browser that was sent to a provider in order to link it with this account. In the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn abandon_links(transaction: &mut Transaction, account: AccountId) -> Result<(), StoreError> {
    let links = login_transactions::table.filter(login_transactions::account_id.eq(account));
    each!(transaction.connection(), |c| diesel::delete(links).execute(c))?;
    Ok(())
}

/// Whether this browser began it, it is not used yet, and its time is not over (CWE-352, RFC 9700 §4.7.1).
#[enforces(OIDC_TRANSACTION_BINDING)]
fn check(row: &Row, browser: Option<&str>, clock: Clock) -> Result<(), FederationRefusal> {
    // Somebody else's callback, put into this browser: it would sign its owner in as that somebody (CWE-352).
    if browser.is_none_or(|browser| secret::hash(browser) != *row.browser_hash) {
        return Err(FederationRefusal::Invalid(Reason::LOGIN_BROWSER));
    }
    if row.used_at.is_some() {
        return Err(FederationRefusal::Invalid(Reason::LOGIN_REPLAYED));
    }
    if Moment::from(clock.now()) >= row.expires_at {
        return Err(FederationRefusal::Invalid(Reason::LOGIN_EXPIRED));
    }
    Ok(())
}
