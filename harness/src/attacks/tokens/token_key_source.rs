//! `token-key-source`: keys come from the configured issuer, never from where a token points.

use crate::{attacks::prelude::*, forge::Issuer};
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use brigandine_api::protection::TOKEN_ALGORITHM;
use rcgen::{CertificateParams, KeyPair, SigningKey as _};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::{io::AsyncWriteExt, net::TcpListener};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_KEY_SOURCE / "jwk" = jwk,
        "An attacker puts a key of his own into the token's header (CVE-2018-0114), as JWK and as certificate.",
        "He signs the administrator's claims with it: under its own name, the issuer's key's name, no name.",
    ),
    attack!(
        TOKEN_KEY_SOURCE / "jku" = jku,
        needs: OwnIssuer,
        "An attacker publishes a JWKS of his own on a server that he watches.",
        "He signs the administrator's claims, and names that address in `jku` or `x5u`.",
        "He has a trusted issuer's documents point there as well: by a redirect, by a document of another issuer, in clear.",
        "He sees whether anybody asks.",
    ),
    attack!(
        TOKEN_KEY_SOURCE / "kid-path" = kid_path,
        twin: Twin::Also(&[&TOKEN_ALGORITHM]),
        "An attacker names a file with known content for a key: /dev/null.",
        "He signs the administrator's claims by HMAC with that content, which is nothing.",
    ),
    attack!(
        TOKEN_KEY_SOURCE / "kid-sql" = kid_sql,
        "An attacker writes SQL for a key's name that would select a key of his own.",
        "He signs the administrator's claims with it.",
    ),
    attack!(
        TOKEN_KEY_SOURCE / "kid-cross" = kid_cross,
        "The patients' issuer is trusted too, but not for staff.",
        "Whoever holds its key signs the administrator's claims and names that key.",
    ),
];

fn unknown_key() -> Refusal {
    Refusal::invalid_token("token.kid")
}

fn bad_signature() -> Refusal {
    Refusal::invalid_token("token.signature")
}

async fn jwk(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let nameless = me.clone().bearer(admin.recipe().without_header("kid").sign()?);
    let control = Control::new(me.clone(), 200).and(Control::new(nameless, 200));
    let mut trial = Trial::begin(scene, control).await?;

    let own = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let brought = admin.recipe().header("jwk", own.jwk()).secretly_signed_by(own.clone());
    let token = brought.clone().sign()?;
    trial.refused("jwk under the issuer's kid", me.clone().bearer(token), bad_signature()).await;
    let token = brought.clone().header("kid", own.kid()).sign()?;
    trial.refused("jwk under its own kid", me.clone().bearer(token), unknown_key()).await;
    let token = brought.without_header("kid").sign()?;
    // Without a name the issuer's only key is meant (OIDC Core §10.1), never the one that came along.
    trial.refused("jwk without kid", me.clone().bearer(token), bad_signature()).await;

    let (chain, key) = certified().map_err(|error| AttackError::Setup(error.to_string()))?;
    let token = admin
        .recipe()
        .header("x5c", json!([chain]))
        .signed_with(move |input| key.sign(input).unwrap_or_default())
        .sign()?;
    trial.refused("x5c under the issuer's kid", me.bearer(token), bad_signature()).await;
    trial.conclude().await
}

/// A certificate of the attacker's own in the form of `x5c` (RFC 7515 §4.1.6), and its key.
fn certified() -> Result<(String, KeyPair), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
    let certificate = CertificateParams::new(vec!["staff.example".to_owned()])?.self_signed(&key)?;
    Ok((BASE64_STANDARD.encode(certificate.der()), key))
}

async fn jku(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let catcher = scene.forge().found(&format!("catcher-{}", Uuid::new_v4().simple()))?;
    let own = catcher.key().ok_or_else(|| AttackError::Setup("the catcher has no key".into()))?;
    let address = format!("{}/jwks", catcher.url());
    for parameter in ["jku", "x5u"] {
        let pointing = admin.recipe().header(parameter, address.as_str()).secretly_signed_by(own.clone());
        let token = pointing.clone().sign()?;
        let story = format!("{parameter} under the issuer's kid");
        trial.refused(&story, me.clone().bearer(token), bad_signature()).await;
        let token = pointing.header("kid", own.kid()).sign()?;
        trial
            .refused(&format!("{parameter} under its own kid"), me.clone().bearer(token), unknown_key())
            .await;
    }
    let token = admin.recipe().header("kid", address.as_str()).secretly_signed_by(own).sign()?;
    trial.refused("the address for a kid", me.bearer(token), unknown_key()).await;
    documents_point_to(&catcher, scene, &mut trial).await?;
    let asked = catcher.jwks_fetches() + catcher.discovery_fetches() > 0;
    trial.found("nobody asks the catcher", Finding::must(!asked, "the service asked the attacker's server"));
    trial.conclude().await
}

