//! The key files that belong to a database. A new key beside a database that was used before would open nothing of it:
//! sealed columns would be lost to everybody, and no password would fit any more. So a key is made for a new database only,
//! and one that is missing or another one stops the start.

use super::StartError;
use crate::{
    clock::Clock,
    protection::CONFIG_SECURE_START,
    sealing::{open_secret, read_secret},
    settings::{Settings, SettingsError},
    store::{
        Mode, Store,
        prelude::*,
        schema::{accounts, key_fingerprints, organizations, signing_keys},
        types::Moment,
    },
};
use aws_lc_rs::digest;
use brigandine_enforce::enforces;
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// A key file, and those that it took the place of.
struct KeyFile {
    purpose: &'static str,
    what: &'static str,
    file: PathBuf,
    former: Vec<PathBuf>,
}

/// Makes the key files of a new database, and makes sure that those of a used one are the ones that it was used with.
///
/// # Errors
/// When one is missing, or another one; when the database can't be asked.
#[enforces(CONFIG_SECURE_START)]
pub(super) async fn settle(settings: &Settings, store: &Store, clock: Clock) -> Result<(), StartError> {
    let passwords = &settings.passwords;
    let resolved = |files: &[PathBuf]| files.iter().map(|file| settings.resolve(file)).collect();
    for key in [
        KeyFile {
            purpose: "field",
            what: "the key that seals its columns",
            file: settings.resolve(&settings.keys.file),
            former: Vec::new(),
        },
        KeyFile {
            purpose: "pepper",
            what: "the pepper of its passwords",
            file: settings.resolve(&passwords.pepper_file),
            former: resolved(&passwords.former_pepper_files),
        },
    ] {
        key.settle(store, clock).await?;
    }
    Ok(())
}

impl KeyFile {
    async fn settle(&self, store: &Store, clock: Clock) -> Result<(), StartError> {
        let mut transaction = store.begin_identity(Mode::Read).await?;
        let known: Vec<Vec<u8>> = each!(transaction.connection(), |c| key_fingerprints::table
            .filter(key_fingerprints::purpose.eq(self.purpose))
            .select(key_fingerprints::fingerprint)
            .load(c))
        .map_err(StoreError::from)?;
        let used = !known.is_empty() || is_used(&mut transaction).await?;
        transaction.release();
        let secret = match read_secret(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound && used => return Err(self.missing()),
            Err(error) if error.kind() == ErrorKind::NotFound => open_secret(&self.file),
            other => other,
        };
        // What else is wrong with the file is said where it is opened.
        let Ok(secret) = secret else { return Ok(()) };
        let fingerprint = self.fingerprint(secret.as_slice());
        if known.contains(&fingerprint) {
            return Ok(());
        }
        let follows = |file: &PathBuf| {
            read_secret(file).is_ok_and(|former| known.contains(&self.fingerprint(former.as_slice())))
        };
        if !known.is_empty() && !self.former.iter().any(follows) {
            return Err(self.another());
        }
        let values = (
            key_fingerprints::purpose.eq(self.purpose),
            key_fingerprints::fingerprint.eq(fingerprint),
            key_fingerprints::seen_at.eq(Moment::from(clock.now())),
        );
        let mut transaction = store.begin_identity(Mode::Write).await?;
        each!(transaction.connection(), |c| diesel::insert_into(key_fingerprints::table)
            .values(values)
            .on_conflict_do_nothing()
            .execute(c))
        .map_err(StoreError::from)?;
        Ok(transaction.commit().await?)
    }

    fn fingerprint(&self, secret: &[u8]) -> Vec<u8> {
        let labelled = [b"brigandine key file: ", self.purpose.as_bytes(), b"\0", secret].concat();
        digest::digest(&digest::SHA256, &labelled).as_ref().to_vec()
    }

    fn missing(&self) -> StartError {
        refuse(
            &self.file,
            format!(
                "is missing, and the database was used with it: it is {}. Put the file back; a new one would open nothing",
                self.what
            ),
        )
    }

    fn another(&self) -> StartError {
        refuse(
            &self.file,
            format!("is not the file that the database was used with: that one is {}", self.what),
        )
    }
}

fn refuse(file: &Path, advice: String) -> StartError {
    SettingsError::new(file.display().to_string(), advice).into()
}

/// Whether somebody used this database before fingerprints were kept.
async fn is_used(transaction: &mut Transaction) -> Result<bool, StoreError> {
    let mut rows: i64 = each!(transaction.connection(), |c| signing_keys::table.count().get_result(c))?;
    rows += each!(transaction.connection(), |c| accounts::table.count().get_result::<i64>(c))?;
    rows += each!(transaction.connection(), |c| organizations::table.count().get_result::<i64>(c))?;
    Ok(rows > 0)
}

#[cfg(test)]
mod tests {
    use super::KeyFile;
    use crate::{
        clock::Clock,
        store::testing::{Fixture, on_each_engine},
    };
    use std::{fs, path::PathBuf};
    use uuid::Uuid;

    fn files() -> (PathBuf, KeyFile) {
        let folder = std::env::temp_dir().join(format!("brigandine-key-files-{}", Uuid::new_v4()));
        let file = folder.join("keys/pepper.key");
        (folder, KeyFile { purpose: "pepper", what: "the pepper", file, former: Vec::new() })
    }

    async fn settled(fixture: &Fixture, key: &KeyFile) -> Result<(), String> {
        key.settle(&fixture.store, Clock).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_new_database_gets_a_key_and_a_used_one_no_second() {
        on_each_engine(async |fixture| {
            let (folder, key) = files();
            settled(fixture, &key).await.unwrap();
            assert!(key.file.exists());
            settled(fixture, &key).await.unwrap();
            let kept = folder.join("kept");
            fs::rename(&key.file, &kept).unwrap();
            assert!(settled(fixture, &key).await.unwrap_err().contains("is missing"));
            assert!(!key.file.exists(), "no new one was made");
            // Another database's key.
            let (other_folder, other) = files();
            crate::sealing::open_secret(&other.file).unwrap();
            fs::copy(&other.file, &key.file).unwrap();
            assert!(settled(fixture, &key).await.unwrap_err().contains("is not the file"));
            // It may take the other's place, if it says whose.
            let follower = KeyFile { former: vec![kept], ..key };
            settled(fixture, &follower).await.unwrap();
            fs::remove_dir_all(folder).unwrap();
            fs::remove_dir_all(other_folder).unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn a_database_from_before_is_known_by_what_is_in_it() {
        on_each_engine(async |fixture| {
            let (_, key) = files();
            let mut transaction = fixture.store.begin_identity(crate::store::Mode::Write).await.unwrap();
            let (id, clock) = (crate::ids::AccountId::random(), Clock);
            use crate::store::{prelude::*, schema::accounts, types::Moment};
            let row = (
                accounts::id.eq(id),
                accounts::email_index.eq(id.as_uuid().as_bytes().to_vec()),
                accounts::email.eq(vec![0_u8]),
                accounts::status.eq("active"),
                accounts::version.eq(1),
                accounts::created_at.eq(Moment::new(clock.now())),
            );
            each!(transaction.connection(), |c| diesel::insert_into(accounts::table).values(row).execute(c))
                .unwrap();
            transaction.commit().await.unwrap();
            assert!(settled(fixture, &key).await.unwrap_err().contains("is missing"));
        })
        .await;
    }
}
