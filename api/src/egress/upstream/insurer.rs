//! The insurer: whom eligibility checks are sent to, and what that may cost.

use super::Upstream;
use crate::{
    clock::Clock,
    limits::Budget,
    settings::{InsurerSettings, LimitSettings, SettingsError},
    watch::UpstreamMetrics,
};
use std::path::{Path, PathBuf};

/// The insurer that the operator named.
#[derive(Clone)]
pub struct Insurer {
    /// The way there.
    pub upstream: Upstream,
    /// What it may cost.
    pub budget: Budget,
}

impl Insurer {
    /// Prepares the way; `resolve` finds the files that the settings name.
    ///
    /// # Errors
    /// When a file can't be read, or its content is no certificate or credential.
    pub fn new(
        settings: &InsurerSettings,
        limits: &LimitSettings,
        resolve: impl Fn(&Path) -> PathBuf,
        clock: Clock,
        metrics: UpstreamMetrics,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            upstream: Upstream::new("insurer", settings, resolve, clock, metrics)?,
            budget: Budget::of_insurer(settings, limits),
        })
    }
}
