//! `host-allowlist`: the service answers to its own names, and links only to them.

use crate::attacks::{prelude::*, session};

const EVIL: &str = "evil.example";

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        HOST_ALLOWLIST / "host" = host,
        "An attacker names other hosts: foreign ones, the address, ports, user parts, a dot at the end, several, \
         none, an absolute target that disagrees.",
        "He opens a TLS session for one name and asks for another on it.",
        "421, or 400 where HTTP itself is broken; no business code.",
    ),
    attack!(
        HOST_ALLOWLIST / "forwarded" = forwarded,
        "An untrusted client claims in X-Forwarded-Host, Forwarded, X-Host and others that it came for evil.example.",
        "The claim must change nothing: it opens no foreign host and stands in no answer.",
    ),
    attack!(
        HOST_ALLOWLIST / "links" = links,
        "The attacker wants links to his host in answers that others will see: Location, Link, problem types, the \
         resource's own name.",
        "Every link is relative or begins with the configured base URL, on creation, lists, errors, discovery.",
    ),
    attack!(
        HOST_ALLOWLIST / "beta" = beta,
        "Other names lead to the same machine: beta, old, localhost, the address, with and without the port.",
        "Nothing is served there, not even the public discovery document.",
    ),
];

fn misdirected() -> Refusal {
    Refusal::problem(421, "misdirected-request")
}

fn control(scene: &Scene) -> Result<Control<'_>, AttackError> {
    Ok(Control::new(scene.actor(RecepA)?.get("/v1/me"), 200))
}

fn get(target: &str, hosts: &[&str], token: &str) -> String {
    let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
    format!("GET {target} HTTP/1.1\r\n{hosts}Authorization: Bearer {token}\r\nConnection: close\r\n\r\n")
}

async fn host(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let token = reception.token();
    let port = scene.wire().target().public.port();
    let address = format!("127.0.0.1:{port}");
    for host in [
        EVIL,
        "127.0.0.1",
        &address,
        "[::1]",
        "api.clinic.test:443@evil.example",
        "x@api.clinic.test",
        "api.clinic.test.",
        "api.clinic.test.evil.example",
        "api.clinic.test:8443",
        "api.clinic.test:0443",
        "xapi.clinic.test",
        "clinic.test",
        "api.clinic.test/evil",
        "api.clinic.test, evil.example",
        "api.clinic.test evil.example",
        "http://api.clinic.test",
        "api%2eclinic.test",
        "*",
        "",
    ] {
        let request = scene.raw(get("/v1/me", &[host], token));
        trial.refused(&format!("Host: {host:?}"), request, misdirected()).await;
    }
    let absolute = [
        ("another host in the target", "https://evil.example/v1/me"),
        ("another port in the target", "https://api.clinic.test:8443/v1/me"),
        ("a user in the target", "https://evil@api.clinic.test/v1/me"),
        ("another scheme in the target", "http://api.clinic.test/v1/me"),
    ];
    for (story, target) in absolute {
        let request = scene.raw(get(target, &["api.clinic.test"], token));
        trial.refused(story, request, misdirected()).await;
    }
    let request = scene.raw(get("https://api.clinic.test/v1/me", &[EVIL], token));
    trial.refused("another host than the target", request, misdirected()).await;
    for hosts in [&["api.clinic.test", EVIL][..], &[EVIL, "api.clinic.test"], &[]] {
        let request = scene.raw(get("/v1/me", hosts, token));
        trial.refused(&format!("{} Host fields", hosts.len()), request, Refusal::bare(400)).await;
    }

    let target = scene.wire().target();
    for (story, name) in [("localhost", "localhost"), ("its own", "api.clinic.test")] {
        let config = session::config(scene, &[])?;
        let mut stream = session::connect(scene, config, target.public, name).await?;
        let answer = session::ask(&mut stream, get("/v1/me", &[&target.host], token).as_bytes()).await;
        let line = answer.lines().next().unwrap_or_default().to_owned();
        trial.found(
            &format!("a session for {story} name"),
            match (name == target.host, line.as_str()) {
                (true, line) if line.starts_with("HTTP/1.1 200") => Finding::Fine,
                (false, line) if line.starts_with("HTTP/1.1 421") => Finding::Fine,
                (false, line) if line.starts_with("HTTP/1.1 2") => {
                    Finding::Breach(format!("answered {line:?}"))
                }
                _ => Finding::Unclear(line),
            },
        );
    }
    trial.conclude().await
}

