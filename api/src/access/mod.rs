//! What a caller may do.
//!
//! [`enter`] is the only door to rows: it takes a verified [`Caller`], looks up who that is in the organization the
//! token is for, asks the [`policy`], and hands out an [`Allowed`] with an open [`Tenant`] transaction. Who lacks the
//! permission has neither.

mod effect;
pub(crate) mod only;
pub mod permission;
pub mod policy;
mod role;
mod scope;
mod strength;
mod tenant;

pub use effect::Effect;
pub use permission::{Permission, PermissionName};
pub use policy::{Allowed, Reach};
pub use role::Role;
pub(crate) use scope::in_plain_words;
pub(crate) use strength::step_up;
pub use strength::{Demand, Strength, step_up_now};
pub use tenant::Tenant;

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    identity::{Caller, TokenRefusal, networks::Networks},
    protection::{
        AUTHZ_IMMEDIATE, AUTHZ_OBJECT_REFERENCE, AUTHZ_SCOPE, AUTHZ_SERVICE_ACCOUNT, DB_RLS_CONTEXT,
        TENANT_FROM_TOKEN, TOKEN_REVOCATION,
    },
    store::{Lookup, Membership, Mode, Question, Store, StoreError, Transaction},
};
use actix_web::{
    HttpRequest,
    http::header::{HeaderValue, WWW_AUTHENTICATE},
};
use brigandine_enforce::enforces;
use std::net::IpAddr;

