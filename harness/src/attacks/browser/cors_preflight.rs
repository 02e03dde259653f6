//! `cors-preflight`: what browsers are told before they ask.

use super::page::{cors_fields, list};
use crate::attacks::{inventory::filled, prelude::*};
use crate::matrix::{endpoints, has_clinic};
use brigandine_api::protection::CORS_ALLOWLIST;

const GOOD: &str = "https://app.clinic.test";
const EVIL: &str = "https://evil.example";
const HEADERS: [&str; 9] = [
    "accept",
    "authorization",
    "content-disposition",
    "content-type",
    "dpop",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-request-id",
];

/// The fields that some endpoint takes; only files have a name in one.
fn headers() -> Vec<&'static str> {
    HEADERS.into_iter().filter(|name| has_clinic() || *name != "content-disposition").collect()
}

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CORS_PREFLIGHT / "method" = method,
        "The good page's script was injected into and asks, resource by resource, for methods that are not there: \
         DELETE on lists, PUT, TRACE, CONNECT, *.",
        "Each resource allows the methods it has and refuses the others without an Access-Control field.",
    ),
    attack!(
        CORS_PREFLIGHT / "header" = header,
        "It asks for header fields that steer other software: x-admin, x-forwarded-for, cookie, a hundred at once.",
        "Only the listed fields are allowed; nothing is echoed.",
    ),
    attack!(
        CORS_PREFLIGHT / "operations" = operations,
        "The good page's application asks, for every operation of the API, for the method and all the fields that it takes; it may.",
        "The script that was injected asks for one field more each time.",
    ),
    attack!(
        CORS_PREFLIGHT / "bad-origin" = bad_origin,
        twin: Twin::Also(&[&CORS_ALLOWLIST]),
        "Foreign pages ask for exactly what the good page may.",
        "400 without a single Access-Control field.",
    ),
    attack!(
        CORS_PREFLIGHT / "pna" = pna,
        "A page of the internet asks whether it may reach the service behind the clinic's router, by preflight and without.",
        "Every operation is asked, for the good page and for a foreign one: none says that private networks are open.",
    ),
    attack!(
        CORS_PREFLIGHT / "simple" = simple,
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
                let mut wanted: Vec<String> =
                    methods.iter().map(|method| method.to_ascii_lowercase()).collect();
                if methods.contains(&"GET") {
                    wanted.push("head".to_owned());
                    wanted.sort();
                }
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
            Finding::must(told == headers(), format!("the browser is told {told:?}"))
                .and(Finding::must(age == ["600"], format!("for {age:?} seconds")))
                .and(Finding::must(credentials.is_none(), "its cookies are allowed"))
        })
        .await;
    trial.conclude().await
}

/// The fields of Private Network Access and of the draft before it, by which a page asks for more than the internet.
const INTO_THE_HOUSE: [&str; 2] =
    ["access-control-request-private-network", "access-control-request-local-network"];

async fn pna(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)).await?;
    let told = |answer: &Answer| {
        let fields = cors_fields(answer);
        let opened =
            fields.iter().find(|field| field.contains("private-network") || field.contains("local-network"));
        Finding::must(opened.is_none(), format!("the page is told {opened:?}"))
    };
    for row in endpoints().iter().filter(|row| row.path.starts_with("/v")) {
        let (method, target) = (row.method.as_str(), filled(row.path, scene));
        for (origin, status) in [(GOOD, 200), (EVIL, 400)] {
            for field in INTO_THE_HOUSE {
                let ask = preflight(scene, &target, origin, method).header(field, "true");
                trial
                    .check(&format!("{method} {} for {origin}: {field}", row.path), ask, |answer| {
                        let expected = match answer.status == status {
                            true => Finding::Fine,
                            false => Finding::Unclear(answer.summary()),
                        };
                        told(answer).and(expected)
                    })
                    .await;
            }
        }
        // A browser that asks within the request itself is told as little.
        let plain =
            scene.anyone().request(method, &target).header("origin", GOOD).from(scene.fresh_address());
        trial
            .check(
                &format!("{method} {}, at once", row.path),
                plain.header("access-control-request-private-network", "true"),
                told,
            )
            .await;
    }
    trial.conclude().await
}

/// What a browser application may not do by CORS it can't do at all: every row, with every field that it takes.
async fn operations(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)).await?;
    let fields_of = |row: &brigandine_api::http::endpoint::Endpoint| {
        let usual = ["accept", "authorization", "content-type", "dpop", "x-request-id"];
        let fields: Vec<String> =
            usual.iter().map(|&name| name.to_owned()).chain(row.taken_fields()).collect();
        (row.method.to_string(), row.path, fields)
    };
    let rows: Vec<_> = brigandine_api::endpoints::all().iter().map(fields_of).collect();
    for (method, path, fields) in rows.into_iter().filter(|(_, path, _)| path.starts_with("/v")) {
        let target = filled(path, scene);
        let ask = |fields: &[String]| {
            preflight(scene, &target, GOOD, &method)
                .header("access-control-request-headers", fields.join(","))
        };
        trial
            .check(&format!("{method} {path}"), ask(&fields), |answer| {
                let told = list(answer, "access-control-allow-headers");
                let missing: Vec<&String> = fields.iter().filter(|name| !told.contains(*name)).collect();
                if answer.status == 200 && missing.is_empty() {
                    Finding::Fine
                } else {
                    Finding::Unclear(format!("{} without {missing:?}", answer.summary()))
                }
            })
            .await;
        let more: Vec<String> = fields.iter().cloned().chain(["x-admin".to_owned()]).collect();
        trial.refused(&format!("{method} {path} and x-admin"), ask(&more), refusal()).await;
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
