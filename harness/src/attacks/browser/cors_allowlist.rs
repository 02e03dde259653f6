//! `cors-allowlist`: which pages may read answers.

use super::page::{Page, Seen, cors_fields, list};
use crate::{arena::TemporaryDirectory, attacks::prelude::*};
use std::{collections::HashMap, fs, os::unix::fs::PermissionsExt};

const GOOD: &str = "https://app.clinic.test";
const EVIL: &str = "https://evil.example";

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CORS_ALLOWLIST / "origins" = origins,
        "Pages of many origins ask, each a little like the allowed one: suffix, prefix, scheme, port, case, dot, \
         null, file, control characters.",
        "None may be named in Access-Control-Allow-Origin, on success, on errors or on preflights; Vary must keep \
         caches apart; credentials are allowed to nobody.",
    ),
    attack!(
        CORS_ALLOWLIST / "browser" = browser,
        "A page on evil.example asks for /v1/me with a token it owns, with fields and methods of every kind.",
        "The browser must not let its script read one byte.",
    ),
    attack!(
        CORS_ALLOWLIST / "cache" = cache,
        "A shared cache stands before the API and follows Vary. The evil page asks first, then the good one, then \
         the evil one again.",
        "The evil page must never be allowed to read, and the good one always.",
    ),
    attack!(
        CORS_ALLOWLIST / "config" = config,
        "An operator writes *, null, a pattern or an http origin into the allowlist.",
        "The service must not start.",
    ),
];

/// The good page reads.
fn control(scene: &Scene) -> Result<Control<'_>, AttackError> {
    let good = scene.actor(RecepA)?.get("/v1/me").header("origin", GOOD);
    Ok(Control::judged(good, 200, |answer| answer.header_all("access-control-allow-origin") == [GOOD]))
}

fn nothing_allowed(answer: &Answer) -> Finding {
    let fields = cors_fields(answer);
    let varies = list(answer, "vary").iter().any(|field| field == "origin");
    Finding::must(fields.is_empty(), format!("{} carries {fields:?}", answer.summary()))
        .and(Finding::must(varies, format!("{} does not vary by Origin", answer.summary())))
}

async fn origins(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let evil = [
        EVIL,
        "null",
        "https://app.clinic.test.evil",
        "https://app.clinic.test.evil.example",
        "https://evilapp.clinic.test",
        "https://evil.app.clinic.test",
        "http://app.clinic.test",
        "https://app.clinic.test:8443",
        "https://app.clinic.test:443",
        "https://APP.clinic.test",
        "HTTPS://app.clinic.test",
        "https://app.clinic.test.",
        "https://app.clinic.test/",
        "https://app.clinic.test, https://evil.example",
        "https://app.clinic.test https://evil.example",
        "https://app.clinic.test%00.evil.example",
        "https://app.clinic.test\t.evil.example",
        "https://app.clinic.test@evil.example",
        "https://app。clinic。test",
        "https://xn--app-clinic-test",
        "https://clinic.test",
        "https://api.clinic.test",
        "file://",
        "chrome-extension://abc",
        "*",
        "",
    ];
    for origin in evil {
        let story = format!("Origin: {origin:?}");
        let read = reception.get("/v1/me").header("origin", origin);
        trial
            .check(&story, read, |answer| {
                let served =
                    if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                nothing_allowed(answer).and(served)
            })
            .await;
        let ask = scene.anyone().options("/v1/webhooks").header("origin", origin);
        let ask = ask.header("access-control-request-method", "POST");
        trial.check(&format!("preflight, {story}"), ask, nothing_allowed).await;
    }
    let admin = scene.actor(AdminA1)?;
    for (story, request) in [
        ("401", scene.anyone().get("/v1/me")),
        ("404", scene.anyone().get("/nothing")),
        ("405", reception.put("/v1/me").json(&json!({}))),
        ("422", admin.post("/v1/webhooks").json(&json!({}))),
        ("public", scene.anyone().get("/.well-known/oauth-protected-resource")),
        ("health", scene.anyone().get("/health/live").to_operations()),
    ] {
        trial.check(story, request.header("origin", EVIL), nothing_allowed).await;
    }
    let twice = reception.get("/v1/me").header("origin", GOOD).header("origin", EVIL);
    trial
        .check("two origins", twice, |answer| {
            let refused =
                if answer.status == 400 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
            nothing_allowed(answer).and(refused)
        })
        .await;
    let good = reception.get("/v1/me").header("origin", GOOD);
    trial
        .check("the good origin", good, |answer| {
            let credentials = answer.header("access-control-allow-credentials");
            let varies = list(answer, "vary").iter().any(|field| field == "origin");
            Finding::must(credentials.is_none(), "its cookies are allowed")
                .and(Finding::must(varies, "it does not vary by Origin"))
        })
        .await;
    let none = reception.get("/v1/me");
    trial.check("no origin", none, nothing_allowed).await;
    trial.conclude().await
}

