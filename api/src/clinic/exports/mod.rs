//! Exports: everything that the clinic holds of a patient, as one file (GDPR art. 15 and 20), wanted by two people.
//!
//! - `request`: who may read the patient's data asks for it, and says why; `quota`: how often; `anomaly`: when that is odd.
//! - `decide`: another person, an administrator, allows what they saw, or refuses.
//! - `download`: whoever asked fetches it; `compose`: with their own rights, as they are at that moment; `writer`: as JSON
//!   or CSV; `cell`: what a spreadsheet must not take for a formula.

mod anomaly;
mod cell;
mod compose;
mod decide;
mod download;
mod list;
mod quota;
mod request;
mod rows;
mod views;
mod writer;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const EXPORT: &str = "/v1/exports/{export}";
    let export = |event| Some(AuditRule { event, object_type: "export" });
    vec![
        Endpoint::new(
            Method::POST,
            "/v1/patients/{patient}/exports",
            "requestExport",
            "Asks for a patient's data as a file. An administrator has to approve within 24 hours.",
            export(EventName::ExportRequested),
            request::request,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/exports",
            "listExports",
            "Lists what was asked for, oldest first.",
            export(EventName::SensitiveRead),
            list::list,
        ),
        Endpoint::new(
            Method::GET,
            EXPORT,
            "showExport",
            "Shows who asked for what, why, and what became of it.",
            export(EventName::SensitiveRead),
            list::show,
        ),
        Endpoint::new(
            Method::PATCH,
            EXPORT,
            "changeExport",
            "Changes what you asked for, while nobody has decided.",
            export(EventName::ExportChanged),
            request::change,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/exports/{export}/approve",
            "approveExport",
            "Allows what somebody else asked for, as you saw it.",
            export(EventName::ExportApproved),
            decide::approve,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/exports/{export}/refuse",
            "refuseExport",
            "Refuses what was asked for.",
            export(EventName::ExportRefused),
            decide::refuse,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/exports/{export}/content",
            "downloadExport",
            "Gives the file to whoever asked for it, for 24 hours after it was approved.",
            export(EventName::ExportDownloaded),
            download::content,
        ),
    ]
}
