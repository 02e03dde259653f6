//! By whose word a session began.
//!
//! An organization's own provider vouches for its organization, and not for the account: its administrators could have it
//! say that somebody is anybody it ever vouched for, who may work elsewhere too. So such a session reaches that one
//! organization, and nothing of the account itself. That is written in the session's row, which nothing may change
//! afterwards, and every session that takes the place of another takes its origin along: a factor that is shown later makes
//! a session stronger, and no wider.

use crate::{
    ids::{AccountId, OrganizationId, ProviderId, SessionId},
    protection::OIDC_ACCOUNT_LINKING,
    store::{prelude::*, schema::sessions},
};
use brigandine_enforce::enforces;

/// By whose word a session began. There is no session without one.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Origin {
    provider_id: Option<ProviderId>,
    provider_organization_id: Option<OrganizationId>,
    provider_subject: Option<String>,
    provider_sid: Option<String>,
}

impl Origin {
    /// By the account's own credentials, all that it needs: only for whoever has just verified them.
    pub(crate) const OWN: Self = Self {
        provider_id: None,
        provider_organization_id: None,
        provider_subject: None,
        provider_sid: None,
    };

    /// By the word of an organization's provider, about this subject, in this session there.
    pub(in crate::identity) fn vouched(
        provider: ProviderId,
        organization: OrganizationId,
        subject: &str,
        sid: Option<&str>,
    ) -> Self {
        Self {
            provider_id: Some(provider),
            provider_organization_id: Some(organization),
            provider_subject: Some(subject.to_owned()),
            provider_sid: sid.map(str::to_owned),
        }
    }

    /// What a session that takes the place of one with this origin has: the same. A factor that is shown later makes
    /// nobody the account's owner.
    #[enforces(OIDC_ACCOUNT_LINKING, answers = Self::OWN)]
    pub(in crate::identity) fn inherited(&self) -> Self {
        self.clone()
    }

    /// The one organization that the session reaches; `None` for a session of the account's owner, who reaches them all.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        self.provider_organization_id
    }

    /// Whether the account's owner signed in.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        self.provider_id.is_none()
    }
}

/// The sessions that began by this provider's word: of a subject, or in one session there.
///
/// # Errors
/// When the database fails.
pub(in crate::identity) async fn vouched_by(
    transaction: &mut Transaction,
    provider: ProviderId,
    subject: Option<&str>,
    sid: Option<&str>,
) -> Result<Vec<SessionId>, StoreError> {
    Ok(each!(transaction.connection(), |c| {
        let mut found = sessions::table
            .filter(sessions::provider_id.eq(provider))
            .filter(sessions::ended_at.is_null())
            .select(sessions::id)
            .into_boxed();
        if let Some(subject) = subject {
            found = found.filter(sessions::provider_subject.eq(subject));
        }
        if let Some(sid) = sid {
            found = found.filter(sessions::provider_sid.eq(sid));
        }
        found.load(c)
    })?)
}

/// The sessions of an account that reach this organization only.
///
/// # Errors
/// When the database fails.
pub(super) async fn vouched_for(
    transaction: &mut Transaction,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Vec<SessionId>, StoreError> {
    Ok(each!(transaction.connection(), |c| sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::provider_organization_id.eq(organization))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(c))?)
}
