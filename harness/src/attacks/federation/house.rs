//! An organization with a provider of its own, and the way of its staff through it.

use crate::{
    attacks::prelude::*,
    forge::{Bend, Issuer, Person as Staff, RegisteredClient},
};
use std::collections::HashMap;
use url::form_urlencoded;

/// What the providers call the service.
pub(in crate::attacks) const CLIENT_ID: &str = "clinic";
/// A secret for providers that take no better proof.
pub(super) const SECRET: &str = "FAKE-secret-of-the-relying-party";

/// How the service authenticates at the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Key,
    Secret,
}

/// An organization's provider, registered on both sides, and its e-mail domain.
pub(in crate::attacks) struct House<'a> {
    scene: &'a Scene,
    pub(in crate::attacks) issuer: Arc<Issuer>,
    pub(in crate::attacks) provider: Uuid,
    pub(in crate::attacks) domain: String,
    client: RegisteredClient,
}

impl<'a> House<'a> {
    /// The administrator names a new provider of the forge; the operator records a new domain.
    pub(in crate::attacks) async fn open(scene: &'a Scene, admin: Persona) -> Result<House<'a>, AttackError> {
        Self::with(scene, admin, Proof::Key).await
    }

    pub(super) async fn with(
        scene: &'a Scene,
        admin: Persona,
        proof: Proof,
    ) -> Result<House<'a>, AttackError> {
        let issuer = scene.forge().found(&Uuid::new_v4().simple().to_string())?;
        Self::at(scene, admin, proof, issuer).await
    }

