//! `headers-set`: whatever a browser is led to, it renders, frames and sniffs nothing.

use crate::attacks::{every_answer::every_answer, prelude::*};

const SET: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=(), xr-spatial-tracking=()",
    ),
];
const BANNERS: [&str; 7] =
    ["server", "via", "x-powered-by", "x-aspnet-version", "x-runtime", "x-generator", "x-served-by"];
/// What would tell the software, its parts or their versions.
const SOFTWARE: [&str; 7] = ["actix", "rustls", "hyper", "tokio", "rustc", "diesel", "brigandine/"];

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        HEADERS_SET / "each-status" = each_status,
        "A page frames, sniffs and embeds every kind of answer, to find the one without its fields.",
        "Each carries the whole set, exact values; JSON is called JSON, without a charset.",
    ),
    attack!(
        HEADERS_SET / "dup" = dup,
        "A client sends the same fields itself, weakened, hoping that they come back or that a second one wins.",
        "Each stands in the answer exactly once, with the service's value.",
    ),
    attack!(
        HEADERS_SET / "banner" = banner,
        "An attacker collects names and versions of software: Server fields, error texts, what the HTTP parser says \
         to broken requests, the names in the certificate.",
        "There must be none.",
    ),
];

fn whole_set(answer: &Answer) -> Finding {
    SET.iter().fold(Finding::Fine, |finding, (name, value)| {
        let seen = answer.header_all(name);
        finding.and(Finding::must(seen == [*value], format!("{} says {name}: {seen:?}", answer.summary())))
    })
}

fn typed(answer: &Answer) -> Finding {
    let kind = answer.header_all("content-type");
    let fine = answer.body.is_empty()
        || kind == ["application/json"]
        || kind == ["application/problem+json"]
        || kind == ["application/openmetrics-text; version=1.0.0; charset=utf-8"];
    Finding::must(fine, format!("{} is called {kind:?}", answer.summary()))
}

fn no_banner(answer: &Answer) -> Finding {
    let fields: Vec<&str> = BANNERS.into_iter().filter(|name| answer.header(name).is_some()).collect();
    let words: Vec<&str> = SOFTWARE.into_iter().filter(|word| answer.mentions(word)).collect();
    Finding::must(fields.is_empty(), format!("{} carries {fields:?}", answer.summary()))
        .and(Finding::must(words.is_empty(), format!("{} mentions {words:?}", answer.summary())))
}

fn control(scene: &Scene) -> Control<'_> {
    Control::judged(scene.anyone().get("/health/live").to_operations(), 200, Answer::succeeded)
}

async fn each_status(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)).await?;
    for provoked in every_answer(scene, &mut trial).await? {
        trial.found(&provoked.story, provoked.judged(|answer| whole_set(answer).and(typed(answer))));
    }
    trial.conclude().await
}

async fn dup(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let weakened = |request: Request| {
        request
            .header("x-content-type-options", "none")
            .header("content-security-policy", "default-src *")
            .header("x-frame-options", "ALLOWALL")
            .header("referrer-policy", "unsafe-url")
            .header("cross-origin-resource-policy", "cross-origin")
            .header("permissions-policy", "camera=*")
            .header("cache-control", "public, max-age=31536000")
    };
    let anyone = scene.anyone();
    for (story, request) in [
        ("success", reception.get("/v1/me")),
        ("list", reception.get(&reception.members_path())),
        ("401", anyone.get("/v1/me")),
        ("404", anyone.get("/nothing")),
        ("405", reception.put("/v1/me").json(&json!({}))),
        ("421", anyone.get("/v1/me").host("evil.example")),
        ("health", anyone.get("/health/live").to_operations()),
    ] {
        trial
            .check(story, weakened(request), |answer| {
                let own = ["ALLOWALL", "unsafe-url", "camera=*", "max-age=31536000"];
                let echoed = own.iter().any(|value| answer.mentions(value));
                whole_set(answer).and(Finding::must(!echoed, "the client's own field came back"))
            })
            .await;
    }
    trial.conclude().await
}

async fn banner(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)).await?;
    for provoked in every_answer(scene, &mut trial).await? {
        trial.found(&provoked.story, provoked.judged(no_banner));
    }
    for (story, bytes) in [
        ("a second Host", "GET / HTTP/1.1\r\nHost: api.clinic.test\r\nHost: b\r\n\r\n"),
        ("no Host", "GET / HTTP/1.1\r\n\r\n"),
        ("no version", "GET /\r\n\r\n"),
        ("HTTP/9", "GET / HTTP/9.9\r\nHost: api.clinic.test\r\n\r\n"),
        ("no method", "\u{1}\u{2} / HTTP/1.1\r\nHost: api.clinic.test\r\n\r\n"),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nHost: api.clinic.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        ),
    ] {
        // Some are answered by the HTTP parser, some not at all.
        if let Ok(answer) = scene.raw(bytes).patience(Duration::from_secs(3)).send().await {
            trial.found(story, no_banner(&answer));
        }
    }
    let Handshake::Done(peer) = scene.probe().shake().await? else {
        return Err(AttackError::Setup("no handshake".into()));
    };
    let leaf =
        peer.certificates.first().map(|der| String::from_utf8_lossy(der).into_owned()).unwrap_or_default();
    let told: Vec<&str> =
        ["rcgen", "self signed", "actix", "0.1.0"].into_iter().filter(|w| leaf.contains(w)).collect();
    trial.found("the certificate", Finding::must(told.is_empty(), format!("it names {told:?}")));
    trial.conclude().await
}
