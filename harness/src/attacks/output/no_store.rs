//! `output-no-store`: no cache keeps what was answered.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OutputNoStore / "each" = each,
        needs: Clinic,
        "Somebody who shares the receptionist's machine hopes that one kind of answer may be kept.",
        "He collects answers of every operation, of success and of every failure he can cause.",
    ),
    attack!(
        OutputNoStore / "proxy" = proxy,
        "A proxy between the clinic and the service keeps what it is not told to forget.",
        "The receptionist of A asks through it, then the one of B asks for the same.",
    ),
];

fn forgotten(answer: &Answer) -> Finding {
    let told = answer.header_all("cache-control");
    // An `ETag` is for updates only: see `cache-isolation/etag` for what comes of asking with it.
    let validators = ["last-modified", "expires"].iter().any(|name| answer.header(name).is_some());
    Finding::must(told == ["no-store"], format!("{} says Cache-Control: {told:?}", answer.summary()))
        .and(Finding::must(!validators, "the answer can be revalidated"))
}

async fn each(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let clinician = scene.actor(ClinA1)?;
    let admin = scene.actor(AdminA1)?;
    let patient = scene.patient().await?;
    let control = Control::new(reception.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let new = json!({ "issuer": admin.issuer(), "subject": Uuid::new_v4(), "display_name": "New", "role": "reception" });
    let added = trial.honestly(scene.demand(&admin.post(&admin.members_path()).json(&new), 201)).await?;
    trial.found("201", forgotten(&added));
    let member = format!("{}/{}", admin.members_path(), added.uuid("/id").unwrap_or_default());
    for (request, status) in [
        (admin.patch(&member).json(&json!({ "display_name": "Renamed" })), 200),
        (admin.delete(&member), 204),
        (reception.post("/v1/patients").json(&NewPatient::unique().body()), 201),
        (reception.patch(&patient.path()).json(&json!({ "family_name": "Other" })), 200),
        (clinician.post(&patient.discharge_path()), 200),
    ] {
        let answer = trial.honestly(scene.demand(&request, status)).await?;
        trial.found(&request.describe(), forgotten(&answer));
    }
    let anyone = scene.anyone();
    for request in [
        reception.get("/v1/me"),
        reception.get("/v2/organization"),
        reception.get(&reception.members_path()),
        reception.get("/v1/patients"),
        reception.get(&patient.path()),
        scene.actor(AuditA)?.get("/v1/audit-events"),
        anyone.get("/.well-known/oauth-protected-resource"),
        anyone.get("/v1/me"),
        reception.get("/v1/me").bearer("x.y.z"),
        reception.get("/v1/audit-events"),
        reception.with_scopes("patients:read")?.get("/v1/me"),
        reception.get("/v1/none"),
        reception.get(&format!("/v1/patients/{}", Uuid::new_v4())),
        reception.delete("/v1/me"),
        reception.get("/v1/me").header("accept", "text/html"),
        clinician.post(&patient.discharge_path()),
        reception.post("/v1/patients").body("application/json", vec![b' '; 70_000]),
        reception.get(&format!("/v1/{}", "x".repeat(5000))),
        reception.post("/v1/patients").body("text/plain", "{}"),
        reception.get("/v1/me").host("other.test"),
        reception.post("/v1/patients").body("application/json", "{"),
        reception.post("/v1/patients").json(&json!({})),
        reception.get("/v1/patients?limit=0"),
        reception.get(&patient.path()).header("if-none-match", "*"),
        reception.get(&patient.path()).header("range", "bytes=0-1"),
        reception.request("HEAD", &patient.path()),
        anyone
            .request("OPTIONS", "/v1/me")
            .header("origin", "https://app.clinic.test")
            .header("access-control-request-method", "GET"),
        anyone.get("/health/live").to_operations(),
        anyone.get("/metrics").to_operations(),
    ] {
        let story = request.describe();
        trial.check(&story, request, forgotten).await;
    }
    trial.conclude().await
}

/// A proxy as simple as they come: it keeps each answer by its target, unless the answer forbids it (RFC 9111 §5.2.2.5).
#[derive(Default)]
struct Proxy(Vec<(String, Answer)>);

impl Proxy {
    async fn ask(&mut self, request: &Request) -> Result<Answer, ClientError> {
        let (_, target) = request.line();
        if let Some((_, kept)) = self.0.iter().find(|(known, _)| *known == target) {
            return Ok(kept.clone());
        }
        let answer = request.send().await?;
        if answer.status == 200
            && !answer.header_all("cache-control").iter().any(|said| said.contains("no-store"))
        {
            self.0.push((target, answer.clone()));
        }
        Ok(answer)
    }
}

async fn proxy(scene: &Scene) -> Outcome {
    let (a, b) = (scene.actor(RecepA)?, scene.actor(RecepB)?);
    let mut trial = Trial::begin(scene, Control::new(a.get("/v1/me"), 200)).await?;
    let mut proxy = Proxy::default();
    let canaries = [a.id().to_string(), scene.a().to_string()];
    for target in ["/v1/me", "/v2/organization"] {
        let first = proxy.ask(&a.get(target)).await?;
        let own = canaries.iter().any(|canary| first.mentions(canary));
        let second = proxy.ask(&b.get(target)).await?;
        let leaked = canaries.iter().any(|canary| second.mentions(canary));
        let finding = if own {
            Finding::must(!leaked, "B was served A's answer")
        } else {
            Finding::Unclear("A saw nothing of its own".into())
        };
        trial.found(target, finding);
    }
    trial.conclude().await
}
