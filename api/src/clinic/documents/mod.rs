//! Documents of a patient: add, list, show, have, delete.
//!
//! - `upload`: head, body, row.
//! - `name`: what a file may be called; `kind`: what it may be; `content`: whether it is.
//! - `quota`: whether there is room.
//! - `judge`: what the scanner says, beside the requests.
//! - `access`: whose documents are whose.

mod access;
mod content;
mod delete;
pub(crate) mod judge;
mod kind;
mod list;
mod name;
mod quota;
pub(crate) mod rows;
mod sealed;
mod show;
mod upload;
mod views;

pub(super) use judge::judge_as_they_come;
pub(super) use list::batch;

use crate::{
    audit::EventName,
    http::endpoint::{AuditRule, Endpoint},
};
use actix_web::http::Method;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const OF_PATIENT: &str = "/v1/patients/{patient}/documents";
    const DOCUMENT: &str = "/v1/documents/{document}";
    let document = |event| AuditRule { event, object_type: "document" };
    vec![
        Endpoint::new(
            Method::GET,
            OF_PATIENT,
            "listDocuments",
            "Lists a patient's documents, oldest first.",
            Some(document(EventName::SensitiveRead)),
            list::list,
        ),
        Endpoint::upload::<upload::AddDocument>(
            OF_PATIENT,
            "uploadDocument",
            "Adds a document. The body is the file; `Content-Disposition: attachment; filename*=UTF-8''…` is its name.",
            document(EventName::UploadStored),
        ),
        Endpoint::new(
            Method::GET,
            DOCUMENT,
            "showDocument",
            "Shows what is known of a document.",
            Some(document(EventName::SensitiveRead)),
            show::show,
        ),
        Endpoint::new(
            Method::DELETE,
            DOCUMENT,
            "deleteDocument",
            "Deletes a document.",
            Some(document(EventName::UploadDelete)),
            delete::delete,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/documents/{document}/content",
            "downloadDocument",
            "Gives the file, once the scanner called it clean.",
            Some(document(EventName::SensitiveRead)),
            show::download,
        ),
    ]
}
