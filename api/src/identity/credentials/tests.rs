//! Every change of an account's credentials voids everything that is under way for it, and nothing that was verified before
//! takes effect after it; on both engines.

use super::changed::{Change, Pending, changed};
use crate::{
    clock::Clock,
    identity::{
        accounts::{self, Standing, Verified},
        factors::{
            enrolment, registry,
            tests::{Person, moment},
        },
        one_time::{self, Kind, New},
        sessions,
    },
    ids::{OrganizationId, ProviderId, RowId, SessionId},
    sealing::Sealed,
    store::{
        prelude::*,
        schema::{factors, identity_providers, login_transactions, passkey_states},
        testing::{Fixture, on_each_engine},
        types::JsonText,
    },
};
use serde_json::json;
use std::convert::Infallible;

const ISSUER: &str = "https://api.test";

const CHANGES: [Change; 7] = [
    Change::PasswordChanged,
    Change::PasswordReset,
    Change::EmailConfirmed,
    Change::FactorAdded,
    Change::FactorRemoved,
    Change::RecoveryCodesRenewed,
    Change::IdentityLinked,
];

/// Everything that may be under way for an account, begun.
struct Begun {
    reset: String,
    email: String,
    session: SessionId,
}

impl Begun {
    async fn new(ada: &Person, (organization, provider): (OrganizationId, ProviderId)) -> Self {
        let session = ada.session().await;
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        let reset = New::password_reset(ada.account);
        let reset = one_time::issue(&mut transaction, reset, Clock).await.unwrap();
        let email =
            New::email_change(ada.account, |_| Ok::<_, Infallible>(Sealed::from_bytes(vec![0]))).unwrap();
        let email = one_time::issue(&mut transaction, email, Clock).await.unwrap();
        enrolment::begin(&mut transaction, &ada.keyring, ada.account, moment(0)).await.unwrap();
        let ceremony = (
            passkey_states::id.eq(RowId::random()),
            passkey_states::purpose.eq("registration"),
            passkey_states::account_id.eq(Some(ada.account)),
            passkey_states::state.eq(JsonText(json!({}))),
            passkey_states::expires_at.eq(moment(300)),
        );
        each!(transaction.connection(), |c| diesel::insert_into(passkey_states::table)
            .values(&ceremony)
            .execute(c))
        .unwrap();
        let link = (
            login_transactions::id.eq(RowId::random()),
            login_transactions::organization_id.eq(organization),
            login_transactions::provider_id.eq(provider),
            login_transactions::state_hash.eq(RowId::random().as_uuid().as_bytes().repeat(2)),
            login_transactions::browser_hash.eq(vec![0; 32]),
            login_transactions::nonce_hash.eq(vec![0; 32]),
            login_transactions::verifier.eq(vec![0; 8]),
            login_transactions::account_id.eq(Some(ada.account)),
            login_transactions::return_to.eq("/account"),
            login_transactions::created_at.eq(moment(0)),
            login_transactions::expires_at.eq(moment(600)),
        );
        each!(transaction.connection(), |c| diesel::insert_into(login_transactions::table)
            .values(&link)
            .execute(c))
        .unwrap();
        transaction.commit().await.unwrap();
        Self { reset: reset.as_str().to_owned(), email: email.as_str().to_owned(), session }
    }

    /// Whether it still leads somewhere.
    async fn is_alive(&self, ada: &Person, pending: Pending) -> bool {
        let mut transaction = ada.store.begin_identity(Mode::Read).await.unwrap();
        let alive = match pending {
            Pending::PasswordReset => {
                let found = one_time::look(&mut transaction, Kind::PasswordReset, &self.reset, Clock).await;
                found.unwrap().is_some()
            }
            Pending::EmailChange => {
                let found = one_time::look(&mut transaction, Kind::EmailChange, &self.email, Clock).await;
                found.unwrap().is_some()
            }
            Pending::Enrolment => {
                let seeds = factors::table
                    .filter(factors::account_id.eq(ada.account))
                    .filter(factors::confirmed_at.is_null())
                    .count();
                let seeds: i64 = each!(transaction.connection(), |c| seeds.get_result(c)).unwrap();
                let ceremonies =
                    passkey_states::table.filter(passkey_states::account_id.eq(ada.account)).count();
                let ceremonies: i64 = each!(transaction.connection(), |c| ceremonies.get_result(c)).unwrap();
                seeds + ceremonies > 0
            }
            Pending::ProviderLink => {
                let links =
                    login_transactions::table.filter(login_transactions::account_id.eq(ada.account)).count();
                let links: i64 = each!(transaction.connection(), |c| links.get_result(c)).unwrap();
                links > 0
            }
            Pending::HalfOpenSignIn => {
                let session = sessions::by_id(&mut transaction, self.session).await.unwrap().unwrap();
                session.ended_at.is_none()
            }
        };
        transaction.release();
        alive
    }
}

async fn provider(fixture: &Fixture) -> (OrganizationId, ProviderId) {
    let (organization, _) = fixture.organization().await;
    let id = ProviderId::random();
    let row = (
        identity_providers::id.eq(id),
        identity_providers::organization_id.eq(organization),
        identity_providers::name.eq("Staff"),
        identity_providers::issuer.eq("https://idp.test"),
        identity_providers::client_id.eq("clinic"),
        identity_providers::authentication.eq("private_key_jwt"),
        identity_providers::credential.eq(vec![0; 8]),
        identity_providers::hosts.eq(JsonText(json!([]))),
        identity_providers::status.eq("active"),
        identity_providers::version.eq(1),
        identity_providers::created_at.eq(moment(0)),
    );
    let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
    each!(transaction.connection(), |c| diesel::insert_into(identity_providers::table)
        .values(&row)
        .execute(c))
    .unwrap();
    transaction.commit().await.unwrap();
    (organization, id)
}

