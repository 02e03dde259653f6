//! `authz-immediate`: what is taken away is gone with the next request, however long the token lives.

use super::EVERY_SCOPE;
use crate::{
    attacks::{Hook, prelude::*},
    catcher::Manner,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_IMMEDIATE / "demote" = demote,
        needs: Clinic,
        "A clinician works with a token.",
        "She becomes a receptionist; with the same token she discharges a patient and reads the notes.",
    ),
    attack!(
        AUTHZ_IMMEDIATE / "suspend" = suspend,
        "Two receptionists work with tokens; one is suspended, the other removed.",
        "The organization B is closed. All of them go on.",
    ),
    attack!(
        AUTHZ_IMMEDIATE / "webhooks" = webhooks,
        needs: Time,
        "Organization B is told of something, and its endpoint is down for a moment.",
        "B is closed. The next try is due in five seconds.",
    ),
    attack!(
        AUTHZ_IMMEDIATE / "race" = race,
        needs: Clinic,
        "A receptionist registers patients as fast as she can while she is being suspended.",
        "As soon as the administrator has her answer, she sends fifty more.",
    ),
];

/// The first retry comes after five seconds, and is looked for every second.
const RETRIED: Duration = Duration::from_secs(14);

fn inactive() -> Refusal {
    Refusal::invalid_token("member.inactive")
}

async fn demote(scene: &Scene) -> Outcome {
    let (admin, clinician, other) = (scene.actor(AdminA1)?, scene.actor(ClinA1)?, scene.actor(ClinA2)?);
    let demoted = clinician.with_scopes(EVERY_SCOPE)?;
    let patient = scene.patient().await?;
    scene.demand(&other.patch(&patient.path()).json(&json!({ "notes": "confidential" })), 200).await?;
    // She works with this very token, so that whatever is remembered about it is remembered.
    let before = scene.demand(&demoted.get(&patient.path()), 200).await?;
    if !before.mentions("confidential") {
        return Err(AttackError::Setup("the clinician does not see the notes to begin with".into()));
    }
    let mut trial = Trial::begin(scene, Control::new(other.get(&patient.path()), 200)).await?;

    let change = admin.patch(&clinician.path()).json(&json!({ "role": "reception" }));
    trial.honestly(scene.demand(&change, 200)).await?;
    trial.refused("discharges", demoted.post(&patient.discharge_path()), Refusal::forbidden()).await;
    let read = |answer: &Answer| {
        let clear = if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
        clear.and(Finding::must(!answer.mentions("confidential"), "a receptionist reads clinical notes"))
    };
    trial.check("reads", demoted.get(&patient.path()), read).await;
    let change = admin.patch(&clinician.path()).json(&json!({ "role": "auditor" }));
    trial.honestly(scene.demand(&change, 200)).await?;
    let rename = demoted.patch(&patient.path()).json(&json!({ "family_name": "Berg" }));
    trial.refused("corrects", rename, Refusal::forbidden()).await;
    trial.refused("reads as an auditor", demoted.get(&patient.path()), Refusal::forbidden()).await;
    trial.conclude().await
}

