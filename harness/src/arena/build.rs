//! Building the service with the cargo, the target folder and the profile that built the harness.

use super::ArenaError;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The built binaries' folder and names.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Beside the harness's own binary.
    ///
    /// # Errors
    /// When the harness can't find itself.
    pub fn beside_harness() -> Result<Self, ArenaError> {
        let own = std::env::current_exe().map_err(|error| ArenaError::Io("current_exe".into(), error))?;
        let mut folder = own.parent().unwrap_or(Path::new(".")).to_owned();
        // Tests run from `target/<profile>/deps`.
        if folder.ends_with("deps") {
            folder.pop();
        }
        Ok(Self { folder })
    }

    /// The ordinary service.
    #[must_use]
    pub fn service(&self) -> PathBuf {
        self.folder.join("brigandine-api")
    }

    /// The twin, in which single protections can be taken away.
    #[must_use]
    pub fn twin(&self) -> PathBuf {
        self.folder.join("brigandine-api-twin")
    }
}

/// Builds the ordinary service.
///
/// # Errors
/// When it does not build; cargo's own words go to standard error.
pub fn build_service(binaries: &Binaries) -> Result<(), ArenaError> {
    build(binaries, &["--bin", "brigandine-api"])
}

/// Builds the twin. Only this command names the feature, so the ordinary service never gets it.
///
/// # Errors
/// When it does not build.
pub fn build_twin(binaries: &Binaries) -> Result<(), ArenaError> {
    build(binaries, &["--features", "brigandine-api/twin", "--bin", "brigandine-api-twin"])
}

fn build(binaries: &Binaries, what: &[&str]) -> Result<(), ArenaError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = binaries.folder.parent().unwrap_or(Path::new("target"));
    let profile = match binaries.folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    // Both packages are selected, as for the harness's own build: so shared dependencies get the same features and
    // are not built a second time.
    let status = Command::new(cargo)
        .args(["build", "--quiet", "-p", "brigandine-harness", "-p", "brigandine-api", "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .args(what)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| ArenaError::Io("cargo".into(), error))?;
    if status.success() { Ok(()) } else { Err(ArenaError::Build) }
}