async fn happens(ada: &Person, change: Change, current: Option<SessionId>) {
    let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
    let standing = accounts::hold(&mut transaction, ada.account).await.unwrap().unwrap();
    changed(&mut transaction, ISSUER, Clock, &standing, change, current).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn every_change_voids_everything_that_is_under_way() {
    on_each_engine(async |fixture: &Fixture| {
        let place = provider(fixture).await;
        for change in CHANGES {
            let (ada, eve) = (Person::new(fixture).await, Person::new(fixture).await);
            let (hers, others) = (Begun::new(&ada, place).await, Begun::new(&eve, place).await);
            for pending in Pending::ALL {
                assert!(hers.is_alive(&ada, pending).await, "{pending:?} before");
            }
            happens(&ada, change, None).await;
            for pending in Pending::ALL {
                assert!(!hers.is_alive(&ada, pending).await, "{pending:?} survives {change:?}");
                assert!(others.is_alive(&eve, pending).await, "{change:?} voids somebody else's {pending:?}");
            }
            let mut transaction = ada.store.begin_identity(Mode::Read).await.unwrap();
            let confirmed = registry::list(&mut transaction, ada.account).await.unwrap().len();
            transaction.release();
            assert_eq!(confirmed, 1, "{change:?} takes a factor that stands");
        }
    })
    .await;
}

/// The account, as a check outside any transaction finds it.
async fn found(ada: &Person) -> accounts::Account {
    let mut transaction = ada.store.begin_identity(Mode::Read).await.unwrap();
    let account = accounts::by_id(&mut transaction, ada.account).await.unwrap().unwrap();
    transaction.release();
    account
}

async fn stands(ada: &Person, verified: Verified) -> Option<Standing> {
    let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
    let standing = verified.stands(&mut transaction, Clock).await.unwrap();
    transaction.commit().await.unwrap();
    standing
}

#[tokio::test]
async fn what_was_verified_before_a_change_takes_no_effect_after_it() {
    on_each_engine(async |fixture: &Fixture| {
        for change in CHANGES {
            let ada = Person::new(fixture).await;
            let verified = Verified::account(&found(&ada).await);
            assert!(stands(&ada, verified).await.is_some(), "nothing changed");
            happens(&ada, change, None).await;
            assert!(stands(&ada, verified).await.is_none(), "{change:?}");
            assert!(stands(&ada, Verified::account(&found(&ada).await)).await.is_some(), "verified anew");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_verified_of_an_account_that_is_disabled_takes_no_effect() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let verified = Verified::account(&found(&ada).await);
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        let own = crate::store::schema::accounts::table.find(ada.account);
        each!(transaction.connection(), |c| diesel::update(own)
            .set(crate::store::schema::accounts::status.eq("disabled"))
            .execute(c))
        .unwrap();
        transaction.commit().await.unwrap();
        assert!(stands(&ada, verified).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_was_verified_in_a_session_takes_no_effect_once_that_ended() {
    on_each_engine(async |fixture: &Fixture| {
        let ada = Person::new(fixture).await;
        let session = ada.lasting_session().await;
        let mut transaction = ada.store.begin_identity(Mode::Read).await.unwrap();
        let row = sessions::by_id(&mut transaction, session).await.unwrap().unwrap();
        transaction.release();
        let verified = Verified::session(&found(&ada).await, &row);
        assert!(stands(&ada, verified).await.is_some());
        let mut transaction = ada.store.begin_identity(Mode::Write).await.unwrap();
        assert!(sessions::end(&mut transaction, ISSUER, session, Clock).await.unwrap());
        transaction.commit().await.unwrap();
        assert!(stands(&ada, verified).await.is_none());
    })
    .await;
}

/// Each table that belongs to accounts, and what a change of credentials does to its rows. A new one must find its place
/// here: whatever is under way in it is a [`Pending`].
const TABLES: [(&str, &str); 10] = [
    ("sessions", "end, where they are half open, and by changes that end sessions"),
    ("grants", "end with their session"),
    ("factors", "go, where they are not confirmed"),
    ("recovery_codes", "stay: they are confirmed with the factor"),
    ("factor_challenges", "end with their session"),
    ("factor_throttles", "stay: they count guesses"),
    ("passkey_states", "go"),
    ("one_time_secrets", "void"),
    ("login_transactions", "go, where they link a provider"),
    ("linked_identities", "stay: they were confirmed by a sign-in"),
];

#[test]
fn every_table_of_accounts_has_its_place_among_the_pending() {
    let sources = [
        include_str!("../../store/schema.rs"),
        include_str!("../../store/schema/federation.rs"),
        include_str!("../../store/schema/requests.rs"),
        include_str!("../../store/schema/deliveries.rs"),
    ];
    let mut found: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.split("diesel::table! {").skip(1))
        .filter(|table| table.contains(" account_id ->"))
        .filter_map(|table| table.split_once(" {").map(|(before, _)| before))
        .filter_map(|before| before.lines().last()?.trim().split(' ').next())
        .collect();
    found.sort_unstable();
    let mut known = TABLES.map(|(table, _)| table);
    known.sort_unstable();
    assert_eq!(found, known);
}
