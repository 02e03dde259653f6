//! `error-uniform`: every failure has one shape and tells nothing of how the service is built.

use super::error_grep::{failures, tells};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ERROR_UNIFORM / "provoke" = provoke,
        needs: Clinic,
        "An attacker causes every failure he can think of, from the socket to the database.",
        "Each must be a problem document of the one shape, with a request id and nothing else.",
    ),
    attack!(
        ERROR_UNIFORM / "broken-record" = broken_record,
        needs: Clinic,
        "A record in the database is broken, so that the service fails on its own side.",
        "The receptionist reads it: she learns a request id, the operator finds the cause by it, the service lives.",
    ),
    attack!(
        ERROR_UNIFORM / "malformed-http" = malformed_http,
        needs: Clinic,
        "An attacker writes what is no HTTP, and reads what the server says before any of our code is asked.",
        "He asks to go on in another protocol.",
    ),
];

/// The one shape (RFC 9457): `type`, `title`, `status`, `instance`, and `errors` of pointers and rule names; a 406 says
/// besides what would be `acceptable` (RFC 9110 §15.5.7).
pub(super) fn uniform(scene: &Scene, answer: &Answer) -> Finding {
    let seen = answer.summary();
    if answer.status < 400 {
        return Finding::Unclear(format!("{seen} is no failure"));
    }
    let must = |condition: bool, what: &str| Finding::must(condition, format!("{seen}: {what}"));
    let json = answer.json();
    let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
    let members = ["type", "title", "status", "instance", "errors"];
    let known = json.as_object().is_some_and(|object| {
        let is_known = |name: &str| members.contains(&name) || (name == "acceptable" && answer.status == 406);
        object.keys().all(|name| is_known(name))
    });
    let kind =
        format!("https://{}/problems/{}", scene.wire().target().host, answer.slug().unwrap_or_default());
    let instance = format!("urn:uuid:{}", answer.header("x-request-id").unwrap_or_default());
    let rule = |error: &Value| {
        let is = |name: &str| error.get(name).and_then(Value::as_str);
        let named = is("rule").is_some_and(|rule| {
            rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        });
        named && is("pointer").is_some() && error.as_object().is_some_and(|object| object.len() == 2)
    };
    let errors =
        json.get("errors").is_none_or(|errors| errors.as_array().is_some_and(|all| all.iter().all(rule)));
    must(answer.header("content-type") == Some("application/problem+json"), "no problem document")
        .and(must(known, "members beside type, title, status, instance and errors"))
        .and(must(
            text("type") == kind && answer.slug().is_some_and(|slug| !slug.is_empty()),
            "no stable type",
        ))
        .and(must(!text("title").is_empty() && text("title").len() < 100, "no sentence"))
        .and(must(
            json.get("status").and_then(Value::as_u64) == Some(answer.status.into()),
            "another status inside",
        ))
        .and(must(text("instance") == instance && answer.request_id().is_some(), "no request id"))
        .and(must(errors, "errors that are more than pointers and rules"))
        .and(tells(answer))
}

async fn provoke(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let control = Control::checked(move || async move {
        let answer = scene.anyone().get("/v1/none").send().await.map_err(|error| error.to_string())?;
        match (answer.status, answer.slug().as_deref()) {
            (404, Some("not-found")) => Ok(()),
            _ => Err(format!("an unknown path answers {}", answer.summary())),
        }
    });
    let patient = scene.patient().await?;
    let mut trial =
        Trial::begin(scene, control.and(Control::new(reception.get(&patient.path()), 200))).await?;
    for (story, request) in failures(scene, &patient)? {
        trial.check(&story, request, |answer| uniform(scene, answer)).await;
    }
    trial.conclude().await
}

