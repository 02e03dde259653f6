//! Which sessions began by a provider's word.
//!
//! Such a session reaches the organization of that provider and no other: its administrators could have the provider say
//! that somebody is anybody it ever vouched for, who may work elsewhere too.

use super::{FederationRefusal, id_token::IdToken, providers::Provider};
use crate::{
    clock::Clock,
    ids::{AccountId, OrganizationId, ProviderId, SessionId},
    store::{
        prelude::*,
        schema::{federated_sessions, sessions},
        types::Moment,
    },
};

#[derive(Insertable)]
#[diesel(table_name = federated_sessions)]
struct Row<'a> {
    session_id: SessionId,
    provider_id: ProviderId,
    organization_id: OrganizationId,
    subject: &'a str,
    sid: Option<&'a str>,
    created_at: Moment,
}

/// Remembers by whose word a session began.
pub(super) async fn remember(
    transaction: &mut Transaction,
    clock: Clock,
    session: SessionId,
    provider: &Provider,
    token: &IdToken,
) -> Result<(), FederationRefusal> {
    let row = Row {
        session_id: session,
        provider_id: provider.id,
        organization_id: provider.organization,
        subject: &token.sub,
        sid: token.sid.as_deref(),
        created_at: clock.now().into(),
    };
    each!(transaction.connection(), |c| diesel::insert_into(federated_sessions::table)
        .values(&row)
        .execute(c))?;
    Ok(())
}

/// The one organization that a session reaches; `None` for a session that began by the account's own factors.
///
/// # Errors
/// When the database fails.
pub async fn organization(
    transaction: &mut Transaction,
    session: SessionId,
) -> Result<Option<OrganizationId>, StoreError> {
    let found = each!(transaction.connection(), |c| federated_sessions::table
        .find(session)
        .select(federated_sessions::organization_id)
        .first(c))
    .optional()?;
    Ok(found)
}

/// The sessions of an account that reach this organization only.
///
/// # Errors
/// When the database fails.
pub async fn sessions_of(
    transaction: &mut Transaction,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Vec<SessionId>, StoreError> {
    let own = sessions::table.filter(sessions::account_id.eq(account)).select(sessions::id);
    Ok(each!(transaction.connection(), |c| federated_sessions::table
        .filter(federated_sessions::organization_id.eq(organization))
        .filter(federated_sessions::session_id.eq_any(own))
        .select(federated_sessions::session_id)
        .load(c))?)
}

/// The sessions that began by this provider's word: of a subject, or in one session there.
pub(super) async fn of(
    transaction: &mut Transaction,
    provider: ProviderId,
    subject: Option<&str>,
    sid: Option<&str>,
) -> Result<Vec<SessionId>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| {
        let mut found = federated_sessions::table
            .filter(federated_sessions::provider_id.eq(provider))
            .select(federated_sessions::session_id)
            .into_boxed();
        if let Some(subject) = subject {
            found = found.filter(federated_sessions::subject.eq(subject));
        }
        if let Some(sid) = sid {
            found = found.filter(federated_sessions::sid.eq(sid));
        }
        found.load(c)
    })?)
}
