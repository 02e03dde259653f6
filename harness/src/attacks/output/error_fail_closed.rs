//! `error-fail-closed`: when something a control depends on fails, the answer is no.

use super::kill_each;
use crate::{attacks::prelude::*, matrix::has_clinic};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ERROR_FAIL_CLOSED / "audit-sink" = audit_sink,
        "The audit log takes no more events of organization A: a full disk, a broken partition, somebody's trigger.",
        "The receptionist reads who works here, a stranger and a wrong role try their luck: nothing may be answered unrecorded.",
        "Organization B, whose log works, is served as before; when the log is back, so is A.",
    ),
    attack!(
        ERROR_FAIL_CLOSED / "partial" = partial,
        "The audit log fails after a change's first row was written and before the change is committed.",
        "The administrator adds, grants and removes, the receptionist registers and corrects: nothing may last.",
    ),
    attack!(
        ERROR_FAIL_CLOSED / "full-disk" = full_disk,
        needs: Exclusive,
        "The disk of the database is full: every question is answered, and no change is taken.",
        "Somebody reads and changes meanwhile; the load balancer asks whether the service is ready.",
    ),
    attack!(
        ERROR_FAIL_CLOSED / "locked-database" = locked_database,
        needs: Exclusive,
        "Somebody else's transaction holds the lock that every audit event needs.",
        "An honest request, a forbidden one and one with a worthless token are sent at once.",
    ),
    attack!(
        ERROR_FAIL_CLOSED / "key-provider" = key_provider,
        needs: OwnIssuer,
        "The issuer's key set can't be fetched: errors, garbage, a flood. A service starts meanwhile, and has no keys.",
        "The attacker signs with a key the service has never seen and counts on nobody being able to check.",
    ),
    attack!(
        ERROR_FAIL_CLOSED / "kill-each" = kill_each::kill_each,
        needs: Exclusive.and(OwnIssuer).and(People),
        "One after the other the line to the database is cut, falls silent, is half a minute slow and garbles what it carries; its \
         only writer never ends; the issuer's keys are errors, silence and garbage.",
        "Each time somebody asks for what they may, and at the same moment with a wrong role, without the scope, with a revoked \
         token, suspended, with a key that nobody has seen, and with a forged signature.",
    ),
];

fn unavailable() -> Refusal {
    Refusal::problem(503, "dependency-unavailable").header("retry-after", "1")
}

/// The audit log refuses organization A's events, and only those.
struct Broken<'a> {
    scene: &'a Scene,
    name: String,
}

impl<'a> Broken<'a> {
    fn new(scene: &'a Scene) -> Self {
        Self { scene, name: format!("broken_{}", Uuid::new_v4().simple()) }
    }

    async fn breaks(&self) -> Result<(), AttackError> {
        let (name, observer) = (&self.name, self.scene.observer());
        let a = observer.id(self.scene.a());
        if observer.is_postgres() {
            observer.execute(&format!(
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left on device'; END $$"
            )).await?;
            observer.execute(&format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.organization_id = {a}) EXECUTE FUNCTION {name}()"
            )).await?;
        } else {
            observer.execute(&format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON audit_events WHEN NEW.organization_id = {a} BEGIN SELECT RAISE(ABORT, 'no space left on device'); END"
            )).await?;
        }
        Ok(())
    }

    async fn is_repaired(&self) -> Result<(), AttackError> {
        let (name, observer) = (&self.name, self.scene.observer());
        if observer.is_postgres() {
            observer.execute(&format!("DROP FUNCTION {name}() CASCADE")).await?;
        } else {
            observer.execute(&format!("DROP TRIGGER {name}")).await?;
        }
        Ok(())
    }
}

