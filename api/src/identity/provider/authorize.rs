//! `/oauth2/authorize`: from what a client asks for to a code, past whoever must sign in, choose, or allow it.
//!
//! What somebody decides on a page counts at once or not at all: it is never stored for later, when another may be there.

mod answer;
pub(super) mod organization;

use super::{
    authorization::{Authorization, Wrong},
    clients::{self, Client, Profile},
    grants::{self, Granted},
    requests::{self, Question, Waiting},
    token::{identify, possession},
};
use crate::{
    access::in_plain_words,
    audit::{self, Actor, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{OAuthError, Refusal, Reply, Visit},
    },
    identity::{
        pages::{Consent, Form},
        sessions::{self, Session},
    },
    protection::OAUTH_GRANTS,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use answer::{Carrier, back, refused};
use brigandine_enforce::enforces;
use chrono::{DateTime, Duration, Utc};
use organization::{Choice, Membership};
use serde_json::json;
use uuid::Uuid;

/// How the handle of a pushed request is written (RFC 9126 §2.2).
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";
/// How far the clocks of providers may differ from ours (catalogue P2).
const SKEW: Duration = Duration::seconds(10);

/// `GET /oauth2/authorize`
pub(super) async fn authorize(visit: &mut Visit) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let unknown = || Problem::new(Kind::UnknownClient).because(Reason::CLIENT);
    let client_id = visit.query.get("client_id").ok_or_else(unknown)?;
    let client = clients::find(&mut transaction, client_id).await?.ok_or_else(unknown)?;
    let pushed = visit.query.get("request_uri");
    let authorization = match pushed {
        Some(uri) => {
            let handle = uri.strip_prefix(PUSHED).unwrap_or_default();
            let taken = requests::take_pushed(&mut transaction, &client.client_id, handle, clock).await?;
            taken.ok_or_else(|| Problem::new(Kind::InvalidAuthorization).because(Reason::REQUEST_URI))?
        }
        None if must_push(&client) => {
            return Err(Problem::new(Kind::InvalidAuthorization).because(Reason::NOT_PUSHED).into());
        }
        None => match Authorization::read(&visit.service, &client, &visit.query) {
            Ok(authorization) => authorization,
            Err(wrong) => return refuse(visit, &client, &wrong),
        },
    };
    proceed(visit, transaction, &client, authorization, None, Decision::Open).await
}

/// `POST /oauth2/authorize`. A form of another site comes without our cookies, which are `SameSite=Lax`: the browser asks
/// again by GET, and brings them.
pub(super) async fn by_form(visit: &mut Visit) -> Result<Reply, Refusal> {
    Ok(visit.again_by_get("/oauth2/authorize", super::AUTHORIZATION))
}

/// `GET /oauth2/continue`: back from the sign-in pages.
pub(super) async fn go_on(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.query.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let authorization = waiting.authorization.clone();
    proceed(visit, transaction, &client, authorization, Some(waiting), Decision::Open).await
}

/// `POST /signin/organization`
pub(super) async fn choose(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.form.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let authorization = waiting.authorization.clone();
    let chosen = visit.form.get("organization").and_then(|id| Uuid::try_parse(id).ok());
    proceed(visit, transaction, &client, authorization, Some(waiting), Decision::Organization(chosen)).await
}

/// `POST /oauth2/consent`
pub(super) async fn consent(visit: &mut Visit) -> Result<Reply, Refusal> {
    let (mut transaction, waiting) = waiting(visit, visit.form.get("transaction")).await?;
    let client = client_of(&mut transaction, &waiting).await?;
    let authorization = waiting.authorization.clone();
    if visit.form.get("decision") != Some("allow") {
        requests::answered(&mut transaction, &waiting.handle, visit.service.clock).await?;
        transaction.commit().await?;
        let reply = refused(visit, &authorization, OAuthError::AccessDenied, Carrier::Page)?;
        return Ok(reply.refusing(EventName::OauthRequestRefused, Reason::CONSENT));
    }
    proceed(visit, transaction, &client, authorization, Some(waiting), Decision::Allow).await
}

