//! `limit-page-batch`: nobody takes the whole list at once.

use crate::attacks::{
    booking::{new_slot, next_time},
    prelude::*,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LimitPageBatch / "big" = big,
        "The receptionist lists members, a hundred a page.",
        "She asks for more on one page, for none, for all, in numbers that overflow, and by offset.",
    ),
    attack!(
        LimitPageBatch / "whole" = whole,
        "The administrator adds two dozen members, and the receptionist lists them without naming a page size.",
        "She tries to get all of them at once: by a larger page, by a list of lists, by several calls in one.",
    ),
    attack!(
        LimitPageBatch / "batch" = batch,
        needs: Clinic,
        "A clinician offers fifty slots in one call.",
        "She offers fifty-one; fifty of which one is the time of another clinic's clinician; and fifty again and again.",
    ),
];

fn out_of_range() -> Refusal {
    Refusal::invalid("limit-out-of-range", "?limit")
}

async fn big(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let list = |query: &str| reception.get(&format!("{members}?{query}"));
    let control = Control::new(list("limit=100"), 200).and(Control::new(list("limit=1"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let sizes = [
        "101",
        "0",
        "-1",
        "1000000000",
        "4294967295",
        "4294967296",
        "9223372036854775808",
        "1e2",
        "10.0",
        "0x10",
        "%2B5",
        "%205",
        "",
        "all",
        "null",
        "%D9%A1",
        "5;10",
    ];
    for size in sizes {
        trial.refused(&format!("limit={size}"), list(&format!("limit={size}")), out_of_range()).await;
    }
    let events = scene.actor(AuditA)?.get("/v1/audit-events?limit=101");
    trial.refused("101 audit events", events, out_of_range()).await;
    trial
        .refused("two limits", list("limit=5&limit=100"), Refusal::problem(400, "duplicate-parameter"))
        .await;
    for unknown in ["offset=1000000", "page=2", "skip=10", "per_page=1000", "page_size=1000"] {
        trial.refused(unknown, list(unknown), Refusal::problem(400, "unknown-parameter")).await;
    }
    trial.conclude().await
}

async fn whole(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let (admin, members) = (scene.actor(AdminA1)?, reception.members_path());
    for _ in 0..24 {
        scene.demand(&admin.post(&members).json(&admin.newcomer()), 201).await?;
    }
    let list = reception.get(&members);
    let count = |answer: &Answer| answer.json().get("items").and_then(Value::as_array).map_or(0, Vec::len);
    let twenty = move |answer: &Answer| count(answer) == 20 && answer.string("/next").is_some();
    let mut trial = Trial::begin(scene, Control::judged(list, 200, twenty)).await?;

    let more = reception.get(&format!("{members}?limit=5000"));
    trial.refused("all of them on one page", more, out_of_range()).await;
    let batch: Vec<Value> = (0..51).map(|_| admin.newcomer()).collect();
    let batch = admin.post(&members).json(&json!(batch));
    trial.refused("51 new members in one call", batch, Refusal::invalid("validation-failed", "")).await;
    for path in ["/v1/batch", "/v1/$batch", "/batch", "/v1/bulk", "/graphql"] {
        let request = reception.post(path).json(&json!([{ "method": "GET", "path": members }]));
        trial.refused(path, request, Refusal::absent()).await;
    }
    trial.conclude().await
}

async fn batch(scene: &Scene) -> Outcome {
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let stranger = scene.actor(ClinB)?.id();
    let offer = |by: &Actor, slots: Vec<Value>| by.post("/v1/slots/batch").json(&json!({ "slots": slots }));
    let time_of = |member: Uuid| new_slot(member, next_time());
    let honest = {
        let (reception, member) = (reception.clone(), clinician.id());
        move || offer(&reception, (0..2).map(|_| time_of(member)).collect())
    };
    let mut trial = Trial::begin(scene, Control::made_anew(201, honest)).await?;

    let many = offer(&reception, (0..51).map(|_| time_of(clinician.id())).collect());
    trial.refused("fifty-one", many, Refusal::invalid("validation-failed", "/slots")).await;
    let mixed = (0..50).map(|place| time_of(if place == 6 { stranger } else { clinician.id() })).collect();
    let refusal = Refusal::invalid("unknown-reference", "/slots/6/clinician_member_id");
    trial.refused("a stranger's time among fifty", offer(&reception, mixed), refusal).await;
    let twice = new_slot(clinician.id(), next_time());
    let refusal = Refusal::problem(409, "conflict");
    trial.refused("the same time twice", offer(&reception, vec![twice.clone(), twice]), refusal).await;

    // Each of them costs fifty of the hundred that she has at once, and ten come back in a second.
    let fifty = || offer(&clinician, (0..50).map(|_| time_of(clinician.id())).collect());
    let requests: Vec<Request> = (0..8).map(|_| fifty()).collect();
    let answers =
        trial.honestly(async { Ok::<_, AttackError>(join_all(requests.iter().map(Request::send)).await) });
    let answers = answers.await?.into_iter().collect::<Result<Vec<Answer>, _>>()?;
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    let finding = Finding::must(refused > 0, "four hundred slots counted as eight requests".to_owned());
    trial.found("eight times fifty", finding);
    trial.conclude().await
}
