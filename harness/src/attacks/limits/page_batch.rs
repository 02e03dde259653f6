//! `limit-page-batch`: nobody takes the whole list at once.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LimitPageBatch / "big" = big,
        "The receptionist lists patients, a hundred a page.",
        "She asks for more on one page, for none, for all, in numbers that overflow, and by offset.",
    ),
    attack!(
        LimitPageBatch / "whole" = whole,
        "The receptionist registers two dozen patients and lists them without naming a page size.",
        "She tries to get all of them at once: by a larger page, by a list of lists, by several calls in one.",
    ),
];

fn out_of_range() -> Refusal {
    Refusal::invalid("limit-out-of-range", "?limit")
}

async fn big(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let control = Control::new(reception.get("/v1/patients?limit=100"), 200)
        .and(Control::new(reception.get("/v1/patients?limit=1"), 200));
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
        let request = reception.get(&format!("/v1/patients?limit={size}"));
        trial.refused(&format!("limit={size}"), request, out_of_range()).await;
    }
    let members = reception.get(&format!("{}?limit=101", reception.members_path()));
    trial.refused("101 members", members, out_of_range()).await;
    let events = scene.actor(AuditA)?.get("/v1/audit-events?limit=101");
    trial.refused("101 audit events", events, out_of_range()).await;
    let twice = reception.get("/v1/patients?limit=5&limit=100");
    trial.refused("two limits", twice, Refusal::problem(400, "duplicate-parameter")).await;
    for unknown in ["offset=1000000", "page=2", "skip=10", "per_page=1000", "page_size=1000"] {
        let request = reception.get(&format!("/v1/patients?{unknown}"));
        trial.refused(unknown, request, Refusal::problem(400, "unknown-parameter")).await;
    }
    trial.conclude().await
}

async fn whole(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    for _ in 0..24 {
        scene.patient().await?;
    }
    let list = reception.get("/v1/patients");
    let count = |answer: &Answer| answer.json().get("items").and_then(Value::as_array).map_or(0, Vec::len);
    let twenty = move |answer: &Answer| count(answer) == 20 && answer.string("/next").is_some();
    let mut trial = Trial::begin(scene, Control::judged(list, 200, twenty)).await?;

    let more = reception.get("/v1/patients?limit=5000");
    trial.refused("all of them on one page", more, out_of_range()).await;
    let batch: Vec<Value> = (0..51).map(|_| NewPatient::unique().body()).collect();
    let batch = reception.post("/v1/patients").json(&json!(batch));
    trial.refused("51 registrations in one call", batch, Refusal::invalid("validation-failed", "")).await;
    for path in ["/v1/batch", "/v1/$batch", "/batch", "/v1/bulk", "/graphql"] {
        let request = reception.post(path).json(&json!([{ "method": "GET", "path": "/v1/patients" }]));
        trial.refused(path, request, Refusal::absent()).await;
    }
    trial.conclude().await
}
