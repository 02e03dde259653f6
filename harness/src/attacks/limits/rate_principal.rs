//! `rate-principal`: a principal gets 100 requests at once and ten a second, however it spreads them.

use super::flood::{flood, sampled, written};
use crate::attacks::{possession::Holder, prelude::*, set};
use futures_util::future::join;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RATE_PRINCIPAL / "over" = over,
        "The receptionist sends 300 requests with four tokens over four addresses.",
        "Her colleagues, and the neighbours of B, notice nothing.",
    ),
    attack!(
        RATE_PRINCIPAL / "tenant" = tenant,
        "A's members together send more than their organization may.",
        "B notices nothing.",
    ),
    attack!(
        RATE_PRINCIPAL / "neighbour" = neighbour,
        "Five of A's people send as fast as they can, with many tokens and from many addresses.",
        "B's receptionist does her work in the meantime, as much as an organization may at once.",
    ),
    attack!(
        RATE_PRINCIPAL / "presented" = presented,
        "The receptionist sends 300 requests, and each brings her token or asks in another way that is refused early.",
        "A program does the same with its API key.",
        "A thief has a bound token without its key, and a whole request of its owner: he sends 60 of each.",
        "The owner, from elsewhere, notices nothing.",
    ),
    attack!(
        RATE_PRINCIPAL / "unwritten" = unwritten,
        "The receptionist's program goes wrong: it asks 150 times, as fast as it can, for what it may not have.",
        "The auditor finds that it did, and not a row for each time.",
    ),
];

