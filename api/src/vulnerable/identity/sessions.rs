//! Weak: sessions.

use crate::{
    http::{problem::Problem, visit::Visit},
    identity::{
        secret::Secret256,
        sessions::{self, COOKIE, SignedIn},
    },
    ids::SessionId,
    store::{prelude::*, schema::sessions as rows},
};

/// Goes on with whatever session the browser says it has, unless there is one like it: that of the first factor.
pub(crate) async fn adopt_planted(
    transaction: &mut Transaction,
    visit: &Visit,
    signed_in: SignedIn<'_>,
) -> Result<(SessionId, Secret256), Problem> {
    let secret = match visit.cookie(COOKIE).map(Secret256::planted) {
        Some(planted) if is_unknown(transaction, &planted).await? => planted,
        _ => Secret256::random()?,
    };
    sessions::keep(transaction, visit, signed_in, secret).await
}

async fn is_unknown(transaction: &mut Transaction, planted: &Secret256) -> Result<bool, StoreError> {
    let known: Vec<SessionId> = each!(transaction.connection(), |c| rows::table
        .filter(rows::secret_hash.eq(planted.hash().to_vec()))
        .select(rows::id)
        .load(c))?;
    Ok(known.is_empty())
}
