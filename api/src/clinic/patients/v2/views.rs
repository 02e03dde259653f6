//! What goes out, in the words of `/v2`. Each view is made of the audience's own, so that it can't show more.

use crate::{
    clinic::patients::views::{
        PatientForClinician, PatientForReception, PatientForSelf, PatientForService, PatientSummary,
        PatientView,
    },
    ids::{MemberId, PatientId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A person's name.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientName {
    given: String,
    family: String,
}

/// For clinicians: everything clinical and personal.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientForClinicianV2 {
    #[schema(value_type = uuid::Uuid)]
    id: PatientId,
    name: PatientName,
    birth_date: NaiveDate,
    national_id: String,
    phone: Option<String>,
    notes: Option<String>,
    metadata: serde_json::Value,
    #[schema(value_type = Option<uuid::Uuid>)]
    attending_member_id: Option<MemberId>,
    status: String,
    registered_at: DateTime<Utc>,
    discharged_at: Option<DateTime<Utc>>,
}

impl From<PatientForClinician> for PatientForClinicianV2 {
    fn from(view: PatientForClinician) -> Self {
        Self {
            id: view.id,
            name: PatientName { given: view.given_name, family: view.family_name },
            birth_date: view.birth_date,
            national_id: view.national_id,
            phone: view.phone,
            notes: view.notes,
            metadata: view.metadata,
            attending_member_id: view.attending_member_id,
            status: view.status,
            registered_at: view.created_at,
            discharged_at: view.discharged_at,
        }
    }
}

/// For reception: who the patient is and how to reach them. No clinical text.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientForReceptionV2 {
    #[schema(value_type = uuid::Uuid)]
    id: PatientId,
    name: PatientName,
    birth_date: NaiveDate,
    national_id: String,
    phone: Option<String>,
    metadata: serde_json::Value,
    #[schema(value_type = Option<uuid::Uuid>)]
    attending_member_id: Option<MemberId>,
    status: String,
    registered_at: DateTime<Utc>,
    discharged_at: Option<DateTime<Utc>>,
}

impl From<PatientForReception> for PatientForReceptionV2 {
    fn from(view: PatientForReception) -> Self {
        Self {
            id: view.id,
            name: PatientName { given: view.given_name, family: view.family_name },
            birth_date: view.birth_date,
            national_id: view.national_id,
            phone: view.phone,
            metadata: view.metadata,
            attending_member_id: view.attending_member_id,
            status: view.status,
            registered_at: view.created_at,
            discharged_at: view.discharged_at,
        }
    }
}

/// For the patient: what the clinic holds of them, without the staff's own notes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientForSelfV2 {
    #[schema(value_type = uuid::Uuid)]
    id: PatientId,
    name: PatientName,
    birth_date: NaiveDate,
    national_id: String,
    phone: Option<String>,
    status: String,
}

impl From<PatientForSelf> for PatientForSelfV2 {
    fn from(view: PatientForSelf) -> Self {
        Self {
            id: view.id,
            name: PatientName { given: view.given_name, family: view.family_name },
            birth_date: view.birth_date,
            national_id: view.national_id,
            phone: view.phone,
            status: view.status,
        }
    }
}

/// For programs: enough to match a record, nothing sealed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientForServiceV2 {
    #[schema(value_type = uuid::Uuid)]
    id: PatientId,
    name: PatientName,
    birth_date: NaiveDate,
    metadata: serde_json::Value,
    status: String,
}

impl From<PatientForService> for PatientForServiceV2 {
    fn from(view: PatientForService) -> Self {
        Self {
            id: view.id,
            name: PatientName { given: view.given_name, family: view.family_name },
            birth_date: view.birth_date,
            metadata: view.metadata,
            status: view.status,
        }
    }
}

/// A patient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::clinic::patients) enum PatientViewV2 {
    /// For clinicians.
    Clinician(Box<PatientForClinicianV2>),
    /// For reception.
    Reception(Box<PatientForReceptionV2>),
    /// For the patient.
    Oneself(Box<PatientForSelfV2>),
    /// For programs.
    Service(Box<PatientForServiceV2>),
    /// For nobody: the row as it is, in twins.
    #[cfg(feature = "twin")]
    Row(serde_json::Value),
}

impl From<PatientView> for PatientViewV2 {
    fn from(view: PatientView) -> Self {
        match view {
            PatientView::Clinician(view) => Self::Clinician(Box::new((*view).into())),
            PatientView::Reception(view) => Self::Reception(Box::new((*view).into())),
            PatientView::Oneself(view) => Self::Oneself(Box::new((*view).into())),
            PatientView::Service(view) => Self::Service(Box::new((*view).into())),
            #[cfg(feature = "twin")]
            PatientView::Row(row) => Self::Row(row),
        }
    }
}

/// A patient in a list: for all audiences the same little.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::patients) struct PatientSummaryV2 {
    #[schema(value_type = uuid::Uuid)]
    id: PatientId,
    name: PatientName,
    birth_date: NaiveDate,
    status: String,
    registered_at: DateTime<Utc>,
}

impl From<PatientSummary> for PatientSummaryV2 {
    fn from(view: PatientSummary) -> Self {
        Self {
            id: view.id,
            name: PatientName { given: view.given_name, family: view.family_name },
            birth_date: view.birth_date,
            status: view.status,
            registered_at: view.created_at,
        }
    }
}
