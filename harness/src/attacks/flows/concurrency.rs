//! `flow-concurrency`: no update is lost, and no slot is sold twice.

use crate::attacks::{
    booking::{midnight, new_slot, next_time},
    prelude::*,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FLOW_CONCURRENCY / "lost" = lost,
        needs: Clinic,
        "The receptionist and the clinician open the same patient; both correct what they see.",
        "Whoever saves second has not seen the first one's correction, and must be told so.",
        "They leave the tag away, send a weak one, one of another patient, and `*`.",
    ),
    attack!(
        FLOW_CONCURRENCY / "administrators" = administrators,
        "Two administrators open the same member; both change what they see.",
        "Whoever saves second must be told so; so must who names no tag, and nine of ten who save at the same moment.",
    ),
    attack!(
        FLOW_CONCURRENCY / "deleted" = deleted,
        "An administrator looks at a member and decides to remove them; a colleague changes the member meanwhile.",
        "She deletes what she saw, by its tag; then by no tag at all, and what has no tag by one that she made up.",
    ),
    attack!(
        FLOW_CONCURRENCY / "race" = race,
        needs: Clinic,
        "Two hundred holds of one slot arrive together: by reception, a program, and two patients.",
    ),
    attack!(
        FLOW_CONCURRENCY / "overlap" = overlap,
        needs: Clinic,
        "A clinician offers time that she has offered already, a little earlier and a little later.",
        "Twenty offers of the same time arrive together.",
    ),
    attack!(
        FLOW_CONCURRENCY / "partial" = super::partial::partial,
        needs: Exclusive.and(Clinic),
        "A process is in the midst of a hold: the slot's row is written, the record of who took it is not.",
        "It is killed at that moment, and another one starts on the same database.",
        "Nobody has the slot, nothing of the first try is left, and the client's second try with the same key takes it.",
    ),
];

fn correct(actor: &Actor, path: &str, name: &str) -> Request {
    actor.patch(path).json(&json!({ "given_name": name }))
}

/// The tag of what the actor sees.
async fn seen(scene: &Scene, actor: &Actor, path: &str) -> Result<String, AttackError> {
    let shown = scene.demand(&actor.get(path), 200).await?;
    let tag = shown.header("etag").map(str::to_owned);
    tag.ok_or_else(|| AttackError::Setup(format!("{path} carries no ETag")))
}

async fn lost(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let other = scene.patient().await?;
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let path = patient.path();
    let control = Control::made_anew(200, || correct(&reception, &path, "Ada"));
    let mut trial = Trial::begin(scene, control).await?;

    let late =
        || Refusal::problem(412, "precondition-failed").audit("request_refused", "precondition-failed");
    let (hers, his) = (seen(scene, &reception, &path).await?, seen(scene, &clinician, &path).await?);
    let first = correct(&reception, &path, "Grace").header("if-match", &hers);
    let saved = trial.honestly(scene.demand(&first, 200)).await?;
    let second = correct(&clinician, &path, "Gwen").header("if-match", &his);
    trial.refused("the second one saves over the first", second, late()).await;
    trial.refused("the first one saves once more", first, late()).await;
    let now = seen(scene, &reception, &path).await?;
    let told = saved.header("etag") == Some(now.as_str());
    trial
        .found("the tag of the answer", Finding::must(told, "the answer's tag is not the one that is shown"));

    let missing =
        || Refusal::problem(428, "precondition-required").audit("request_refused", "precondition-required");
    let plain = || correct(&clinician, &path, "Gwen").without("if-match");
    trial.refused("no tag", plain(), missing()).await;
    trial.refused("whatever is there", plain().header("if-match", "*"), missing()).await;
    let current = seen(scene, &clinician, &path).await?;
    let foreign = seen(scene, &clinician, &other.path()).await?;
    for (story, tag) in [
        ("a weak tag", format!("W/{current}")),
        ("another patient's tag", foreign),
        ("another reader's tag", now),
        ("a made-up tag", "\"0\"".to_owned()),
    ] {
        trial.refused(story, plain().header("if-match", &tag), late()).await;
    }
    let malformed = || Refusal::problem(400, "invalid-precondition");
    for tag in ["0", "\"0", current.trim_matches('"')] {
        trial.refused("no tag at all", plain().header("if-match", tag), malformed()).await;
    }
    discharge(&mut trial, &clinician, &other, missing, late).await;
    both_at_once(scene, &mut trial, &|name| correct(&reception, &path, name), &reception.get(&path)).await?;
    trial.conclude().await
}

