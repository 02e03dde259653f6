//! Something small to attack in tests.

pub(crate) use crate::decoy::Behaviour;
use crate::{arena::Arena, decoy};
use std::sync::Arc;

/// An arena around no service.
pub(crate) async fn arena(behaviour: Behaviour) -> Arc<Arena> {
    decoy::arena(behaviour).await.unwrap()
}
