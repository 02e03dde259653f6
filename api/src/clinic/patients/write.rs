//! Registering, correcting and discharging.

use super::{
    DISCHARGED, REGISTERED,
    input::{CorrectPatient, RegisterPatient, is_born},
    rows::{CorrectedPatient, NewPatient, PatientRow},
    sealed::Seals,
    show::find,
    version::Version,
    views::PatientView,
};
use crate::{
    access::{
        Role, Tenant,
        permission::{CorrectPatients, DischargePatients, RegisterPatients},
    },
    audit::Reason,
    http::{
        answer::{Created, Shown},
        call::Call,
        input::{Body, Path},
        precondition::{Current, IfMatch},
        problem::{Kind, Problem},
        text::Text,
        time::CalendarDate,
    },
    ids::{MemberId, PatientId},
    protection::{
        AUTHZ_OBJECT_NONDISCLOSURE, AUTHZ_OBJECT_REFERENCE, DTO_ROLE_FIELDS, INPUT_SCHEMA, MASS_ASSIGNMENT,
    },
    sealing::Keyring,
    store::{
        prelude::*,
        schema::{members, patients},
        types::{JsonText, Moment},
    },
    webhooks::Event,
};
use brigandine_enforce::enforces;

pub(super) async fn register<V: Version>(
    call: &mut Call<RegisterPatients>,
    Body(body): Body<V::Register>,
) -> Result<Created<V::View>, Problem> {
    let body: RegisterPatient = body.into();
    check_notes(call.allowed.role(), body.notes.is_some())?;
    check_birth_date(is_born(body.birth_date, call.clock.now()))?;
    check_reference(&mut call.tenant, body.member_id, Role::Patient, "/member_id").await?;
    check_reference(&mut call.tenant, body.attending_member_id, Role::Clinician, "/attending_member_id")
        .await?;

    let organization = call.tenant.organization();
    let id = new_id();
    let seals = Seals { keyring: &call.keyring, organization, patient: id, version: 1 };
    let national_id = body.national_id.as_str();
    let new = NewPatient {
        id,
        organization_id: organization,
        member_id: body.member_id,
        attending_member_id: body.attending_member_id,
        given_name: body.given_name.as_str(),
        family_name: body.family_name.as_str(),
        birth_date: body.birth_date.date(),
        national_id: seals.seal("national_id", national_id)?,
        national_id_index: call
            .keyring
            .blind_index(organization, "patients.national_id", &body.national_id.folded())?
            .to_vec(),
        phone: seals.seal_some("phone", body.phone.as_ref().map(Text::as_str))?,
        notes: seals.seal_some("notes", body.notes.as_ref().map(Text::as_str))?,
        metadata: JsonText(body.metadata.into()),
        status: "active",
        registered_by: call.allowed.member(),
        version: 1,
        created_at: Moment::from(call.clock.now()),
    };
    let row = insert_known(call, new).await?;
    call.audit.object(*id.as_uuid());
    call.notify(Event { kind: REGISTERED, subject: *id.as_uuid() });
    let view = PatientView::of(row, call.allowed.role(), &call.keyring)?.into();
    Ok(Created { location: format!("{}/{id}", V::PATIENTS), view })
}

