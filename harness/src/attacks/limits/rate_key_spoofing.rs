//! `rate-key-spoofing`: the limiter counts by what nobody can write into a header.

use super::flood::flood;
use crate::attacks::{prelude::*, set};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RateKeySpoofing / "xff" = xff,
        "Anyone sends 60 requests from one address.",
        "Each names another client in every field that proxies use.",
    ),
    attack!(
        RateKeySpoofing / "variants" = variants,
        "Anyone asks for the same thing under ever other names: case, slashes, encodings, methods, parameters.",
        "Each request also names another client, and another forged token.",
    ),
    attack!(
        RateKeySpoofing / "through-proxy" = through_proxy,
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
    trial
        .check("another client behind the proxy", client("203.0.113.8".into()), |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}
