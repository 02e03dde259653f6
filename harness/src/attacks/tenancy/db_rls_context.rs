//! `db-rls-context`: a connection knows the tenant of the request that holds it, and of no earlier one.

use crate::attacks::prelude::*;
use crate::attacks::{Beside, set};
use brigandine_api::protection::TENANT_ISOLATION;
use futures_util::future::join_all;

const WITHOUT_FILTERS: Twin = Twin::Also(&[&TENANT_ISOLATION]);

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DB_RLS_CONTEXT / "leak" = leak,
        needs: Postgres.and(Clinic),
        twin: WITHOUT_FILTERS,
        "The service has a single connection. B works, and runs into conflicts and refusals in the midst of it.",
        "A lists and looks again, on the connection that B has just left.",
    ),
    attack!(
        DB_RLS_CONTEXT / "async" = interleaved,
        needs: Postgres.and(Clinic),
        twin: WITHOUT_FILTERS,
        "A and B send two hundred requests, twenty at once, to a service with a single connection: lists, their own patient, \
         and the other's.",
        "Every id that comes back is compared with whose it is.",
    ),
    attack!(
        DB_RLS_CONTEXT / "inject" = inject,
        needs: Postgres.and(Clinic),
        twin: WITHOUT_FILTERS,
        "A provider that the service trusts writes into the tenant of a token what ends the statement that sets it.",
        "A clinician of A lists, reads and changes with such tokens; the texts name B.",
    ),
];

/// A process of its own with one worker and one connection, so that every request follows another's.
async fn one_connection(scene: &Scene) -> Result<Beside, AttackError> {
    scene
        .beside(|settings, _| {
            set(settings, "server.workers", 1_i64);
            set(settings, "database.connections_per_worker", 1_i64);
        })
        .await
}

/// The readers of one side, their patient, and the words that must never reach them.
struct Side {
    reader: Actor,
    writer: Actor,
    own: Patient,
    /// The other side's patient.
    other: String,
    foreign: Vec<String>,
}

impl Side {
    async fn both(scene: &Scene, through: &Scene) -> Result<[Self; 2], AttackError> {
        let (in_a, in_b) = (scene.patient().await?, scene.patient_in_b().await?);
        let traces = |patient: &Patient, member: Uuid| {
            vec![patient.id.to_string(), patient.sent.family_name.clone(), member.to_string()]
        };
        let (a, b) = (traces(&in_a, scene.actor(AdminA1)?.id()), traces(&in_b, scene.actor(AdminB)?.id()));
        let (path_a, path_b) = (in_a.path(), in_b.path());
        let side = |reader, writer, own, other, foreign| {
            Ok::<_, AttackError>(Self {
                reader: through.actor(reader)?,
                writer: through.actor(writer)?,
                own,
                other,
                foreign,
            })
        };
        Ok([side(ClinA1, RecepA, in_a, path_b, b)?, side(ClinB, RecepB, in_b, path_a, a)?])
    }

    fn reads(&self) -> [Request; 3] {
        [
            self.reader.get("/v1/patients?limit=100"),
            self.reader.get(&format!("{}?limit=100", self.reader.members_path())),
            self.reader.get(&self.own.path()),
        ]
    }

    fn judge(&self, answer: &Answer) -> Finding {
        if self.foreign.iter().any(|word| answer.mentions(word)) {
            return Finding::Breach("the answer shows the other organization's rows".into());
        }
        match answer.status {
            200 => Finding::Fine,
            _ => Finding::Unclear(answer.summary()),
        }
    }
}