async fn discharge(
    trial: &mut Trial<'_>,
    clinician: &Actor,
    other: &Patient,
    missing: impl Fn() -> Refusal,
    late: impl Fn() -> Refusal,
) {
    let discharge = clinician.post(&other.discharge_path()).without("if-match");
    trial.refused("discharges unseen", discharge.clone(), missing()).await;
    trial.refused("discharges as seen last week", discharge.header("if-match", "\"0\""), late()).await;
}

async fn administrators(scene: &Scene) -> Outcome {
    let (admin, other) = (scene.actor(AdminA1)?, scene.actor(AdminA2)?);
    let path = scene.actor(ClinA2)?.path();
    let rename = |by: &Actor, name: &str| by.patch(&path).json(&json!({ "display_name": name }));
    let mut trial = Trial::begin(scene, Control::made_anew(200, || rename(&admin, "Chris"))).await?;

    let late =
        || Refusal::problem(412, "precondition-failed").audit("request_refused", "precondition-failed");
    let missing =
        || Refusal::problem(428, "precondition-required").audit("request_refused", "precondition-required");
    let tag = seen(scene, &other, &path).await?;
    trial.honestly(scene.demand(&rename(&admin, "Kim").header("if-match", &tag), 200)).await?;
    trial
        .refused("the second saves over the first", rename(&other, "Sam").header("if-match", &tag), late())
        .await;
    trial.refused("unseen", rename(&other, "Sam").without("if-match"), missing()).await;
    both_at_once(scene, &mut trial, &|name| rename(&admin, name), &admin.get(&path)).await?;
    trial.conclude().await
}

async fn deleted(scene: &Scene) -> Outcome {
    let (admin, other) = (scene.actor(AdminA1)?, scene.actor(AdminA2)?);
    let added = scene.demand(&admin.post(&admin.members_path()).json(&admin.newcomer()), 201).await?;
    let path = added.header("location").unwrap_or_default().to_owned();
    let mut trial = Trial::begin(scene, Control::new(admin.get(&scene.actor(ClinA2)?.path()), 200)).await?;

    let late =
        || Refusal::problem(412, "precondition-failed").audit("request_refused", "precondition-failed");
    let tag = seen(scene, &admin, &path).await?;
    let promote = other.patch(&path).json(&json!({ "role": "clinician" }));
    trial.honestly(scene.demand(&promote, 200)).await?;
    trial.refused("as seen before", admin.delete(&path).header("if-match", &tag), late()).await;
    let current = seen(scene, &admin, &path).await?;
    let weak = admin.delete(&path).header("if-match", format!("W/{current}"));
    trial.refused("by a weak tag", weak, late()).await;
    let malformed = Refusal::problem(400, "invalid-precondition");
    let bare = admin.delete(&path).header("if-match", current.trim_matches('"'));
    trial.refused("by no tag", bare, malformed).await;
    let absent =
        admin.delete(&format!("{}/{}", admin.members_path(), Uuid::new_v4())).header("if-match", &tag);
    trial.refused("what is not there", absent, Refusal::absent()).await;

    let email = format!("{}@clinic.test", Uuid::new_v4().simple());
    let invite = admin.post(&format!("{}/invitations", admin.organization_path()));
    let invite = invite.json(&json!({ "email": email, "role": "reception" }));
    let invited = trial.honestly(scene.demand(&invite, 201)).await?;
    let invitation = invited.header("location").unwrap_or_default();
    let untagged = admin.delete(invitation).header("if-match", &tag);
    trial.refused("what has no tag", untagged, late()).await;

    let as_it_is = admin.delete(&path).header("if-match", &current);
    trial.honestly(scene.demand(&as_it_is, 204)).await?;
    trial.conclude().await
}

