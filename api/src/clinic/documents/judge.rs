//! Has the scanner judge what came, beside the requests. Whatever goes wrong, a file stays `pending` and is tried again.
//!
//! Which files wait is read from the folder, not from the tables: no transaction sees the rows of all tenants.

use super::{
    quota,
    rows::{DocumentRow, Status},
};
use crate::{
    audit::{self, Actor, Event, EventName, Outcome},
    files::{Unsettled, Verdict},
    http::problem::Problem,
    ids::{DocumentId, RequestId},
    protection::Protection,
    service::Service,
    store::{Mode, prelude::*, schema::documents, types::Moment},
};
use futures_util::{StreamExt, stream};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

/// How soon a file is tried again.
const AGAIN: Duration = Duration::from_secs(3);
/// How soon to look for a row that is about to be written.
const SOON: Duration = Duration::from_millis(100);
/// After this time no request is still at work that could write a file's row, or take it away: see `http::deadline`.
const ORPHAN: Duration = Duration::from_secs(60);
/// Files judged at once.
const AT_ONCE: usize = 4;

/// What came of one file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing is left to do.
    Done,
    /// Its row is not there yet, or no more.
    Rowless,
    /// There was no verdict.
    Waits,
}

/// Judges files until the process ends.
pub(in crate::clinic) async fn judge_as_they_come(service: Arc<Service>) {
    loop {
        let pause = match service.files.unsettled() {
            Ok(waiting) => round(&service, waiting).await,
            Err(error) => {
                tracing::error!(error = %error, "The folder of documents can't be read; tried again");
                AGAIN
            }
        };
        tokio::select! {
            () = service.files.announced() => {}
            () = sleep(pause) => {}
        }
    }
}

async fn round(service: &Arc<Service>, waiting: Vec<Unsettled>) -> Duration {
    let steps: Vec<(Unsettled, Step)> = stream::iter(waiting)
        .map(|file| async move {
            let step = match settle(service, file).await {
                Ok(step) => step,
                Err(problem) => {
                    let failure = problem.failure().unwrap_or_else(|| problem.kind().slug());
                    tracing::warn!(document.id = %file.id, error = failure, "A document was not judged; tried again");
                    Step::Waits
                }
            };
            (file, step)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let fresh = |(file, step): &(Unsettled, Step)| *step == Step::Rowless && file.age < AGAIN;
    if steps.iter().any(fresh) { SOON } else { AGAIN }
}

async fn settle(service: &Arc<Service>, file: Unsettled) -> Result<Step, Problem> {
    let Some(row) = find(service, file).await? else {
        if file.age > ORPHAN {
            service.files.remove(file.organization, file.id).map_err(|error| Problem::internal(&error))?;
        }
        return Ok(Step::Rowless);
    };
    if row.status != Status::Pending.name() {
        // Judged before the process ended, or a deletion that failed; younger ones may still be about to lose their row.
        if file.age > ORPHAN || row.status == Status::Unscanned.name() {
            return done(service, file, row.status == Status::Rejected.name());
        }
        return Ok(Step::Waits);
    }
    let key = row.open_key(&service.keyring)?;
    let reader = service.files.read(file.organization, file.id, &key, row.content())?;
    #[cfg(feature = "twin")]
    super::weak::tell_a_shell(service, &row.open_name(&service.keyring)?).await;
    let verdict = service.files.scanner().judge(reader).await?;
    write(service, file, &row, verdict).await?;
    done(service, file, verdict == Verdict::Infected)
}

fn done(service: &Service, file: Unsettled, rejected: bool) -> Result<Step, Problem> {
    let files = &service.files;
    let settled = if rejected {
        files.remove(file.organization, file.id)
    } else {
        files.settle(file.organization, file.id)
    };
    settled.map_err(|error| Problem::internal(&error))?;
    Ok(Step::Done)
}

async fn find(service: &Service, file: Unsettled) -> Result<Option<DocumentRow>, Problem> {
    let mut transaction = service.store.begin(file.organization, Mode::Read).await?;
    let row = each!(transaction.connection(), |connection| {
        documents::table
            .filter(documents::id.eq(DocumentId::from_uuid(file.id)))
            .filter(documents::organization_id.eq(file.organization))
            .select(DocumentRow::as_select())
            .first(connection)
    })
    .optional()?;
    transaction.release();
    Ok(row)
}

/// Writes the verdict, the room that a rejected file gives back, and the audit row, together.
async fn write(
    service: &Service,
    file: Unsettled,
    row: &DocumentRow,
    verdict: Verdict,
) -> Result<(), Problem> {
    let status = if verdict == Verdict::Clean { Status::Clean } else { Status::Rejected };
    let mut transaction = service.store.begin(file.organization, Mode::Write).await?;
    let changed = each!(transaction.connection(), |connection| {
        diesel::update(
            documents::table
                .filter(documents::id.eq(row.id))
                .filter(documents::organization_id.eq(row.organization_id))
                .filter(documents::status.eq(Status::Pending.name())),
        )
        .set((
            documents::status.eq(status.name()),
            documents::judged_at.eq(Moment::from(service.clock.now())),
        ))
        .execute(connection)
    })?;
    // Deleted meanwhile, or judged by another process: nothing to add.
    if changed == 0 {
        transaction.release();
        return Ok(());
    }
    if status == Status::Rejected {
        quota::release(transaction.connection(), row.organization_id, row.uploaded_by, row.size).await?;
        tracing::warn!(document.id = %row.id, organization.id = %row.organization_id, "Malware was uploaded, and removed");
    }
    if Protection::AuditSecurityEvents.holds() {
        audit::write(&mut transaction, &event(row, status)).await?;
    }
    Ok(transaction.commit().await?)
}

fn event(row: &DocumentRow, status: Status) -> Event {
    let (outcome, reason) = match status {
        Status::Rejected => (Outcome::Failure, "malware"),
        _ => (Outcome::Success, "clean"),
    };
    Event {
        organization: Some(row.organization_id),
        event: EventName::UploadValidation,
        outcome,
        reason: Some(reason),
        operation: "judgeDocument",
        actor: Actor::default(),
        object_type: Some("document"),
        objects: vec![*row.id.as_uuid()],
        source_address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        request: RequestId::random(),
        client_request: None,
    }
}
