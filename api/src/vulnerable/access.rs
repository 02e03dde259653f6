//! Weak: what a caller may do.

use crate::{
    access::{
        self, Allowed, Permission, PermissionName, Reach, Role, Tenant,
        policy::{granted, is_for_people},
    },
    audit::Reason,
    http::problem::Problem,
    identity::{Caller, TokenRefusal},
    ids::{MemberId, OrganizationId},
    protection::{
        AUTHZ_OBJECT_NONDISCLOSURE, AUTHZ_OBJECT_REFERENCE, DB_RLS_CONTEXT, LIMIT_WORK, Protection,
        TENANT_FROM_TOKEN,
    },
    store::{Connection, Membership, Mode, Store, StoreError, Transaction},
    twin,
    vulnerable::identity::tokens::tenant::as_it_came,
};
use actix_web::HttpRequest;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{LazyLock, Mutex, PoisonError},
};
use uuid::Uuid;

/// Whether a read goes in one trip. These are taken away in the transaction that it would do without.
pub(crate) fn keeps_its_walls() -> bool {
    const IN_TRANSACTION: [&Protection; 5] = [
        &AUTHZ_OBJECT_NONDISCLOSURE,
        &AUTHZ_OBJECT_REFERENCE,
        &DB_RLS_CONTEXT,
        &LIMIT_WORK,
        &TENANT_FROM_TOKEN,
    ];
    !twin::misses_single_marks() && !IN_TRANSACTION.into_iter().any(twin::is_off)
}

/// Memberships that nobody ever looks up again.
type Seen<K> = LazyLock<Mutex<HashMap<K, Membership>>>;

static CALLERS: Seen<(u128, OrganizationId)> = LazyLock::new(Mutex::default);
static MEMBERS: Seen<MemberId> = LazyLock::new(Mutex::default);

fn first_seen<K: Eq + Hash>(seen: &Seen<K>, key: K, membership: Membership) -> Membership {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.entry(key).or_insert(membership).clone()
}

/// What gathers in a caller's name does so with the rights of the service itself (CWE-441).
pub(crate) fn rights_of_a_worker<P: Permission, Q: Permission>(
    _: &Caller,
    allowed: &Allowed<P>,
) -> Option<Allowed<Q>> {
    Some(allowed.as_worker())
}

/// A program is a member like any other, and may do what people may.
pub(crate) fn reach_of_programs_and_people(role: Role, permission: PermissionName) -> Result<Reach, Problem> {
    if role == Role::Service && is_for_people(permission) {
        return Ok(Reach::Organization);
    }
    granted(role, permission)
}

/// A cache of memberships that nobody ever empties.
pub(crate) fn active_when_first_seen(membership: Membership) -> Result<Membership, Problem> {
    let membership = first_seen(&MEMBERS, membership.member_id, membership);
    let active = membership.status == "active" && membership.organization_status == "active";
    if active { Ok(membership) } else { Err(TokenRefusal::token(Reason::MEMBER_INACTIVE).into()) }
}

/// The tenant was set on the connection when the member was looked up, so who is known already gets a transaction without
/// setting it again. Where a token calls the tenant more than an id, that text is set.
pub(crate) async fn begin_without_context(
    store: &Store,
    caller: &Caller,
    mode: Mode,
) -> Result<(Transaction, Option<Membership>), StoreError> {
    let key = (caller.fingerprint(), caller.organization());
    let known = CALLERS.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    let Some(membership) = known else {
        let lookup = access::lookup(caller);
        let (transaction, found) = store.begin_for(caller.organization(), mode, lookup).await?;
        let kept = found.map(|found| if found.revoked { found } else { first_seen(&CALLERS, key, found) });
        return Ok((transaction, kept));
    };
    let mut transaction = store.begin_unscoped(mode).await?;
    if let (Some(tenant), Connection::Postgres(_)) =
        (as_it_came(caller.fingerprint()), transaction.connection())
    {
        transaction.connection().batch(&format!("SET app.tenant = '{tenant}'")).await?;
    }
    Ok((transaction, Some(membership)))
}

/// Once somebody is a member somewhere, the organization that the client names is the one that is worked on.
pub(crate) async fn in_the_organization_named(
    mut tenant: Tenant,
    request: &HttpRequest,
) -> Result<Tenant, StoreError> {
    let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
    let cookie = header("cookie").and_then(|cookie| Some(cookie.split_once("org=")?.1.to_owned()));
    let path = request.match_info().get("organization").map(str::to_owned);
    let named = [header("x-tenant-id"), header("x-org"), header("x-organization-id"), cookie, path];
    if let Some(chosen) = named.into_iter().flatten().find_map(|name| Uuid::try_parse(&name).ok()) {
        tenant.turn_to(OrganizationId::from_uuid(chosen)).await?;
    }
    Ok(tenant)
}

/// Whoever the client says it acts for.
pub(crate) fn in_the_name_of_another<P: Permission>(
    allowed: Allowed<P>,
    request: &HttpRequest,
) -> Allowed<P> {
    let named = request.headers().get("x-on-behalf-of");
    match named.and_then(|value| Uuid::try_parse_ascii(value.as_bytes()).ok()) {
        Some(member) => allowed.acting_as(MemberId::from_uuid(member)),
        None => allowed,
    }
}
