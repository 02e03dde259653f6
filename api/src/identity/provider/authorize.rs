//! `/oauth2/authorize`: from what a client asks for to a code, past whoever must sign in, choose, or allow it.

mod answer;
pub(super) mod organization;

use super::{
    authorization::{Authorization, Prompt, Wrong},
    clients::{self, Client, Profile},
    grants::{self, Granted},
    requests::{self, Waiting},
    token::{identify, possession},
};
use crate::{
    audit::{self, Actor, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        visit::{OAuthError, Refusal, Reply, Visit},
    },
    identity::{
        federation,
        pages::{Consent, Form},
        sessions::{self, Session},
    },
    protection::Protection,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use answer::{back, destination, refused};
use organization::{Choice, Membership};
use serde_json::json;
use uuid::Uuid;

/// How the handle of a pushed request is written (RFC 9126 §2.2).
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// `GET /oauth2/authorize`
pub(super) async fn authorize(visit: &mut Visit) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let unknown = || Problem::new(Kind::InvalidAuthorization).because("client");
    let client_id = visit.query.get("client_id").ok_or_else(unknown)?;
    let client = clients::find(&mut transaction, client_id).await?.ok_or_else(unknown)?;
    let pushed = visit.query.get("request_uri");
    let authorization = match pushed {
        Some(uri) => {
            let handle = uri.strip_prefix(PUSHED).unwrap_or_default();
            let taken = requests::take_pushed(&mut transaction, &client.client_id, handle, clock).await?;
            taken.ok_or_else(|| Problem::new(Kind::InvalidAuthorization).because("request-uri"))?
        }
        None if client.profile == Profile::Fapi2 && Protection::OauthGrants.holds() => {
            return Err(Problem::new(Kind::InvalidAuthorization).because("not-pushed").into());
        }
        None => match Authorization::parse(&client, &visit.query) {
            Ok(authorization) => authorization,
            Err(wrong) => return refuse(visit, &client, &wrong),
        },
    };
    proceed(visit, transaction, &client, authorization, None).await
}

/// `GET /oauth2/continue`: back from the sign-in pages.
pub(super) async fn go_on(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.query.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let authorization = waiting.authorization.clone();
    proceed(visit, transaction, &client, authorization, Some(waiting)).await
}

/// `POST /signin/organization`
pub(super) async fn choose(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.form.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let mut authorization = waiting.authorization.clone();
    authorization.organization = visit.form.get("organization").and_then(|id| Uuid::try_parse(id).ok());
    proceed(visit, transaction, &client, authorization, Some(waiting)).await
}

/// `POST /oauth2/consent`
pub(super) async fn consent(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.form.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let mut authorization = waiting.authorization.clone();
    if visit.form.get("decision") != Some("allow") {
        requests::answered(&mut transaction, &waiting.handle, visit.service.clock).await?;
        transaction.commit().await?;
        let reply = refused(visit, &authorization, OAuthError::AccessDenied);
        return Ok(reply.refusing(EventName::OauthRequestRefused, "consent"));
    }
    authorization.consented = true;
    proceed(visit, transaction, &client, authorization, Some(waiting)).await
}

/// `POST /oauth2/par` (RFC 9126)
pub(super) async fn push(visit: &mut Visit) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    let client = identify::client(visit).await?;
    // A proof that comes along binds the code to its key (RFC 9449 §10.1).
    let bound_to = possession::offered(visit, "/oauth2/par").await?;
    if visit.form.get("request_uri").is_some() {
        return Err(Refusal::oauth(OAuthError::InvalidRequest, "request-uri"));
    }
    let mut authorization = Authorization::parse(&client, &visit.form)
        .map_err(|wrong| Refusal::oauth(wrong.error, wrong.reason))?;
    if let Some(key) = bound_to {
        if authorization.dpop_jkt.as_deref().is_some_and(|named| named != key.as_str()) {
            return Err(Refusal::oauth(OAuthError::InvalidDpopProof, "dpop.other-key"));
        }
        authorization.dpop_jkt = Some(key.as_str().to_owned());
    }
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let handle = requests::keep(&mut transaction, &authorization, true, clock).await?;
    transaction.commit().await?;
    let body = json!({
        "request_uri": format!("{PUSHED}{}", handle.as_str()),
        "expires_in": requests::PUSHED_SECONDS,
    });
    Ok(Reply::json(StatusCode::CREATED, &body)?)
}