/// The request with every field that claims another host.
fn claimed(request: Request) -> Request {
    request
        .header("x-forwarded-host", EVIL)
        .header("x-forwarded-server", EVIL)
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-port", "8080")
        .header("forwarded", "for=192.0.2.1;host=evil.example;proto=http")
        .header("x-host", EVIL)
        .header("x-original-host", EVIL)
        .header("x-original-url", "https://evil.example/")
}

/// No word of the foreign host, and links that begin as they must.
fn own_links(answer: &Answer) -> Finding {
    let mut finding = Finding::must(!answer.mentions(EVIL), format!("{} mentions {EVIL}", answer.summary()));
    for link in answer.header_all("location").into_iter().chain(answer.header_all("link")) {
        let target = link.trim_start_matches('<');
        let own = (target.starts_with('/') && !target.starts_with("//"))
            || target.starts_with("https://api.clinic.test/");
        finding = finding.and(Finding::must(own, format!("a link leads to {link:?}")));
    }
    if let Some(kind) = answer.string("/type") {
        let own = kind.starts_with("https://api.clinic.test/problems/");
        finding = finding.and(Finding::must(own, format!("the problem's type is {kind:?}")));
    }
    finding
}

async fn forwarded(scene: &Scene) -> Outcome {
    let (reception, anyone) = (scene.actor(RecepA)?, scene.anyone());
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    for (story, request) in [
        ("a success", reception.get("/v1/me")),
        ("a 401", anyone.get("/v1/me")),
        ("a 404", anyone.get("/nothing")),
        ("a 422", scene.actor(AdminA1)?.post("/v1/webhooks").json(&json!({}))),
        ("discovery", anyone.get("/.well-known/oauth-protected-resource")),
    ] {
        trial.check(story, claimed(request), own_links).await;
    }
    let redeemed = reception.get("/v1/me").host(EVIL).header("x-forwarded-host", "api.clinic.test");
    trial.refused("a foreign host redeemed by the claim", redeemed, misdirected()).await;
    trial.conclude().await
}

async fn links(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let (admin, members) = (scene.actor(AdminA1)?, reception.members_path());
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let add = claimed(admin.post(&members).json(&admin.newcomer()));
    let created = trial.honestly(scene.demand(&add, 201)).await?;
    let located = created.header("location").is_some();
    trial.found(
        "Location",
        if located { own_links(&created) } else { Finding::Unclear("there is none".into()) },
    );
    let listed = claimed(reception.get(&format!("{members}?limit=1")));
    trial
        .check("a page of a list", listed, |answer| {
            let paged = if answer.string("/next").is_some() {
                Finding::Fine
            } else {
                Finding::Unclear("one page".into())
            };
            own_links(answer).and(paged)
        })
        .await;
    let discovery = claimed(scene.anyone().get("/.well-known/oauth-protected-resource"));
    trial
        .check("discovery", discovery, |answer| {
            let own = answer.string("/resource").as_deref() == Some("https://api.clinic.test");
            own_links(answer).and(Finding::must(own, "the resource has another name"))
        })
        .await;
    for request in [
        reception.get(&format!("{}?evil=1", reception.path())),
        scene.anyone().get("//evil.example/%2f.."),
        scene.anyone().get("/v1/me").host(EVIL),
    ] {
        trial
            .check(&request.describe(), claimed(request.clone()), |answer| {
                let kind = answer.string("/type").unwrap_or_default();
                Finding::must(
                    kind.starts_with("https://api.clinic.test/problems/"),
                    format!("its type is {kind:?}"),
                )
                .and(Finding::must(
                    !answer.headers.iter().any(|(_, value)| value.contains(EVIL)),
                    "evil in a field",
                ))
            })
            .await;
    }
    trial.conclude().await
}

async fn beta(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let port = scene.wire().target().public.port();
    let names =
        ["beta.api.clinic.test", "beta.clinic.test", "old.clinic.test", "localhost", "127.0.0.1", "0.0.0.0"];
    for name in names {
        for host in [name.to_owned(), format!("{name}:{port}")] {
            for request in [
                reception.get("/v1/me"),
                reception.get(&reception.members_path()),
                scene.anyone().get("/.well-known/oauth-protected-resource"),
                scene.anyone().get("/nothing"),
            ] {
                let story = format!("{} at {host}", request.describe());
                trial.refused(&story, request.host(&host), misdirected()).await;
            }
        }
    }
    trial.conclude().await
}
