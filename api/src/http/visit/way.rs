//! The way of a visit: rate of its address → shape of the request → whose form it is → handler → audit row → answer.

use super::{
    Browser, Cookie, Field, Fields, OAuthError, Refusal, Reply, Style, Visit, advice, cookie, origin,
};
use crate::{
    audit::{Outcome, Reason},
    http::{
        body, deadline,
        dispatch::{Row, Way, is_spelled_plainly, nothing},
        media,
        problem::{Kind, Problem},
    },
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{
        Method,
        header::{HeaderMap, HeaderValue},
    },
};
use std::sync::Arc;

/// Ties forms to a browser.
const BROWSER: &str = "__Host-browser";
const FORM: &str = "application/x-www-form-urlencoded";

pub(in crate::http) async fn visited<F>(
    row: &Row,
    (style, known): (Style, &[Field]),
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
    let mut way = Way::of_a_visit(row.clone(), Arc::clone(&service), &request);
    let mut visit = Visit {
        facts: way.facts(),
        service,
        query: Fields::default(),
        form: Fields::default(),
        headers: request.headers().clone(),
        operation: row.operation,
        own_form: false,
        browser: cookie::sole(request.headers(), BROWSER)
            .map_or(Browser::Unknown, |secret| Browser::Known(secret.to_owned())),
    };
    let outcome = match enter(&mut way, row, (style, known), &mut visit, &request, &mut payload).await {
        Ok(()) => deadline::within(handler(&mut visit)).await,
        Err(refusal) => Err(refusal),
    };
    leave(way, style, visit, outcome).await
}

async fn enter(
    way: &mut Way,
    row: &Row,
    (style, known): (Style, &[Field]),
    visit: &mut Visit,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(), Refusal> {
    way.admit_visitor()?;
    visit.query = fields(request.query_string().as_bytes(), style, known)?;
    if row.method == Method::POST {
        let bytes = body::collect(request.headers(), payload, row.body_limit).await?;
        // An empty POST needs no type.
        if !bytes.is_empty() {
            check_form(request.headers())?;
        }
        visit.form = fields(&bytes, style, known)?;
        if style.is_for_people() {
            let browser = match &visit.browser {
                Browser::Known(secret) => Some(secret.as_str()),
                _ => None,
            };
            let checked = origin::check(
                request.headers(),
                &visit.service.identifier,
                &visit.service.keyring,
                browser,
                visit.form.get("csrf"),
            );
            visit.own_form = checked.is_ok();
            if style == Style::Page {
                checked?;
            }
        }
    }
    Ok(())
}

fn fields(text: &[u8], style: Style, known: &[Field]) -> Result<Fields, Refusal> {
    Fields::parse(text, known).map_err(|problem| match style {
        Style::OAuth => {
            let reason = problem.reason().unwrap_or(Reason::of(problem.kind()));
            Refusal::oauth(OAuthError::InvalidRequest, reason)
        }
        Style::Page | Style::FrontChannel => problem.into(),
    })
}

fn check_form(headers: &HeaderMap) -> Result<(), Problem> {
    let fits = media::declared(headers).is_some_and(|declared| declared.is(FORM));
    if fits && !media::is_encoded(headers) {
        return Ok(());
    }
    Err(media::unsupported(&Method::POST, headers, fits, &HeaderValue::from_static(FORM)))
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
        Err(Refusal::Problem(problem)) if style.is_for_people() => {
            let next = advice::next(problem.kind(), way.path(), visit.form.get("transaction"));
            return way.finish_page(problem, next.as_ref()).await;
        }
        Err(Refusal::Problem(problem)) => Err(problem),
    };
    let reply = match shaped {
        Ok(reply) => reply,
        Err(problem) => return way.finish(Err(problem)).await,
    };
    if let Some((_, reason)) = reply.failure {
        visit.facts.reason.set(Some(reason));
    }
    if let Some((event, reason)) = reply.failure
        && let Err(unrecorded) = way.record_failure(visit.event(event, Outcome::Failure, Some(reason))).await
    {
        return unrecorded.error_response();
    }
    let reply = match std::mem::replace(&mut visit.browser, Browser::Unknown) {
        Browser::New(secret) => reply.with_cookie(&Cookie::new(BROWSER, secret.as_str())),
        _ => reply,
    };
    way.finish(Ok(reply.response)).await
}
