//! What every attack file needs: `use crate::attacks::prelude::*;`.

pub use super::{
    Actor, Anyone, Attack, Authorization, Browser, Clinic, Exclusive, NewPatient, Outcome, OwnIssuer,
    Patient, People, Person, Postgres, Scene, Sqlite, Time, Tokens, Twin, files::NewFile,
};
pub(crate) use crate::patience::Patience;
pub use crate::{
    arena::{
        Application, CLINIC_APP, EVERY_SCOPE, OTHER_APP,
        Persona::{self, *},
        THIRD_PARTY,
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
