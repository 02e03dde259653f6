//! `token-sender-constrained`: a token that is bound to a key is worth nothing without that key, per request, once.

use crate::attacks::{
    possession::{Holder, thumbprint},
    prelude::*,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TokenSenderConstrained / "as-bearer" = as_bearer,
        "The receptionist's token is bound to a key. Somebody reads it from a log.",
        "They send it as an ordinary bearer token, and as a bound one without a proof.",
    ),
    attack!(
        TokenSenderConstrained / "other-key" = other_key,
        "The thief makes proofs with a key of their own.",
        "They also show the receptionist's public key, and sign with their own.",
    ),
    attack!(
        TokenSenderConstrained / "claims" = claims,
        "A proof of the receptionist's was caught on its way.",
        "It is for another method, path, host or token, too old, too new, or without the service's nonce.",
    ),
    attack!(
        TokenSenderConstrained / "replay" = replay,
        "The receptionist's whole request was caught, proof and all, and is sent again while the proof is fresh.",
        "It is sent again to another replica.",
    ),
    attack!(
        TokenSenderConstrained / "header" = header,
        "Two proofs come in one request: the proxy would check one, the service the other.",
        "Proofs come with another type or algorithm, or show their private key.",
    ),
];

/// The refusal of a bound token without a good proof.
fn refused(reason: &str) -> Refusal {
    Refusal::problem(401, "invalid-dpop")
        .header_has("www-authenticate", "DPoP error=\"")
        .audit("authn_token_reject", reason)
}

fn control(holder: &Holder) -> Control<'_> {
    Control::made_anew(200, || holder.get("/v1/me"))
}

async fn as_bearer(scene: &Scene) -> Outcome {
    let holder = scene.holder(RecepA).await?;
    let mut trial = Trial::begin(scene, control(&holder)).await?;
    let bare = holder.bare("GET", "/v1/me");
    let bearer = bare.clone().bearer(holder.token());
    let proven = bearer.clone().header("dpop", holder.proof(&bare).sign()?);
    trial.refused("as a bearer token", bearer, refused("dpop.as-bearer")).await;
    trial.refused("as a bearer token, with a proof", proven, refused("dpop.as-bearer")).await;
    trial.refused("without a proof", bare, refused("dpop.missing")).await;
    trial.conclude().await
}

async fn other_key(scene: &Scene) -> Outcome {
    let holder = scene.holder(RecepA).await?;
    let mut trial = Trial::begin(scene, control(&holder)).await?;
    let bare = holder.bare("GET", "/v1/me");
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let thief = Arc::new(SigningKey::generate(algorithm)?);
        let own = holder.proof_by(&thief, &bare).sign()?;
        let story = format!("with the thief's key ({})", thief.alg());
        trial.refused(&story, bare.clone().header("dpop", own), refused("dpop.other-key")).await;
    }
    let thief = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let mixed = holder.proof(&bare).secretly_signed_by(thief).sign()?;
    trial.refused("under the holder's name", bare.header("dpop", mixed), refused("dpop.signature")).await;
    trial.conclude().await
}

async fn claims(scene: &Scene) -> Outcome {
    let holder = scene.holder(RecepA).await?;
    let mut trial = Trial::begin(scene, control(&holder)).await?;
    let bare = holder.bare("GET", "/v1/me");
    let proof = || holder.proof(&bare);
    let address = bare.address();
    let now = proof().value_of("iat").as_i64().unwrap_or_default();
    let attempts = [
        ("another method", proof().claim("htm", "POST"), "dpop.htm"),
        ("no method", proof().without_claim("htm"), "dpop.malformed"),
        ("another path", proof().claim("htu", address.replace("/v1/me", "/v1/patients")), "dpop.htu"),
        ("in clear", proof().claim("htu", address.replacen("https", "http", 1)), "dpop.htu"),
        ("another host", proof().claim("htu", "https://evil.example/v1/me"), "dpop.htu"),
        ("no address", proof().without_claim("htu"), "dpop.malformed"),
        ("no token", proof().without_claim("ath"), "dpop.ath"),
        ("another token", proof().claim("ath", thumbprint(holder.key())), "dpop.ath"),
        ("five minutes old", proof().claim("iat", now - 300), "dpop.iat"),
        ("two minutes ahead", proof().claim("iat", now + 120), "dpop.iat"),
        ("no time", proof().without_claim("iat"), "dpop.malformed"),
        ("no id", proof().without_claim("jti"), "dpop.malformed"),
        ("no nonce", proof().without_claim("nonce"), "dpop.nonce"),
        ("an invented nonce", proof().claim("nonce", "invented"), "dpop.nonce"),
    ];
    for (story, proof, reason) in attempts {
        trial.refused(story, bare.clone().header("dpop", proof.sign()?), refused(reason)).await;
    }
    trial.conclude().await
}

