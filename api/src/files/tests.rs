use super::Files;
use crate::{
    ids::OrganizationId,
    sealing::{FileKey, Place},
    settings::Settings,
};
use std::path::{Path, PathBuf};
use uuid::Uuid;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("brigandine-files-{}", Uuid::new_v4()));
        Self(path)
    }

    fn files(&self) -> Files {
        let settings: Settings = toml::from_str(&format!("data_directory = {:?}", self.0)).unwrap();
        Files::open(&settings).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn place(row: Uuid) -> Place<'static> {
    let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
    Place { organization, table: "documents", column: "content", row, version: 1 }
}

fn names_under(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { names_under(&path) } else { 1 })
        .sum()
}

#[test]
fn a_file_that_is_not_kept_leaves_nothing() {
    let folder = Folder::new();
    let files = folder.files();
    let (id, key) = (Uuid::new_v4(), FileKey::random().unwrap());
    let incoming = folder.0.join("documents/incoming");
    let lock = names_under(&incoming);
    let mut arriving = files.begin(&key, place(id)).unwrap();
    arriving.write(&[1; 100_000]).unwrap();
    assert_eq!(names_under(&incoming), lock + 1);
    drop(arriving);
    assert_eq!(names_under(&incoming), lock);
}

#[test]
fn a_kept_file_reads_back_and_waits_for_its_verdict() {
    let folder = Folder::new();
    let files = folder.files();
    let (id, key) = (Uuid::new_v4(), FileKey::random().unwrap());
    let organization = place(id).organization;
    let mut arriving = files.begin(&key, place(id)).unwrap();
    arriving.write(b"a file").unwrap();
    files.keep(arriving.finish().unwrap(), organization, id).unwrap();
    assert_eq!(files.unsettled().unwrap().first().map(|it| it.id), Some(id));
    let mut reader = files.read(organization, id, &key, place(id)).unwrap();
    assert_eq!(reader.read().unwrap().as_deref(), Some(&b"a file"[..]));
    files.settle(organization, id).unwrap();
    assert!(files.unsettled().unwrap().is_empty());
    files.remove(organization, id).unwrap();
    files.remove(organization, id).unwrap();
    assert!(files.read(organization, id, &key, place(id)).is_err());
}

#[test]
fn only_what_a_dead_process_left_is_removed() {
    let folder = Folder::new();
    let first = folder.files();
    let key = FileKey::random().unwrap();
    let arriving = first.begin(&key, place(Uuid::new_v4())).unwrap();
    let incoming = folder.0.join("documents/incoming");
    let second = folder.files();
    assert_eq!(names_under(&incoming), 3, "two locks and the file that the first one still writes");
    drop(second);
    // As after a crash: the process is gone, its folder is not.
    let dead = incoming.join(Uuid::new_v4().to_string());
    std::fs::create_dir(&dead).unwrap();
    std::fs::write(dead.join("half"), b"half").unwrap();
    std::fs::write(dead.with_extension("lock"), b"").unwrap();
    let _third = folder.files();
    assert!(!dead.exists());
    drop(arriving);
}
