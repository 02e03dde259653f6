//! One of everything: for attacks that go through a registry of the service's own, and need something behind each row.

use super::{Actor, Scene, eligibility::question};
use crate::{
    arena::Persona,
    client::{Answer, Sends},
    matrix::{Endpoint, Relation, call, endpoints, has_clinic},
    verdict::AttackError,
};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who is asked about what is theirs, besides those who have nothing of their own.
const OWNERS: [(Persona, Relation); 4] = [
    (Persona::ClinA1, Relation::Own),
    (Persona::ClinA1, Relation::Treated),
    (Persona::PatA1, Relation::Own),
    (Persona::RecepA, Relation::Own),
];

impl Scene {
    /// Makes an object of every kind that has an address: of A, of B, and of those of A who own or treat something.
    ///
    /// # Errors
    /// When one can't be made.
    pub(crate) async fn furnish(&self) -> Result<(), AttackError> {
        for relation in [Relation::SameOrganization, Relation::OtherOrganization] {
            self.furnish_with(relation).await?;
        }
        for endpoint in objects() {
            for (persona, relation) in OWNERS {
                call(self, Some(&self.actor(persona)?), endpoint, relation).await?;
            }
        }
        for organization in [self.a(), self.b()] {
            self.has_a_domain(organization).await?;
        }
        if !has_clinic() {
            return Ok(());
        }
        let own = self.known_record_of(Persona::PatA1).await?;
        for (by, patient) in [
            (Persona::RecepA, own),
            (Persona::RecepA, self.patient().await?),
            (Persona::RecepB, self.patient_in_b().await?),
        ] {
            let asks = self.actor(by)?.post(&patient.eligibility_path());
            self.demand(&asks.json(&question(&self.insurer()?.card())), 200).await?;
        }
        Ok(())
    }

    /// Makes one more object of every kind that has an address.
    ///
    /// # Errors
    /// When one can't be made.
    pub(crate) async fn furnish_with(&self, relation: Relation) -> Result<(), AttackError> {
        for endpoint in objects() {
            call(self, None, endpoint, relation).await?;
        }
        Ok(())
    }

    /// As [`Scene::furnish`], and everything that changes something is done once, by the first who may.
    ///
    /// # Errors
    /// When it can't be prepared.
    pub(crate) async fn use_everything(&self) -> Result<(), AttackError> {
        self.furnish().await?;
        for endpoint in endpoints().iter().filter(|endpoint| !endpoint.over && endpoint.method != "GET") {
            for role in &endpoint.roles {
                if done(self, endpoint, role).await?.is_some() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The operator's part: nobody else writes it.
    async fn has_a_domain(&self, organization: Uuid) -> Result<(), AttackError> {
        let observer = self.observer();
        let (domain, now) = (format!("{}.example", Uuid::new_v4().simple()), observer.moment(0));
        let organization = observer.id(organization);
        let sql = format!(
            "INSERT INTO organization_domains (domain, organization_id, verified_at) \
             VALUES ('{domain}', {organization}, {now})"
        );
        observer.execute(&sql).await?;
        Ok(())
    }
}

/// What came of an honest call.
pub(crate) struct Done {
    /// Who made it.
    pub(crate) by: Actor,
    /// How the object stands to them.
    pub(crate) relation: Relation,
    /// Where.
    pub(crate) path: String,
    /// What was answered.
    pub(crate) answer: Answer,
}

/// The endpoint, called by somebody of this role on something that is theirs to call it on; `None`, if nothing is.
///
/// # Errors
/// When the call can't be prepared.
pub(crate) async fn done(
    scene: &Scene,
    endpoint: &'static Endpoint,
    role: &str,
) -> Result<Option<Done>, AttackError> {
    let by = of_role(scene, role)?;
    for relation in [Relation::Own, Relation::Treated, Relation::SameOrganization] {
        // Nobody changes or removes themselves: they are needed afterwards.
        if relation == Relation::Own && endpoint.path.ends_with("{member}") {
            continue;
        }
        let Some(call) = call(scene, Some(&by), endpoint, relation).await? else { continue };
        let answer = call.by(&by, &endpoint.method).send_leisurely().await?;
        if answer.succeeded() {
            return Ok(Some(Done { by, relation, path: call.path, answer }));
        }
    }
    Ok(None)
}

/// The ids of what a list holds; `None` where the answer is no list.
pub(crate) fn objects_in(answer: &Answer) -> Option<BTreeSet<Uuid>> {
    let id = |item: &Value| Uuid::parse_str(item.get("id")?.as_str()?).ok();
    let lists = ["items", "providers", "sessions"];
    let items = lists.iter().find_map(|name| answer.json().get(name)?.as_array().cloned())?;
    Some(items.iter().filter_map(id).collect())
}

/// An endpoint for each kind of object: where it is only looked at or taken away, so that no body is made.
fn objects() -> Vec<&'static Endpoint> {
    let mut seen = BTreeSet::new();
    let bodiless = |endpoint: &&Endpoint| ["GET", "DELETE"].contains(&endpoint.method.as_str());
    let (first, then): (Vec<_>, Vec<_>) = endpoints().iter().partition(bodiless);
    let named = first.into_iter().chain(then).filter(|endpoint| !endpoint.roles.is_empty());
    named.filter(|endpoint| object(endpoint.path).is_some_and(|object| seen.insert(object))).collect()
}

/// What a path names last: its beginning up to the last id. Sessions are their owners' own, whoever asks.
fn object(path: &'static str) -> Option<&'static str> {
    let end = path.rfind('}')?;
    path.get(..=end).filter(|object| !object.contains("{session}"))
}

/// Somebody of A with this role, whose token does not stand in the way.
pub(crate) fn of_role(scene: &Scene, role: &str) -> Result<Actor, AttackError> {
    let persona = match role {
        "admin" => Persona::AdminA1,
        "clinician" => Persona::ClinA1,
        "reception" => Persona::RecepA,
        "auditor" => Persona::AuditA,
        "patient" => Persona::PatA1,
        "service" => Persona::SvcARw,
        other => return Err(AttackError::Setup(format!("nobody is a {other}"))),
    };
    Ok(scene.actor(persona)?.with_scopes(crate::arena::EVERY_SCOPE)?)
}
