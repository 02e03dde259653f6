//! The packages that the counterparts consist of: exactly those of the lock file, by its checksums.

use crate::verdict::AttackError;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

/// Where the scripts are.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// Installs what is not there yet. No package runs a script of its own.
///
/// # Errors
/// When there is no npm, or it can't have the packages.
pub(super) async fn packages() -> Result<(), AttackError> {
    let folder = folder();
    let age = |file: &str| folder.join(file).metadata().and_then(|metadata| metadata.modified());
    // npm writes it last.
    if let (Ok(installed), Ok(locked)) = (age("node_modules/.package-lock.json"), age("package-lock.json"))
        && installed >= locked
    {
        return Ok(());
    }
    let missing = |error| AttackError::Setup(format!("npm can't be run ({error}); Node.js 20 brings it"));
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(missing)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(AttackError::Setup(format!("`npm ci` in harness/peers failed: {said}")))
}
