//! What both engines do alike.

use crate::{
    clock::Clock,
    ids::{MemberId, OrganizationId, PatientId},
    sealing::Sealed,
    store::{
        prelude::*,
        schema::{members, patients},
        testing::{Fixture, ISSUER, insert_member, insert_organization, lookup, on_each_engine},
        types::{JsonText, Moment},
    },
};
use chrono::NaiveDate;
use diesel::QueryResult;
use futures_util::future::join;
use std::time::Duration;

async fn members_of(transaction: &mut Transaction) -> i64 {
    each!(transaction.connection(), |c| members::table.count().get_result(c)).unwrap()
}

#[tokio::test]
async fn migrates_once_and_says_so() {
    on_each_engine(async |fixture: &Fixture| {
        fixture.store.check_migrated().await.unwrap();
        fixture.store.check_least_privilege().await.unwrap();
        fixture.store.ping().await.unwrap();
        let again = fixture.store.migrate(fixture.migration_url.as_ref()).await.unwrap();
        assert_eq!(again, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn finds_the_member_by_issuer_and_subject() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, member) = fixture.organization().await;
        let (other, _) = fixture.organization().await;
        let (transaction, found) =
            fixture.store.begin_for(organization, Mode::Read, lookup(ISSUER, "ada")).await.unwrap();
        transaction.release();
        let found = found.unwrap();
        assert_eq!((found.member_id, found.organization_id), (member, organization));
        assert_eq!((found.role.as_str(), found.status.as_str()), ("admin", "active"));
        assert_eq!((found.organization_status.as_str(), found.display_name.as_str()), ("active", "Ada"));
        for (organization, issuer, subject) in [
            (organization, ISSUER, "eve"),
            (organization, "https://other.test", "ada"),
            (OrganizationId::random(), ISSUER, "ada"),
        ] {
            let (transaction, found) =
                fixture.store.begin_for(organization, Mode::Read, lookup(issuer, subject)).await.unwrap();
            transaction.release();
            assert!(found.is_none());
        }
        let (_, found) = fixture.store.begin_for(other, Mode::Read, lookup(ISSUER, "ada")).await.unwrap();
        assert_ne!(found.unwrap().member_id, member);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_connection_is_clean() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
        insert_member(&mut transaction, organization, "bob").await.unwrap();
        assert_eq!(members_of(&mut transaction).await, 2);
        drop(transaction);
        // The only connection of this worker: this waits for the rollback.
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        assert_eq!(members_of(&mut transaction).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_query_given_up_half_way_leaves_the_worker_working() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        for patience in [0, 1, 20, 200] {
            let request = async {
                let mut transaction = fixture.store.begin(organization, Mode::Write).await?;
                insert_member(&mut transaction, organization, "bob").await?;
                std::future::pending::<Result<(), StoreError>>().await
            };
            let given_up = tokio::time::timeout(Duration::from_micros(patience * 50), request).await;
            assert!(given_up.is_err());
        }
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        assert_eq!(members_of(&mut transaction).await, 1);
    })
    .await;
}

#[tokio::test]
async fn waits_for_a_connection_for_a_second_at_most() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let held = fixture.store.begin(organization, Mode::Read).await.unwrap();
        let start = Clock.instant();
        let refused = fixture.store.begin(organization, Mode::Read).await.unwrap_err();
        assert!(matches!(refused, StoreError::Busy));
        assert!((900..2000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        let release = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            held.release();
        };
        let (second, ()) = join(fixture.store.begin(organization, Mode::Read), release).await;
        second.unwrap().release();
    })
    .await;
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        insert_member(&mut transaction, organization, "bob").await.unwrap_err();
        drop(transaction);
        // And the connection can write again afterwards.
        let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
        insert_member(&mut transaction, organization, "bob").await.unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn commit_after_a_failure_is_not_answered_as_success() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
        insert_member(&mut transaction, organization, "bob").await.unwrap();
        let twice = insert_member(&mut transaction, organization, "bob").await.unwrap_err();
        assert!(
            matches!(&twice, StoreError::UniqueViolation(name) if name == "members_organization_id_issuer_subject_key"),
            "{twice:?}"
        );
        let committed = transaction.commit().await.is_ok();
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        // SQLite undoes the statement only, PostgreSQL all of it; both must say what they did.
        assert_eq!(members_of(&mut transaction).await, if committed { 2 } else { 1 });
    })
    .await;
}

