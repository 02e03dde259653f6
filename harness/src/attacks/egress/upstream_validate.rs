//! `upstream-validate`: what an insurer answers is another's word.

use crate::{attacks::prelude::*, insurer::Reply};
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        UPSTREAM_VALIDATE / "inject" = inject,
        needs: Clinic,
        "An honest answer is stored, and shown to reception, clinician and patient, to each their part.",
        "The insurer was broken into. It answers with SQL, HTML, formulas, NUL, a megabyte, depth, members twice, \
         members of ours, another patient.",
    ),
    attack!(
        UPSTREAM_VALIDATE / "type" = wrong_type,
        needs: Clinic,
        "It answers with other media types, statuses and kinds of value than agreed.",
    ),
    attack!(
        UPSTREAM_VALIDATE / "outbound" = outbound,
        needs: Clinic,
        "The attacker reads what the insurer is asked.",
    ),
];

fn invalid(reason: &str) -> Refusal {
    Refusal::problem(502, "upstream-invalid").audit("upstream_failed", reason)
}

/// An honest answer with one member changed.
fn bent(member: &str, value: Value) -> impl Fn(&str) -> Reply {
    let member = member.to_owned();
    move |card| {
        let mut answer = Reply::honest(card);
        if let Some(members) = answer.as_object_mut() {
            members.insert(member.clone(), value.clone());
        }
        Reply::Json(answer)
    }
}

/// An honest answer with a text written over it.
fn spliced(from: &'static str, to: String) -> impl Fn(&str) -> Reply {
    move |card| Reply::text(Reply::honest(card).to_string().replacen(from, &to, 1))
}

type Bend = Box<dyn Fn(&str) -> Reply + Send + Sync>;

fn injections(other: &Patient) -> Vec<(&'static str, Bend, &'static str)> {
    let deep = format!("\"plan\":{}{}", "[".repeat(5000), "]".repeat(5000));
    vec![
        ("SQL", Box::new(bent("plan", json!("'; drop table patients--"))), "upstream.range"),
        ("HTML", Box::new(bent("plan", json!("<script>alert(1)</script>"))), "upstream.range"),
        ("a formula", Box::new(bent("plan", json!("=cmd()"))), "upstream.range"),
        ("NUL", Box::new(bent("plan", json!("Basis\u{0}Plus"))), "upstream.json"),
        ("a megabyte", Box::new(bent("plan", json!("x".repeat(1 << 20)))), "upstream.size"),
        ("a long text", Box::new(bent("plan", json!("x".repeat(2000)))), "upstream.range"),
        ("depth", Box::new(spliced("\"plan\":\"Basis Plus\"", deep)), "upstream.json"),
        ("a member twice", Box::new(spliced("{", format!("{{\"member_no\":\"X{}\",", 1))), "upstream.json"),
        ("another patient's id", Box::new(bent("patient_id", json!(other.id))), "upstream.schema"),
        ("another organization", Box::new(bent("organization_id", json!(Uuid::new_v4()))), "upstream.schema"),
        ("a role", Box::new(bent("role", json!("admin"))), "upstream.schema"),
        ("another card", Box::new(bent("member_no", json!("M0000000"))), "upstream.subject"),
    ]
}

async fn inject(scene: &Scene) -> Outcome {
    let (patient, other) = (scene.record_of(PatA1).await?, scene.patient().await?);
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    shown_to_each(scene, &mut trial, &patient).await?;
    for (story, reply, reason) in injections(&other) {
        attempt(scene, &mut trial, &patient, (story, &reply, reason)).await?;
    }
    let told = scene.observer().log.lines().iter().any(|line| line.contains("upstream_suspicious"));
    trial.found("three in five minutes", Finding::must(told, "nobody was told"));
    trial.conclude().await
}

