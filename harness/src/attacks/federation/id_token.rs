//! `oidc-id-token`: an ID token is for us, for now, for this sign-in, and signed by the provider that was pinned.

use super::house::{CLIENT_ID, House, Proof, SECRET, invalid, is_in};
use crate::{
    attacks::prelude::*,
    forge::{Bend, Mode},
};
use aws_lc_rs::hmac;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OIDC_ID_TOKEN / "sig" = sig,
        "The attacker stands between the service and a provider.",
        "He signs the ID token himself: not at all, with a key of his own, with the client's secret.",
    ),
    attack!(
        OIDC_ID_TOKEN / "aud" = aud,
        "Somebody signs in at another application of the same provider, which belongs to the attacker.",
        "He hands its ID token in here.",
    ),
    attack!(
        OIDC_ID_TOKEN / "nonce" = nonce,
        "The attacker has the ID token of an earlier sign-in.",
        "He puts it into a sign-in of his own, whose nonce is another.",
    ),
    attack!(
        OIDC_ID_TOKEN / "time" = time,
        "The provider answers with an ID token of yesterday.",
        "Or with one of just now, for somebody who signed in there days ago.",
    ),
    attack!(
        OIDC_ID_TOKEN / "metadata" = metadata,
        "The provider's discovery document is replaced: it names another issuer, or keys that are elsewhere.",
    ),
];

type Bent = Box<dyn Fn(TokenRecipe) -> TokenRecipe + Send + Sync>;

/// Signs in with bent ID tokens, one after the other.
async fn refused_each(
    house: &House<'_>,
    scene: &Scene,
    trial: &mut Trial<'_>,
    attempts: Vec<(&str, &str, Bent)>,
) -> Result<(), AttackError> {
    for (story, reason, bent) in attempts {
        house.issuer.bend(Bend::id_token(bent));
        let browser = scene.browser();
        let back = house.arrive(&browser, house.staff("ada")).await?;
        trial.refused(story, browser.get(&back), invalid(reason)).await;
    }
    Ok(())
}

async fn sig(scene: &Scene) -> Outcome {
    let house = House::with(scene, AdminA1, Proof::Secret).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let impostor = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let unknown = impostor.clone();
    let by_secret = |input: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        hmac::sign(&key, input).as_ref().to_vec()
    };
    let attempts: Vec<(&str, &str, Bent)> = vec![
        (
            "unsigned",
            "id_token.alg",
            Box::new(|recipe| recipe.header("alg", "none").signed_with(|_| Vec::new())),
        ),
        (
            "the wrong key under the right name",
            "id_token.signature",
            Box::new(move |recipe| recipe.secretly_signed_by(impostor.clone())),
        ),
        ("an unknown key", "id_token.kid", Box::new(move |recipe| recipe.signed_by(unknown.clone()))),
        (
            "signed, and no claims at all",
            "id_token.malformed",
            Box::new(|recipe| recipe.claims_text(|_| "nothing".to_owned())),
        ),
        (
            "HS256 with the client's secret",
            "id_token.alg",
            Box::new(move |recipe| recipe.header("alg", "HS256").signed_with(by_secret)),
        ),
    ];
    refused_each(&house, scene, &mut trial, attempts).await?;
    trial.conclude().await
}

async fn aud(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let attempts: Vec<(&str, &str, Bent)> = vec![
        ("for another client", "id_token.aud", Box::new(|recipe| recipe.claim("aud", "other"))),
        (
            "for another client too",
            "id_token.aud",
            Box::new(|recipe| recipe.claim("aud", json!([CLIENT_ID, "other"]))),
        ),
        ("asked for by another client", "id_token.aud", Box::new(|recipe| recipe.claim("azp", "other"))),
        ("for nobody", "id_token.claims", Box::new(|recipe| recipe.without_claim("aud"))),
        (
            "of another provider",
            "id_token.iss",
            Box::new(|recipe| recipe.claim("iss", "https://idp.example")),
        ),
        ("about nobody", "id_token.sub", Box::new(|recipe| recipe.claim("sub", ""))),
    ];
    refused_each(&house, scene, &mut trial, attempts).await?;
    trial.conclude().await
}

async fn nonce(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    // An earlier sign-in, whose nonce somebody saw.
    let (seen, nonce) = std::sync::mpsc::channel();
    house.issuer.bend(Bend::id_token(move |recipe| {
        // Nobody waits for a second one.
        let _ = seen.send(recipe.value_of("nonce"));
        recipe
    }));
    let earlier = scene.browser();
    let back = house.arrive(&earlier, house.staff("ada")).await?;
    scene.demand(&earlier.get(&back), 303).await?;
    let replayed = nonce.recv().map_err(|_| AttackError::Setup("no nonce was sent".into()))?;

    let attempts: Vec<(&str, &str, Bent)> = vec![
        ("no nonce", "id_token.nonce", Box::new(|recipe| recipe.without_claim("nonce"))),
        ("an invented nonce", "id_token.nonce", Box::new(|recipe| recipe.claim("nonce", "invented"))),
        (
            "the nonce of the earlier sign-in",
            "id_token.nonce",
            Box::new(move |recipe| recipe.claim("nonce", replayed.clone())),
        ),
    ];
    refused_each(&house, scene, &mut trial, attempts).await?;
    trial.conclude().await
}