#[tokio::test]
async fn a_serving_transaction_stays_in_its_organization() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
        transaction.enter(OrganizationId::random()).await.unwrap_err();
        assert_eq!(transaction.organization(), Some(organization));
    })
    .await;
}

#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = patients)]
struct Patient {
    id: PatientId,
    organization_id: OrganizationId,
    member_id: Option<MemberId>,
    attending_member_id: Option<MemberId>,
    given_name: String,
    family_name: String,
    birth_date: NaiveDate,
    national_id: Sealed,
    national_id_index: Vec<u8>,
    phone: Option<Sealed>,
    notes: Option<Sealed>,
    metadata: JsonText,
    status: String,
    registered_by: MemberId,
    version: i32,
    created_at: Moment,
    discharged_at: Option<Moment>,
}

fn patient(organization: OrganizationId, by: MemberId) -> Patient {
    Patient {
        id: PatientId::random(),
        organization_id: organization,
        member_id: None,
        attending_member_id: Some(by),
        given_name: "Zoë".into(),
        family_name: "O'Neil; DROP TABLE patients".into(),
        birth_date: NaiveDate::from_ymd_opt(1985, 2, 28).unwrap(),
        national_id: Sealed::from_bytes(vec![1, 0, 255]),
        national_id_index: vec![0; 16],
        phone: None,
        notes: Some(Sealed::from_bytes(Vec::new())),
        metadata: JsonText(serde_json::json!({"a": [1, null, "ü"], "b": {}})),
        status: "active".into(),
        registered_by: by,
        version: 1,
        created_at: Clock.now().into(),
        discharged_at: Some(Clock.now().into()),
    }
}

async fn insert(transaction: &mut Transaction, patient: Patient) -> QueryResult<Patient> {
    each!(transaction.connection(), |c| diesel::insert_into(patients::table).values(patient).get_result(c))
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, member) = fixture.organization().await;
        let written = patient(organization, member);
        let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
        assert_eq!(insert(&mut transaction, written.clone()).await.unwrap(), written);
        let query = || {
            patients::table
                .filter(patients::created_at.le(written.created_at))
                .filter(patients::id.eq(written.id))
                .filter(patients::national_id_index.eq(vec![0; 16]))
        };
        let read: Patient = each!(transaction.connection(), |c| query().first(c)).unwrap();
        assert_eq!(read, written);
    })
    .await;
}

#[tokio::test]
async fn a_row_cannot_refer_to_another_tenants_member() {
    on_each_engine(async |fixture: &Fixture| {
        let (organization, member) = fixture.organization().await;
        let (_, stranger) = fixture.organization().await;
        for stranger in [stranger, MemberId::random()] {
            for patient in [
                Patient { attending_member_id: Some(stranger), ..patient(organization, member) },
                Patient { member_id: Some(stranger), ..patient(organization, member) },
                Patient { registered_by: stranger, ..patient(organization, member) },
            ] {
                let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
                let refused = insert(&mut transaction, patient).await.unwrap_err();
                // The same whether the member exists elsewhere or nowhere.
                assert!(matches!(StoreError::from(refused), StoreError::ForeignKeyViolation));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_import_of_several_organizations_is_one_transaction() {
    on_each_engine(async |fixture: &Fixture| {
        let (first, second) = (OrganizationId::random(), OrganizationId::random());
        let mut transaction = fixture.administration.begin_unscoped(Mode::Write).await.unwrap();
        for organization in [first, second] {
            transaction.enter(organization).await.unwrap();
            insert_organization(&mut transaction, organization).await.unwrap();
            insert_member(&mut transaction, organization, "ada").await.unwrap();
        }
        drop(transaction);
        for organization in [first, second] {
            let (_, found) =
                fixture.store.begin_for(organization, Mode::Read, lookup(ISSUER, "ada")).await.unwrap();
            assert!(found.is_none());
        }
    })
    .await;
}
