//! What a handler takes: path ids, query parameters, a body. Each says how it is read and how it is documented, so
//! that the OpenAPI document can't say anything else than the code does.

use super::{
    json,
    problem::{Kind, Problem},
    query::Parameters,
};
use crate::{
    ids::{
        self, ApiKeyId, AppointmentId, BreakGlassId, CareRelationId, DeliveryId, DocumentId, ExportId,
        InvitationId, MemberId, PatientId, ProviderId, RecordId, RegistrationId, SessionId, SlotId,
        WaitingId, WebhookId,
    },
    protection::{AUDIT_NO_SENSITIVE, INPUT_SCHEMA, LIMIT_WORK},
};
use actix_web::http::header::HeaderMap;
use brigandine_enforce::enforces;
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use uuid::Uuid;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

/// A request, authenticated, bounded and authorized, but not understood yet.
pub struct Raw<'a> {
    pub(super) path: &'a actix_web::dev::Path<actix_web::dev::Url>,
    pub(super) parameters: &'a Parameters,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// What the documentation says of an input.
#[derive(Default)]
pub struct Description {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<(String, RefOr<Schema>)>,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
    /// Whether the request must say which state it was made for.
    pub(super) conditional: bool,
}

/// A parameter that is a text of this form, with at most so many characters.
pub(super) fn text_parameter(
    name: &str,
    place: ParameterIn,
    required: Required,
    description: &str,
    (pattern, longest): (&str, usize),
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(
            ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).max_length(Some(longest)),
        ))
        .build()
}

/// A handler's input.
pub trait Input: Sized + 'static {
    /// Whether there is a body.
    const HAS_BODY: bool;
    /// Whether it says itself what is to happen when the object is another than the client saw.
    const HAS_CONDITION: bool = false;
    /// The query parameters that it takes.
    const QUERY: &'static [&'static str];

    /// Understands the request.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(raw: &Raw<'_>) -> Result<Self, Problem>;

    /// Documents it.
    fn describe(description: &mut Description);
}

/// No input.
pub struct Nothing;

impl Input for Nothing {
    const HAS_BODY: bool = false;
    const QUERY: &'static [&'static str] = &[];

    fn read(_: &Raw<'_>) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn describe(_: &mut Description) {}
}

/// An id that stands in the path under a fixed name.
pub trait PathId: 'static {
    /// The name in the path's pattern.
    const NAME: &'static str;

    /// From its value.
    fn from_uuid(value: Uuid) -> Self;
}

macro_rules! path_ids {
    ($($id:ty = $name:literal,)*) => {$(
        impl PathId for $id {
            const NAME: &'static str = $name;

            fn from_uuid(value: Uuid) -> Self {
                Self::from_uuid(value)
            }
        }
    )*};
}

path_ids! {
    DocumentId = "document",
    PatientId = "patient",
    MemberId = "member",
    InvitationId = "invitation",
    RegistrationId = "client",
    ApiKeyId = "key",
    SessionId = "session",
    ProviderId = "provider",
    CareRelationId = "relation",
    BreakGlassId = "access",
    RecordId = "record",
    SlotId = "slot",
    AppointmentId = "appointment",
    WaitingId = "entry",
    ExportId = "export",
}

impl PathId for WebhookId {
    const NAME: &'static str = "webhook";

    fn from_uuid(value: Uuid) -> Self {
        Self::from_uuid(value)
    }
}

impl PathId for DeliveryId {
    const NAME: &'static str = "delivery";

    fn from_uuid(value: Uuid) -> Self {
        Self::from_uuid(value)
    }
}

/// An id from the path. What is no hyphenated UUID is the name of nothing: 404.
pub struct Path<T>(pub T);

impl<T: PathId> Input for Path<T> {
    const HAS_BODY: bool = false;
    const QUERY: &'static [&'static str] = &[];

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        uuid(raw.path.get(T::NAME).unwrap_or_default()).map(|id| Self(T::from_uuid(id)))
    }

    /// The pattern names it; see `openapi`.
    fn describe(_: &mut Description) {}
}

/// An id as a text: see [`ids::parse`].
pub(crate) fn uuid(text: &str) -> Result<Uuid, Problem> {
    ids::parse(text).ok_or_else(|| Kind::NotFound.into())
}

