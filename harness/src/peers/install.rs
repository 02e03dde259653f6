//! The packages that the counterparts consist of: exactly those of the lock files, by their checksums.

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

/// Installs the npm packages of the scripts where they are not there yet.
///
/// # Errors
/// When there is no npm, or it can't have the packages.
pub(super) async fn packages() -> Result<(), AttackError> {
    npm(&folder()).await
}

/// Installs the linters of the document where they are not there yet.
///
/// # Errors
/// When there is no npm, or it can't have the packages.
pub(super) async fn linters() -> Result<(), AttackError> {
    npm(&folder().join("linters")).await
}

/// Installs what a folder's lock file names. No package runs a script of its own.
async fn npm(folder: &Path) -> Result<(), AttackError> {
    // npm writes it last.
    if is_newer(&folder.join("node_modules/.package-lock.json"), &folder.join("package-lock.json")) {
        return Ok(());
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    finished("`npm ci` in harness/peers; Node.js 20 brings npm", npm.await)
}

/// Installs schemathesis where it is not there yet, in an environment of its own; returns its program.
///
/// # Errors
/// When there is no Python 3.11 with `venv`, or it can't have the packages.
pub(super) async fn schemathesis() -> Result<PathBuf, AttackError> {
    let lock = folder().join("schemathesis/requirements.txt");
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/schemathesis");
    let program = environment.join("bin/st");
    let installed = environment.join("installed");
    if is_newer(&installed, &lock) {
        return Ok(program);
    }
    let venv = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment).output();
    finished("`python3 -m venv`; Debian has it in python3-venv", venv.await)?;
    let pip = Command::new(environment.join("bin/pip"))
        .args(["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement"])
        .arg(&lock)
        .stdin(Stdio::null())
        .output();
    finished("`pip install` of harness/peers/schemathesis/requirements.txt", pip.await)?;
    std::fs::write(installed, "")?;
    Ok(program)
}

fn is_newer(installed: &Path, locked: &Path) -> bool {
    let age = |file: &Path| file.metadata().and_then(|metadata| metadata.modified());
    matches!((age(installed), age(locked)), (Ok(installed), Ok(locked)) if installed >= locked)
}

fn finished(what: &str, outcome: std::io::Result<std::process::Output>) -> Result<(), AttackError> {
    let output = outcome.map_err(|error| AttackError::Setup(format!("{what} can't be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(AttackError::Setup(format!("{what} failed: {said}")))
}