pub(super) async fn correct<V: Version>(
    call: &mut Call<CorrectPatients>,
    (Path(id), if_match, Body(body)): (Path<PatientId>, IfMatch, Body<V::Correct>),
) -> Result<Shown<V::View>, Problem> {
    let body: CorrectPatient = body.into();
    check_notes(call.allowed.role(), body.notes.is_some())?;
    check_birth_date(body.birth_date.is_none_or(|date| is_born(date, call.clock.now())))?;
    check_reference(
        &mut call.tenant,
        body.attending_member_id.flatten(),
        Role::Clinician,
        "/attending_member_id",
    )
    .await?;
    let before = find(&mut call.tenant, &call.allowed, id).await?;

    let opened = Opened::of(&call.keyring, &before)?;
    let text =
        |new: &Option<Text>, old: &str| new.as_ref().map_or_else(|| old.to_owned(), ToString::to_string);
    let cleared =
        |new: Option<Option<Text>>, old: Option<String>| new.map_or(old, |new| new.map(|t| t.to_string()));
    let opened = Opened {
        phone: cleared(body.phone, opened.phone),
        notes: cleared(body.notes, opened.notes),
        ..opened
    };
    let given_name = text(&body.given_name, &before.given_name);
    let family_name = text(&body.family_name, &before.family_name);
    let changes = CorrectedPatient {
        given_name: &given_name,
        family_name: &family_name,
        birth_date: body.birth_date.map_or(before.birth_date, CalendarDate::date),
        attending_member_id: body.attending_member_id.unwrap_or(before.attending_member_id),
        metadata: body.metadata.map_or(JsonText(before.metadata.0.clone()), |new| JsonText(new.into())),
        ..resealed(&call.keyring, &before, &opened)?
    };
    let seen: V::View = PatientView::of(before.clone(), call.allowed.role(), &call.keyring)?.into();
    let current = if_match.check(&seen)?;
    let row = save_known(call, &before, &changes, current).await?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(PatientView::of(row, call.allowed.role(), &call.keyring)?.into()))
}

pub(super) async fn discharge(
    call: &mut Call<DischargePatients>,
    (Path(id), if_match): (Path<PatientId>, IfMatch),
) -> Result<Shown<PatientView>, Problem> {
    let before = find(&mut call.tenant, &call.allowed, id).await?;
    if before.status != "active" {
        return Err(Kind::Conflict.into());
    }
    let opened = Opened::of(&call.keyring, &before)?;
    let changes = CorrectedPatient {
        status: "discharged",
        discharged_at: Some(Moment::from(call.clock.now())),
        ..resealed(&call.keyring, &before, &opened)?
    };
    let current = if_match.check(&PatientView::of(before.clone(), call.allowed.role(), &call.keyring)?)?;
    let row = save(&mut call.tenant, &before, &changes, current).await?;
    call.notify(Event { kind: DISCHARGED, subject: *id.as_uuid() });
    call.audit.object(*id.as_uuid());
    Ok(Shown(PatientView::of(row, call.allowed.role(), &call.keyring)?))
}

/// The sealed columns in the clear, on their way from one version's seals to the next.
struct Opened {
    national_id: String,
    phone: Option<String>,
    notes: Option<String>,
}

impl Opened {
    fn of(keyring: &Keyring, row: &PatientRow) -> Result<Self, Problem> {
        let seals = Seals::of(keyring, row);
        Ok(Self {
            national_id: seals.open("national_id", &row.national_id)?.to_string(),
            phone: seals.open_some("phone", row.phone.as_ref())?.map(|text| text.to_string()),
            notes: seals.open_some("notes", row.notes.as_ref())?.map(|text| text.to_string()),
        })
    }
}

/// The row as it is, sealed for its next version.
fn resealed<'a>(
    keyring: &Keyring,
    before: &'a PatientRow,
    opened: &Opened,
) -> Result<CorrectedPatient<'a>, Problem> {
    let version = before.version.saturating_add(1);
    let seals = Seals { version, ..Seals::of(keyring, before) };
    Ok(CorrectedPatient {
        attending_member_id: before.attending_member_id,
        given_name: &before.given_name,
        family_name: &before.family_name,
        birth_date: before.birth_date,
        national_id: seals.seal("national_id", &opened.national_id)?,
        phone: seals.seal_some("phone", opened.phone.as_deref())?,
        notes: seals.seal_some("notes", opened.notes.as_deref())?,
        metadata: JsonText(before.metadata.0.clone()),
        status: &before.status,
        version,
        discharged_at: before.discharged_at,
    })
}

/// Writes the members that a registration has, and no column beside: a `status` that came along is nobody's to set (CWE-915,
/// OWASP API3).
#[enforces(MASS_ASSIGNMENT, otherwise = crate::vulnerable::clinic::patients::insert_and_assign)]
async fn insert_known(call: &mut Call<RegisterPatients>, new: NewPatient<'_>) -> Result<PatientRow, Problem> {
    insert(&mut call.tenant, new).await
}

