//! `limit-work`: what one request sets going comes to an end, and leaves room for the others.

use crate::{
    attacks::{accounts::Door, federation::House, prelude::*, set, timing::goes_on},
    forge::Mode,
};
use futures_util::future::{join, join_all};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_WORK / "slow-query" = slow_query,
        needs: Postgres.and(Clinic),
        "A record has become so dear to read that the database needs nine seconds for it.",
        "The receptionist asks for it; somebody else asks for something cheap meanwhile.",
    ),
    attack!(
        LIMIT_WORK / "upstream" = upstream,
        needs: Time,
        "An organization's provider answers each question just before the service gives up, and a sign-in asks several.",
        "Somebody comes back from it.",
    ),
    attack!(
        LIMIT_WORK / "argon" = argon,
        needs: Exclusive,
        "Somebody sends eighty sign-ins at once.",
        "The receptionist works on in the meantime.",
    ),
    attack!(
        LIMIT_WORK / "pool" = pool,
        needs: Exclusive.and(Clinic),
        "Somebody's transaction holds a record and does not end. Sixty requests want to change that record.",
        "A clinician reads something else in the meantime.",
    ),
];

/// More than the limit of a statement and the waits before it, whatever a busy machine adds; less than the database is held.
const SOON: Duration = Duration::from_secs(7);
/// How long the database is held.
const HELD: Duration = Duration::from_secs(9);

fn overloaded() -> Refusal {
    Refusal::problem(503, "overloaded").header("retry-after", "1")
}

async fn upstream(scene: &Scene) -> Outcome {
    // Below the limit of a single question; three of them are not.
    const EACH: Duration = Duration::from_millis(4_500);
    const WHOLE: Duration = Duration::from_secs(12);
    let house = House::open(scene, AdminA1).await?;
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200).and(house.open_to("ada"))).await?;
    let browser = scene.browser();
    let back = house.arrive(&browser, house.staff("ada")).await?;
    // A process that has not asked the provider for anything yet.
    let beside = scene.beside(|_, _| {}).await?;
    house.issuer.behave(Mode::Slow(EACH));
    let answer = browser.get(&back).over(beside.scene.wire().clone()).send().await?;
    house.issuer.behave(Mode::Honest);
    let finding = match answer.status {
        _ if answer.elapsed > WHOLE => Finding::Breach(format!("it worked at it for {:?}", answer.elapsed)),
        503 if answer.header("retry-after") == Some("1") => Finding::Fine,
        _ => Finding::Unclear(answer.summary()),
    };
    trial.found("a sign-in that asks three times", finding);
    // At a process that knows the provider already there is one question left.
    let back = house.arrive(&browser, house.staff("ada")).await?;
    house.issuer.behave(Mode::Slow(WHOLE));
    trial.refused("a sign-in that asks once", browser.get(&back), Refusal::page(503)).await;
    house.issuer.behave(Mode::Honest);
    trial.conclude().await
}

async fn slow_query(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let me = reception.get("/v1/me");
    let other = scene.beside(|_, _| {}).await?;
    let elsewhere = other.scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let observer = scene.observer();
    let (name, id) = (format!("slow_{}", Uuid::new_v4().simple()), observer.id(patient.id));
    observer
        .execute(&format!(
            "CREATE POLICY {name} ON patients AS RESTRICTIVE FOR SELECT USING (id <> {id} OR pg_sleep(9)::text IS NOT NULL)"
        ))
        .await?;
    let slow = trial.refused("a query of nine seconds", reception.get(&patient.path()), overloaded());
    let (answer, cheap) = join(slow, goes_on(&me, &elsewhere, 20)).await;
    observer.execute(&format!("DROP POLICY {name} ON patients")).await?;
    if let Some(answer) = answer {
        trial
            .found("the wait", Finding::must(answer.elapsed < SOON, format!("it took {:?}", answer.elapsed)));
    }
    trial.found("cheap requests meanwhile", cheap?);
    trial.conclude().await
}