/// Query parameters of a list.
pub trait QueryParameters: IntoParams + Sized + 'static {
    /// Their names.
    const NAMES: &'static [&'static str];

    /// Reads them.
    ///
    /// # Errors
    /// What is wrong with them.
    fn read(parameters: &Parameters) -> Result<Self, Problem>;
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<T: QueryParameters> Input for Query<T> {
    const HAS_BODY: bool = false;
    const QUERY: &'static [&'static str] = T::NAMES;

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        T::read(raw.parameters).map(Self)
    }

    fn describe(description: &mut Description) {
        description.parameters.extend(T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query)));
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Validate + ToSchema + 'static> Input for Body<T> {
    const HAS_BODY: bool = true;
    const QUERY: &'static [&'static str] = &[];

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        read_body(raw.body).map(Self)
    }

    fn describe(description: &mut Description) {
        description.body = Some((T::name().into_owned(), T::schema()));
        T::schemas(&mut description.schemas);
    }
}

impl<A: Input, B: Input> Input for (A, B) {
    const HAS_BODY: bool = A::HAS_BODY || B::HAS_BODY;
    const HAS_CONDITION: bool = A::HAS_CONDITION || B::HAS_CONDITION;
    const QUERY: &'static [&'static str] = if A::QUERY.is_empty() { B::QUERY } else { A::QUERY };

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        Ok((A::read(raw)?, B::read(raw)?))
    }

    fn describe(description: &mut Description) {
        A::describe(description);
        B::describe(description);
    }
}

impl<A: Input, B: Input, C: Input> Input for (A, B, C) {
    const HAS_BODY: bool = A::HAS_BODY || <(B, C)>::HAS_BODY;
    const HAS_CONDITION: bool = A::HAS_CONDITION || <(B, C)>::HAS_CONDITION;
    const QUERY: &'static [&'static str] = if A::QUERY.is_empty() { <(B, C)>::QUERY } else { A::QUERY };

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        Ok((A::read(raw)?, B::read(raw)?, C::read(raw)?))
    }

    fn describe(description: &mut Description) {
        A::describe(description);
        <(B, C)>::describe(description);
    }
}

/// Guard, then types, then rules.
fn read_body<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, Problem> {
    json::guard(body)?;
    try_no_divisions(body);
    let value: T = json::typed(body)?;
    check_rules(&value)?;
    Ok(value)
}

/// No pattern is matched by trying all ways to divide a text: their number doubles with each character (CWE-1333).
#[enforces(LIMIT_WORK, otherwise = crate::vulnerable::http::work::match_by_trying)]
fn try_no_divisions(_body: &[u8]) {}

/// Refuses what has the right types and breaks the rules of its schema: lengths, ranges and forms (ASVS 2.2.1).
#[enforces(INPUT_SCHEMA)]
fn check_rules(value: &impl Validate) -> Result<(), Problem> {
    value.validate().map_err(|errors| broken_rules(&errors))
}

/// The rules by pointer and name. `validator` keeps the refused value beside each: it stays here, and out of every log
/// (CWE-532).
#[enforces(AUDIT_NO_SENSITIVE, otherwise = crate::vulnerable::http::log_refused_values)]
fn broken_rules(errors: &ValidationErrors) -> Problem {
    name_rules(Problem::new(Kind::ValidationFailed), "", errors)
}

/// An object within the body is walked like the body itself.
pub(crate) fn name_rules(mut problem: Problem, above: &str, errors: &ValidationErrors) -> Problem {
    for (member, kind) in errors.errors() {
        let pointer = format!("{above}/{member}");
        problem = match kind {
            ValidationErrorsKind::Field(rules) => {
                rules.iter().fold(problem, |problem, rule| problem.at(pointer.clone(), rule.code.clone()))
            }
            ValidationErrorsKind::Struct(inner) => name_rules(problem, &pointer, inner),
            ValidationErrorsKind::List(items) => items
                .iter()
                .fold(problem, |problem, (at, inner)| name_rules(problem, &format!("{pointer}/{at}"), inner)),
        };
    }
    problem
}
