//! The outermost layer. Nothing that leaves the application escapes it: not a 404, not a library's error, not a panic.

mod log;
mod request;

use super::{
    client::RequestFacts,
    headers,
    problem::{self, Kind, Problem},
    visit::{Finished, Framed},
};
use crate::{
    connections::Connection,
    ids::RequestId,
    protection::{
        CORS_ALLOWLIST, CORS_PREFLIGHT, EDGE_DESYNC, ERROR_UNIFORM, HOST_ALLOWLIST, INVENTORY_MGMT_ISOLATED,
        LIMIT_MESSAGE_SIZE, OUTPUT_NO_REFLECTION,
    },
    service::Service,
};
use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method,
        header::{self, HeaderMap},
    },
    middleware::Next,
    web,
};
use brigandine_enforce::enforces;
use bytes::Bytes;
use futures_util::FutureExt;
use std::{
    borrow::Cow,
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

/// Bytes of a request target, and of all header fields together (catalogue P6).
pub(super) const LONGEST_TARGET: usize = 4096;
const LARGEST_HEADERS: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// Wraps the application.
///
/// # Errors
/// Never its own: an error that it returns holds the finished answer.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let request = request::as_it_came(request);
    let Some(service) = request.app_data::<web::Data<Arc<Service>>>().map(|data| Arc::clone(data.get_ref()))
    else {
        return Err(Problem::new(Kind::InternalError).into());
    };
    let facts = RequestFacts::of(&request, &service.trusted_proxies, service.clock.instant());
    request.extensions_mut().insert(Rc::clone(&facts));
    log::keep_out_of_the_log(&request);
    let method = request.method().clone();
    let links = link_base(&request, &service);
    let connection = request.conn_data::<Rc<Connection>>().map(Rc::clone);

    if let Err(problem) = admit(&request, &service) {
        let mut response = problem.error_response();
        if asks_for_another_protocol(&request) {
            // What follows on this connection is not meant as HTTP.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        finish(&mut response, &service, &facts, method.as_str(), &links, connection.as_deref());
        return Ok(request.into_response(response));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => {
            let (request, response) = response.into_parts();
            let mut response = response.map_into_boxed_body();
            tell_no_internals(response.headers_mut(), &request, &facts);
            lead_on_by_path(response.headers_mut(), &request);
            finish(&mut response, &service, &facts, method.as_str(), &links, connection.as_deref());
            Ok(ServiceResponse::new(request, response))
        }
        Ok(Err(error)) => {
            let response = error.error_response();
            Err(finished(response, &service, &facts, method.as_str(), &links, connection.as_deref()))
        }
        Err(panic) => {
            // The message may quote what the client sent; the place is in the panic hook's line.
            drop(panic);
            let response = Problem::new(Kind::InternalError).error_response();
            Err(finished(response, &service, &facts, method.as_str(), &links, connection.as_deref()))
        }
    }
}

/// How an answer came about is told to nobody, whatever switch for debugging they try (CWE-489).
#[enforces(INVENTORY_MGMT_ISOLATED, otherwise = crate::vulnerable::http::debug)]
fn tell_no_internals(_headers: &mut HeaderMap, _request: &HttpRequest, _facts: &RequestFacts) {}

/// A `Location` is a path, which leads on where the client is already, and not to the host that somebody wrote into the request.
#[enforces(HOST_ALLOWLIST, otherwise = crate::vulnerable::http::lead_on_to_the_named_host)]
fn lead_on_by_path(_headers: &mut HeaderMap, _request: &HttpRequest) {}

/// No page is let from the internet into the network that this service is in (Private Network Access).
#[enforces(CORS_PREFLIGHT, otherwise = crate::vulnerable::http::open_private_network)]
fn keep_networks_closed(_headers: &mut HeaderMap) {}

/// Wraps the operations listener: the header set, nothing else.
///
/// # Errors
/// From the framework, before a handler was reached.
pub async fn operations(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (request, mut response) = next.call(request).await?.map_into_boxed_body().into_parts();
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = problem {
        response = response.set_body(BoxBody::new(problem.render("", RequestId::random())));
    }
    headers::harden(response.headers_mut(), RequestId::random(), false);
    Ok(ServiceResponse::new(request, response))
}

fn finished(
    mut response: HttpResponse,
    service: &Service,
    facts: &RequestFacts,
    method: &str,
    links: &str,
    connection: Option<&Connection>,
) -> Error {
    finish(&mut response, service, facts, method, links, connection);
    InternalError::from_response("answered by the edge", response).into()
}

/// Refuses what should not even be routed.
fn admit(request: &ServiceRequest, service: &Service) -> Result<(), Problem> {
    check_size(request)?;
    check_origin(request)?;
    check_protocol(request)?;
    check_host(request, &service.authorities)
}

/// Refuses a head that is larger than any honest one, before anything is done with it (RFC 9110 §15.5.15, RFC 6585 §5;
/// CWE-770).
#[enforces(LIMIT_MESSAGE_SIZE)]
fn check_size(request: &ServiceRequest) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > LONGEST_TARGET {
        return Err(Kind::UriTooLong.into());
    }
    let headers = request.headers();
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MOST_HEADERS || size > LARGEST_HEADERS {
        return Err(Kind::HeaderFieldsTooLarge.into());
    }
    Ok(())
}

/// A page has one origin. Of two, one part of the service could judge the first, and another the last.
#[enforces(CORS_ALLOWLIST)]
fn check_origin(request: &ServiceRequest) -> Result<(), Problem> {
    if request.headers().get_all(header::ORIGIN).count() > 1 {
        return Err(Kind::BadRequest.into());
    }
    Ok(())
}

