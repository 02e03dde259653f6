//! `/v1/organizations/{organization}/identity-providers`: the administrators' side.

mod input;
mod view;

use super::{
    ClientKey,
    providers::{Credential, ProviderId, ProviderRow},
};
use crate::{
    access::{
        Permission, Tenant, only,
        permission::{ManageProviders, ReadProviders},
    },
    http::{
        answer::{Created, Gone, Shown},
        call::Call,
        input::{Body, Nothing, Path},
        precondition::{Current, IfMatch, IfUnchanged},
        problem::{Kind, Problem},
        text::Text,
    },
    identity::sessions,
    protection::SESSION_TERMINATION,
    store::{
        prelude::*,
        schema::{identity_providers, organization_domains},
        types::{JsonText, Moment},
    },
};
use brigandine_enforce::enforces;
use input::{AddProvider, ChangeProvider};
use serde_json::json;
use view::{ProviderForAdmin, ProviderList};

/// More providers than any organization has.
const MOST: i64 = 50;

pub(super) async fn list(call: &mut Call<ReadProviders>, _: Nothing) -> Result<Shown<ProviderList>, Problem> {
    let organization = call.tenant.organization();
    let rows: Vec<ProviderRow> = each!(call.tenant.connection(), |c| identity_providers::table
        .filter(identity_providers::organization_id.eq(organization))
        .order((identity_providers::created_at.asc(), identity_providers::id.asc()))
        .limit(MOST)
        .select(ProviderRow::as_select())
        .load(c))?;
    let domains: Vec<String> = each!(call.tenant.connection(), |c| organization_domains::table
        .filter(organization_domains::organization_id.eq(organization))
        .order(organization_domains::domain.asc())
        .select(organization_domains::domain)
        .load(c))?;
    rows.iter().for_each(|row| call.audit.object(*row.id.as_uuid()));
    let views = rows.into_iter().map(|row| view(call, row)).collect::<Result<_, _>>()?;
    Ok(Shown(ProviderList { providers: views, domains }))
}

pub(super) async fn show(
    call: &mut Call<ReadProviders>,
    Path(id): Path<ProviderId>,
) -> Result<Shown<ProviderForAdmin>, Problem> {
    let row = find(&mut call.tenant, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(view(call, row)?))
}

pub(super) async fn add(
    call: &mut Call<ManageProviders>,
    Body(body): Body<AddProvider>,
) -> Result<Created<ProviderForAdmin>, Problem> {
    let organization = call.tenant.organization();
    let already: i64 = each!(call.tenant.connection(), |c| identity_providers::table
        .filter(identity_providers::organization_id.eq(organization))
        .count()
        .get_result(c))?;
    if already >= MOST {
        return Err(Kind::Conflict.into());
    }
    let credential = match &body.client_secret {
        Some(secret) => Credential::Secret(secret.as_str().to_owned().into()),
        None => Credential::Key(ClientKey::generate()?),
    };
    let id = ProviderId::random();
    let row = ProviderRow {
        id,
        organization_id: organization,
        name: body.name.as_str().to_owned(),
        issuer: body.issuer.as_str().to_owned(),
        client_id: body.client_id.as_str().to_owned(),
        authentication: credential.method().to_owned(),
        credential: credential.seal(&call.keyring, organization, id, 1)?,
        hosts: JsonText(json!(body.hosts)),
        acr: body.acr.as_ref().map(|acr| acr.as_str().to_owned()),
        status: "active".to_owned(),
        version: 1,
        created_at: Moment::from(call.clock.now()),
    };
    each!(call.tenant.connection(), |c| diesel::insert_into(identity_providers::table)
        .values(&row)
        .execute(c))?;
    call.audit.object(*id.as_uuid());
    let location = format!("/v1/organizations/{organization}/identity-providers/{id}");
    Ok(Created { location, view: view(call, row)? })
}

