//! One row per endpoint.
//!
//! The row mounts the route, feeds the OpenAPI document, the access matrix and the harness. A handler can't be
//! mounted without one: [`Endpoint`] is the only thing that `server` mounts, and its handler is private to it.

use super::{
    answer::{Answer, AnswerDescription},
    deprecation::Deprecation,
    dispatch,
    errand::Errand,
    input::{Description, Input},
    page::{Listing, PageQuery},
    problem::{Kind, Problem},
    upload::Upload,
    visit::{self, Refusal, Reply, Style, Visit},
};
use crate::{
    access::{self, Allowed, Permission, PermissionName, Strength, Tenant},
    audit::EventName,
    egress::{Egress, upstream::Insurer},
    files::Files,
    identity::Caller,
    ids::{AccountId, OrganizationId},
    mail::{Links, Mail},
    sealing::Keyring,
    service::Service,
    store::Question,
    webhooks,
};
use actix_web::{
    HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode},
};
use futures_util::future::LocalBoxFuture;
use std::{num::NonZeroU32, rc::Rc, sync::Arc};
use uuid::Uuid;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Anybody, without a token.
    Public,
    /// Members with this permission.
    Members(PermissionName),
}

/// What an endpoint leaves in the audit log when it succeeds.
#[derive(Clone, Copy, Debug)]
pub struct AuditRule {
    /// The event's name.
    pub event: EventName,
    /// What kind of thing was read or changed.
    pub object_type: &'static str,
}

type Answering = LocalBoxFuture<'static, HttpResponse>;
type Handler = Rc<dyn Fn(dispatch::Row, Arc<Service>, HttpRequest, Payload) -> Answering>;

/// An endpoint.
pub struct Endpoint {
    /// GET, POST, PATCH or DELETE.
    pub method: Method,
    /// The pattern: `/v1/patients/{patient}`.
    pub path: &'static str,
    /// Its name: `showPatient`.
    pub operation: &'static str,
    /// One sentence for the documentation.
    pub summary: &'static str,
    /// Who may ask.
    pub visibility: Visibility,
    /// How thoroughly and lately the caller must have signed in.
    pub strength: Strength,
    /// What it leaves in the audit log; `None` where nothing personal is read and nothing changes.
    pub audit: Option<AuditRule>,
    /// The largest body, in bytes; 0 where there is none.
    pub body_limit: usize,
    /// Whether it is done once per `Idempotency-Key`, which it demands.
    pub once: bool,
    /// When it ends, if it does.
    pub deprecation: Option<Deprecation>,
    /// Whether its answer carries the object's `ETag`.
    pub tagged: bool,
    /// The media types of a body that is no JSON.
    pub(super) media: &'static [&'static str],
    pub(super) input: fn(&mut Description),
    pub(super) answer: fn() -> AnswerDescription,
    pub(super) visit: Option<(Style, &'static [&'static str])>,
    row: dispatch::Row,
    handler: Handler,
}

impl Endpoint {
    /// An endpoint for members. The handler's signature decides the permission, the input and the answer.
    pub fn new<P, I, A, F>(
        method: Method,
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        audit: Option<AuditRule>,
        handler: F,
    ) -> Self
    where
        P: Permission,
        I: Input,
        A: Answer + 'static,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem> + Copy + 'static,
    {
        let row = dispatch::Row { audit, ..dispatch::Row::new(method, path, operation) };
        Self::members(row, summary, handler)
    }

