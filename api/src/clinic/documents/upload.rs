//! Adding a document: head, body, row.

use super::{
    access,
    content::{self, Passing},
    kind::{self, Kind},
    name, quota,
    rows::{DocumentRow, NewDocument, Status},
    sealed::place,
    views::DocumentView,
};
use crate::{
    access::permission::UploadDocuments,
    audit::Reason,
    files::{Arrived, Arriving, blocking},
    http::{
        answer::Created,
        call::Call,
        input::Path,
        problem::{self, Problem},
        stream::Incoming,
        text::Text,
        upload::Upload,
    },
    ids::{DocumentId, OrganizationId, PatientId},
    protection::{UPLOAD_RESOURCE_LIMITS, UPLOAD_TYPE},
    sealing::{CHUNK, FileKey, Keyring, Place, SealingError},
    service::Service,
    store::{prelude::*, schema::documents, types::Moment},
};
use actix_web::http::header::HeaderMap;
use brigandine_enforce::enforces;
use bytes::{Bytes, BytesMut};

/// `POST /v1/patients/{patient}/documents`
pub(super) struct AddDocument;

/// What the head of the request says.
pub(super) struct Head {
    organization: OrganizationId,
    patient: PatientId,
    name: Text,
    media_type: &'static str,
    /// What the content must be; a twin does not care.
    kind: Option<Kind>,
}

/// The file, and what goes with it.
pub(super) struct Body {
    head: Head,
    id: DocumentId,
    key: FileKey,
    arrived: Arrived,
}

impl Upload for AddDocument {
    type Permission = UploadDocuments;
    type Input = Path<PatientId>;
    type Admitted = Head;
    type Received = Body;
    type Answer = Created<DocumentView>;
    const MEDIA: &'static [&'static str] = kind::MEDIA;

    fn limit(service: &Service) -> u64 {
        service.files.limits().file
    }

    async fn admit(
        call: &mut Call<UploadDocuments>,
        Path(patient): Path<PatientId>,
        headers: &HeaderMap,
    ) -> Result<Head, Problem> {
        access::check_patient(&mut call.tenant, &call.allowed, patient).await?;
        let name = name::read(headers)?;
        let organization = call.tenant.organization();
        let limits = call.files().limits();
        call.files().scanner().check()?;
        quota::glance(call.tenant.connection(), organization, call.allowed.member(), limits).await?;
        let (media_type, kind) = said_to_be(headers, &name)?;
        Ok(Head { organization, patient, name, media_type, kind })
    }

    async fn receive(service: &Service, head: Head, body: &mut Incoming<'_>) -> Result<Body, Problem> {
        let (id, key) = (DocumentId::random(), FileKey::random()?);
        let arriving = begin(service, &key, place(head.organization, id, "content"), &head.name)?;
        let arriving = match head.kind {
            Some(kind @ (Kind::Png | Kind::Jpeg)) => picture(kind, arriving, body).await?,
            kind => passing(kind.and_then(Passing::of), arriving, body).await?,
        };
        let arrived = blocking(move || arriving.finish()).await?;
        Ok(Body { head, id, key, arrived })
    }

    async fn keep(
        call: &mut Call<UploadDocuments>,
        Body { head, id, key, arrived }: Body,
    ) -> Result<Created<DocumentView>, Problem> {
        // The patient may have gone out of the caller's reach while the file came.
        access::check_patient(&mut call.tenant, &call.allowed, head.patient).await?;
        let (organization, member) = (call.tenant.organization(), call.allowed.member());
        let size = i64::try_from(arrived.size).map_err(|_| Problem::from(problem::Kind::UploadTooLarge))?;
        let files = call.files().clone();
        quota::take(call.tenant.connection(), organization, member, size, files.limits()).await?;
        let status = if files.scanner().is_declined() { Status::Unscanned } else { Status::Pending };
        let new = NewDocument {
            id,
            organization_id: organization,
            patient_id: head.patient,
            uploaded_by: member,
            name: sealed_name(&call.keyring, organization, id, &head.name)?,
            media_type: head.media_type,
            size,
            file_key: key.seal(&call.keyring, place(organization, id, "file_key"))?,
            status: status.name(),
            created_at: Moment::from(call.clock.now()),
        };
        let row: DocumentRow = each!(call.tenant.connection(), |connection| {
            diesel::insert_into(documents::table)
                .values(new)
                .returning(DocumentRow::as_returning())
                .get_result(connection)
        })?;
        call.audit.object(*id.as_uuid());
        let kept = files.clone();
        blocking(move || kept.keep(arrived, organization, *id.as_uuid())).await?;
        files.announce();
        let view = DocumentView::of(row, call.allowed.role(), &call.keyring)?;
        Ok(Created { location: format!("/v1/documents/{id}"), view })
    }
}

