//! `token-algorithm`: the key says how it verifies, never the token.

use crate::{attacks::prelude::*, forge::Issuer};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{self, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaEncoding},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64URL},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_ALGORITHM / "none" = none,
        "The receptionist writes the administrator's claims.",
        "She says that they are not signed, in every spelling of `none`, with no signature and with a random one.",
    ),
    attack!(
        TOKEN_ALGORITHM / "confusion" = confusion,
        "An attacker takes the issuer's public key from its JWKS.",
        "He signs the administrator's claims by HMAC with the key's bytes for a secret: raw, DER, PEM, JWK.",
    ),
    attack!(
        TOKEN_ALGORITHM / "other-asym" = other_asym,
        needs: OwnIssuer,
        "An issuer's JWKS has keys for other purposes: RSA, P-384, one for encryption.",
        "Whoever holds those signs a guest's claims with them.",
        "An algorithm that is not taken must not even make the service ask for keys.",
    ),
    attack!(
        TOKEN_ALGORITHM / "key-alg-mismatch" = key_alg_mismatch,
        needs: OwnIssuer,
        "An issuer's JWKS says of each key what it is for.",
        "The tokens say otherwise: ES256 by an EdDSA key, PS256 by an RS256 key, ES256 by a key declared for ECDH.",
    ),
];

fn bad_algorithm() -> Refusal {
    Refusal::invalid_token("token.alg")
}

async fn none(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let mut answers = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "", " none", "null"] {
        let unsigned = admin.recipe().header("alg", alg).segments()?.with_signature(b"");
        let story = format!("alg {alg:?}, no signature");
        answers.push(trial.refused(&story, me.clone().bearer(&unsigned), bad_algorithm()).await);
        let random = unsigned.with_signature(Uuid::new_v4().as_bytes());
        trial
            .refused(&format!("alg {alg:?}, random signature"), me.clone().bearer(random), bad_algorithm())
            .await;
    }
    trial.alike("the refusals say nothing about the algorithm", &answers);
    trial.conclude().await
}

async fn confusion(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let missing = || AttackError::Setup("the issuer has no key".into());
    let key = scene.forge().issuer("staff").and_then(|issuer| issuer.key()).ok_or_else(missing)?;
    for (name, secret) in spellings(&key) {
        for (alg, mac) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let secret = hmac::Key::new(mac, &secret);
            let token = admin
                .recipe()
                .header("alg", alg)
                .signed_with(move |input| hmac::sign(&secret, input).as_ref().to_vec())
                .sign()?;
            trial.refused(&format!("{alg} with the {name}"), me.clone().bearer(token), bad_algorithm()).await;
        }
    }
    trial.conclude().await
}

/// Every form in which a service may keep the public key.
fn spellings(key: &SigningKey) -> Vec<(&'static str, Vec<u8>)> {
    let raw = key.public_bytes().to_vec();
    let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".as_slice(), &raw].concat();
    let pem =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", BASE64_STANDARD.encode(&der));
    vec![
        ("PEM", pem.clone().into_bytes()),
        ("PEM and its last line end", format!("{pem}\n").into_bytes()),
        ("DER", der),
        ("raw key", raw.clone()),
        ("key in base64url", BASE64URL.encode(raw).into_bytes()),
        ("JWK", key.jwk().to_string().into_bytes()),
    ]
}

async fn other_asym(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let issuer = scene.own_issuer()?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let rsa = Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| no_key())?);
    let p384 = Arc::new(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| no_key())?);
    let p256 = Arc::new(SigningKey::named("for-encryption", Algorithm::Es256)?);
    let encryption = declared(&p256, "use", "enc");
    publish(issuer, &[rsa_jwk("by-rsa", &rsa), p384_jwk("by-p384", &p384), encryption]);

    let before = issuer.jwks_fetches();
    for alg in ["none", "HS256", "RS256", "ES384", "ES512", "EdDSA\u{a0}", "eddsa", "ES256K"] {
        let token = guest.recipe().header("alg", alg).header("kid", Uuid::new_v4().to_string()).sign()?;
        trial.refused(&format!("{alg} by an unknown key"), me.clone().bearer(token), bad_algorithm()).await;
    }
    let asked = issuer.jwks_fetches() > before;
    trial.found("no key is asked for", Finding::must(!asked, "the service asked for keys, for such a token"));
    announce(issuer, before, &guest, &mut trial).await?;

    let attempts = [
        ("RS256", "by-rsa", rsa_signer(&rsa, &signature::RSA_PKCS1_SHA256)),
        ("PS256", "by-rsa", rsa_signer(&rsa, &signature::RSA_PSS_SHA256)),
        ("ES384", "by-p384", p384_signer(p384)),
    ];
    for (alg, kid, signer) in attempts {
        let token = guest.recipe().header("alg", alg).header("kid", kid).signed_with(signer).sign()?;
        trial.refused(alg, me.clone().bearer(token), bad_algorithm()).await;
    }
    let token = guest.recipe().signed_by(p256).sign()?;
    let unknown = Refusal::invalid_token("token.kid");
    trial.refused("ES256 by a key for encryption", me.bearer(token), unknown).await;
    trial.conclude().await
}

