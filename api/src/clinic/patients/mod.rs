//! Patients: register, list, show, correct, discharge.

mod input;
pub(crate) mod list;
#[cfg(test)]
mod plans;
pub(crate) mod rows;
mod sealed;
pub(crate) mod show;
mod v2;
mod version;
pub(crate) mod views;
pub(crate) mod write;

pub(super) use show::{find, view};
pub(super) use write::check_reference;

use crate::{
    audit::EventName,
    http::{
        call::Single,
        endpoint::{AuditRule, Endpoint},
    },
};
use actix_web::http::Method;
use version::{V1, Version};

/// What webhooks are told: that it happened, and to which patient.
pub(super) const REGISTERED: &str = "patient.registered";
pub(super) const DISCHARGED: &str = "patient.discharged";

pub(super) fn endpoints() -> Vec<Endpoint> {
    const PATIENTS: &str = V1::PATIENTS;
    const PATIENT: &str = "/v1/patients/{patient}";
    let patient = |event| Some(AuditRule { event, object_type: "patient" });
    let mut endpoints = vec![
        Endpoint::new(
            Method::GET,
            PATIENTS,
            "listPatients",
            "Lists patients, oldest registration first.",
            patient(EventName::SensitiveRead),
            list::list::<V1>,
        ),
        Endpoint::new(
            Method::POST,
            PATIENTS,
            "registerPatient",
            "Registers a patient.",
            patient(EventName::PatientRegistered),
            write::register::<V1>,
        ),
        Endpoint::single(
            PATIENT,
            "showPatient",
            "Shows a patient, as much as your role may see.",
            patient(EventName::SensitiveRead),
            show::show::<V1>,
            Single { ask: show::ask, show: show::shown::<V1> },
        ),
        Endpoint::new(
            Method::PATCH,
            PATIENT,
            "correctPatient",
            "Corrects a patient's data.",
            patient(EventName::PatientCorrected),
            write::correct::<V1>,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/patients/{patient}/discharge",
            "dischargePatient",
            "Ends a patient's treatment.",
            patient(EventName::PatientDischarged),
            write::discharge,
        ),
    ];
    endpoints.extend(v2::endpoints());
    endpoints
}