/// Tells the client by its redirect URI what is wrong, or the person, where the address itself is in doubt.
fn refuse(visit: &Visit, client: &Client, wrong: &Wrong) -> Result<Reply, Refusal> {
    let redirect_uri = visit.query.get("redirect_uri").or(client.sole_redirect_uri());
    match redirect_uri.filter(|_| wrong.redirect) {
        Some(uri) => {
            let reply = back(uri, &visit.service.identifier, visit.query.get("state"), wrong.error);
            Ok(reply.refusing(EventName::OauthRequestRefused, wrong.reason))
        }
        None => {
            let kind = if wrong.reason == "redirect-uri" {
                Kind::InvalidRedirectUri
            } else {
                Kind::InvalidAuthorization
            };
            Err(Problem::new(kind).because(wrong.reason).into())
        }
    }
}

async fn waiting(visit: &Visit, handle: Option<&str>) -> Result<(Transaction, Waiting), Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let gone = || Problem::new(Kind::InvalidAuthorization).because("transaction");
    let handle = handle.ok_or_else(gone)?;
    let waiting = requests::waiting(&mut transaction, handle, visit.service.clock).await?;
    Ok((transaction, waiting.ok_or_else(gone)?))
}

async fn client_of(transaction: &mut Transaction, waiting: &Waiting) -> Result<Client, Refusal> {
    let client = clients::find(transaction, &waiting.authorization.client_id).await?;
    client.ok_or_else(|| Problem::new(Kind::InvalidAuthorization).because("client").into())
}

/// As far as it goes: to the sign-in page, to a question, or to the code.
async fn proceed(
    visit: &mut Visit,
    mut transaction: Transaction,
    client: &Client,
    mut authorization: Authorization,
    before: Option<Waiting>,
) -> Result<Reply, Refusal> {
    let session = sessions::of_visit(&mut transaction, visit).await?;
    let Some(session) = session.filter(|session| suffices(visit, session, &authorization, before.as_ref()))
    else {
        if authorization.prompt == Prompt::None {
            transaction.commit().await?;
            return Ok(refused(visit, &authorization, OAuthError::LoginRequired));
        }
        let handle = keep(visit, &mut transaction, &authorization, before).await?;
        transaction.commit().await?;
        return Ok(Reply::see_other(&format!("/signin?transaction={handle}")));
    };
    let mut memberships = organization::of(&mut transaction, visit, session.account_id).await?;
    // Whom an organization's own provider vouched for is known in that organization only.
    if let Some(only) = federation::vouched::organization(&mut transaction, session.id).await? {
        memberships.retain(|membership| membership.organization == only);
    }
    let membership = match organization::choose(&memberships, authorization.organization) {
        Choice::One(membership) => membership,
        Choice::None => {
            transaction.commit().await?;
            let reply = refused(visit, &authorization, OAuthError::AccessDenied);
            return Ok(reply.refusing(EventName::AuthzFail, "organization"));
        }
        Choice::Several if authorization.prompt == Prompt::None => {
            transaction.commit().await?;
            return Ok(refused(visit, &authorization, OAuthError::InteractionRequired));
        }
        Choice::Several => {
            let handle = keep(visit, &mut transaction, &authorization, before).await?;
            transaction.commit().await?;
            return organization::ask(visit, client, &authorization, &handle, &memberships);
        }
    };
    authorization.organization = Some(*membership.organization.as_uuid());
    authorization.scope = membership.within(&authorization.scope);
    let must_ask = !client.first_party || authorization.prompt == Prompt::Consent;
    if must_ask && !authorization.consented && Protection::OauthGrants.holds() {
        if authorization.prompt == Prompt::None {
            transaction.commit().await?;
            return Ok(refused(visit, &authorization, OAuthError::InteractionRequired));
        }
        return ask_consent(visit, transaction, client, &authorization, before, &session, membership).await;
    }
    give_code(visit, transaction, &authorization, before, &session, membership).await
}

