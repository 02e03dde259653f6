//! An export as the database holds it: who asked for what, and who decided. Never the data themselves.

use crate::{
    access::{Tenant, only},
    clinic::own,
    http::problem::{Kind, Problem},
    ids::{ExportId, MemberId, OrganizationId, PatientId},
    sealing::{Keyring, Place, Sealed},
    store::{prelude::*, schema::patient_exports as exports, types::Moment},
};
use chrono::TimeDelta;

/// How long an administrator has to decide, and then whoever asked to fetch the file.
pub(super) const OPEN: TimeDelta = TimeDelta::hours(24);

/// Where an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has decided yet.
    Pending,
    /// It can be fetched.
    Approved,
    /// It will never be.
    Refused,
    /// Nobody decided, or it was approved and its time is over. Nobody writes that down: it is so when one looks.
    Expired,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = exports)]
pub(super) struct ExportRow {
    pub(super) id: ExportId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) requested_by: MemberId,
    pub(super) format: String,
    pub(super) reason: Sealed,
    pub(super) status: String,
    pub(super) version: i32,
    pub(super) requested_at: Moment,
    pub(super) expires_at: Moment,
    pub(super) decided_by: Option<MemberId>,
    pub(super) decided_at: Option<Moment>,
}

impl ExportRow {
    /// Where it stands at this moment.
    ///
    /// # Errors
    /// For a status that no program of ours wrote.
    pub(super) fn state(&self, now: Moment) -> Result<State, Problem> {
        let written = [State::Pending, State::Approved, State::Refused];
        let written = written.into_iter().find(|state| state.name() == self.status);
        let written = written.ok_or(Kind::InternalError)?;
        let over = written != State::Refused && self.expires_at <= now;
        Ok(if over { State::Expired } else { written })
    }

    /// Refuses to decide what is decided, or too late.
    ///
    /// # Errors
    /// `invalid-transition`; `expired`.
    pub(super) fn check_pending(&self, now: Moment) -> Result<(), Problem> {
        match self.state(now)? {
            State::Pending => Ok(()),
            State::Expired if self.decided_by.is_none() => Err(Kind::Expired.into()),
            State::Expired | State::Approved | State::Refused => Err(Kind::InvalidTransition.into()),
        }
    }

    pub(super) fn open_reason(&self, keyring: &Keyring) -> Result<String, Problem> {
        let place = reason_at(self.organization_id, self.id, self.version);
        Ok(keyring.open(place, &self.reason)?.to_string())
    }
}

/// Where the reason is sealed.
pub(super) const fn reason_at(organization: OrganizationId, id: ExportId, version: i32) -> Place<'static> {
    Place { organization, table: "patient_exports", column: "reason", row: *id.as_uuid(), version }
}

/// An export of the organization; with `asked_by`, one that this member asked for. Hidden and absent are the same query
/// result.
///
/// # Errors
/// `not-found`.
pub(super) async fn find(
    tenant: &mut Tenant,
    id: ExportId,
    asked_by: Option<MemberId>,
) -> Result<ExportRow, Problem> {
    let organization = tenant.organization();
    let row: Option<ExportRow> = each!(tenant.connection(), |connection| {
        let mut rows = exports::table.filter(exports::id.eq(id)).select(ExportRow::as_select()).into_boxed();
        rows = only::opened_of_tenant(rows, exports::organization_id.eq(organization));
        if let Some(member) = asked_by {
            rows = own::opened(rows, exports::requested_by.eq(member));
        }
        rows.first(connection)
    })
    .optional()?;
    row.ok_or_else(|| Kind::NotFound.into())
}
