//! Clinical records: written and signed by clinicians, amended and never overwritten, read by those who treat the
//! patient, by their author, and by the patient.

mod amend;
mod find;
mod list;
mod rows;
mod show;
mod signature;
mod views;
mod write;

pub(super) use list::batch;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const RECORDS: &str = "/v1/patients/{patient}/records";
    const RECORD: &str = "/v1/patients/{patient}/records/{record}";
    let record = |event| Some(AuditRule { event, object_type: "record" });
    vec![
        Endpoint::new(
            Method::GET,
            RECORDS,
            "listRecords",
            "Lists a patient's records, oldest first, without their text.",
            record(EventName::SensitiveRead),
            list::list,
        ),
        Endpoint::new(
            Method::POST,
            RECORDS,
            "writeRecord",
            "Writes a record and signs it in your name.",
            record(EventName::RecordWritten),
            write::write,
        ),
        Endpoint::new(
            Method::GET,
            RECORD,
            "showRecord",
            "Shows a record as it was last amended.",
            record(EventName::SensitiveRead),
            show::show,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/patients/{patient}/records/{record}/versions",
            "listRecordVersions",
            "Lists every version of a record, oldest first.",
            record(EventName::SensitiveRead),
            show::versions,
        ),
        Endpoint::new(
            Method::POST,
            "/v1/patients/{patient}/records/{record}/amendments",
            "amendRecord",
            "Adds a version to a record, signed in your name; what was there stays readable.",
            record(EventName::RecordAmended),
            amend::amend,
        ),
    ]
}
