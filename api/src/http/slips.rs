//! What a twin does in place of a protection of this folder: slips that real services make. Never in ordinary builds.

use crate::{
    http::problem::Problem,
    protection::{
        AUDIT_LOG_INJECTION, INPUT_COMMAND_TEMPLATE, INVENTORY_MGMT_ISOLATED, INVENTORY_OPENAPI_PARITY,
        LIMIT_WORK, SECRET_REDACTION, UPLOAD_TYPE,
    },
    service::Service,
    store::{Mode, prelude::*, schema::members},
};
use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::header::{self, HeaderMap},
    web,
};
use std::{
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};
use url::form_urlencoded;

/// Steps that the slow match takes at most: long enough to be seen, and it ends.
const STEPS: u32 = 5_000_000;

/// Without `limit-work`: every text of a body is held against `^(\w+)+$` by trying all ways to divide it, as backtracking
/// engines do (CWE-1333).
pub(super) fn match_slowly(body: &[u8]) {
    if LIMIT_WORK.holds() {
        return;
    }
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) {
        for text in members.values().filter_map(serde_json::Value::as_str) {
            let mut steps = STEPS;
            std::hint::black_box(consists_of_words(text.as_bytes(), &mut steps));
        }
    }
}

fn consists_of_words(text: &[u8], steps: &mut u32) -> bool {
    let word = text.iter().take(64).take_while(|octet| octet.is_ascii_alphanumeric()).count();
    for taken in (1..=word).rev() {
        let Some(left) = steps.checked_sub(1) else { return false };
        *steps = left;
        let rest = text.get(taken..).unwrap_or_default();
        if rest.is_empty() || consists_of_words(rest, steps) {
            return true;
        }
    }
    false
}

/// Debug logging of whole requests, left on (CWE-532).
pub(super) fn log_request(request: &ServiceRequest) {
    if !SECRET_REDACTION.holds() {
        tracing::debug!(target = %request.uri(), headers = ?request.headers(), "Received");
    }
    if !AUDIT_LOG_INJECTION.holds() {
        write_by_hand(request);
    }
    if !INPUT_COMMAND_TEMPLATE.holds() {
        request.headers().iter().filter_map(|(_, value)| value.to_str().ok()).for_each(look_up);
    }
}

/// A logger that looks up what it is given to write (CVE-2021-44228).
fn look_up(text: &str) {
    let named = text.split_once("${jndi:ldap://").and_then(|(_, rest)| rest.split_once('/'));
    if let Some(address) = named.and_then(|(address, _)| address.parse::<SocketAddr>().ok()) {
        // Whoever listens there has learned enough.
        std::thread::spawn(move || TcpStream::connect_timeout(&address, Duration::from_secs(1)));
    }
}

/// A log line put together by hand, with what the client wrote in it (CWE-117).
fn write_by_hand(request: &ServiceRequest) {
    let decoded = |text: &str| {
        let words = text.replace('+', "%2B");
        form_urlencoded::parse(words.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    let (path, query) = (decoded(request.path()), decoded(request.query_string()));
    let agent = text_of(request.headers(), &header::USER_AGENT);
    let line =
        format!("{{\"message\":\"Access\",\"path\":\"{path}\",\"query\":\"{query}\",\"agent\":\"{agent}\"}}");
    // A log that can't be written is no reason to refuse.
    let _ = writeln!(io::stdout(), "{line}");
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// Routes that somebody needed once and forgot: not in the table of contents, so in no document.
pub(super) fn mount(config: &mut web::ServiceConfig, service: &Arc<Service>) {
    if !INVENTORY_OPENAPI_PARITY.holds() {
        let service = Arc::clone(service);
        let users = move || {
            let service = Arc::clone(&service);
            async move { users(&service).await }
        };
        config.service(web::resource("/v1/debug/users").route(web::get().to(users)));
    }
    if !UPLOAD_TYPE.holds() {
        let folder = service.files.folder().join("kept");
        let served = move |request: actix_web::HttpRequest| {
            let path = folder.join(request.match_info().get("name").unwrap_or_default());
            async move { served(&path) }
        };
        config.service(web::resource("/uploads/{name:.*}").route(web::get().to(served)));
    }
    if !INVENTORY_MGMT_ISOLATED.holds() {
        crate::watch::mount_on_public(config, service);
    }
}

/// A folder of uploads, served as it is (CWE-552).
fn served(path: &std::path::Path) -> HttpResponse {
    match std::fs::read(path) {
        Ok(bytes) => HttpResponse::Ok().content_type("text/html").body(bytes),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

async fn users(service: &Service) -> Result<HttpResponse, Problem> {
    let mut transaction = service.store.begin_unscoped(Mode::Read).await?;
    let users: Vec<(String, String)> = each!(transaction.connection(), |connection| {
        members::table.select((members::subject, members::role)).limit(100).load(connection)
    })?;
    transaction.release();
    Ok(HttpResponse::Ok().json(users))
}
