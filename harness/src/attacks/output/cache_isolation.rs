//! `cache-isolation`: nobody is given what was answered to somebody else.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CACHE_ISOLATION / "deception" = deception,
        "The receptionist is lured to her own page under a name that looks like a picture.",
        "A stranger asks for the same address, to get the copy that a cache kept.",
    ),
    attack!(
        CACHE_ISOLATION / "poison" = poison,
        needs: Clinic,
        "Somebody of B asks for A's record with fields, methods and lengths that make a strange answer.",
        "The receptionist of A asks after him and must get an answer of her own.",
    ),
    attack!(
        CACHE_ISOLATION / "cross" = cross,
        needs: Clinic,
        "The receptionists of A and B ask for the same address, one after the other.",
        "A clinician who became a receptionist asks again for what she saw before.",
    ),
    attack!(
        CACHE_ISOLATION / "etag" = etag,
        needs: Clinic,
        "A colleague, a patient and somebody of B send the tag that the receptionist of A saw.",
        "None of them is told that it has not changed.",
    ),
];

async fn deception(scene: &Scene) -> Outcome {
    let victim = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(victim.get("/v1/me"), 200)).await?;
    let canary = victim.id().to_string();
    for (target, refusal) in [
        ("/v1/me/x.css", Refusal::absent()),
        ("/v1/me;.js", Refusal::absent()),
        ("/v1/me%2Fx.css", Refusal::absent()),
        ("/v1/me/..%2fx.png", Refusal::absent()),
        ("/v1/me?x.css", Refusal::problem(400, "unknown-parameter")),
    ] {
        let (canary, seen) = (canary.clone(), canary.clone());
        let leak = move |answer: &Answer| answer.mentions(&canary);
        trial.refused(target, victim.get(target), refusal.breach_if(leak)).await;
        let stranger = |answer: &Answer| {
            Finding::must(
                answer.status >= 400 && !answer.mentions(&seen),
                "a stranger got the receptionist's page",
            )
        };
        trial.check(&format!("{target}, by a stranger"), scene.anyone().get(target), stranger).await;
    }
    trial.conclude().await
}

/// The receptionist's own record, whole.
fn whole(answer: &Answer, patient: &Patient) -> Finding {
    let own = answer.status == 200 && answer.mentions(&patient.sent.national_id);
    Finding::must(own && !answer.mentions("evil.test"), format!("she is answered {}", answer.summary()))
}

async fn poison(scene: &Scene) -> Outcome {
    let (victim, attacker) = (scene.actor(RecepA)?, scene.actor(RecepB)?);
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(victim.get("/v1/me"), 200)).await?;
    let path = patient.path();
    let ask = || attacker.get(&path);
    for (story, request) in [
        ("another host", ask().header("x-forwarded-host", "evil.test")),
        ("another address", ask().header("x-original-url", "/v1/evil.test")),
        ("another origin", ask().header("origin", "https://evil.test")),
        ("another method", ask().header("x-http-method-override", "DELETE")),
        ("a fat GET", ask().body("application/json", "{\"id\":\"evil.test\"}")),
        ("not acceptable", ask().header("accept", "text/html")),
        ("too long", ask().header("x-long", "x".repeat(17_000))),
        ("a range", ask().header("range", "bytes=0-1")),
        ("a cloaked parameter", attacker.get(&format!("{path}?fields=id;status"))),
    ] {
        let sent = request.send().await?;
        let finding = Finding::must(!sent.succeeded(), "B was shown A's record");
        trial.found(story, finding);
        trial.check(&format!("{story}, then she"), victim.get(&path), |answer| whole(answer, &patient)).await;
    }
    trial.conclude().await
}

async fn cross(scene: &Scene) -> Outcome {
    let (a, b) = (scene.actor(RecepA)?, scene.actor(RecepB)?);
    let (of_a, of_b) = (scene.patient().await?, scene.patient_in_b().await?);
    let clinician = scene.actor(ClinA2)?;
    let notes = clinician.patch(&of_a.path()).json(&json!({ "notes": "confidential" }));
    scene.demand(&notes, 200).await?;
    let mut trial = Trial::begin(scene, Control::new(a.get("/v1/me"), 200)).await?;
    for target in ["/v1/patients", "/v2/patients", "/v1/me"] {
        let (mine, theirs) = match target {
            "/v1/me" => (b.id().to_string(), a.id().to_string()),
            _ => (of_b.id.to_string(), of_a.id.to_string()),
        };
        for (who, actor, own, foreign) in [("A", &a, &theirs, &mine), ("B", &b, &mine, &theirs)] {
            let judge = |answer: &Answer| match (answer.mentions(foreign), answer.mentions(own)) {
                (true, _) => Finding::Breach(format!("{who} was served the other's answer")),
                (false, true) => Finding::Fine,
                (false, false) => Finding::Unclear(answer.summary()),
            };
            trial.check(&format!("{who}: {target}"), actor.get(target), judge).await;
        }
    }
    let seen = scene.demand(&clinician.get(&of_a.path()), 200).await?;
    let noted =
        if seen.mentions("confidential") { Finding::Fine } else { Finding::Unclear("no notes".into()) };
    trial.found("as a clinician", noted);
    let demote = scene.actor(AdminA1)?.patch(&clinician.path()).json(&json!({ "role": "reception" }));
    trial.honestly(scene.demand(&demote, 200)).await?;
    let judge = |answer: &Answer| {
        Finding::must(!answer.mentions("confidential"), "a receptionist was served the clinician's answer")
    };
    trial.check("as a receptionist", clinician.get(&of_a.path()), judge).await;
    trial.conclude().await
}

async fn etag(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.record_of(PatA1).await?;
    let control = Control::new(reception.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let tag = scene.demand(&reception.get(&patient.path()), 200).await?;
    let tag = tag.header("etag").unwrap_or_default().to_owned();
    if tag.is_empty() {
        trial.found("the tag", Finding::Unclear("there is none".into()));
    }
    for persona in [RecepA, MultiInA, ClinA1, PatA1, SvcARo] {
        for value in [tag.clone(), format!("W/{tag}"), "*".into()] {
            let request = scene.actor(persona)?.get(&patient.path()).header("if-none-match", &value);
            let judge = |answer: &Answer| match answer.status {
                200 if answer.mentions(&patient.sent.family_name) => Finding::Fine,
                304 => Finding::Breach("is told that A's answer has not changed".into()),
                _ => Finding::Unclear(answer.summary()),
            };
            trial.check(&format!("{} with {value}", persona.name()), request, judge).await;
        }
    }
    let foreign = scene.actor(RecepB)?.get(&patient.path()).header("if-none-match", &tag);
    let told = |answer: &Answer| answer.status == 304;
    trial.refused("somebody of B", foreign, Refusal::hidden("object").breach_if(told)).await;
    trial.conclude().await
}
