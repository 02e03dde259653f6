//! `tenant-isolation`: nothing of one organization is within another's reach or in another's answers.

use super::reuse::reuse;
use crate::{
    attacks::{
        limits::flood::{flood, written},
        prelude::*,
    },
    matrix::has_clinic,
};
use brigandine_api::protection::DB_RLS_FORCED;

const BEHIND_ROWS: Twin = Twin::Layered(&[&DB_RLS_FORCED]);

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TENANT_ISOLATION / "replay-all" = replay_all,
        twin: BEHIND_ROWS,
        "Staff of A read members and patients, rename, correct and discharge.",
        "Every one of these requests is sent again, unchanged but for a token of the same role in B.",
    ),
    attack!(
        TENANT_ISOLATION / "residual" = residual,
        needs: Clinic,
        twin: BEHIND_ROWS,
        "A and B register patients with words that occur nowhere else, and work.",
        "Everything that the other one receives is searched for them.",
    ),
    attack!(
        TENANT_ISOLATION / "reuse" = reuse,
        twin: BEHIND_ROWS,
        "Organization A works, is closed, and is gone. Somebody else founds one of the very same name.",
        "Its administrator, receptionist, clinician and auditor read everything that there is to read.",
    ),
    attack!(
        TENANT_ISOLATION / "noisy" = noisy,
        "Eight members of A ask for what they may not have, as fast as they may: each refusal is an event for the audit log.",
        "Members of B read what is recorded meanwhile, and none is told to come back: A fills no queue that B waits in.",
    ),
];

async fn replay_all(scene: &Scene) -> Outcome {
    let record = if has_clinic() { Some(scene.record_of(PatA1).await?) } else { None };
    let colleague = scene.actor(ClinA2)?;
    let mut control = Control::new(scene.actor(RecepA)?.get(&colleague.path()), 200);
    if let Some(record) = &record {
        let (read, name) = (scene.actor(ClinA1)?.get(&record.path()), record.sent.family_name.clone());
        control = control.and(Control::judged(read, 200, move |answer| answer.mentions(&name)));
    }
    let mut trial = Trial::begin(scene, control).await?;

    let pairs = [(RecepA, RecepB), (ClinA1, ClinB), (AdminA1, AdminB), (AuditA, AuditB), (PatA1, PatB)];
    let phone = json!({ "phone": "+4930555012" });
    let rename = json!({ "display_name": "Chris" });
    for (of_a, of_b) in pairs {
        let (own, foreign) = (scene.actor(of_a)?, scene.actor(of_b)?);
        let address = format!("{}/{}", foreign.members_path(), colleague.id());
        let mut attempts = vec![
            (own.get(&colleague.path()), foreign.get(&address)),
            (own.patch(&colleague.path()).json(&rename), foreign.patch(&address).json(&rename)),
        ];
        if let Some(record) = &record {
            attempts.extend([
                (own.get(&record.path()), foreign.get(&record.path())),
                (own.patch(&record.path()).json(&phone), foreign.patch(&record.path()).json(&phone)),
                (own.post(&record.discharge_path()), foreign.post(&record.discharge_path())),
            ]);
        }
        for (honest, replayed) in attempts {
            // Only what A's own member may do is worth replaying.
            if trial.honestly(honest.send()).await?.succeeded() {
                let story = format!("{}: {}", of_b.name(), honest.describe());
                trial.refused(&story, replayed, Refusal::hidden("object")).await;
            }
        }
        for target in [own.organization_path(), own.members_path()] {
            let allowed = trial.honestly(own.get(&target).send()).await?.succeeded();
            if allowed {
                let story = format!("{}: {target}", of_b.name());
                trial.refused(&story, foreign.get(&target), Refusal::hidden("organization")).await;
            }
        }
    }
    trial.conclude().await
}

async fn residual(scene: &Scene) -> Outcome {
    let (in_a, in_b) = (scene.record_of(PatA1).await?, scene.record_of(PatB).await?);
    let control = Control::new(scene.actor(RecepA)?.get(&in_a.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let traces = |patient: &Patient, staff: [Persona; 3], organization: Uuid| {
        let sent = &patient.sent;
        let mut words = vec![
            patient.id.to_string(),
            organization.to_string(),
            sent.given_name.clone(),
            sent.family_name.clone(),
            sent.national_id.clone(),
            sent.phone.clone(),
            sent.metadata_canary.clone(),
        ];
        for persona in staff {
            words.push(scene.actor(persona)?.id().to_string());
        }
        Ok::<_, AttackError>(words)
    };
    let of_a = traces(&in_a, [RecepA, AdminA1, PatA1], scene.a())?;
    let of_b = traces(&in_b, [RecepB, AdminB, PatB], scene.b())?;
    let readers =
        [([RecepA, ClinA1, AdminA1, AuditA, PatA1], &of_b), ([RecepB, ClinB, AdminB, AuditB, PatB], &of_a)];
    for (personas, foreign) in readers {
        for persona in personas {
            let actor = scene.actor(persona)?;
            for target in [
                "/v1/me".into(),
                "/v1/patients?limit=100".into(),
                "/v1/patients?limit=100&sort=-created_at".into(),
                "/v1/audit-events?limit=100".into(),
                "/v2/organization".into(),
                format!("{}?limit=100", actor.members_path()),
            ] {
                let judge = |answer: &Answer| match foreign.iter().position(|word| answer.mentions(word)) {
                    Some(at) => {
                        Finding::Breach(format!("the answer holds the other organization's trace {at}"))
                    }
                    None => Finding::Fine,
                };
                trial.check(&format!("{} reads {target}", persona.name()), actor.get(&target), judge).await;
            }
        }
    }
    let metrics = scene.anyone().get("/metrics").to_operations();
    let judge = |answer: &Answer| {
        let named = of_a.iter().chain(&of_b).any(|word| answer.mentions(word));
        Finding::must(!named, "a metric is labelled with an organization's data")
    };
    trial.check("the metrics", metrics, judge).await;
    trial.conclude().await
}

async fn noisy(scene: &Scene) -> Outcome {
    let (reader, colleague) = (scene.actor(RecepB)?, scene.actor(ClinB)?);
    let recorded = reader.get(&colleague.path());
    let mut trial = Trial::begin(scene, Control::new(recorded.clone(), 200)).await?;
    let mut forbidden = Vec::new();
    for persona in [AdminA1, AdminA2, ClinA1, ClinA2, RecepA, AuditA, PatA1, PatA2] {
        let member = scene.actor(persona)?.with_scopes("profile:read")?;
        forbidden.extend(vec![member.get(&member.members_path()); 70]);
    }
    let reads = async {
        let mut answers = Vec::new();
        for _ in 0..50 {
            answers.push(recorded.send().await?);
        }
        Ok::<_, AttackError>(answers)
    };
    let (outcome, answers) = futures_util::future::join(flood(forbidden, 8), reads).await;
    let outcome = outcome?;
    // A machine that is busy with others, too, may turn a few away; a queue that A fills turns away nearly all.
    let delayed = answers?.iter().filter(|answer| answer.status != 200).count();
    let told = format!("{delayed} of 50 were not served");
    let finding = match delayed {
        0 => Finding::Fine,
        1..=25 => Finding::Unclear(told),
        _ => Finding::Breach(told),
    };
    trial.found("B's reads", finding);
    let filter = format!("organization_id = {} AND outcome = 'failure'", scene.observer().id(scene.a()));
    trial.found("A's share of the log", written(scene, &outcome, &filter, 300.0, 2.0).await?);
    trial.conclude().await
}
