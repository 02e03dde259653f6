use super::{Password, PasswordError, Passwords, Verification};
use crate::settings::Settings;
use prometheus_client::metrics::counter::Counter;
use std::{fs, path::PathBuf};
use uuid::Uuid;

/// A data directory that goes away with the test, and the settings for it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("brigandine-passwords-{}", Uuid::new_v4())))
    }

    fn start(&self, passwords: &str) -> (Passwords, Counter) {
        let toml = format!("data_directory = {:?}\npasswords = {{ {passwords} }}", self.0);
        let settings: Settings = toml::from_str(&toml).unwrap();
        let executed = Counter::default();
        (Passwords::start(&settings, &executed).unwrap(), executed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _: std::io::Result<()> = fs::remove_dir_all(&self.0);
    }
}

const FLOOR: &str = "memory_kib = 19456, iterations = 2, threads = 1";
const WANTED: Verification = Verification { matches: true, outdated: false };

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

#[tokio::test]
async fn a_password_is_verified_in_full_length() {
    let place = Place::new();
    let (passwords, _) = place.start("threads = 1");
    let long = "correct horse battery staple ".repeat(4);
    let stored = passwords.hash(&password(&long)).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=1,keyid="), "{stored}");
    assert_eq!(passwords.verify(&password(&long), Some(&stored)).await.unwrap(), WANTED);
    for wrong in [&long[..72], &long[..long.len() - 1], &long.to_uppercase(), long.trim()] {
        let outcome = passwords.verify(&password(wrong), Some(&stored)).await.unwrap();
        assert_eq!(outcome, Verification::REFUSED, "{wrong:?}");
    }
}

#[tokio::test]
async fn equal_passwords_have_different_hashes() {
    let place = Place::new();
    let (passwords, _) = place.start(FLOOR);
    let first = passwords.hash(&password("correct horse")).await.unwrap();
    let second = passwords.hash(&password("correct horse")).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(passwords.verify(&password("correct horse"), Some(&second)).await.unwrap(), WANTED);
}

#[tokio::test]
async fn a_hash_of_another_cost_or_pepper_is_outdated_once_it_matched() {
    let place = Place::new();
    let (passwords, _) = place.start(FLOOR);
    let stored = passwords.hash(&password("correct horse")).await.unwrap();
    let outdated = Verification { matches: true, outdated: true };

    let (stronger, _) = place.start("memory_kib = 20480, iterations = 2, threads = 1");
    assert_eq!(stronger.verify(&password("correct horse"), Some(&stored)).await.unwrap(), outdated);
    let wrong = stronger.verify(&password("wrong horse"), Some(&stored)).await.unwrap();
    assert_eq!(wrong, Verification::REFUSED);

    fs::rename(place.0.join("keys/pepper.key"), place.0.join("keys/pepper-1.key")).unwrap();
    let rotated = format!("{FLOOR}, former_pepper_files = ['keys/pepper-1.key']");
    let (rotated, _) = place.start(&rotated);
    assert_eq!(rotated.verify(&password("correct horse"), Some(&stored)).await.unwrap(), outdated);
    let fresh = rotated.hash(&password("correct horse")).await.unwrap();
    assert_eq!(rotated.verify(&password("correct horse"), Some(&fresh)).await.unwrap(), WANTED);
}

#[tokio::test]
async fn without_its_pepper_a_hash_opens_for_nobody() {
    let place = Place::new();
    let (passwords, _) = place.start(FLOOR);
    let stored = passwords.hash(&password("correct horse")).await.unwrap();
    fs::remove_file(place.0.join("keys/pepper.key")).unwrap();
    let (other, executed) = place.start(FLOOR);
    let outcome = other.verify(&password("correct horse"), Some(&stored)).await.unwrap();
    assert_eq!(outcome, Verification::REFUSED);
    assert_eq!(executed.get(), 1, "and not faster than for anybody");
}

#[tokio::test]
async fn no_account_costs_as_much_as_one() {
    let place = Place::new();
    let (passwords, executed) = place.start(FLOOR);
    let huge =
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let stored =
        [None, Some(""), Some("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"), Some(huge)];
    for (count, stored) in (1..).zip(stored) {
        let outcome = passwords.verify(&password("anything"), stored).await.unwrap();
        assert_eq!((outcome, executed.get()), (Verification::REFUSED, count));
    }
}

#[tokio::test]
async fn a_full_queue_answers_at_once_and_abandoned_work_is_not_done() {
    let place = Place::new();
    let (passwords, executed) = place.start(&format!("{FLOOR}, queue = 2"));
    let anyone = password("anything");
    let storm = futures_util::future::join_all((0..20).map(|_| passwords.verify(&anyone, None))).await;
    let refused = storm.iter().filter(|outcome| **outcome == Err(PasswordError::Overloaded)).count();
    assert!((17..=18).contains(&refused), "{refused}");
    let done = executed.get();
    {
        let abandoned = (0..2).map(|_| Box::pin(passwords.verify(&anyone, None)));
        let abandoned = futures_util::future::join_all(abandoned);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(1), abandoned).await;
    }
    passwords.verify(&anyone, None).await.unwrap();
    assert!(executed.get() <= done + 2, "the one in the works, and the last");
}

#[test]
fn an_open_pepper_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.start(FLOOR);
    let file = place.0.join("keys/pepper.key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let toml = format!("data_directory = {:?}", place.0);
    let settings: Settings = toml::from_str(&toml).unwrap();
    let refused = Passwords::start(&settings, &Counter::default()).unwrap_err();
    assert!(refused.key.ends_with("pepper.key"), "{refused}");
}