async fn audit_sink(scene: &Scene) -> Outcome {
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let suspended = scene.suspended().await?;
    let (member, foreign) = (scene.actor(ClinA2)?, scene.actor(ClinB)?);
    let in_b = scene.actor(RecepB)?;
    let control =
        Control::new(reception.get(&member.path()), 200).and(Control::new(in_b.get(&foreign.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let broken = Broken::new(scene);
    broken.breaks().await?;
    for (story, request) in [
        ("looks a colleague up", reception.get(&member.path())),
        ("so does a clinician", clinician.get(&member.path())),
        ("reads the audit log", scene.actor(AuditA)?.get("/v1/audit-events")),
        ("lists members", reception.get(&reception.members_path())),
        ("a wrong role", reception.with_scopes("audit:read")?.get("/v1/audit-events")),
        ("a missing scope", reception.with_scopes("profile:read")?.get(&member.path())),
        ("a suspended member", suspended.get(&member.path())),
        ("another organization's member", reception.get(&foreign.path())),
    ] {
        trial.refused(story, request, unavailable()).await;
    }
    // Whoever has no organization has a log that works.
    trial.refused("no token", scene.anyone().get(&member.path()), Refusal::unauthenticated()).await;
    let forged = reception.recipe().segments()?.with_signature(&[0; 64]);
    let forged = reception.get(&member.path()).bearer(forged);
    let answer = forged.send().await?;
    trial.found("a forged token", Finding::must(matches!(answer.status, 401 | 503), answer.summary()));
    trial.check("organization B", in_b.get(&foreign.path()), served).await;
    broken.is_repaired().await?;
    trial.check("after the repair", reception.get(&member.path()), served).await;
    let forbidden = reception.with_scopes("audit:read")?.get("/v1/audit-events");
    trial.refused("after the repair, forbidden", forbidden, Refusal::forbidden()).await;
    trial.conclude().await
}

fn served(answer: &Answer) -> Finding {
    if answer.status == 200 {
        Finding::Fine
    } else {
        Finding::Unclear(format!("an honest request got {}", answer.summary()))
    }
}

async fn partial(scene: &Scene) -> Outcome {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let patient = if has_clinic() { Some(scene.patient().await?) } else { None };
    let mut trial = Trial::begin(scene, Control::new(reception.get(&reception.path()), 200)).await?;
    let broken = Broken::new(scene);
    broken.breaks().await?;
    let new = json!({ "issuer": admin.issuer(), "subject": Uuid::new_v4(), "display_name": "New", "role": "admin" });
    let mut changes = vec![
        ("grants", admin.patch(&reception.path()).json(&json!({ "role": "admin" }))),
        ("adds a member", admin.post(&admin.members_path()).json(&new)),
        ("removes a member", admin.delete(&reception.path())),
    ];
    if let Some(patient) = &patient {
        changes.extend([
            ("registers", reception.post("/v1/patients").json(&NewPatient::unique().body())),
            ("corrects", reception.patch(&patient.path()).json(&json!({ "family_name": "Mallory" }))),
            ("discharges", scene.actor(ClinA1)?.post(&patient.discharge_path())),
        ]);
    }
    for (story, request) in changes {
        trial.refused(story, request, unavailable()).await;
    }
    broken.is_repaired().await?;
    trial.conclude().await
}

/// What the engine says when its disk is full, at every new row of these tables.
async fn fill_the_disk(scene: &Scene, name: &str, full: bool) -> Result<(), AttackError> {
    let observer = scene.observer();
    for table in ["audit_events", "members", "replays"] {
        let trigger = format!("{name}_{table}");
        let sql = match (observer.is_postgres(), full) {
            (true, true) => format!(
                "CREATE TRIGGER {trigger} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            ),
            (true, false) => format!("DROP TRIGGER {trigger} ON {table}"),
            (false, true) => format!(
                "CREATE TRIGGER {trigger} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            ),
            (false, false) => format!("DROP TRIGGER {trigger}"),
        };
        observer.execute(&sql).await?;
    }
    Ok(())
}

async fn full_disk(scene: &Scene) -> Outcome {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let ready = scene.anyone().get("/health/ready").to_operations();
    let control =
        Control::new(reception.get(&reception.members_path()), 200).and(Control::new(ready.clone(), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let name = format!("full_{}", Uuid::new_v4().simple());
    if scene.observer().is_postgres() {
        scene
            .observer()
            .execute(&format!(
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'could not extend file \"base/5/1259\": No space left on device'; END $$"
            ))
            .await?;
    }
    fill_the_disk(scene, &name, true).await?;
    let new = json!({ "issuer": admin.issuer(), "subject": Uuid::new_v4(), "display_name": "New", "role": "auditor" });
    trial.refused("adds a member", admin.post(&admin.members_path()).json(&new), unavailable()).await;
    trial.refused("lists members", reception.get(&reception.members_path()), unavailable()).await;
    let answer = ready.send().await?;
    trial.found("whether it is ready", Finding::must(answer.status == 503, answer.summary()));
    fill_the_disk(scene, &name, false).await?;
    if scene.observer().is_postgres() {
        scene.observer().execute(&format!("DROP FUNCTION {name}()")).await?;
    }
    let told = scene.observer().log.lines().iter().any(|line| line.contains("is the disk full?"));
    trial.found("the log", Finding::must(told, "does not say so"));
    trial.check("once there is room", reception.get(&reception.members_path()), served).await;
    trial.conclude().await
}

async fn locked_database(scene: &Scene) -> Outcome {
    let (reception, admin, member) = (scene.actor(RecepA)?, scene.actor(AdminA1)?, scene.actor(ClinA2)?);
    let read = reception.get(&member.path());
    let mut trial = Trial::begin(scene, Control::new(read.clone(), 200)).await?;
    let observer = scene.observer();
    if observer.is_postgres() {
        observer.execute("BEGIN").await?;
        observer.execute("LOCK TABLE audit_events IN EXCLUSIVE MODE").await?;
    } else {
        observer.execute("BEGIN IMMEDIATE").await?;
    }
    let attempts = [
        ("an honest read", read.clone()),
        ("an honest list", reception.get(&reception.members_path())),
        ("an honest change", admin.patch(&member.path()).json(&json!({ "display_name": "Mallory" }))),
        ("a wrong role", reception.with_scopes("audit:read")?.get("/v1/audit-events")),
        ("a forged token", read.bearer(reception.recipe().segments()?.with_signature(&[0; 64]))),
        ("no token", scene.anyone().get(&member.path())),
    ];
    let answers = futures_util::future::join_all(attempts.iter().map(|(_, request)| request.send())).await;
    observer.execute("ROLLBACK").await?;
    for ((story, _), answer) in attempts.iter().zip(answers) {
        let answer = answer?;
        trial.found(
            story,
            match (answer.status, answer.slug().as_deref()) {
                (503, Some("dependency-unavailable" | "overloaded"))
                    if answer.header("retry-after") == Some("1") =>
                {
                    Finding::Fine
                }
                (200..=299, _) => Finding::Breach(format!("served without a record: {}", answer.summary())),
                _ => Finding::Unclear(format!("answered {}", answer.summary())),
            },
        );
    }
    trial.conclude().await
}

async fn key_provider(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let issuer = scene.own_issuer()?;
    // The first unknown key makes the service ask; for a minute after that it knows better than to ask again.
    issuer.behave(Mode::Status(503));
    let unseen = || guest.recipe().signed_by(Arc::new(SigningKey::generate(Algorithm::EdDsa)?)).sign();
    trial.refused("an error", me.bearer(unseen()?), Refusal::invalid_token("token.kid")).await;
    let forbidden = guest.renewed()?.get("/v1/audit-events");
    trial.refused("an error: forbidden", forbidden, Refusal::insufficient_scope("audit:read")).await;
    for (story, mode) in [
        ("no key set", Mode::Jwks("{}".into())),
        ("garbage", Mode::Jwks("<html>".into())),
        ("more than anybody reads", Mode::Huge(300_000)),
    ] {
        issuer.behave(mode);
        let beside = scene.beside(|_, _| {}).await?;
        let me = beside.scene.actor(GuestA)?.get("/v1/me");
        trial.refused(story, me.clone().bearer(unseen()?), unavailable()).await;
        trial.refused(&format!("{story}: an honest token"), me, unavailable()).await;
    }
    issuer.behave(Mode::Honest);
    trial.conclude().await
}
