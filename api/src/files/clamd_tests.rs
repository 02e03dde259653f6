//! The real `clamd`, unpatched, with one signature of our own: nothing is downloaded. `.ci/run` installs it.

use super::{Scanner, ScannerError, Verdict};
use crate::{
    ids::OrganizationId,
    sealing::{FileKey, OpeningReader, Place, SealingWriter},
    settings::ScannerChoice,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use uuid::Uuid;

/// The EICAR test file, in two parts: a whole one would have every scanner stop at this source.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

struct Clamd {
    process: Child,
    folder: PathBuf,
}

impl Clamd {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("brigandine-clamd-{}", Uuid::new_v4()));
        fs::create_dir_all(folder.join("signatures")).unwrap();
        let hex: String = EICAR.concat().bytes().map(|byte| format!("{byte:02x}")).collect();
        fs::write(folder.join("signatures/local.ndb"), format!("Eicar:0:*:{hex}\n")).unwrap();
        let settings = folder.join("clamd.conf");
        let home = folder.display();
        let text =
            format!("LocalSocket {home}/socket\nDatabaseDirectory {home}/signatures\nForeground yes\n");
        fs::write(&settings, text).unwrap();
        let mut command = Command::new("clamd");
        command.arg("--config-file").arg(&settings).stdout(Stdio::null()).stderr(Stdio::null());
        let clamd = Self { process: command.spawn().unwrap(), folder };
        for _ in 0..300 {
            if clamd.folder.join("socket").exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        clamd
    }

    fn scanner(&self) -> Scanner {
        let clamd = format!("unix:{}/socket", self.folder.display());
        Scanner::new(Some(&ScannerChoice::Clamd { clamd })).unwrap()
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn sealed(folder: &Path, plain: &[u8]) -> OpeningReader<File> {
    let row = Uuid::new_v4();
    let organization = OrganizationId::from_uuid(Uuid::nil());
    let place = Place { organization, table: "documents", column: "content", row, version: 1 };
    let (path, key) = (folder.join(row.to_string()), FileKey::random().unwrap());
    let mut writer = SealingWriter::new(File::create(&path).unwrap(), &key, place).unwrap();
    writer.write(plain).unwrap();
    writer.finish().unwrap();
    OpeningReader::new(File::open(&path).unwrap(), &key, place).unwrap()
}

#[tokio::test]
#[ignore = "needs a clamd; .ci/run installs one"]
async fn the_real_scanner_is_understood() {
    let clamd = Clamd::start().await;
    let scanner = clamd.scanner();
    let pdf = |text: &str| format!("%PDF-1.7\n{}\n{text}\n%%EOF\n", "x".repeat(150_000));
    for (file, verdict) in [
        (pdf("a letter"), Verdict::Clean),
        (EICAR.concat(), Verdict::Infected),
        (pdf(&EICAR.concat()), Verdict::Infected),
    ] {
        assert_eq!(scanner.judge(sealed(&clamd.folder, file.as_bytes())).await.unwrap(), verdict);
    }
    let file = sealed(&clamd.folder, b"a letter");
    drop(clamd);
    assert!(matches!(scanner.judge(file).await, Err(ScannerError::Unreachable(_))));
}