async fn key_alg_mismatch(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let rsa = Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| no_key())?);
    let p256 = Arc::new(SigningKey::named("other-purpose", Algorithm::Es256)?);
    let elsewhere = declared(&p256, "alg", "ECDH-ES");
    let eddsa = Arc::new(SigningKey::named("says-eddsa", Algorithm::Es256)?);
    let contradictory = declared(&eddsa, "alg", "EdDSA");
    let issuer = scene.own_issuer()?;
    publish(issuer, &[rsa_jwk("by-rsa", &rsa), elsewhere, contradictory]);
    announce(issuer, issuer.jwks_fetches(), &guest, &mut trial).await?;

    let token = guest.recipe().header("alg", "ES256").sign()?;
    trial.refused("ES256 by an EdDSA key", me.clone().bearer(token), bad_algorithm()).await;
    let signer = rsa_signer(&rsa, &signature::RSA_PSS_SHA256);
    let token = guest.recipe().header("alg", "PS256").header("kid", "by-rsa").signed_with(signer).sign()?;
    trial.refused("PS256 by an RS256 key", me.clone().bearer(token), bad_algorithm()).await;
    for key in [p256, eddsa] {
        let story = format!("ES256 by the key {}", key.kid());
        let token = guest.recipe().signed_by(key).sign()?;
        trial.refused(&story, me.clone().bearer(token), Refusal::invalid_token("token.kid")).await;
    }
    trial.conclude().await
}

/// The key as a JWK that says something else of itself.
fn declared(key: &SigningKey, name: &str, value: &str) -> Value {
    let mut jwk = key.jwk();
    if let Some(members) = jwk.as_object_mut() {
        members.insert(name.into(), json!(value));
    }
    jwk
}

/// Publishes keys beside the honest one.
fn publish(issuer: &Issuer, further: &[Value]) {
    let mut document = issuer.jwks();
    if let Some(keys) = document.get_mut("keys").and_then(Value::as_array_mut) {
        keys.extend_from_slice(further);
    }
    issuer.behave(Mode::Jwks(document.to_string()));
}

/// Has the service fetch the keys, by a token under one that it does not know.
async fn announce(
    issuer: &Issuer,
    before: u64,
    guest: &Actor,
    trial: &mut Trial<'_>,
) -> Result<(), AttackError> {
    let unknown = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let token = guest.recipe().signed_by(unknown).sign()?;
    let refusal = Refusal::invalid_token("token.kid");
    trial.refused("an unknown key", guest.get("/v1/me").bearer(token), refusal).await;
    if issuer.jwks_fetches() > before {
        return Ok(());
    }
    Err(AttackError::Setup("the service did not fetch the keys".into()))
}

fn no_key() -> AttackError {
    AttackError::Setup("no key can be made".into())
}

fn rsa_jwk(kid: &str, key: &RsaKeyPair) -> Value {
    let public = key.public_key();
    let n = BASE64URL.encode(public.modulus().big_endian_without_leading_zero());
    let e = BASE64URL.encode(public.exponent().big_endian_without_leading_zero());
    json!({ "kty": "RSA", "n": n, "e": e, "kid": kid, "alg": "RS256", "use": "sig" })
}

fn p384_jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let part = |range: std::ops::Range<usize>| BASE64URL.encode(point.get(range).unwrap_or_default());
    json!({ "kty": "EC", "crv": "P-384", "x": part(1..49), "y": part(49..97), "kid": kid, "alg": "ES384", "use": "sig" })
}

type Signer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

fn rsa_signer(key: &Arc<RsaKeyPair>, padding: &'static dyn RsaEncoding) -> Signer {
    let key = key.clone();
    Box::new(move |input| {
        let mut signature = vec![0; key.public_modulus_len()];
        // Should it fail, zeroes are refused like any other forgery, and the twin tells.
        let _ = key.sign(padding, &SystemRandom::new(), input, &mut signature);
        signature
    })
}

fn p384_signer(key: Arc<EcdsaKeyPair>) -> Signer {
    Box::new(move |input| {
        key.sign(&SystemRandom::new(), input).map(|made| made.as_ref().to_vec()).unwrap_or_default()
    })
}
