//! A webhook of the attack's own, with the catcher at its other end.

use crate::{
    arena::Persona,
    attacks::{Actor, Scene},
    catcher::{Arrival, Token},
    client::Sends,
    observe::Row,
    patience::Patience,
    verdict::{AttackError, Control, Finding},
};
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

/// What webhooks can be told of, whatever the domain.
pub(super) const MEMBER_CHANGED: &str = "member.changed";

/// A webhook.
pub(crate) struct Hook {
    pub(crate) id: Uuid,
    pub(crate) token: Token,
    pub(crate) secret: String,
    pub(crate) admin: Actor,
}

/// An administrator who may manage webhooks.
pub(super) fn administrator(scene: &Scene, persona: Persona) -> Result<Actor, AttackError> {
    Ok(scene.actor(persona)?.with_scopes("webhooks:read webhooks:write audit:read")?)
}

/// What is sent to name an address.
pub(super) fn body(url: &str) -> Value {
    json!({ "url": url, "event_types": [MEMBER_CHANGED] })
}

/// Something happens that webhooks are told of: a member is given another name.
pub(crate) async fn something_happens(scene: &Scene, name: &str) -> Result<(), AttackError> {
    let member = scene.actor(Persona::ClinA2)?.path();
    let rename = scene.actor(Persona::AdminA1)?.patch(&member).json(&json!({ "display_name": name }));
    scene.demand(&rename, 200).await.map(drop)
}

/// Lets an hour pass for the quota of challenges, and for nothing else.
pub(super) async fn challenges_were_an_hour_ago(scene: &Scene) -> Result<(), AttackError> {
    let a = scene.observer().id(scene.a());
    scene
        .observer()
        .execute(&format!("UPDATE spend_rates SET due_at = 0 WHERE organization_id = {a}"))
        .await?;
    Ok(())
}

impl Hook {
    /// Names an address; it is pending.
    pub(super) async fn named(
        scene: &Scene,
        persona: Persona,
        token: Token,
        url: &str,
    ) -> Result<Self, AttackError> {
        let admin = administrator(scene, persona)?;
        let made = scene.demand(&admin.post("/v1/webhooks").json(&body(url)), 201).await?;
        match (made.uuid("/id"), made.string("/signing_secret")) {
            (Some(id), Some(secret)) => Ok(Self { id, token, secret, admin }),
            _ => Err(AttackError::Setup("the new webhook has no id or secret".into())),
        }
    }

    /// Names the address of a new token.
    pub(crate) async fn pending(scene: &Scene, persona: Persona) -> Result<Self, AttackError> {
        let token = scene.catcher().token();
        let url = scene.catcher().url(&token);
        Self::named(scene, persona, token, &url).await
    }

    /// Names an address and has it answer a challenge.
    pub(crate) async fn open(scene: &Scene, persona: Persona) -> Result<Self, AttackError> {
        let hook = Self::pending(scene, persona).await?;
        let told = hook.tell(scene).await?;
        hook.tried(scene, told).await?;
        let status = scene.observer().row("webhooks", hook.id).await?.text("status");
        match status.as_deref() {
            Some("active") => Ok(hook),
            _ => Err(AttackError::Setup("a webhook that answered its challenge is not active".into())),
        }
    }

    /// `/v1/webhooks/{webhook}`
    pub(crate) fn path(&self) -> String {
        format!("/v1/webhooks/{}", self.id)
    }

    /// Has a challenge or a test event sent; the delivery's id.
    pub(crate) async fn tell(&self, scene: &Scene) -> Result<Uuid, AttackError> {
        let answer = scene.demand(&self.admin.post(&format!("{}/test", self.path())), 201).await?;
        answer.uuid("/id").ok_or_else(|| AttackError::Setup("a delivery has no id".into()))
    }

    /// The delivery, once it was tried. A sealed outbox, read behind the service's back.
    pub(super) async fn tried(&self, scene: &Scene, delivery: Uuid) -> Result<Row, AttackError> {
        let mut patience = Patience::new();
        while patience.lasts().await {
            let row = scene.observer().row("webhook_deliveries", delivery).await?;
            if row.integer("attempts").unwrap_or_default() > 0 {
                return Ok(row);
            }
        }
        Err(AttackError::Setup("a delivery is not tried".into()))
    }

    /// Has a test event sent and waits until it was tried.
    pub(super) async fn test(&self, scene: &Scene) -> Result<Row, AttackError> {
        let delivery = self.tell(scene).await?;
        self.tried(scene, delivery).await
    }

    /// A delivery that came to its end.
    pub(crate) async fn told(&self, scene: &Scene) -> Result<Uuid, AttackError> {
        let delivery = self.tell(scene).await?;
        self.tried(scene, delivery).await?;
        Ok(delivery)
    }

    /// What it was told of this kind, if anything.
    pub(super) async fn deliveries_of(&self, scene: &Scene, kind: &str) -> Result<Vec<Row>, AttackError> {
        let filter = format!("webhook_id = {} AND event_type = '{kind}'", scene.observer().id(self.id));
        Ok(scene.observer().rows("webhook_deliveries", &filter).await?)
    }

    /// The honest way: a test event arrives, and its signature is good.
    pub(crate) fn is_told<'a>(&'a self, scene: &'a Scene) -> Control<'a> {
        Control::checked(move || async move {
            let before = scene.catcher().arrivals(&self.token).len();
            self.test(scene).await.map_err(|error| error.to_string())?;
            let arrival = scene.catcher().wait_for(&self.token, before.saturating_add(1)).await;
            let arrival = arrival.ok_or("the test event does not arrive")?;
            if is_signed(&arrival, &self.secret) { Ok(()) } else { Err("it is not signed".into()) }
        })
    }

    /// Nothing with its token, and nothing nameless, came inside.
    pub(super) fn left_the_house_alone(&self, scene: &Scene) -> Finding {
        Finding::must(!scene.catcher().reached_inside(&self.token), "it was called inside")
    }
}

/// Whether one of the signatures is by this secret (Standard Webhooks, "Verifying signatures").
pub(super) fn is_signed(arrival: &Arrival, secret: &str) -> bool {
    let field = |name| arrival.header(name).unwrap_or_default();
    let bytes = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let signed = format!("{}.{}.{}", field("webhook-id"), field("webhook-timestamp"), arrival.body);
    field("webhook-signature")
        .split(' ')
        .filter_map(|one| BASE64_STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .any(|signature| hmac::verify(&key, signed.as_bytes(), &signature).is_ok())
}

/// Whether a delivery failed, and nothing but that can be read of it.
pub(super) fn failed_silently(row: &Row) -> Finding {
    let answered = row.integer("answered");
    Finding::must(
        answered.is_none() && row.text("status").as_deref() != Some("delivered"),
        "it was delivered",
    )
}

/// Whether the audit log has the refusal.
pub(super) async fn is_recorded(scene: &Scene, hook: &Hook) -> Result<Finding, AttackError> {
    let filter = format!("event = 'malicious_ssrf' AND organization_id = {}", scene.observer().id(scene.a()));
    let mut patience = Patience::new();
    while patience.lasts().await {
        let rows = scene.observer().rows("audit_events", &filter).await?;
        if rows.iter().any(|row| row.everything().contains(&hook.id.to_string())) {
            return Ok(Finding::Fine);
        }
    }
    Ok(Finding::Unclear("it left no row in the audit log".into()))
}
