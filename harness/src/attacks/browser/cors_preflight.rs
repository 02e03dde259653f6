//! `cors-preflight`: what browsers are told before they ask.

use super::page::{cors_fields, list};
use crate::attacks::prelude::*;

const GOOD: &str = "https://app.clinic.test";
const EVIL: &str = "https://evil.example";
const HEADERS: [&str; 7] =
    ["accept", "authorization", "content-type", "dpop", "idempotency-key", "if-match", "if-none-match"];

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CorsPreflight / "method" = method,
        "The good page's script was injected into and asks, resource by resource, for methods that are not there: \
         DELETE on lists, PUT, TRACE, CONNECT, *.",
        "Each resource allows the methods it has and refuses the others without an Access-Control field.",
    ),
    attack!(
        CorsPreflight / "header" = header,
        "It asks for header fields that steer other software: x-admin, x-forwarded-for, cookie, a hundred at once; \
         and for access to a private network.",
        "Only the listed fields are allowed; nothing is echoed.",
    ),
    attack!(
        CorsPreflight / "bad-origin" = bad_origin,
        twin: Twin::Also(&[Protection::CorsAllowlist]),
        "Foreign pages ask for exactly what the good page may.",
        "400 without a single Access-Control field.",
    ),
    attack!(
        CorsPreflight / "simple" = simple,
        "A page sends what needs no preflight: a form's POST as text/plain, urlencoded and multipart, with JSON \
         inside, on every route that takes JSON.",
        "415 and no row, even with a valid token.",
    ),
];

fn preflight(scene: &Scene, target: &str, origin: &str, method: &str) -> Request {
    let ask = scene.anyone().options(target).header("origin", origin);
    ask.header("access-control-request-method", method)
}

fn control(scene: &Scene) -> Control<'_> {
    let ask = preflight(scene, "/v1/webhooks", GOOD, "POST")
        .header("access-control-request-headers", "authorization,content-type,if-match,idempotency-key");
    Control::judged(ask, 200, |answer| {
        answer.header_all("access-control-allow-origin") == [GOOD] && answer.body.is_empty()
    })
}

/// Refused as a preflight must be: 400 as a problem, and nothing that a browser could take for leave.
fn refusal() -> Refusal {
    let fields = ["origin", "methods", "headers", "credentials", "private-network"];
    let refusal = Refusal::problem(400, "bad-request").breach_if(|answer| !cors_fields(answer).is_empty());
    fields
        .iter()
        .fold(refusal, |refusal, field| refusal.header_absent(&format!("access-control-allow-{field}")))
}

/// Every resource and the methods it has.
fn resources(scene: &Scene) -> Result<Vec<(String, Vec<&'static str>)>, AttackError> {
    let admin = scene.actor(AdminA1)?;
    let hook = format!("/v1/webhooks/{}", Uuid::new_v4());
    Ok(vec![
        ("/.well-known/oauth-protected-resource".into(), vec!["GET"]),
        ("/v1/me".into(), vec!["GET"]),
        ("/v2/organization".into(), vec!["GET"]),
        (admin.members_path(), vec!["GET", "POST"]),
        (admin.path(), vec!["DELETE", "GET", "PATCH"]),
        ("/v1/webhooks".into(), vec!["GET", "POST"]),
        (format!("{hook}/test"), vec!["POST"]),
        (hook, vec!["DELETE", "GET"]),
        ("/v1/audit-events".into(), vec!["GET"]),
    ])
}

async fn method(scene: &Scene) -> Outcome {
    let resources = resources(scene)?;
    let mut trial = Trial::begin(scene, control(scene)).await?;
    for (path, methods) in &resources {
        for method in ["GET", "POST", "PATCH", "DELETE", "PUT", "TRACE", "CONNECT", "PROPFIND", "*", "post"] {
            let ask = preflight(scene, path, GOOD, method);
            let story = format!("{method} on {path}");
            if methods.contains(&method) {
                let wanted: Vec<String> = methods.iter().map(|method| method.to_ascii_lowercase()).collect();
                trial
                    .check(&story, ask, |answer| {
                        let told = list(answer, "access-control-allow-methods");
                        let served = if answer.status == 200 {
                            Finding::Fine
                        } else {
                            Finding::Unclear(answer.summary())
                        };
                        served.and(Finding::must(told == wanted, format!("the browser is told {told:?}")))
                    })
                    .await;
            } else {
                trial.refused(&story, ask, refusal()).await;
            }
        }
    }
    trial.conclude().await
}

