//! `/v2/patients`: the name is one thing with two parts, and the time of registration is called what it is.

mod input;
mod views;

use super::{list, show, version::Version, write};
use crate::{
    audit::EventName,
    http::{
        call::Single,
        endpoint::{AuditRule, Endpoint},
    },
};
use actix_web::http::Method;

/// `/v2`.
pub(super) enum V2 {}

impl Version for V2 {
    const PATIENTS: &'static str = "/v2/patients";
    const LIST: &'static str = "listPatientsV2";
    const SUMMARY: &'static [&'static str] = &["id", "name", "birth_date", "status", "registered_at"];
    type Register = input::RegisterPatientV2;
    type Correct = input::CorrectPatientV2;
    type Query = input::PatientQueryV2;
    type View = views::PatientViewV2;
    type Summary = views::PatientSummaryV2;
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const PATIENT: &str = "/v2/patients/{patient}";
    let patient = |event| Some(AuditRule { event, object_type: "patient" });
    vec![
        Endpoint::new(
            Method::GET,
            V2::PATIENTS,
            "listPatientsV2",
            "Lists patients, oldest registration first.",
            patient(EventName::SensitiveRead),
            list::list::<V2>,
        ),
        Endpoint::new(
            Method::POST,
            V2::PATIENTS,
            "registerPatientV2",
            "Registers a patient.",
            patient(EventName::PatientRegistered),
            write::register::<V2>,
        ),
        Endpoint::single(
            PATIENT,
            "showPatientV2",
            "Shows a patient, as much as your role may see.",
            patient(EventName::SensitiveRead),
            show::show::<V2>,
            Single { ask: show::ask, show: show::shown::<V2> },
        ),
        Endpoint::new(
            Method::PATCH,
            PATIENT,
            "correctPatientV2",
            "Corrects a patient's data.",
            patient(EventName::PatientCorrected),
            write::correct::<V2>,
        ),
    ]
}
