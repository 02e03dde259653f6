//! `authz-method-path`: the decision is made on the very method and path that are dispatched.

use crate::attacks::{Hook, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_METHOD_PATH / "verbs" = verbs,
        "The administrator and the receptionist try every method on every address.",
        "They add override fields, which would turn one of them into another.",
    ),
    attack!(
        AUTHZ_METHOD_PATH / "override" = override_field,
        "The administrator reads a colleague and says, in an override field, that she means to remove them.",
    ),
    attack!(
        AUTHZ_METHOD_PATH / "path" = path,
        "The administrator writes the address of the webhooks in every other way that a proxy may take for it.",
        "She spells a webhook's id in every other way that a library takes for it.",
    ),
];

async fn verbs(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let hook = format!("/v1/webhooks/{}", Uuid::new_v4());
    let colleague = scene.actor(ClinA2)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get(&colleague.path()), 200)).await?;

    let addresses: [(&Actor, String, &[&str]); 8] = [
        (&reception, "/v1/me".into(), &["GET"]),
        (&admin, "/v2/organization".into(), &["GET"]),
        (&admin, admin.members_path(), &["GET", "POST"]),
        (&admin, colleague.path(), &["GET", "PATCH", "DELETE"]),
        (&admin, "/v1/webhooks".into(), &["GET", "POST"]),
        (&admin, format!("{hook}/test"), &["POST"]),
        (&admin, hook, &["GET", "DELETE"]),
        (&reception, "/v1/audit-events".into(), &["GET"]),
    ];
    for (actor, target, allowed) in addresses {
        for method in
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO", "get"]
        {
            // Whatever is read by GET is read by HEAD, too: see `head`.
            if allowed.contains(&method) || (method == "HEAD" && allowed.contains(&"GET")) {
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
    let hook = Hook::pending(scene, AdminA1).await?;
    let admin = &hook.admin;
    let host = scene.wire().target().host.clone();
    let control =
        Control::new(admin.get("/v1/webhooks"), 200).and(Control::new(admin.get(&hook.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;
    for target in [
        "//v1/webhooks",
        "/v1//webhooks",
        "/v1/./webhooks",
        "/./v1/webhooks",
        "/v1/x/../webhooks",
        "/v1/webhooks/",
        "/v1/webhooks//",
        "/v1/webhooks/.",
        "/v1/webhooks/x/..",
        "/v1/%2e/webhooks",
        "/v1/x/%2e%2e/webhooks",
        "/v1%2fwebhooks",
        "/v1%2Fwebhooks",
        "/v1%252fwebhooks",
        "/v1/%77ebhooks",
        "/v1/%2577ebhooks",
        "/v1\\webhooks",
        "/v1%5cwebhooks",
        "/V1/webhooks",
        "/v1/Webhooks",
        "/v1/WEBHOOKS",
        "/v1/webhooks;x",
        "/v1/webhooks;v=1",
        "/v1;x/webhooks",
        "/v1/webhooks.json",
        "/v1/webhooks%00",
        "/v1/webhooks%20",
        "/v1/webhooks%3f",
        "/v1/webhooks%23",
        "/api/v1/webhooks",
    ] {
        let token = admin.token();
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        trial.refused(target, scene.raw(head), Refusal::absent()).await;
    }
    let id = hook.id;
    let capitals = format!("/v1/webhooks/{}", id.to_string().to_uppercase());
    trial
        .check("the id in capitals", admin.get(&capitals), |answer| match answer.uuid("/id") {
            Some(shown) if shown == id => Finding::Fine,
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    for spelling in
        [id.simple().to_string(), id.urn().to_string(), id.braced().to_string().replace(['{', '}'], "'")]
    {
        let target = format!("/v1/webhooks/{spelling}");
        trial.refused(&target, admin.get(&target), Refusal::absent()).await;
    }
    // RFC 9112 §3.2.2: absolute-form must be taken, and must be decided upon like any other.
    let absolute =
        format!("GET https://{host}/v1/webhooks HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    trial.refused("absolute-form without a token", scene.raw(absolute), Refusal::unauthenticated()).await;
    trial.conclude().await
}
