//! What a request leaves in the audit log, and its answer.

use super::Way;
use crate::{
    access::Tenant,
    audit::{Actor, Event, EventName, Outcome},
    http::{call::AuditNote, problem::Problem, refusals},
    ids::MemberId,
    protection::Protection,
    store::Mode,
};
use actix_web::{HttpResponse, ResponseError};

impl Way {
    /// Meters what ends: every use in the audit log, with the member or program that made it, and the organization for
    /// the notices.
    pub(super) async fn record_use(&self) -> Result<(), Problem> {
        if self.row.deprecation.is_none() || !Protection::DeprecationLifecycle.holds() {
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
        mut tenant: Tenant,
        note: AuditNote,
        member: MemberId,
    ) -> Result<(), Problem> {
        let Some(event) = self.access(note, member) else {
            tenant.release();
            return Ok(());
        };
        match self.row.mode() {
            Mode::Write => {
                if !Protection::ErrorFailClosed.holds() {
                    // The twin tells the log afterwards, if it can.
                    tenant.commit().await?;
                    return self.record(event).await;
                }
                // Whatever the log's trouble is, it is not the client's mistake: no audit, no change.
                let written = crate::audit::write(tenant.transaction(), &event).await;
                written.map_err(|error| Problem::unavailable(&error))?;
                tenant.commit().await?;
            }
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

    pub(super) async fn record_access(&self, event: Event) -> Result<(), Problem> {
        if Protection::AuditDataAccess.holds() { self.record(event).await } else { Ok(()) }
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
        if let Some(deprecation) = self.row.deprecation.filter(|_| Protection::DeprecationLifecycle.holds()) {
            deprecation.announce(response.headers_mut(), &self.service.identifier);
        }
        response
    }

    pub(in crate::http) async fn record_refusal(&self, problem: &Problem) -> Result<(), Problem> {
        let Some((event, reason)) = refusals::event_of(problem) else { return Ok(()) };
        if !self.recorded || problem.is_unrecorded() || !Protection::AuditSecurityEvents.holds() {
            return Ok(());
        }
        self.record(Event { reason: Some(reason), ..self.event(event) }).await
    }

    /// Writes a visit's event. What refuses nothing must not go unrecorded either.
    pub(in crate::http) async fn record_event(&self, event: Event) -> Result<(), Problem> {
        if Protection::AuditSecurityEvents.holds() { self.record(event).await } else { Ok(()) }
    }

    async fn record(&self, event: Event) -> Result<(), Problem> {
        match self.service.audit.record(event).await {
            Ok(()) => Ok(()),
            Err(_) if !Protection::ErrorFailClosed.holds() => Ok(()),
            Err(error) => Err(error.into()),
        }
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
            client_request: self.facts.client_id.clone(),
        }
    }
}