/// `POST /oauth2/par` (RFC 9126)
pub(super) async fn push(visit: &mut Visit) -> Result<Reply, Refusal> {
    let clock = visit.service.clock;
    let client = identify::client(visit).await?;
    // A proof that comes along binds the code to its key (RFC 9449 §10.1).
    let bound_to = possession::offered(visit, "/oauth2/par").await?;
    if visit.form.get("request_uri").is_some() {
        return Err(Refusal::oauth(OAuthError::InvalidRequest, Reason::REQUEST_URI));
    }
    let mut authorization = Authorization::read(&visit.service, &client, &visit.form)
        .map_err(|wrong| Refusal::oauth(wrong.error, wrong.reason))?;
    if let Some(key) = bound_to {
        if authorization.dpop_jkt.as_deref().is_some_and(|named| named != key.as_str()) {
            return Err(Refusal::oauth(OAuthError::InvalidDpopProof, Reason::DPOP_OTHER_KEY));
        }
        authorization.dpop_jkt = Some(key.as_str().to_owned());
    }
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let handle = requests::push(&mut transaction, &authorization, clock).await?;
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
            let kind = if wrong.reason == Reason::REDIRECT_URI {
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
    let gone = || Problem::new(Kind::InvalidAuthorization).because(Reason::TRANSACTION);
    let handle = handle.ok_or_else(gone)?;
    let waiting = requests::waiting(&mut transaction, visit, handle).await?;
    Ok((transaction, waiting.ok_or_else(gone)?))
}

async fn client_of(transaction: &mut Transaction, waiting: &Waiting) -> Result<Client, Refusal> {
    let client = clients::find(transaction, &waiting.authorization.client_id).await?;
    client.ok_or_else(|| Problem::new(Kind::InvalidAuthorization).because(Reason::CLIENT).into())
}

/// What the form of a page says; a link says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// Nothing.
    Open,
    /// With which organization the client is to work.
    Organization(Option<Uuid>),
    /// That the client may have what the page asked for.
    Allow,
}

/// As far as it goes: to the sign-in page, to a question, or to the code.
async fn proceed(
    visit: &mut Visit,
    mut transaction: Transaction,
    client: &Client,
    mut authorization: Authorization,
    before: Option<Waiting>,
    decision: Decision,
) -> Result<Reply, Refusal> {
    let carrier = Carrier::after(before.as_ref());
    let now = visit.service.clock.now();
    let session = sessions::of_visit(&mut transaction, visit).await?;
    let session = session.filter(|session| session.stands(now).is_ok() && session.is_complete());
    let session = match session {
        Some(session) if lack(&session, now, &authorization, before.as_ref()).is_none() => session,
        lacking => return sign_in(visit, transaction, &authorization, before, lacking).await,
    };
    let (issuer, origin) = (visit.service.identifier.as_str(), &session.origin);
    let memberships = organization::of(&mut transaction, issuer, session.account_id, origin).await?;
    // What somebody else was asked in this browser is nobody's answer.
    let asked = before.as_ref().and_then(|waiting| waiting.question.as_ref());
    let asked = asked.filter(|question| question.account == session.account_id);
    let chosen = match decision {
        Decision::Open => None,
        Decision::Organization(chosen) => chosen,
        Decision::Allow => asked.map(|question| *question.organization.as_uuid()),
    };
    let membership = match organization::choose(&memberships, authorization.organization.or(chosen)) {
        Choice::One(membership) => membership,
        Choice::None => {
            transaction.commit().await?;
            let reply = refused(visit, &authorization, OAuthError::AccessDenied, carrier)?;
            return Ok(reply.refusing(EventName::AuthzFail, Reason::ORGANIZATION));
        }
        Choice::Several if authorization.prompt.none => {
            transaction.commit().await?;
            return Ok(refused(visit, &authorization, OAuthError::InteractionRequired, carrier)?);
        }
        Choice::Several => {
            let handle = keep(visit, &mut transaction, &authorization, before).await?;
            transaction.commit().await?;
            return organization::ask(visit, client, &handle, &memberships);
        }
    };
    let question = Question {
        account: session.account_id,
        organization: membership.organization,
        scope: membership.within(&authorization.scope),
    };
    let must_ask = !client.first_party || authorization.prompt.consent;
    let is_allowed = decision == Decision::Allow && asked == Some(&question);
    if must_ask && !is_answered(is_allowed) {
        if authorization.prompt.none {
            transaction.commit().await?;
            return Ok(refused(visit, &authorization, OAuthError::InteractionRequired, carrier)?);
        }
        return ask_consent(visit, transaction, client, &authorization, before, &question, membership).await;
    }
    authorization.scope = question.scope;
    give_code(visit, transaction, &authorization, before, &session, membership).await
}

/// Under FAPI 2.0 nothing of a request goes through the browser, where it could be changed (FAPI 2.0 SP §5.3.2.2).
#[enforces(OAUTH_GRANTS, answers = false)]
fn must_push(client: &Client) -> bool {
    client.profile == Profile::Fapi2
}

/// Whether this very question was answered with yes (RFC 6749 §10.2).
#[enforces(OAUTH_GRANTS, answers = true)]
fn is_answered(is_allowed: bool) -> bool {
    is_allowed
}

