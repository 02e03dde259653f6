//! `audit-no-sensitive`: whoever may read the log of what was done learns nothing of whom it was done to.

use crate::{
    attacks::{authorization::AUDIT_EVENT, prelude::*, without_rates},
    matrix::endpoints,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    AUDIT_NO_SENSITIVE / "reader" = reader,
    needs: Clinic.and(Time),
    "Members write a patient's name and number into every text and every parameter of every endpoint; half of it is refused.",
    "The auditor reads every event there is.",
)];

async fn reader(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let (auditor, sent) = (scene.actor(AuditA)?, &patient.sent);
    let mut trial = Trial::begin(scene, Control::new(auditor.get("/v1/audit-events"), 200)).await?;
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let written = trial.honestly(async {
        let carriers = beside.scene.texts_everywhere().await?;
        let mut ids = Vec::new();
        for some in carriers.chunks(6) {
            let texts = [&sent.family_name, &sent.national_id];
            let requests: Vec<Request> =
                some.iter().flat_map(|carrier| texts.map(|text| carrier(text))).collect();
            for answer in join_all(requests.iter().map(Request::send_patiently)).await {
                ids.extend(answer?.request_id());
            }
        }
        for endpoint in endpoints().iter().filter(|row| row.of_domain && row.method == "GET" && !row.over) {
            let caller = beside.scene.somebody_who_may(endpoint)?;
            ids.extend(beside.scene.called(&caller, endpoint).await?.send_patiently().await?.request_id());
        }
        Ok::<_, AttackError>(ids)
    });
    let written = written.await?;
    let finding =
        if written.len() > 60 { Finding::Fine } else { Finding::Unclear("there are few requests".into()) };
    trial.found("what was done", finding);

    let reader = beside.scene.actor(AuditA)?;
    let (mut next, mut read) = (Some("/v1/audit-events?limit=100".to_owned()), 0);
    while let Some(target) = next.take() {
        let page = reader.get(&target).send_patiently().await?;
        let items = page.json();
        let items = items.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        read += items.len();
        for (field, value) in [
            ("given_name", &sent.given_name),
            ("family_name", &sent.family_name),
            ("national_id", &sent.national_id),
            ("phone", &sent.phone),
            ("metadata", &sent.metadata_canary),
        ] {
            let finding = Finding::must(!page.mentions(value), format!("an event holds the {field}"));
            trial.found("the auditor's pages", finding);
        }
        for (name, _) in items.iter().filter_map(Value::as_object).flatten() {
            // Each of these is the service's own word, id, time or address.
            let known = AUDIT_EVENT.contains(&name.as_str());
            trial.found("the auditor's pages", Finding::must(known, format!("an event tells of {name}")));
        }
        next = page.string("/next").map(|cursor| format!("/v1/audit-events?limit=100&cursor={cursor}"));
    }
    let finding = if read > 60 { Finding::Fine } else { Finding::Unclear(format!("only {read} events")) };
    trial.found("the auditor's pages", finding);
    trial.conclude().await
}
