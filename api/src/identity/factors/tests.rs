//! The counters and the single use, on both engines.

use super::{Attempt, Verdict, enrolment, recovery, registry, totp};
use crate::{
    audit::Reason,
    clock::Clock,
    identity::accounts::NOBODY,
    ids::{AccountId, OrganizationId, SessionId},
    sealing::{Keyring, LocalKeyFile},
    store::{
        Store,
        prelude::*,
        schema::{accounts, factors, sessions},
        testing::{Directory, Fixture, on_each_engine},
        types::Moment,
    },
};
use chrono::{DateTime, TimeDelta};
use totp_rs::{Builder, Secret};

/// An account with an authenticator.
pub(in crate::identity) struct Person {
    pub(in crate::identity) store: Store,
    pub(in crate::identity) keyring: Keyring,
    pub(in crate::identity) account: AccountId,
    seed: Secret,
    now: Moment,
    _directory: Directory,
}

impl Person {
    pub(in crate::identity) async fn new(fixture: &Fixture) -> Self {
        let directory = Directory::new();
        let keyring = Keyring::new(LocalKeyFile::open(&directory.0.join("key")).unwrap()).unwrap();
        let (account, now) = (AccountId::random(), moment(0));
        let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
        let new = (
            accounts::id.eq(account),
            accounts::email_index.eq(account.as_uuid().as_bytes().to_vec()),
            accounts::email.eq(vec![0; 8]),
            accounts::status.eq("active"),
            accounts::version.eq(1),
            accounts::created_at.eq(now),
        );
        each!(transaction.connection(), |c| diesel::insert_into(accounts::table).values(&new).execute(c))
            .unwrap();
        let seed = enrolment::begin(&mut transaction, &keyring, account, now).await.unwrap();
        let seed = Secret::try_from_base32(seed.text()).unwrap();
        let person =
            Self { store: fixture.store.clone(), keyring, account, seed, now, _directory: directory };
        let code = person.code(now);
        assert!(enrolment::confirm(&mut transaction, &person.keyring, account, &code, now).await.unwrap());
        transaction.commit().await.unwrap();
        // The first code counts as used, so the tests begin at the next step.
        Self { now: moment(60), ..person }
    }

    fn code(&self, now: Moment) -> String {
        let totp = Builder::new().with_secret(self.seed.clone()).build().unwrap();
        totp.generate(u64::try_from(now.time().timestamp()).unwrap()).to_string()
    }

    /// A code that is wrong now.
    fn wrong(&self, now: Moment) -> String {
        let right: u32 = self.code(now).parse().unwrap();
        format!("{:06}", (right + 1) % 1_000_000)
    }

    /// A session in which a factor is missing.
    pub(in crate::identity) async fn session(&self) -> SessionId {
        let id = SessionId::random();
        let mut transaction = self.store.begin_identity(Mode::Write).await.unwrap();
        let new = (
            sessions::id.eq(id),
            sessions::account_id.eq(self.account),
            sessions::secret_hash.eq(id.as_uuid().as_bytes().to_vec()),
            sessions::amr.eq("pwd"),
            sessions::name.eq("Browser"),
            sessions::authenticated_at.eq(self.now),
            sessions::last_used_at.eq(self.now),
            sessions::idle_seconds.eq(1800),
            sessions::expires_at.eq(moment(86_400)),
            sessions::created_at.eq(self.now),
        );
        each!(transaction.connection(), |c| diesel::insert_into(sessions::table).values(&new).execute(c))
            .unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// A session that stands by the clock on the wall.
    pub(in crate::identity) async fn lasting_session(&self) -> SessionId {
        let id = self.session().await;
        let mut transaction = self.store.begin_identity(Mode::Write).await.unwrap();
        let now = Clock.now();
        let lasting = (
            sessions::last_used_at.eq(Moment::new(now)),
            sessions::expires_at.eq(Moment::new(now + TimeDelta::hours(1))),
        );
        each!(transaction.connection(), |c| diesel::update(sessions::table.find(id)).set(lasting).execute(c))
            .unwrap();
        transaction.commit().await.unwrap();
        id
    }

    async fn types(&self, session: SessionId, code: &str, now: Moment) -> Verdict {
        let attempt = Attempt { account: self.account, session, counted: NOBODY, now };
        let mut transaction = self.store.begin_identity(Mode::Write).await.unwrap();
        let verdict = totp::verify(&mut transaction, &self.keyring, attempt, code).await.unwrap();
        transaction.commit().await.unwrap();
        verdict
    }
}

pub(in crate::identity) fn moment(seconds: i64) -> Moment {
    Moment::new(DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
}

fn later(now: Moment, by: TimeDelta) -> Moment {
    Moment::new(now.time() + by)
}

const WRONG: Verdict = Verdict::Refused(Reason::MFA_WRONG);

#[tokio::test]
async fn a_code_works_once() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let code = ada.code(ada.now);
        assert_eq!(ada.types(ada.session().await, &code, ada.now).await, Verdict::Right);
        assert_eq!(ada.types(ada.session().await, &code, ada.now).await, WRONG);
        // Nor does an older one, in the seconds in which it would be taken.
        let soon = later(ada.now, TimeDelta::seconds(30));
        assert_eq!(ada.types(ada.session().await, &ada.code(soon), soon).await, Verdict::Right);
        assert_eq!(ada.types(ada.session().await, &code, soon).await, WRONG);
    })
    .await;
}