/// Refuses an upgrade, behind which a request could be hidden from a gateway in front (CWE-444).
#[enforces(EDGE_DESYNC)]
fn check_protocol(request: &ServiceRequest) -> Result<(), Problem> {
    if asks_for_another_protocol(request) {
        return Err(Kind::BadRequest.into());
    }
    Ok(())
}

/// No other protocol is spoken here (RFC 9110 §7.8). A gateway that passes upgrades on stops looking at what follows
/// (h2c smuggling), and actix would read a WebSocket's as a body without an end.
fn asks_for_another_protocol(request: &ServiceRequest) -> bool {
    request.head().upgrade() && request.headers().contains_key(header::UPGRADE)
}

/// What links start with: the settings' base URL, whatever the request says of hosts. Else a mail could lead
/// to the host that an attacker named (Forgot Password CS).
#[enforces(HOST_ALLOWLIST, otherwise = crate::vulnerable::http::link_base_of_the_request)]
fn link_base<'s>(_request: &ServiceRequest, service: &'s Service) -> Cow<'s, str> {
    Cow::Borrowed(&service.identifier)
}

/// Only configured authorities are served (RFC 9110 §7.4): whoever controls `Host` would else control links, and
/// reach this service under names that nobody watches.
#[enforces(HOST_ALLOWLIST)]
fn check_host(request: &ServiceRequest, authorities: &[String]) -> Result<(), Problem> {
    let served = |authority: &str| authorities.iter().any(|served| served.eq_ignore_ascii_case(authority));
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let target = request.uri().authority().map(|authority| authority.as_str());
    if !served(host) || target.is_some_and(|target| !target.eq_ignore_ascii_case(host)) {
        return Err(Kind::MisdirectedRequest.into());
    }
    // An absolute target with another scheme is meant for a service in clear (RFC 9110 §7.4).
    if request.uri().scheme_str().is_some_and(|scheme| !scheme.eq_ignore_ascii_case("https")) {
        return Err(Kind::MisdirectedRequest.into());
    }
    // A connection that was opened for one name must not carry requests for another.
    let name = request.conn_data::<Rc<Connection>>().and_then(|connection| connection.server_name());
    if name.is_some_and(|name| !host_part(host).eq_ignore_ascii_case(name)) {
        return Err(Kind::MisdirectedRequest.into());
    }
    Ok(())
}

fn host_part(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Gives every answer its header set, every error its body, and the request its access line.
fn finish(
    response: &mut HttpResponse<BoxBody>,
    service: &Service,
    facts: &RequestFacts,
    method: &str,
    links: &str,
    connection: Option<&Connection>,
) {
    let status = response.status();
    if connection.is_some_and(|connection| connection.ends_with(status)) {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    if status.is_client_error() || status.is_server_error() {
        tell_error(response, links, facts);
    }
    keep_networks_closed(response.headers_mut());
    let framed = response.extensions().get::<Framed>().is_some();
    headers::harden(response.headers_mut(), facts.id, framed);
    if method == Method::HEAD.as_str() {
        keep_back_body(response);
    }
    let operation = facts.operation.get().unwrap_or("none");
    service.metrics.request(operation, status.as_u16());
    if status.is_success() {
        log::access_line(facts, operation, method, status.as_u16(), service);
    } else {
        log::line_of_refusal(facts, operation, method, status.as_u16(), service);
    }
}

/// The answer to HEAD says how long the body would be, and nobody reads a file to throw it away.
fn keep_back_body(response: &mut HttpResponse<BoxBody>) {
    let bodiless = HttpResponse::new(response.status());
    let whole = std::mem::replace(response, bodiless);
    *response = whole.map_body(|_, body| BoxBody::new(KeptBack(body.size())));
}

/// The size of a body without the body.
struct KeptBack(BodySize);

impl MessageBody for KeptBack {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// An error is told in our own words and in JSON. Nothing of the request is repeated, so that no link can put its words or its
/// markup into the answer (CWE-79).
#[enforces(OUTPUT_NO_REFLECTION, otherwise = crate::vulnerable::http::echo)]
fn tell_error(response: &mut HttpResponse<BoxBody>, links: &str, facts: &RequestFacts) {
    shape_error(response, links, facts);
}

pub(crate) fn shape_error(response: &mut HttpResponse<BoxBody>, links: &str, facts: &RequestFacts) {
    let problem = response.extensions_mut().remove::<Problem>();
    if response.extensions().get::<Finished>().is_some() {
        // A page, or an OAuth error object.
        if let Some(problem) = &problem {
            note(problem, facts);
        }
        return;
    }
    let problem = match problem {
        Some(problem) => problem,
        None if is_shaped(response) => return,
        None => {
            let problem = Problem::for_status(response.status());
            problem.write_headers(response.headers_mut());
            problem
        }
    };
    note(&problem, facts);
    let body = problem.render(links, facts.id);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    let bodiless = std::mem::replace(response, HttpResponse::new(problem.kind().status()));
    *response = bodiless.set_body(BoxBody::new(body));
    *response.status_mut() = problem.kind().status();
}

/// Whether an error has our shape already. Else some library answered by itself, in its own words, which tell what the
/// service is made of (CWE-209).
#[enforces(ERROR_UNIFORM, answers = true)]
fn is_shaped(response: &HttpResponse<BoxBody>) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == problem::MEDIA_TYPE)
}

/// Keeps for the access line how and why the request is refused, and logs what broke on our side.
fn note(problem: &Problem, facts: &RequestFacts) {
    facts.problem.set(Some(problem.kind()));
    if let Some(reason) = problem.reason() {
        facts.reason.set(Some(reason));
    }
    if let Some(failure) = problem.failure() {
        tracing::error!(request.id = %facts.id, slug = problem.kind().slug(), error = failure, "A request failed");
    }
}