async fn header(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)).await?;
    let ask = |fields: &str| {
        preflight(scene, "/v1/webhooks", GOOD, "POST").header("access-control-request-headers", fields)
    };
    let hundred: Vec<String> = (0..100).map(|n| format!("x-{n}")).collect();
    for (story, fields) in [
        ("x-admin", "x-admin"),
        ("a good one and x-admin", "authorization,x-admin"),
        ("x-forwarded-for", "x-forwarded-for"),
        ("x-http-method-override", "x-http-method-override"),
        ("cookie", "cookie"),
        ("*", "*"),
        ("a hundred", &hundred.join(",")),
    ] {
        trial.refused(story, ask(fields), refusal()).await;
    }
    trial
        .check("the listed ones", ask("authorization, content-type"), |answer| {
            let told = list(answer, "access-control-allow-headers");
            let age = answer.header_all("access-control-max-age");
            let credentials = answer.header("access-control-allow-credentials");
            Finding::must(told == HEADERS, format!("the browser is told {told:?}"))
                .and(Finding::must(age == ["600"], format!("for {age:?} seconds")))
                .and(Finding::must(credentials.is_none(), "its cookies are allowed"))
        })
        .await;
    for (origin, status) in [(GOOD, 200), (EVIL, 400)] {
        let ask = preflight(scene, "/v1/me", origin, "GET");
        let ask = ask.header("access-control-request-private-network", "true");
        trial
            .check(&format!("a private network for {origin}"), ask, |answer| {
                let told = answer.header("access-control-allow-private-network");
                let expected =
                    if answer.status == status { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                Finding::must(told.is_none(), "the page may enter the private network").and(expected)
            })
            .await;
    }
    trial.conclude().await
}

async fn bad_origin(scene: &Scene) -> Outcome {
    let resources = resources(scene)?;
    let mut trial = Trial::begin(scene, control(scene)).await?;
    for origin in [EVIL, "null", "https://app.clinic.test.evil.example", "http://app.clinic.test"] {
        for (path, methods) in &resources {
            for method in methods {
                let ask = preflight(scene, path, origin, method)
                    .header("access-control-request-headers", "authorization,content-type");
                trial.refused(&format!("{method} on {path} for {origin}"), ask, refusal()).await;
            }
        }
    }
    trial.conclude().await
}

async fn simple(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let mut trial = Trial::begin(scene, control(scene)).await?;
    let member = json!({ "issuer": admin.issuer(), "subject": "evil", "display_name": "E", "role": "admin" });
    let hook = json!({ "url": "https://evil.example/", "event_types": ["member.changed"] });
    let routes = [
        (admin.post("/v1/webhooks"), hook.to_string()),
        (admin.patch(&scene.actor(RecepA)?.path()), json!({ "role": "admin" }).to_string()),
        (admin.post(&admin.members_path()), member.to_string()),
    ];
    for (request, json) in routes {
        let kinds = [
            ("text/plain", json.clone()),
            ("text/plain;charset=UTF-8", json.clone()),
            ("application/x-www-form-urlencoded", json.clone()),
            ("multipart/form-data; boundary=x", json),
        ];
        for (kind, body) in kinds {
            let story = format!("{} as {kind}", request.describe());
            let form = request.clone().header("origin", EVIL).header("sec-fetch-site", "cross-site");
            let refusal = Refusal::problem(415, "unsupported-media-type")
                .header_absent("access-control-allow-origin")
                .audit("request_refused", "unsupported-media-type");
            trial.refused(&story, form.clone().body(kind, body.clone()), refusal).await;
            // As a browser really sends it: without any credential.
            trial.refused(&story, form.anonymous().body(kind, body), Refusal::unauthenticated()).await;
        }
    }
    trial.conclude().await
}
