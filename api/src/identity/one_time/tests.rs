//! Secrets work once, in time, and only the newest, on both engines.

use super::*;
use crate::{
    ids::AccountId,
    store::{
        schema::accounts,
        testing::{Fixture, on_each_engine},
    },
};

async fn account(fixture: &Fixture) -> AccountId {
    let id = AccountId::random();
    let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
    let values = (
        accounts::id.eq(id),
        accounts::email_index.eq(id.as_uuid().as_bytes().to_vec()),
        accounts::email.eq(vec![0_u8]),
        accounts::status.eq("active"),
        accounts::version.eq(1),
        accounts::created_at.eq(Moment::new(Clock.now())),
    );
    each!(transaction.connection(), |c| diesel::insert_into(accounts::table).values(values).execute(c))
        .unwrap();
    transaction.commit().await.unwrap();
    id
}

async fn made(fixture: &Fixture, new: New) -> String {
    let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
    let secret = issue(&mut transaction, new, Clock).await.unwrap();
    transaction.commit().await.unwrap();
    secret.as_str().to_owned()
}

async fn used(fixture: &Fixture, secret: &str) -> Option<AccountId> {
    let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
    let found = consume(&mut transaction, Kind::PasswordReset, secret, Clock).await.unwrap();
    transaction.commit().await.unwrap();
    found.and_then(|found| found.account_id)
}

#[actix_web::test]
async fn a_secret_works_once_and_is_not_in_the_database() {
    on_each_engine(async |fixture| {
        let account = account(fixture).await;
        let secret = made(fixture, New::password_reset(account)).await;
        assert_eq!(secret.len(), 43);
        let mut transaction = fixture.store.begin_identity(Mode::Read).await.unwrap();
        let found = look(&mut transaction, Kind::PasswordReset, &secret, Clock).await.unwrap();
        assert_eq!(found.unwrap().account_id, Some(account));
        for other in [Kind::EmailChange, Kind::Invitation] {
            assert!(look(&mut transaction, other, &secret, Clock).await.unwrap().is_none());
        }
        let stored: Vec<Vec<u8>> = each!(transaction.connection(), |c| secrets::table
            .filter(secrets::account_id.eq(account))
            .select(secrets::secret_hash)
            .load(c))
        .unwrap();
        transaction.release();
        assert!(stored.iter().all(|stored| stored.len() == 32 && stored != secret.as_bytes()));
        assert_eq!(used(fixture, &secret).await, Some(account));
        assert_eq!(used(fixture, &secret).await, None);
        assert_eq!(used(fixture, "guess").await, None);
    })
    .await;
}

#[actix_web::test]
async fn only_the_newest_of_a_kind_works() {
    on_each_engine(async |fixture| {
        let (account, other) = (account(fixture).await, account(fixture).await);
        let first = made(fixture, New::password_reset(account)).await;
        let of_other = made(fixture, New::password_reset(other)).await;
        let second = made(fixture, New::password_reset(account)).await;
        assert_eq!(used(fixture, &first).await, None);
        assert_eq!(used(fixture, &second).await, Some(account));
        assert_eq!(used(fixture, &of_other).await, Some(other));
        let mut transaction = fixture.store.begin_identity(Mode::Read).await.unwrap();
        let window = TimeDelta::hours(1);
        let sent = sent_within(&mut transaction, account, Kind::PasswordReset, window, Clock).await.unwrap();
        transaction.release();
        assert_eq!(sent, 2);
    })
    .await;
}

#[actix_web::test]
async fn an_expired_or_withdrawn_secret_is_nothing() {
    on_each_engine(async |fixture| {
        let account = account(fixture).await;
        let late = New { lifetime: TimeDelta::zero(), ..New::password_reset(account) };
        let secret = made(fixture, late).await;
        assert_eq!(used(fixture, &secret).await, None);

        let secret = made(fixture, New::password_reset(account)).await;
        let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
        withdraw(&mut transaction, account, Kind::PasswordReset, Clock).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(used(fixture, &secret).await, None);
    })
    .await;
}