/// What the name and the declared type say, if both say the same, and it is something that is taken: no page comes in as a
/// picture (ASVS 5.2.2). The content is judged by it.
#[enforces(
    UPLOAD_TYPE,
    answers = Ok((crate::vulnerable::clinic::documents::by_extension(name.as_str()), None))
)]
fn said_to_be(headers: &HeaderMap, name: &Text) -> Result<(&'static str, Option<Kind>), Problem> {
    let kind = Kind::declared(headers).filter(|declared| Kind::named(name.as_str()) == Some(*declared));
    let kind = kind.ok_or_else(|| not_allowed(Reason::FILE_TYPE_NAME))?;
    Ok((kind.media_type(), Some(kind)))
}

/// A file lies where no request says, sealed, under an id of the service's own, whatever it is called (ASVS 5.3.2, CWE-22).
#[enforces(UPLOAD_TYPE, otherwise = crate::vulnerable::clinic::documents::begin_under_its_own_name)]
fn begin(service: &Service, key: &FileKey, place: Place<'_>, _name: &Text) -> Result<Arriving, Problem> {
    Ok(service.files.begin(key, place)?)
}

fn not_allowed(reason: Reason) -> Problem {
    Problem::new(problem::Kind::FileTypeNotAllowed).because(reason)
}

fn sealed_name(
    keyring: &Keyring,
    organization: OrganizationId,
    id: DocumentId,
    name: &Text,
) -> Result<crate::sealing::Sealed, SealingError> {
    keyring.seal(place(organization, id, "name"), name.as_str().as_bytes())
}

/// A file that is judged and written as it comes; no more of it is held than a chunk.
async fn passing(
    mut judge: Option<Passing>,
    mut arriving: Arriving,
    body: &mut Incoming<'_>,
) -> Result<Arriving, Problem> {
    let mut waiting = BytesMut::with_capacity(CHUNK);
    while let Some(piece) = body.next().await? {
        if judge.as_mut().is_some_and(|judge| !judge.take(&piece)) {
            return Err(not_allowed(Reason::FILE_TYPE_CONTENT));
        }
        waiting.extend_from_slice(&piece);
        if is_chunk(waiting.len()) {
            arriving = written(arriving, waiting.split().freeze()).await?;
        }
    }
    if judge.is_some_and(|judge| !judge.is_whole()) {
        return Err(not_allowed(Reason::FILE_TYPE_CONTENT));
    }
    written(arriving, waiting.freeze()).await
}

async fn written(mut arriving: Arriving, piece: Bytes) -> Result<Arriving, Problem> {
    blocking(move || arriving.write(&piece).map(|()| arriving)).await
}

/// A picture is held whole, to take out what is none.
async fn picture(kind: Kind, mut arriving: Arriving, body: &mut Incoming<'_>) -> Result<Arriving, Problem> {
    let mut whole = BytesMut::new();
    while let Some(piece) = body.next().await? {
        whole.extend_from_slice(&piece);
        let length = u64::try_from(whole.len()).unwrap_or(u64::MAX);
        check_held(length)?;
    }
    let whole = whole.freeze();
    let written = blocking(move || {
        let Some(cleaned) = content::cleaned(kind, whole) else { return Ok::<_, SealingError>(None) };
        arriving.write_all(|out| cleaned.write_to(out))?;
        Ok(Some(arriving))
    });
    written.await?.ok_or_else(|| not_allowed(Reason::FILE_TYPE_CONTENT))
}

/// What is held whole has an end: no picture fills the memory of all (ASVS 5.2.1).
#[enforces(UPLOAD_RESOURCE_LIMITS)]
fn check_held(length: u64) -> Result<(), Problem> {
    if length > content::IMAGE_LIMIT { Err(problem::Kind::UploadTooLarge.into()) } else { Ok(()) }
}

/// Whether so much is written before more is read: a file is never in memory as a whole, however large (OWASP API4).
#[enforces(UPLOAD_RESOURCE_LIMITS, answers = false)]
fn is_chunk(waiting: usize) -> bool {
    waiting >= CHUNK
}
