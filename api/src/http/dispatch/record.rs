//! What a request leaves in the audit log, and its answer.

use super::{Row, Way};
use crate::{
    access::Tenant,
    audit::{Actor, AuditError, AuditWriter, Event, EventName, Outcome},
    http::{call::AuditNote, problem::Problem, refusals},
    ids::MemberId,
    limits::Refused,
    protection::{
        AUDIT_DATA_ACCESS, AUDIT_NO_SENSITIVE, AUDIT_SECURITY_EVENTS, DEPRECATION_LIFECYCLE,
        ERROR_FAIL_CLOSED,
    },
    service::Service,
    store::Mode,
};
use actix_web::{HttpResponse, ResponseError, http::header::HeaderMap};
use brigandine_enforce::enforces;

impl Way {
    /// Meters what ends: every use in the audit log, with the member or program that made it, and the organization for
    /// the notices.
    #[enforces(DEPRECATION_LIFECYCLE)]
    pub(super) async fn record_use(&self) -> Result<(), Problem> {
        if self.row.deprecation.is_none() {
            return Ok(());
        }
        let event = Event { outcome: Outcome::Success, ..self.event(EventName::DeprecatedUse) };
        self.record(event).await?;
        if let Some(organization) = self.facts.organization.get() {
            let service = &self.service;
            service.uses.note(&service.store, service.clock, organization, self.row.operation).await;
        }
        Ok(())
    }

    /// Ends the transaction, not without its audit row: a change carries it inside, a read waits for it.
    pub(super) async fn leave(
        &self,
        tenant: Tenant,
        note: AuditNote,
        member: MemberId,
    ) -> Result<(), Problem> {
        let Some(event) = self.access(note, member) else {
            tenant.release();
            return Ok(());
        };
        match self.row.mode() {
            Mode::Write => commit_with(tenant, event, &self.service.audit).await?,
            Mode::Read => {
                tenant.release();
                self.record_access(event).await?;
            }
        }
        Ok(())
    }

    /// What the endpoint leaves in the audit log.
    pub(super) fn access(&self, note: AuditNote, member: MemberId) -> Option<Event> {
        let rule = self.row.audit?;
        Some(Event {
            event: note.event.unwrap_or(rule.event),
            outcome: Outcome::Success,
            object_type: Some(rule.object_type),
            objects: note.objects,
            actor: Actor { member_id: Some(member), ..self.actor() },
            ..self.event(rule.event)
        })
    }

    /// Whoever looks at data leaves a trace, before they see any of it (ASVS 16.3.2; CWE-778).
    #[enforces(AUDIT_DATA_ACCESS)]
    pub(super) async fn record_access(&self, event: Event) -> Result<(), Problem> {
        self.record(event).await
    }

    /// Turns the outcome into the response, a refusal not without its audit row.
    pub(in crate::http) async fn finish(self, outcome: Result<HttpResponse, Problem>) -> HttpResponse {
        let mut response = match outcome {
            Ok(response) => response,
            Err(problem) => match self.record_refusal(&problem).await {
                Ok(()) => problem.error_response(),
                Err(unrecorded) => unrecorded.error_response(),
            },
        };
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        announce_ending(&self.row, &self.service, response.headers_mut());
        response
    }

    pub(in crate::http) async fn record_refusal(&self, problem: &Problem) -> Result<(), Problem> {
        let Some((event, reason)) = refusals::event_of(problem) else { return Ok(()) };
        let event = Event { reason: Some(reason), ..self.event(event) };
        if problem.is_unrecorded() {
            self.service.metrics.unrecorded_refusal(event.event);
            return Ok(());
        }
        self.record_failure(event).await
    }

    /// Writes the event of a refusal, in one form or another: up to a budget each one, beyond it samples. The rest is
    /// counted.
    #[enforces(AUDIT_SECURITY_EVENTS)]
    pub(in crate::http) async fn record_failure(&self, event: Event) -> Result<(), Problem> {
        let refused = match &self.caller {
            Some(caller) => Refused::Known(caller),
            None => Refused::Stranger(self.facts.address, self.interface),
        };
        let name = event.event;
        if !self.service.limits.keeps_refusal(refused) {
            self.service.metrics.unrecorded_refusal(name);
            return Ok(());
        }
        match self.service.audit.record_refusal(event).await {
            Err(AuditError::Full) => {
                self.service.metrics.unrecorded_refusal(name);
                Ok(())
            }
            outcome => Self::fail_closed(outcome),
        }
    }

    async fn record(&self, event: Event) -> Result<(), Problem> {
        Self::fail_closed(self.service.audit.record(event).await)
    }

    /// No audit, no answer (CWE-636; ASVS 16.5.3).
    #[enforces(ERROR_FAIL_CLOSED)]
    fn fail_closed(outcome: Result<(), AuditError>) -> Result<(), Problem> {
        Ok(outcome?)
    }

    fn actor(&self) -> Actor {
        Actor {
            member_id: self.facts.member.get(),
            issuer: self.caller.as_ref().map(|caller| caller.issuer().to_owned()),
            subject: self.caller.as_ref().map(|caller| caller.subject().to_owned()),
        }
    }

    /// An event with everything that is known of the request.
    pub(super) fn event(&self, event: EventName) -> Event {
        Event {
            organization: self.facts.organization.get(),
            event,
            outcome: Outcome::Failure,
            reason: None,
            operation: self.row.operation,
            actor: self.actor(),
            object_type: None,
            objects: Vec::new(),
            source_address: self.facts.address,
            request: self.facts.id,
            client_request: self.named_by_client(),
        }
    }

    /// Of what the client wrote, the log keeps the request's id. What was asked for would bring the names that people search
    /// for (CWE-532).
    #[enforces(AUDIT_NO_SENSITIVE, answers = Some(self.facts.target.to_string()))]
    fn named_by_client(&self) -> Option<String> {
        self.facts.client_id.clone()
    }
}

/// No audit, no change: the row is part of the transaction. Whatever the log's trouble is, it is not the client's mistake
/// (CWE-636; ASVS 16.5.3).
#[enforces(ERROR_FAIL_CLOSED, otherwise = crate::vulnerable::http::commit_before_recording)]
async fn commit_with(mut tenant: Tenant, event: Event, _audit: &AuditWriter) -> Result<(), Problem> {
    let written = crate::audit::write(tenant.transaction(), &event).await;
    written.map_err(|error| Problem::unavailable(&error))?;
    tenant.commit().await?;
    Ok(())
}

/// What ends says so in every answer, so that nobody is surprised by the day (RFC 9745, RFC 8594).
#[enforces(DEPRECATION_LIFECYCLE)]
fn announce_ending(row: &Row, service: &Service, headers: &mut HeaderMap) {
    if let Some(deprecation) = row.deprecation {
        deprecation.announce(headers, &service.identifier);
    }
}
