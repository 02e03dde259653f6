//! Somebody who may call an endpoint, and the call: for attacks on every endpoint there is.

use super::{Actor, Scene};
use crate::{
    arena::{EVERY_SCOPE, Persona::*},
    client::Request,
    matrix::{Call, Endpoint, Relation, call},
    verdict::AttackError,
};

impl Scene {
    /// Somebody of the first role that may call it, with every scope there is.
    ///
    /// # Errors
    /// When nobody may.
    pub(crate) fn somebody_who_may(&self, endpoint: &Endpoint) -> Result<Actor, AttackError> {
        let personas = [AdminA1, ClinA1, RecepA, AuditA, PatA1];
        let persona = personas.into_iter().find(|persona| endpoint.roles.contains(&persona.role().name()));
        let nobody = || AttackError::Setup(format!("nobody may call {} {}", endpoint.method, endpoint.path));
        Ok(self.actor(persona.ok_or_else(nobody)?)?.with_scopes(EVERY_SCOPE)?)
    }

    /// The call on something within the caller's reach.
    ///
    /// # Errors
    /// When no such call is described.
    pub(crate) async fn call_within_reach(
        &self,
        caller: &Actor,
        endpoint: &Endpoint,
    ) -> Result<Call, AttackError> {
        let of_others = [Relation::SameOrganization];
        let own_first = [Relation::Treated, Relation::Own, Relation::SameOrganization];
        // Nobody decides over themselves.
        let relations = if caller.persona() == AdminA1 { &of_others[..] } else { &own_first[..] };
        for &relation in relations {
            if let Some(call) = call(self, Some(caller), endpoint, relation).await? {
                return Ok(call);
            }
        }
        Err(AttackError::Setup(format!("no call of {} {} is described", endpoint.method, endpoint.path)))
    }

    /// As [`Scene::call_within_reach`], as a request.
    ///
    /// # Errors
    /// When no such call is described.
    pub(crate) async fn called(&self, caller: &Actor, endpoint: &Endpoint) -> Result<Request, AttackError> {
        Ok(self.call_within_reach(caller, endpoint).await?.by(caller, &endpoint.method))
    }
}
