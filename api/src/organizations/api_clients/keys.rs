//! The keys of a program.

use super::{
    grants, rows,
    views::{ApiKeyView, NewApiKeyView},
};
use crate::{
    access::{
        Tenant,
        permission::{ManageApiClients, ReadApiClients, WithdrawApiKeys},
    },
    http::{
        answer::{Created, Gone, Listed, Shown},
        call::Call,
        input::{Body, Path, Query},
        number::Whole,
        page::{PageQuery, Position},
        precondition::IfUnchanged,
        problem::{Kind, Problem},
        text::{Text, single_line},
    },
    identity::{
        Scopes,
        api_keys::{self as keys, ApiKey, ApiKeyRow, NewApiKey},
        networks::Networks,
        revocation::{self, Ended},
    },
    ids::{ApiKeyId, RegistrationId},
    store::{
        prelude::*,
        schema::api_keys,
        types::{JsonText, Moment},
    },
};
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// How long a key lives unless its maker says otherwise, in days.
const USUAL_DAYS: u16 = 90;

/// A key to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateApiKey {
    /// What it is for.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    name: Text,
    /// What it may do: at most what its program may; all of that, unless given.
    #[validate(length(min = 1, max = 20))]
    #[schema(value_type = Option<Vec<grants::ProgramScope>>, min_items = 1, max_items = 20)]
    scopes: Option<Vec<Text>>,
    /// Where it may be used from, in CIDR notation, besides the limits of its program.
    #[validate(length(max = 20))]
    #[schema(value_type = Option<Vec<grants::Network>>, max_items = 20)]
    networks: Option<Vec<Text>>,
    /// How long it lives: 1 to 365 days, 90 unless given.
    #[validate(range(min = 1, max = 365))]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 365)]
    expires_in_days: Option<Whole<u16>>,
}

pub(super) async fn create(
    call: &mut Call<ManageApiClients>,
    (Path(client), Body(body)): (Path<RegistrationId>, Body<CreateApiKey>),
) -> Result<Created<NewApiKeyView>, Problem> {
    let program = rows::find(&mut call.tenant, client).await?;
    let (client, of_program) = (program.row, Networks::from_stored(&program.networks.0));
    if client.status != "active" {
        return Err(Kind::Conflict.into());
    }
    let programs = Scopes::new(client.scope.clone());
    let scope = match &body.scopes {
        Some(scopes) => grants::scopes(scopes, &programs)?,
        None => client.scope,
    };
    // A key is no way around the limits of the credential that it was made with.
    let all: Vec<Text> = scope.split(' ').map(Text::compose).collect();
    grants::scopes(&all, call.caller().scopes())?;
    let networks = grants::networks(body.networks.as_deref())?;
    if of_program.is_none_or(|program| !networks.meets(&program)) {
        return Err(Problem::new(Kind::ValidationFailed).at("/networks", "network"));
    }
    let (key, id, now) = (ApiKey::random()?, ApiKeyId::random(), call.clock.now());
    let days = i64::from(body.expires_in_days.map_or(USUAL_DAYS, |days| days.0));
    let new = NewApiKey {
        id,
        organization_id: call.tenant.organization(),
        client_id: client.id,
        name: body.name.as_str(),
        hint: key.hint(),
        secret_mac: key.stored(&call.keyring),
        scope: &scope,
        networks: JsonText(networks.stored()),
        created_by: call.allowed.member(),
        created_at: now.into(),
        expires_at: (now + TimeDelta::days(days)).into(),
    };
    each!(call.tenant.connection(), |c| diesel::insert_into(api_keys::table).values(&new).execute(c))?;
    call.audit.object(*id.as_uuid());
    let row = find(&mut call.tenant, client.id, id).await?;
    let location = format!("/v1/api-clients/{}/keys/{id}", client.id);
    Ok(Created { location, view: NewApiKeyView::of(&key, &row, now) })
}

pub(super) async fn list(
    call: &mut Call<ReadApiClients>,
    (Path(client), Query(query)): (Path<RegistrationId>, Query<PageQuery>),
) -> Result<Listed<ApiKeyView>, Problem> {
    let listing = call.listing(format!("listApiKeys {client}"), &query)?;
    let client = rows::find(&mut call.tenant, client).await?.row;
    let found: Vec<ApiKeyRow> = each!(call.tenant.connection(), |connection| {
        let mut found = api_keys::table
            .filter(api_keys::client_id.eq(client.id))
            .select(ApiKeyRow::as_select())
            .order((api_keys::created_at.asc(), api_keys::id.asc()))
            .limit(query.rows())
            .into_boxed();
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), ApiKeyId::from_uuid(after.id));
            let later = api_keys::created_at.gt(at).or(api_keys::id.gt(id));
            found = found.filter(api_keys::created_at.ge(at)).filter(later);
        }
        found.load(connection)
    })?;
    let now = call.clock.now();
    let position = |row: &ApiKeyRow| Position::new(row.created_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, found, position, |row| Ok(ApiKeyView::of(&row, now)))?))
}

pub(super) async fn show(
    call: &mut Call<ReadApiClients>,
    (Path(client), Path(key)): (Path<RegistrationId>, Path<ApiKeyId>),
) -> Result<Shown<ApiKeyView>, Problem> {
    let client = rows::find(&mut call.tenant, client).await?.row;
    let row = find(&mut call.tenant, client.id, key).await?;
    call.audit.object(*key.as_uuid());
    Ok(Shown(ApiKeyView::of(&row, call.clock.now())))
}

pub(super) async fn revoke(
    call: &mut Call<WithdrawApiKeys>,
    (Path(client), Path(key), if_unchanged): (Path<RegistrationId>, Path<ApiKeyId>, IfUnchanged),
) -> Result<Gone, Problem> {
    let client = rows::find(&mut call.tenant, client).await?.row;
    let row = find(&mut call.tenant, client.id, key).await?;
    let _seen = if_unchanged.check(&ApiKeyView::of(&row, call.clock.now()))?;
    if row.revoked_at.is_none() {
        let now = Moment::from(call.clock.now());
        each!(call.tenant.connection(), |c| diesel::update(api_keys::table.find(key))
            .set(api_keys::revoked_at.eq(Some(now)))
            .execute(c))?;
        let (issuer, clock) = (call.identifier().to_owned(), call.clock);
        // Workers that looked it up a moment ago remember it; this reaches them all.
        let [ended, ..] = revocation::keys(&issuer, &keys::token_id(key), None);
        revocation::revoke(call.tenant.transaction(), &issuer, Ended::Key(ended), clock).await?;
    }
    call.audit.object(*key.as_uuid());
    Ok(Gone)
}

/// A key of this program, which was found in this organization.
async fn find(tenant: &mut Tenant, client: RegistrationId, key: ApiKeyId) -> Result<ApiKeyRow, Problem> {
    let row: Option<ApiKeyRow> = each!(tenant.connection(), |c| api_keys::table
        .filter(api_keys::id.eq(key))
        .filter(api_keys::client_id.eq(client))
        .select(ApiKeyRow::as_select())
        .first(c))
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}