/// Refuses a token whose scopes do not cover the permission (RFC 6750 §3.1): a token for one purpose opens nothing
/// else.
///
/// # Errors
/// `insufficient-scope`, naming the scope that is missing.
#[enforces(AUTHZ_SCOPE)]
pub fn check_scope(caller: &Caller, permission: PermissionName) -> Result<(), Problem> {
    let scope = permission.scope();
    if caller.scopes().contains(scope) {
        return Ok(());
    }
    let problem = Problem::new(Kind::InsufficientScope).because(Reason::SCOPE);
    let challenge = format!(r#"Bearer realm="clinic", error="insufficient_scope", scope="{scope}""#);
    Err(match HeaderValue::from_str(&challenge) {
        Ok(challenge) => problem.with_header(WWW_AUTHENTICATE, challenge),
        Err(_) => problem,
    })
}

/// Opens the caller's organization for an operation that needs `P`.
///
/// The membership is read in the same transaction as the data, so a role that was taken away a moment ago is gone
/// here, however long the token still lives.
///
/// # Errors
/// `invalid-token` for somebody who is no active member, `client-network` for a program outside its networks, `forbidden`
/// for a role without the permission, `insufficient-user-authentication` and `mfa-enrolment-required` for too weak a sign-in,
/// `dependency-unavailable` when the database does not answer.
pub async fn enter<P: Permission>(
    store: &Store,
    caller: &Caller,
    mode: Mode,
    demand: Demand,
) -> Result<(Allowed<P>, Tenant), Problem> {
    check_scope(caller, P::NAME)?;
    let (transaction, membership) = begin(store, caller, mode).await?;
    let allowed = admit(caller, membership, demand)?;
    Ok((allowed, Tenant::new(transaction, caller.organization())))
}

/// Opens a transaction that knows the caller's organization, by its id and until it ends, whoever had the connection
/// before; and reads the membership in it.
#[enforces(DB_RLS_CONTEXT, otherwise = crate::vulnerable::access::begin_without_context)]
async fn begin(
    store: &Store,
    caller: &Caller,
    mode: Mode,
) -> Result<(Transaction, Option<Membership>), StoreError> {
    store.begin_for(caller.organization(), mode, lookup(caller)).await
}

/// Everybody acts in their own name, whomever else the request names (CWE-441).
#[enforces(AUTHZ_OBJECT_REFERENCE, otherwise = crate::vulnerable::access::in_the_name_of_another)]
pub(crate) fn in_own_name<P: Permission>(allowed: Allowed<P>, _request: &HttpRequest) -> Allowed<P> {
    allowed
}

/// Everybody works in the organization of their token, whichever else the request names (CWE-639).
#[enforces(TENANT_FROM_TOKEN, otherwise = crate::vulnerable::access::in_the_organization_named)]
pub(crate) async fn in_own_organization(
    tenant: Tenant,
    _request: &HttpRequest,
) -> Result<Tenant, StoreError> {
    Ok(tenant)
}

/// As [`enter`], for a single row that is read in the trip that reads the membership. It is given to nobody who is refused.
/// `None`: not in one trip, so [`enter`].
///
/// # Errors
/// As [`enter`].
pub async fn look<P: Permission, R>(
    store: &Store,
    caller: &Caller,
    demand: Demand,
    question: impl Fn() -> Question<R>,
) -> Result<Option<(Allowed<P>, Option<R>)>, Problem> {
    check_scope(caller, P::NAME)?;
    let found = store.read_one(caller.organization(), lookup(caller), question).await?;
    let Some((membership, row)) = found else { return Ok(None) };
    Ok(Some((admit(caller, membership, demand)?, row)))
}

/// What else the caller may do, for an operation that gathers what others show: as much of `Q` as they would have had by
/// asking for it, and nothing that their token does not cover. Who does something in a caller's name has no rights of
/// its own to lend (CWE-441).
#[enforces(AUTHZ_SERVICE_ACCOUNT, otherwise = crate::vulnerable::access::rights_of_a_worker)]
pub(crate) fn also<P: Permission, Q: Permission>(
    caller: &Caller,
    allowed: &Allowed<P>,
) -> Option<Allowed<Q>> {
    check_scope(caller, Q::NAME).ok()?;
    allowed.also()
}

fn admit<P: Permission>(
    caller: &Caller,
    membership: Option<Membership>,
    demand: Demand,
) -> Result<Allowed<P>, Problem> {
    let membership = not_revoked(membership.ok_or(TokenRefusal::token(Reason::MEMBER_UNKNOWN))?)?;
    let membership = active(membership)?;
    check_network(caller, &membership, demand.source)?;
    let allowed = policy::authorize::<P>(caller, membership)?;
    strength::check(caller, allowed.role(), P::NAME.effect().strength(), demand)?;
    Ok(allowed)
}

/// Programs may be bound to networks: all of a program's credentials, and a single key further. So a stolen one is of use
/// to nobody outside.
fn check_network(caller: &Caller, membership: &Membership, source: IpAddr) -> Result<(), Problem> {
    let member = Networks::from_stored(&membership.networks.0);
    if member.is_some_and(|networks| networks.admit(source)) && caller.networks().admit(source) {
        return Ok(());
    }
    Err(Problem::new(Kind::ClientNetwork).because(Reason::NETWORK))
}

pub(crate) fn lookup(caller: &Caller) -> Lookup<'_> {
    Lookup { issuer: caller.issuer(), subject: caller.subject(), revocation_keys: caller.revocation_keys() }
}

/// Refuses a token that was ended before its time. It is looked up with the membership, so that a revocation holds with
/// the next request, on every replica.
#[enforces(TOKEN_REVOCATION)]
fn not_revoked(membership: Membership) -> Result<Membership, Problem> {
    if membership.revoked {
        return Err(TokenRefusal::token(Reason::TOKEN_REVOKED).into());
    }
    Ok(membership)
}

/// A suspended or removed member, or one of a closed organization, is nobody, with the next request: it is asked of the
/// membership as the database has it now, and of none that was kept (ASVS 8.3.2).
#[enforces(AUTHZ_IMMEDIATE, otherwise = crate::vulnerable::access::active_when_first_seen)]
fn active(membership: Membership) -> Result<Membership, Problem> {
    let active = membership.status == "active" && membership.organization_status == "active";
    if active { Ok(membership) } else { Err(TokenRefusal::token(Reason::MEMBER_INACTIVE).into()) }
}