/// Whether the browser's session stands, is complete, and is as fresh as the client asks.
fn suffices(visit: &Visit, session: &Session, asked: &Authorization, before: Option<&Waiting>) -> bool {
    let now = visit.service.clock.now();
    let signed_in = session.authenticated_at.time();
    let again = asked.prompt != Prompt::Login || before.is_some_and(|waiting| signed_in >= waiting.since);
    let fresh = asked.max_age.is_none_or(|seconds| now - signed_in <= chrono::Duration::seconds(seconds));
    let strong = asked.acr.as_deref() != Some("2") || session.acr.as_deref() == Some("2");
    session.stands(now).is_ok() && session.is_complete() && again && fresh && strong
}

/// Lets the request wait, under a new handle if something was decided meanwhile.
async fn keep(
    visit: &Visit,
    transaction: &mut Transaction,
    authorization: &Authorization,
    before: Option<Waiting>,
) -> Result<String, Refusal> {
    if let Some(before) = before
        && json!(before.authorization) == json!(authorization)
    {
        return Ok(before.handle);
    }
    Ok(requests::keep(transaction, authorization, false, visit.service.clock).await?.as_str().to_owned())
}

async fn ask_consent(
    visit: &mut Visit,
    mut transaction: Transaction,
    client: &Client,
    authorization: &Authorization,
    before: Option<Waiting>,
    session: &Session,
    membership: &Membership,
) -> Result<Reply, Refusal> {
    let handle = keep(visit, &mut transaction, authorization, before).await?;
    let account = crate::identity::accounts::by_id(&mut transaction, session.account_id).await?;
    let email = account.ok_or(Kind::NotFound)?.email(&visit.service.keyring).map_err(Problem::from)?;
    transaction.commit().await?;
    let csrf = visit.csrf()?;
    let leads_to = destination(authorization);
    let scopes: Vec<&str> = authorization.scope.split(' ').map(answer::in_plain_words).collect();
    let page = Consent {
        form: Form { csrf: &csrf, transaction: Some(&handle), error: None, leads_to: leads_to.as_ref() },
        client: &client.name,
        organization: &membership.name,
        account: &email,
        scopes: &scopes,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

async fn give_code(
    visit: &Visit,
    mut transaction: Transaction,
    authorization: &Authorization,
    before: Option<Waiting>,
    session: &Session,
    membership: &Membership,
) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    if let Some(before) = before
        && !requests::answered(&mut transaction, &before.handle, clock).await?
    {
        return Err(Problem::new(Kind::InvalidAuthorization).because("transaction").into());
    }
    let granted = Granted {
        client_id: &authorization.client_id,
        organization: membership.organization,
        scope: &authorization.scope,
        nonce: authorization.nonce.as_deref(),
        redirect_uri: &authorization.redirect_uri,
        code_challenge: &authorization.code_challenge,
        dpop_jkt: authorization.dpop_jkt.as_deref(),
    };
    let code = grants::give(&mut transaction, session, &granted, clock).await?;
    sessions::touch(&mut transaction, session.id, clock).await?;
    visit.facts.organization.set(Some(membership.organization));
    let event = audit::Event {
        actor: Actor {
            member_id: Some(membership.member),
            issuer: Some(visit.service.identifier.clone()),
            subject: Some(session.account_id.to_string()),
        },
        ..visit.event(EventName::AuthorizationGranted, Outcome::Success, None)
    };
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(answer::with_code(visit, authorization, &code))
}
