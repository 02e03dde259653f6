//! The policy: which role may do what, and how far. One table; what it does not allow is denied.

use super::{Permission, PermissionName, Role};
use crate::{
    http::problem::{Kind, Problem},
    identity::Caller,
    ids::{MemberId, OrganizationId},
    protection::Protection,
    store::Membership,
};
use std::marker::PhantomData;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only to what is the member's own.
    Own,
    /// Only to those whom the member has an active relation with: whom a clinician treats.
    Relation,
    /// To everything of the organization.
    Organization,
}

/// The table. A role that is not named for a permission does not have it.
#[must_use]
pub const fn reach(role: Role, permission: PermissionName) -> Option<Reach> {
    use PermissionName as May;
    use Role::{Admin, Auditor, Clinician, Patient, Reception, Service};
    match (permission, role) {
        (permission, Service) if is_for_people(permission) => None,
        (May::ReadProfile | May::ReadOrganization, _)
        | (May::ReadMembers, Admin | Clinician | Reception | Auditor)
        | (May::ManageMembers | May::ManageProviders | May::ReadApiClients | May::ManageApiClients, Admin)
        | (May::ReadWebhooks | May::ManageWebhooks | May::DecideExports, Admin)
        | (May::ReadExports, Admin | Auditor)
        | (May::RequestExports | May::DownloadExports, Reception)
        | (May::ReadPatients | May::RegisterPatients, Clinician | Reception | Service)
        | (May::CorrectPatients, Clinician | Reception)
        | (May::DischargePatients, Clinician)
        | (May::ReadDocuments | May::UploadDocuments | May::DeleteDocuments, Clinician | Reception)
        | (May::ReadCareTeam, Clinician | Reception)
        | (May::CheckEligibility | May::ReadEligibility, Clinician | Reception)
        | (May::ManageCareTeam, Reception)
        | (May::BreakGlass, Clinician)
        | (May::ReadSlots, Clinician | Reception | Patient | Service)
        | (May::ReadAppointments | May::BookAppointments, Reception | Service)
        | (May::OfferSlots | May::CheckIn | May::ReadWaitingList | May::JoinWaitingList, Reception)
        | (May::ReadAudit | May::ReviewBreakGlass, Auditor) => Some(Reach::Organization),
        (May::ReadRecords | May::WriteRecords | May::ManageCareTeam, Clinician)
        | (May::RequestExports | May::DownloadExports | May::DownloadDocuments, Clinician) => {
            Some(Reach::Relation)
        }
        (May::OfferSlots | May::ReadAppointments | May::CompleteAppointments, Clinician)
        | (May::ReadPatients | May::ReadRecords | May::ReadAppointments | May::BookAppointments, Patient)
        | (May::ReadDocuments | May::DownloadDocuments | May::ReadEligibility, Patient)
        | (May::ReadWaitingList | May::JoinWaitingList, Patient)
        | (May::ReadExports, Clinician | Reception)
        | (May::ReadSessions | May::EndSessions | May::ReadUserinfo, _) => Some(Reach::Own),
        _ => None,
    }
}

/// What only people have: a profile, colleagues, sessions, and programs of their own to manage. No role of a program
/// reaches it (OWASP API2: API keys are for API clients only).
#[must_use]
pub const fn is_for_people(permission: PermissionName) -> bool {
    use PermissionName as May;
    matches!(
        permission,
        May::ReadProfile
            | May::ReadMembers
            | May::ManageMembers
            | May::ReadSessions
            | May::EndSessions
            | May::ReadUserinfo
            | May::ReadApiClients
            | May::ManageApiClients
            | May::RequestExports
            | May::ReadExports
            | May::DecideExports
            | May::DownloadExports
    )
}

/// Who may give which role. Administrators give any, also those whose rights they lack: they decide who treats
/// patients and see none themselves. Nobody else gives anything.
#[must_use]
pub const fn may_grant(grantor: Role, _granted: Role) -> bool {
    matches!(grantor, Role::Admin)
}

/// The right of one member to use `P` in one organization, now. Made by the policy only.
#[derive(Debug)]
pub struct Allowed<P: Permission> {
    member: MemberId,
    organization: OrganizationId,
    role: Role,
    display_name: String,
    reach: Reach,
    permission: PhantomData<P>,
}

pub(super) fn authorize<P: Permission>(
    caller: &Caller,
    membership: Membership,
) -> Result<Allowed<P>, Problem> {
    let forbidden = || Problem::new(Kind::Forbidden).because("role");
    let role = Role::from_name(&membership.role).ok_or_else(forbidden)?;
    let is_stranger = role == Role::Service && is_for_people(P::NAME);
    if is_stranger && Protection::AuthzServiceAccount.holds() {
        return Err(Problem::new(Kind::NotAUser).because("service"));
    }
    // An issuer that lets programs choose their names lets them choose a person's (RFC 9068 §5).
    if caller.is_program() && role != Role::Service && Protection::OidcAccountLinking.holds() {
        return Err(Problem::new(Kind::NotAUser).because("not-a-user"));
    }
    let reach = match reach(role, P::NAME) {
        Some(reach) => reach,
        None if is_stranger => Reach::Organization,
        None if Protection::AuthzFunctionMatrix.holds() => return Err(forbidden()),
        None => Reach::Organization,
    };
    Ok(Allowed {
        member: membership.member_id,
        organization: caller.organization(),
        role,
        display_name: membership.display_name,
        reach,
        permission: PhantomData,
    })
}

impl<P: Permission> Allowed<P> {
    /// Who.
    #[must_use]
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// The same member's right to use `Q` as well, if the policy gives it to their role.
    pub(super) fn also<Q: Permission>(&self) -> Option<Allowed<Q>> {
        let reach = reach(self.role, Q::NAME)?;
        Some(Allowed {
            member: self.member,
            organization: self.organization,
            role: self.role,
            display_name: self.display_name.clone(),
            reach,
            permission: PhantomData,
        })
    }

    /// The right that a worker of the service's own would have.
    #[cfg(feature = "twin")]
    pub(super) fn as_worker<Q: Permission>(&self) -> Allowed<Q> {
        Allowed {
            member: self.member,
            organization: self.organization,
            role: Role::Clinician,
            display_name: self.display_name.clone(),
            reach: Reach::Organization,
            permission: PhantomData,
        }
    }

    /// The same right in another member's name.
    #[cfg(feature = "twin")]
    pub(super) fn acting_as(self, member: MemberId) -> Self {
        Self { member, ..self }
    }

    /// Where.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// As what.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The member's name, as the organization calls them.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// How far.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, is_for_people, reach};
    use crate::access::{PermissionName, Role};

    #[test]
    fn every_permission_belongs_to_somebody_and_none_to_all_but_the_organization() {
        for &permission in PermissionName::ALL {
            let holders = Role::ALL.into_iter().filter(|&role| reach(role, permission).is_some()).count();
            assert!(holders > 0, "{permission:?}");
            let open = permission == PermissionName::ReadOrganization;
            assert_eq!(holders == Role::ALL.len(), open, "{permission:?}");
        }
    }

    #[test]
    fn a_program_has_nothing_that_is_for_people() {
        for &permission in PermissionName::ALL {
            assert!(
                !is_for_people(permission) || reach(Role::Service, permission).is_none(),
                "{permission:?}"
            );
        }
    }

    #[test]
    fn a_patient_reaches_only_what_is_theirs() {
        assert_eq!(reach(Role::Patient, PermissionName::ReadPatients), Some(Reach::Own));
        assert_eq!(reach(Role::Patient, PermissionName::CorrectPatients), None);
    }
}
