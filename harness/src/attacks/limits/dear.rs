//! `limit-work`: questions that cost their sender nothing and the service much, by their texts or by what they look through.

use crate::{
    attacks::{Beside, Carrier, operations, parameters, prelude::*, without_rates},
    matrix::{Endpoint, endpoints},
};
use futures_util::future::{join, join_all};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_WORK / "regex" = regex,
        "Somebody sends, in every text that any endpoint takes, letters that almost fit: four thousand, sixty thousand, and a character that no word has.",
        "They send as many that fit, and compare how long the service's processor was busy.",
    ),
    attack!(
        LIMIT_WORK / "cost" = cost,
        needs: Postgres.and(Exclusive).and(Clinic),
        "What an organization keeps has become so dear to look through that the database needs eight seconds for a row.",
        "Its people ask every list at once, as long as it goes, in every order.",
        "Somebody else works on in the meantime.",
    ),
];

/// Letters that fit, and letters that almost do.
struct Texts {
    story: &'static str,
    fits: String,
    almost: String,
}

fn texts(story: &'static str, size: usize) -> Texts {
    let word = "a".repeat(size.saturating_sub(1));
    Texts { story, fits: format!("{word}a"), almost: format!("{word}!") }
}

async fn regex(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    // Alone in its process, so that all of its work is the attack's.
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let calls = trial.honestly(beside.scene.texts_everywhere()).await?;
    let enough = calls.len() > 20;
    let finding = if enough { Finding::Fine } else { Finding::Unclear("there are few texts".into()) };
    trial.found("the texts", finding);
    for texts in [texts("four thousand letters", 4_000), texts("sixty thousand letters", 60_000)] {
        let fit = trial.honestly(busy(&beside, &calls, &texts.fits)).await?;
        let almost = trial.honestly(busy(&beside, &calls, &texts.almost)).await?;
        let bound = fit.saturating_mul(2).saturating_add(50);
        let told = format!("{almost} ticks of the processor, and {fit} for texts that fit");
        trial.found(texts.story, Finding::must(almost <= bound, told));
    }
    trial.conclude().await
}

/// How long the service's processor was busy with this text in all of these places.
async fn busy(beside: &Beside, carriers: &[Carrier], text: &str) -> Result<u64, AttackError> {
    let before = ticks(beside.service.pid())?;
    for carrier in carriers {
        carrier(text).send().await?;
    }
    Ok(ticks(beside.service.pid())?.saturating_sub(before))
}

/// The processor's time of a process, in hundredths of a second (proc(5): utime and stime).
fn ticks(pid: u32) -> Result<u64, AttackError> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = behind_name.split_whitespace().skip(11).map(str::parse::<u64>);
    match (fields.next(), fields.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(user.saturating_add(system)),
        _ => Err(AttackError::Setup("the process's times are not understood".into())),
    }
}

/// Tables without which nobody is known, or that every request writes.
const NEEDED: &str = "'members', 'organizations', 'audit_events', 'idempotency_keys'";
/// A statement's limit and the waits before it, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(6);

async fn cost(scene: &Scene) -> Outcome {
    scene.treated_patient().await?;
    let me = scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let mut lists = Vec::new();
    for endpoint in endpoints().iter().filter(|row| row.of_domain && row.method == "GET" && !row.over) {
        lists.extend(trial.honestly(orders(scene, endpoint)).await?);
    }
    let name = format!("dear_{}", Uuid::new_v4().simple());
    let tables = make_dear(scene, &name).await?;
    let asked = join_all(lists.iter().map(|list| async move { (list.describe(), list.send().await) }));
    let cheap = async {
        let mut served = 0;
        for _ in 0..20 {
            let answer = me.send().await;
            served += usize::from(answer.is_ok_and(|answer| answer.status == 200));
        }
        served
    };
    let (answers, served) = join(asked, cheap).await;
    make_cheap(scene, &name, &tables).await?;
    let mut cancelled = 0;
    for (story, answer) in answers {
        let finding = match answer {
            Err(ClientError::Timeout(limit)) => Finding::Breach(format!("no answer after {limit:?}")),
            Err(error) => Finding::Unclear(error.to_string()),
            Ok(answer) if answer.elapsed > SOON => {
                Finding::Breach(format!("it was worked at for {:?}", answer.elapsed))
            }
            Ok(answer) if answer.status == 503 && answer.slug().as_deref() == Some("overloaded") => {
                cancelled += 1;
                Finding::Fine
            }
            // What has no rows costs nothing.
            Ok(answer) if answer.status == 200 => Finding::Fine,
            Ok(answer) => Finding::Unclear(answer.summary()),
        };
        trial.found(&story, finding);
    }
    let enough =
        if cancelled > 3 { Finding::Fine } else { Finding::Unclear(format!("{cancelled} were dear")) };
    trial.found("the lists", enough);
    trial.found("somebody else", Finding::must(served == 20, format!("{served} of 20 were served")));
    trial.conclude().await
}

/// Every way to ask this list; nothing where it is none.
async fn orders(scene: &Scene, endpoint: &Endpoint) -> Result<Vec<Request>, AttackError> {
    let operations = operations(scene).await?;
    let operation = operations.get(&(endpoint.method.clone(), endpoint.path.to_owned()));
    let names = operation.map(parameters).unwrap_or_default();
    if !names.iter().any(|name| name == "limit") {
        return Ok(Vec::new());
    }
    let caller = scene.somebody_who_may(endpoint)?;
    let path = scene.call_within_reach(&caller, endpoint).await?.path;
    let mut ways = vec![format!("{path}?limit=100")];
    if names.iter().any(|name| name == "sort") {
        ways.extend(["created_at", "-created_at"].map(|sort| format!("{path}?limit=100&sort={sort}")));
    }
    if names.iter().any(|name| name == "status") {
        ways.push(format!("{path}?limit=100&status=active"));
    }
    let mut orders = Vec::new();
    for way in ways {
        let order = caller.get(&way).patience(Duration::from_secs(12));
        // Not every list and version knows every order.
        if order.send_leisurely().await?.status == 200 {
            orders.push(order);
        }
    }
    Ok(orders)
}

/// Makes every row of A eight seconds dear; answers which tables that is true of.
async fn make_dear(scene: &Scene, name: &str) -> Result<Vec<String>, AttackError> {
    let filter = format!(
        "column_name = 'organization_id' AND table_schema = 'public' AND table_name NOT IN ({NEEDED})"
    );
    let rows = scene.observer().rows("information_schema.columns", &filter).await?;
    let tables: Vec<String> = rows.iter().filter_map(|row| row.text("table_name")).collect();
    let a = scene.observer().id(scene.a());
    for table in &tables {
        let sql = format!(
            "CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR SELECT \
             USING (organization_id <> {a} OR pg_sleep(8)::text IS NOT NULL)"
        );
        scene.observer().execute(&sql).await?;
    }
    Ok(tables)
}

async fn make_cheap(scene: &Scene, name: &str, tables: &[String]) -> Result<(), AttackError> {
    // A twin's statements may still be at it.
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                  AND state = 'active' AND pid <> pg_backend_pid()";
    for table in tables {
        scene.observer().execute(cancel).await?;
        scene.observer().execute(&format!("DROP POLICY {name} ON {table}")).await?;
    }
    Ok(())
}
