//! The outermost layer. Nothing that leaves the application escapes it: not a 404, not a library's error, not a panic.

#[cfg(feature = "twin")]
mod weak;

use super::{
    client::RequestFacts,
    headers,
    problem::{self, Kind, Problem},
    visit::{Finished, Framed},
};
use crate::{ids::RequestId, protection::Protection, service::Service};
use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{ConnectionType, header},
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use std::{borrow::Cow, panic::AssertUnwindSafe, rc::Rc, sync::Arc};

/// Bytes of a request target, and of all header fields together (catalogue P6).
const LONGEST_TARGET: usize = 4096;
const LARGEST_HEADERS: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// The name that the client asked for in the TLS handshake, kept per connection by `server`.
#[derive(Clone, Debug)]
pub struct ServerName(pub Option<String>);

/// Wraps the application.
///
/// # Errors
/// Never its own: an error that it returns holds the finished answer.
pub async fn edge(
    #[cfg_attr(not(feature = "twin"), expect(unused_mut, reason = "only a twin changes a request"))]
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    #[cfg(feature = "twin")]
    super::lenient::be_helpful(&mut request);
    let Some(service) = request.app_data::<web::Data<Arc<Service>>>().map(|data| Arc::clone(data.get_ref()))
    else {
        return Err(Problem::new(Kind::InternalError).into());
    };
    let facts = RequestFacts::of(&request, &service.trusted_proxies, service.clock.instant());
    request.extensions_mut().insert(Rc::clone(&facts));
    #[cfg(feature = "twin")]
    super::slips::log_request(&request);
    let method = request.method().clone();
    let links = link_base(&request, &service);

    if let Err(problem) = admit(&request, &service) {
        let mut response = problem.error_response();
        if asks_for_another_protocol(&request) {
            // What follows on this connection is not meant as HTTP.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        finish(&mut response, &service, &facts, method.as_str(), &links);
        return Ok(request.into_response(response));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => {
            let (request, response) = response.into_parts();
            let mut response = response.map_into_boxed_body();
            finish(&mut response, &service, &facts, method.as_str(), &links);
            Ok(ServiceResponse::new(request, response))
        }
        Ok(Err(error)) => Err(finished(error.error_response(), &service, &facts, method.as_str(), &links)),
        Err(panic) => {
            // The message may quote what the client sent; the place is in the panic hook's line.
            drop(panic);
            let response = Problem::new(Kind::InternalError).error_response();
            Err(finished(response, &service, &facts, method.as_str(), &links))
        }
    }
}

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
) -> Error {
    finish(&mut response, service, facts, method, links);
    InternalError::from_response("answered by the edge", response).into()
}

/// Refuses what should not even be routed.
fn admit(request: &ServiceRequest, service: &Service) -> Result<(), Problem> {
    if Protection::LimitMessageSize.holds() {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target > LONGEST_TARGET {
            return Err(Kind::UriTooLong.into());
        }
        let headers = request.headers();
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if headers.len() > MOST_HEADERS || size > LARGEST_HEADERS {
            return Err(Kind::HeaderFieldsTooLarge.into());
        }
    }
    if Protection::CorsAllowlist.holds() && request.headers().get_all(header::ORIGIN).count() > 1 {
        return Err(Kind::BadRequest.into());
    }
    if asks_for_another_protocol(request) {
        return Err(Kind::BadRequest.into());
    }
    check_host(request, &service.authorities)
}

/// No other protocol is spoken here (RFC 9110 §7.8). A gateway that passes upgrades on stops looking at what follows
/// (h2c smuggling), and actix would read a WebSocket's as a body without an end.
fn asks_for_another_protocol(request: &ServiceRequest) -> bool {
    request.head().upgrade() && request.headers().contains_key(header::UPGRADE)
}

/// What links start with: the settings' base URL, whatever the request says of hosts.
#[cfg(not(feature = "twin"))]
fn link_base<'s>(_: &ServiceRequest, service: &'s Service) -> Cow<'s, str> {
    Cow::Borrowed(&service.identifier)
}

#[cfg(feature = "twin")]
fn link_base<'s>(request: &ServiceRequest, service: &'s Service) -> Cow<'s, str> {
    weak::link_base(request).map_or(Cow::Borrowed(service.identifier.as_str()), Cow::Owned)
}

/// Only configured authorities are served (RFC 9110 §7.4): whoever controls `Host` would else control links, and
/// reach this service under names that nobody watches.
fn check_host(request: &ServiceRequest, authorities: &[String]) -> Result<(), Problem> {
    if !Protection::HostAllowlist.holds() {
        return Ok(());
    }
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
    let name = request.conn_data::<ServerName>().and_then(|name| name.0.as_deref());
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
) {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        shape_error(response, links, facts);
        #[cfg(feature = "twin")]
        if !Protection::OutputNoReflection.holds() {
            super::weak::echo(response, &facts.target);
        }
    }
    #[cfg(feature = "twin")]
    weak::make_location_absolute(response.headers_mut(), links);
    let framed = response.extensions().get::<Framed>().is_some();
    headers::harden(response.headers_mut(), facts.id, framed);
    let operation = facts.operation.get().unwrap_or("none");
    service.metrics.request(operation, status.as_u16());
    if Protection::AuditSecurityEvents.holds() || status.is_success() {
        access_line(facts, operation, method, status.as_u16(), service);
    }
}

fn shape_error(response: &mut HttpResponse<BoxBody>, links: &str, facts: &RequestFacts) {
    let problem = response.extensions_mut().remove::<Problem>();
    if response.extensions().get::<Finished>().is_some() {
        // A page, or an OAuth error object.
        log_failure(problem.as_ref(), facts);
        return;
    }
    let shaped =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == problem::MEDIA_TYPE);
    let problem = match problem {
        Some(problem) => problem,
        None if shaped => return,
        None if !Protection::ErrorUniform.holds() => return,
        // Some library answered by itself, in its own words.
        None => {
            let problem = Problem::for_status(response.status());
            problem.write_headers(response.headers_mut());
            problem
        }
    };
    log_failure(Some(&problem), facts);
    let body = problem.render(links, facts.id);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    let bodiless = std::mem::replace(response, HttpResponse::new(problem.kind().status()));
    *response = bodiless.set_body(BoxBody::new(body));
    *response.status_mut() = problem.kind().status();
}

fn log_failure(problem: Option<&Problem>, facts: &RequestFacts) {
    if let Some((problem, failure)) = problem.and_then(|problem| Some((problem, problem.failure()?))) {
        tracing::error!(request.id = %facts.id, slug = problem.kind().slug(), error = failure, "A request failed");
    }
}

fn access_line(facts: &RequestFacts, operation: &str, method: &str, status: u16, service: &Service) {
    let took = service.clock.instant().saturating_duration_since(facts.started);
    tracing::info!(
        request.id = %facts.id,
        client_request.id = facts.client_id.as_deref(),
        operation,
        method,
        status,
        source.ip = %facts.address,
        organization.id = facts.organization.get().map(tracing::field::display),
        member.id = facts.member.get().map(tracing::field::display),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "Request"
    );
}