/// Ten corrections with one tag at the same moment: one is saved.
async fn both_at_once(
    scene: &Scene,
    trial: &mut Trial<'_>,
    change: &(dyn Fn(&str) -> Request + Sync),
    look: &Request,
) -> Result<(), AttackError> {
    let shown = scene.demand(look, 200).await?;
    let tag =
        shown.header("etag").ok_or_else(|| AttackError::Setup("what is shown carries no ETag".into()))?;
    let save = change("Mary").header("if-match", tag);
    let answers = trial.honestly(async { Ok::<_, AttackError>(save.send_together(10).await) }).await?;
    let count = |status: u16| answers.iter().flatten().filter(|answer| answer.status == status).count();
    // A busy machine may say 503; that is no lost update.
    let others = answers.len() - count(200) - count(412) - count(503);
    let finding = match (count(200), others) {
        (1, 0) => Finding::Fine,
        (0, _) => Finding::Unclear("none was saved".into()),
        (1, _) => Finding::Unclear(format!("{others} answers are neither 200 nor 412")),
        (saved, _) => Finding::Breach(format!("{saved} of ten corrections of one state were saved")),
    };
    trial.found("ten at once", finding);
    Ok(())
}

/// How many try for one slot.
const BUYERS: usize = 200;

async fn race(scene: &Scene) -> Outcome {
    let (first, second) = (scene.record_of(PatA1).await?, scene.record_of(PatA2).await?);
    let stranger = scene.patient().await?;
    let honest = Control::checked(move || async move {
        let made = async { scene.hold(ClinA2, &scene.patient().await?).await };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    });
    let slot = scene.slot_of(ClinA1).await?;
    let mut trial = Trial::begin(scene, honest).await?;

    let mut buyers = Vec::new();
    for (persona, patient, times) in [
        (RecepA, &stranger, 70),
        (MultiInA, &stranger, 70),
        (SvcARw, &stranger, 30),
        (PatA1, &first, 15),
        (PatA2, &second, 15),
    ] {
        let body = json!({ "patient_id": patient.id });
        let hold = scene.actor(persona)?.post(&slot.holds_path()).json(&body);
        buyers.extend(std::iter::repeat_n(hold, times));
    }
    let all = join_all(buyers.iter().map(Request::send_leisurely));
    let answers = trial.honestly(async { Ok::<_, AttackError>(all.await) }).await?;
    let mut sold = 0;
    for answer in answers {
        match answer? {
            answer if answer.status == 201 => sold += 1,
            // Whoever has it is told of the share that one may take; the others, that it is taken.
            answer if matches!(answer.slug().as_deref(), Some("slot-taken" | "hold-limit")) => {}
            answer => trial.found("all at once", Finding::Unclear(answer.summary())),
        }
    }
    trial.found("all at once", Finding::must(sold == 1, format!("sold {sold} times to {BUYERS}")));
    let filter = format!("slot_id = {} AND status = 'held'", scene.observer().id(slot.id));
    let rows = scene.observer().rows("appointments", &filter).await?.len();
    trial.found("in the database", Finding::must(rows == 1, format!("held {rows} times")));
    trial.conclude().await
}

async fn overlap(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let honest =
        Control::made_anew(201, || clinician.post("/v1/slots").json(&new_slot(clinician.id(), next_time())));
    let at = midnight(300);
    scene.slot_at(ClinA1, at).await?;
    let mut trial = Trial::begin(scene, honest).await?;
    let taken = || Refusal::problem(409, "conflict").audit("input_validation_fail", "conflict");
    for minutes in [-14, -5, 0, 5, 14] {
        let body = new_slot(clinician.id(), at + time::Duration::minutes(minutes));
        let story = format!("{minutes} minutes after it begins");
        trial.refused(&story, clinician.post("/v1/slots").json(&body), taken()).await;
    }
    let body = new_slot(clinician.id(), at + time::Duration::days(1));
    let offers = clinician.post("/v1/slots").json(&body);
    let all = join_all((0..20).map(|_| offers.send_leisurely()));
    let answers = trial.honestly(async { Ok::<_, AttackError>(all.await) }).await?;
    let made = answers.iter().filter(|answer| answer.as_ref().is_ok_and(Answer::succeeded)).count();
    trial.found(
        "the same time, twenty times at once",
        Finding::must(made == 1, format!("offered {made} times")),
    );
    trial.conclude().await
}
