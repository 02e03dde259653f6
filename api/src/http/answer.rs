//! What a handler answers with. Only views go out: a database row has no way to be serialised.

use super::{
    output,
    page::Page,
    precondition,
    problem::{Kind, Problem},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// What the documentation says of an answer.
pub struct AnswerDescription {
    pub(super) status: StatusCode,
    /// The media types of an answer that is no JSON.
    pub(super) media: &'static [&'static str],
    pub(super) body: Option<(String, RefOr<Schema>)>,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

impl AnswerDescription {
    /// A file of one of these media types.
    pub(crate) fn files(media: &'static [&'static str]) -> Self {
        Self { media, ..Self::nothing() }
    }

    /// A success without a JSON schema: a page, a redirection, or what a standard describes.
    pub(crate) fn nothing() -> Self {
        Self { status: StatusCode::OK, media: &[], body: None, schemas: Vec::new() }
    }
}

/// A handler's answer.
pub trait Answer {
    /// Whether it says that something was made. A POST that answers so is done once per `Idempotency-Key`.
    const CREATES: bool = false;
    /// Whether it carries a strong `ETag`: one object, and all that this caller sees of it.
    const TAGGED: bool = false;
    /// Whether a client must take JSON to have it.
    const IS_JSON: bool = true;

    /// Turns it into a response.
    ///
    /// # Errors
    /// When it can't be serialised.
    fn respond(self) -> Result<HttpResponse, Problem>;

    /// Documents it.
    fn describe() -> AnswerDescription;
}

fn describe<T: ToSchema>(status: StatusCode) -> AnswerDescription {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    AnswerDescription { status, media: &[], body: Some((T::name().into_owned(), T::schema())), schemas }
}

pub(super) fn json(status: StatusCode, view: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = output::to_json(view).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::with_body(status, actix_web::body::BoxBody::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// As [`json`], with the tag of exactly these bytes (RFC 9110 §8.8.3): the one place where tags are made.
fn tagged(status: StatusCode, view: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = output::to_json(view).map_err(|error| Problem::internal(&error))?;
    let tag = precondition::tag(&body);
    let mut response = HttpResponse::with_body(status, actix_web::body::BoxBody::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A document whose members a standard names; `not-found` where there is none.
pub(crate) fn document(
    status: StatusCode,
    document: Option<&serde_json::Value>,
) -> Result<HttpResponse, Problem> {
    json(status, document.ok_or(Kind::NotFound)?)
}

/// 200 with a view.
pub struct Shown<T>(pub T);

impl<T: Serialize + ToSchema> Answer for Shown<T> {
    const TAGGED: bool = true;

    fn respond(self) -> Result<HttpResponse, Problem> {
        tagged(StatusCode::OK, &self.0)
    }

    fn describe() -> AnswerDescription {
        describe::<T>(StatusCode::OK)
    }
}

/// 200 with one page of a list, and where the next one is (RFC 8288).
pub struct Listed<T>(pub Page<T>);

/// The cursor of the next page, on its way to the `Link` field, which `dispatch` writes: it knows the request.
struct NextCursor(String);

impl<T: Serialize + ToSchema> Answer for Listed<T> {
    fn respond(self) -> Result<HttpResponse, Problem> {
        let response = json(StatusCode::OK, &self.0)?;
        Ok(next_page(response, self.0.next))
    }

    /// Named after its items: to utoipa, the pages of all lists have one name.
    fn describe() -> AnswerDescription {
        let mut page = describe::<Page<T>>(StatusCode::OK);
        page.schemas.push((T::name().into_owned(), T::schema()));
        let body = page.body.map(|(_, schema)| (format!("{}Page", T::name()), schema));
        AnswerDescription { body, ..page }
    }
}

/// Leaves the next page's cursor for [`link_next_page`].
pub(super) fn next_page(mut response: HttpResponse, next: Option<String>) -> HttpResponse {
    if let Some(cursor) = next {
        response.extensions_mut().insert(NextCursor(cursor));
    }
    response
}

/// 201 with a view and where it will be found.
pub struct Created<T> {
    /// The path of the new resource, from `/`.
    pub location: String,
    /// The new resource.
    pub view: T,
}

impl<T: Serialize + ToSchema> Answer for Created<T> {
    const CREATES: bool = true;
    const TAGGED: bool = true;

    fn respond(self) -> Result<HttpResponse, Problem> {
        let mut response = tagged(StatusCode::CREATED, &self.view)?;
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    fn describe() -> AnswerDescription {
        describe::<T>(StatusCode::CREATED)
    }
}

/// 204.
pub struct Gone;

impl Answer for Gone {
    fn respond(self) -> Result<HttpResponse, Problem> {
        Ok(HttpResponse::new(StatusCode::NO_CONTENT))
    }

    fn describe() -> AnswerDescription {
        AnswerDescription { status: StatusCode::NO_CONTENT, ..AnswerDescription::nothing() }
    }
}

/// Names the next page: the same request with the new cursor.
pub(super) fn link_next_page(request: &HttpRequest, response: &mut HttpResponse) {
    let Some(NextCursor(cursor)) = response.extensions_mut().remove() else { return };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let given = form_urlencoded::parse(request.query_string().as_bytes());
    query.extend_pairs(given.filter(|(name, _)| name != "cursor"));
    let query = query.append_pair("cursor", &cursor).finish();
    if let Ok(link) = HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", request.path())) {
        response.headers_mut().append(header::LINK, link);
    }
}