async fn broken_record(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let (whole, broken) = (scene.patient().await?, scene.patient().await?);
    let observer = scene.observer();
    // What the column's type lets in and the service's does not.
    let nonsense = if observer.is_postgres() { "infinity" } else { "31.12.1999" };
    let mut trial = Trial::begin(scene, Control::new(reception.get(&whole.path()), 200)).await?;
    let set = |date: &str| {
        format!("UPDATE patients SET birth_date = '{date}' WHERE id = {}", observer.id(broken.id))
    };
    trial.honestly(observer.execute(&set(nonsense))).await?;
    let correction = json!({ "given_name": "Other" });
    for request in [
        reception.get(&broken.path()),
        reception.get("/v1/patients"),
        reception.patch(&broken.path()).json(&correction),
    ] {
        let story = request.describe();
        let answer = trial
            .check(&story, request, |answer| {
                let internal = answer.slug().as_deref() == Some("internal-error") || answer.status == 500;
                let finding = if internal { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                finding.and(uniform(scene, answer))
            })
            .await;
        if let Some(id) = answer.and_then(|answer| answer.request_id()) {
            trial.found(&format!("{story}: the log"), logged_once(scene, id).await);
        }
    }
    trial.honestly(observer.execute(&set(&broken.sent.birth_date))).await?;
    trial
        .check("repaired", reception.get(&broken.path()), |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}

/// One line beside the access line tells the operator what broke.
async fn logged_once(scene: &Scene, id: Uuid) -> Finding {
    let mut told = 0;
    // The log comes through a pipe.
    let mut patience = Patience::new();
    while patience.lasts().await {
        let lines = scene.observer().log.lines_of(id);
        told = lines.iter().filter(|line| line.contains(r#""level":"ERROR""#)).count();
        if told > 0 && lines.len() > told {
            break;
        }
    }
    Finding::must(told == 1, format!("the log names the cause of request {id} {told} times"))
}

async fn malformed_http(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let host = &scene.wire().target().host;
    let token = reception.token();
    let messages = [
        ("no HTTP", "EHLO clinic.test\r\n\r\n".to_owned()),
        ("a bad version", format!("GET /v1/me HTTP/9.9\r\nHost: {host}\r\n\r\n")),
        ("a bad method", format!("G\u{1}T /v1/me HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("a bad target", format!("GET /v1/\u{7f}\u{1} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("a field without a colon", format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nbroken\r\n\r\n")),
        ("a NUL in a field", format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n")),
        ("a folded field", format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\r\n\r\n")),
        ("a bad length", format!("POST /v1/patients HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n")),
        (
            "two lengths",
            format!(
                "POST /v1/patients HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            ),
        ),
        (
            "a bad chunk",
            format!(
                "POST /v1/patients HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            ),
        ),
        (
            "a field of 200 kB",
            format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "x".repeat(200_000)),
        ),
        ("no host", "GET /v1/me HTTP/1.1\r\n\r\n".to_owned()),
        (
            "another host in the target",
            format!("GET https://other.test/v1/me HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        ),
    ];
    for (story, message) in messages {
        let request = scene.raw(message).patience(Duration::from_secs(6));
        trial.found(
            story,
            match request.send().await {
                // The parser has no request to answer to: a bare status is all it may say, or nothing.
                Err(ClientError::Closed(_)) => Finding::Fine,
                Err(error) => Finding::Unclear(error.to_string()),
                Ok(answer) if answer.body.is_empty() && answer.status >= 400 => tells(&answer),
                Ok(answer) => uniform(scene, &answer),
            },
        );
    }
    for protocol in ["websocket", "h2c"] {
        let story = format!("{protocol} instead of HTTP/1.1");
        let request = reception.get("/v1/me").header("connection", "upgrade").header("upgrade", protocol);
        let refused = |answer: &Answer| match answer.status {
            101 | 200..=299 => Finding::Breach(format!("goes on after {}", answer.summary())),
            400 => Finding::must(answer.header("connection") == Some("close"), "the connection stays open")
                .and(uniform(scene, answer)),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.check(&story, request.patience(Duration::from_secs(4)), refused).await;
    }
    trial
        .check("a library's own answer", reception.get("/v1/me").header("expect", "x-unknown"), |answer| {
            if answer.status < 400 { Finding::Fine } else { uniform(scene, answer) }
        })
        .await;
    // The one message above that a twin answers in its parser's words.
    trial
        .check("a wrong type", reception.post("/v1/patients").json(&json!({ "given_name": 1 })), |a| {
            uniform(scene, a)
        })
        .await;
    trial.conclude().await
}
