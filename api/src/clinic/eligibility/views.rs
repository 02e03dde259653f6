//! What goes out of a check.

use super::rows::CheckRow;
use crate::{
    access::Role,
    http::problem::Problem,
    ids::{EligibilityCheckId, MemberId, PatientId},
    sealing::Keyring,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// For reception, which writes the bill.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EligibilityForReception {
    #[schema(value_type = uuid::Uuid)]
    id: EligibilityCheckId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    payer: String,
    member_no: String,
    /// `active`, `inactive` or `unknown`.
    status: String,
    plan: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    copay_cents: Option<i64>,
    #[schema(value_type = uuid::Uuid)]
    checked_by: MemberId,
    checked_at: DateTime<Utc>,
}

/// For clinicians: whether and until when. Neither money nor the number on the card.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EligibilityForClinician {
    #[schema(value_type = uuid::Uuid)]
    id: EligibilityCheckId,
    #[schema(value_type = uuid::Uuid)]
    patient_id: PatientId,
    payer: String,
    /// `active`, `inactive` or `unknown`.
    status: String,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    checked_at: DateTime<Utc>,
}

/// For the patient: not who asked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EligibilityForSelf {
    #[schema(value_type = uuid::Uuid)]
    id: EligibilityCheckId,
    payer: String,
    /// `active`, `inactive` or `unknown`.
    status: String,
    plan: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    copay_cents: Option<i64>,
    checked_at: DateTime<Utc>,
}

/// What an insurer answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum EligibilityView {
    /// For reception.
    Reception(Box<EligibilityForReception>),
    /// For clinicians.
    Clinician(Box<EligibilityForClinician>),
    /// For the patient.
    Oneself(Box<EligibilityForSelf>),
}

impl EligibilityView {
    pub(super) fn of(row: CheckRow, audience: Role, keyring: &Keyring) -> Result<Self, Problem> {
        let checked_at = row.checked_at.time();
        Ok(match audience {
            Role::Reception => Self::Reception(Box::new(EligibilityForReception {
                member_no: row.open_member_no(keyring)?,
                plan: row.open_plan(keyring)?,
                id: row.id,
                patient_id: row.patient_id,
                payer: row.payer,
                status: row.status,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                copay_cents: row.copay_cents,
                checked_by: row.checked_by,
                checked_at,
            })),
            Role::Patient => Self::Oneself(Box::new(EligibilityForSelf {
                plan: row.open_plan(keyring)?,
                id: row.id,
                payer: row.payer,
                status: row.status,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                copay_cents: row.copay_cents,
                checked_at,
            })),
            // Nobody else has a permission that leads here; should one ever, this is the least.
            Role::Clinician | Role::Admin | Role::Auditor | Role::Service => {
                Self::Clinician(Box::new(EligibilityForClinician {
                    id: row.id,
                    patient_id: row.patient_id,
                    payer: row.payer,
                    status: row.status,
                    valid_from: row.valid_from,
                    valid_until: row.valid_until,
                    checked_at,
                }))
            }
        })
    }
}
