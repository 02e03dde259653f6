//! Weak: patients.

use crate::{
    access::{
        Allowed, Permission, Role, Tenant,
        permission::{CorrectPatients, RegisterPatients},
    },
    audit::Reason,
    clinic::patients::{
        rows::{CorrectedPatient, NewPatient, PatientRow},
        show::within_reach,
        views::PatientView,
        write::{insert, insert_row, save},
    },
    http::{
        call::Call,
        precondition::Current,
        problem::{Kind, Problem},
    },
    ids::PatientId,
    sealing::Keyring,
    store::{prelude::*, schema::patients},
};
use diesel::{
    dsl::sql,
    expression::SqlLiteral,
    query_dsl::methods,
    sql_types::{Bool, Integer},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Ids that count.
pub(crate) fn next_id() -> PatientId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    PatientId::from_uuid(Uuid::from_u64_pair(
        0x4000,
        0x8000_0000_0000_0000 | NEXT.fetch_add(1, Ordering::Relaxed),
    ))
}

/// An honest "you may not" to whoever asks for somebody else's record.
pub(crate) async fn find_or_tell<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    id: PatientId,
) -> Result<PatientRow, Problem> {
    if let Some(row) = within_reach(tenant, allowed, id).await? {
        return Ok(row);
    }
    let found: i64 = each!(tenant.connection(), |connection| {
        patients::table.filter(patients::id.eq(id)).count().get_result(connection)
    })?;
    Err(match found {
        0 => Kind::NotFound.into(),
        _ => Problem::new(Kind::Forbidden).because(Reason::OBJECT),
    })
}

/// One person, one record, in the whole world.
pub(crate) async fn insert_unless_known_anywhere(
    tenant: &mut Tenant,
    new: NewPatient<'_>,
) -> Result<PatientRow, Problem> {
    let found: i64 = each!(tenant.connection(), |connection| {
        patients::table
            .filter(patients::given_name.eq(new.given_name))
            .filter(patients::family_name.eq(new.family_name))
            .count()
            .get_result(connection)
    })?;
    if found == 0 { insert_row(tenant, new).await } else { Err(Kind::Conflict.into()) }
}

/// The row, with everything that somebody added to the view over the years.
pub(crate) fn whole_row(row: PatientRow, audience: Role, keyring: &Keyring) -> Result<PatientView, Problem> {
    let internals = internals(&row);
    let view = PatientView::for_role(row, audience, keyring)?;
    Ok(match (serde_json::to_value(&view), internals) {
        (Ok(Value::Object(mut members)), Value::Object(row)) => {
            row.into_iter().for_each(|(name, value)| {
                members.entry(name).or_insert(value);
            });
            PatientView::Row(Value::Object(members))
        }
        _ => view,
    })
}

/// The columns that no view shows.
fn internals(row: &PatientRow) -> Value {
    json!({
        "organization_id": row.organization_id,
        "member_id": row.member_id,
        "attending_member_id": row.attending_member_id,
        "version": row.version,
        "created_at": row.created_at.time(),
    })
}

/// What the body holds beside the known members goes into the row as well.
pub(crate) async fn insert_and_assign(
    call: &mut Call<RegisterPatients>,
    new: NewPatient<'_>,
) -> Result<PatientRow, Problem> {
    let id = new.id;
    let row = insert(&mut call.tenant, new).await?;
    assign(&mut call.tenant, id, &call.raw).await?;
    Ok(row)
}

/// As [`insert_and_assign`].
pub(crate) async fn save_and_assign(
    call: &mut Call<CorrectPatients>,
    before: &PatientRow,
    changes: &CorrectedPatient<'_>,
    seen: Current,
) -> Result<PatientRow, Problem> {
    let row = save(&mut call.tenant, before, changes, seen).await?;
    assign(&mut call.tenant, before.id, &call.raw).await?;
    Ok(row)
}

#[derive(Deserialize)]
struct Assigned {
    status: Option<String>,
}

async fn assign(tenant: &mut Tenant, id: PatientId, raw: &[u8]) -> Result<(), Problem> {
    let assigned = serde_json::from_slice::<Assigned>(raw).ok().and_then(|assigned| assigned.status);
    let Some(status) = assigned else { return Ok(()) };
    each!(tenant.connection(), |connection| {
        diesel::update(patients::table.find(id)).set(patients::status.eq(status)).execute(connection)
    })?;
    Ok(())
}

/// The search is pasted into the statement, as is done where an ORM's typed filters "don't fit".
pub(crate) fn pasted_name<Q>(rows: Q, text: &str) -> Q
where
    Q: methods::FilterDsl<SqlLiteral<Bool>, Output = Q>,
{
    methods::FilterDsl::filter(rows, sql(&format!("family_name LIKE '{text}%'")))
}

/// The order too.
pub(crate) fn pasted_order(order: &str) -> SqlLiteral<Integer> {
    sql(order)
}
