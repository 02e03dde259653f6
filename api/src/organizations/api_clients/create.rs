//! Registering a program.

use super::{grants, rows, views::ApiClientView};
use crate::{
    access::{Role, permission::ManageApiClients},
    http::{
        answer::Created,
        call::Call,
        input::Body,
        problem::{Kind, Problem},
        text::{Text, single_line},
    },
    identity::provider::{ClientKeys, ClientKind, NewClient, Profile, register},
    ids::MemberId,
    organizations::{members::check_grant, rows::NewMember},
    store::{
        prelude::*,
        schema::members,
        types::{JsonText, Moment},
    },
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

/// A program to register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateApiClient {
    /// How the organization calls it.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    name: Text,
    /// What it may do: at most what your own token carries.
    #[validate(length(min = 1, max = 20))]
    #[schema(value_type = Vec<grants::ProgramScope>, min_items = 1, max_items = 20)]
    scopes: Vec<Text>,
    /// Where it may call from, in CIDR notation; everywhere, unless given.
    #[validate(length(max = 20))]
    #[schema(value_type = Option<Vec<grants::Network>>, max_items = 20)]
    networks: Option<Vec<Text>>,
    /// Its public keys (RFC 7517 §5), to sign its assertions with. A program without any can only use API keys.
    #[schema(value_type = Option<Object>)]
    jwks: Option<serde_json::Value>,
    /// How strict the provider is with it; `standard` unless given.
    profile: Option<ProfileName>,
    /// Whether all of its tokens are bound to a key (DPoP); they always are under `fapi2`.
    dpop_bound: Option<bool>,
}

/// How strict the provider is with a program.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProfileName {
    /// RFC 9700.
    Standard,
    /// The FAPI 2.0 Security Profile.
    Fapi2,
}

pub(super) async fn create(
    call: &mut Call<ManageApiClients>,
    Body(body): Body<CreateApiClient>,
) -> Result<Created<ApiClientView>, Problem> {
    check_grant(call.allowed.role(), Role::Service)?;
    let scope = grants::scopes(&body.scopes, call.caller().scopes())?;
    let networks = grants::networks(body.networks.as_deref())?;
    if let Some(jwks) = &body.jwks {
        ClientKeys::parse(jwks)
            .map_err(|_| Problem::new(Kind::ValidationFailed).at("/jwks", "public_keys"))?;
    }
    let fapi2 = matches!(body.profile, Some(ProfileName::Fapi2));
    // Chosen here, and unlike any account's id: a program that could be called like a person would be taken for them
    // (RFC 9700 §4.15).
    let client_id = format!("ac_{}", Uuid::new_v4().simple());
    let (member, clock, issuer) = (MemberId::random(), call.clock, call.identifier().to_owned());
    let new = NewMember {
        id: member,
        organization_id: call.tenant.organization(),
        issuer: &issuer,
        subject: &client_id,
        display_name: body.name.as_str(),
        role: Role::Service.name(),
        status: "active",
        version: 1,
        created_at: Moment::from(clock.now()),
    };
    let networks = members::networks.eq(JsonText(networks.stored()));
    each!(call.tenant.connection(), |c| diesel::insert_into(members::table)
        .values((&new, networks))
        .execute(c))?;
    call.tenant.identity().await?;
    let organization = call.tenant.organization();
    let registration = NewClient {
        client_id: &client_id,
        organization: Some(organization),
        member: Some(member),
        name: body.name.as_str(),
        kind: ClientKind::Confidential,
        profile: if fapi2 { Profile::Fapi2 } else { Profile::Standard },
        grant_types: "client_credentials",
        scope: &scope,
        redirect_uris: &[],
        post_logout_redirect_uris: &[],
        backchannel_logout_uri: None,
        jwks: body.jwks,
        dpop_bound: fapi2 || body.dpop_bound.unwrap_or(false),
        first_party: false,
    };
    let id = register(call.tenant.transaction(), clock, registration).await?;
    call.audit.object(*id.as_uuid());
    let view = rows::find(&mut call.tenant, id).await?.into();
    Ok(Created { location: format!("/v1/api-clients/{id}"), view })
}
