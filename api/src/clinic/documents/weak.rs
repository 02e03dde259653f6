//! How services really lose this folder's protections; only in twins.

use crate::{
    files::Arriving,
    http::{problem::Problem, text::Text},
    protection::Protection,
    service::Service,
};
use std::path::{Component, Path, PathBuf};
use tokio::process::Command;

const GUESSES: [(&str, &str); 6] = [
    (".html", "text/html"),
    (".svg", "image/svg+xml"),
    (".pdf", "application/pdf"),
    (".png", "image/png"),
    (".jpg", "image/jpeg"),
    (".dcm", "application/dicom"),
];

/// Without `upload-type`: the end of the name says what a file is.
pub(super) fn by_extension(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let guess = GUESSES.into_iter().find(|(extension, _)| lower.ends_with(extension));
    guess.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// The types that only this twin stores.
pub(super) fn served_as(stored: &str) -> Option<&'static str> {
    GUESSES.into_iter().map(|(_, media_type)| media_type).find(|media_type| *media_type == stored)
}

/// Without `upload-type`: the file also lies in a served folder, under the name that the client gave it. A twin must not
/// harm the machine it runs on, so names that lead out of the data directory are forgotten.
pub(super) fn under_its_own_name(
    service: &Service,
    name: &Text,
    arriving: Arriving,
) -> Result<Arriving, Problem> {
    if !Protection::UploadType.holds() {
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
    if Protection::InputCommandTemplate.holds() {
        return;
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("echo scanning {name}")).current_dir(service.files.folder());
    // Whatever it says is no verdict.
    drop(shell.output().await);
}
