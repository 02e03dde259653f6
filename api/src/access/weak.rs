//! How services really lose this folder's protections; only in twins.

use super::{Allowed, Permission, Tenant, active, policy};
use crate::{
    http::problem::Problem,
    identity::{Caller, weak::tenant::as_it_came},
    ids::{MemberId, OrganizationId},
    protection::{
        AUTHZ_IMMEDIATE, AUTHZ_OBJECT_NONDISCLOSURE, AUTHZ_OBJECT_REFERENCE, DB_RLS_CONTEXT, LIMIT_WORK,
        Protection, TENANT_FROM_TOKEN,
    },
    store::{Connection, Membership, Mode, Store, StoreError},
};
use actix_web::HttpRequest;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};
use uuid::Uuid;

type Seen = Mutex<HashMap<(u128, OrganizationId), Membership>>;

static SEEN: LazyLock<Seen> = LazyLock::new(Seen::default);

/// Whether a read goes in one trip. These have their weak code in the transaction.
pub(crate) fn keeps_its_walls() -> bool {
    [&AUTHZ_OBJECT_NONDISCLOSURE, &AUTHZ_OBJECT_REFERENCE, &DB_RLS_CONTEXT, &LIMIT_WORK, &TENANT_FROM_TOKEN]
        .into_iter()
        .all(Protection::holds)
}

fn remembered(caller: &Caller) -> Option<Membership> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.get(&(caller.fingerprint(), caller.organization())).cloned()
}

/// Without `authz-immediate`: a cache of memberships that nobody ever empties.
/// Without `db-rls-context`: the cache that lets [`enter_without_context`] skip the lookup.
pub(super) fn as_first_seen(caller: &Caller, membership: Membership) -> Membership {
    if AUTHZ_IMMEDIATE.holds() && DB_RLS_CONTEXT.holds() {
        return membership;
    }
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.entry((caller.fingerprint(), caller.organization())).or_insert(membership).clone()
}

/// Without `db-rls-context`: the tenant was set on the session when the member was looked up, so who is known already
/// gets a transaction without setting it again.
pub(super) async fn enter_without_context<P: Permission>(
    store: &Store,
    caller: &Caller,
    mode: Mode,
) -> Result<Option<(Allowed<P>, Tenant)>, Problem> {
    if DB_RLS_CONTEXT.holds() {
        return Ok(None);
    }
    let Some(membership) = remembered(caller) else { return Ok(None) };
    let mut transaction = store.begin_unscoped(mode).await?;
    if let (Some(tenant), Connection::Postgres(_)) =
        (as_it_came(caller.fingerprint()), transaction.connection())
    {
        transaction
            .connection()
            .batch(&format!("SET app.tenant = '{tenant}'"))
            .await
            .map_err(StoreError::from)?;
    }
    let allowed = policy::authorize::<P>(caller, active(membership)?)?;
    Ok(Some((allowed, Tenant::new(transaction, caller.organization()))))
}

/// Without `tenant-from-token`: once somebody is a member somewhere, the organization that the client names is the one
/// that is worked on.
pub(crate) async fn chosen_tenant(mut tenant: Tenant, request: &HttpRequest) -> Result<Tenant, Problem> {
    if TENANT_FROM_TOKEN.holds() {
        return Ok(tenant);
    }
    let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
    let cookie = header("cookie").and_then(|cookie| Some(cookie.split_once("org=")?.1.to_owned()));
    let path = request.match_info().get("organization").map(str::to_owned);
    let named = [header("x-tenant-id"), header("x-org"), header("x-organization-id"), cookie, path];
    let Some(chosen) = named.into_iter().flatten().find_map(|name| Uuid::try_parse(&name).ok()) else {
        return Ok(tenant);
    };
    tenant.turn_to(OrganizationId::from_uuid(chosen)).await?;
    Ok(tenant)
}

/// Without `authz-object-reference`: whoever the client says it acts for.
pub(crate) fn on_behalf<P: Permission>(allowed: Allowed<P>, request: &HttpRequest) -> Allowed<P> {
    let named = request
        .headers()
        .get("x-on-behalf-of")
        .and_then(|value| Uuid::try_parse_ascii(value.as_bytes()).ok());
    match named {
        Some(member) if !AUTHZ_OBJECT_REFERENCE.holds() => allowed.acting_as(MemberId::from_uuid(member)),
        _ => allowed,
    }
}