/// Header fields that a script sets.
type Fields<'a> = &'a [(&'a str, &'a str)];

async fn browser(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let bearer = format!("Bearer {}", reception.token());
    let (page, path) = (Page { origin: EVIL }, reception.path());
    let fetches: [(&str, &str, Fields<'_>); 6] = [
        ("GET", "/v1/me", &[("authorization", &bearer)]),
        ("GET", &path, &[("authorization", &bearer)]),
        ("PATCH", &path, &[("authorization", &bearer), ("content-type", "application/json")]),
        ("GET", "/v1/me", &[("cookie", "session=stolen")]),
        ("GET", "/.well-known/oauth-protected-resource", &[]),
        ("POST", "/v1/webhooks", &[("content-type", "text/plain")]),
    ];
    for (method, target, headers) in fetches {
        let finding = match page.fetch(&reception, method, target, headers, "").await {
            Ok(Seen::Readable(answer)) => Finding::Breach(format!("the page reads {}", answer.summary())),
            Ok(Seen::NotSent(answer) | Seen::Opaque(answer)) => nothing_allowed(&answer),
            Err(error) => Finding::Unclear(error.to_string()),
        };
        trial.found(&format!("{method} {target}"), finding);
    }
    let good = Page { origin: GOOD };
    let read = good.fetch(&reception, "GET", "/v1/me", &[("authorization", &bearer)], "").await?;
    let reads = matches!(read, Seen::Readable(answer) if answer.status == 200);
    trial.found("the good page", if reads { Finding::Fine } else { Finding::Unclear("can't read".into()) });
    trial.conclude().await
}

/// A shared cache that keeps everything and follows `Vary` (RFC 9111 §4.1).
#[derive(Default)]
struct Cache {
    vary_by_origin: bool,
    kept: HashMap<String, Answer>,
}

impl Cache {
    async fn ask(&mut self, request: &Request, origin: &str) -> Result<Answer, ClientError> {
        let key = |by_origin: bool| if by_origin { origin.to_owned() } else { String::new() };
        if let Some(answer) = self.kept.get(&key(self.vary_by_origin)) {
            return Ok(answer.clone());
        }
        let answer = request.clone().header("origin", origin).send().await?;
        self.vary_by_origin = list(&answer, "vary").iter().any(|field| field == "origin" || field == "*");
        self.kept.insert(key(self.vary_by_origin), answer.clone());
        Ok(answer)
    }
}

async fn cache(scene: &Scene) -> Outcome {
    let request = scene.anyone().get("/.well-known/oauth-protected-resource");
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    for order in [[EVIL, GOOD, EVIL], [GOOD, EVIL, GOOD]] {
        let mut cache = Cache::default();
        for origin in order {
            let answer = cache.ask(&request, origin).await?;
            let reads = Page { origin }.may_read(&answer);
            trial.found(
                &format!("{origin} through the cache"),
                match origin == GOOD {
                    true if reads => Finding::Fine,
                    true => Finding::Breach("the good page gets the evil page's answer".into()),
                    false => Finding::must(!reads, "the evil page reads the answer"),
                },
            );
        }
    }
    trial.conclude().await
}

async fn config(scene: &Scene) -> Outcome {
    let failed = |error: crate::arena::ArenaError| AttackError::Setup(error.to_string());
    let service = scene.service()?;
    let directory = TemporaryDirectory::new().map_err(failed)?;
    let text = fs::read_to_string(service.settings())?;
    let with = |origin: &str| -> Result<_, AttackError> {
        let mut settings: toml::Table =
            text.parse().map_err(|error: toml::de::Error| AttackError::Setup(error.to_string()))?;
        let origins =
            toml::Table::from_iter([("origins".to_owned(), toml::Value::Array(vec![origin.into()]))]);
        settings.insert("cors".into(), toml::Value::Table(origins));
        let file = directory.path().join(format!("{}.toml", Uuid::new_v4()));
        fs::write(&file, settings.to_string())?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        Ok(file)
    };
    let good = with(GOOD)?;
    let fine = Control::checked(|| async {
        match service.command(&good, &["check-config"]).await {
            Ok((0, ..)) => Ok(()),
            other => Err(format!("an exact origin is not fine: {other:?}")),
        }
    });
    let mut trial = Trial::begin(scene, fine).await?;
    for origin in [
        "*",
        "null",
        "https://*.clinic.test",
        r"^https://.*\.clinic\.test$",
        "http://app.clinic.test",
        "https://app.clinic.test/",
        "https://APP.clinic.test",
        "app.clinic.test",
        "https://",
    ] {
        let (code, _, said) = service.command(&with(origin)?, &["check-config"]).await.map_err(failed)?;
        trial.found(
            origin,
            match code {
                0 => Finding::Breach("the settings are fine".into()),
                78 if said.contains("insecure_cors") => Finding::Fine,
                other => Finding::Unclear(format!("ended with {other}: {}", said.trim())),
            },
        );
    }
    trial.conclude().await
}
