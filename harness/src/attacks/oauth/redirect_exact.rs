//! `oauth-redirect-exact`: a code goes to the registered address and nowhere else.

use super::whole_way;
use crate::attacks::{front_door::code_in, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OauthRedirectExact / "variants" = variants,
        needs: People,
        "The attacker bends the application's redirect URI in every way that a lenient comparison forgives.",
        "A signed-in receptionist follows his link.",
        "He waits for her code.",
    ),
    attack!(
        OauthRedirectExact / "open-redirect" = open_redirect,
        needs: People,
        "The attacker tries the service's own links: next, return_to, post_logout_redirect_uri.",
        "He wants people to land on his page from an address that they trust.",
    ),
];

/// Addresses that a prefix, a suffix, a pattern, or a parser would take for the registered one.
const BENT: [&str; 12] = [
    "https://app.clinic.test/callback/../../evil",
    "https://app.clinic.test/callback/",
    "https://app.clinic.test/callback?next=https://evil.example",
    "https://app.clinic.test/callback#fragment",
    "https://app.clinic.test/callback%2f..",
    "https://APP.clinic.test/callback",
    "https://app.clinic.test:8443/callback",
    "http://app.clinic.test/callback",
    "https://app.clinic.test@evil.example/callback",
    "https://app.clinic.test.evil.example/callback",
    "https://evil.app.clinic.test/callback",
    "//app.clinic.test/callback",
];

/// A page with 400 and no address to go to; a code anywhere is the breach.
fn shown() -> Refusal {
    Refusal::page(400)
        .audit("oauth_request_refused", "redirect-uri")
        .breach_if(|answer| code_in(answer).is_some())
}

async fn variants(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let honest = reception.authorization(CLINIC_APP);
    for bent in BENT {
        let request = honest.clone().with("redirect_uri", bent);
        trial.refused(bent, request.request(&browser), shown()).await;
        let pushed = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "redirect-uri");
        trial.refused(&format!("{bent}, pushed"), request.pushed(), pushed).await;
    }
    let doubled = honest.also("redirect_uri", "https://evil.example/callback");
    let twice = Refusal::page(400).audit("input_validation_fail", "duplicate-parameter");
    trial.refused("two addresses", doubled.request(&browser), twice).await;
    trial.conclude().await
}

async fn open_redirect(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let evil = "https%3A%2F%2Fapp.clinic.test%2Fcallback%2Fevil";
    for target in [
        format!("/signin?next={evil}"),
        format!("/signin?return_to={evil}"),
        format!("/oauth2/logout?client_id=clinic-app&post_logout_redirect_uri={evil}"),
        format!("/oauth2/authorize?client_id=clinic-app&response_type=code&redirect_uri={evil}"),
    ] {
        let leads_there = |answer: &Answer| {
            let place = answer.header("location").unwrap_or_default();
            Finding::must(!place.contains("/evil") && !answer.mentions("callback/evil"), "it leads there")
        };
        trial.check(&target, browser.get(&target), leads_there).await;
    }
    trial.conclude().await
}