async fn leak(scene: &Scene) -> Outcome {
    let beside = one_connection(scene).await?;
    let sides = Side::both(scene, &beside.scene).await?;
    let [a, b] = &sides;
    let control = Control::new(a.reader.get("/v1/me"), 200).and(Control::new(b.reader.get("/v1/me"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let unlucky = |side: &Side| {
        [
            side.writer.post("/v1/patients").json(&side.own.sent.body()),
            side.writer.patch(&side.own.path()).json(&json!({ "attending_member_id": Uuid::new_v4() })),
            side.writer.get(&format!("/v1/patients/{}", Uuid::new_v4())),
        ]
    };
    for (worker, reader) in [(b, a), (a, b), (b, a)] {
        for interrupted in unlucky(worker) {
            let answer = interrupted.send().await?;
            if answer.succeeded() {
                trial.found("what must fail midway", Finding::Unclear(answer.summary()));
            }
            for (request, judged) in worker
                .reads()
                .into_iter()
                .map(|read| (read, worker))
                .chain(reader.reads().map(|read| (read, reader)))
            {
                let story = format!("{} after {}", judged.reader.persona().name(), interrupted.describe());
                trial.check(&story, request, |answer| judged.judge(answer)).await;
            }
        }
    }
    trial.conclude().await
}

async fn interleaved(scene: &Scene) -> Outcome {
    const ROUNDS: usize = 10;
    const AT_ONCE: usize = 10;
    let beside = one_connection(scene).await?;
    let sides = Side::both(scene, &beside.scene).await?;
    let [a, b] = &sides;
    let control = Control::new(a.reader.get("/v1/me"), 200).and(Control::new(b.reader.get("/v1/me"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    for round in 0..ROUNDS {
        let requests: Vec<(&Side, Request)> = (0..AT_ONCE)
            .flat_map(|number| {
                [a, b].map(|side| {
                    // The limits of one member would be reached before two hundred requests.
                    let by = if (round + number) % 2 == 0 { &side.reader } else { &side.writer };
                    // Lists have a transaction each; single reads share a connection with whatever else is on its way.
                    let request = match number % 4 {
                        0 | 1 => by.get("/v1/patients?limit=100"),
                        2 => by.get(&side.own.path()),
                        _ => by.get(&side.other),
                    };
                    (side, request)
                })
            })
            .collect();
        let answers = join_all(requests.iter().map(|(_, request)| request.send())).await;
        for ((side, request), answer) in requests.iter().zip(answers) {
            let finding = match answer {
                // One connection may well be busy for longer than a request waits.
                Ok(answer) if answer.status == 503 => Finding::Fine,
                Ok(answer) if answer.status == 404 && request.describe().contains(&side.other) => {
                    Finding::Fine
                }
                Ok(answer) => side.judge(&answer),
                Err(error) => Finding::Unclear(error.to_string()),
            };
            trial.found(&format!("round {round}"), finding);
        }
    }
    trial.conclude().await
}

async fn inject(scene: &Scene) -> Outcome {
    let [a, _] = &Side::both(scene, scene).await?;
    let list = a.reader.get("/v1/patients?limit=100");
    let shows_own = {
        let name = a.own.sent.family_name.clone();
        Control::judged(list.clone(), 200, move |answer| answer.mentions(&name))
    };
    let mut trial = Trial::begin(scene, shows_own).await?;
    let (own, other) = (scene.a(), scene.b());
    let rename = || json!({ "family_name": "Stolen" });
    for org in [
        format!("{own}'; SET app.tenant = '{other}"),
        format!("{own}'; SET LOCAL app.tenant = '{other}"),
        format!("{own}'; SELECT set_config('app.tenant', '{other}', false); SELECT '"),
        format!("{own}'; SET app.realm = 'identity"),
        format!("{own}'; SET app.realm = 'operator"),
        format!("{own}'; RESET ROLE; --"),
        format!("{own}' --"),
        format!("{own}\u{0}"),
        format!("{own}\n{other}"),
        format!("{{{own}}}"),
        format!("urn:uuid:{own}"),
        own.simple().to_string(),
        own.to_string().to_uppercase(),
    ] {
        let token = a.reader.recipe().claim("org", org.as_str()).sign()?;
        for request in [
            list.clone(),
            a.reader.get(&a.other),
            a.reader.get(&a.own.path()),
            a.reader.patch(&a.other).json(&rename()).header("if-match", "\"x\""),
        ] {
            let story = format!("{} for {org:?}", request.describe());
            let judge = |answer: &Answer| match answer.slug().as_deref() {
                Some("invalid-token") if answer.status == 401 => Finding::Fine,
                _ if a.foreign.iter().any(|word| answer.mentions(word)) => {
                    Finding::Breach("the answer shows the other organization's rows".into())
                }
                // Another spelling of the very same id is no other tenant.
                _ if Uuid::parse_str(&org) == Ok(own) && answer.status != 500 => Finding::Fine,
                _ => Finding::Unclear(answer.summary()),
            };
            trial.check(&story, request.bearer(&token), judge).await;
        }
    }
    trial.conclude().await
}