async fn suspend(scene: &Scene) -> Outcome {
    let colleague = scene.actor(ClinA1)?;
    let (suspended, former) = (scene.actor(SuspendedA)?, scene.actor(ExmemberA)?);
    let closed = [scene.actor(RecepB)?, scene.actor(AdminB)?, scene.actor(PatB)?];
    // All have been at work already, so that whatever is remembered about them is remembered.
    for actor in closed.iter().chain([&suspended, &former]) {
        scene.demand(&actor.get("/v1/me"), 200).await?;
    }
    let control = Control::new(scene.actor(RecepA)?.get(&colleague.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;

    trial.honestly(scene.suspended()).await?;
    trial.honestly(scene.exmember()).await?;
    let back = scene.actor(AdminA1)?.patch(&former.path()).json(&json!({ "status": "active" }));
    trial.refused("who was removed is brought back", back, Refusal::problem(409, "conflict")).await;
    for actor in [suspended, former] {
        let name = actor.persona().name();
        trial.refused(name, actor.get("/v1/me"), inactive()).await;
        trial.refused(name, actor.get(&colleague.path()), inactive()).await;
        let new = actor.post(&actor.members_path()).json(&actor.newcomer());
        trial.refused(name, new.bearer(actor.with_scopes(EVERY_SCOPE)?.token()), inactive()).await;
        let renewed = actor.renewed()?;
        trial.refused("with a new token", renewed.get(&colleague.path()), inactive()).await;
    }
    let close =
        format!("UPDATE organizations SET status = 'closed' WHERE id = {}", scene.observer().id(scene.b()));
    trial.honestly(scene.observer().execute(&close)).await?;
    for actor in closed {
        trial.refused("of a closed organization", actor.get("/v1/me"), inactive()).await;
        trial.refused("of a closed organization", actor.get("/v2/organization"), inactive()).await;
    }
    trial.conclude().await
}

async fn webhooks(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminB).await?;
    let control = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    scene.catcher().behave(&hook.token, Manner::Status(503));
    let before = scene.catcher().arrivals(&hook.token).len();
    let rename = hook.admin.patch(&scene.actor(ClinB)?.path()).json(&json!({ "display_name": "Renamed" }));
    let rename = rename.bearer(scene.actor(AdminB)?.token());
    trial.honestly(scene.demand(&rename, 200)).await?;
    let close =
        format!("UPDATE organizations SET status = 'closed' WHERE id = {}", scene.observer().id(scene.b()));
    if scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await.is_none() {
        return Err(AttackError::Setup("the event does not arrive to begin with".into()));
    }
    trial.honestly(scene.observer().execute(&close)).await?;
    // On a slow machine it may have been told again before.
    let then = scene.catcher().arrivals(&hook.token).len();
    tokio::time::sleep(RETRIED).await;
    let more = scene.catcher().arrivals(&hook.token).len().saturating_sub(then);
    trial.found("after the closing", Finding::must(more == 0, "the closed organization is told again"));
    trial.conclude().await
}

async fn race(scene: &Scene) -> Outcome {
    const AT_ONCE: usize = 25;
    const AFTERWARDS: usize = 50;
    let victim = scene.actor(SuspendedA)?;
    let register = || victim.post("/v1/patients").json(&NewPatient::unique().body());
    scene.demand(&register(), 201).await?;
    let control = Control::new(scene.actor(RecepA)?.get("/v1/patients"), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let mine = format!("registered_by = {}", scene.observer().id(victim.id()));
    let in_flight: Vec<Request> = (0..AT_ONCE).map(|_| register()).collect();
    let flight = async {
        let sent = join_all(in_flight.iter().map(Request::send));
        let (answers, suspended) = futures_util::future::join(sent, scene.suspended()).await;
        suspended.map(|_| answers)
    };
    let answers = trial.honestly(flight).await?;
    let odd = answers.into_iter().flatten().find(|answer| !matches!(answer.status, 201 | 401 | 429 | 503));
    let finding = odd.map_or(Finding::Fine, |answer| Finding::Unclear(answer.summary()));
    trial.found("in flight", finding);

    let settled = scene.observer().rows("patients", &mine).await?.len();
    let late: Vec<Request> = (0..AFTERWARDS).map(|_| register()).collect();
    for answer in join_all(late.iter().map(Request::send_patiently)).await.into_iter().flatten() {
        let finding = match answer.status {
            401 => Finding::Fine,
            _ if answer.succeeded() => Finding::Breach("she registers patients after her suspension".into()),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("afterwards", finding);
    }
    let now = scene.observer().rows("patients", &mine).await?.len();
    trial.found("the rows", Finding::must(now == settled, "rows of hers appeared after her suspension"));
    trial.conclude().await
}
