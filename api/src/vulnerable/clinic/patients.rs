//! Weak: patients.

use crate::ids::PatientId;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Ids that count.
pub(crate) fn next_id() -> PatientId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    PatientId::from_uuid(Uuid::from_u64_pair(
        0x4000,
        0x8000_0000_0000_0000 | NEXT.fetch_add(1, Ordering::Relaxed),
    ))
}
