//! `authz-method-path`: the decision is made on the very method and path that are dispatched.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AuthzMethodPath / "verbs" = verbs,
        "The administrator and the receptionist try every method on every address.",
        "They add override fields, which would turn one of them into another.",
    ),
    attack!(
        AuthzMethodPath / "override" = override_field,
        "The administrator reads a colleague and says, in an override field, that she means to remove them.",
    ),
    attack!(
        AuthzMethodPath / "path" = path,
        "The receptionist writes the address of the patients in every other way that a proxy may take for it.",
        "She spells a patient's id in every other way that a library takes for it.",
    ),
];

async fn verbs(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let patient = scene.patient().await?;
    let colleague = scene.actor(ClinA2)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get(&colleague.path()), 200)).await?;

    let addresses: [(&Actor, String, &[&str]); 8] = [
        (&reception, "/v1/me".into(), &["GET"]),
        (&admin, "/v2/organization".into(), &["GET"]),
        (&admin, admin.members_path(), &["GET", "POST"]),
        (&admin, colleague.path(), &["GET", "PATCH", "DELETE"]),
        (&reception, "/v1/patients".into(), &["GET", "POST"]),
        (&reception, patient.path(), &["GET", "PATCH"]),
        (&reception, patient.discharge_path(), &["POST"]),
        (&reception, "/v1/audit-events".into(), &["GET"]),
    ];
    for (actor, target, allowed) in addresses {
        for method in
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO", "get"]
        {
            if allowed.contains(&method) {
                continue;
            }
            let refusal = if method == "HEAD" {
                Refusal::bare(405)
            } else {
                Refusal::problem(405, "method-not-allowed")
            };
            let refusal = allowed.iter().fold(refusal, |refusal, method| refusal.header_has("allow", method));
            let story = format!("{method} {target}");
            trial.refused(&story, actor.request(method, &target), refusal.clone()).await;
            if let (Some(wanted), "PUT" | "FOO") = (allowed.first(), method) {
                let request = actor.request(method, &target).header("x-http-method-override", wanted);
                trial.refused(&format!("{story}, overridden"), request, refusal).await;
            }
        }
    }
    trial.conclude().await
}

async fn override_field(scene: &Scene) -> Outcome {
    let (admin, colleague) = (scene.actor(AdminA1)?, scene.actor(ClinA2)?);
    let mut trial = Trial::begin(scene, Control::new(admin.get(&colleague.path()), 200)).await?;
    let read_only = |answer: &Answer| match answer.status {
        200 => Finding::Fine,
        status if (200..300).contains(&status) => {
            Finding::Breach(format!("the read became something else: {status}"))
        }
        _ => Finding::Unclear(answer.summary()),
    };
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        for method in ["DELETE", "delete", "PATCH"] {
            let request = admin.get(&colleague.path()).header(name, method);
            trial.check(&format!("{name}: {method}"), request, read_only).await;
        }
    }
    for target in ["_method=DELETE", "method=DELETE", "X-HTTP-Method-Override=DELETE"] {
        let request = admin.get(&format!("{}?{target}", colleague.path()));
        let refusal = Refusal::problem(400, "unknown-parameter").audit_event("input_validation_fail");
        trial.refused(target, request, refusal).await;
    }
    let form = admin.post(&colleague.path()).body("application/x-www-form-urlencoded", "_method=DELETE");
    trial.refused("a form", form, Refusal::problem(405, "method-not-allowed")).await;
    trial.conclude().await
}

async fn path(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let host = scene.wire().target().host.clone();
    let patient = scene.patient().await?;
    let control = Control::new(reception.get("/v1/patients"), 200)
        .and(Control::new(reception.get(&patient.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;
    for target in [
        "//v1/patients",
        "/v1//patients",
        "/v1/./patients",
        "/./v1/patients",
        "/v1/x/../patients",
        "/v1/patients/",
        "/v1/patients//",
        "/v1/patients/.",
        "/v1/patients/x/..",
        "/v1/%2e/patients",
        "/v1/x/%2e%2e/patients",
        "/v1%2fpatients",
        "/v1%2Fpatients",
        "/v1%252fpatients",
        "/v1/%70atients",
        "/v1/%2570atients",
        "/v1\\patients",
        "/v1%5cpatients",
        "/V1/patients",
        "/v1/Patients",
        "/v1/PATIENTS",
        "/v1/patients;x",
        "/v1/patients;v=1",
        "/v1;x/patients",
        "/v1/patients.json",
        "/v1/patients%00",
        "/v1/patients%20",
        "/v1/patients%3f",
        "/v1/patients%23",
        "/api/v1/patients",
    ] {
        let token = reception.token();
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        trial.refused(target, scene.raw(head), Refusal::absent()).await;
    }
    let id = patient.id;
    for spelling in [id.to_string().to_uppercase(), id.simple().to_string(), id.urn().to_string()] {
        let target = format!("/v1/patients/{spelling}");
        trial.refused(&target, reception.get(&target), Refusal::absent()).await;
    }
    // RFC 9112 §3.2.2: absolute-form must be taken, and must be decided upon like any other.
    let absolute =
        format!("GET https://{host}/v1/patients HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    trial.refused("absolute-form without a token", scene.raw(absolute), Refusal::unauthenticated()).await;
    trial.conclude().await
}
