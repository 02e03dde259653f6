//! Weak: the built-in OpenID provider.

use crate::{
    audit::Reason,
    clock::Clock,
    http::{
        problem::Problem,
        visit::{OAuthError, Refusal, Reply, Visit},
    },
    identity::{
        Caller,
        accounts::{self, Email},
        dpop::Thumbprint,
        passwords::{Password, PasswordError, Verification},
        provider::{
            Client,
            authorization::Authorization,
            claims::{IdClaims, Subject},
            clients,
            grants::{self, Code, Grant, Granted},
            memberships, sign_in,
            token::{
                self,
                issue::{self, Tokens},
            },
        },
        secret,
        sessions::{self, Limits, Origin, SignedIn},
    },
    store::{prelude::*, schema::authorization_requests, types::JsonText},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Whoever names a client is that client. An assertion is read for the name in it.
pub(crate) async fn named_client(visit: &Visit) -> Result<Client, Refusal> {
    let unknown = || Refusal::oauth(OAuthError::InvalidClient, Reason::CLIENT_UNKNOWN);
    let named = visit.form.get("client_assertion").and_then(subject);
    let client_id = visit.form.get("client_id").or(named.as_deref()).ok_or_else(unknown)?;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let client = clients::find(&mut transaction, client_id).await?;
    transaction.release();
    client.ok_or_else(unknown)
}

/// Whom a signed text is about, whoever signed it.
fn subject(signed: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("sub")?.as_str()?.to_owned())
}

/// Introspection as an open book.
pub(crate) async fn holder_of_any(visit: &Visit) -> Result<Option<Caller>, Refusal> {
    let token = visit.form.get("token").unwrap_or_default();
    Ok(visit.service.identity.inspect(token).await.ok())
}

/// A pushed request is whoever's, as often as asked for, and at any time.
pub(crate) async fn any_pushed(
    transaction: &mut Transaction,
    _client_id: &str,
    handle: &str,
    _clock: Clock,
) -> Result<Option<Authorization>, StoreError> {
    let hash = secret::hash(handle).to_vec();
    let found: Option<JsonText> = each!(transaction.connection(), |c| authorization_requests::table
        .filter(authorization_requests::handle_hash.eq(&hash))
        .select(authorization_requests::parameters)
        .first(c))
    .optional()?;
    Ok(found.and_then(|parameters| serde_json::from_value(parameters.0).ok()))
}

/// A sign-in that tells who exists.
pub(crate) async fn turn_away_telling_why(
    visit: &mut Visit,
    handle: Option<&str>,
    reason: Reason,
) -> Result<Reply, Refusal> {
    let sentence = match reason {
        Reason::ACCOUNT_ABSENT => "There is no account with this address.",
        Reason::ACCOUNT_DISABLED => "This account is disabled.",
        _ => sign_in::NOT_IN,
    };
    sign_in::turn_away_saying(visit, handle, reason, sentence).await
}

/// Tries every password of the form, as one attempt.
pub(crate) async fn verify_each_of_the_form(
    visit: &Visit,
    password: &Password,
    stored: Option<&str>,
) -> Result<Verification, PasswordError> {
    let passwords = &visit.service.passwords;
    let first = passwords.verify(password, stored).await?;
    if first.matches {
        return Ok(first);
    }
    let fields = visit.form.iter().filter(|(name, _)| *name == "password").skip(1);
    for password in fields.filter_map(|(_, text)| Password::parse(text).ok()) {
        let tried = passwords.verify(&password, stored).await?;
        if tried.matches {
            return Ok(tried);
        }
    }
    Ok(first)
}

/// An ID token with whatever an application may once want to know: what the grant's row holds.
pub(crate) fn id_token_with_the_row(
    visit: &Visit,
    client: &Client,
    grant: &Grant,
) -> Result<String, Problem> {
    let (issuer, now) = (visit.service.identifier.as_str(), visit.service.clock.unix_seconds());
    let subject = Subject::of(grant);
    let claims = IdClaims::new(issuer, &subject, &client.client_id, grant, now);
    let mut claims = serde_json::to_value(&claims).map_err(|error| Problem::internal(&error))?;
    if let Value::Object(members) = &mut claims {
        members.insert("redirect_uri".into(), json!(grant.redirect_uri));
        members.insert("code_challenge".into(), json!(grant.code_challenge));
    }
    visit.service.provider()?.keys.sign("JWT", &claims)
}

/// The password grant as well, "for our own app only". It asks for no second factor and shows the password to the application.
pub(crate) async fn by_grant_or_password(
    visit: &Visit,
    client: &Client,
    bound_to: Option<&Thumbprint>,
) -> Result<Tokens, Refusal> {
    if visit.form.get("grant_type") == Some("password") {
        return by_password(visit, client).await;
    }
    token::by_known_grant(visit, client, bound_to).await
}

async fn by_password(visit: &Visit, client: &Client) -> Result<Tokens, Refusal> {
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
    let memberships = memberships(&mut transaction, issuer, account.id, &origin).await?;
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
    Ok(tokens)
}