    /// As [`Endpoint::new`], for one row that is only read. On PostgreSQL the row is asked for in the very trip that asks who
    /// the caller is, and thrown away if they may not see it; `handler` is the way where that can't be done.
    pub fn single<P, I, R, A, F>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        audit: Option<AuditRule>,
        handler: F,
        single: Single<P, I, R, A>,
    ) -> Self
    where
        P: Permission,
        I: Input,
        R: 'static,
        A: Answer + 'static,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem> + Copy + 'static,
    {
        let row = dispatch::Row { audit, ..dispatch::Row::new(Method::GET, path, operation) };
        Self {
            handler: Rc::new(move |row, service, request, payload| {
                Box::pin(dispatch::member(row, service, request, payload, handler, Some(single)))
            }),
            ..Self::members(row, summary, handler)
        }
    }

    /// As [`Endpoint::new`], for an operation that needs two factors shown within five minutes (RFC 9470): what gives
    /// rights that outlast a stolen session.
    pub fn sensitive<P, I, A, F>(
        method: Method,
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        audit: Option<AuditRule>,
        handler: F,
    ) -> Self
    where
        P: Permission,
        I: Input,
        A: Answer + 'static,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem> + Copy + 'static,
    {
        let row =
            dispatch::Row { audit, strength: Strength::Fresh, ..dispatch::Row::new(method, path, operation) };
        Self::members(row, summary, handler)
    }

    /// The input says how large the row's body may be.
    fn members<P, I, A, F>(mut row: dispatch::Row, summary: &'static str, handler: F) -> Self
    where
        P: Permission,
        I: Input,
        A: Answer + 'static,
        F: AsyncFn(&mut Call<P>, I) -> Result<A, Problem> + Copy + 'static,
    {
        row.body_limit = if I::HAS_BODY { super::body::DEFAULT_LIMIT } else { 0 };
        // What says that something was made must not make it twice.
        row.once = A::CREATES && row.method == Method::POST;
        let answers = move |row, service, request, payload| {
            let single = None::<Single<P, I, (), A>>;
            Box::pin(dispatch::member(row, service, request, payload, handler, single)) as Answering
        };
        Self {
            tagged: A::TAGGED,
            input: I::describe,
            answer: A::describe,
            ..Self::of(row, summary, Visibility::Members(P::NAME), Rc::new(answers))
        }
    }

    /// An endpoint for members that takes a file: see [`Upload`]. Like everything that makes something, once per
    /// `Idempotency-Key`.
    pub fn upload<U: Upload>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        audit: AuditRule,
    ) -> Self {
        let row = dispatch::Row {
            audit: Some(audit),
            once: U::Answer::CREATES,
            ..dispatch::Row::new(Method::POST, path, operation)
        };
        let answers = |row, service, request, payload| {
            Box::pin(dispatch::upload::<U>(row, service, request, payload)) as Answering
        };
        Self {
            tagged: U::Answer::TAGGED,
            media: U::MEDIA,
            input: super::upload::describe::<U>,
            answer: U::Answer::describe,
            // The settings say how large the body may be, not the row.
            ..Self::of(row, summary, Visibility::Members(U::Permission::NAME), Rc::new(answers))
        }
    }

    /// An endpoint for members that asks somebody else: see [`Errand`].
    pub fn errand<E: Errand>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        audit: AuditRule,
    ) -> Self {
        let row = dispatch::Row {
            audit: Some(audit),
            body_limit: super::body::DEFAULT_LIMIT,
            ..dispatch::Row::new(Method::POST, path, operation)
        };
        let answers = |row, service, request, payload| {
            Box::pin(dispatch::errand::<E>(row, service, request, payload)) as Answering
        };
        Self {
            tagged: E::Answer::TAGGED,
            input: E::Input::describe,
            answer: E::Answer::describe,
            ..Self::of(row, summary, Visibility::Members(E::Permission::NAME), Rc::new(answers))
        }
    }

    /// An endpoint for anybody. It sees the service's public face only: no caller, no tenant, no rows.
    pub fn public<A: Answer + 'static>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: fn(&Service) -> A,
    ) -> Self {
        let row = dispatch::Row::new(Method::GET, path, operation);
        let answers = move |row, service: Arc<Service>, request: HttpRequest, _| {
            Box::pin(async move { dispatch::public(&row, &service, &request, handler).await }) as Answering
        };
        Self {
            tagged: A::TAGGED,
            answer: A::describe,
            ..Self::of(row, summary, Visibility::Public, Rc::new(answers))
        }
    }

    /// An endpoint of the built-in provider, for browsers and OAuth clients. `fields` are the parameters it takes: of the
    /// URL for GET, of the form for POST.
    pub fn visited<F>(
        method: Method,
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        style: Style,
        fields: &'static [&'static str],
        handler: F,
    ) -> Self
    where
        F: AsyncFn(&mut Visit) -> Result<Reply, Refusal> + Copy + 'static,
    {
        let body_limit = if method == Method::POST { super::body::DEFAULT_LIMIT } else { 0 };
        let row = dispatch::Row { body_limit, ..dispatch::Row::new(method, path, operation) };
        let answers = move |row, service, request, payload| {
            Box::pin(async move { visit::visited(&row, style, service, request, payload, handler).await })
                as Answering
        };
        Self {
            answer: match style {
                Style::Page => || AnswerDescription::files(&["text/html"]),
                Style::OAuth => || AnswerDescription::files(&["application/json"]),
            },
            visit: Some((style, fields)),
            ..Self::of(row, summary, Visibility::Public, Rc::new(answers))
        }
    }

    /// A row of which nothing is said yet but who may ask, and how it is answered.
    fn of(row: dispatch::Row, summary: &'static str, visibility: Visibility, handler: Handler) -> Self {
        Self {
            method: row.method.clone(),
            path: row.path,
            operation: row.operation,
            summary,
            visibility,
            strength: row.strength,
            audit: row.audit,
            body_limit: row.body_limit,
            once: row.once,
            deprecation: None,
            tagged: false,
            media: &[],
            input: |_| {},
            answer: AnswerDescription::nothing,
            visit: None,
            row,
            handler,
        }
    }

    pub(super) fn call(&self, service: Arc<Service>, request: HttpRequest, payload: Payload) -> Answering {
        (self.handler)(self.row.clone(), service, request, payload)
    }

    /// Demands an `Idempotency-Key`, though nothing is made: for what does harm when it is done twice.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self.row.once = true;
        self
    }

    /// Says with 201 that something was made.
    #[must_use]
    pub fn making(mut self) -> Self {
        self.answer = || AnswerDescription {
            status: StatusCode::CREATED,
            ..AnswerDescription::files(&["application/json"])
        };
        self
    }

    /// Has nothing to say when it succeeds.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.answer = AnswerDescription::nothing;
        self
    }

    /// Ends one day.
    #[must_use]
    pub fn deprecated(mut self, deprecation: Deprecation) -> Self {
        self.deprecation = Some(deprecation);
        self.row.deprecation = Some(deprecation);
        self
    }

    /// Whether a request must say in `If-Match` which state of the object it was made for.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        let mut description = Description::default();
        (self.input)(&mut description);
        description.conditional
    }
}

