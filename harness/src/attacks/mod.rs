//! The attacks, a folder per family, a file per protection.
//!
//! # How to write one
//!
//! An attack is an `async fn(&Scene) -> Outcome` and a row in its file's `ATTACKS`. It reads like the story it tells:
//!
//! ```ignore
//! use crate::attacks::prelude::*;
//!
//! pub(super) const ATTACKS: &[Attack] = &[attack!(
//!     TokenSignature / "tamper" = tamper,
//!     "The receptionist takes her own valid token.",
//!     "She writes the administrator's subject into it and keeps the signature.",
//!     "She asks who she is.",
//! )];
//!
//! async fn tamper(scene: &Scene) -> Outcome {
//!     let reception = scene.actor(RecepA)?;
//!     let me = reception.get("/v1/me");
//!     let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
//!     let admin = scene.actor(AdminA1)?;
//!     let token = reception.recipe().segments()?.tampered(|claims| claims.replace(reception.subject(), admin.subject()));
//!     trial.refused("changed subject, kept signature", me.bearer(token), Refusal::invalid_token("token.signature")).await;
//!     trial.conclude().await
//! }
//! ```
//!
//! * **Each attack has a world of its own**: organizations A and B with every [`Persona`], its own source addresses,
//!   its own counters. Nothing it does can disturb another, so it may create, change and break what it likes there.
//!   What is global (settings, the service's process, its keys) needs `needs: Exclusive`: a service of its own.
//! * **Actors send requests**: `scene.actor(RecepA)?` carries her token, `scene.anyone()` none. `.with_scopes("…")`
//!   narrows, `.recipe()` bends the token ([`TokenRecipe`]), `.bearer(…)` on a request replaces it.
//! * **Actors are honest clients**: their creating POSTs carry a fresh `Idempotency-Key`, their updates the present tag in
//!   `If-Match` (looked up by a GET of their own). `.without("if-match")` withholds it, `.header(…)` bends it.
//! * **Objects come from the scene**: `scene.patient().await?` registers a patient in A with a unique canary in every
//!   field; `scene.patient_in_b()`, `scene.patient_with(…)`.
//! * **A [`Trial`] is the only way to a verdict.** `Trial::begin` makes the [`Control`], which must succeed as
//!   documented, before the attack and again at the end. Then, as often as wanted:
//!   - `trial.refused(story, request, Refusal::…)`: exactly this refusal (status, problem type, fields, audit row), or
//!     the attack FELL (2xx), or it is UNPROVEN (anything else);
//!   - `trial.check(story, request, |answer| Finding)`: for what is not a refusal;
//!   - `trial.found(story, finding)`: for what the attack saw by its own means (rows, log, files, handshakes);
//!   - `trial.alike(story, &[…])`: answers that must not be tellable apart;
//!   - `trial.honestly(async { … })`: an honest change in the middle of it (`trial.honestly(request.send())`).
//!
//!   `trial.conclude()` compares the state of both organizations with the state after the control. A change nobody
//!   made honestly is a breach, even if every answer was a refusal.
//! * **On its twin the attack must FALL.** Without another word that is the service without exactly this protection.
//!   `twin: Twin::Also(&[…])` takes further protections away with it; `twin: Twin::Layered(&[…])` says that another layer
//!   beats the attack alone: each layer alone must hold, all taken must fall. On SQLite the layers that are
//!   PostgreSQL's drop out by themselves.
//! * **Needs**: `needs: Postgres` (listed, not run, on SQLite), `needs: Exclusive` (a service of its own),
//!   `needs: OwnIssuer` (a trusted issuer of its own: `scene.own_issuer()?`, `scene.actor(GuestA)?`), `needs: People`
//!   (accounts at the built-in provider: `scene.person(RecepA)?` signs in by [`Browser`] as people do),
//!   `needs: Time` (waits for deadlines of seconds: begins at once and takes nobody's turn), `needs: Clinic` (objects of the
//!   example domain, `scene.patient()` among them: listed, not run, where it was thrown away; UNPROVEN if it asks nothing
//!   of it). Several: `needs: Postgres.and(Exclusive)`. Where any object will do, take one of the platform: members, webhooks.
//! * Preparation that fails ends in `?`, which makes the attack UNPROVEN. Never turn a failure into HELD by hand.

#[macro_use]
mod macros;
mod actor;
mod beside;
pub(crate) mod booking;
mod callers;
pub(crate) mod care;
mod carriers;
mod elf;
pub(crate) mod eligibility;
mod every_answer;
pub(crate) mod exports;
mod factors;
pub(crate) mod files;
mod front_door;
pub(crate) mod furnished;
pub(crate) mod lists;
mod memory;
mod possession;
pub mod prelude;
pub(crate) mod program;
mod scene;
mod session;
mod subjects;
mod timing;

mod accounts;
mod at_rest;
mod audit;
mod authorization;
mod browser;
mod build;
mod clients;
mod egress;
mod federation;
mod flows;
mod input;
mod inventory;
pub(crate) mod limits;
mod oauth;
mod output;
mod secrets;
mod tenancy;
mod tokens;
mod transport;

pub use actor::{Actor, Anyone};
use beside::without_rates;
pub use beside::{Beside, set, write_private, write_settings};
use carriers::{Carrier, parameters};
pub(crate) use egress::{Hook, something_happens};
use elf::constants;
pub use front_door::{Authorization, Browser, Person, Tokens};
use inventory::{documented, filled, operations};
pub use scene::Scene;
pub use subjects::{NewPatient, Patient};
pub(crate) use tenancy::reviewed;

