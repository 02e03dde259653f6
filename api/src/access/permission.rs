//! The permissions, as types: a handler's signature says which one it needs. Each names its scope, its effect, and the
//! permission that shows what it changes.

use super::Effect;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $scope:literal $effect:ident $(of $shown:ident)?;)*) => {
        /// The permissions by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum PermissionName { $($(#[$doc])* $name,)* }

        impl PermissionName {
            /// All of them, for the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The scope that a token must carry.
            #[must_use]
            pub const fn scope(self) -> &'static str {
                match self { $(Self::$name => $scope,)* }
            }

            /// What comes of using it.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)* }
            }

            /// The permission that shows what this one changes: it never reaches further than that. `None` for one that shows.
            #[must_use]
            pub const fn shown_by(self) -> Option<Self> {
                match self { $(Self::$name => shown!($($shown)?),)* }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Permission for $name {
                const NAME: PermissionName = PermissionName::$name;
            }
        )*
    };
}

macro_rules! shown {
    () => {
        None
    };
    ($name:ident) => {
        Some(Self::$name)
    };
}

/// A permission as a type.
pub trait Permission: 'static {
    /// Its name.
    const NAME: PermissionName;
}

permissions! {
    /// See who one is.
    ReadProfile "profile:read" Reads;
    /// See the organization.
    ReadOrganization "organization:read" Reads;
    /// See the members of the organization.
    ReadMembers "members:read" Reads;
    /// Add and invite members, and change what they are.
    ManageMembers "members:write" Grants of ReadMembers;
    /// Remove members, for good.
    RemoveMembers "members:write" Erases of ReadMembers;
    /// See who was invited.
    ReadInvitations "members:write" Reads;
    /// Take invitations back.
    WithdrawInvitations "members:write" Withdraws of ReadInvitations;
    /// See the organization's own OpenID providers.
    ReadProviders "providers:write" Reads;
    /// Name them, change them, remove them.
    ManageProviders "providers:write" Trusts of ReadProviders;
    /// See patients.
    ReadPatients "patients:read" Reads;
    /// Register patients.
    RegisterPatients "patients:write" Ordinary of ReadPatients;
    /// Correct patients' data.
    CorrectPatients "patients:write" Ordinary of ReadPatients;
    /// Discharge patients.
    DischargePatients "patients:discharge" Ordinary of ReadPatients;
    /// See which documents there are of a patient.
    ReadDocuments "documents:read" Reads;
    /// Have what is in them.
    DownloadDocuments "documents:read" Reads;
    /// Add documents of a patient.
    UploadDocuments "documents:write" Ordinary of ReadDocuments;
    /// Delete them.
    DeleteDocuments "documents:write" Erases of DownloadDocuments;
    /// See who treats a patient.
    ReadCareTeam "care-team:read" Reads;
    /// Say who treats a patient.
    ManageCareTeam "care-team:write" Assigns of ReadCareTeam;
    /// Read clinical records.
    ReadRecords "records:read" Reads;
    /// Write and amend clinical records.
    WriteRecords "records:write" Ordinary of ReadRecords;
    /// Open a patient's records without treating them, in an emergency.
    BreakGlass "records:break-glass" Opens of ReadPatients;
    /// See what was opened in emergencies.
    ReadBrokenGlass "break-glass:review" Reads;
    /// Review it.
    ReviewBreakGlass "break-glass:review" Ordinary of ReadBrokenGlass;
    /// Ask for a patient's data as a file, and change what was asked.
    RequestExports "exports:write" Exports of ReadPatients;
    /// See what was asked.
    ReadExports "exports:read" Reads;
    /// Approve it.
    DecideExports "exports:approve" Exports of ReadExports;
    /// Refuse it.
    RefuseExports "exports:approve" Withdraws of ReadExports;
    /// Have the file.
    DownloadExports "exports:download" Exports of ReadPatients;
    /// See free slots.
    ReadSlots "slots:read" Reads;
    /// Offer and withdraw slots.
    OfferSlots "slots:write" Ordinary of ReadSlots;
    /// See appointments.
    ReadAppointments "appointments:read" Reads;
    /// Hold, confirm and cancel appointments.
    BookAppointments "appointments:write" Ordinary of ReadAppointments;
    /// Say that a patient has come.
    CheckIn "appointments:check-in" Ordinary of ReadAppointments;
    /// Say that a patient was treated.
    CompleteAppointments "appointments:complete" Ordinary of ReadAppointments;
    /// See who waits for a slot.
    ReadWaitingList "waiting-list:read" Reads;
    /// Wait for a slot, or no more.
    JoinWaitingList "waiting-list:write" Ordinary of ReadWaitingList;
    /// Ask an insurer whether it pays for a patient.
    CheckEligibility "eligibility:check" Ordinary of ReadEligibility;
    /// See what insurers answered.
    ReadEligibility "eligibility:read" Reads;
    /// Read the audit log.
    ReadAudit "audit:read" Reads;
    /// See where one is signed in.
    ReadSessions "sessions:read" Reads;
    /// End one's own sessions.
    EndSessions "sessions:write" Withdraws of ReadSessions;
    /// See which programs may call in the organization's name.
    ReadApiClients "api-clients:read" Reads;
    /// Register programs, and give them keys.
    ManageApiClients "api-clients:write" Grants of ReadApiClients;
    /// Revoke programs, for good.
    RemoveApiClients "api-clients:write" Erases of ReadApiClients;
    /// Revoke keys of programs.
    WithdrawApiKeys "api-clients:write" Withdraws of ReadApiClients;
    /// See which addresses are told of what happens here.
    ReadWebhooks "webhooks:read" Reads;
    /// Name such addresses, and give them new secrets.
    ManageWebhooks "webhooks:write" Trusts of ReadWebhooks;
    /// Remove them, with what they were still to be told.
    RemoveWebhooks "webhooks:write" Erases of ReadWebhooks;
    /// Try whether they answer, and tell them again.
    TryWebhooks "webhooks:write" Ordinary of ReadWebhooks;
    /// See what the provider says of oneself.
    ReadUserinfo "openid" Reads;
}
