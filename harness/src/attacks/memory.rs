//! What a process holds in memory.

use crate::verdict::AttackError;

/// What the process holds in memory, from the system's own books (proc(5): pages, of 4 KiB).
pub(crate) fn resident_bytes(pid: u32) -> Result<u64, AttackError> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.map(|pages| pages * 4096).ok_or_else(|| AttackError::Setup("statm is not understood".into()))
}
