//! `token-sender-constrained`: a token that is bound to a key is worth nothing without that key, per request, once.

use crate::{
    attacks::{
        possession::{self, Holder, thumbprint},
        prelude::*,
    },
    forge::ForgeError,
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD as BASE64, BASE64_URL_SAFE_NO_PAD as BASE64URL},
};
use rcgen::{CertificateParams, KeyPair};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_SENDER_CONSTRAINED / "as-bearer" = as_bearer,
        "The receptionist's token is bound to a key. Somebody reads it from a log.",
        "They send it as an ordinary bearer token, and as a bound one without a proof.",
    ),
    attack!(
        TOKEN_SENDER_CONSTRAINED / "other-key" = other_key,
        "The thief makes proofs with a key of their own.",
        "They also show the receptionist's public key, and sign with their own.",
    ),
    attack!(
        TOKEN_SENDER_CONSTRAINED / "claims" = claims,
        "A proof of the receptionist's was caught on its way.",
        "It is for another method, path, host or token, too old, too new, or without the service's nonce.",
    ),
    attack!(
        TOKEN_SENDER_CONSTRAINED / "replay" = replay,
        "The receptionist's whole request was caught, proof and all, and is sent again while the proof is fresh.",
        "It is sent again to another replica.",
    ),
    attack!(
        TOKEN_SENDER_CONSTRAINED / "header" = header,
        "Two proofs come in one request: the proxy would check one, the service the other.",
        "Proofs come with another type or algorithm, or show their private key.",
    ),
    attack!(
        TOKEN_SENDER_CONSTRAINED / "mtls" = mtls,
        "The receptionist's token is bound to a client certificate. The thief comes over a connection that shows none.",
        "He writes the certificate into the fields that gateways use for it, and brings proofs by a key of his own.",
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
        ("an empty id", proof().claim("jti", ""), "dpop.jti"),
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
        (
            "a key of another kind",
            proof().header("jwk", json!({ "kty": "RSA", "n": "wRaf", "e": "AQAB" })),
            "dpop.key",
        ),
        ("an extension", proof().header("crit", json!(["b64"])).header("b64", false), "dpop.crit"),
    ];
    for (story, proof, reason) in attempts {
        trial.refused(story, bare.clone().header("dpop", proof.sign()?), refused(reason)).await;
    }
    trial.conclude().await
}

/// The fields in which gateways tell of a client's certificate (RFC 9440, and what was there before).
const CERTIFICATE_FIELDS: [&str; 5] = [
    "client-cert",
    "x-client-cert",
    "x-ssl-client-cert",
    "x-forwarded-client-cert",
    "x-amzn-mtls-clientcert",
];

/// A client certificate, as an organization would give one to its receptionist.
fn certificate() -> Result<Vec<u8>, ForgeError> {
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(vec!["reception.clinic.test".to_owned()])?;
    Ok(params.self_signed(&key)?.der().to_vec())
}

async fn mtls(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let holder = scene.holder(RecepA).await?;
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200).and(control(&holder))).await?;
    let certificate = certificate()?;
    let print = BASE64URL.encode(digest(&SHA256, &certificate));
    let refused = || Refusal::invalid_token("token.claims");
    let bound = |confirmation: Value| reception.recipe().claim("cnf", confirmation).sign();
    let token = bound(json!({ "x5t#S256": print }))?;
    trial.refused("without the certificate", me.clone().bearer(&token), refused()).await;
    let shown = BASE64.encode(&certificate);
    for field in CERTIFICATE_FIELDS {
        let told = me.clone().bearer(&token).header(field, format!(":{shown}:"));
        trial.refused(&format!("the certificate in {field}"), told, refused()).await;
    }
    let both = bound(json!({ "x5t#S256": print, "jkt": thumbprint(holder.key()) }))?;
    trial.refused("bound to a key as well", me.clone().bearer(&both), refused()).await;
    let bare = me.authorization(format!("DPoP {both}"));
    let proof = possession::proof(holder.key(), "GET", &bare.address())
        .claim("ath", possession::hash(&both))
        .claim("nonce", holder.proof(&bare).value_of("nonce"));
    let proven = bare.header("dpop", proof.sign()?);
    trial.refused("bound to a key as well, and proven", proven, refused()).await;
    trial.conclude().await
}
