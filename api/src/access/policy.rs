//! The policy: which role may do what, and how far. One table; what it does not allow is denied.

use super::{Permission, PermissionName, Role};
use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    identity::Caller,
    ids::{MemberId, OrganizationId},
    protection::{AUTHZ_FUNCTION_MATRIX, AUTHZ_SERVICE_ACCOUNT, OIDC_ACCOUNT_LINKING},
    store::Membership,
};
use brigandine_enforce::enforces;
use std::marker::PhantomData;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Only to what is the member's own, or what they made themselves.
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
        | (
            May::ManageMembers | May::RemoveMembers | May::ReadInvitations | May::WithdrawInvitations,
            Admin,
        )
        | (May::ReadProviders | May::ManageProviders, Admin)
        | (
            May::ReadApiClients | May::ManageApiClients | May::RemoveApiClients | May::WithdrawApiKeys,
            Admin,
        )
        | (May::ReadWebhooks | May::ManageWebhooks | May::RemoveWebhooks | May::TryWebhooks, Admin)
        | (May::DecideExports | May::RefuseExports, Admin)
        | (May::ReadExports, Admin | Auditor)
        | (May::RequestExports | May::DownloadExports, Reception)
        | (May::ReadPatients | May::RegisterPatients, Clinician | Reception | Service)
        | (May::CorrectPatients, Clinician | Reception)
        | (May::DischargePatients, Clinician)
        | (May::ReadDocuments | May::UploadDocuments, Clinician | Reception)
        | (May::ReadCareTeam, Clinician | Reception)
        | (May::CheckEligibility | May::ReadEligibility, Clinician | Reception)
        | (May::ManageCareTeam, Reception)
        | (May::BreakGlass, Clinician)
        | (May::ReadSlots, Clinician | Reception | Patient | Service)
        | (May::ReadAppointments | May::BookAppointments, Reception | Service)
        | (May::OfferSlots | May::CheckIn | May::ReadWaitingList | May::JoinWaitingList, Reception)
        | (May::ReadAudit | May::ReadBrokenGlass | May::ReviewBreakGlass, Auditor) => {
            Some(Reach::Organization)
        }
        (May::ReadRecords | May::WriteRecords | May::ManageCareTeam, Clinician)
        | (May::RequestExports | May::DownloadExports, Clinician)
        | (May::DownloadDocuments | May::DeleteDocuments, Clinician) => Some(Reach::Relation),
        (May::OfferSlots | May::ReadAppointments | May::CompleteAppointments, Clinician)
        | (May::ReadPatients | May::ReadRecords | May::ReadAppointments | May::BookAppointments, Patient)
        | (May::ReadDocuments | May::DownloadDocuments | May::ReadEligibility, Patient)
        | (May::ReadWaitingList | May::JoinWaitingList, Patient)
        | (May::ReadExports, Clinician | Reception)
        | (May::DeleteDocuments, Reception)
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
            | May::RemoveMembers
            | May::ReadInvitations
            | May::WithdrawInvitations
            | May::ReadSessions
            | May::EndSessions
            | May::ReadUserinfo
            | May::ReadApiClients
            | May::ManageApiClients
            | May::RemoveApiClients
            | May::WithdrawApiKeys
            | May::RequestExports
            | May::ReadExports
            | May::DecideExports
            | May::RefuseExports
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
    let role = Role::from_name(&membership.role).ok_or_else(forbidden)?;
    check_person(caller, role)?;
    let reach = reach_of(role, P::NAME)?;
    Ok(Allowed {
        member: membership.member_id,
        organization: caller.organization(),
        role,
        display_name: membership.display_name,
        reach,
        permission: PhantomData,
    })
}

/// A program's token is no person's, whatever it is called: an issuer that lets programs choose their names lets them
/// choose a person's (RFC 9068 §5).
#[enforces(OIDC_ACCOUNT_LINKING)]
fn check_person(caller: &Caller, role: Role) -> Result<(), Problem> {
    if caller.is_program() && role != Role::Service {
        return Err(Problem::new(Kind::NotAUser).because(Reason::NOT_A_USER));
    }
    Ok(())
}

/// How far the role reaches. Programs are refused what only people have, before the table is asked: a leaked key
/// manages no members and makes no keys of its own (OWASP API2).
#[enforces(AUTHZ_SERVICE_ACCOUNT, otherwise = crate::vulnerable::access::reach_of_programs_and_people)]
fn reach_of(role: Role, permission: PermissionName) -> Result<Reach, Problem> {
    if role == Role::Service && is_for_people(permission) {
        return Err(Problem::new(Kind::NotAUser).because(Reason::SERVICE));
    }
    granted(role, permission)
}

/// What the table gives the role. What it does not name is denied: a caller of a lesser role gets no further by knowing
/// the path (OWASP API5, ASVS 8.2.1).
#[enforces(AUTHZ_FUNCTION_MATRIX, answers = Ok(reach(role, permission).unwrap_or(Reach::Organization)))]
pub(crate) fn granted(role: Role, permission: PermissionName) -> Result<Reach, Problem> {
    reach(role, permission).ok_or_else(forbidden)
}

fn forbidden() -> Problem {
    Problem::new(Kind::Forbidden).because(Reason::ROLE)
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

/// Rights that nobody was granted.
#[cfg(feature = "twin")]
impl<P: Permission> Allowed<P> {
    /// The right that a worker of the service's own would have.
    pub(crate) fn as_worker<Q: Permission>(&self) -> Allowed<Q> {
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
    pub(crate) fn acting_as(self, member: MemberId) -> Self {
        Self { member, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, is_for_people, reach};
    use crate::access::{Effect, PermissionName, Role};

    /// Who changes what they may not see, and why that is right. This list only ever shrinks.
    const UNSEEN: [(Role, PermissionName); 1] = [
        // Takes back, for an hour, what it added itself: it has the paper in its hands.
        (Role::Reception, PermissionName::DeleteDocuments),
    ];

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
    fn nobody_changes_or_erases_more_than_they_may_see() {
        for &permission in PermissionName::ALL {
            let shown = permission.shown_by();
            assert_eq!(
                shown.is_none(),
                permission.effect() == Effect::Reads,
                "{permission:?} is shown by nothing"
            );
            let Some(shown) = shown else { continue };
            assert_eq!(shown.effect(), Effect::Reads, "{permission:?} is shown by what shows nothing");
            for role in Role::ALL {
                let (changes, sees) = (reach(role, permission), reach(role, shown));
                // No right at all is the narrowest reach.
                assert_eq!(changes > sees, UNSEEN.contains(&(role, permission)), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn a_patient_reaches_only_what_is_theirs() {
        assert_eq!(reach(Role::Patient, PermissionName::ReadPatients), Some(Reach::Own));
        assert_eq!(reach(Role::Patient, PermissionName::CorrectPatients), None);
    }
}