use crate::verdict::{AttackError, Verdict};
use brigandine_api::protection::Protection;
use std::{future::Future, pin::Pin};

/// What an attack returns.
pub type Outcome = Result<Verdict, AttackError>;

/// A running attack.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// An attack on one protection.
#[derive(Debug)]
pub struct Attack {
    /// What it attacks.
    pub protection: &'static Protection,
    /// Its name under the protection: `tamper`.
    pub name: &'static str,
    /// The story, step by step, for `explain`.
    pub steps: &'static [&'static str],
    /// What it can't do without.
    pub needs: Needs,
    /// On which twin it must fall.
    pub twin: Twin,
    /// The attack itself.
    pub run: for<'a> fn(&'a Scene) -> Running<'a>,
}

impl Attack {
    /// Its full name: `token-signature/tamper`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.protection.id, self.name)
    }
}

/// What an attack can't do without; combine with [`Needs::and`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// PostgreSQL; on SQLite it is listed as not provable there.
    pub postgres: bool,
    /// SQLite.
    pub sqlite: bool,
    /// A service of its own: restarts, signals, global tampering.
    pub exclusive: bool,
    /// A trusted issuer of its own.
    pub own_issuer: bool,
    /// People with accounts at the built-in provider.
    pub people: bool,
    /// Seconds in which it does nothing but wait.
    pub time: bool,
    /// Objects of the example domain.
    pub clinic: bool,
}

impl Needs {
    /// Nothing special.
    pub const NOTHING: Self = Self {
        postgres: false,
        sqlite: false,
        exclusive: false,
        own_issuer: false,
        people: false,
        time: false,
        clinic: false,
    };

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            postgres: self.postgres || other.postgres,
            sqlite: self.sqlite || other.sqlite,
            exclusive: self.exclusive || other.exclusive,
            own_issuer: self.own_issuer || other.own_issuer,
            people: self.people || other.people,
            time: self.time || other.time,
            clinic: self.clinic || other.clinic,
        }
    }
}

/// Runs on PostgreSQL only.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const Postgres: Needs = Needs { postgres: true, ..Needs::NOTHING };
/// Runs on SQLite only.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const Sqlite: Needs = Needs { sqlite: true, ..Needs::NOTHING };
/// Gets a service of its own.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const Exclusive: Needs = Needs { exclusive: true, ..Needs::NOTHING };
/// Gets a trusted issuer of its own, and the persona `GuestA` bound to it.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const OwnIssuer: Needs = Needs { own_issuer: true, ..Needs::NOTHING };
/// Gets people with accounts at the built-in provider: `scene.person(RecepA)?`.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const People: Needs = Needs { people: true, ..Needs::NOTHING };
/// Waits for seconds: begins at once, and leaves its turn to others.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const Time: Needs = Needs { time: true, ..Needs::NOTHING };
/// Attacks objects of the example domain; where it was thrown away the attack is listed, and not run.
#[expect(non_upper_case_globals, reason = "reads as a word in an attack's row")]
pub const Clinic: Needs = Needs { clinic: true, ..Needs::NOTHING };

/// On which twin an attack must fall.
#[derive(Clone, Copy, Debug)]
pub enum Twin {
    /// The service without exactly the attack's protection.
    Alone,
    /// The service without the attack's protection and these; nothing is claimed of the single ones.
    Also(&'static [&'static Protection]),
    /// As `Also`, and the service without any single one of them must still beat the attack.
    Layered(&'static [&'static Protection]),
}

/// Every attack, in the order of the book.
#[must_use]
pub fn all() -> Vec<&'static Attack> {
    [
        transport::ATTACKS,
        tokens::ATTACKS,
        oauth::ATTACKS,
        accounts::ATTACKS,
        factors::ATTACKS,
        federation::ATTACKS,
        authorization::ATTACKS,
        tenancy::ATTACKS,
        flows::ATTACKS,
        input::ATTACKS,
        output::ATTACKS,
        limits::ATTACKS,
        browser::ATTACKS,
        egress::ATTACKS,
        at_rest::ATTACKS,
        secrets::ATTACKS,
        clients::ATTACKS,
        audit::ATTACKS,
        inventory::ATTACKS,
        build::ATTACKS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use brigandine_api::protection::Protection;
    use std::collections::{BTreeSet, HashSet};

    /// What nobody attacks is not stated, and no attack tries what is not stated.
    #[test]
    fn every_clause_names_its_attacks_and_every_attack_its_clause() {
        for &protection in Protection::ALL {
            let built: BTreeSet<_> = all()
                .iter()
                .filter(|attack| attack.protection == protection)
                .map(|attack| attack.name)
                .collect();
            let clauses = protection.clauses;
            for clause in clauses {
                assert!(!clause.attacks.is_empty(), "{}: nobody tries {:?}", protection.id, clause.text);
            }
            let named: BTreeSet<_> = clauses.iter().flat_map(|clause| clause.attacks).copied().collect();
            assert_eq!(named, built, "{}: left, what its clauses name; right, its attacks", protection.id);
        }
    }

    #[test]
    fn attacks_have_unique_names_and_a_story() {
        let mut seen = HashSet::new();
        for attack in all() {
            assert!(seen.insert(attack.id()), "{} is there twice", attack.id());
            assert!(!attack.steps.is_empty(), "{} tells no story", attack.id());
        }
    }
}
