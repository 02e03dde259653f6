//! What is left of a process that dies.

use crate::protection::SECRET_REDACTION;
use brigandine_enforce::enforces;
use rustix::process::{Resource, Rlimit, setrlimit};

/// The memory of a process that dies holds keys, tokens and passwords; the system must not write it to a disk. Failing to say
/// so is no reason not to start: where it is forbidden to lower a limit, somebody set it already.
#[enforces(SECRET_REDACTION)]
pub(super) fn forbid() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "The system may write this process's memory to a disk when it dies");
    }
}
