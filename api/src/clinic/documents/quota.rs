//! Room for files, counted where two uploads at once meet: in one row each for the organization and the member.

use crate::{
    files::FileLimits,
    http::problem::{Kind, Problem},
    ids::{MemberId, OrganizationId, RowId},
    protection::UPLOAD_RESOURCE_LIMITS,
    store::{prelude::*, schema::document_usage as usage},
};
use brigandine_enforce::enforces;

const fn bytes(limit: u64) -> i64 {
    // The settings keep every limit far below.
    if limit > i64::MAX as u64 { i64::MAX } else { limit.cast_signed() }
}

/// Refuses what can't fit, before any of it is read. Only a glance: [`take`] decides.
pub(super) async fn glance(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    limits: FileLimits,
) -> Result<(), Problem> {
    for (owner, limit) in owners(organization, member, limits) {
        let used: Option<i64> = each!(connection, |connection| {
            usage::table
                .filter(usage::organization_id.eq(organization))
                .filter(usage::owner_id.eq(owner))
                .select(usage::bytes)
                .first(connection)
        })
        .optional()?;
        if used.unwrap_or_default() >= limit {
            return Err(Kind::StorageQuotaExceeded.into());
        }
    }
    Ok(())
}

/// Takes room for a file, or refuses. The row stays locked until the transaction ends, so that nobody overshoots.
pub(super) async fn take(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    size: i64,
    limits: FileLimits,
) -> Result<(), Problem> {
    for (owner, limit) in owners(organization, member, limits) {
        each!(connection, |connection| {
            diesel::insert_into(usage::table)
                .values((
                    usage::organization_id.eq(organization),
                    usage::owner_id.eq(owner),
                    usage::bytes.eq(0),
                ))
                .on_conflict_do_nothing()
                .execute(connection)
        })?;
        let most = room_before(limit, size);
        let taken = each!(connection, |connection| {
            diesel::update(
                usage::table
                    .filter(usage::organization_id.eq(organization))
                    .filter(usage::owner_id.eq(owner))
                    .filter(usage::bytes.le(most)),
            )
            .set(usage::bytes.eq(usage::bytes + size))
            .execute(connection)
        })?;
        if taken != 1 {
            return Err(Kind::StorageQuotaExceeded.into());
        }
    }
    Ok(())
}

/// How much may be taken already for the file to fit. It is asked again when the file is there: several that came at
/// once all saw room at the beginning (CWE-367).
#[enforces(UPLOAD_RESOURCE_LIMITS, answers = i64::MAX)]
fn room_before(limit: i64, size: i64) -> i64 {
    limit.saturating_sub(size)
}

/// Gives the room of a file back.
pub(super) async fn release(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    size: i64,
) -> Result<(), Problem> {
    for owner in [RowId::from_uuid(*organization.as_uuid()), RowId::from_uuid(*member.as_uuid())] {
        each!(connection, |connection| {
            diesel::update(
                usage::table
                    .filter(usage::organization_id.eq(organization))
                    .filter(usage::owner_id.eq(owner)),
            )
            .set(usage::bytes.eq(usage::bytes - size))
            .execute(connection)
        })?;
    }
    Ok(())
}

/// Always in this order, so that no two wait for each other.
fn owners(organization: OrganizationId, member: MemberId, limits: FileLimits) -> [(RowId, i64); 2] {
    [
        (RowId::from_uuid(*organization.as_uuid()), bytes(limits.organization)),
        (RowId::from_uuid(*member.as_uuid()), bytes(limits.member)),
    ]
}
