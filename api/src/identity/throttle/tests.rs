use super::{Admission, FREE, Key, STOP, admit, device::Device, reset};
use crate::{
    clock::Clock,
    sealing::{Keyring, LocalKeyFile},
    store::{
        growth,
        prelude::*,
        schema::login_failures,
        testing::{Directory, Fixture, on_each_engine, on_postgres},
        types::Moment,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

fn keyring() -> Keyring {
    let directory = Directory::new();
    Keyring::new(LocalKeyFile::open(&directory.0.join("field.key")).unwrap()).unwrap()
}

async fn begin(fixture: &Fixture) -> Transaction {
    fixture.store.begin_identity(Mode::Write).await.unwrap()
}

async fn guess(fixture: &Fixture, key: Key, now: DateTime<Utc>) -> bool {
    let mut transaction = begin(fixture).await;
    let admission = admit(&mut transaction, key, now).await.unwrap();
    transaction.commit().await.unwrap();
    matches!(admission, Admission::Admitted { .. })
}

async fn put(fixture: &Fixture, key: Key, failures: i32, last_at: DateTime<Utc>) {
    let mut transaction = begin(fixture).await;
    let row = (
        login_failures::key.eq(key.0.to_vec()),
        login_failures::failures.eq(failures),
        login_failures::last_at.eq(Moment::new(last_at)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(login_failures::table).values(row).execute(c))
        .unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn five_guesses_are_free_and_the_right_password_takes_them_back() {
    on_each_engine(async |fixture: &Fixture| {
        let key = Key::anybody(&keyring(), "ada@example.org");
        let now = Clock.now();
        for round in 0..2 {
            for _ in 0..FREE {
                assert!(guess(fixture, key, now).await, "round {round}");
            }
            assert!(!guess(fixture, key, now).await);
            assert!(!guess(fixture, key, now + TimeDelta::milliseconds(900)).await);
            assert!(guess(fixture, key, now + TimeDelta::milliseconds(1100)).await);
            assert!(!guess(fixture, key, now + TimeDelta::milliseconds(2500)).await, "2 s from the sixth");
            let mut transaction = begin(fixture).await;
            reset(&mut transaction, key).await.unwrap();
            transaction.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn guesses_made_at_once_are_counted_one_by_one() {
    on_each_engine(async |fixture: &Fixture| {
        let key = Key::anybody(&keyring(), "ada@example.org");
        let now = Clock.now();
        // Three threads with connections of their own, as the workers of the service or several replicas have.
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let store = fixture.store.clone();
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let guesses = (0..8).map(|_| async {
                        let mut transaction = store.begin_identity(Mode::Write).await?;
                        let admission = admit(&mut transaction, key, now).await?;
                        transaction.commit().await?;
                        Ok::<_, StoreError>(admission)
                    });
                    runtime.block_on(join_all(guesses))
                })
            })
            .collect();
        let outcomes: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        let admitted =
            outcomes.iter().filter(|outcome| matches!(outcome, Ok(Admission::Admitted { .. }))).count();
        assert_eq!(admitted, usize::try_from(FREE).unwrap(), "{outcomes:?}");
    })
    .await;
}

#[tokio::test]
async fn a_hundred_failures_stop_strangers_but_not_a_known_browser() {
    on_each_engine(async |fixture: &Fixture| {
        let (keyring, now) = (keyring(), Clock.now());
        let key = Key::anybody(&keyring, "ada@example.org");
        put(fixture, key, STOP, now - TimeDelta::days(400)).await;
        assert!(!guess(fixture, key, now).await);
        let device = Device::random().unwrap();
        assert!(guess(fixture, Key::known_device(&keyring, "ada@example.org", &device), now).await);
        growth::sweep(&fixture.store, now).await;
        assert!(!guess(fixture, key, now).await, "and time does not help");
    })
    .await;
}

#[tokio::test]
async fn idle_counts_are_forgotten() {
    on_each_engine(async |fixture: &Fixture| {
        let (keyring, now) = (keyring(), Clock.now());
        put(fixture, Key::anybody(&keyring, "old@example.org"), 9, now - TimeDelta::days(91)).await;
        put(fixture, Key::anybody(&keyring, "new@example.org"), 9, now - TimeDelta::days(89)).await;
        growth::sweep(&fixture.store, now).await;
        let mut transaction = begin(fixture).await;
        let left: i64 =
            each!(transaction.connection(), |c| login_failures::table.count().get_result(c)).unwrap();
        assert_eq!(left, 1);
    })
    .await;
}

#[tokio::test]
async fn the_domain_sees_no_counts() {
    on_postgres(async |fixture: &Fixture| {
        put(fixture, Key::anybody(&keyring(), "ada@example.org"), 9, Clock.now()).await;
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        let seen: i64 =
            each!(transaction.connection(), |c| login_failures::table.count().get_result(c)).unwrap();
        assert_eq!(seen, 0);
    })
    .await;
}

#[test]
fn an_address_is_one_key_however_it_is_written() {
    let keyring = keyring();
    let key = Key::anybody(&keyring, "user@example.org");
    for alias in [
        "USER@Example.org",
        "user@example.org ",
        "\u{ff55}ser@example.org",
        "user@example.org.",
        "us\u{200b}er@example.org",
    ] {
        assert!(Key::anybody(&keyring, alias) == key, "{alias:?}");
    }
    assert!(Key::anybody(&keyring, "user@example.com") != key);
}

#[test]
fn a_device_cookie_counts_for_its_account_and_its_time() {
    let (keyring, now) = (keyring(), Clock.now());
    let device = Device::random().unwrap();
    let cookie = device.cookie(&keyring, "ada@example.org", now);
    let read = |email: &str, cookie: &str, now| Device::from_cookie(&keyring, email, cookie, now);
    assert_eq!(read("Ada@example.org", &cookie, now), Some(device));
    assert_eq!(read("eve@example.org", &cookie, now), None);
    assert_eq!(read("ada@example.org", &cookie, now + TimeDelta::days(181)), None);
    for forged in ["", "x", &cookie[1..], &format!("A{}", &cookie[1..]), &"A".repeat(cookie.len())] {
        assert!(forged == cookie || read("ada@example.org", forged, now).is_none(), "{forged}");
    }
}
