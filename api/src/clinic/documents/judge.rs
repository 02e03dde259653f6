//! Has the scanner judge what came, beside the requests. Whatever goes wrong, a file stays `pending` and is tried again.
//!
//! Which files wait is read from the folder, not from the tables: no transaction sees the rows of all tenants.

use super::{
    quota,
    rows::{DocumentRow, Status},
};
use crate::{
    audit::{self, Actor, Event, EventName, Outcome, Reason},
    files::{Unsettled, Verdict},
    http::problem::Problem,
    ids::{DocumentId, OrganizationId, RequestId},
    protection::{AUDIT_SECURITY_EVENTS, INPUT_COMMAND_TEMPLATE, TENANT_ISOLATION},
    service::Service,
    store::{Mode, prelude::*, schema::documents, types::Moment},
};
use brigandine_enforce::enforces;
use futures_util::{StreamExt, stream};
use std::{
    collections::BTreeMap,
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
/// Files of one organization in a round: whoever sends many keeps nobody else's waiting for longer than these take.
const PER_ROUND: usize = 4;

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
    let mut number: usize = 0;
    loop {
        number = number.wrapping_add(1);
        let pause = match service.files.unsettled() {
            Ok(waiting) => round(&service, fair(waiting, number)).await,
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

/// The files of a round: a few of each organization in turn, others in each round, so that one that gets no verdict keeps
/// no other waiting; and whether some were left out.
fn fair(waiting: Vec<Unsettled>, round: usize) -> (Vec<Unsettled>, bool) {
    let all = waiting.len();
    let mut of_each: BTreeMap<OrganizationId, Vec<Unsettled>> = BTreeMap::new();
    for file in waiting {
        of_each.entry(file.organization).or_default().push(file);
    }
    share(&mut of_each, round);
    let most = of_each.values().map(Vec::len).max().unwrap_or(0);
    let turn: Vec<Unsettled> = (0..most)
        .flat_map(|place| of_each.values().filter_map(move |files| files.get(place).copied()))
        .collect();
    let is_cut = turn.len() < all;
    (turn, is_cut)
}

/// Leaves each organization its few of the round: one that sends thousands keeps no other's files from being judged.
#[enforces(TENANT_ISOLATION)]
fn share(of_each: &mut BTreeMap<OrganizationId, Vec<Unsettled>>, round: usize) {
    for files in of_each.values_mut() {
        files.sort_unstable_by_key(|file| file.id);
        let first = round.wrapping_mul(PER_ROUND).checked_rem(files.len()).unwrap_or(0);
        files.rotate_left(first);
        files.truncate(PER_ROUND);
    }
}

async fn round(service: &Arc<Service>, (waiting, is_cut): (Vec<Unsettled>, bool)) -> Duration {
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
    let is_judged = steps.iter().any(|(_, step)| *step == Step::Done);
    if is_cut && is_judged {
        // More wait, and somebody judges.
        Duration::ZERO
    } else if steps.iter().any(fresh) {
        SOON
    } else {
        AGAIN
    }
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
    let verdict = judge(service, &row).await?;
    write(service, file, &row, verdict).await?;
    done(service, file, verdict == Verdict::Infected)
}

/// The scanner is sent the bytes, over a protocol of its own: no name from outside is put into a command (CWE-78).
#[enforces(INPUT_COMMAND_TEMPLATE, otherwise = crate::vulnerable::clinic::documents::judge_by_shell)]
async fn judge(service: &Service, row: &DocumentRow) -> Result<Verdict, Problem> {
    scan(service, row).await
}

/// What the scanner says of a file.
pub(crate) async fn scan(service: &Service, row: &DocumentRow) -> Result<Verdict, Problem> {
    let key = row.open_key(&service.keyring)?;
    let reader = service.files.read(row.organization_id, *row.id.as_uuid(), &key, row.content())?;
    Ok(service.files.scanner().judge(reader).await?)
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
    note(&mut transaction, row, status).await?;
    Ok(transaction.commit().await?)
}

/// Writes down what came of a file, with the verdict or not at all: who investigates sees which malware came, and when
/// (ASVS 16.3.3).
#[enforces(AUDIT_SECURITY_EVENTS)]
async fn note(transaction: &mut Transaction, row: &DocumentRow, status: Status) -> Result<(), Problem> {
    Ok(audit::write(transaction, &event(row, status)).await?)
}

fn event(row: &DocumentRow, status: Status) -> Event {
    let (outcome, reason) = match status {
        Status::Rejected => (Outcome::Failure, Reason::MALWARE),
        _ => (Outcome::Success, Reason::CLEAN),
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

#[cfg(test)]
mod tests {
    use super::{PER_ROUND, Unsettled, fair};
    use crate::ids::OrganizationId;
    use std::{collections::BTreeSet, time::Duration};
    use uuid::Uuid;

    fn files(organization: OrganizationId, count: usize) -> Vec<Unsettled> {
        (0..count).map(|_| Unsettled { organization, id: Uuid::new_v4(), age: Duration::ZERO }).collect()
    }

    #[test]
    fn a_flood_of_files_keeps_nobody_elses_waiting_and_each_gets_its_round() {
        let (flooding, other) = (OrganizationId::random(), OrganizationId::random());
        let waiting = [files(flooding, 30), files(other, 1)].concat();
        let mut judged = BTreeSet::new();
        for round in 0..8 {
            let (turn, is_cut) = fair(waiting.clone(), round);
            assert!(is_cut);
            assert_eq!(turn.len(), PER_ROUND + 1);
            assert!(
                turn.iter().take(2).any(|file| file.organization == other),
                "the other's comes with the first"
            );
            judged.extend(turn.iter().map(|file| file.id));
        }
        assert_eq!(judged.len(), 31, "nothing is left out for ever");
        let (turn, is_cut) = fair(files(other, 3), 5);
        assert!(turn.len() == 3 && !is_cut);
    }
}