/// Why the browser's session is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// It is of somebody else than the client means.
    Person,
    /// Too long ago did somebody show that it is them.
    Freshness,
    /// One factor was shown, where two are asked for.
    Strength,
}

/// What a session lacks that the client asks for. Whoever signed in for this very request did so freshly, however long
/// they take from there: `max_age=0` asks for one sign-in (OIDC Core §3.1.2.1).
fn lack(
    session: &Session,
    now: DateTime<Utc>,
    asked: &Authorization,
    before: Option<&Waiting>,
) -> Option<Lack> {
    let for_this = before.is_some_and(|waiting| signed_in_since(session, waiting.since));
    let age = now - session.authenticated_at.time();
    let young = asked.max_age.is_none_or(|seconds| seconds > 0 && age <= Duration::seconds(seconds));
    if asked.hinted.is_some_and(|account| account != session.account_id) {
        Some(Lack::Person)
    } else if !for_this && (asked.prompt.login || !young) {
        Some(Lack::Freshness)
    } else if asked.acr.as_deref() == Some("2") && session.acr.as_deref() != Some("2") {
        Some(Lack::Strength)
    } else {
        None
    }
}

/// Whether somebody showed who they are since a moment ago. An organization's provider says when in whole seconds and by
/// its own clock.
fn signed_in_since(session: &Session, since: DateTime<Utc>) -> bool {
    let shown = session.authenticated_at.time();
    shown >= since || (session.created_at.time() >= since && shown + SKEW >= since)
}

/// Sends the browser to the sign-in page; or the client an error, where nothing may be shown, and where somebody signed in
/// for this very request and it did not help: asking them again would have no end.
async fn sign_in(
    visit: &mut Visit,
    mut transaction: Transaction,
    authorization: &Authorization,
    before: Option<Waiting>,
    session: Option<Session>,
) -> Result<Reply, Refusal> {
    let now = visit.service.clock.now();
    let tried =
        session.zip(before.as_ref()).filter(|(session, waiting)| signed_in_since(session, waiting.since));
    let lacking = tried.and_then(|(session, waiting)| lack(&session, now, authorization, Some(waiting)));
    let error = match lacking {
        _ if authorization.prompt.none => Some(OAuthError::LoginRequired),
        Some(Lack::Person) => Some(OAuthError::LoginRequired),
        Some(Lack::Strength) => Some(OAuthError::UnmetAuthenticationRequirements),
        Some(Lack::Freshness) | None => None,
    };
    let Some(error) = error else {
        let handle = keep(visit, &mut transaction, authorization, before).await?;
        transaction.commit().await?;
        return Ok(Reply::see_other(&super::sign_in::onward("/signin", Some(&handle))));
    };
    let carrier = Carrier::after(before.as_ref());
    if let Some(before) = before {
        requests::answered(&mut transaction, &before.handle, visit.service.clock).await?;
    }
    transaction.commit().await?;
    Ok(refused(visit, authorization, error, carrier)?)
}

/// Lets the request wait in this browser, if it does not already.
async fn keep(
    visit: &mut Visit,
    transaction: &mut Transaction,
    authorization: &Authorization,
    before: Option<Waiting>,
) -> Result<String, Refusal> {
    match before {
        Some(before) => Ok(before.handle),
        None => Ok(requests::wait(transaction, visit, authorization).await?.as_str().to_owned()),
    }
}

async fn ask_consent(
    visit: &mut Visit,
    mut transaction: Transaction,
    client: &Client,
    authorization: &Authorization,
    before: Option<Waiting>,
    question: &Question,
    membership: &Membership,
) -> Result<Reply, Refusal> {
    let handle = keep(visit, &mut transaction, authorization, before).await?;
    requests::ask(&mut transaction, &handle, question).await?;
    let account = crate::identity::accounts::by_id(&mut transaction, question.account).await?;
    let email = account.ok_or(Kind::NotFound)?.email(&visit.service.keyring).map_err(Problem::from)?;
    transaction.commit().await?;
    let csrf = visit.csrf()?;
    let destination = answer::destination(authorization);
    let scopes: Vec<&str> = question.scope.split(' ').map(in_plain_words).collect();
    let page = Consent {
        form: Form { csrf: &csrf, ..Form::default() }.waiting(Some(&handle)),
        destination: &destination,
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
    let (clock, carrier) = (visit.service.clock, Carrier::after(before.as_ref()));
    if let Some(before) = before
        && !requests::answered(&mut transaction, &before.handle, clock).await?
    {
        return Err(Problem::new(Kind::InvalidAuthorization).because(Reason::TRANSACTION).into());
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
    Ok(answer::with_code(visit, authorization, &code, carrier)?)
}
