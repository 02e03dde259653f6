//! `oauth-redirect-exact`: a code goes to the registered address and nowhere else.

use super::{grants::signed, whole_way};
use crate::{
    arena::FAPI_APP,
    attacks::{front_door::code_in, prelude::*},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_REDIRECT_EXACT / "variants" = variants,
        needs: People,
        "The attacker bends the application's redirect URI in every way that a lenient comparison forgives.",
        "A signed-in receptionist follows his link.",
        "He waits for her code.",
    ),
    attack!(
        OAUTH_REDIRECT_EXACT / "open-redirect" = open_redirect,
        needs: People,
        "The attacker tries the service's own links: next, return_to, post_logout_redirect_uri.",
        "He wants people to land on his page from an address that they trust.",
    ),
    attack!(
        OAUTH_REDIRECT_EXACT / "omit" = omit,
        needs: People,
        "The attacker leaves the redirect URI away, so that somebody else has to say where the code goes.",
        "An application with two addresses gets no code, and one under the FAPI profile may not push that.",
        "One with a single address gets it there, where it is registered, and nowhere else.",
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
            let place = answer.leads_to().unwrap_or_default();
            Finding::must(!place.contains("/evil") && !answer.mentions("callback/evil"), "it leads there")
        };
        trial.check(&target, browser.get(&target), leads_there).await;
    }
    trial.conclude().await
}

/// An application with two addresses.
const TWO: Application =
    Application { client_id: "two-addresses", redirect_uri: "https://two.clinic.test/callback" };
const ITS_OTHER: &str = "https://two.clinic.test/other";

async fn omit(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let service = scene.service()?;
    let add = ["clients", "add", "--client-id", TWO.client_id, "--name", "Two", "--scope", "openid"];
    let addresses = ["--redirect-uri", TWO.redirect_uri, "--redirect-uri", ITS_OTHER];
    let (code, _, said) = service.command(service.settings(), &[&add[..], &addresses[..]].concat()).await?;
    if code != 0 {
        return Err(AttackError::Setup(format!("the application can't be registered: {said}")));
    }
    let names_one = Control::checked(|| async {
        let failed = |error: AttackError| error.to_string();
        let browser = reception.signed_in().await.map_err(failed)?;
        let app = reception.authorization(TWO).with("scope", "openid").with("redirect_uri", ITS_OTHER);
        app.code(&browser).await.map(drop).map_err(failed)
    });
    let mut trial = Trial::begin(scene, whole_way(&reception).and(names_one)).await?;
    let browser = reception.signed_in().await?;
    let open = reception.authorization(TWO).with("scope", "openid").without("redirect_uri");
    trial.refused("of two addresses", open.request(&browser), shown()).await;
    let pushed = || Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "redirect-uri");
    trial.refused("of two addresses, pushed", open.pushed(), pushed()).await;
    let empty = open.with("redirect_uri", "");
    trial.refused("an empty one", empty.request(&browser), shown()).await;
    let strict = reception.authorization(FAPI_APP).without("redirect_uri");
    trial.refused("under the FAPI profile, pushed", signed(scene, &strict)?, pushed()).await;
    let sole = reception.authorization(CLINIC_APP).without("redirect_uri");
    let goes_home = |answer: &Answer| match (code_in(answer), answer.leads_to()) {
        (Some(_), Some(place)) => {
            let home = format!("{}?", CLINIC_APP.redirect_uri);
            Finding::must(place.starts_with(&home), format!("the code goes to {place}"))
        }
        _ => Finding::Unclear(answer.summary()),
    };
    trial.check("the sole address", sole.request(&browser), goes_home).await;
    trial.conclude().await
}
