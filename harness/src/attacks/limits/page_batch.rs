//! `limit-page-batch`: nobody takes the whole list at once.

use super::flood::flood;
use crate::{
    attacks::{
        booking::{new_slot, next_time},
        operations,
        prelude::*,
    },
    matrix::endpoints,
};
use futures_util::future::join_all;
use std::time::Instant;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_PAGE_BATCH / "big" = big,
        "The receptionist lists members, a hundred a page.",
        "She asks for more on one page, for none, for all, in numbers that overflow, and by offset.",
    ),
    attack!(
        LIMIT_PAGE_BATCH / "whole" = whole,
        "The administrator adds two dozen members, and the receptionist lists them without naming a page size.",
        "She tries to get all of them at once: by a larger page, by a list of lists, by several calls in one.",
    ),
    attack!(
        LIMIT_PAGE_BATCH / "deep" = deep,
        "Somebody who may read it asks every list for the millionth row: by offset, by page, by a million rows behind a cursor.",
        "The receptionist turns the pages of the members one by one to the end, and comes back to one page a thousand times.",
    ),
    attack!(
        LIMIT_PAGE_BATCH / "batch" = batch,
        needs: Clinic,
        "A clinician offers fifty slots in one call.",
        "She offers fifty-one; fifty of which one is the time of another clinic's clinician; and fifty again and again.",
        "A receptionist asks for everything about somebody who had two thousand appointments, in one file.",
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

    let fifty = || offer(&clinician, (0..50).map(|_| time_of(clinician.id())).collect());
    let requests: Vec<Request> = (0..8).map(|_| fifty()).collect();
    let begun = Instant::now();
    let answers =
        trial.honestly(async { Ok::<_, AttackError>(join_all(requests.iter().map(Request::send)).await) });
    let answers = answers.await?.into_iter().collect::<Result<Vec<Answer>, _>>()?;
    // Each of them costs fifty of the hundred that she has at once, and ten come back in a second.
    let taken = answers.iter().filter(|answer| answer.status == 201).count() * 50;
    let allowed = 100.0 + 10.0 * begun.elapsed().as_secs_f64();
    let finding = match answers.iter().find(|answer| !matches!(answer.status, 201 | 429 | 503)) {
        Some(odd) => Finding::Unclear(odd.summary()),
        None if allowed >= 400.0 => Finding::Unclear("they took half a minute".into()),
        None => Finding::must(taken as f64 <= allowed, format!("{taken} slots, where {allowed:.0} may be")),
    };
    trial.found("eight times fifty", finding);

    let crowded = async {
        let patient = scene.patient().await?;
        many_appointments(scene, &patient).await?;
        scene.approved_export(RecepA, &patient, "json").await
    };
    let export = trial.honestly(crowded).await?;
    let refusal = Refusal::problem(409, "export-too-large");
    trial.refused("a file of two thousand appointments", export.download(scene)?, refusal).await;
    trial.conclude().await
}

/// Every list, by the document: whatever takes `limit`.
async fn lists(scene: &Scene) -> Result<Vec<(Actor, String)>, AttackError> {
    let operations = operations(scene).await?;
    let takes_limit = |operation: &Value| {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter.get("name") == Some(&json!("limit")))
    };
    let mut lists = Vec::new();
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.method == "GET" && !endpoint.over) {
        let operation = operations.get(&(endpoint.method.clone(), endpoint.path.to_owned()));
        if operation.is_some_and(takes_limit) {
            let caller = scene.somebody_who_may(endpoint)?;
            let path = scene.call_within_reach(&caller, endpoint).await?.path;
            lists.push((caller, path));
        }
    }
    Ok(lists)
}

async fn deep(scene: &Scene) -> Outcome {
    let (reception, lists) = (scene.actor(RecepA)?, lists(scene).await?);
    let members = reception.members_path();
    let first = reception.get(&format!("{members}?limit=1"));
    // By somebody else, as the receptionist will have used up what she may ask.
    let honest = scene.actor(ClinA2)?.get(&format!("{members}?limit=1"));
    let mut trial = Trial::begin(scene, Control::new(honest, 200)).await?;
    let finding = if lists.len() > 3 { Finding::Fine } else { Finding::Unclear("they are not found".into()) };
    trial.found("the lists", finding);
    let unknown = || Refusal::problem(400, "unknown-parameter");
    for (caller, path) in lists {
        let asks = |query: &str| caller.get(&format!("{path}?{query}"));
        trial.refused(&format!("{path}: the millionth"), asks("limit=1&offset=1000000"), unknown()).await;
        trial.refused(&format!("{path}: the last page"), asks("limit=1&page=1000000"), unknown()).await;
        trial.refused(&format!("{path}: a million"), asks("limit=1000000"), out_of_range()).await;
        let behind = asks("limit=1000000&cursor=AAAA");
        trial.refused(&format!("{path}: a million behind a cursor"), behind, out_of_range()).await;
    }

    let (mut seen, mut next) = (Vec::new(), Some(first));
    while let Some(request) = next.take().filter(|_| seen.len() < 100) {
        let page = request.send_leisurely().await?;
        seen.extend(page.uuid("/items/0/id"));
        next =
            page.string("/next").map(|cursor| reception.get(&format!("{members}?limit=1&cursor={cursor}")));
    }
    let turned = seen.len();
    seen.sort();
    seen.dedup();
    let finding = if turned > 5 { Finding::Fine } else { Finding::Unclear(format!("{turned} pages")) };
    trial.found("page by page", finding.and(Finding::must(seen.len() == turned, "a member is there twice")));

    let cursor = reception.get(&format!("{members}?limit=1")).send_leisurely().await?.string("/next");
    let cursor = cursor.ok_or_else(|| AttackError::Setup("there is no second page".into()))?;
    let again = scene.actor(ClinA1)?.get(&format!("{members}?limit=1&cursor={cursor}"));
    trial.refused("somebody else's cursor", again, Refusal::problem(400, "invalid-cursor")).await;
    let again = reception.get(&format!("{members}?limit=1&cursor={cursor}"));
    let outcome = flood(vec![again; 1000], 8).await?;
    trial.found("one page a thousand times", outcome.at_most(100.0, 10.0));
    trial.conclude().await
}

/// More of the patient's appointments than anybody is handed at once: all cancelled, for one slot.
async fn many_appointments(scene: &Scene, patient: &Patient) -> Result<(), AttackError> {
    let (observer, held) = (scene.observer(), scene.hold(ClinA1, patient).await?);
    let new = if observer.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let sql = format!(
        "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 2001) \
         INSERT INTO appointments (id, organization_id, slot_id, patient_id, status, booked_by, created_at, held_until, \
         cancelled_at, cancelled_late) SELECT {new}, organization_id, slot_id, patient_id, 'cancelled', booked_by, created_at, \
         held_until, created_at, cancelled_late FROM appointments, more WHERE appointments.id = {}",
        observer.id(held.id)
    );
    observer.execute(&sql).await?;
    Ok(())
}