/// Whoever is registered elsewhere is registered here like anybody: a refusal would tell where else they are patients
/// (CWE-204).
#[enforces(AUTHZ_OBJECT_NONDISCLOSURE, otherwise = crate::vulnerable::clinic::patients::insert_unless_known_anywhere)]
pub(crate) async fn insert(tenant: &mut Tenant, new: NewPatient<'_>) -> Result<PatientRow, Problem> {
    insert_row(tenant, new).await
}

pub(crate) async fn insert_row(tenant: &mut Tenant, new: NewPatient<'_>) -> Result<PatientRow, Problem> {
    Ok(each!(tenant.connection(), |connection| {
        diesel::insert_into(patients::table)
            .values(new)
            .returning(PatientRow::as_returning())
            .get_result(connection)
    })?)
}

/// As [`insert_known`], for corrections.
#[enforces(MASS_ASSIGNMENT, otherwise = crate::vulnerable::clinic::patients::save_and_assign)]
async fn save_known(
    call: &mut Call<CorrectPatients>,
    before: &PatientRow,
    changes: &CorrectedPatient<'_>,
    seen: Current,
) -> Result<PatientRow, Problem> {
    save(&mut call.tenant, before, changes, seen).await
}

/// Writes the next version over exactly the one that was read, which is the one that the client saw.
pub(crate) async fn save(
    tenant: &mut Tenant,
    before: &PatientRow,
    changes: &CorrectedPatient<'_>,
    _seen: Current,
) -> Result<PatientRow, Problem> {
    let row: Option<PatientRow> = each!(tenant.connection(), |connection| {
        diesel::update(
            patients::table
                .filter(patients::id.eq(before.id))
                .filter(patients::organization_id.eq(before.organization_id))
                .filter(patients::version.eq(before.version)),
        )
        .set(changes)
        .returning(PatientRow::as_returning())
        .get_result(connection)
    })
    .optional()?;
    row.ok_or_else(IfMatch::overtaken)
}

/// An id that tells nothing: from one's own nobody counts on to the next patient's, or learns how many there are
/// (CWE-340).
#[enforces(AUTHZ_OBJECT_NONDISCLOSURE, otherwise = crate::vulnerable::clinic::patients::next_id)]
fn new_id() -> PatientId {
    PatientId::random()
}

/// Notes are written by those who may read them: reception puts nothing into a clinician's mouth (OWASP API3).
#[enforces(DTO_ROLE_FIELDS)]
fn check_notes(role: Role, given: bool) -> Result<(), Problem> {
    if given && role != Role::Clinician {
        return Err(Problem::new(Kind::Forbidden).because(Reason::ROLE_FIELD).at("/notes", "role"));
    }
    Ok(())
}

/// Nobody is born tomorrow, or two hundred years ago: what can't be is refused, though its form is right (ASVS 2.2.1).
#[enforces(INPUT_SCHEMA)]
fn check_birth_date(born: bool) -> Result<(), Problem> {
    if born { Ok(()) } else { Err(Problem::new(Kind::ValidationFailed).at("/birth_date", "past")) }
}

/// A member named in a body must be an active one of this organization and of the right role; absent, foreign and
/// wrong are one answer.
#[enforces(AUTHZ_OBJECT_REFERENCE)]
pub(in crate::clinic) async fn check_reference(
    tenant: &mut Tenant,
    member: Option<MemberId>,
    role: Role,
    pointer: &str,
) -> Result<(), Problem> {
    let Some(member) = member else { return Ok(()) };
    let organization = tenant.organization();
    let found: i64 = each!(tenant.connection(), |connection| {
        members::table
            .filter(members::id.eq(member))
            .filter(members::organization_id.eq(organization))
            .filter(members::role.eq(role.name()))
            .filter(members::status.eq("active"))
            .count()
            .get_result(connection)
    })?;
    if found == 1 { Ok(()) } else { Err(Problem::new(Kind::UnknownReference).at(pointer, "reference")) }
}
