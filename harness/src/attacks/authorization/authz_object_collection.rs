//! `authz-object-collection`: a list holds what its reader may read, and nothing else.

use crate::attacks::prelude::*;
use brigandine_api::protection::DB_RLS_FORCED;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_OBJECT_COLLECTION / "page-all" = page_all,
        needs: Clinic,
        "A patient, and the receptionists of A and of B, walk every page in every order with every filter.",
    ),
    attack!(
        AUTHZ_OBJECT_COLLECTION / "count" = count,
        needs: Clinic,
        "A patient whose only record fits on a page asks for one item and looks whether there are more.",
    ),
    attack!(
        AUTHZ_OBJECT_COLLECTION / "cursor" = cursor,
        needs: Clinic,
        "The receptionist takes the cursor of her list.",
        "A colleague, another organization, another filter, another order and another list continue with it.",
        "She changes it, shortens it, and makes one of her own.",
    ),
    attack!(
        AUTHZ_OBJECT_COLLECTION / "wildcard" = wildcard,
        needs: Clinic,
        "A patient searches for what matches everything, and for nothing at all.",
    ),
    attack!(
        AUTHZ_OBJECT_COLLECTION / "export" = export,
        twin: Twin::Layered(&[&DB_RLS_FORCED]),
        "The auditor of A reads the whole audit log, and the administrator all members, while B is at work.",
    ),
];

/// The ids on every page from here on.
async fn walk(reader: &Actor, target: &str) -> Result<BTreeSet<Uuid>, AttackError> {
    let mut ids = BTreeSet::new();
    let mut next = target.to_owned();
    for _ in 0..40 {
        let answer = reader.get(&next).send().await?;
        let items = answer.json().pointer("/items").and_then(Value::as_array).cloned();
        let Some(items) = items.filter(|_| answer.status == 200) else {
            return Err(AttackError::Setup(format!("{next} answered {}", answer.summary())));
        };
        ids.extend(items.iter().filter_map(|item| Uuid::parse_str(item.get("id")?.as_str()?).ok()));
        let Some(cursor) = answer.string("/next") else { break };
        let joint = if target.contains('?') { '&' } else { '?' };
        next = format!("{target}{joint}cursor={cursor}");
    }
    Ok(ids)
}

async fn stored(scene: &Scene, table: &str, organization: Uuid) -> Result<BTreeSet<Uuid>, AttackError> {
    let filter = format!("organization_id = {}", scene.observer().id(organization));
    let rows = scene.observer().rows(table, &filter).await?;
    Ok(rows.iter().filter_map(|row| row.uuid("id")).collect())
}

fn within(seen: &BTreeSet<Uuid>, allowed: &BTreeSet<Uuid>) -> Finding {
    let foreign = seen.difference(allowed).count();
    Finding::must(foreign == 0, format!("the list holds {foreign} objects that are none of the reader's"))
}

async fn page_all(scene: &Scene) -> Outcome {
    let record = scene.record_of(PatA1).await?;
    for _ in 0..3 {
        scene.patient().await?;
        scene.patient_in_b().await?;
    }
    let (patient, reception, other) = (scene.actor(PatA1)?, scene.actor(RecepA)?, scene.actor(RecepB)?);
    let own_listed = {
        let name = record.sent.family_name.clone();
        Control::judged(patient.get("/v1/patients"), 200, move |answer| answer.mentions(&name))
    };
    let mut trial = Trial::begin(scene, own_listed).await?;

    let own = BTreeSet::from([record.id]);
    let (in_a, in_b) =
        (stored(scene, "patients", scene.a()).await?, stored(scene, "patients", scene.b()).await?);
    let staff_targets =
        ["/v1/patients?limit=2", "/v1/patients?limit=2&sort=-created_at", "/v1/patients?status=active"];
    for target in ["/v1/patients", "/v1/patients?limit=1&sort=-created_at", "/v1/patients?status=active"] {
        trial.found(target, within(&walk(&patient, target).await?, &own));
    }
    for target in staff_targets {
        trial.found(target, within(&walk(&reception, target).await?, &in_a));
        trial.found(target, within(&walk(&other, target).await?, &in_b));
    }
    trial.conclude().await
}

async fn count(scene: &Scene) -> Outcome {
    let record = scene.record_of(PatA1).await?;
    scene.patient().await?;
    let patient = scene.actor(PatA1)?;
    let one = patient.get("/v1/patients?limit=1");
    let mut trial = Trial::begin(scene, Control::new(patient.get(&record.path()), 200)).await?;

    let tells_of_more = |answer: &Answer| {
        let more = answer.json().get("next").is_some() || answer.header("link").is_some();
        let total = answer.json().get("total").is_some() || answer.header("x-total-count").is_some();
        let clear = if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
        clear.and(Finding::must(!more && !total, "the answer tells that there are further patients"))
    };
    trial.check("one item a page", one, tells_of_more).await;
    trial.check("newest first", patient.get("/v1/patients?limit=1&sort=-created_at"), tells_of_more).await;
    trial.conclude().await
}

