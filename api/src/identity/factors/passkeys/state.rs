//! What the server remembers between the two halves of a ceremony.

use super::super::FactorError;
use crate::{
    ids::{AccountId, RowId},
    store::{
        prelude::*,
        schema::passkey_states as states,
        types::{JsonText, Moment},
    },
};
use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};

/// As long as the browser waits for the authenticator.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// Which ceremony; the state of one does not finish the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Registration,
    SignIn,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign-in",
        }
    }
}

/// Keeps a state.
pub(super) async fn keep(
    transaction: &mut Transaction,
    purpose: Purpose,
    account: Option<AccountId>,
    state: &impl Serialize,
    now: Moment,
) -> Result<RowId, FactorError> {
    let state = serde_json::to_value(state).map_err(|_| FactorError::Unusable("a ceremony's state"))?;
    let id = RowId::random();
    let new = (
        states::id.eq(id),
        states::purpose.eq(purpose.name()),
        states::account_id.eq(account),
        states::state.eq(JsonText(state)),
        states::expires_at.eq(Moment::new(now.time() + LIFETIME)),
    );
    each!(transaction.connection(), |c| diesel::insert_into(states::table).values(&new).execute(c))?;
    Ok(id)
}

/// Takes a state: whoever comes second finds none.
pub(super) async fn take<S: DeserializeOwned>(
    transaction: &mut Transaction,
    purpose: Purpose,
    account: Option<AccountId>,
    id: RowId,
    now: Moment,
) -> Result<Option<S>, FactorError> {
    let gone = states::table
        .filter(states::id.eq(id))
        .filter(states::purpose.eq(purpose.name()))
        .filter(states::expires_at.gt(now));
    let taken: Option<(Option<AccountId>, JsonText)> =
        each!(transaction.connection(), |c| diesel::delete(gone)
            .returning((states::account_id, states::state))
            .get_result(c))
        .optional()?;
    match taken {
        Some((owner, JsonText(state))) if owner == account => {
            serde_json::from_value(state).map(Some).map_err(|_| FactorError::Unusable("a ceremony's state"))
        }
        _ => Ok(None),
    }
}
