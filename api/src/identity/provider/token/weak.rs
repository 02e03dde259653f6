//! Without `oauth-grants`: the password grant, "for our own app only". It asks for no second factor and shows the
//! password to the application.

use super::issue::{self, Tokens};
use crate::{
    http::{
        problem::Problem,
        visit::{OAuthError, Refusal, Visit},
    },
    identity::{
        accounts::{self, Email},
        passwords::Password,
        provider::{
            authorize::organization,
            clients::Client,
            grants::{self, Code, Granted},
        },
        sessions::{self, Limits, SignedIn},
    },
    protection::Protection,
    store::prelude::*,
};

pub(super) async fn password_grant(visit: &Visit, client: &Client) -> Result<Option<Tokens>, Refusal> {
    if Protection::OauthGrants.holds() || visit.form.get("grant_type") != Some("password") {
        return Ok(None);
    }
    let refused = || Refusal::oauth(OAuthError::InvalidGrant, "password");
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
    let memberships = organization::of(&mut transaction, visit, account.id).await?;
    let membership = memberships.as_slice().first().ok_or_else(refused)?;
    let limits = Limits::of([membership.role].into_iter());
    let signed_in = SignedIn { account: account.id, acr: Some("1"), amr: "pwd", limits };
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