async fn replay(scene: &Scene) -> Outcome {
    let holder = scene.holder(RecepA).await?;
    let beside = scene.beside(|_, _| {}).await?;
    let caught = holder.get("/v1/me")?;
    let mut trial = Trial::begin(scene, control(&holder)).await?;
    let first = scene.demand(&caught, 200).await;
    trial.found("the receptionist's own request", Finding::must(first.is_ok(), "it was refused"));
    trial.refused("again", caught.clone(), refused("dpop.replayed")).await;
    let elsewhere = caught.over(beside.scene.wire().clone());
    trial.refused("to another replica", elsewhere, refused("dpop.replayed")).await;
    let together = holder.get("/v1/me")?.send_together(8).await;
    let served = together.iter().flatten().filter(|answer| answer.status == 200).count();
    let once = match served {
        0 => Finding::Unclear("none of eight at once was served".into()),
        1 => Finding::Fine,
        more => Finding::Breach(format!("{more} of eight at once were served")),
    };
    trial.found("eight times at once", once);
    trial.conclude().await
}

async fn header(scene: &Scene) -> Outcome {
    let holder = scene.holder(RecepA).await?;
    let mut trial = Trial::begin(scene, control(&holder)).await?;
    let bare = holder.bare("GET", "/v1/me");
    let proof = || holder.proof(&bare);
    let (one, two) = (proof().sign()?, proof().sign()?);
    let several = Refusal::problem(400, "ambiguous-credentials").audit("authn_token_reject", "dpop.several");
    let apart = bare.clone().header("dpop", &one).header("DPoP", &two);
    trial.refused("two fields", apart, several.clone()).await;
    trial.refused("joined by a comma", bare.clone().header("dpop", format!("{one}, {two}")), several).await;

    let public = proof().header_value("jwk");
    let mut private = public.clone();
    if let Some(members) = private.as_object_mut() {
        members.insert("d".into(), json!("c2VjcmV0IHNjYWxhciBvZiB0aGUgcmVjZXB0aW9uaXN0"));
    }
    let secret = public.get("x").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mac = move |message: &[u8]| {
        use aws_lc_rs::hmac;
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message).as_ref().to_vec()
    };
    let attempts = [
        ("a token's type", proof().header("typ", "at+jwt"), "dpop.typ"),
        ("no type", proof().without_header("typ"), "dpop.malformed"),
        ("no signature", proof().header("alg", "none").signed_with(|_| Vec::new()), "dpop.alg"),
        ("an HMAC under the public key", proof().header("alg", "HS256").signed_with(mac), "dpop.alg"),
        ("the other algorithm", proof().header("alg", "ES256"), "dpop.alg"),
        ("no key", proof().without_header("jwk"), "dpop.malformed"),
        ("a private key", proof().header("jwk", private), "dpop.private-key"),
        (
            "a symmetric key",
            proof().header("jwk", json!({ "kty": "oct", "k": "c2VjcmV0" })),
            "dpop.private-key",
        ),
        ("an extension", proof().header("crit", json!(["b64"])).header("b64", false), "dpop.crit"),
    ];
    for (story, proof, reason) in attempts {
        trial.refused(story, bare.clone().header("dpop", proof.sign()?), refused(reason)).await;
    }
    trial.conclude().await
}
