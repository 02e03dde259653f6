//! `rate-key-spoofing`: the limiter counts by what nobody can write into a header.

use super::flood::flood;
use crate::attacks::{accounts::Door, prelude::*, set};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RATE_KEY_SPOOFING / "xff" = xff,
        "Anyone sends 60 requests from one address.",
        "Each names another client in every field that proxies use.",
    ),
    attack!(
        RATE_KEY_SPOOFING / "variants" = variants,
        "Anyone asks for the same thing under ever other names: case, slashes, encodings, methods, parameters.",
        "Each request also names another client, and another forged token.",
    ),
    attack!(
        RATE_KEY_SPOOFING / "identity" = identity,
        "Somebody is somebody else with each request: another alias of an e-mail address, another session, another API key, another client.",
        "Each request names another address in every field that proxies use.",
        "A program makes itself an API key for each request.",
    ),
    attack!(
        RATE_KEY_SPOOFING / "through-proxy" = through_proxy,
        "Two clients come through a proxy that the service trusts; each has its own allowance.",
        "One of them writes other clients' addresses to the left of its own.",
    ),
];

const PUBLIC: &str = "/.well-known/oauth-protected-resource";

fn disguised(request: &Request, number: usize) -> Request {
    let address = format!("198.51.{}.{}", number / 250, number % 250 + 1);
    request
        .clone()
        .header("x-forwarded-for", &address)
        .header("x-forwarded-for", format!("{address}, 10.0.0.1"))
        .header("forwarded", format!("for={address}"))
        .header("x-real-ip", &address)
        .header("x-client-ip", &address)
        .header("true-client-ip", &address)
        .header("cf-connecting-ip", &address)
        .header("x-originating-ip", &address)
}

async fn xff(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public.clone(), 200)).await?;
    let pinned = public.from(scene.fresh_address());
    let outcome = flood((0..60).map(|number| disguised(&pinned, number)).collect(), 2).await?;
    trial.found("60 requests in 60 disguises", outcome.within(20.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    trial.conclude().await
}

async fn variants(scene: &Scene) -> Outcome {
    let anyone = scene.anyone();
    let public = anyone.get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public, 200)).await?;
    let address = scene.fresh_address();
    let spellings =
        ["/v1/me", "/v1/me/", "//v1/me", "/V1/ME", "/%761/me", "/v1/./me", "/v2/me", "/v1/me?x=1", PUBLIC];
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];
    let mut requests = Vec::new();
    for spelling in spellings {
        for method in methods {
            let number = requests.len();
            let request = anyone.request(method, spelling).bearer(format!("guess-{number}"));
            requests.push(disguised(&request.from(address), number));
        }
    }
    let outcome = flood(requests, 2).await?;
    trial.found("54 requests under as many names", outcome.within(20.0, 1.0));
    trial.conclude().await
}

async fn through_proxy(scene: &Scene) -> Outcome {
    let honest = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(honest, 200)).await?;
    let beside = scene
        .beside(|settings, _| set(settings, "server.trusted_proxies", vec!["127.0.0.0/8".to_owned()]))
        .await?;
    let public = beside.scene.anyone().get(PUBLIC).from(beside.scene.fresh_address());
    let client = |left: String| public.clone().header("x-forwarded-for", left);

    let outcome =
        flood((0..60).map(|number| client(format!("198.51.100.{number}, 203.0.113.7"))).collect(), 2).await?;
    trial.found("60 disguises behind the proxy", outcome.within(20.0, 1.0));
    // As gateways write it: with ports, which change with every connection; and to the right of what is no text.
    let ports = (0..60_u16).map(|number| client(format!("6.6.6.{number}, 203.0.113.9:{}", 40_000 + number)));
    let outcome = flood(ports.collect(), 2).await?;
    trial.found("60 ports behind the proxy", outcome.within(20.0, 1.0));
    let octets = (0..60_u8).map(|number| {
        let field = [&b"\xff\xfe"[..], &[b'a' + number % 26], b", 203.0.113.10"].concat();
        public.clone().header("x-forwarded-for", field)
    });
    let outcome = flood(octets.collect(), 2).await?;
    trial.found("60 fields that are no text", outcome.within(20.0, 1.0));
    trial
        .check("another client behind the proxy", client("203.0.113.8".into()), |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}

/// Makes the request of somebody with this number.
type Numbered<'a> = Box<dyn Fn(usize) -> Request + Send + Sync + 'a>;

async fn identity(scene: &Scene) -> Outcome {
    let anyone = scene.anyone();
    let mut trial = Trial::begin(scene, Control::new(anyone.get(PUBLIC), 200)).await?;
    let door = Door::open(scene).await?;
    let secret = |number: usize| format!("{number:064x}");
    let kinds: [(&str, Numbered<'_>, f64, f64); 4] = [
        (
            "60 aliases",
            Box::new(|number| door.attempt(&format!("somebody+{number}@people.test"), "a guess")),
            5.0,
            20.0 / 60.0,
        ),
        (
            "60 API keys",
            Box::new(|number| anyone.get("/v1/me").bearer(format!("bk_{}", secret(number)))),
            20.0,
            1.0,
        ),
        (
            "60 sessions",
            Box::new(|number| {
                anyone.get("/v1/me").header("cookie", format!("__Host-session={}", secret(number)))
            }),
            20.0,
            1.0,
        ),
        (
            "60 clients",
            Box::new(|number| {
                let (id, key) = (secret(number), secret(number + 1));
                anyone.get("/v1/me").header("x-api-key", key).header("x-client-id", id)
            }),
            20.0,
            1.0,
        ),
    ];
    for (story, request, burst, per_second) in kinds {
        let address = scene.fresh_address();
        let requests = (0..60).map(|number| disguised(&request(number).from(address), number)).collect();
        trial.found(story, flood(requests, 2).await?.at_most(burst, per_second));
    }

    let program = trial.honestly(scene.program(|_| {})).await?;
    let mut requests = Vec::new();
    for number in 0..4 {
        let name = json!({ "name": format!("import {number}") });
        let (_, key) = trial.honestly(program.api_key(scene, &name)).await?;
        let get = anyone.get(&format!("/v1/organizations/{}", scene.a())).bearer(&key);
        requests.extend((0..60).map(|number| disguised(&get.clone().from(scene.fresh_address()), number)));
    }
    trial.found("240 requests with four keys of one program", flood(requests, 4).await?.within(100.0, 10.0));
    trial.conclude().await
}