/// A service that starts while the issuer's documents point to the attacker's keys has no keys at all.
async fn documents_point_to(
    catcher: &Issuer,
    scene: &Scene,
    trial: &mut Trial<'_>,
) -> Result<(), AttackError> {
    let issuer = scene.own_issuer()?;
    let own = catcher.key().ok_or_else(|| AttackError::Setup("the catcher has no key".into()))?;
    let (in_clear, counted) = in_clear(catcher.jwks().to_string()).await?;
    let document = |name: &str, keys: &str| json!({ "issuer": name, "jwks_uri": keys }).to_string();
    let keys = format!("{}/jwks", catcher.url());
    catcher.behave(Mode::Discovery(document(issuer.url(), &keys)));
    for (story, mode) in [
        ("a redirect", Mode::Redirect(format!("{}/.well-known/openid-configuration", catcher.url()))),
        ("a document of another issuer", Mode::Discovery(document(catcher.url(), &keys))),
        ("keys in clear", Mode::Discovery(document(issuer.url(), &in_clear))),
    ] {
        issuer.behave(mode);
        let beside = scene.beside(|_, _| {}).await?;
        let guest = beside.scene.actor(GuestA)?;
        let token = guest.recipe().signed_by(own.clone()).sign()?;
        let refusal = Refusal::problem(503, "dependency-unavailable");
        trial.refused(story, guest.get("/v1/me").bearer(token), refusal).await;
    }
    issuer.behave(Mode::Honest);
    let asked = counted.load(Ordering::Relaxed) > 0;
    trial.found("nobody asks in clear", Finding::must(!asked, "the service asked for keys in clear"));
    Ok(())
}

/// Serves a document over HTTP in clear, and counts who comes.
async fn in_clear(document: String) -> Result<(String, Arc<AtomicU64>), AttackError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/jwks", listener.local_addr()?);
    let counted = Arc::new(AtomicU64::new(0));
    let count = counted.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let length = document.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{document}");
            // Whoever came has been counted; a broken connection changes nothing.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Ok((address, counted))
}

async fn kid_path(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let own = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    for kid in ["/dev/null", "../../../../dev/null", "../../../../../../../dev/null", "/proc/self/environ"] {
        let nothing = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let by_hmac = admin
            .recipe()
            .header("alg", "HS256")
            .header("kid", kid)
            .signed_with(move |input| hmac::sign(&nothing, input).as_ref().to_vec())
            .sign()?;
        let refusal = Refusal::invalid_token("token.alg");
        trial.refused(&format!("HS256 with {kid}"), me.clone().bearer(by_hmac), refusal).await;
        let by_own = admin.recipe().header("kid", kid).secretly_signed_by(own.clone()).sign()?;
        trial.refused(&format!("EdDSA with {kid}"), me.clone().bearer(by_own), unknown_key()).await;
    }
    let endless = admin.recipe().header("kid", "k".repeat(4000)).secretly_signed_by(own.clone()).sign()?;
    trial.refused("a kid of 4000 characters", me.clone().bearer(endless), unknown_key()).await;
    for odd in [json!(7), json!(["staff"]), json!({ "kid": "staff" })] {
        let story = format!("a kid of {odd}");
        let token = admin.recipe().header("kid", odd).secretly_signed_by(own.clone()).sign()?;
        trial.refused(&story, me.clone().bearer(token), Refusal::invalid_token("token.claims")).await;
    }
    trial.conclude().await
}

async fn kid_sql(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let own = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let x = own.jwk().get("x").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kids = [
        format!("' UNION SELECT '{x}' --"),
        format!("x' UNION ALL SELECT '{x}"),
        format!("x\" UNION SELECT '{x}' --"),
        "' OR '1'='1".to_owned(),
        "'; DROP TABLE members; --".to_owned(),
    ];
    for kid in kids {
        let token = admin.recipe().header("kid", kid.as_str()).secretly_signed_by(own.clone()).sign()?;
        let answer = trial.refused(&kid, me.clone().bearer(token), unknown_key()).await;
        let logged =
            answer.and_then(|answer| answer.request_id()).map(|id| scene.observer().log.lines_of(id));
        let failed = logged.unwrap_or_default().iter().any(|line| line.contains("\"ERROR\""));
        trial.found("no statement failed", Finding::must(!failed, "the database was asked, and failed"));
    }
    trial.conclude().await
}

async fn kid_cross(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let patient = scene.actor(PatA1)?.get("/v1/me");
    // The patients' issuer is trusted for patients.
    let control = Control::new(me.clone(), 200).and(Control::new(patient, 200));
    let mut trial = Trial::begin(scene, control).await?;

    let missing = || AttackError::Setup("the patients' issuer has no key".into());
    let key = scene.forge().issuer("patients").and_then(|issuer| issuer.key()).ok_or_else(missing)?;
    let token = admin.recipe().signed_by(key.clone()).sign()?;
    trial.refused("the patients' key by its name", me.clone().bearer(token), unknown_key()).await;
    let token = admin.recipe().secretly_signed_by(key).sign()?;
    trial.refused("the patients' key under the staff's name", me.bearer(token), bad_signature()).await;
    trial.conclude().await
}
