//! npm `oidc-provider`, a certified OpenID provider: as the issuer of access tokens that the API trusts.
//!
//! It is stopped, slowed and given new keys, and the service must behave as `docs/operating.md` says.

use super::{Steps, node::Node};
use crate::{
    attacks::{Beside, Scene, set},
    client::{Request, Sends},
    verdict::AttackError,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub(super) const SCRIPT: &str = "oidc-provider.mjs";
/// The shortest interval that the settings take.
const REFRESH_SECONDS: u32 = 5;
/// Within this the service must have taken notice of a change at the provider.
pub(super) const NOTICED: Duration = Duration::from_secs(12);
/// How long an honest request may take while the provider hangs.
const UNHURT: Duration = Duration::from_secs(1);

/// A certificate for the provider, and its authority.
pub(super) struct Certificate {
    pub(super) authority: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// The provider, and a service that trusts it.
struct Stage<'a> {
    scene: &'a Scene,
    peer: Node,
    issuer: String,
    authority: String,
    service: Beside,
    claims: Value,
}

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    let tls = certificate().map_err(|error| AttackError::Setup(error.to_string()))?;
    let audience = format!("https://{}", scene.wire().target().host);
    let setup = json!({
        "authority": tls.authority, "certificate": tls.certificate, "key": tls.key, "audience": audience,
    });
    let (peer, said) = Node::start(SCRIPT, &setup).await?;
    let issuer = text(&said, "issuer")?;
    let service = trusting(scene, &issuer, &tls.authority).await?;
    let organization = bind(scene, &service, &issuer, &text(&said, "client")?).await?;
    // Beside what the API asks for, claims of the provider's own, in shapes that are none of its business (RFC 7519 §4).
    let claims = json!({
        "org": organization, "groups": vec!["ward"; 150], "note": "x".repeat(4200), "places": [{ "a": [null, 1.5] }],
    });
    let mut stage = Stage { scene, peer, issuer, authority: tls.authority, service, claims };
    stage.access_tokens(steps).await?;
    stage.rotation(steps).await?;
    stage.slowness(steps).await?;
    stage.absence(steps).await
}

impl Stage<'_> {
    async fn access_tokens(&mut self, steps: &mut Steps) -> Result<(), AttackError> {
        for algorithm in ["ES256", "EdDSA"] {
            let token = self.token(json!({ "alg": algorithm })).await?;
            let story = format!("an access token signed with {algorithm}");
            steps.answers(&story, patients(&self.service, &token), 200, None).await;
        }
        let rsa = self.token(json!({ "alg": "RS256" })).await?;
        steps
            .answers("one signed with RS256", patients(&self.service, &rsa), 401, Some("invalid-token"))
            .await;
        let other = self.token(json!({ "audience": "https://other.example" })).await?;
        steps
            .answers("one for another API", patients(&self.service, &other), 401, Some("invalid-token"))
            .await;
        Ok(())
    }

    async fn rotation(&mut self, steps: &mut Steps) -> Result<(), AttackError> {
        let old = self.token(json!({})).await?;
        steps.answers("a token under the old key", patients(&self.service, &old), 200, None).await;
        self.peer.ask(&json!({ "command": "rotate" })).await?;
        let new = self.token(json!({})).await?;
        steps.answers("a token under the new key, at once", patients(&self.service, &new), 200, None).await;
        steps.step(
            "the old key's token, after the refresh",
            until(|| patients(&self.service, &old), 401).await,
        );
        Ok(())
    }

    async fn slowness(&mut self, steps: &mut Steps) -> Result<(), AttackError> {
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(self.token(json!({})).await?);
        }
        self.peer.ask(&json!({ "command": "slow", "milliseconds": 8000 })).await?;
        for (number, token) in tokens.iter().enumerate() {
            // So that one of them meets a refresh that hangs.
            tokio::time::sleep(Duration::from_secs(2)).await;
            let begun = Instant::now();
            let story = format!("token {number}, new to the service, while the provider takes 8 s");
            steps.answers(&story, patients(&self.service, token), 200, None).await;
            let took = begun.elapsed();
            let quick = if took < UNHURT { Ok(()) } else { Err(format!("it took {took:?}")) };
            steps.step("… and nobody waits for the provider", quick);
        }
        self.peer.ask(&json!({ "command": "slow", "milliseconds": 0 })).await?;
        Ok(())
    }

    async fn absence(&mut self, steps: &mut Steps) -> Result<(), AttackError> {
        let known = self.token(json!({})).await?;
        let unseen = self.token(json!({})).await?;
        steps.answers("a token before the provider stops", patients(&self.service, &known), 200, None).await;
        self.peer.ask(&json!({ "command": "stop" })).await?;
        tokio::time::sleep(Duration::from_secs(u64::from(REFRESH_SECONDS) + 1)).await;
        steps
            .answers("the same, after a refresh that failed", patients(&self.service, &known), 200, None)
            .await;
        steps
            .answers("one that is new to it, by the known keys", patients(&self.service, &unseen), 200, None)
            .await;

        let late = trusting(self.scene, &self.issuer, &self.authority).await?;
        let unavailable = Some("dependency-unavailable");
        steps
            .answers("a service that starts without the provider", patients(&late, &known), 503, unavailable)
            .await;
        let anyone = late.scene.anyone().get("/v1/me");
        steps.answers("… answers everybody else", anyone, 401, Some("unauthenticated")).await;
        self.peer.ask(&json!({ "command": "start" })).await?;
        let back = until(|| patients(&late, &known), 200).await;
        steps.step("… and takes its tokens when the provider is back", back);
        Ok(())
    }

    /// An access token by client credentials.
    async fn token(&mut self, mut command: Value) -> Result<String, AttackError> {
        if let Some(command) = command.as_object_mut() {
            command.insert("command".into(), json!("token"));
            command.insert("claims".into(), self.claims.clone());
        }
        text(&self.peer.ask(&command).await?, "token")
    }
}