async fn over(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let advertised = |answer: &Answer| {
        answer.header("ratelimit-policy") == Some(r#""principal";q=600;w=60"#)
            && answer.header("ratelimit").is_some_and(|left| left.starts_with(r#""principal";r="#))
    };
    let honest = scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(honest.clone(), 200)).await?;

    let first = reception.get("/v1/me").send().await?;
    let finding = Finding::must(advertised(&first), format!("no RateLimit fields: {:?}", first.headers));
    trial.found("what is left is said", finding);
    let mut lanes = Vec::new();
    for _ in 0..4 {
        lanes.push(reception.renewed()?.get("/v1/me").from(scene.fresh_address()));
    }
    let requests = lanes.iter().flat_map(|request| vec![request.clone(); 75]).collect();
    let outcome = flood(requests, 4).await?;
    // The request above took one of the hundred.
    trial.found("300 requests", outcome.within(99.0, 10.0));
    trial.found("the refusals", outcome.refused_properly());
    let filter = format!("organization_id = {}", scene.observer().id(scene.a()));
    trial.found("the audit log", sampled(scene, &outcome, &filter, "principal").await?);

    trial.check("a colleague meanwhile", scene.actor(ClinA1)?.get("/v1/me"), served).await;
    trial.check("B meanwhile", honest, served).await;
    trial.conclude().await
}

async fn tenant(scene: &Scene) -> Outcome {
    let beside = scene
        .beside(|settings, _| {
            set(settings, "limits.tenant_per_minute", 60);
            set(settings, "limits.tenant_burst", 30);
        })
        .await?;
    let neighbour = beside.scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(scene.actor(RecepB)?.get("/v1/me"), 200)).await?;
    let mut requests = Vec::new();
    for persona in [RecepA, ClinA1, ClinA2, AdminA1] {
        let member = beside.scene.actor(persona)?;
        requests.extend(vec![member.get("/v1/me").from(beside.scene.fresh_address()); 20]);
    }
    let outcome = flood(requests, 4).await?;
    trial.found("four members, 80 requests", outcome.within(30.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    trial.check("B meanwhile", neighbour, served).await;
    trial.conclude().await
}

/// Requests with one credential that are refused for different reasons, each before anything was done; and honest ones.
fn refused_early(credential: &str, get: impl Fn(&str) -> Request) -> Vec<Request> {
    let honest = get("");
    let bound = honest.clone().authorization(format!("DPoP {credential}"));
    vec![
        bound.clone(),
        bound.header("dpop", "no.proof.atall"),
        honest.clone().header("accept", "text/html"),
        get("?unknown=1"),
        honest,
    ]
}

async fn presented(scene: &Scene) -> Outcome {
    let honest = scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(honest, 200)).await?;

    let reception = scene.actor(RecepA)?;
    let without_scope = reception.with_scopes("profile:read")?.get("/v1/audit-events");
    let mut ways = refused_early(reception.token(), |query| reception.get(&format!("/v1/me{query}")));
    ways.push(without_scope);
    let requests = ways.iter().cycle().take(300).cloned().collect();
    let outcome = flood(requests, 4).await?;
    trial.found("300 requests with the receptionist's tokens", outcome.within(100.0, 10.0));
    trial.found("the refusals", outcome.refused_properly());

    let program = trial.honestly(scene.program(|_| {})).await?;
    let (_, key) = program.api_key(scene, &json!({ "name": "nightly import" })).await?;
    let house = format!("/v1/organizations/{}", scene.a());
    let ways = refused_early(&key, |query| scene.anyone().get(&format!("{house}{query}")).bearer(&key));
    let requests = ways.iter().cycle().take(300).cloned().collect();
    trial.found("300 requests with an API key", flood(requests, 4).await?.within(100.0, 10.0));

    let owner = scene.holder(ClinA1).await?;
    let bare = owner.bare("GET", "/v1/me");
    let thief = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let forged = owner.proof_by(&thief, &bare).sign()?;
    let caught = owner.get("/v1/me")?;
    // What the thief's tries are counted by depends on how far they come: by his address, or by the owner's allowance, of
    // which the stories before this one had their part. So no number is the least that must come through.
    for (story, stolen) in [
        ("without a proof", bare.clone()),
        ("as a bearer token", bare.clone().bearer(owner.token())),
        ("with a proof of his own", bare.clone().header("dpop", forged)),
        ("with a proof that was used", caught),
    ] {
        let outcome = flood(vec![stolen.from(scene.fresh_address()); 60], 2).await?;
        trial.found(story, outcome.at_most(20.0, 1.0));
    }
    let from_elsewhere =
        |owner: &Holder| Ok::<_, AttackError>(owner.get("/v1/me")?.from(scene.fresh_address()));
    trial.check("the owner meanwhile", from_elsewhere(&owner)?, served).await;
    trial.conclude().await
}

async fn unwritten(scene: &Scene) -> Outcome {
    let honest = scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(honest, 200)).await?;
    let reception = scene.actor(RecepA)?;
    let forbidden = reception.with_scopes("profile:read")?.get("/v1/audit-events");
    let outcome = flood(vec![forbidden; 150], 4).await?;
    let subject = reception.subject();
    let filter = format!("actor_subject = '{subject}' AND outcome = 'failure'");
    trial.found("the audit log", written(scene, &outcome, &filter, 60.0, 0.5).await?);
    trial.conclude().await
}

fn served(answer: &Answer) -> Finding {
    if answer.status == 200 { Finding::Fine } else { Finding::Breach(answer.summary()) }
}

async fn neighbour(scene: &Scene) -> Outcome {
    let beside = scene
        .beside(|settings, _| {
            set(settings, "limits.tenant_per_minute", 60);
            set(settings, "limits.tenant_burst", 30);
        })
        .await?;
    let at_work = beside.scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, Control::new(scene.actor(RecepB)?.get("/v1/me"), 200)).await?;
    let mut requests = Vec::new();
    for persona in [RecepA, ClinA1, ClinA2, AdminA1, AuditA] {
        let person = beside.scene.actor(persona)?;
        for _ in 0..4 {
            let renewed = person.renewed()?.get("/v1/me").from(beside.scene.fresh_address());
            requests.extend(vec![renewed; 15]);
        }
    }
    // As many as B itself may at once.
    let work = async {
        let mut answers = Vec::new();
        for number in 0..30 {
            let target = if number % 2 == 0 { "/v1/me".to_owned() } else { at_work.members_path() };
            answers.push(at_work.get(&target).send_patiently().await?);
        }
        Ok::<_, AttackError>(answers)
    };
    let (outcome, answers) = join(flood(requests, 20), work).await;
    trial.found("three hundred requests of five people", outcome?.within(30.0, 1.0));
    for answer in answers? {
        trial.found("B meanwhile", served(&answer));
    }
    trial.conclude().await
}