async fn cursor(scene: &Scene) -> Outcome {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    for _ in 0..3 {
        scene.patient().await?;
        scene.patient_in_b().await?;
    }
    let (reception, colleague, other) = (scene.actor(RecepA)?, scene.actor(ClinA1)?, scene.actor(RecepB)?);
    let answer = scene.demand(&reception.get("/v1/patients?limit=1"), 200).await?;
    let none = || AttackError::Setup("three patients fit on a page of one".into());
    let cursor = answer.string("/next").ok_or_else(none)?;
    let honest = Control::new(reception.get(&format!("/v1/patients?limit=1&cursor={cursor}")), 200);
    let mut trial = Trial::begin(scene, honest).await?;

    let invalid = || Refusal::problem(400, "invalid-cursor").audit("input_validation_fail", "invalid-cursor");
    let list = |cursor: &str| format!("/v1/patients?cursor={cursor}");
    trial.refused("a colleague", colleague.get(&list(&cursor)), invalid()).await;
    trial.refused("another organization", other.get(&list(&cursor)), invalid()).await;
    for change in ["&status=active", "&sort=-created_at", "&family_name=A"] {
        trial.refused(change, reception.get(&format!("{}{change}", list(&cursor))), invalid()).await;
    }
    let members = format!("{}?cursor={cursor}", reception.members_path());
    trial.refused("another list", reception.get(&members), invalid()).await;

    let bytes = URL_SAFE_NO_PAD.decode(&cursor).map_err(|error| AttackError::Setup(error.to_string()))?;
    let changed: Vec<u8> =
        bytes.iter().enumerate().map(|(at, byte)| if at == 23 { byte ^ 1 } else { *byte }).collect();
    let made = [vec![0; 24], vec![0; 32]].concat();
    let shortened = bytes.get(..24).unwrap_or_default().to_vec();
    for (story, bytes) in [("changed", changed), ("made up", made), ("without its seal", shortened)] {
        trial.refused(story, reception.get(&list(&URL_SAFE_NO_PAD.encode(bytes))), invalid()).await;
    }
    trial.conclude().await
}

async fn wildcard(scene: &Scene) -> Outcome {
    let other = scene.record_of(PatA1).await?;
    let record = scene.record_of(PatA2).await?;
    let patient = scene.actor(PatA2)?;
    let mut trial = Trial::begin(scene, Control::new(patient.get(&record.path()), 200)).await?;

    let own = BTreeSet::from([record.id]);
    let first = other.sent.family_name.chars().take(4).collect::<String>();
    let searches = ["%25".into(), "_".into(), "%25%25".into(), first, other.sent.family_name.clone()];
    for text in searches {
        let target = format!("/v1/patients?family_name={text}");
        trial.found(&target, within(&walk(&patient, &target).await?, &own));
    }
    let out_of_range = || Refusal::invalid("limit-out-of-range", "?limit");
    for limit in ["0", "-1", "101", "1000000", "1e3", ""] {
        trial.refused(limit, patient.get(&format!("/v1/patients?limit={limit}")), out_of_range()).await;
    }
    let empty = patient.get("/v1/patients?family_name=");
    trial.refused("an empty filter", empty, Refusal::invalid("validation-failed", "?family_name")).await;
    trial.conclude().await
}

async fn export(scene: &Scene) -> Outcome {
    let (auditor, admin) = (scene.actor(AuditA)?, scene.actor(AdminA1)?);
    scene.demand(&scene.actor(RecepB)?.get(&scene.actor(ClinB)?.path()), 200).await?;
    let control = Control::new(auditor.get("/v1/audit-events"), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let seen = walk(&auditor, "/v1/audit-events?limit=100").await?;
    let logged = stored(scene, "audit_events", scene.a()).await?;
    trial.found("the audit log of A", within(&seen, &logged));
    let reads = walk(&auditor, "/v1/audit-events?limit=100&event=sensitive_read").await?;
    trial.found("what was read", within(&reads, &stored(scene, "audit_events", scene.a()).await?));
    let members = walk(&admin, &format!("{}?limit=100", admin.members_path())).await?;
    trial.found("the members of A", within(&members, &stored(scene, "members", scene.a()).await?));
    trial.conclude().await
}
