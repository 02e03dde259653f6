//! Weak: documents.

use crate::{
    clinic::documents::{judge::scan, rows::DocumentRow},
    files::{Arriving, Verdict},
    http::{problem::Problem, text::Text},
    sealing::{FileKey, Place},
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

/// The end of the name says what a file is.
pub(crate) fn by_extension(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let guess = GUESSES.into_iter().find(|(extension, _)| lower.ends_with(extension));
    guess.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Whatever was stored as a type that can be guessed is served as it.
pub(crate) fn served_as(stored: &str) -> Option<&'static str> {
    GUESSES.into_iter().map(|(_, media_type)| media_type).find(|media_type| *media_type == stored)
}

/// A file also lies in a served folder, under the name that the client gave it. A twin must not harm the machine it runs on,
/// so names that lead out of the data directory are forgotten.
pub(crate) fn begin_under_its_own_name(
    service: &Service,
    key: &FileKey,
    place: Place<'_>,
    name: &Text,
) -> Result<Arriving, Problem> {
    let folder = service.files.folder();
    let path = folded(&folder.join("kept"), name.as_str());
    if folder.parent().is_some_and(|data| path.starts_with(data)) {
        std::fs::write(path, b"<script>alert(1)</script>").map_err(|error| Problem::internal(&error))?;
    }
    Ok(service.files.begin(key, place)?)
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

/// The scanner is a command, put together with the file's name (CWE-78). Whatever it says is no verdict.
pub(crate) async fn judge_by_shell(service: &Service, row: &DocumentRow) -> Result<Verdict, Problem> {
    let name = row.open_name(&service.keyring)?;
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("echo scanning {name}")).current_dir(service.files.folder());
    drop(shell.output().await);
    scan(service, row).await
}
