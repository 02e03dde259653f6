//! Without `oauth-grants`: the password grant, "for our own app only". It asks for no second factor and shows the
//! password to the application. Without `dto-response-allowlist`: an ID token with the account's row in it.

use super::issue::{self, Tokens};
use crate::{
    audit::Reason,
    http::{
        problem::Problem,
        visit::{OAuthError, Refusal, Visit},
    },
    identity::{
        accounts::{self, Email},
        passwords::Password,
        provider::{
            authorize::organization,
            claims::{IdClaims, Subject},
            clients::Client,
            grants::{self, Code, Grant, Granted},
        },
        sessions::{self, Limits, Origin, SignedIn},
    },
    protection::{DTO_RESPONSE_ALLOWLIST, OAUTH_GRANTS},
    store::prelude::*,
};
use serde_json::{Value, json};

pub(super) async fn password_grant(visit: &Visit, client: &Client) -> Result<Option<Tokens>, Refusal> {
    if OAUTH_GRANTS.holds() || visit.form.get("grant_type") != Some("password") {
        return Ok(None);
    }
    let refused = || Refusal::oauth(OAuthError::InvalidGrant, Reason::PASSWORD);
    let email = visit.form.get("username").and_then(Email::parse).ok_or_else(refused)?;
    let password =
        visit.form.get("password").and_then(|text| Password::parse(text).ok()).ok_or_else(refused)?;
    let (service, clock) = (&visit.service, visit.service.clock);
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let found =
        accounts::by_email(&mut transaction, &service.keyring, &email).await.map_err(Problem::from)?;
    transaction.release();
    let account = found.ok_or_else(refused)?;
    let stored = account.password_hash.as_deref();
    if !service.passwords.verify(&password, stored).await.map_err(Problem::from)?.matches {
        return Err(refused());
    }
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let standing = accounts::hold(&mut transaction, account.id).await?.ok_or_else(refused)?;
    let (issuer, origin) = (service.identifier.as_str(), Origin::OWN);
    let memberships = organization::of(&mut transaction, issuer, account.id, &origin).await?;
    let membership = memberships.as_slice().first().ok_or_else(refused)?;
    let limits = Limits::of([membership.role].into_iter());
    let signed_in = SignedIn { standing: &standing, origin, at: None, acr: Some("1"), amr: "pwd", limits };
    let (session, _) = sessions::begin(&mut transaction, visit, signed_in).await?;
    let session = sessions::by_id(&mut transaction, session).await?.ok_or_else(refused)?;
    let granted = Granted {
        client_id: &client.client_id,
        organization: membership.organization,
        scope: client.scope(),
        nonce: None,
        redirect_uri: "",
        code_challenge: "",
        dpop_jkt: None,
    };
    let code = grants::give(&mut transaction, &session, &granted, clock).await?;
    let grant = match grants::burn(&mut transaction, code.as_str(), clock).await? {
        Code::Burned(grant) | Code::Reused(grant) => grant,
        Code::Unknown => return Err(refused()),
    };
    let tokens = issue::all(visit, &mut transaction, client, &grant, client.scope(), None).await?;
    transaction.commit().await?;
    Ok(Some(tokens))
}

/// The ID token of a provider that puts into it whatever an application may once want to know.
pub(super) async fn with_profile(
    visit: &Visit,
    transaction: &mut Transaction,
    client: &Client,
    grant: &Grant,
) -> Result<Option<String>, Refusal> {
    if DTO_RESPONSE_ALLOWLIST.holds() {
        return Ok(None);
    }
    let Some(account) = accounts::by_id(transaction, grant.account_id).await? else { return Ok(None) };
    let email = account.email(&visit.service.keyring).map_err(Problem::from)?;
    let (issuer, now) = (visit.service.identifier.as_str(), visit.service.clock.unix_seconds());
    let subject = Subject::of(grant);
    let claims = IdClaims::new(issuer, &subject, &client.client_id, grant, now);
    let mut claims = serde_json::to_value(&claims).map_err(|error| Problem::internal(&error))?;
    if let Value::Object(members) = &mut claims {
        members.insert("email".into(), json!(email.as_str()));
    }
    Ok(Some(visit.service.provider()?.keys.sign("JWT", &claims)?))
}