#[tokio::test]
async fn a_code_works_once_in_parallel() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let code = ada.code(ada.now);
        let (first, second, third) = (ada.session().await, ada.session().await, ada.session().await);
        let (first, second, third) = tokio::join!(
            ada.types(first, &code, ada.now),
            ada.types(second, &code, ada.now),
            ada.types(third, &code, ada.now),
        );
        let right = [first, second, third].into_iter().filter(|verdict| *verdict == Verdict::Right).count();
        assert_eq!(right, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_has_five_tries() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let session = ada.session().await;
        for _ in 0..5 {
            assert_eq!(ada.types(session, &ada.wrong(ada.now), ada.now).await, WRONG);
        }
        let right = ada.code(ada.now);
        assert_eq!(ada.types(session, &right, ada.now).await, Verdict::Refused(Reason::MFA_CHALLENGE));
        assert_eq!(ada.types(ada.session().await, &right, ada.now).await, Verdict::Right);
    })
    .await;
}

#[tokio::test]
async fn a_session_does_not_wait_for_ever_nor_twice() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let (slow, quick) = (ada.session().await, ada.session().await);
        assert_eq!(ada.types(slow, "000000", ada.now).await, WRONG);
        let late = later(ada.now, TimeDelta::minutes(10));
        assert_eq!(ada.types(slow, &ada.code(late), late).await, Verdict::Refused(Reason::MFA_CHALLENGE));
        assert_eq!(ada.types(quick, &ada.code(late), late).await, Verdict::Right);
        let later = later(late, TimeDelta::seconds(30));
        assert_eq!(ada.types(quick, &ada.code(later), later).await, Verdict::Refused(Reason::MFA_CHALLENGE));
    })
    .await;
}

#[tokio::test]
async fn an_account_has_ten_failures_an_hour_whatever_the_sessions() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let mut now = ada.now;
        for _ in 0..10 {
            assert_eq!(ada.types(ada.session().await, &ada.wrong(now), now).await, WRONG);
            now = later(now, TimeDelta::minutes(5));
        }
        let throttled = Verdict::Refused(Reason::MFA_THROTTLED);
        assert_eq!(ada.types(ada.session().await, &ada.code(now), now).await, throttled);
        let rested = later(now, TimeDelta::minutes(55));
        assert_eq!(ada.types(ada.session().await, &ada.code(rested), rested).await, Verdict::Right);
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_works_once_and_counts_like_any_other() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let hashes: Vec<String> = (0..10).map(|number| format!("hash {number}")).collect();
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        recovery::replace(&mut transaction, ada.account, &hashes, ada.now).await.unwrap();
        let stored = recovery::hash_of(&mut transaction, ada.account, 3).await.unwrap();
        assert_eq!(stored.as_deref(), Some("hash 3"));
        transaction.commit().await.unwrap();

        let spends = async |matched: Option<&str>| {
            let attempt =
                Attempt { account: ada.account, session: ada.session().await, counted: NOBODY, now: ada.now };
            let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
            let verdict = recovery::spend(&mut transaction, attempt, 3, matched).await.unwrap();
            let left = recovery::left(&mut transaction, ada.account).await.unwrap();
            transaction.commit().await.unwrap();
            (verdict, left)
        };
        assert_eq!(spends(None).await, (WRONG, 10));
        assert_eq!(spends(Some("hash 3, as it was before the codes were replaced")).await, (WRONG, 10));
        assert_eq!(spends(stored.as_deref()).await, (Verdict::Right, 9));
        assert_eq!(spends(stored.as_deref()).await, (WRONG, 9));
    })
    .await;
}

