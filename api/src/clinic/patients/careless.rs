//! How services really lose this folder's protections; only in twins.

use super::{rows::PatientRow, views::PatientView};
use crate::{
    access::{Role, Tenant},
    audit::Reason,
    http::problem::{Kind, Problem},
    ids::PatientId,
    protection::{AUTHZ_OBJECT_NONDISCLOSURE, MASS_ASSIGNMENT},
    sealing::Keyring,
    store::{prelude::*, schema::patients},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Without `authz-object-nondisclosure`: an honest "you may not" to whoever asks for somebody else's record.
pub(super) async fn absent_or_hidden(tenant: &mut Tenant, id: PatientId) -> Problem {
    if AUTHZ_OBJECT_NONDISCLOSURE.holds() {
        return Kind::NotFound.into();
    }
    let found: Result<i64, _> = each!(tenant.connection(), |connection| {
        patients::table.filter(patients::id.eq(id)).count().get_result(connection)
    });
    match found {
        Ok(0) => Kind::NotFound.into(),
        Ok(_) => Problem::new(Kind::Forbidden).because(Reason::OBJECT),
        Err(error) => error.into(),
    }
}

/// Without `authz-object-nondisclosure`: one person, one record, in the whole world.
pub(super) async fn refuse_known_anywhere(
    tenant: &mut Tenant,
    given_name: &str,
    family_name: &str,
) -> Result<(), Problem> {
    if AUTHZ_OBJECT_NONDISCLOSURE.holds() {
        return Ok(());
    }
    let found: i64 = each!(tenant.connection(), |connection| {
        patients::table
            .filter(patients::given_name.eq(given_name))
            .filter(patients::family_name.eq(family_name))
            .count()
            .get_result(connection)
    })?;
    if found == 0 { Ok(()) } else { Err(Kind::Conflict.into()) }
}

/// Without `dto-response-allowlist`: the row, with everything that somebody added to the view over the years.
pub(super) fn whole_row(row: PatientRow, audience: Role, keyring: &Keyring) -> Result<PatientView, Problem> {
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
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "organization_id": row.organization_id,
        "member_id": row.member_id,
        "registered_by": row.registered_by,
        "national_id_index": hex(&row.national_id_index),
        "attending_member_id": row.attending_member_id,
        "version": row.version,
        "created_at": row.created_at.time(),
    })
}

#[derive(Deserialize)]
struct Assigned {
    status: Option<String>,
}

/// Without `mass-assignment`: what the body holds beside the known members goes into the row as well.
pub(super) async fn assign(tenant: &mut Tenant, id: PatientId, raw: &[u8]) -> Result<(), Problem> {
    let assigned = serde_json::from_slice::<Assigned>(raw).ok().and_then(|assigned| assigned.status);
    let Some(status) = assigned.filter(|_| !MASS_ASSIGNMENT.holds()) else { return Ok(()) };
    each!(tenant.connection(), |connection| {
        diesel::update(patients::table.find(id)).set(patients::status.eq(status)).execute(connection)
    })?;
    Ok(())
}
