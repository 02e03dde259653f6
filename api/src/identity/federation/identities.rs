//! Whose account a provider's subject is: found by issuer and subject, never by e-mail, which an issuer says and not
//! proves, and which passes from person to person (OIDC Core §5.7).

use super::FederationRefusal;
use crate::{
    clock::Clock,
    ids::{AccountId, OrganizationId, RowId},
    store::{prelude::*, schema::linked_identities, types::Moment},
};

/// A subject of a provider, linked to an account.
#[derive(Insertable)]
#[diesel(table_name = linked_identities)]
struct Row<'a> {
    id: RowId,
    issuer: &'a str,
    subject: &'a str,
    account_id: AccountId,
    organization_id: OrganizationId,
    created_at: Moment,
    last_used_at: Moment,
}

/// The account of this subject of this issuer. In the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn find(
    transaction: &mut Transaction,
    (issuer, subject): (&str, &str),
) -> Result<Option<AccountId>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| {
        linked_identities::table
            .filter(linked_identities::issuer.eq(issuer))
            .filter(linked_identities::subject.eq(subject))
            .select(linked_identities::account_id)
            .first(c)
    })
    .optional()?)
}

/// The issuers that have a subject linked to this account. In the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn issuers_of(
    transaction: &mut Transaction,
    account: AccountId,
) -> Result<Vec<String>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| linked_identities::table
        .filter(linked_identities::account_id.eq(account))
        .select(linked_identities::issuer)
        .load(c))?)
}

/// Links a subject to an account. In the identity realm.
///
/// # Errors
/// [`StoreError::UniqueViolation`] when it is linked already; when the database fails.
pub async fn link(
    transaction: &mut Transaction,
    clock: Clock,
    organization: OrganizationId,
    (issuer, subject): (&str, &str),
    account: AccountId,
) -> Result<(), FederationRefusal> {
    let now = Moment::from(clock.now());
    let row = Row {
        id: RowId::random(),
        issuer,
        subject,
        account_id: account,
        organization_id: organization,
        created_at: now,
        last_used_at: now,
    };
    each!(transaction.connection(), |c| diesel::insert_into(linked_identities::table)
        .values(&row)
        .execute(c))?;
    Ok(())
}

/// Remembers that it was used now. `false`: it is not linked with that account, or no longer.
///
/// # Errors
/// When the database fails.
pub async fn used(
    transaction: &mut Transaction,
    clock: Clock,
    (issuer, subject): (&str, &str),
    account: AccountId,
) -> Result<bool, FederationRefusal> {
    let now = Moment::from(clock.now());
    let used = each!(transaction.connection(), |c| {
        diesel::update(
            linked_identities::table
                .filter(linked_identities::issuer.eq(issuer))
                .filter(linked_identities::subject.eq(subject))
                .filter(linked_identities::account_id.eq(account)),
        )
        .set(linked_identities::last_used_at.eq(now))
        .execute(c)
    })?;
    Ok(used == 1)
}
