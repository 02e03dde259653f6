//! `authz-object-reference`: an id in a body, a filter or a field is checked like one in the address.

use crate::attacks::prelude::*;
use brigandine_api::protection::DB_RLS_FORCED;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_OBJECT_REFERENCE / "body" = body,
        needs: Clinic,
        "The receptionist registers patients whose clinician or login is somebody of B, somebody of the wrong kind, \
         somebody who has left, and nobody at all.",
        "She compares what she is told about somebody of B and about nobody.",
    ),
    attack!(
        AUTHZ_OBJECT_REFERENCE / "move" = move_over,
        needs: Clinic,
        "The receptionist hands a patient over to somebody of B and to somebody who treats nobody.",
    ),
    attack!(
        AUTHZ_OBJECT_REFERENCE / "nested" = nested,
        twin: Twin::Layered(&[&DB_RLS_FORCED]),
        "The administrator names her own organization and a member of the other one in one address.",
    ),
    attack!(
        AUTHZ_OBJECT_REFERENCE / "parent" = parent,
        needs: Clinic,
        "A clinician treats one patient, and reads another's record behind the one she treats.",
        "She ends a place on another care team behind the one she treats.",
    ),
    attack!(
        AUTHZ_OBJECT_REFERENCE / "list-filter" = list_filter,
        needs: Clinic,
        twin: Twin::Layered(&[&DB_RLS_FORCED]),
        "The receptionist lists the patients of a clinician whose id she has from B.",
    ),
    attack!(
        AUTHZ_OBJECT_REFERENCE / "header" = header,
        needs: Clinic,
        "A patient asks for another's record and says, in a header field, on whose behalf.",
    ),
];

fn unknown(pointer: &str) -> Refusal {
    Refusal::invalid("unknown-reference", pointer)
}

async fn body(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let clinician = scene.actor(ClinA1)?;
    let (foreign, foreign_login) = (scene.actor(ClinB)?, scene.actor(PatB)?);
    let gone = scene.exmember().await?;
    let register = |member_id, attending_member_id| {
        let sent = NewPatient { member_id, attending_member_id, ..NewPatient::unique() };
        reception.post("/v1/patients").json(&sent.body())
    };
    let honest = Control::made_anew(201, || register(None, Some(clinician.id())));
    let mut trial = Trial::begin(scene, honest).await?;

    let nobody = Some(Uuid::new_v4());
    let clinicians = [
        ("somebody of B as the clinician", Some(foreign.id())),
        ("nobody as the clinician", nobody),
        ("a receptionist as the clinician", Some(reception.id())),
        ("a former member as the clinician", Some(gone.id())),
        ("the organization as the clinician", Some(scene.a())),
    ];
    let mut answers = Vec::new();
    for (story, id) in clinicians {
        answers.push(trial.refused(story, register(None, id), unknown("/attending_member_id")).await);
    }
    trial.alike("foreign, absent and wrong can't be told apart", &answers);
    let logins = [
        ("a patient of B as the login", Some(foreign_login.id())),
        ("nobody as the login", nobody),
        ("a clinician as the login", Some(clinician.id())),
    ];
    let mut answers = Vec::new();
    for (story, id) in logins {
        answers.push(trial.refused(story, register(id, None), unknown("/member_id")).await);
    }
    trial.alike("foreign, absent and wrong can't be told apart", &answers);
    trial.conclude().await
}

async fn move_over(scene: &Scene) -> Outcome {
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let (foreign, suspended) = (scene.actor(ClinB)?, scene.suspended().await?);
    let away = scene.actor(ClinA2)?;
    let leave = scene.actor(AdminA1)?.patch(&away.path()).json(&json!({ "status": "suspended" }));
    scene.demand(&leave, 200).await?;
    let patient = scene.patient().await?;
    let hand_over = |to: Uuid| reception.patch(&patient.path()).json(&json!({ "attending_member_id": to }));
    let mut trial = Trial::begin(scene, Control::new(hand_over(clinician.id()), 200)).await?;

    for (story, to) in [
        ("to somebody of B", foreign.id()),
        ("to nobody", Uuid::new_v4()),
        ("to herself, who treats nobody", reception.id()),
        ("to somebody suspended", suspended.id()),
        ("to a suspended clinician", away.id()),
    ] {
        trial.refused(story, hand_over(to), unknown("/attending_member_id")).await;
    }
    trial.conclude().await
}

