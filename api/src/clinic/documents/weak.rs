//! How services really lose this folder's protections; only in twins.

use crate::{
    files::Arriving,
    http::{problem::Problem, text::Text},
    protection::{INPUT_COMMAND_TEMPLATE, UPLOAD_TYPE},
    service::Service,
};
use std::path::{Component, Path, PathBuf};
use tokio::process::Command;

/// Without `upload-type`: the file also lies in a served folder, under the name that the client gave it. A twin must not
/// harm the machine it runs on, so names that lead out of the data directory are forgotten.
pub(super) fn under_its_own_name(
    service: &Service,
    name: &Text,
    arriving: Arriving,
) -> Result<Arriving, Problem> {
    if !UPLOAD_TYPE.holds() {
        let folder = service.files.folder();
        let path = folded(&folder.join("kept"), name.as_str());
        if folder.parent().is_some_and(|data| path.starts_with(data)) {
            std::fs::write(path, b"<script>alert(1)</script>").map_err(|error| Problem::internal(&error))?;
        }
    }
    Ok(arriving)
}

fn folded(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(&name.replace('\\', "/")).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(part) => path.push(part),
            Component::RootDir => path = PathBuf::from("/"),
            _ => {}
        }
    }
    path
}

/// Without `input-command-template`: the scanner is a command, put together with the file's name (CWE-78).
pub(super) async fn tell_a_shell(service: &Service, name: &str) {
    if INPUT_COMMAND_TEMPLATE.holds() {
        return;
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("echo scanning {name}")).current_dir(service.files.folder());
    // Whatever it says is no verdict.
    drop(shell.output().await);
}