    /// Another organization that names the very same provider, and is called the same there.
    pub(in crate::attacks) async fn beside(&self, admin: Persona) -> Result<House<'a>, AttackError> {
        Self::at(self.scene, admin, Proof::Key, self.issuer.clone()).await
    }

    async fn at(
        scene: &'a Scene,
        admin: Persona,
        proof: Proof,
        issuer: Arc<Issuer>,
    ) -> Result<House<'a>, AttackError> {
        let admin = scene.actor(admin)?.with_scopes("providers:write")?;
        let mut body = json!({ "name": "Staff", "issuer": issuer.url(), "client_id": CLIENT_ID });
        if let (Some(body), Proof::Secret) = (body.as_object_mut(), proof) {
            body.insert("client_secret".into(), json!(SECRET));
        }
        let path = format!("{}/identity-providers", admin.organization_path());
        let request = admin.post(&path).json(&body);
        let made = scene.demand(&request, 201).await?;
        let missing = |what: &str| AttackError::Setup(format!("the new provider has no {what}"));
        let client = RegisteredClient {
            client_id: CLIENT_ID.into(),
            redirect_uri: made.string("/redirect_uri").ok_or_else(|| missing("redirect URI"))?,
            key: made.json().get("key").cloned(),
            secret: (proof == Proof::Secret).then(|| SECRET.to_owned()),
        };
        issuer.register(client.clone());
        let domain = format!("{}.example", Uuid::new_v4().simple());
        own(scene, admin.organization(), &domain).await?;
        let provider = made.uuid("/id").ok_or_else(|| missing("id"))?;
        Ok(Self { scene, issuer, provider, domain, client })
    }

    /// Somebody of the house, with a verified address of its domain.
    pub(in crate::attacks) fn staff(&self, name: &str) -> Staff {
        Staff::new(&format!("{name}-{}", self.provider), &format!("{name}@{}", self.domain))
    }

    /// Begins a sign-in in this browser, has the provider sign this person in, and answers where the browser is sent back
    /// to.
    pub(in crate::attacks) async fn arrive(
        &self,
        browser: &Browser,
        person: Staff,
    ) -> Result<String, AttackError> {
        self.go(browser, person, &[]).await
    }

    /// The same for an application that asks for a sign-in of so many seconds ago at most.
    pub(super) async fn arrive_for(
        &self,
        browser: &Browser,
        person: Staff,
        seconds: u32,
    ) -> Result<String, AttackError> {
        let app = self.scene.authorization(CLINIC_APP).with("max_age", &seconds.to_string());
        let asked = browser.send(&app.request(browser)).await?;
        let handle = asked.header("location").and_then(|place| place.strip_prefix("/signin?transaction="));
        let handle =
            handle.ok_or_else(|| AttackError::Setup(format!("no request waits: {}", asked.summary())))?;
        self.go(browser, person, &[("transaction", handle)]).await
    }

    /// Links the provider with the account that is signed in to in this browser.
    pub(in crate::attacks) async fn link(&self, browser: &Browser, person: Staff) -> Result<(), AttackError> {
        let back = self.go(browser, person, &[("link", "yes")]).await?;
        let answer = browser.send(&browser.get(&back)).await?;
        if answer.header("location") == Some("/account") {
            return Ok(());
        }
        Err(AttackError::Setup(format!("the provider is not linked: {}", answer.summary())))
    }

    /// The way to the provider and back, with these fields more in the form that begins it.
    pub(super) async fn go(
        &self,
        browser: &Browser,
        person: Staff,
        more: &[(&str, &str)],
    ) -> Result<String, AttackError> {
        self.issuer.will_sign_in(person);
        let id = self.provider.to_string();
        let csrf = browser.form_of(&format!("/signin/with?provider={id}")).await?;
        let mut fields = vec![("csrf", csrf.as_str()), ("provider", &id)];
        fields.extend_from_slice(more);
        let form = browser.post("/signin/with", &fields);
        let sent = browser.send(&form).await?;
        let odd = |what: &str| AttackError::Setup(format!("{what}: {}", sent.summary()));
        let place = sent.leads_to().ok_or_else(|| odd("the browser is not sent to the provider"))?;
        let (endpoint, query) = place.split_once('?').unwrap_or((place, ""));
        if endpoint != format!("{}/authorize", self.issuer.url()) {
            return Err(odd("the browser is sent elsewhere"));
        }
        let query: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let back =
            self.issuer.authorize(&query).ok_or_else(|| odd("the provider does not take the request"))?;
        let own = format!("https://{}", self.scene.wire().target().host);
        back.strip_prefix(&own)
            .map(str::to_owned)
            .ok_or_else(|| odd("the provider sends the browser elsewhere"))
    }

    /// The whole way of an honest person, in a browser of their own.
    pub(in crate::attacks) async fn sign_in(&self, person: Staff) -> Result<Browser, AttackError> {
        self.issuer.bend(Bend::default());
        self.issuer.register(self.client.clone());
        let browser = self.scene.browser();
        let back = self.arrive(&browser, person).await?;
        let answer = browser.send(&browser.get(&back)).await?;
        if is_in(&answer) {
            return Ok(browser);
        }
        Err(AttackError::Setup(format!("nobody is signed in: {}", answer.summary())))
    }

    /// Somebody of the house signs in.
    pub(in crate::attacks) fn open_to(&self, name: &'static str) -> Control<'_> {
        Control::checked(move || async move {
            self.sign_in(self.staff(name)).await.map(drop).map_err(|error| error.to_string())
        })
    }

    /// Which account the browser's session is of.
    pub(super) async fn account(&self, browser: &Browser) -> Result<Uuid, AttackError> {
        self.of_session(browser, "account_id").await
    }

    /// The browser's session.
    pub(super) async fn session(&self, browser: &Browser) -> Result<Uuid, AttackError> {
        self.of_session(browser, "id").await
    }

    async fn of_session(&self, browser: &Browser, column: &str) -> Result<Uuid, AttackError> {
        use aws_lc_rs::digest::{SHA256, digest};
        let secret = browser.cookie("__Host-session").unwrap_or_default();
        let observer = self.scene.observer();
        let hash = observer.bytes(digest(&SHA256, secret.as_bytes()).as_ref());
        let rows = observer.rows("sessions", &format!("secret_hash = {hash}")).await?;
        let found = rows.first().and_then(|row| row.uuid(column));
        found.ok_or_else(|| AttackError::Setup("the browser has no session".into()))
    }
}

/// The operator records that an organization owns a domain.
async fn own(scene: &Scene, organization: Uuid, domain: &str) -> Result<(), AttackError> {
    let service = scene.service()?;
    let organization = organization.to_string();
    let arguments = ["admin", "verify-domain", "--organization", &organization, "--domain", domain];
    let (mut code, _, mut said) = service.command(service.settings(), &arguments).await?;
    let mut patience = Patience::new();
    while code != 0 && patience.lasts().await {
        (code, _, said) = service.command(service.settings(), &arguments).await?;
    }
    if code == 0 {
        Ok(())
    } else {
        Err(AttackError::Setup(format!("verify-domain ended with {code}: {said}")))
    }
}

/// Whether an answer signs somebody in.
pub(in crate::attacks) fn is_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.header_all("set-cookie").iter().any(|it| it.starts_with("__Host-session="))
}

/// A page with 400 and without a session; the audit log knows why.
pub(super) fn invalid(reason: &str) -> Refusal {
    Refusal::page(400).audit("authn_login_fail", reason).breach_if(is_in)
}
