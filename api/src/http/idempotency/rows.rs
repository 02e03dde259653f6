//! The keys as the database holds them. The unique constraint decides who is first.

use super::{Attempt, KEPT};
use crate::{
    access::Tenant,
    http::problem::{Kind, Problem},
    ids::{MemberId, OrganizationId, RowId},
    sealing::{Place, Sealed},
    store::{StoreError, prelude::*, schema::idempotency_keys, types::Moment},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
pub(super) struct KeyRow {
    id: RowId,
    organization_id: OrganizationId,
    pub(super) digest: Vec<u8>,
    pub(super) answer: Option<Sealed>,
    expires_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
struct NewKey<'a> {
    id: RowId,
    organization_id: OrganizationId,
    member_id: MemberId,
    operation: &'a str,
    key: RowId,
    digest: &'a [u8],
    created_at: Moment,
    expires_at: Moment,
}

impl KeyRow {
    /// Where the answer is sealed to.
    pub(super) const fn place(&self) -> Place<'static> {
        Place {
            organization: self.organization_id,
            table: "idempotency_keys",
            column: "answer",
            row: *self.id.as_uuid(),
            version: 1,
        }
    }
}

/// Who has the key.
pub(super) enum Found {
    /// This attempt has it now.
    Free(KeyRow),
    /// A finished one.
    Taken(KeyRow),
}

pub(super) async fn claim(tenant: &mut Tenant, attempt: &Attempt) -> Result<Found, Problem> {
    if let Some(row) = insert(tenant, attempt).await? {
        return Ok(Found::Free(row));
    }
    let organization = tenant.organization();
    let key = RowId::from_uuid(attempt.key);
    let same = || {
        idempotency_keys::table
            .filter(idempotency_keys::organization_id.eq(organization))
            .filter(idempotency_keys::member_id.eq(attempt.member))
            .filter(idempotency_keys::operation.eq(attempt.operation))
            .filter(idempotency_keys::key.eq(key))
    };
    let row: Option<KeyRow> =
        each!(tenant.connection(), |c| same().select(KeyRow::as_select()).first(c)).optional()?;
    match row {
        Some(row) if row.expires_at.time() > attempt.now => return Ok(Found::Taken(row)),
        Some(row) => {
            each!(tenant.connection(), |c| diesel::delete(idempotency_keys::table.find(row.id)).execute(c))?;
        }
        // Swept away just now.
        None => {}
    }
    insert(tenant, attempt).await?.map(Found::Free).ok_or_else(in_progress)
}

/// On PostgreSQL an insert waits for whoever is working under the same key; on SQLite the transaction itself did.
async fn insert(tenant: &mut Tenant, attempt: &Attempt) -> Result<Option<KeyRow>, Problem> {
    let new = NewKey {
        id: RowId::random(),
        organization_id: tenant.organization(),
        member_id: attempt.member,
        operation: attempt.operation,
        key: RowId::from_uuid(attempt.key),
        digest: &attempt.digest,
        created_at: attempt.now.into(),
        expires_at: (attempt.now + KEPT).into(),
    };
    let row: Result<KeyRow, _> = each!(tenant.connection(), |c| diesel::insert_into(idempotency_keys::table)
        .values(&new)
        .on_conflict_do_nothing()
        .returning(KeyRow::as_returning())
        .get_result(c));
    row.optional().map_err(|error| match StoreError::from(error) {
        StoreError::Busy => in_progress(),
        other => other.into(),
    })
}

fn in_progress() -> Problem {
    Problem::new(Kind::IdempotencyInProgress).with_header(RETRY_AFTER, HeaderValue::from_static("1"))
}

pub(super) async fn keep(tenant: &mut Tenant, row: &KeyRow, answer: Sealed) -> Result<(), Problem> {
    each!(tenant.connection(), |c| diesel::update(idempotency_keys::table.find(row.id))
        .set(idempotency_keys::answer.eq(Some(&answer)))
        .execute(c))?;
    Ok(())
}
