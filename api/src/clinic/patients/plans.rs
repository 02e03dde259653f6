//! How PostgreSQL runs the hot queries, compared with what was reviewed: a lost index turns this red, long before anybody
//! has enough patients to notice.

use super::{
    list::{self, PatientQuery},
    show,
};
use crate::{
    access::Tenant,
    http::{
        fields::Fields,
        input::{Path, QueryParameters},
        page::Position,
        query::Parameters,
    },
    ids::{OrganizationId, PatientId},
    store::{
        Engine,
        prelude::*,
        testing::{Fixture, ask, on_postgres},
    },
};
use diesel::{
    QueryableByName,
    connection::InstrumentationEvent,
    sql_query,
    sql_types::{Integer, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;
use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

const REVIEWED: &str = include_str!("../../../../docs/query-plans.txt");
/// The planner of another release may well choose otherwise.
const RELEASE: i32 = 15;

/// Enough rows that a look-up without its index would be dearer.
const SEED: &str = "
INSERT INTO organizations (id, name, status, created_at)
    SELECT gen_random_uuid(), 'Other', 'active', now() FROM generate_series(1, 500);
INSERT INTO members (id, organization_id, issuer, subject, display_name, role, status, version, created_at)
    SELECT gen_random_uuid(), o.id, 'https://issuer.test', 's' || i, 'Name', 'clinician', 'active', 1, now()
    FROM organizations o, generate_series(1, 20) AS i;
INSERT INTO patients (id, organization_id, attending_member_id, given_name, family_name, birth_date, national_id,
                      national_id_index, metadata, status, registered_by, version, created_at)
    SELECT gen_random_uuid(), m.organization_id, m.id, 'Given', 'Family' || i % 1000, '2000-01-01', '',
           sha256((m.id::text || i)::bytea), '{}', CASE WHEN i % 10 = 0 THEN 'discharged' ELSE 'active' END, m.id, 1,
           now() + i * interval '1 second'
    FROM members m, generate_series(1, 5000) AS i WHERE m.subject IN ('ada', 's1', 's2') AND m.organization_id IN
        (SELECT organization_id FROM members WHERE subject = 'ada');
INSERT INTO revocations SELECT sha256(i::text::bytea), now() FROM generate_series(1, 2000) AS i;
ANALYZE;
";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

#[derive(QueryableByName)]
struct Release {
    #[diesel(sql_type = Integer)]
    release: i32,
}

/// The statements that a connection was asked.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn on(connection: &mut AsyncPgConnection) -> Self {
        let asked = Self::default();
        let heard = asked.clone();
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                heard.0.lock().unwrap().push(query.to_string());
            }
        });
        asked
    }

    /// The last one, with its places for values.
    fn last(&self) -> String {
        let asked = self.0.lock().unwrap();
        asked.last().unwrap().split(" -- binds:").next().unwrap().to_owned()
    }
}

/// The nodes of the plan for any values, each with how it enters its index.
async fn shape(connection: &mut AsyncPgConnection, sql: &str) -> String {
    let values = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let values = if values == 0 { String::new() } else { format!("({})", vec!["NULL"; values].join(", ")) };
    connection.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
    connection.batch_execute(&format!("PREPARE hot AS {sql}")).await.unwrap();
    let explained = sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE hot{values}"));
    let lines: Vec<Line> = explained.load(connection).await.unwrap();
    connection.batch_execute("DEALLOCATE hot").await.unwrap();
    let mut shape = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number == 0 || line.text.contains("->") || line.text.contains("Index Cond") {
            writeln!(shape, "    {}", line.text.trim_end()).unwrap();
        }
    }
    shape
}

async fn page(tenant: &mut Tenant, query: &str, after: Option<Position>) -> String {
    let Connection::Postgres(connection) = tenant.connection() else { unreachable!() };
    let asked = Asked::on(connection);
    let query = PatientQuery::read(&Parameters::parse(query, PatientQuery::NAMES).unwrap()).unwrap();
    list::load(tenant, None, &query, after).await.unwrap();
    let Connection::Postgres(connection) = tenant.connection() else { unreachable!() };
    shape(connection, &asked.last()).await
}

async fn plans(fixture: &Fixture, organization: OrganizationId) -> String {
    let Engine::Postgres(url) = &fixture.settings.engine else { unreachable!() };
    let mut connection = AsyncPgConnection::establish(url.expose_secret()).await.unwrap();
    let asked = Asked::on(&mut connection);
    ask(&connection, organization, show::ask(organization, &(Path(PatientId::random()), Fields::default())))
        .await;
    let sql = asked.last();
    connection.batch_execute("BEGIN").await.unwrap();
    let mut plans = format!("showPatient\n{}", shape(&mut connection, &sql).await);
    let transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
    let mut tenant = Tenant::of(transaction, organization);
    let at = crate::clock::Clock.now();
    let deep = Some(Position { at, id: uuid::Uuid::new_v4() });
    for (name, query, after) in [
        ("first page", "", None),
        ("deep page", "", deep),
        ("deep page, newest first", "sort=-created_at", deep),
        ("page by status", "status=discharged", None),
        ("page by clinician", "attending_member_id=6f9619ff-8b86-4011-b42d-00c04fc964ff", None),
        ("page by the beginning of the family name", "family_name=Fam", None),
    ] {
        let plan = page(&mut tenant, query, after).await;
        writeln!(plans, "\nlistPatients: {name}\n{}", plan.trim_end()).unwrap();
    }
    plans
}

#[tokio::test]
async fn the_hot_queries_run_as_reviewed() {
    on_postgres(async |fixture: &Fixture| {
        let (organization, _) = fixture.organization().await;
        let mut superuser =
            AsyncPgConnection::establish(fixture.superuser_url.as_ref().unwrap()).await.unwrap();
        let release = sql_query("SELECT current_setting('server_version_num')::integer / 10000 AS release");
        let Release { release } = release.get_result(&mut superuser).await.unwrap();
        if release != RELEASE {
            println!("SKIPPED: the plans were reviewed on PostgreSQL {RELEASE}, this is {release}");
            return;
        }
        superuser.batch_execute(SEED).await.unwrap();
        let plans = plans(fixture, organization).await;
        let reviewed = REVIEWED.split_once("\n\n").map_or("", |(_, plans)| plans);
        assert!(plans == reviewed, "not what was reviewed in docs/query-plans.txt:\n{plans}");
    })
    .await;
}
