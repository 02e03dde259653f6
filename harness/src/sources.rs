//! The service's source, as it lies beside the harness.

use std::{
    io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// A file of the service.
pub(crate) struct Source {
    /// From the workspace's root: `api/src/identity/token.rs`.
    pub(crate) file: String,
    /// What is in it.
    pub(crate) text: String,
}

/// Every Rust file of the service; none where the source is not at hand.
pub(crate) fn all() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| read().unwrap_or_default());
    &SOURCES
}

fn read() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    collect(&root.join("api/src"), &mut files)?;
    files.sort();
    let source = |path: PathBuf| {
        let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        Ok(Source { file, text: std::fs::read_to_string(&path)? })
    };
    files.into_iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