/// What is stored goes out in the part that each may see.
async fn shown_to_each(scene: &Scene, trial: &mut Trial<'_>, patient: &Patient) -> Result<(), AttackError> {
    for (persona, members, absent) in [
        (RecepA, &["member_no", "copay_cents", "plan"][..], &[][..]),
        (ClinA1, &["status", "valid_until"], &["member_no", "copay_cents", "plan"]),
        (PatA1, &["status", "plan", "copay_cents"], &["member_no", "checked_by"]),
    ] {
        let list = scene.actor(persona)?.get(&format!("{}?limit=1", patient.eligibility_path()));
        trial
            .check(persona.name(), list, |answer| {
                let item = answer.json().pointer("/items/0").cloned().unwrap_or_default();
                let whole = answer.status == 200 && members.iter().all(|name| item.get(*name).is_some());
                let shown = if whole { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                let leaks = absent.iter().any(|name| item.get(*name).is_some());
                shown.and(Finding::must(!leaks, "it shows what is for others"))
            })
            .await;
    }
    Ok(())
}

async fn attempt(
    scene: &Scene,
    trial: &mut Trial<'_>,
    patient: &Patient,
    (story, reply, reason): (&str, &Bend, &str),
) -> Result<(), AttackError> {
    let (insurer, reception) = (scene.insurer()?, scene.actor(RecepA)?);
    let card = insurer.card();
    insurer.behave(&card, reply(&card));
    trial.refused(story, reception.checks(patient, &card), invalid(reason)).await;
    let came = insurer.questions(&card).len();
    let asked = if came == 1 { Finding::Fine } else { Finding::Unclear(format!("asked {came} times")) };
    trial.found(story, asked);
    Ok(())
}

async fn wrong_type(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    let typed = |media: &'static str| -> Bend {
        Box::new(move |card: &str| {
            let body = Reply::honest(card).to_string().into_bytes();
            Reply::Http(200, vec![("content-type", media.to_owned())], body)
        })
    };
    let status = |status: u16| -> Bend {
        Box::new(move |card: &str| {
            let body = Reply::honest(card).to_string().into_bytes();
            Reply::Http(status, vec![("content-type", "application/json".to_owned())], body)
        })
    };
    let encoded: Bend = Box::new(|card: &str| {
        let fields =
            vec![("content-type", "application/json".to_owned()), ("content-encoding", "gzip".to_owned())];
        Reply::Http(200, fields, Reply::honest(card).to_string().into_bytes())
    });
    let bends: Vec<(&str, Bend, &str)> = vec![
        ("HTML", typed("text/html"), "upstream.media-type"),
        ("another charset", typed("application/json; charset=utf-16"), "upstream.media-type"),
        (
            "no type",
            Box::new(|card: &str| Reply::Http(200, Vec::new(), Reply::honest(card).to_string().into_bytes())),
            "upstream.media-type",
        ),
        ("gzip, it says", encoded, "upstream.encoding"),
        ("204", Box::new(|_: &str| Reply::status(204)), "upstream.status"),
        ("201", status(201), "upstream.status"),
        ("404", status(404), "upstream.status"),
        ("an array", Box::new(|card: &str| Reply::Json(json!([Reply::honest(card)]))), "upstream.json"),
        ("no JSON", Box::new(|_: &str| Reply::text("<html>")), "upstream.json"),
        ("nothing", Box::new(|_: &str| Reply::text("")), "upstream.json"),
        ("a number as text", Box::new(bent("copay_cents", json!("1500"))), "upstream.schema"),
        ("a text as number", Box::new(bent("member_no", json!(1_234_567))), "upstream.schema"),
        ("a fraction", Box::new(bent("copay_cents", json!(0.5))), "upstream.schema"),
        ("below zero", Box::new(bent("copay_cents", json!(-1))), "upstream.schema"),
        ("1e400", Box::new(spliced("1500", "1e400".into())), "upstream.json"),
        ("a status of nobody's", Box::new(bent("status", json!("vip"))), "upstream.schema"),
        ("a day that never was", Box::new(bent("valid_from", json!("2026-02-30"))), "upstream.schema"),
        ("an end before the beginning", Box::new(bent("valid_until", json!("2020-01-01"))), "upstream.range"),
    ];
    for (story, reply, reason) in &bends {
        attempt(scene, &mut trial, &patient, (story, reply, reason)).await?;
    }
    trial.conclude().await
}

async fn outbound(scene: &Scene) -> Outcome {
    const FIELDS: [&str; 9] = [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "user-agent",
    ];
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    let card = insurer.card();
    trial.honestly(scene.demand(&reception.checks(&patient, &card), 200)).await?;
    let questions = insurer.questions(&card);
    let [question] = questions.as_slice() else {
        trial.found("the question", Finding::Unclear(format!("it came {} times", questions.len())));
        return trial.conclude().await;
    };
    let wanted = json!({ "member_no": card, "dob": patient.sent.birth_date, "payer": "basis-nord" });
    trial.found("the body", Finding::must(question.json() == wanted, "it says more, or other, than agreed"));
    let names: BTreeSet<&str> = question.headers.iter().map(|(name, _)| name.as_str()).collect();
    let more: Vec<&&str> = names.iter().filter(|name| !FIELDS.contains(name)).collect();
    trial.found("the fields", Finding::must(more.is_empty(), format!("also {more:?}")));
    let own = question.header("authorization") == Some(format!("Bearer {}", insurer.credential()).as_str());
    trial.found("the credential", Finding::must(own, "it is not the insurer's own"));
    let everything = format!("{:?}{}", question.headers, question.body);
    let sent = &patient.sent;
    for canary in [&sent.given_name, &sent.family_name, &sent.national_id, &sent.phone] {
        trial.found("the patient", Finding::must(!everything.contains(canary.as_str()), "the file leaks"));
    }
    let ours = [scene.a(), patient.id, reception.id()].map(|id| id.to_string());
    let named = ours.iter().any(|id| everything.contains(id.as_str()));
    trial.found("our ids", Finding::must(!named, "they are told"));
    trial.conclude().await
}
