//! Building the service with the cargo, the target folder and the profile that built the harness.

use super::{ArenaError, TemporaryDirectory};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The built binaries: where cargo puts them, and where this run keeps its own links to them, so that a build that
/// somebody starts in the meantime does not change what is being attacked.
#[derive(Debug)]
pub struct Binaries {
    folder: PathBuf,
    kept: TemporaryDirectory,
}

const SERVICE: &str = "brigandine-api";
const TWIN: &str = "brigandine-api-twin";

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
        Ok(Self { folder, kept: TemporaryDirectory::new()? })
    }

    fn keep(&self, name: &str) -> Result<(), ArenaError> {
        let (built, kept) = (self.folder.join(name), self.kept.path().join(name));
        // Another file system can't be linked to.
        let linked = std::fs::hard_link(&built, &kept).or_else(|_| std::fs::copy(&built, &kept).map(drop));
        linked.map_err(|error| ArenaError::Io(built.display().to_string(), error))
    }

    /// The ordinary service, once built.
    #[must_use]
    pub fn service(&self) -> PathBuf {
        self.kept.path().join(SERVICE)
    }

    /// The twin, in which single protections can be taken away, once built.
    #[must_use]
    pub fn twin(&self) -> PathBuf {
        self.kept.path().join(TWIN)
    }
}

/// Builds the ordinary service.
///
/// # Errors
/// When it does not build; cargo's own words go to standard error.
pub fn build_service(binaries: &Binaries) -> Result<(), ArenaError> {
    build(binaries, &["--bin", SERVICE])?;
    binaries.keep(SERVICE)
}

/// Builds the twin. Only this command names the feature, so the ordinary service never gets it.
///
/// # Errors
/// When it does not build.
pub fn build_twin(binaries: &Binaries) -> Result<(), ArenaError> {
    build(binaries, &["--features", "brigandine-api/twin", "--bin", TWIN])?;
    binaries.keep(TWIN)
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
        .args(if cfg!(feature = "actix-governor") { &[][..] } else { &["--no-default-features"] })
        .args(if cfg!(feature = "passkeys") { &["--features", "brigandine-api/passkeys"][..] } else { &[] })
        .args(what)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| ArenaError::Io("cargo".into(), error))?;
    if status.success() { Ok(()) } else { Err(ArenaError::Build) }
}