async fn nested(scene: &Scene) -> Outcome {
    let (admin, foreign) = (scene.actor(AdminA1)?, scene.actor(RecepB)?);
    let mut trial = Trial::begin(scene, Control::new(admin.get(&scene.actor(RecepA)?.path()), 200)).await?;

    let mixed = format!("{}/{}", admin.members_path(), foreign.id());
    let hidden = || Refusal::hidden("object");
    trial.refused("read", admin.get(&mixed), hidden()).await;
    let rename = json!({ "display_name": "Nobody" });
    trial.refused("change", admin.patch(&mixed).json(&rename), hidden()).await;
    trial.refused("remove", admin.delete(&mixed), hidden()).await;
    trial.conclude().await
}

async fn list_filter(scene: &Scene) -> Outcome {
    let (reception, own, foreign) = (scene.actor(RecepA)?, scene.actor(ClinA1)?, scene.actor(ClinB)?);
    let attended_by = |by: &Actor| NewPatient { attending_member_id: Some(by.id()), ..NewPatient::unique() };
    let patient = scene.patient_with(RecepA, attended_by(&own)).await?;
    let theirs = scene.patient_with(RecepB, attended_by(&foreign)).await?;
    let list = |id: Uuid| reception.get(&format!("/v1/patients?attending_member_id={id}"));
    let own_listed = {
        let name = patient.sent.family_name.clone();
        Control::judged(list(own.id()), 200, move |answer| answer.mentions(&name))
    };
    let mut trial = Trial::begin(scene, own_listed).await?;

    let empty = |answer: &Answer| match answer.json().pointer("/items").and_then(Value::as_array) {
        Some(items) if items.is_empty() => Finding::Fine,
        Some(_) => Finding::Breach(format!("patients of B are listed: {}", theirs.sent.family_name)),
        None => Finding::Unclear(answer.summary()),
    };
    let first = trial.check("the patients of a clinician of B", list(foreign.id()), empty).await;
    let second = trial.check("the patients of nobody", list(Uuid::new_v4()), empty).await;
    trial.alike("B's clinician and nobody can't be told apart", &[first, second]);
    trial.conclude().await
}

async fn header(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let mut trial = Trial::begin(scene, Control::new(owner.get(&record.path()), 200)).await?;

    for name in ["X-On-Behalf-Of", "X-Member-Id", "X-User-Id", "X-Original-User", "From"] {
        for value in [owner.id().to_string(), owner.subject().to_owned()] {
            let request = other.get(&record.path()).header(name, value);
            trial.refused(name, request, Refusal::hidden("object")).await;
        }
    }
    trial.conclude().await
}

async fn parent(scene: &Scene) -> Outcome {
    let (clinician, author) = (scene.actor(ClinA1)?, ClinA2);
    let (mine, other) = (scene.patient().await?, scene.patient().await?);
    scene.cares(ClinA1, &mine).await?;
    let place = scene.cares(author, &other).await?;
    let (own, record) = (scene.record_by(ClinA1, &mine).await?, scene.record_by(author, &other).await?);
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&own.path()), 200)).await?;

    let behind = record.path_behind(mine.id);
    let hidden = || Refusal::hidden("object");
    trial.refused("read", clinician.get(&behind), hidden()).await;
    trial.refused("its versions", clinician.get(&format!("{behind}/versions")), hidden()).await;
    let amendment = json!({ "body": "All fine.", "reason": "none" });
    let amends = clinician.post(&format!("{behind}/amendments")).json(&amendment);
    trial.refused("amend", amends, hidden()).await;
    let ends = clinician.delete(&format!("{}/{place}", mine.care_team_path()));
    trial.refused("end a place on another team", ends, hidden()).await;
    trial.conclude().await
}
