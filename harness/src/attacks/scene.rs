//! What one attack has to play with.

use super::{Actor, Anyone, NewPatient, Patient};
use crate::{
    arena::{Account, Arena, Persona, Service, World},
    catcher::Catcher,
    client::{Answer, ClientError, Dial, Probe, Request, Sends, Wire},
    forge::{Forge, Issuer},
    insurer::Insurer,
    observe::{Digest, ObserveError, Observer, Outbox},
    verdict::AttackError,
};
use bytes::Bytes;
use serde_json::json;
use std::{net::Ipv4Addr, path::Path, sync::Arc};
use uuid::Uuid;

/// One attack's own world on the attacked service.
pub struct Scene {
    arena: Arc<Arena>,
    wire: Arc<Wire>,
    world: World,
    own_issuer: Option<Arc<Issuer>>,
    seed: u64,
    lenient: bool,
}

impl Scene {
    /// A scene for one attack.
    #[must_use]
    pub fn new(
        arena: Arc<Arena>,
        wire: Arc<Wire>,
        world: World,
        own_issuer: Option<Arc<Issuer>>,
        seed: u64,
    ) -> Self {
        Self { arena, wire, world, own_issuer, seed, lenient: false }
    }

    /// The same scene before a judge who takes any refusal, and silence, for a defence: the harness's own twin, which
    /// `test-coverage-meta` must catch.
    #[must_use]
    pub(crate) fn judged_leniently(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Whether the judge is the lenient one.
    #[must_use]
    pub(crate) fn is_judged_leniently(&self) -> bool {
        self.lenient
    }

    /// The same scene over another wire.
    #[must_use]
    pub fn on(&self, wire: Arc<Wire>) -> Self {
        Self {
            arena: self.arena.clone(),
            wire,
            world: self.world.clone(),
            own_issuer: self.own_issuer.clone(),
            seed: self.seed,
            lenient: self.lenient,
        }
    }

    /// The persona's account at the built-in provider; see [`Scene::person`].
    pub(super) fn account(&self, persona: Persona) -> Option<&Account> {
        self.world.account(persona)
    }

    /// Somebody without a credential.
    #[must_use]
    pub fn anyone(&self) -> Anyone {
        Anyone { wire: self.wire.clone() }
    }

    /// The persona with a valid token. `SuspendedA` and `ExmemberA` are still ordinary members here: see
    /// [`Scene::suspended`] and [`Scene::exmember`].
    ///
    /// # Errors
    /// When the persona does not take part, or the forge can't sign.
    pub fn actor(&self, persona: Persona) -> Result<Actor, AttackError> {
        let missing = || AttackError::Setup(format!("{} takes no part in this scene", persona.name()));
        let member = self.world.member(persona).ok_or_else(missing)?.clone();
        let issuer = match persona {
            Persona::GuestA => self.own_issuer.clone(),
            other => self.arena.forge.issuer(other.issuer()),
        };
        let key = issuer.and_then(|issuer| issuer.key()).ok_or_else(missing)?;
        Ok(Actor::new(self.wire.clone(), member, key)?)
    }

    /// A former receptionist of A whom the administrator suspended just now; the token is from before.
    ///
    /// # Errors
    /// When the suspension does not work.
    pub async fn suspended(&self) -> Result<Actor, AttackError> {
        let suspended = self.actor(Persona::SuspendedA)?;
        let request =
            self.actor(Persona::AdminA1)?.patch(&suspended.path()).json(&json!({ "status": "suspended" }));
        self.demand(&request, 200).await?;
        Ok(suspended)
    }

    /// A former receptionist of A whom the administrator removed just now; the token is from before.
    ///
    /// # Errors
    /// When the removal does not work.
    pub async fn exmember(&self) -> Result<Actor, AttackError> {
        let former = self.actor(Persona::ExmemberA)?;
        let answer = self.actor(Persona::AdminA1)?.delete(&former.path()).send().await?;
        if answer.succeeded() {
            return Ok(former);
        }
        Err(AttackError::Setup(format!("a member can't be removed: {}", answer.summary())))
    }

    /// A new patient of A, registered by its receptionist.
    ///
    /// # Errors
    /// When the registration does not work.
    pub async fn patient(&self) -> Result<Patient, AttackError> {
        self.patient_with(Persona::RecepA, NewPatient::unique()).await
    }

    /// A new patient of B.
    ///
    /// # Errors
    /// When the registration does not work.
    pub async fn patient_in_b(&self) -> Result<Patient, AttackError> {
        self.patient_with(Persona::RecepB, NewPatient::unique()).await
    }

    /// The patient record whose own login is this persona (`PatA1`, `PatA2`, `PatB`).
    ///
    /// # Errors
    /// When the registration does not work.
    pub async fn record_of(&self, persona: Persona) -> Result<Patient, AttackError> {
        let by = if persona.is_of_b() { Persona::RecepB } else { Persona::RecepA };
        let member_id = Some(self.actor(persona)?.id());
        self.patient_with(by, NewPatient { member_id, ..NewPatient::unique() }).await
    }

    /// The patient record whose own login is this persona; registered at the first time it is asked for.
    ///
    /// # Errors
    /// When the observer can't look, or the registration does not work.
    pub async fn known_record_of(&self, persona: Persona) -> Result<Patient, AttackError> {
        let member = self.actor(persona)?.id();
        let filter = format!("member_id = {}", self.observer().id(member));
        let rows = self.observer().rows("patients", &filter).await?;
        match rows.first().and_then(|row| row.uuid("id")) {
            Some(id) => Ok(Patient { id, sent: NewPatient::unique() }),
            None => self.record_of(persona).await,
        }
    }

    /// A new patient, registered by whom and as the attack wants.
    ///
    /// # Errors
    /// When the registration does not work.
    pub async fn patient_with(&self, by: Persona, sent: NewPatient) -> Result<Patient, AttackError> {
        let request = self.actor(by)?.post("/v1/patients").json(&sent.body());
        let answer = self.demand(&request, 201).await?;
        let id = answer.uuid("/id").ok_or_else(|| AttackError::Setup("the new patient has no id".into()))?;
        Ok(Patient { id, sent })
    }

    /// Sends a request of the preparation, which must be answered with this status.
    ///
    /// # Errors
    /// When it is answered otherwise.
    pub async fn demand(&self, request: &Request, status: u16) -> Result<Answer, AttackError> {
        let answer = match status {
            429 | 503 => request.send().await?,
            _ => request.send_leisurely().await?,
        };
        if answer.status == status {
            return Ok(answer);
        }
        let (request, answer) = (request.describe(), answer.summary());
        Err(AttackError::Setup(format!("preparing: {request} should answer {status} but answered {answer}")))
    }

    /// Bytes written as they are over TLS, on a connection of their own. For HTTP no library would send; the whole
    /// request line and header section are the attack's.
    #[must_use]
    pub fn raw(&self, bytes: impl Into<Bytes>) -> Request {
        Request::raw(self.wire.clone(), bytes)
    }

    /// An open connection, to be written to step by step; over TLS unless `in_clear`.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn dial(&self, in_clear: bool) -> Result<Dial, ClientError> {
        Dial::open(&self.wire, self.wire.block().next(), in_clear).await
    }

