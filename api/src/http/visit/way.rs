//! The way of a visit: rate of its address → shape of the request → whose form it is → handler → audit row → answer.

use super::{Browser, Cookie, Fields, OAuthError, Refusal, Reply, Style, Visit, cookie, origin};
use crate::{
    audit::Outcome,
    http::{
        body, deadline,
        dispatch::{Row, Way, is_spelled_plainly, nothing},
        problem::{Kind, Problem},
    },
    identity::pages::ErrorPage,
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{
        Method,
        header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    },
};
use std::sync::Arc;

/// Ties forms to a browser.
const BROWSER: &str = "__Host-browser";
const FORM: &str = "application/x-www-form-urlencoded";

pub(in crate::http) async fn visited<F>(
    row: &Row,
    style: Style,
    service: Arc<Service>,
    request: HttpRequest,
    mut payload: Payload,
    handler: F,
) -> HttpResponse
where
    F: AsyncFn(&mut Visit) -> Result<Reply, Refusal>,
{
    if !is_spelled_plainly(&request) || !service.is_provider() {
        return nothing(&service, &request, Kind::NotFound.into()).await;
    }
    let mut way = Way::new(row.clone(), Arc::clone(&service), &request);
    let mut visit = Visit {
        facts: way.facts(),
        service,
        query: Fields::default(),
        form: Fields::default(),
        headers: request.headers().clone(),
        operation: row.operation,
        browser: cookie::sole(request.headers(), BROWSER)
            .map_or(Browser::Unknown, |secret| Browser::Known(secret.to_owned())),
    };
    let outcome = match enter(&mut way, row, style, &mut visit, &request, &mut payload).await {
        Ok(()) => deadline::within(handler(&mut visit)).await,
        Err(refusal) => Err(refusal),
    };
    leave(way, style, visit, outcome).await
}

async fn enter(
    way: &mut Way,
    row: &Row,
    style: Style,
    visit: &mut Visit,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(), Refusal> {
    way.admit_visitor()?;
    visit.query = fields(request.query_string().as_bytes(), style)?;
    if row.method == Method::POST {
        let bytes = body::collect(request.headers(), payload, row.body_limit).await?;
        // An empty POST needs no type.
        if !bytes.is_empty() {
            check_form(request.headers())?;
        }
        visit.form = fields(&bytes, style)?;
        if style == Style::Page {
            let browser = match &visit.browser {
                Browser::Known(secret) => Some(secret.as_str()),
                _ => None,
            };
            origin::check(
                request.headers(),
                &visit.service.identifier,
                &visit.service.keyring,
                browser,
                visit.form.get("csrf"),
            )?;
        }
    }
    Ok(())
}

fn fields(text: &[u8], style: Style) -> Result<Fields, Refusal> {
    Fields::parse(text).map_err(|problem| match style {
        Style::OAuth => Refusal::oauth(OAuthError::InvalidRequest, problem.kind().slug()),
        Style::Page => problem.into(),
    })
}

fn check_form(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(CONTENT_TYPE);
    let sole = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        _ => "",
    };
    let essence = sole.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(FORM) && !headers.contains_key(CONTENT_ENCODING) {
        return Ok(());
    }
    let accepted = HeaderName::from_static("accept-post");
    Err(Problem::new(Kind::UnsupportedMediaType).with_header(accepted, HeaderValue::from_static(FORM)))
}

async fn leave(way: Way, style: Style, mut visit: Visit, outcome: Result<Reply, Refusal>) -> HttpResponse {
    let shaped = match outcome {
        Ok(reply) => Ok(reply),
        Err(Refusal::OAuth { error, event, reason, headers }) => Reply::error(error).map(|reply| {
            headers
                .into_iter()
                .fold(reply, |reply, (name, value)| reply.with_header(name, value))
                .refusing(event, reason)
        }),
        Err(Refusal::Problem(problem)) if style == Style::Page => {
            return way.finish_page(&visit, problem).await;
        }
        Err(Refusal::Problem(problem)) => Err(problem),
    };
    let reply = match shaped {
        Ok(reply) => reply,
        Err(problem) => return way.finish(Err(problem)).await,
    };
    if let Some((event, reason)) = reply.failure
        && let Err(unrecorded) = way.record_event(visit.event(event, Outcome::Failure, Some(reason))).await
    {
        return unrecorded.error_response();
    }
    let reply = match std::mem::replace(&mut visit.browser, Browser::Unknown) {
        Browser::New(secret) => reply.with_cookie(&Cookie::new(BROWSER, secret.as_str())),
        _ => reply,
    };
    way.finish(Ok(reply.response)).await
}

impl Way {
    /// A problem as people read it. It is in the audit log as any other.
    async fn finish_page(self, visit: &Visit, problem: Problem) -> HttpResponse {
        if let Err(unrecorded) = self.record_refusal(&problem).await {
            return self.finish(Err(unrecorded)).await;
        }
        let kind = problem.kind();
        let page = ErrorPage { title: kind.title(), sentence: advice(kind), request: visit.facts.id };
        let outcome = Reply::page(kind.status(), &page).map(|reply| {
            let mut response = reply.response;
            problem.write_own_headers(response.headers_mut());
            // The edge logs what broke on our side.
            response.extensions_mut().insert(problem);
            response
        });
        self.finish(outcome).await
    }
}

/// What a person can do about it.
const fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::QuotaExceeded
        | Kind::TooManyLogins
        | Kind::LoginDelayed
        | Kind::Overloaded
        | Kind::DependencyUnavailable
        | Kind::RequestTimeout => "Wait a moment, then try again.",
        Kind::CrossSite => "Go back to the page before, load it again, and send the form from there.",
        Kind::LinkRequired => {
            "Sign in the way you did until now. Then you can link your organization's provider with your account."
        }
        Kind::NotFound | Kind::MethodNotAllowed => "Check the address, or start again from where you came.",
        _ => "Start again from where you came. If it happens again, tell the operator the number below.",
    }
}
