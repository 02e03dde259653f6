//! A check as the database holds it: what an insurer knows about somebody is sealed, and has no way to be serialised.

use super::{question::Question, told::Told};
use crate::{
    access::permission::CheckEligibility,
    http::{call::Call, problem::Problem},
    ids::{EligibilityCheckId, MemberId, OrganizationId, PatientId},
    sealing::{Keyring, Place, Sealed},
    store::{prelude::*, schema::eligibility_checks, types::Moment},
};
use chrono::{NaiveDate, TimeDelta};

/// How long an answer stands for the same question, in minutes.
const FRESH: i64 = 10;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = eligibility_checks)]
pub(super) struct CheckRow {
    pub(super) id: EligibilityCheckId,
    pub(super) organization_id: OrganizationId,
    pub(super) patient_id: PatientId,
    pub(super) checked_by: MemberId,
    pub(super) question_index: Vec<u8>,
    pub(super) payer: String,
    pub(super) member_no: Sealed,
    pub(super) status: String,
    pub(super) plan: Option<Sealed>,
    pub(super) valid_from: Option<NaiveDate>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) copay_cents: Option<i64>,
    pub(super) checked_at: Moment,
}

/// Where a column's value is sealed. A check is never changed: its row has one version only.
const fn place(organization: OrganizationId, id: EligibilityCheckId, column: &str) -> Place<'_> {
    Place { organization, table: "eligibility_checks", column, row: *id.as_uuid(), version: 1 }
}

impl CheckRow {
    /// What the insurer told the caller just now.
    pub(super) fn new(
        call: &Call<CheckEligibility>,
        patient: PatientId,
        question: &Question,
        told: &Told,
    ) -> Result<Self, Problem> {
        let (id, organization) = (EligibilityCheckId::random(), call.tenant.organization());
        let seal = |column, text: &str| call.keyring.seal(place(organization, id, column), text.as_bytes());
        Ok(Self {
            id,
            organization_id: organization,
            patient_id: patient,
            checked_by: call.allowed.member(),
            question_index: question.index(&call.keyring, organization, patient)?,
            payer: question.payer.clone(),
            member_no: seal("member_no", &question.member_no)?,
            status: told.status.name().to_owned(),
            plan: told.plan.as_deref().map(|plan| seal("plan", plan)).transpose()?,
            valid_from: told.valid_from,
            valid_until: told.valid_until,
            copay_cents: told.copay_cents,
            checked_at: call.clock.now().into(),
        })
    }

    pub(super) fn open_member_no(&self, keyring: &Keyring) -> Result<String, Problem> {
        Ok(keyring.open(place(self.organization_id, self.id, "member_no"), &self.member_no)?.to_string())
    }

    pub(super) fn open_plan(&self, keyring: &Keyring) -> Result<Option<String>, Problem> {
        let place = place(self.organization_id, self.id, "plan");
        Ok(self.plan.as_ref().map(|plan| keyring.open(place, plan)).transpose()?.map(|plan| plan.to_string()))
    }
}

/// The answer that somebody of the organization got to this very question a moment ago.
pub(super) async fn fresh(
    call: &mut Call<CheckEligibility>,
    patient: PatientId,
    index: &[u8],
) -> Result<Option<CheckRow>, Problem> {
    let organization = call.tenant.organization();
    let since = Moment::from(call.clock.now() - TimeDelta::minutes(FRESH));
    Ok(each!(call.tenant.connection(), |connection| {
        eligibility_checks::table
            .filter(eligibility_checks::organization_id.eq(organization))
            .filter(eligibility_checks::patient_id.eq(patient))
            .filter(eligibility_checks::checked_at.gt(since))
            .filter(eligibility_checks::question_index.eq(index))
            .order(eligibility_checks::checked_at.desc())
            .select(CheckRow::as_select())
            .first(connection)
    })
    .optional()?)
}