    /// As [`Scene::dial`], from this address.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn dial_from(&self, address: Ipv4Addr, in_clear: bool) -> Result<Dial, ClientError> {
        Dial::open(&self.wire, address, in_clear).await
    }

    /// A connection from this address with hardly any room for what comes back.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn dial_narrow(&self, address: Ipv4Addr) -> Result<Dial, ClientError> {
        Dial::open_narrow(&self.wire, address).await
    }

    /// A TLS handshake with chosen parameters.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(self.wire.clone())
    }

    /// A source address that this attack has not used and will not use by itself; pin requests to it by
    /// `request.from(address)`.
    #[must_use]
    pub fn fresh_address(&self) -> Ipv4Addr {
        self.wire.block().fresh()
    }

    /// Organization A's id.
    #[must_use]
    pub fn a(&self) -> Uuid {
        self.world.a
    }

    /// Organization B's id.
    #[must_use]
    pub fn b(&self) -> Uuid {
        self.world.b
    }

    /// The independent observer: database and log.
    #[must_use]
    pub fn observer(&self) -> &Observer {
        &self.arena.observer
    }

    /// What is attacked, for those who outlive a call.
    pub(super) fn arena(&self) -> Arc<Arena> {
        self.arena.clone()
    }

    /// The OpenID provider the service trusts.
    #[must_use]
    pub fn forge(&self) -> &Forge {
        &self.arena.forge
    }

    /// Whoever the service calls.
    #[must_use]
    pub fn catcher(&self) -> &Catcher {
        &self.arena.catcher
    }

    /// Whom the service asks about insurance.
    ///
    /// # Errors
    /// When what is attacked asks nobody of ours.
    pub fn insurer(&self) -> Result<&Insurer, AttackError> {
        self.arena
            .insurer
            .as_ref()
            .ok_or_else(|| AttackError::Setup("there is no insurer in this arena".into()))
    }

    /// The attack's own trusted issuer; ask for it by `needs: OwnIssuer`.
    ///
    /// # Errors
    /// When the attack did not ask for it.
    pub fn own_issuer(&self) -> Result<&Arc<Issuer>, AttackError> {
        self.own_issuer.as_ref().ok_or_else(|| AttackError::Setup("the attack needs `OwnIssuer`".into()))
    }

    /// The service's process: its binary, its settings, its id, signals.
    ///
    /// # Errors
    /// When what is attacked is no child process.
    pub fn service(&self) -> Result<&Service, AttackError> {
        self.arena.service.as_ref().ok_or_else(|| AttackError::Setup("there is no service process".into()))
    }

    /// The service's data directory.
    #[must_use]
    pub fn data_directory(&self) -> &Path {
        &self.arena.data_directory
    }

    /// The mails that the service sent.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.arena.data_directory.join("outbox"))
    }

    /// The run's seed, for attacks that choose at random: the same seed, the same choices.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The attack's wire, for the runner's counters.
    #[must_use]
    pub fn wire(&self) -> &Arc<Wire> {
        &self.wire
    }

    /// The present state of both organizations.
    ///
    /// # Errors
    /// When the observer can't look.
    pub async fn digest(&self) -> Result<Digest, ObserveError> {
        self.observer().digest(&[self.world.a, self.world.b]).await
    }
}