/// What a handler works with.
pub struct Call<P: Permission> {
    /// Who calls, as what, how far.
    pub allowed: Allowed<P>,
    /// The open transaction of the caller's organization.
    pub tenant: Tenant,
    /// Seals and opens columns.
    pub keyring: Keyring,
    /// Time.
    pub clock: crate::clock::Clock,
    /// What the audit row will name.
    pub audit: AuditNote,
    pub(super) caller: Caller,
    pub(super) service: Arc<Service>,
    pub(super) mails: Vec<Mail>,
    pub(super) events: Vec<webhooks::Event>,
    pub(super) rings: bool,
    /// The body as it came, for twins that write whatever it holds.
    #[cfg(feature = "twin")]
    pub raw: bytes::Bytes,
    /// The ranges that were asked for, for the twin that serves them.
    #[cfg(feature = "twin")]
    pub range: Option<String>,
}

impl<P: Permission> Call<P> {
    /// The token that the request came with.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What else the caller may do, for an operation that gathers what others show.
    #[must_use]
    pub fn also<Q: Permission>(&self) -> Option<Allowed<Q>> {
        access::also(&self.caller, &self.allowed)
    }

    /// What this service calls itself: its base URL, and the issuer of the built-in provider's tokens.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.service.identifier
    }

    /// Where this service is, for links.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.service.links
    }

    /// The files of the service.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.service.files
    }

    /// What hashes passwords.
    #[cfg(feature = "twin")]
    pub(crate) fn passwords(&self) -> &crate::identity::passwords::Passwords {
        &self.service.passwords
    }

    /// Begins to read a page of a list: `list` names the operation and its filter, to which cursors are bound.
    ///
    /// # Errors
    /// `invalid-cursor`.
    pub fn listing(&self, list: impl Into<String>, query: &PageQuery) -> Result<Listing, Problem> {
        let (organization, member) = (self.allowed.organization(), self.allowed.member());
        Listing::begin(organization, member, &self.keyring, list.into(), query)
    }

    /// Counts what this request does beyond what a single one would, against its principal and its tenant.
    ///
    /// # Errors
    /// `quota-exceeded`.
    pub fn count_further(&self, items: usize) -> Result<(), Problem> {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        let Some(items) = NonZeroU32::new(items) else { return Ok(()) };
        self.service.limits.further(&self.caller, items).map_err(|exceeded| {
            let sampled = exceeded.sampled;
            let problem = Problem::from(exceeded);
            if sampled { problem } else { problem.unrecorded() }
        })
    }

    /// Sends a mail once the change stands, and not if it fails.
    pub fn mail(&mut self, mail: Mail) {
        self.mails.push(mail);
    }

    /// Tells the organization's webhooks: written with the change itself, so that nothing is told that did not happen, and
    /// nothing happens untold.
    pub fn notify(&mut self, event: webhooks::Event) {
        self.events.push(event);
    }

    /// Wakes whoever delivers webhooks, once the change stands.
    pub(crate) fn ring(&mut self) {
        self.rings = true;
    }

    /// The way out to what tenants named.
    #[must_use]
    pub fn egress(&self) -> &Egress {
        &self.service.egress
    }

    /// The insurer.
    ///
    /// # Errors
    /// `upstream-not-configured`, when the settings name none.
    pub fn insurer(&self) -> Result<Insurer, Problem> {
        self.service.insurer.clone().ok_or_else(|| Kind::UpstreamNotConfigured.into())
    }

    /// What webhooks can be told of.
    #[must_use]
    pub fn event_types(&self) -> &[&'static str] {
        &self.service.event_types
    }

    /// The caller's account at the built-in provider. A subject of another provider has none, whatever it is called: that
    /// provider could choose the name of somebody's account here.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn own_account(&self) -> Result<AccountId, Problem> {
        let own = self.caller.issuer() == self.service.identifier;
        let account = Uuid::try_parse(self.caller.subject()).ok().filter(|_| own);
        account.map(AccountId::from_uuid).ok_or_else(|| Problem::new(Kind::Forbidden).because("no-account"))
    }
}

