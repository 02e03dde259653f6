//! `output-no-store`: no cache keeps what was answered.

use crate::{
    attacks::{filled, oauth::whole_way, prelude::*},
    matrix::endpoints,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OUTPUT_NO_STORE / "each" = each,
        needs: Clinic,
        "Somebody who shares the receptionist's machine hopes that one kind of answer may be kept.",
        "He collects answers of every operation, of success and of every failure he can cause.",
    ),
    attack!(
        OUTPUT_NO_STORE / "proxy" = proxy,
        "A proxy between the clinic and the service keeps what it is not told to forget.",
        "The receptionist of A asks through it, then the one of B asks for the same.",
    ),
    attack!(
        OUTPUT_NO_STORE / "browser" = browser,
        needs: People,
        "The receptionist opens every page and every read of the API in a browser that keeps what it may, and signs out.",
        "Whoever sits down next presses back, and asks for every address again.",
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

/// What a browser does with an answer: it shows it again when somebody presses back (RFC 9111 §4, HTML "back/forward cache"),
/// unless it was told to keep nothing.
fn is_shown_again(answer: &Answer) -> bool {
    !answer.header_all("cache-control").iter().any(|told| told.contains("no-store"))
}

async fn browser(scene: &Scene) -> Outcome {
    let person = scene.person(RecepA)?;
    let (browser, tokens) = person.tokens().await?;
    let mut trial = Trial::begin(scene, whole_way(&person)).await?;
    let mut kept = Vec::new();
    let mut shown = 0_usize;
    let reads = endpoints().iter().filter(|endpoint| endpoint.method == "GET" && !endpoint.over);
    for endpoint in reads.filter(|endpoint| endpoint.path != "/oauth2/logout") {
        let target = filled(endpoint.path, scene);
        let request = match endpoint.roles.is_empty() {
            true => browser.get(&target),
            false => scene.anyone().get(&target).bearer(&tokens.access),
        };
        let answer = browser.send(&request).await?;
        shown += usize::from(answer.status == 200);
        trial.found(&target, forgotten(&answer));
        if is_shown_again(&answer) {
            kept.push((target, answer));
        }
    }
    let enough =
        if shown > 10 { Finding::Fine } else { Finding::Unclear(format!("{shown} pages were shown")) };
    trial.found("what she saw", enough);
    let csrf = browser.form_of("/oauth2/logout").await?;
    let signed_out = browser.send(&browser.post("/oauth2/logout", &[("csrf", &csrf)])).await?;
    trial.found("she signs out", forgotten(&signed_out));

    let canaries = [person.account().email.clone(), person.account().member.to_string()];
    for (target, answer) in &kept {
        let hers = canaries.iter().any(|canary| answer.mentions(canary));
        trial.found(target, Finding::must(!hers, "the next one presses back and reads it"));
    }
    for page in ["/account", "/account/password", "/account/email"] {
        let judge = |answer: &Answer| {
            let hers = canaries.iter().any(|canary| answer.mentions(canary));
            Finding::must(!hers && answer.status != 200, "it is shown to whoever comes next")
                .and(forgotten(answer))
        };
        trial.check(page, browser.get(page), judge).await;
    }
    trial.conclude().await
}
