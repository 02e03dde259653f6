//! What the log holds of a request: one line of what is known of it, and nothing as it came.

use crate::{
    audit::Reason,
    http::{client::RequestFacts, problem::Kind},
    protection::{AUDIT_LOG_INJECTION, AUDIT_SECURITY_EVENTS, INPUT_COMMAND_TEMPLATE, SECRET_REDACTION},
    service::Service,
};
use actix_web::dev::ServiceRequest;
use brigandine_enforce::enforces;

/// What a client sends is written nowhere as it came.
pub(super) fn keep_out_of_the_log(request: &ServiceRequest) {
    log_no_fields(request);
    write_no_line(request);
    look_nothing_up(request);
}

/// Header fields and addresses hold tokens, so no log has them (CWE-532; ASVS 16.2.5).
#[enforces(SECRET_REDACTION, otherwise = crate::vulnerable::http::log::debug)]
fn log_no_fields(_request: &ServiceRequest) {}

/// A log's lines are written by its formatter, which escapes every value, and never put together from what a client wrote: it
/// could write lines of its own (CWE-117; ASVS 16.4.1).
#[enforces(AUDIT_LOG_INJECTION, otherwise = crate::vulnerable::http::log::write_by_hand)]
fn write_no_line(_request: &ServiceRequest) {}

/// No text of a client is a template, in whose place something else is looked up (CVE-2021-44228; CWE-917).
#[enforces(INPUT_COMMAND_TEMPLATE, otherwise = crate::vulnerable::http::log::look_up)]
fn look_nothing_up(_request: &ServiceRequest) {}

/// What was refused or failed leaves a line like everything else: attacks begin as refusals (CWE-778).
#[enforces(AUDIT_SECURITY_EVENTS)]
pub(super) fn line_of_refusal(
    facts: &RequestFacts,
    operation: &str,
    method: &str,
    status: u16,
    service: &Service,
) {
    access_line(facts, operation, method, status, service);
}

pub(super) fn access_line(
    facts: &RequestFacts,
    operation: &str,
    method: &str,
    status: u16,
    service: &Service,
) {
    let took = service.clock.instant().saturating_duration_since(facts.started);
    tracing::info!(
        request.id = %facts.id,
        client_request.id = facts.client_id.as_deref(),
        operation,
        method,
        status,
        problem = facts.problem.get().map(Kind::slug),
        reason = facts.reason.get().map(Reason::as_str),
        source.ip = %facts.address,
        organization.id = facts.organization.get().map(tracing::field::display),
        member.id = facts.member.get().map(tracing::field::display),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "Request"
    );
}
