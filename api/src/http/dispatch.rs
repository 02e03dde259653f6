//! The way of every request through the walls, in one order for all endpoints:
//! token → rate of the principal → body within its bounds → permission, with the tenant transaction → input →
//! handler → audit row → answer.

mod address;
mod caller;
mod errand;
mod record;
mod upload;

pub(super) use address::is_spelled_plainly;
pub(super) use errand::errand;
pub(super) use upload::upload;

use super::{
    answer::{Answer, link_next_page},
    body,
    call::{AuditNote, Call, Seen, Single},
    client::RequestFacts,
    deadline,
    deprecation::Deprecation,
    endpoint::AuditRule,
    idempotency::{self, Attempt, Claim},
    input::{Input, Raw},
    precondition,
    problem::{Kind, Problem},
    query::Parameters,
    visit,
};
use crate::{
    access::{self, Demand, Permission},
    audit::EventName,
    identity::{Caller, authorization_header},
    limits::Interface,
    protection::{CACHE_ISOLATION, FLOW_IDEMPOTENCY, OUTPUT_DOWNLOAD_SAFE},
    service::Service,
    store::Mode,
    webhooks::outbox,
};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, header::HeaderMap},
};
use brigandine_enforce::enforces;
use bytes::Bytes;
use std::{borrow::Cow, rc::Rc, sync::Arc};

/// The part of an endpoint's row that the way in needs.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) operation: &'static str,
    pub(super) audit: Option<AuditRule>,
    pub(super) body_limit: usize,
    pub(super) once: bool,
    pub(super) deprecation: Option<Deprecation>,
}

impl Row {
    /// A row that neither reads a body nor leaves anything in the audit log.
    pub(super) const fn new(method: Method, path: &'static str, operation: &'static str) -> Self {
        Self { method, path, operation, audit: None, body_limit: 0, once: false, deprecation: None }
    }

    fn mode(&self) -> Mode {
        if self.method == Method::GET { Mode::Read } else { Mode::Write }
    }
}

/// What is known of one request so far; a refusal's audit row tells as much.
pub(super) struct Way {
    row: Row,
    service: Arc<Service>,
    facts: Rc<RequestFacts>,
    caller: Option<Caller>,
    /// Fields that go out with every answer, refusals too.
    headers: HeaderMap,
    /// What a stranger asks for.
    interface: Interface,
}

pub(super) async fn public<A: Answer>(
    row: &Row,
    service: &Arc<Service>,
    request: &HttpRequest,
    handler: fn(&Service) -> A,
) -> HttpResponse {
    if !is_spelled_plainly(request) {
        return nothing(service, request, Kind::NotFound.into()).await;
    }
    let way = Way::new(row.clone(), Arc::clone(service), request);
    let outcome = (|| {
        way.admit_unknown()?;
        way.check_sunset()?;
        body::check_accept(request.headers())?;
        Parameters::parse(request.query_string(), &[])?;
        handler(service).respond()
    })();
    way.finish(outcome).await
}

/// A path or method that no endpoint serves: counted like any unknown caller's request.
pub(super) async fn nothing(service: &Arc<Service>, request: &HttpRequest, problem: Problem) -> HttpResponse {
    let row = Row::new(Method::GET, "", "none");
    let way = Way::new(row, Arc::clone(service), request);
    // Scanners would fill the audit log with paths that never existed; the access log has them.
    let problem = way.admit_unknown().err().unwrap_or_else(|| problem.unrecorded());
    if visit::is_for_people(service, request) {
        return way.finish_lost(problem).await;
    }
    way.finish(Err(problem)).await
}

pub(super) async fn member<P, I, A, F, R>(
    row: Row,
    service: Arc<Service>,
    request: HttpRequest,
    mut payload: Payload,
    handler: F,
    single: Option<Single<P, I, R, A>>,
) -> HttpResponse
where
    P: Permission,
    I: Input,
    A: Answer,
    F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem>,
{
    if !is_spelled_plainly(&request) {
        return nothing(&service, &request, Kind::NotFound.into()).await;
    }
    let mut way = Way::new(row, service, &request);
    let outcome = anew(&request, way.walk(&request, &mut payload, handler, single)).await;
    way.finish(outcome).await
}

