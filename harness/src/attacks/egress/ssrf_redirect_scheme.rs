//! `ssrf-redirect-scheme`: what was named is called, by TLS, directly, and nothing that it points to.

use super::hook::{Hook, administrator, body};
use crate::{
    arena::TemporaryDirectory,
    attacks::{prelude::*, write_settings},
    catcher::{ELSEWHERE, INSIDE, Manner, Proxy},
    observe::LogBook,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SSRF_REDIRECT_SCHEME / "redirect" = redirect,
        "An honest endpoint begins to answer with redirections: to the house, to another host, to the same in clear text.",
        "With every status that has ever meant one.",
    ),
    attack!(
        SSRF_REDIRECT_SCHEME / "scheme" = scheme,
        "An administrator names addresses of other schemes, and addresses that two parsers read differently.",
    ),
    attack!(
        SSRF_REDIRECT_SCHEME / "env" = env,
        needs: Exclusive,
        "Somebody who can set the environment of the process names a proxy there.",
        "He waits for an event.",
    ),
];

async fn redirect(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let hook = Hook::open(scene, AdminA2).await?;
    let catcher = scene.catcher();
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    let second = catcher.token();
    let clear = catcher.url_at(&hook.token.name(), &second).replace("https://", "http://");
    let places = [
        ("to the house", catcher.url_at(&INSIDE.to_string(), &second)),
        ("to another host", catcher.url_at(&ELSEWHERE.to_string(), &second)),
        ("to clear text", clear),
    ];
    for status in [300, 301, 302, 303, 307, 308] {
        for (story, place) in &places {
            let story = format!("{status} {story}");
            catcher.behave(&hook.token, Manner::Redirect(status, place.clone()));
            let row = hook.test(scene).await?;
            let followed = !catcher.arrivals(&second).is_empty();
            trial.found(&story, Finding::must(!followed, "it was followed"));
            let delivered = row.text("status").as_deref() == Some("delivered");
            trial.found(&story, Finding::must(!delivered, "it counts as delivered"));
            let answered = row.integer("answered") == Some(i64::from(status));
            let seen =
                if answered || followed { Finding::Fine } else { Finding::Unclear("nobody answered".into()) };
            trial.found(&story, seen);
        }
    }
    trial.conclude().await
}

async fn scheme(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let admin = administrator(scene, AdminA1)?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    let (host, port) = (hook.token.name(), scene.catcher().port());
    let long = format!("https://{host}:{port}/{}", "x".repeat(2048));
    let urls = [
        format!("http://{host}:{port}/"),
        format!("HTTPS://{host}:{port}/"),
        format!("//{host}:{port}/"),
        format!("https:{host}:{port}/"),
        format!("ws://{host}:{port}/"),
        format!("ftp://{host}:{port}/"),
        format!("gopher://{host}:{port}/"),
        format!("dict://{host}:{port}/"),
        format!("jar:https://{host}:{port}!/x"),
        "file:///etc/passwd".into(),
        "unix:///run/docker.sock".into(),
        "data:text/plain,hello".into(),
        format!("https://good.example\\@{host}:{port}/"),
        format!("https://good.example#@{host}:{port}/"),
        format!("https://good.example@{host}:{port}/"),
        format!("https://user:password@{host}:{port}/"),
        format!("https://ho\tst.{host}:{port}/"),
        format!("https://{host}:{port}/\n"),
        format!(" https://{host}:{port}/"),
        format!("https://{host}:{port}/#fragment"),
    ];
    for url in urls {
        let refusal = Refusal::invalid("url-not-allowed", "/url").audit("malicious_ssrf", "url-not-allowed");
        let story: String = url.chars().take(60).collect();
        trial.refused(&story, admin.post("/v1/webhooks").json(&body(&url)), refusal).await;
    }
    let longer = Refusal::invalid("validation-failed", "/url");
    trial.refused("an address without an end", admin.post("/v1/webhooks").json(&body(&long)), longer).await;
    trial.conclude().await
}

async fn env(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    let proxy = Proxy::start(scene.catcher().port()).await?;
    let address = format!("http://{}", proxy.address());
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let environment: Vec<(&str, &str)> = names.iter().map(|name| (*name, address.as_str())).collect();
    let folder = TemporaryDirectory::new()?;
    let settings = write_settings(folder.path(), &scene.settings_table()?)?;
    let second = scene.service()?.second_in(&settings, &environment, Arc::new(LogBook::default())).await?;
    let beside = scene.through(&second);
    // Whoever is asked delivers: the other process looks a while later.
    let admin = administrator(&beside, AdminA1)?;
    for number in 0..5 {
        let story = format!("event {number}");
        let before = scene.catcher().arrivals(&hook.token).len();
        beside.demand(&admin.post(&format!("{}/test", hook.path())), 201).await?;
        let arrived = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await.is_some();
        trial.found(&story, Finding::must(proxy.asked().is_empty(), "it went by the environment's proxy"));
        trial.found(
            &story,
            if arrived { Finding::Fine } else { Finding::Unclear("it does not arrive".into()) },
        );
    }
    trial.conclude().await
}
