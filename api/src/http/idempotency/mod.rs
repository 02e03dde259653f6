//! What is done once stays done once: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A client that lost an answer sends the same request with the same key, and gets the first answer. The key is claimed
//! in the transaction that does the work, so a crash leaves neither work nor claim, and two requests at once wait for each
//! other at the unique constraint. Only successes are kept: a refusal may be put right under the same key.
//!
//! A key belongs to one member, one operation, one role and one body. Whoever else sends it sends a key of their own.

mod rows;

use super::{
    call::AuditNote,
    problem::{Kind, Problem},
};
use crate::{
    access::Tenant,
    ids::MemberId,
    protection::{FLOW_IDEMPOTENCY, INPUT_SCHEMA},
    sealing::Keyring,
};
use actix_web::{
    HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};
use aws_lc_rs::digest;
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta, Utc};
use rows::{Found, KeyRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The request field.
pub(crate) const FIELD: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the first one's.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is kept.
pub(super) const KEPT: TimeDelta = TimeDelta::hours(24);
/// The fields of an answer that are kept beside its body.
const KEPT_FIELDS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// One request that is to be done once.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) member: MemberId,
    pub(super) operation: &'static str,
    pub(super) key: Uuid,
    pub(super) digest: Vec<u8>,
    pub(super) now: DateTime<Utc>,
}

/// What became of it.
pub(super) enum Claim {
    /// It is the first: do it, then [`Mine::keep`] the answer.
    Mine(Mine),
    /// It was done; this is the answer.
    Done(First),
}

/// The claim of a request that is being done.
pub(super) struct Mine {
    row: KeyRow,
}

/// An answer as it is kept, sealed: some show a secret once.
#[derive(Deserialize, Serialize)]
struct Kept {
    status: u16,
    fields: Vec<(String, String)>,
    body: String,
    objects: Vec<Uuid>,
}

/// The first answer, on its way to being given again.
pub(super) struct First {
    pub(super) response: HttpResponse,
    pub(super) objects: Vec<Uuid>,
}

/// The key that the client chose.
///
/// # Errors
/// `idempotency-key-required`, `invalid-idempotency-key`.
pub(super) fn key(headers: &HeaderMap) -> Result<Uuid, Problem> {
    let mut values = headers.get_all(FIELD);
    let value = values.next().ok_or(Kind::IdempotencyKeyRequired)?;
    if values.next().is_some() {
        return Err(Kind::InvalidIdempotencyKey.into());
    }
    read_key(value)
}

/// A key is a UUID and nothing else: what is short or guessed could be somebody's key already.
#[enforces(INPUT_SCHEMA, otherwise = crate::vulnerable::http::any_key)]
fn read_key(value: &HeaderValue) -> Result<Uuid, Problem> {
    let invalid = || Problem::new(Kind::InvalidIdempotencyKey);
    let text = value.to_str().map_err(|_| invalid())?;
    // The draft's String (RFC 9651 §3.3.3), or as most clients write it.
    let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    // One form, and one key in either case: whoever varies it would else do twice what is to be done once.
    super::input::uuid(text).map_err(|_| invalid())
}

/// What was done under a key stands in the database, beside what was done. No memory answers by the key alone: that would be
/// anybody's key and any request's, too late for two at once, and gone with the process (CWE-837).
#[enforces(FLOW_IDEMPOTENCY, otherwise = crate::vulnerable::http::memory::by_key)]
pub(super) async fn from_the_claim(
    _headers: &HeaderMap,
    outcome: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    outcome.await
}

/// What the request is: another method, path, role or body is another request. The body counts as the document it is, so
/// that a client which writes its members in another order the second time is still understood.
pub(super) fn digest(request: &HttpRequest, role: &str, body: &[u8]) -> Vec<u8> {
    let canonical = serde_json::from_slice::<Value>(body).map(|document| sorted(&document).to_string());
    let canonical = canonical.map_or_else(|_| body.to_vec(), String::into_bytes);
    let mut context = digest::Context::new(&digest::SHA256);
    // Of a path, only ids come in either case.
    let path = request.path().to_ascii_lowercase();
    for part in [request.method().as_str().as_bytes(), path.as_bytes(), role.as_bytes(), &canonical] {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// The same document with its members in one order.
fn sorted(document: &Value) -> Value {
    match document {
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> =
                members.iter().map(|(name, value)| (name, sorted(value))).collect();
            members.into_iter().map(|(name, value)| (name.clone(), value)).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

impl Attempt {
    /// Claims the key, or finds what was done under it. Waits for another request that is being done under it.
    ///
    /// # Errors
    /// `idempotency-mismatch` when it was another request, `idempotency-in-progress` when the other one takes too long.
    pub(super) async fn claim(&self, tenant: &mut Tenant, keyring: &Keyring) -> Result<Claim, Problem> {
        match rows::claim(tenant, self).await? {
            Found::Free(row) => Ok(Claim::Mine(Mine { row })),
            Found::Taken(row) if row.digest == self.digest => first(&row, keyring).map(Claim::Done),
            Found::Taken(_) => Err(Kind::IdempotencyMismatch.into()),
        }
    }
}

impl Mine {
    /// Keeps the answer, in the transaction of what was done. Gives it back as it was.
    ///
    /// # Errors
    /// When it can't be sealed or written.
    pub(super) async fn keep(
        self,
        tenant: &mut Tenant,
        keyring: &Keyring,
        note: &AuditNote,
        response: HttpResponse,
    ) -> Result<HttpResponse, Problem> {
        let (head, body) = response.into_parts();
        let body = body.try_into_bytes().map_err(|_| Kind::InternalError)?;
        let field = |name: &HeaderName| {
            Some((name.as_str().to_owned(), head.headers().get(name)?.to_str().ok()?.to_owned()))
        };
        let kept = Kept {
            status: head.status().as_u16(),
            fields: KEPT_FIELDS.iter().filter_map(field).collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
            objects: note.objects.clone(),
        };
        let kept = serde_json::to_vec(&kept).map_err(|error| Problem::internal(&error))?;
        let sealed = keyring.seal(self.row.place(), &kept)?;
        rows::keep(tenant, &self.row, sealed).await?;
        Ok(head.set_body(BoxBody::new(body)))
    }
}

fn first(row: &KeyRow, keyring: &Keyring) -> Result<First, Problem> {
    // A claim is committed together with its answer only.
    let sealed = row.answer.as_ref().ok_or(Kind::InternalError)?;
    let kept = keyring.open(row.place(), sealed)?;
    let kept: Kept = serde_json::from_str(&kept).map_err(|error| Problem::internal(&error))?;
    let status = StatusCode::from_u16(kept.status).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::with_body(status, BoxBody::new(kept.body));
    for (name, value) in kept.fields {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(First { response, objects: kept.objects })
}

#[cfg(test)]
mod tests;
