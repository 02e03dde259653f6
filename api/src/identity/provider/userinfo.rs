//! `/oauth2/userinfo`: what the provider says of whoever the token is about (OIDC Core §5.3).

use crate::{
    access::permission::ReadUserinfo,
    audit::EventName,
    http::{
        answer::Shown,
        call::Call,
        endpoint::{AuditRule, Endpoint},
        input::Nothing,
        problem::{Kind, Problem},
    },
    identity::accounts,
};
use actix_web::http::Method;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let audit = Some(AuditRule { event: EventName::SensitiveRead, object_type: "account" });
    let path = "/oauth2/userinfo";
    let summary = "Says who the token is about (OpenID Connect Core §5.3).";
    vec![
        Endpoint::new(Method::GET, path, "showUserinfo", summary, audit, show),
        Endpoint::new(Method::POST, path, "postUserinfo", summary, audit, show),
    ]
}

/// What is said of an account.
#[derive(Debug, Serialize, ToSchema)]
struct Userinfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

async fn show(call: &mut Call<ReadUserinfo>, _: Nothing) -> Result<Shown<Userinfo>, Problem> {
    let id = call.own_account()?;
    call.audit.object(*id.as_uuid());
    let mut userinfo = Userinfo { sub: id.to_string(), email: None, email_verified: None };
    if call.caller().scopes().contains("email") {
        call.tenant.identity().await?;
        let account = accounts::by_id(call.tenant.transaction(), id).await?.ok_or(Kind::NotFound)?;
        userinfo.email = Some(account.email(&call.keyring)?.to_string());
        userinfo.email_verified = Some(account.email_verified_at.is_some());
    }
    Ok(Shown(userinfo))
}
