//! How a caller stands to a patient, asked of the database with every request: a relation that ended a second ago opens
//! nothing any more (ASVS 8.3.2).

use crate::{
    access::{Allowed, Permission, Reach, Role, Tenant, only},
    audit::{EventName, Reason},
    http::{
        call::Call,
        problem::{Kind, Problem},
    },
    ids::{MemberId, OrganizationId, PatientId},
    protection::{AUTHZ_OBJECT_ABAC, AUTHZ_OBJECT_ACCESS},
    store::{
        prelude::*,
        schema::{break_glass_accesses, care_relations, patients},
        types::Moment,
    },
};
use brigandine_enforce::enforces;
use diesel::dsl::exists;

/// A patient whose records the caller may use now. Whoever reads or writes records must show one.
pub(in crate::clinic) struct InCare {
    patient: PatientId,
    basis: Basis,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// It is the caller's own file.
    Oneself,
    /// The caller is on the care team.
    Team,
    /// The caller broke the glass less than an hour ago.
    BrokenGlass,
    /// The caller's permission reaches everybody in the organization.
    Organization,
}

impl InCare {
    pub(in crate::clinic) const fn patient(&self) -> PatientId {
        self.patient
    }

    pub(in crate::clinic) const fn basis(&self) -> Basis {
        self.basis
    }
}

/// How the caller stands to a patient.
///
/// # Errors
/// `not-found` for a patient who is absent, of another organization, or none of the caller's: all the same.
pub(in crate::clinic) async fn standing<P: Permission>(
    call: &mut Call<P>,
    patient: PatientId,
) -> Result<InCare, Problem> {
    let now = Moment::from(call.clock.now());
    standing_with(&mut call.tenant, &call.allowed, now, patient).await
}

/// As [`standing`], for what outlasts the hour of a broken glass: it lets a clinician read, and neither stay nor carry
/// anything away.
///
/// # Errors
/// As [`standing`].
pub(in crate::clinic) async fn lasting_standing<P: Permission>(
    call: &mut Call<P>,
    patient: PatientId,
) -> Result<InCare, Problem> {
    let in_care = standing(call, patient).await?;
    check_lasting(call.allowed.reach(), in_care.basis())?;
    Ok(in_care)
}

/// A broken glass lets a clinician read for an hour: it takes nothing along and makes nobody part of the team.
#[enforces(AUTHZ_OBJECT_ABAC)]
fn check_lasting(reach: Reach, basis: Basis) -> Result<(), Problem> {
    if reach == Reach::Relation && basis == Basis::BrokenGlass {
        return Err(Problem::new(Kind::NotFound).because(Reason::RELATION));
    }
    Ok(())
}

/// As [`standing`], by another of the caller's rights.
///
/// # Errors
/// As [`standing`].
pub(in crate::clinic) async fn standing_with<P: Permission>(
    tenant: &mut Tenant,
    allowed: &Allowed<P>,
    now: Moment,
    patient: PatientId,
) -> Result<InCare, Problem> {
    let (organization, member) = (tenant.organization(), allowed.member());
    let found: Option<(Option<MemberId>, bool, bool)> = each!(tenant.connection(), |connection| {
        let mut rows = patients::table
            .filter(patients::id.eq(patient))
            .select((
                patients::member_id,
                exists(team(organization, patient, member, now)),
                exists(broken_glass(organization, patient, member, now)),
            ))
            .into_boxed();
        rows = only::opened_of_tenant(rows, patients::organization_id.eq(organization));
        rows.first(connection)
    })
    .optional()?;
    let (login, on_team, broke_glass) = found.ok_or(Kind::NotFound)?;
    let basis = match allowed.reach() {
        _ if is_own_file(allowed.role(), login, member) => None,
        Reach::Organization => Some(Basis::Organization),
        Reach::Own => is_oneself(login, member).then_some(Basis::Oneself),
        Reach::Relation => relation(on_team, broke_glass),
    };
    let basis = basis.ok_or_else(|| Problem::new(Kind::NotFound).because(Reason::RELATION))?;
    Ok(InCare { patient, basis })
}

/// Nobody treats themselves: neither a place on the team nor an emergency opens a clinician's own file to them.
#[enforces(AUTHZ_OBJECT_ABAC, answers = false)]
fn is_own_file(role: Role, login: Option<MemberId>, member: MemberId) -> bool {
    role == Role::Clinician && login == Some(member)
}

/// Whether the file is the caller's own. No patient reads another's, whatever id they send (OWASP API1).
#[enforces(AUTHZ_OBJECT_ACCESS, answers = true)]
fn is_oneself(login: Option<MemberId>, member: MemberId) -> bool {
    login == Some(member)
}

/// What a clinician's relation to the patient is. To be a clinician is none: curious colleagues read no neighbour's
/// file (ASVS 8.2.4).
#[enforces(AUTHZ_OBJECT_ABAC, otherwise = crate::vulnerable::clinic::care::everybody_is_on_the_team)]
fn relation(on_team: bool, broke_glass: bool) -> Option<Basis> {
    match (on_team, broke_glass) {
        (true, _) => Some(Basis::Team),
        (false, true) => Some(Basis::BrokenGlass),
        (false, false) => None,
    }
}

/// What is read behind a broken glass is told apart in the audit log.
pub(in crate::clinic) fn note_reading<P: Permission>(call: &mut Call<P>, in_care: Option<&InCare>) {
    if in_care.is_some_and(|in_care| in_care.basis() == Basis::BrokenGlass) {
        call.audit.instead(EventName::SensitiveReadBreakGlass);
    }
}

/// The caller's place on the patient's care team that counts now.
#[diesel::dsl::auto_type(no_type_alias)]
fn team(organization: OrganizationId, patient: PatientId, member: MemberId, now: Moment) -> _ {
    care_relations::table
        .filter(care_relations::organization_id.eq(organization))
        .filter(care_relations::patient_id.eq(patient))
        .filter(care_relations::member_id.eq(member))
        .filter(care_relations::starts_at.le(now))
        .filter(care_relations::ends_at.is_null().or(care_relations::ends_at.assume_not_null().gt(now)))
}

/// The caller's emergency access to the patient that counts now.
#[diesel::dsl::auto_type(no_type_alias)]
fn broken_glass(organization: OrganizationId, patient: PatientId, member: MemberId, now: Moment) -> _ {
    break_glass_accesses::table
        .filter(break_glass_accesses::organization_id.eq(organization))
        .filter(break_glass_accesses::patient_id.eq(patient))
        .filter(break_glass_accesses::member_id.eq(member))
        .filter(break_glass_accesses::expires_at.gt(now))
}