async fn argon(scene: &Scene) -> Outcome {
    let elsewhere = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(elsewhere.clone(), 200)).await?;
    // With the queue that a machine of two cores has by itself, and no rate in the way.
    let beside = scene
        .beside(|settings, _| {
            for key in ["sign_in", "sign_in_network", "visitor"] {
                set(settings, &format!("limits.{key}_per_minute"), 6_000);
                set(settings, &format!("limits.{key}_burst"), 1_000);
            }
            set(settings, "passwords.threads", 1);
            set(settings, "passwords.queue", 4);
        })
        .await?;
    let door = Door::open(&beside.scene).await?;
    let me = beside.scene.actor(RecepA)?.get("/v1/me");
    scene.demand(&door.attempt("nobody@people.test", "a wrong guess"), 401).await?;
    scene.demand(&me, 200).await?;
    let calm = resident_mebibytes(beside.service.pid())?;
    let attempts: Vec<Request> =
        (0..80).map(|number| door.attempt(&format!("nobody{number}@people.test"), "a wrong guess")).collect();
    let storm = join_all(attempts.iter().map(Request::send));
    let (answers, cheap) = join(storm, goes_on(&me, &elsewhere, 40)).await;
    let (mut hashed, mut refused) = (0, 0);
    for answer in answers {
        let answer = answer?;
        match answer.status {
            401 => hashed += 1,
            503 if answer.header("retry-after") == Some("1") => refused += 1,
            _ => trial.found("eighty sign-ins", Finding::Unclear(answer.summary())),
        }
    }
    let grown = resident_mebibytes(beside.service.pid())?.saturating_sub(calm);
    trial.found("eighty sign-ins", Finding::must(refused > 0, format!("{hashed} were worked at")));
    trial.found("the memory", Finding::must(grown < 150, format!("it grew by {grown} MiB")));
    trial.found("cheap requests meanwhile", cheap?);
    trial.conclude().await
}

fn resident_mebibytes(pid: u32) -> Result<u64, AttackError> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    let kib: u64 = line.ok_or_else(|| AttackError::Setup("the service's memory can't be read".into()))?;
    Ok(kib / 1024)
}

async fn pool(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let me = scene.actor(ClinA1)?.get("/v1/me");
    let other = scene.beside(|_, _| {}).await?;
    let elsewhere = other.scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;
    scene.demand(&me, 200).await?;
    let seen = scene.demand(&reception.get(&patient.path()), 200).await?;
    let tag = seen.header("etag").unwrap_or_default().to_owned();
    let observer = scene.observer();
    if observer.is_postgres() {
        observer.execute("BEGIN").await?;
        let id = observer.id(patient.id);
        observer.execute(&format!("SELECT 1 FROM patients WHERE id = {id} FOR UPDATE")).await?;
    } else {
        observer.execute("BEGIN IMMEDIATE").await?;
    }
    let changes: Vec<Request> = (0..60)
        .map(|_| {
            let change = reception.patch(&patient.path()).header("if-match", &tag);
            change.json(&json!({ "family_name": "Mallory" }))
        })
        .collect();
    let changes = join_all(changes.iter().map(Request::send));
    let cheap = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        goes_on(&me, &elsewhere, 20).await
    };
    let release = async {
        tokio::time::sleep(HELD).await;
        observer.execute("ROLLBACK").await
    };
    let ((answers, cheap), released) = join(join(changes, cheap), release).await;
    released?;
    for answer in answers {
        let answer = answer?;
        let finding = match answer.status {
            _ if answer.elapsed > SOON => Finding::Breach(format!("it waited for {:?}", answer.elapsed)),
            503 if answer.slug().as_deref() == Some("overloaded") => Finding::Fine,
            200 => Finding::Breach("the record was changed".into()),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("a change of the record that is held", finding);
    }
    trial.found("cheap requests meanwhile", cheap?);
    trial.conclude().await
}
