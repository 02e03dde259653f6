//! The permissions, as types: a handler's signature says which one it needs.

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $scope:literal;)*) => {
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

/// A permission as a type.
pub trait Permission: 'static {
    /// Its name.
    const NAME: PermissionName;
}

permissions! {
    /// See who one is.
    ReadProfile "profile:read";
    /// See the organization.
    ReadOrganization "organization:read";
    /// See the members of the organization.
    ReadMembers "members:read";
    /// Add, change and remove members.
    ManageMembers "members:write";
    /// See the organization's own OpenID providers, and change them.
    ManageProviders "providers:write";
    /// See patients.
    ReadPatients "patients:read";
    /// Register patients.
    RegisterPatients "patients:write";
    /// Correct patients' data.
    CorrectPatients "patients:write";
    /// Discharge patients.
    DischargePatients "patients:discharge";
    /// See which documents there are of a patient.
    ReadDocuments "documents:read";
    /// Have what is in them.
    DownloadDocuments "documents:read";
    /// Add documents of a patient.
    UploadDocuments "documents:write";
    /// Delete them.
    DeleteDocuments "documents:write";
    /// See who treats a patient.
    ReadCareTeam "care-team:read";
    /// Say who treats a patient.
    ManageCareTeam "care-team:write";
    /// Read clinical records.
    ReadRecords "records:read";
    /// Write and amend clinical records.
    WriteRecords "records:write";
    /// Open a patient's records without treating them, in an emergency.
    BreakGlass "records:break-glass";
    /// Review what was opened in emergencies.
    ReviewBreakGlass "break-glass:review";
    /// Ask for a patient's data as a file, and change what was asked.
    RequestExports "exports:write";
    /// See what was asked.
    ReadExports "exports:read";
    /// Approve or refuse it.
    DecideExports "exports:approve";
    /// Have the file.
    DownloadExports "exports:download";
    /// See free slots.
    ReadSlots "slots:read";
    /// Offer and withdraw slots.
    OfferSlots "slots:write";
    /// See appointments.
    ReadAppointments "appointments:read";
    /// Hold, confirm and cancel appointments.
    BookAppointments "appointments:write";
    /// Say that a patient has come.
    CheckIn "appointments:check-in";
    /// Say that a patient was treated.
    CompleteAppointments "appointments:complete";
    /// See who waits for a slot.
    ReadWaitingList "waiting-list:read";
    /// Wait for a slot, or no more.
    JoinWaitingList "waiting-list:write";
    /// Ask an insurer whether it pays for a patient.
    CheckEligibility "eligibility:check";
    /// See what insurers answered.
    ReadEligibility "eligibility:read";
    /// Read the audit log.
    ReadAudit "audit:read";
    /// See where one is signed in.
    ReadSessions "sessions:read";
    /// End one's own sessions.
    EndSessions "sessions:write";
    /// See which programs may call in the organization's name.
    ReadApiClients "api-clients:read";
    /// Register programs, give them keys, revoke them.
    ManageApiClients "api-clients:write";
    /// See which addresses are told of what happens here.
    ReadWebhooks "webhooks:read";
    /// Name such addresses, and change them.
    ManageWebhooks "webhooks:write";
    /// See what the provider says of oneself.
    ReadUserinfo "openid";
}
