//! One row per endpoint.
//!
//! The row mounts the route, feeds the OpenAPI document, the access matrix and the harness. A handler can't be
//! mounted without one: [`Endpoint`] is the only thing that `server` mounts, and its handler is private to it.

use super::{
    answer::{Answer, AnswerDescription},
    call::{Call, Single},
    deprecation::Deprecation,
    dispatch,
    errand::Errand,
    idempotency,
    input::{Description, Input},
    problem::Problem,
    upload::Upload,
    visit::{self, Field, Refusal, Reply, Style, Visit},
};
use crate::{
    access::{Effect, Permission, PermissionName, Role, Strength, policy},
    audit::EventName,
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode},
};
use futures_util::future::LocalBoxFuture;
use std::{rc::Rc, sync::Arc};
use utoipa::openapi::path::ParameterIn;

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
    pub(super) visit: Option<(Style, &'static [Field])>,
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
        fields: &'static [Field],
        handler: F,
    ) -> Self
    where
        F: AsyncFn(&mut Visit) -> Result<Reply, Refusal> + Copy + 'static,
    {
        let body_limit = if method == Method::POST { super::body::DEFAULT_LIMIT } else { 0 };
        let row = dispatch::Row { body_limit, ..dispatch::Row::new(method, path, operation) };
        let answers = move |row, service, request, payload| {
            Box::pin(async move {
                visit::visited(&row, (style, fields), service, request, payload, handler).await
            }) as Answering
        };
        Self {
            answer: match style {
                Style::Page | Style::FrontChannel => || AnswerDescription::files(&["text/html"]),
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

    /// What comes of it, by its permission. `None` for what needs no token: the provider's pages and forms ask anew for
    /// themselves (`credential-change-reauth`).
    #[must_use]
    pub const fn effect(&self) -> Option<Effect> {
        match self.visibility {
            Visibility::Members(permission) => Some(permission.effect()),
            Visibility::Public => None,
        }
    }

    /// The roles that may call it; none where no token is shown.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let Visibility::Members(permission) = self.visibility else { return Vec::new() };
        Role::ALL.into_iter().filter(|&role| policy::reach(role, permission).is_some()).collect()
    }

    /// Whether the caller must have shown two factors a moment ago (RFC 9470).
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.effect().is_some_and(|effect| effect.strength() == Strength::Fresh)
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

    /// The header fields that it takes besides those that all do, in lower case.
    #[must_use]
    pub fn taken_fields(&self) -> Vec<String> {
        let mut description = Description::default();
        (self.input)(&mut description);
        let headers = description.parameters.into_iter().filter(|it| it.parameter_in == ParameterIn::Header);
        let key = self.once.then(|| idempotency::FIELD.as_str().to_owned());
        headers.map(|parameter| parameter.name.to_ascii_lowercase()).chain(key).collect()
    }

    /// Whether a request must say in `If-Match` which state of the object it was made for.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        let mut description = Description::default();
        (self.input)(&mut description);
        description.conditional
    }
}
