//! The second person: allows, once, within a day, exactly what they saw; or refuses.

use super::{
    rows::{ExportRow, OPEN, State, find},
    views::Export,
};
use crate::{
    access::permission::DecideExports,
    http::{
        answer::Shown,
        call::Call,
        input::Path,
        precondition::IfMatch,
        problem::{Kind, Problem},
    },
    ids::ExportId,
    organizations::people,
    protection::Protection,
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};

pub(super) async fn approve(
    call: &mut Call<DecideExports>,
    (Path(id), if_match): (Path<ExportId>, IfMatch),
) -> Result<Shown<Export>, Problem> {
    let row = find(&mut call.tenant, id, None).await?;
    let now = Moment::from(call.clock.now());
    // The twin asks for another session than the one that asked, and anybody who signs in again has one.
    if Protection::FlowDualControl.holds() {
        row.check_pending(now)?;
        if people::is_caller(call, row.requested_by).await? {
            return Err(Problem::new(Kind::SecondPersonRequired).because("second-person"));
        }
        let _seen = if_match.check(&Export::of(&row, &call.keyring, now)?)?;
    }
    decide(call, row, State::Approved, now).await
}

/// Anybody who may allow it, whoever asked, whatever it was before: to refuse does no harm.
pub(super) async fn refuse(
    call: &mut Call<DecideExports>,
    Path(id): Path<ExportId>,
) -> Result<Shown<Export>, Problem> {
    let row = find(&mut call.tenant, id, None).await?;
    let now = Moment::from(call.clock.now());
    row.check_pending(now)?;
    decide(call, row, State::Refused, now).await
}

/// Writes the decision, unless somebody else decided, or the request was changed, meanwhile. The audit row names the
/// export, the patient, and who asked, beside who decided.
async fn decide(
    call: &mut Call<DecideExports>,
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
const ALL: &[&str] = &[State::Pending.name(), State::Approved.name(), State::Refused.name()];

/// What can still be decided. The twin decides anew whatever is there.
fn undecided() -> &'static [&'static str] {
    if Protection::FlowDualControl.holds() { PENDING } else { ALL }
}