async fn time(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let now = crate::clock::unix_seconds();
    let attempts: Vec<(&str, &str, Bent)> = vec![
        ("expired", "id_token.time", Box::new(|recipe| recipe.shifted(-400))),
        ("from the future", "id_token.time", Box::new(|recipe| recipe.shifted(400))),
        (
            "long alive, of yesterday",
            "id_token.time",
            Box::new(move |recipe| recipe.claim("iat", now - 86_400)),
        ),
        (
            "somebody signed in there yesterday",
            "id_token.auth_time",
            Box::new(move |recipe| recipe.claim("auth_time", now - 86_400)),
        ),
    ];
    refused_each(&house, scene, &mut trial, attempts).await?;
    house.issuer.bend(Bend::id_token(|recipe| recipe.without_claim("auth_time")));
    let browser = scene.browser();
    let back = house.arrive_for(&browser, house.staff("ada"), 60).await?;
    let story = "it does not say when, and that was asked for";
    trial.refused(story, browser.get(&back), invalid("id_token.auth_time")).await;
    let demands = House::open(scene, AdminA1).await?;
    let provider = scene.observer().id(demands.provider);
    let acr = format!("UPDATE identity_providers SET acr = 'phr' WHERE id = {provider}");
    scene.observer().execute(&acr).await?;
    let browser = scene.browser();
    let back = demands.arrive(&browser, demands.staff("ada")).await?;
    let story = "it does not say how thoroughly, and that was asked for";
    trial.refused(story, browser.get(&back), invalid("id_token.acr")).await;
    house.issuer.bend(Bend::id_token(foreign));
    let browser = scene.browser();
    let back = house.arrive(&browser, house.staff("ada")).await?;
    let taken = |answer: &Answer| match is_in(answer) {
        true => Finding::Fine,
        false => Finding::Unclear(format!("nobody is signed in: {}", answer.summary())),
    };
    trial.check("a token of another kind of provider", browser.get(&back), taken).await;
    trial.conclude().await
}

/// A token as other providers write it: no name for the only key, fractions, claims of their own, nothing that was not
/// asked for.
fn foreign(recipe: TokenRecipe) -> TokenRecipe {
    let at = |name: &str| recipe.value_of(name).as_i64().unwrap_or_default().to_string();
    let (iat, exp) = (at("iat"), at("exp"));
    recipe
        .without_header("kid")
        .without_claim("auth_time")
        .claim("groups", json!(vec!["ward"; 150]))
        .claim("address", json!({ "lines": [[["a", null]], { "b": 1.5 }] }))
        .claim("sid", json!(7))
        .claim("picture", "x".repeat(5000))
        .claims_text(move |text| {
            let text = text.replace(&format!("\"iat\":{iat}"), &format!("\"iat\":{iat}.25"));
            text.replace(&format!("\"exp\":{exp}"), &format!("\"exp\":{exp}.75"))
        })
}

async fn metadata(scene: &Scene) -> Outcome {
    let honest = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, honest.open_to("ada")).await?;
    let (catcher, caught) = catcher().await?;
    let bents = [
        ("another issuer", "issuer", json!("https://idp.example"), "metadata.issuer"),
        ("keys in clear", "jwks_uri", json!(format!("http://{catcher}/jwks")), "metadata.endpoint"),
        ("keys on another host", "jwks_uri", json!(format!("https://{catcher}/jwks")), "metadata.endpoint"),
        (
            "tokens from another host",
            "token_endpoint",
            json!(format!("https://{catcher}/token")),
            "metadata.endpoint",
        ),
        ("codes for anybody", "code_challenge_methods_supported", json!(["plain"]), "metadata.pkce"),
    ];
    for (story, name, value, reason) in bents {
        let house = House::open(scene, AdminA1).await?;
        let mut document = house.issuer.discovery();
        if let Some(members) = document.as_object_mut() {
            members.insert(name.into(), value);
        }
        house.issuer.behave(Mode::Discovery(document.to_string()));
        let page = scene.browser().get(&format!("/signin/with?provider={}", house.provider));
        trial.refused(story, page, Refusal::page(503)).await;
        let told = tells(scene, reason, house.provider).await;
        trial
            .found(&format!("{story}: the operator is told"), Finding::must(told, "the log does not say so"));
    }
    let silent = House::open(scene, AdminA1).await?;
    silent.issuer.behave(Mode::Status(500));
    let page = scene.browser().get(&format!("/signin/with?provider={}", silent.provider));
    trial.refused("none at all", page, Refusal::page(503)).await;
    let told = tells(scene, "metadata.unreachable", silent.provider).await;
    trial.found("none at all: the operator is told", Finding::must(told, "the log does not say so"));
    let hits = caught.load(Ordering::Relaxed);
    trial.found("nobody else was asked", Finding::must(hits == 0, format!("{hits} connections were made")));
    trial.conclude().await
}

/// Whether the service's log says why it does without a provider. The line is written before the answer, but comes to us
/// by another way.
async fn tells(scene: &Scene, reason: &str, provider: Uuid) -> bool {
    let provider = provider.to_string();
    let said = |line: &String| {
        line.contains("A provider can't be used") && line.contains(reason) && line.contains(&provider)
    };
    let mut patience = Patience::new();
    while patience.lasts().await {
        if scene.observer().log.lines().iter().any(said) {
            return true;
        }
    }
    false
}

/// An address where nobody has any business, and how often somebody came.
async fn catcher() -> Result<(std::net::SocketAddr, Arc<AtomicUsize>), AttackError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let caught = Arc::new(AtomicUsize::new(0));
    let counter = caught.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            drop(connection);
        }
    });
    Ok((address, caught))
}
