//! What a twin does in place of a protection of this folder: slips that real services make. Never in ordinary builds.

use crate::{
    http::problem::Problem,
    protection::Protection,
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
    sync::Arc,
};
use url::form_urlencoded;

/// What a build without overflow checks makes of a number: its lowest 32 bits (CWE-190).
pub(super) fn wrapped(text: &str) -> Option<u32> {
    text.bytes().try_fold(0_u32, |sum, byte| {
        let digit = char::from(byte).to_digit(10)?;
        Some(sum.wrapping_mul(10).wrapping_add(digit))
    })
}

/// Debug logging of whole requests, left on (CWE-532).
pub(super) fn log_request(request: &ServiceRequest) {
    if !Protection::SecretRedaction.holds() {
        tracing::debug!(target = %request.uri(), headers = ?request.headers(), "Received");
    }
    if !Protection::AuditLogInjection.holds() {
        write_by_hand(request);
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
    if !Protection::InventoryOpenapiParity.holds() {
        let service = Arc::clone(service);
        let users = move || {
            let service = Arc::clone(&service);
            async move { users(&service).await }
        };
        config.service(web::resource("/v1/debug/users").route(web::get().to(users)));
    }
    if !Protection::UploadType.holds() {
        let folder = service.files.folder().join("kept");
        let served = move |request: actix_web::HttpRequest| {
            let path = folder.join(request.match_info().get("name").unwrap_or_default());
            async move { served(&path) }
        };
        config.service(web::resource("/uploads/{name:.*}").route(web::get().to(served)));
    }
    if !Protection::InventoryMgmtIsolated.holds() {
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
