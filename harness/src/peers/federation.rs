//! npm `oidc-provider` as an organization's own provider, which its staff sign in with.

use super::{
    Steps,
    node::Node,
    oidc_provider::{NOTICED, SCRIPT, certificate, text},
};
use crate::{
    arena::{CLINIC_APP, Persona},
    attacks::{Beside, Browser, Scene, set},
    client::{Answer, Sends},
    verdict::AttackError,
};
use serde_json::json;
use std::time::{Duration, Instant};
use uuid::Uuid;

const CLIENT_ID: &str = "clinic";
const DOMAIN: &str = "peers.example";

/// The provider, and a service that reaches it.
struct Stage {
    peer: Node,
    service: Beside,
    provider: Uuid,
}

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    let tls = certificate().map_err(|error| AttackError::Setup(error.to_string()))?;
    let setup = json!({
        "authority": tls.authority, "certificate": tls.certificate, "key": tls.key,
        "audience": "https://elsewhere.example",
    });
    let (mut peer, said) = Node::start(SCRIPT, &setup).await?;
    let mut failed = None;
    let service = scene
        .beside(|settings, folder| {
            let file = folder.join("provider-ca.pem");
            failed = std::fs::write(&file, &tls.authority).err();
            set(settings, "identity.federation.root_certificate_file", file.display().to_string());
        })
        .await?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let provider = introduce(&service.scene, &mut peer, &text(&said, "issuer")?).await?;
    own_domain(scene, &service).await?;
    let mut stage = Stage { peer, service, provider };

    let browser = stage.scene().browser();
    let signed_in = stage.sign_in(&browser).await;
    steps.step("staff sign in with their organization's certified provider", signed_in);
    let page = browser.send(&browser.get("/account")).await?;
    let vouched = page.status == 200 && page.mentions("by your organization");
    steps.step("their account's page says by whom they are signed in", came_out(vouched, &page));

    let account = stage.account().await?;
    stage.employ(&account).await?;
    let tokens = stage.scene().authorization(CLINIC_APP).tokens(&browser).await?;
    let me = stage.scene().anyone().get("/v1/me").bearer(&tokens.access);
    steps.answers("an application gets a token for them, and calls the API", me, 200, None).await;

    stage.peer.ask(&json!({ "command": "rotate" })).await?;
    steps.step("they sign in under the provider's new keys", stage.sign_in_soon().await);
    let same = stage.account().await? == account;
    steps.step("… to the same account", if same { Ok(()) } else { Err("it is another one".into()) });

    stage.peer.ask(&json!({ "command": "stop" })).await?;
    let begun = stage.sign_in(&stage.scene().browser()).await;
    let stays_out = if begun.is_err() { Ok(()) } else { Err("somebody is signed in".into()) };
    steps.step("nobody signs in while the provider is away", stays_out);
    let me = stage.scene().anyone().get("/v1/me").bearer(&tokens.access);
    steps.answers("… and whoever is signed in goes on", me, 200, None).await;
    Ok(())
}

impl Stage {
    fn scene(&self) -> &Scene {
        &self.service.scene
    }

    /// From our page to the provider's, through it, and back.
    async fn sign_in(&mut self, browser: &Browser) -> Result<(), String> {
        let id = self.provider.to_string();
        let page = format!("/signin/with?provider={id}");
        let csrf = browser.form_of(&page).await.map_err(|error| error.to_string())?;
        let form = browser.post("/signin/with", &[("csrf", &csrf), ("provider", &id)]);
        let sent = browser.send(&form).await.map_err(|error| error.to_string())?;
        let place = sent.leads_to().ok_or_else(|| sent.summary())?;
        let visited = self.peer.ask(&json!({ "command": "visit", "url": place })).await;
        let back = visited.and_then(|said| text(&said, "location")).map_err(|error| error.to_string())?;
        let own = format!("https://{}", self.scene().wire().target().host);
        let back =
            back.strip_prefix(&own).ok_or_else(|| format!("the provider sends the browser to {back}"))?;
        let answer = browser.send(&browser.get(back)).await.map_err(|error| error.to_string())?;
        came_out(answer.status == 303 && browser.cookie("__Host-session").is_some(), &answer)
    }

    /// Tries again for as long as an unknown key causes no new question: else strangers could have the service ask all day.
    async fn sign_in_soon(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let browser = self.scene().browser();
            let tried = self.sign_in(&browser).await;
            if tried.is_ok() || begun.elapsed() > NOTICED {
                return tried;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The account that the last sign-in led to.
    async fn account(&self) -> Result<String, AttackError> {
        let provider = self.scene().observer().id(self.provider);
        let latest = format!("provider_id = {provider} ORDER BY created_at DESC");
        let rows = self.scene().observer().rows("sessions", &latest).await?;
        let account = rows.first().and_then(|row| row.uuid("account_id"));
        account
            .map(|account| account.to_string())
            .ok_or_else(|| AttackError::Setup("nobody signed in by the provider".into()))
    }

    /// As if an invitation had been accepted: nobody else makes an account a member.
    async fn employ(&self, account: &str) -> Result<(), AttackError> {
        let (observer, own) =
            (self.scene().observer(), format!("https://{}", self.scene().wire().target().host));
        let (id, organization) = (observer.id(Uuid::new_v4()), observer.id(self.scene().a()));
        let now = observer.moment(0);
        let sql = format!(
            "INSERT INTO members (id, organization_id, issuer, subject, display_name, role, status, version, created_at) \
             VALUES ({id}, {organization}, '{own}', '{account}', 'Staff', 'reception', 'active', 1, {now})"
        );
        observer.execute(&sql).await?;
        Ok(())
    }
}

/// The administrator names the provider, whose own operator registers the service.
async fn introduce(scene: &Scene, peer: &mut Node, issuer: &str) -> Result<Uuid, AttackError> {
    let admin = scene.actor(Persona::AdminA1)?.with_scopes("providers:write")?;
    let path = format!("{}/identity-providers", admin.organization_path());
    let body = json!({ "name": "Staff", "issuer": issuer, "client_id": CLIENT_ID });
    let made = scene.demand(&admin.post(&path).json(&body), 201).await?;
    let key = made.json().get("key").cloned().unwrap_or_default();
    let client = json!({
        "client_id": CLIENT_ID,
        "redirect_uris": [made.string("/redirect_uri")],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": key.get("alg"),
        "id_token_signed_response_alg": "ES256",
        "jwks": { "keys": [key] },
    });
    peer.ask(&json!({ "command": "register", "client": client })).await?;
    made.uuid("/id").ok_or_else(|| AttackError::Setup("the new provider has no id".into()))
}

/// The operator records that the organization owns the domain of its staff's addresses.
async fn own_domain(scene: &Scene, service: &Beside) -> Result<(), AttackError> {
    let process = scene.service()?;
    let organization = service.scene.a().to_string();
    let arguments = ["admin", "verify-domain", "--organization", &organization, "--domain", DOMAIN];
    let (code, _, said) = process.command(process.settings(), &arguments).await?;
    if code == 0 {
        Ok(())
    } else {
        Err(AttackError::Setup(format!("verify-domain ended with {code}: {said}")))
    }
}

fn came_out(fine: bool, answer: &Answer) -> Result<(), String> {
    if fine { Ok(()) } else { Err(format!("answered {}", answer.summary())) }
}