#[tokio::test]
async fn a_new_authenticator_takes_the_place_of_the_old_one() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        let old = registry::list(&mut transaction, ada.account).await.unwrap();
        let seed = enrolment::begin(&mut transaction, &ada.keyring, ada.account, ada.now).await.unwrap();
        let same = enrolment::waiting(&mut transaction, &ada.keyring, ada.account, ada.now).await.unwrap();
        assert_eq!(same.unwrap().text(), seed.text());
        let confirm = async |transaction: &mut Transaction, code: &str, now: Moment| {
            enrolment::confirm(transaction, &ada.keyring, ada.account, code, now).await.unwrap()
        };
        assert!(!confirm(&mut transaction, &ada.code(ada.now), ada.now).await, "a code of the old one");
        let new = Person { seed: Secret::try_from_base32(seed.text()).unwrap(), ..ada_like(&ada) };
        let late = later(ada.now, TimeDelta::minutes(10));
        assert!(!confirm(&mut transaction, &new.code(late), late).await, "the seed waited too long");
        assert!(confirm(&mut transaction, &new.code(ada.now), ada.now).await);
        assert!(!confirm(&mut transaction, &new.code(ada.now), ada.now).await, "nothing waits any more");
        let now = registry::list(&mut transaction, ada.account).await.unwrap();
        assert_eq!((old.len(), now.len()), (1, 1));
        assert_ne!(old[0].id, now[0].id);
        assert!(registry::remove(&mut transaction, ada.account, now[0].id).await.unwrap());
        assert!(!registry::remove(&mut transaction, ada.account, now[0].id).await.unwrap());
        transaction.commit().await.unwrap();
        assert_eq!(new.types(ada.session().await, &new.code(late), late).await, WRONG);
    })
    .await;
}

fn ada_like(ada: &Person) -> Person {
    Person {
        store: ada.store.clone(),
        keyring: ada.keyring.clone(),
        account: ada.account,
        seed: ada.seed.clone(),
        now: ada.now,
        _directory: Directory::new(),
    }
}

#[tokio::test]
async fn an_authenticator_handed_to_another_account_does_not_open() {
    on_each_engine(async |fixture: &Fixture| {
        let (ada, eve) = (Person::new(fixture).await, Person::new(fixture).await);
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        let sql = factors::table.filter(factors::account_id.eq(eve.account)).select(factors::secret);
        let secret: Vec<u8> = each!(transaction.connection(), |c| sql.first(c)).unwrap();
        // Eve can write to the database, and puts her own sealed seed into Ada's row.
        let row = factors::table.filter(factors::account_id.eq(ada.account));
        each!(transaction.connection(), |c| diesel::update(row).set(factors::secret.eq(&secret)).execute(c))
            .unwrap();
        transaction.commit().await.unwrap();
        let attempt =
            Attempt { account: ada.account, session: ada.session().await, counted: NOBODY, now: ada.now };
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        let code = eve.code(ada.now);
        assert!(totp::verify(&mut transaction, &ada.keyring, attempt, &code).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn those_whom_a_provider_vouches_for_use_up_their_own_tries() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let (own, other) = (OrganizationId::random(), OrganizationId::random());
        let guess = async |counted: OrganizationId| {
            let session = ada.session().await;
            let attempt = Attempt { account: ada.account, session, counted, now: ada.now };
            let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
            let wrong = ada.wrong(ada.now);
            let verdict = totp::verify(&mut transaction, &ada.keyring, attempt, &wrong).await.unwrap();
            transaction.commit().await.unwrap();
            verdict
        };
        for _ in 0..10 {
            assert_eq!(guess(own).await, WRONG);
        }
        assert_eq!(guess(own).await, Verdict::Refused(Reason::MFA_THROTTLED));
        assert_eq!(guess(other).await, WRONG, "another organization's");
        assert_eq!(ada.types(ada.session().await, &ada.code(ada.now), ada.now).await, Verdict::Right);
    })
    .await;
}
