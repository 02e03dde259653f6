//! The way out: from this service, or at a client's request (OpenID Connect RP-Initiated Logout 1.0).

mod backchannel;
mod request;

use super::clients::Client;
use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        endpoint::Endpoint,
        visit::{Cookie, Field, Fields, Refusal, Reply, Style, Visit},
    },
    identity::{
        account_events::{self, By},
        fields,
        pages::{Form, Link, SignOut, SignedOut},
        sessions::{self, COOKIE},
    },
    store::prelude::*,
};
use actix_web::http::{Method, StatusCode};

/// What a client may say (§2).
const ASKED: &[Field] = &[
    fields::ID_TOKEN_HINT,
    fields::CLIENT_ID,
    fields::POST_LOGOUT_REDIRECT_URI,
    fields::STATE,
    fields::LOGOUT_HINT,
];
const FIELDS: &[Field] = &[
    fields::ID_TOKEN_HINT,
    fields::CLIENT_ID,
    fields::POST_LOGOUT_REDIRECT_URI,
    fields::STATE,
    fields::LOGOUT_HINT,
    fields::CSRF,
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let summary = "Ends the browser's session, after asking (OpenID Connect RP-Initiated Logout).";
    vec![
        Endpoint::visited(
            Method::GET,
            "/oauth2/logout",
            "showSignOut",
            summary,
            Style::FrontChannel,
            ASKED,
            show,
        ),
        Endpoint::visited(
            Method::POST,
            "/oauth2/logout",
            "signOut",
            "Ends the browser's session, or asks first where a client's form brings somebody.",
            Style::FrontChannel,
            FIELDS,
            sign_out,
        ),
    ]
}

/// Asks first: a link or an image of a foreign page must not sign anybody out.
async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let client = request::client(visit, &mut transaction, &visit.query).await?;
    let signed_in = sessions::of_visit(&mut transaction, visit)
        .await?
        .is_some_and(|session| session.stands(visit.service.clock.now()).is_ok());
    transaction.release();
    let back = request::back(&visit.query, client.as_ref());
    if !signed_in {
        return signed_out(client.as_ref(), back.as_deref());
    }
    let csrf = visit.csrf()?;
    let action = action(&visit.query);
    let page = SignOut {
        form: Form { csrf: &csrf, ..Form::default() },
        client: client.as_ref().map(|client| client.name.as_str()),
        action: &action,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

/// Our own page's form ends the session. One of a client's leads to that page: the standard lets clients send people here by
/// POST as well as by GET (§2), and neither must sign anybody out unasked.
async fn sign_out(visit: &mut Visit) -> Result<Reply, Refusal> {
    if !visit.is_own_form() {
        return Ok(visit.again_by_get("/oauth2/logout", ASKED));
    }
    let (issuer, clock) = (visit.service.identifier.clone(), visit.service.clock);
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let client = request::client(visit, &mut transaction, &visit.query).await?;
    let mut told = None;
    if let Some(session) = sessions::of_visit(&mut transaction, visit).await? {
        let listeners = backchannel::listeners(&mut transaction, session.id).await?;
        let stood = sessions::end(&mut transaction, &issuer, session.id, clock).await?;
        told = stood.then_some((session.account_id, session.id, listeners));
        let event = Event {
            object_type: Some("session"),
            objects: vec![*session.id.as_uuid()],
            ..visit.event(EventName::SessionEnded, Outcome::Success, None)
        };
        let by = By::Themselves(&session.origin);
        account_events::record(&mut transaction, &issuer, session.account_id, by, &event).await?;
    }
    transaction.commit().await?;
    if let Some((account, session, listeners)) = told {
        backchannel::tell(visit.service.provider()?, &issuer, account, session, listeners, clock)?;
    }
    let back = request::back(&visit.query, client.as_ref());
    let reply = signed_out(client.as_ref(), back.as_deref())?;
    Ok(reply.with_cookie(&Cookie::gone(COOKIE)).clearing_site_data())
}

/// The form's own address carries what the client asked for, so that the answer can lead back to it.
fn action(query: &Fields) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(name, _)| ASKED.iter().any(|field| field.is(name))) {
        text.append_pair(name, value);
    }
    let text = text.finish();
    if text.is_empty() { "/oauth2/logout".to_owned() } else { format!("/oauth2/logout?{text}") }
}

fn signed_out(client: Option<&Client>, back: Option<&str>) -> Result<Reply, Refusal> {
    let name = client.map_or("the application", |client| client.name.as_str());
    let page = SignedOut { back: back.map(|href| Link { name, href }) };
    Ok(Reply::page(StatusCode::OK, &page)?)
}
