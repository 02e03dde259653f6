//! What every attack file needs: `use crate::attacks::prelude::*;`.

pub use super::{
    Actor, Anyone, Attack, Exclusive, NewPatient, Outcome, OwnIssuer, Patient, Postgres, Scene, Sqlite, Time,
    Twin,
};
pub use crate::{
    arena::{
        EVERY_SCOPE,
        Persona::{self, *},
    },
    client::{Answer, ClientError, Dial, Handshake, Request, Sends},
    forge::{Algorithm, Mode, Segments, SigningKey, TokenRecipe},
    observe::Row,
    verdict::{AttackError, Control, Finding, Refusal, Trial},
};
pub use brigandine_api::protection::Protection;
pub use serde_json::{Value, json};
pub use std::{sync::Arc, time::Duration};
pub use uuid::Uuid;
