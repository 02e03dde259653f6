//! What is killed half way was never begun.

use crate::attacks::{Beside, booking::Slot, prelude::*};

/// How often to look whether the hold is under way, and how long to wait between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Holds up whoever writes to the audit log, which is the last that a hold does before it is committed.
struct Obstacle<'a> {
    scene: &'a Scene,
    name: String,
}

impl<'a> Obstacle<'a> {
    async fn put(scene: &'a Scene) -> Result<Self, AttackError> {
        let (observer, name) = (scene.observer(), format!("slow_{}", Uuid::new_v4().simple()));
        if observer.is_postgres() {
            observer.execute("BEGIN").await?;
            observer.execute("LOCK TABLE audit_events IN EXCLUSIVE MODE").await?;
        } else {
            // A row that takes minutes to be written.
            let a = observer.id(scene.a());
            observer
                .execute(&format!(
                    "CREATE TRIGGER {name} BEFORE INSERT ON audit_events WHEN NEW.organization_id = {a} BEGIN \
                     SELECT count(*) FROM (WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number \
                     WHERE n < 2000000000) SELECT n FROM number); END"
                ))
                .await?;
        }
        Ok(Self { scene, name })
    }

    /// Whether somebody is held up now: in the midst of a transaction that has written already.
    async fn holds_up(&self) -> Result<bool, AttackError> {
        let observer = self.scene.observer();
        if observer.is_postgres() {
            let waiting = "relation = 'audit_events'::regclass AND NOT granted";
            let count = format!("(SELECT 1 AS id FROM pg_locks WHERE {waiting}) AS waiting");
            return Ok(!observer.rows(&count, "true").await?.is_empty());
        }
        // The one writer is at work: nobody else gets in.
        observer.execute("PRAGMA busy_timeout = 0").await?;
        let begun = observer.execute("BEGIN IMMEDIATE").await;
        if begun.is_ok() {
            observer.execute("ROLLBACK").await?;
        }
        observer.execute("PRAGMA busy_timeout = 5000").await?;
        Ok(begun.is_err())
    }

    async fn is_removed(&self) -> Result<(), AttackError> {
        let observer = self.scene.observer();
        let sql = if observer.is_postgres() {
            "ROLLBACK".to_owned()
        } else {
            format!("DROP TRIGGER {}", self.name)
        };
        observer.execute(&sql).await?;
        Ok(())
    }
}

/// The rows that a hold of this slot leaves.
async fn traces(scene: &Scene, slot: &Slot, key: Uuid) -> Result<(usize, usize), AttackError> {
    let observer = scene.observer();
    let appointments = observer.rows("appointments", &format!("slot_id = {}", observer.id(slot.id))).await?;
    let keys = observer.rows("idempotency_keys", &format!("key = {}", observer.id(key))).await?;
    Ok((appointments.len(), keys.len()))
}

/// Sends the hold to a process of its own, and kills that in the midst of it.
async fn killed_midway(scene: &Scene, hold: &Request) -> Result<(), AttackError> {
    let beside: Beside = scene.beside(|_, _| {}).await?;
    // Known to the process, so that the hold is all that it does from here on.
    scene.demand(&beside.scene.actor(RecepA)?.get("/v1/me"), 200).await?;
    let obstacle = Obstacle::put(scene).await?;
    let request = hold.clone().over(beside.scene.wire().clone());
    let sending = tokio::spawn(async move { request.send().await });
    let mut is_held_up = Ok(false);
    for _ in 0..LOOKS {
        is_held_up = obstacle.holds_up().await;
        if !matches!(is_held_up, Ok(false)) || sending.is_finished() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let killed = beside.service.signal("KILL").await;
    let answer = sending.await;
    obstacle.is_removed().await?;
    killed?;
    match (is_held_up?, answer) {
        (true, Ok(Err(_))) => Ok(()),
        (held_up, answer) => {
            let answered = answer.is_ok_and(|answer| answer.is_ok());
            Err(AttackError::Setup(format!("held up: {held_up}; answered: {answered}")))
        }
    }
}

pub(super) async fn partial(scene: &Scene) -> Outcome {
    let (patient, reception) = (scene.patient().await?, scene.actor(RecepA)?);
    let honest = Control::checked(move || async move {
        let made = async { scene.hold(ClinA2, &scene.patient().await?).await };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    });
    let slot = scene.slot_of(ClinA1).await?;
    let mut trial = Trial::begin(scene, honest).await?;
    for round in 1..=3 {
        let key = Uuid::new_v4();
        let body = json!({ "patient_id": patient.id });
        let hold = reception.post(&slot.holds_path()).json(&body).header("idempotency-key", key.to_string());
        killed_midway(scene, &hold).await?;
        // The server may still be cleaning up after the dead one.
        let mut left = traces(scene, &slot, key).await?;
        for _ in 0..LOOKS {
            if left == (0, 0) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            left = traces(scene, &slot, key).await?;
        }
        let story = format!("killed, for the {round}. time");
        trial.found(&story, Finding::must(left == (0, 0), format!("{left:?} rows of it are left")));
        let again = scene.beside(|_, _| {}).await?;
        let retried = hold.over(again.scene.wire().clone());
        let answer = trial.honestly(retried.send_leisurely()).await?;
        let taken = match answer.status {
            201 => Finding::Fine,
            409 => Finding::Breach(format!("the slot is lost to everybody: {}", answer.summary())),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("the second try", taken);
        let rows = traces(scene, &slot, key).await?;
        trial.found("what it left", Finding::must(rows == (1, 1), format!("{rows:?} rows")));
        let Some(id) = answer.uuid("/id") else { break };
        let cancel = scene.actor(RecepA)?.post(&format!("/v1/appointments/{id}/cancel"));
        trial.honestly(scene.demand(&cancel, 200)).await?;
        let gone = format!("DELETE FROM appointments WHERE id = {}", scene.observer().id(id));
        trial.honestly(scene.observer().execute(&gone)).await?;
    }
    trial.conclude().await
}
