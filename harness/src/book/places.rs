//! Where in the service's source a protection is enforced.

use brigandine_api::protection::Protection;
use std::path::{Path, PathBuf};

/// The files that ask whether the protection holds. Lines would be out of date with the next commit.
pub(super) fn of(protection: Protection) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let needle = format!("Protection::{protection:?}");
    let mut places = Vec::new();
    let mut folders = vec![root.join("api/src")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| names(&text, &needle)) {
                places.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            }
        }
    }
    places.sort();
    places
}

/// Whether the text holds the name as a whole word: `TlsOnly`, but not in `TlsOnlyOnce`.
fn names(text: &str, needle: &str) -> bool {
    text.match_indices(needle).any(|(at, _)| {
        let next = text.get(at + needle.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(char::is_alphanumeric)
    })
}