/// A second process of the service, which trusts the provider.
async fn trusting(scene: &Scene, issuer: &str, authority: &str) -> Result<Beside, AttackError> {
    let mut failed = None;
    let beside = scene
        .beside(|settings, folder| {
            let file = folder.join("provider-ca.pem");
            failed = std::fs::write(&file, authority).err();
            let mut entry = toml::Table::new();
            set(&mut entry, "issuer", issuer);
            set(&mut entry, "root_certificate_file", file.display().to_string());
            set(&mut entry, "jwks_refresh_seconds", i64::from(REFRESH_SECONDS));
            set(settings, "identity.issuers", vec![toml::Value::Table(entry)]);
        })
        .await?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(beside),
    }
}

/// An organization with the provider's client as a program; returns its id.
async fn bind(scene: &Scene, service: &Beside, issuer: &str, subject: &str) -> Result<String, AttackError> {
    let member = |subject: &str, role: &str| json!({ "issuer": issuer, "subject": subject, "display_name": "Peer", "role": role });
    let members = [member(subject, "service"), member("nobody", "admin")];
    let import = json!({ "organizations": [{ "name": "Peers", "members": members }] });
    let file = service.directory().join("peers.json");
    std::fs::write(&file, import.to_string())?;
    let (process, file) = (scene.service()?, file.display().to_string());
    let (code, printed, said) = process.command(process.settings(), &["admin", "import", &file]).await?;
    let printed: Value = serde_json::from_str(&printed).unwrap_or_default();
    let id = printed.pointer("/organizations/0/id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| AttackError::Setup(format!("the import ended with {code}: {said}")))
}

/// What programs may do, too.
fn patients(service: &Beside, token: &str) -> Request {
    service.scene.anyone().get("/v1/patients").bearer(token)
}

/// Asks until the answer has this status.
async fn until(request: impl Fn() -> Request, status: u16) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let seen = match request().send().await {
            Ok(answer) if answer.status == status => return Ok(()),
            Ok(answer) => answer.summary(),
            Err(error) => error.to_string(),
        };
        if begun.elapsed() > NOTICED {
            return Err(format!("still {seen} after {NOTICED:?}"));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

pub(super) fn text(said: &Value, name: &str) -> Result<String, AttackError> {
    let text = said.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| AttackError::Setup(format!("{SCRIPT} says nothing of its {name}")))
}

pub(super) fn certificate() -> Result<Certificate, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    // Without a name of its own, the leaf would look as if it had signed itself.
    params.distinguished_name.push(DnType::CommonName, "Peers");
    let authority_key = KeyPair::generate()?;
    let authority = params.self_signed(&authority_key)?.pem();
    let key = KeyPair::generate()?;
    let issuer = Issuer::new(params, authority_key);
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    Ok(Certificate { authority, certificate: leaf.pem(), key: key.serialize_pem() })
}