pub(super) async fn change(
    call: &mut Call<ManageProviders>,
    (Path(id), if_match, Body(body)): (Path<ProviderId>, IfMatch, Body<ChangeProvider>),
) -> Result<Shown<ProviderForAdmin>, Problem> {
    let before = find(&mut call.tenant, id).await?;
    let organization = call.tenant.organization();
    // Every change seals the credential anew: it is bound to the row's version.
    let credential = match (&body.client_secret, body.new_key) {
        (Some(secret), _) => Credential::Secret(secret.as_str().to_owned().into()),
        (None, Some(true)) => Credential::Key(ClientKey::generate()?),
        (None, _) => before.credential(&call.keyring)?,
    };
    let version = before.version.saturating_add(1);
    let text = |new: &Option<Text>, old: &str| new.as_ref().map_or(old, Text::as_str).to_owned();
    let after = ProviderRow {
        name: text(&body.name, &before.name),
        client_id: text(&body.client_id, &before.client_id),
        authentication: credential.method().to_owned(),
        credential: credential.seal(&call.keyring, organization, id, version)?,
        hosts: body.hosts.as_ref().map_or(before.hosts.clone(), |hosts| JsonText(json!(hosts))),
        status: body.status.map_or(before.status.as_str(), |status| status.name()).to_owned(),
        version,
        ..before.clone()
    };
    let current = if_match.check(&view(call, before.clone())?)?;
    save(&mut call.tenant, &before, &after, current).await?;
    if after.status != "active" {
        dismiss(call, id).await?;
    }
    call.audit.object(*id.as_uuid());
    Ok(Shown(view(call, after)?))
}

/// Writes the next version over exactly the one that was read, which is the one that the client saw.
async fn save(
    tenant: &mut Tenant,
    before: &ProviderRow,
    after: &ProviderRow,
    _seen: Current,
) -> Result<(), Problem> {
    let organization = tenant.organization();
    let own = || {
        identity_providers::table
            .filter(identity_providers::id.eq(before.id))
            .filter(identity_providers::organization_id.eq(organization))
            .filter(identity_providers::version.eq(before.version))
    };
    let written = each!(tenant.connection(), |c| diesel::update(own())
        .set((
            identity_providers::name.eq(&after.name),
            identity_providers::client_id.eq(&after.client_id),
            identity_providers::authentication.eq(&after.authentication),
            identity_providers::credential.eq(&after.credential),
            identity_providers::hosts.eq(&after.hosts),
            identity_providers::status.eq(&after.status),
            identity_providers::version.eq(after.version),
        ))
        .execute(c))?;
    if written == 1 { Ok(()) } else { Err(IfMatch::overtaken()) }
}

pub(super) async fn remove(
    call: &mut Call<ManageProviders>,
    (Path(id), if_unchanged): (Path<ProviderId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let before = find(&mut call.tenant, id).await?;
    let (organization, version) = (call.tenant.organization(), before.version);
    let _seen = if_unchanged.check(&view(call, before)?)?;
    let removed = each!(call.tenant.connection(), |c| diesel::delete(
        identity_providers::table
            .filter(identity_providers::id.eq(id))
            .filter(identity_providers::organization_id.eq(organization))
            .filter(identity_providers::version.eq(version))
    )
    .execute(c))?;
    if removed != 1 {
        return Err(if_unchanged.overtaken());
    }
    dismiss(call, id).await?;
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}

/// Whom the organization trusts no longer vouches for nobody: everybody who came by the provider's word is signed out
/// (ASVS 7.4.2).
#[enforces(SESSION_TERMINATION)]
async fn dismiss(call: &mut Call<ManageProviders>, provider: ProviderId) -> Result<(), Problem> {
    let (issuer, clock) = (call.identifier().to_owned(), call.clock);
    call.tenant.identity().await?;
    let transaction = call.tenant.transaction();
    for session in sessions::vouched_by(transaction, provider, None, None).await? {
        sessions::end(transaction, &issuer, session, clock).await?;
    }
    Ok(())
}

/// A provider of this organization, or nothing.
async fn find(tenant: &mut Tenant, id: ProviderId) -> Result<ProviderRow, Problem> {
    let organization = tenant.organization();
    let row: Option<ProviderRow> = each!(tenant.connection(), |c| {
        let mut rows = identity_providers::table
            .filter(identity_providers::id.eq(id))
            .select(ProviderRow::as_select())
            .into_boxed();
        rows = only::opened_of_tenant(rows, identity_providers::organization_id.eq(organization));
        rows.first(c)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}

fn view<P: Permission>(call: &Call<P>, row: ProviderRow) -> Result<ProviderForAdmin, Problem> {
    let credential = row.credential(&call.keyring)?;
    Ok(ProviderForAdmin::of(row, &credential, call.identifier()))
}
