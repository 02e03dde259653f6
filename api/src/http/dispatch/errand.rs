//! The way of a question that somebody else answers, through the same walls: token → rate of the principal → scope → body →
//! permission, with what the question costs, in a transaction that is committed → question → permission again, with the row →
//! audit row → answer.

use super::{Row, Way, is_spelled_plainly, nothing, understand};
use crate::{
    access::Permission,
    audit::{Event, Outcome},
    http::{
        answer::Answer,
        body,
        call::Call,
        deadline,
        errand::{Errand, Step},
        problem::{Kind, Problem},
    },
    service::Service,
    store::Mode,
};
use actix_web::{HttpRequest, HttpResponse, dev::Payload};
use bytes::Bytes;
use std::{ops::ControlFlow, sync::Arc};

pub(in crate::http) async fn errand<E: Errand>(
    row: Row,
    service: Arc<Service>,
    request: HttpRequest,
    mut payload: Payload,
) -> HttpResponse {
    if !is_spelled_plainly(&request) {
        return nothing(&service, &request, Kind::NotFound.into()).await;
    }
    let mut way = Way::new(row, service, &request);
    let outcome = way.run::<E>(&request, &mut payload).await;
    way.finish(outcome).await
}

impl Way {
    async fn run<E: Errand>(
        &mut self,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<HttpResponse, Problem> {
        let headers = request.headers();
        let caller = self.identify(request, headers, E::Permission::NAME).await?;
        body::check_accept(headers)?;
        let bytes = body::collect(headers, payload, self.row.body_limit).await?;
        let step = deadline::within(async {
            let call = self.open::<E::Permission>(request, caller.clone(), Mode::Write).await?;
            self.prepare::<E>(request, call, &bytes).await
        });
        let prepared = match step.await? {
            ControlFlow::Break(response) => return Ok(response),
            ControlFlow::Continue(prepared) => prepared,
        };
        let brought = deadline::within(E::ask(&self.service, prepared)).await?;
        deadline::within(async {
            let call = self.open::<E::Permission>(request, caller, Mode::Write).await?;
            self.once(request, call, &bytes, async move |call: &mut Call<E::Permission>| {
                E::keep(call, brought).await
            })
            .await
        })
        .await
    }

    /// The first part, with its own end: what is known is answered, what is reserved lasts.
    async fn prepare<E: Errand>(
        &self,
        request: &HttpRequest,
        mut call: Call<E::Permission>,
        bytes: &Bytes,
    ) -> Result<ControlFlow<HttpResponse, E::Prepared>, Problem> {
        body::check_type(&self.row.method, request.headers())?;
        let input = understand::<E::Input>(request, bytes)?;
        let member = call.allowed.member();
        match E::prepare(&mut call, input).await? {
            Step::Known(answer) => {
                let response = answer.respond()?;
                self.leave(call.tenant, call.audit, member).await?;
                Ok(ControlFlow::Break(response))
            }
            Step::Ask { prepared, event } => {
                if let Some(event) = event {
                    let event = Event { outcome: Outcome::Success, ..self.event(event) };
                    let written = crate::audit::write(call.tenant.transaction(), &event).await;
                    written.map_err(|error| Problem::unavailable(&error))?;
                }
                call.tenant.commit().await?;
                for mail in call.mails {
                    // What is told stands; when the queue is full, the log says so.
                    let _ = self.service.mailer.post(mail);
                }
                Ok(ControlFlow::Continue(prepared))
            }
        }
    }
}
