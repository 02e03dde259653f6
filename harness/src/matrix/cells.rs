//! Executing the matrix.

use super::{Endpoint, Relation, calls, endpoints};
use crate::{
    arena::{EVERY_SCOPE, Persona, Started},
    attacks::{Actor, Scene},
    client::{Block, Wire},
    verdict::AttackError,
};
use std::collections::BTreeMap;

/// A column of the matrix: who calls, and how they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the catalogue's personas, by name")]
pub enum Standing {
    Anon,
    Admin,
    Clinician,
    Reception,
    Auditor,
    Patient,
    ServiceReadOnly,
    Service,
    Suspended,
    Exmember,
}

impl Standing {
    /// The columns in order.
    pub const ALL: [Self; 10] = [
        Self::Anon,
        Self::Admin,
        Self::Clinician,
        Self::Reception,
        Self::Auditor,
        Self::Patient,
        Self::ServiceReadOnly,
        Self::Service,
        Self::Suspended,
        Self::Exmember,
    ];

    /// The name at the head of the column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::Admin => "admin",
            Self::Clinician => "clinician",
            Self::Reception => "reception",
            Self::Auditor => "auditor",
            Self::Patient => "patient",
            Self::ServiceReadOnly => "service-ro",
            Self::Service => "service",
            Self::Suspended => "suspended",
            Self::Exmember => "exmember",
        }
    }

    async fn actor(self, scene: &Scene) -> Result<Option<Actor>, AttackError> {
        let actor = match self {
            Self::Anon => return Ok(None),
            Self::Admin => scene.actor(Persona::AdminA1)?,
            Self::Clinician => scene.actor(Persona::ClinA1)?,
            Self::Reception => scene.actor(Persona::RecepA)?,
            Self::Auditor => scene.actor(Persona::AuditA)?,
            Self::Patient => scene.actor(Persona::PatA1)?,
            Self::ServiceReadOnly => scene.actor(Persona::SvcARo)?,
            Self::Service => scene.actor(Persona::SvcARw)?,
            Self::Suspended => scene.suspended().await?,
            Self::Exmember => scene.exmember().await?,
        };
        // A token with every scope, so that it is the role that decides; but for the one client that shows the other.
        Ok(Some(if self == Self::ServiceReadOnly { actor } else { actor.with_scopes(EVERY_SCOPE)? }))
    }
}

/// The executed matrix.
#[derive(Debug, Default)]
pub struct Matrix {
    /// The status of each call; `None` where the relation makes no sense.
    pub cells: BTreeMap<(&'static Endpoint, Relation, Standing), Option<u16>>,
    /// Refused calls that changed something all the same.
    pub breaches: Vec<String>,
}

/// Executes every call. `started` must have a world per [`Standing`].
///
/// # Errors
/// When the preparation of a call fails, or an endpoint is not described.
pub async fn execute(started: &Started) -> Result<Matrix, AttackError> {
    let columns = Standing::ALL.into_iter().zip(&started.worlds).enumerate();
    let columns = columns.map(|(number, (standing, (world, _)))| {
        let wire = Wire::new(started.arena.target.clone(), Block::number(number), None);
        let scene = Scene::new(started.arena.clone(), wire, world.clone(), None, 1);
        async move { column(standing, &scene).await }
    });
    let mut matrix = Matrix::default();
    for column in futures_util::future::join_all(columns).await {
        let column = column?;
        matrix.cells.extend(column.cells);
        matrix.breaches.extend(column.breaches);
    }
    Ok(matrix)
}

async fn column(standing: Standing, scene: &Scene) -> Result<Matrix, AttackError> {
    let caller = standing.actor(scene).await?;
    let mut matrix = Matrix::default();
    let mut all: Vec<(&'static Endpoint, Relation)> =
        endpoints().iter().flat_map(|endpoint| Relation::ALL.map(|relation| (endpoint, relation))).collect();
    // Who removes itself can call nothing afterwards.
    all.sort_by_key(|(endpoint, relation)| endpoint.method == "DELETE" && *relation == Relation::Own);
    for (endpoint, relation) in all {
        let status = match calls::call(scene, caller.as_ref(), endpoint, relation).await? {
            None => None,
            Some(call) => {
                let request = match &caller {
                    Some(actor) => call.by(actor, &endpoint.method),
                    None => call.by(&scene.anyone(), &endpoint.method),
                };
                let before = scene.digest().await?;
                let answer = request.send_leisurely().await?;
                let changes = before.differences(&scene.digest().await?);
                if !answer.succeeded() && !changes.is_empty() {
                    matrix.breaches.push(format!(
                        "{} {} ({}) by {} was refused with {}, and yet: {}",
                        endpoint.method,
                        endpoint.path,
                        relation.name(),
                        standing.name(),
                        answer.summary(),
                        changes.join(", ")
                    ));
                }
                Some(answer.status)
            }
        };
        matrix.cells.insert((endpoint, relation, standing), status);
    }
    Ok(matrix)
}