/// From the row, if there is one, to the answer.
pub type Show<P, I, R, A> = fn(&mut Seen<'_, P>, I, Option<R>) -> Result<A, Problem>;

/// A read that is split at the point where it is known who asks.
pub struct Single<P: Permission, I, R, A> {
    /// The row that the input names in an organization.
    pub ask: fn(OrganizationId, &I) -> Question<R>,
    /// The answer, to somebody who has the permission, from that row. How far they reach is for it to check.
    pub show: Show<P, I, R, A>,
}

impl<P: Permission, I, R, A> Clone for Single<P, I, R, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Permission, I, R, A> Copy for Single<P, I, R, A> {}

/// What [`Single::show`] works with: no rows but the one that it is given.
pub struct Seen<'a, P: Permission> {
    /// Who calls, as what, how far.
    pub allowed: &'a Allowed<P>,
    /// Opens columns.
    pub keyring: &'a Keyring,
    /// What the audit row will name.
    pub audit: AuditNote,
}

/// What a handler tells the audit log. The row itself is written by `dispatch`; a handler can't forget it.
#[derive(Debug, Default)]
pub struct AuditNote {
    pub(super) objects: Vec<Uuid>,
    pub(super) event: Option<EventName>,
}

impl AuditNote {
    /// Names an object that was read or changed.
    pub fn object(&mut self, id: Uuid) {
        self.objects.push(id);
    }

    /// Says that something more telling happened than the endpoint's usual event.
    pub fn instead(&mut self, event: EventName) {
        self.event = Some(event);
    }
}
