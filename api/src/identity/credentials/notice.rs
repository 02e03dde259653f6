//! Tells the owner of an account what happened to it.

use crate::{
    http::visit::Visit,
    mail::{Letter, Mail, Notice, Recipient},
};

/// Posts a notice to an account's address. The change stands already, so a full queue does not undo it; the log says so.
pub fn post(visit: &Visit, email: &str, notice: Notice) {
    if let Ok(to) = Recipient::parse(email) {
        let _ = visit.service.mailer.post(Mail { to, letter: Letter::Notice(notice) });
    }
}
