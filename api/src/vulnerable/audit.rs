//! Weak: the audit log.

use crate::audit::Event;

/// Beside the address, what was asked for: with whatever people search for.
pub(crate) fn address_and_target(event: &Event) -> String {
    let address = event.source_address.to_canonical().to_string();
    match event.client_request.as_deref() {
        Some(asked) => format!("{address} {}", asked.replace('\0', "")),
        None => address,
    }
}
