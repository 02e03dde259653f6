//! The number used once that lets a page's own style and script run, and nobody else's.

use std::fmt;
use uuid::Uuid;

/// A nonce for one answer (CSP Level 3 §7.1: at least 128 bits, never used again).
#[derive(Clone, Debug)]
pub struct Nonce(String);

impl Nonce {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        // Two, because six bits of each are fixed.
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
