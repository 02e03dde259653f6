//! The second person: allows, once, within a day, exactly what they saw; or refuses.

use super::{
    rows::{ExportRow, OPEN, State, find},
    views::Export,
};
use crate::{
    access::{
        Permission,
        permission::{DecideExports, RefuseExports},
    },
    audit::Reason,
    http::{
        answer::Shown,
        call::Call,
        input::Path,
        precondition::IfMatch,
        problem::{Kind, Problem},
    },
    ids::ExportId,
    organizations::people,
    protection::FLOW_DUAL_CONTROL,
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};
use brigandine_enforce::enforces;

pub(super) async fn approve(
    call: &mut Call<DecideExports>,
    (Path(id), if_match): (Path<ExportId>, IfMatch),
) -> Result<Shown<Export>, Problem> {
    let row = find(&mut call.tenant, id, None).await?;
    let now = Moment::from(call.clock.now());
    check_second_person(call, &row, &if_match, now).await?;
    decide(call, row, State::Approved, now).await
}

/// Who allows is another person than who asked, whatever sessions and accounts either has; allows what waits, and
/// exactly what they saw. One bought or stolen account alone carries nothing out of the house (ASVS 2.3.5).
#[enforces(FLOW_DUAL_CONTROL)]
async fn check_second_person(
    call: &mut Call<DecideExports>,
    row: &ExportRow,
    if_match: &IfMatch,
    now: Moment,
) -> Result<(), Problem> {
    row.check_pending(now)?;
    if people::is_caller(call, row.requested_by).await? {
        return Err(Problem::new(Kind::SecondPersonRequired).because(Reason::SECOND_PERSON));
    }
    let _seen = if_match.check(&Export::of(row, &call.keyring, now)?)?;
    Ok(())
}

/// Anybody who may allow it, whoever asked, whatever it was before: to refuse does no harm.
pub(super) async fn refuse(
    call: &mut Call<RefuseExports>,
    Path(id): Path<ExportId>,
) -> Result<Shown<Export>, Problem> {
    let row = find(&mut call.tenant, id, None).await?;
    let now = Moment::from(call.clock.now());
    row.check_pending(now)?;
    decide(call, row, State::Refused, now).await
}

/// Writes the decision, unless somebody else decided, or the request was changed, meanwhile. The audit row names the
/// export, the patient, and who asked, beside who decided.
async fn decide<P: Permission>(
    call: &mut Call<P>,
    row: ExportRow,
    state: State,
    now: Moment,
) -> Result<Shown<Export>, Problem> {
    let decided = ExportRow {
        status: state.name().to_owned(),
        decided_by: Some(call.allowed.member()),
        decided_at: Some(now),
        expires_at: if state == State::Approved { (now.time() + OPEN).into() } else { row.expires_at },
        ..row
    };
    let written = each!(call.tenant.connection(), |connection| {
        diesel::update(
            exports::table
                .filter(exports::organization_id.eq(decided.organization_id))
                .filter(exports::id.eq(decided.id))
                .filter(exports::status.eq_any(undecided()))
                .filter(exports::version.eq(decided.version)),
        )
        .set((
            exports::status.eq(&decided.status),
            exports::decided_by.eq(decided.decided_by),
            exports::decided_at.eq(decided.decided_at),
            exports::expires_at.eq(decided.expires_at),
        ))
        .execute(connection)
    })?;
    if written != 1 {
        return Err(IfMatch::overtaken());
    }
    call.audit.object(*decided.id.as_uuid());
    call.audit.object(*decided.patient_id.as_uuid());
    call.audit.object(*decided.requested_by.as_uuid());
    Ok(Shown(Export::of(&decided, &call.keyring, now)?))
}

const PENDING: &[&str] = &[State::Pending.name()];

/// What can still be decided: a decision is made once, and nobody turns a refusal into a yes.
#[enforces(FLOW_DUAL_CONTROL, answers = &["pending", "approved", "refused"])]
fn undecided() -> &'static [&'static str] {
    PENDING
}