/// Every request is answered anew: what somebody was told is kept for nobody else (CWE-524).
#[enforces(CACHE_ISOLATION, otherwise = crate::vulnerable::http::memory::by_path)]
async fn anew(
    _request: &HttpRequest,
    answer: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    answer.await
}

impl Way {
    pub(super) fn new(row: Row, service: Arc<Service>, request: &HttpRequest) -> Self {
        let facts = request.extensions().get::<Rc<RequestFacts>>().map(Rc::clone);
        let facts = facts.unwrap_or_else(|| RequestFacts::unknown(service.clock.instant()));
        facts.operation.set(Some(row.operation));
        Self { row, service, facts, caller: None, headers: HeaderMap::new(), interface: Interface::Api }
    }

    /// For a request to the provider's pages and OAuth endpoints.
    pub(super) fn of_a_visit(row: Row, service: Arc<Service>, request: &HttpRequest) -> Self {
        Self { interface: Interface::Pages, ..Self::new(row, service, request) }
    }

    /// The path of the row.
    pub(super) const fn path(&self) -> &'static str {
        self.row.path
    }

    pub(super) fn facts(&self) -> Rc<RequestFacts> {
        Rc::clone(&self.facts)
    }

    async fn walk<P, I, A, F, R>(
        &mut self,
        request: &HttpRequest,
        payload: &mut Payload,
        handler: F,
        single: Option<Single<P, I, R, A>>,
    ) -> Result<HttpResponse, Problem>
    where
        P: Permission,
        I: Input,
        A: Answer,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem>,
    {
        let headers = Cow::Borrowed(request.headers());
        let headers = &*authorization_header::fields(headers, request, payload).await;
        let caller = self.identify(request, headers, P::NAME).await?;
        if A::IS_JSON {
            body::check_accept(headers)?;
        }
        let bytes = body::collect(headers, payload, self.row.body_limit).await?;
        let outcome = deadline::within(async {
            if let Some(single) = single
                && let Some(response) = self.show(request, &caller, single).await?
            {
                return Ok(response);
            }
            self.serve::<P, I, A, F>(request, caller, &bytes, handler).await
        });
        if self.row.once { idempotency::from_the_claim(headers, outcome).await } else { outcome.await }
    }

    fn demand(&self) -> Demand {
        Demand { source: self.facts.address, now: self.service.clock.unix_seconds() }
    }

    /// A read in one trip: understood, asked, and only then decided. `None`: it takes the usual way. So does a request that
    /// can't be understood, for whether the caller may ask at all is answered first.
    async fn show<P: Permission, I: Input, R, A: Answer>(
        &self,
        request: &HttpRequest,
        caller: &Caller,
        single: Single<P, I, R, A>,
    ) -> Result<Option<HttpResponse>, Problem> {
        #[cfg(feature = "twin")]
        if !crate::vulnerable::access::keeps_its_walls() {
            return Ok(None);
        }
        let Ok(input) = understand::<I>(request, &[]) else { return Ok(None) };
        let question = || (single.ask)(caller.organization(), &input);
        let looked = access::look::<P, R>(&self.service.store, caller, self.demand(), question).await?;
        let Some((allowed, row)) = looked else { return Ok(None) };
        self.facts.member.set(Some(allowed.member()));
        address::check_organization(self.row.path, request, &allowed)?;
        let keyring = &self.service.keyring;
        let mut seen = Seen { allowed: &allowed, keyring, audit: AuditNote::default() };
        let response = (single.show)(&mut seen, input, row)?.respond()?;
        if let Some(event) = self.access(seen.audit, allowed.member()) {
            self.record_access(event).await?;
        }
        self.record_use().await?;
        Ok(Some(response))
    }

    /// From the permission to the answer.
    async fn serve<P, I, A, F>(
        &self,
        request: &HttpRequest,
        caller: Caller,
        bytes: &Bytes,
        handler: F,
    ) -> Result<HttpResponse, Problem>
    where
        P: Permission,
        I: Input,
        A: Answer,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem>,
    {
        let call = self.open::<P>(request, caller, self.row.mode()).await?;
        let call = Call { raw: bytes.clone(), ..call };
        if I::HAS_BODY {
            body::check_type(&self.row.method, request.headers())?;
        }
        let input = understand::<I>(request, bytes)?;
        let untagged = self.row.method == Method::DELETE && !I::HAS_CONDITION;
        self.once(request, call, bytes, async move |call: &mut Call<P>| {
            let answer = handler(call, input).await?;
            // Last of all, and before anything stands: what would be refused anyhow is refused as ever (RFC 9110 §13.2.1).
            if untagged {
                precondition::check_untagged(request.headers())?;
            }
            Ok(answer)
        })
        .await
    }

    /// Opens the caller's organization, for whoever has the permission.
    async fn open<P: Permission>(
        &self,
        request: &HttpRequest,
        caller: Caller,
        mode: Mode,
    ) -> Result<Call<P>, Problem> {
        let (allowed, tenant) = access::enter::<P>(&self.service.store, &caller, mode, self.demand()).await?;
        self.facts.member.set(Some(allowed.member()));
        address::check_organization(self.row.path, request, &allowed)?;
        let allowed = access::in_own_name(allowed, request);
        let tenant = access::in_own_organization(tenant, request).await?;
        Ok(Call {
            allowed,
            tenant,
            keyring: self.service.keyring.clone(),
            clock: self.service.clock,
            audit: AuditNote::default(),
            caller,
            service: Arc::clone(&self.service),
            mails: Vec::new(),
            events: Vec::new(),
            rings: false,
            raw: Bytes::new(),
        })
    }

    /// Does what a handler does, or says what came of it the first time; then the audit row, the mails, the answer. The
    /// `body` is what tells this request from another one under the same key.
    async fn once<P: Permission, A: Answer>(
        &self,
        request: &HttpRequest,
        mut call: Call<P>,
        body: &[u8],
        work: impl AsyncFnOnce(&mut Call<P>) -> Result<A, Problem>,
    ) -> Result<HttpResponse, Problem> {
        let member = call.allowed.member();
        let mine = match self.attempt(request, &call, body)? {
            None => None,
            Some(attempt) => match attempt.claim(&mut call.tenant, &call.keyring).await? {
                Claim::Mine(mine) => Some(mine),
                // Said again, not done again: the caller passed every wall that the first request passed.
                Claim::Done(first) => {
                    let mut note = AuditNote { objects: first.objects, event: None };
                    note.instead(EventName::RequestReplayed);
                    self.leave(call.tenant, note, member).await?;
                    return Ok(first.response);
                }
            },
        };
        let answer = work(&mut call).await?;
        let told = outbox::publish(&mut call.tenant, call.clock, &call.events).await?;
        let mut response = in_one_piece(request, answer.respond()?).await?;
        if let Some(mine) = mine {
            response = mine.keep(&mut call.tenant, &call.keyring, &call.audit, response).await?;
        }
        self.leave(call.tenant, call.audit, member).await?;
        self.record_use().await?;
        if told || call.rings {
            self.service.deliveries.ring();
        }
        for mail in call.mails {
            // The change stands; when the queue is full, the log says so.
            let _ = self.service.mailer.post(mail);
        }
        link_next_page(request, &mut response);
        Ok(response)
    }

    /// What is to be done once, however often it is sent; `None` where repeating does no harm.
    #[enforces(FLOW_IDEMPOTENCY, answers = Ok(None))]
    fn attempt<P: Permission>(
        &self,
        request: &HttpRequest,
        call: &Call<P>,
        body: &[u8],
    ) -> Result<Option<Attempt>, Problem> {
        if !self.row.once {
            return Ok(None);
        }
        Ok(Some(Attempt {
            member: call.allowed.member(),
            operation: self.row.operation,
            key: idempotency::key(request.headers())?,
            digest: idempotency::digest(request, call.allowed.role().name(), body),
            now: call.clock.now(),
        }))
    }
}

/// A file comes whole: a thousand ranges of it would cost the client a line, and the service a thousand readings (RFC 9110 §14.2;
/// CWE-400).
#[enforces(OUTPUT_DOWNLOAD_SAFE, otherwise = crate::vulnerable::http::download::in_parts)]
async fn in_one_piece(_request: &HttpRequest, response: HttpResponse) -> Result<HttpResponse, Problem> {
    Ok(response)
}

fn understand<I: Input>(request: &HttpRequest, body: &[u8]) -> Result<I, Problem> {
    let parameters = Parameters::parse(request.query_string(), I::QUERY)?;
    let path = request.match_info();
    I::read(&Raw { path, parameters: &parameters, headers: request.headers(), body })
}
