//! The limits of mails to strangers, on both engines.

use super::{Asked, stamp};
use crate::{
    clock::Clock,
    identity::accounts::Email,
    sealing::{Keyring, LocalKeyFile},
    store::{
        Mode,
        prelude::*,
        schema::asked_mails,
        testing::{Fixture, on_each_engine},
        types::Moment,
    },
    watch::Metrics,
};
use chrono::TimeDelta;
use uuid::Uuid;

fn keyring() -> Keyring {
    let file = std::env::temp_dir().join(format!("brigandine-postage-{}", Uuid::new_v4()));
    let keyring = Keyring::new(LocalKeyFile::open(&file).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    keyring
}

async fn stamped(fixture: &Fixture, keyring: &Keyring, metrics: &Metrics, asked: Asked, email: &str) -> bool {
    let email = Email::parse(email).unwrap();
    let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
    let counted = metrics.mails();
    let postage = stamp(&mut transaction, keyring, &counted, (asked, &email), Clock).await.unwrap();
    transaction.commit().await.unwrap();
    postage.is_some()
}

#[actix_web::test]
async fn an_address_gets_three_registrations_an_hour_and_ten_a_day_however_it_is_spelled() {
    on_each_engine(async |fixture| {
        let (keyring, metrics) = (keyring(), Metrics::default());
        for hour in 0..5 {
            let mut taken = 0;
            for spelling in ["ada@example.org", "Ada@Example.org", "ada@EXAMPLE.org", "ADA@example.org"] {
                taken +=
                    usize::from(stamped(fixture, &keyring, &metrics, Asked::Registration, spelling).await);
            }
            let expected = match hour {
                0..3 => 3,
                3 => 1,
                _ => 0,
            };
            assert_eq!(taken, expected, "hour {hour}");
            passes(fixture, TimeDelta::minutes(61)).await;
        }
        assert!(stamped(fixture, &keyring, &metrics, Asked::Registration, "eve@example.org").await);
        assert!(stamped(fixture, &keyring, &metrics, Asked::Invitation, "ada@example.org").await);
        let told = metrics.render();
        assert!(
            told.contains("brigandine_mails_withheld_total{kind=\"registration\",limit=\"address\"} 10"),
            "{told}"
        );
    })
    .await;
}

#[actix_web::test]
async fn the_service_sends_six_hundred_of_a_kind_in_an_hour() {
    on_each_engine(async |fixture| {
        let (keyring, metrics) = (keyring(), Metrics::default());
        let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
        for _ in 0..599 {
            let row = (
                asked_mails::id.eq(crate::ids::RowId::random()),
                asked_mails::kind.eq("registration"),
                asked_mails::address_index.eq(Uuid::new_v4().as_bytes().to_vec()),
                asked_mails::sent_at.eq(Moment::new(Clock.now())),
            );
            each!(transaction.connection(), |c| diesel::insert_into(asked_mails::table)
                .values(row)
                .execute(c))
            .unwrap();
        }
        transaction.commit().await.unwrap();
        assert!(stamped(fixture, &keyring, &metrics, Asked::Registration, "ada@example.org").await);
        assert!(!stamped(fixture, &keyring, &metrics, Asked::Registration, "eve@example.org").await);
        assert!(stamped(fixture, &keyring, &metrics, Asked::PasswordReset, "eve@example.org").await);
        let told = metrics.render();
        assert!(
            told.contains("brigandine_mails_withheld_total{kind=\"registration\",limit=\"service\"} 1"),
            "{told}"
        );
    })
    .await;
}

/// Makes everything so much older.
async fn passes(fixture: &Fixture, time: TimeDelta) {
    let mut transaction = fixture.administration.begin_identity(Mode::Write).await.unwrap();
    let rows: Vec<(crate::ids::RowId, Moment)> = each!(transaction.connection(), |c| asked_mails::table
        .select((asked_mails::id, asked_mails::sent_at))
        .load(c))
    .unwrap();
    for (id, at) in rows {
        each!(transaction.connection(), |c| diesel::update(asked_mails::table.find(id))
            .set(asked_mails::sent_at.eq(Moment::new(at.time() - time)))
            .execute(c))
        .unwrap();
    }
    transaction.commit().await.unwrap();
}
