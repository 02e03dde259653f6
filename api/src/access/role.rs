//! The roles of an organization's members.

use serde::{Deserialize, Serialize};

/// What a member is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Manages members; sees no patient.
    Admin,
    /// Treats patients.
    Clinician,
    /// Registers patients and keeps their data right; sees no clinical text.
    Reception,
    /// Reads the audit log.
    Auditor,
    /// Sees their own record.
    Patient,
    /// A program: an API client, not a person.
    Service,
}

impl Role {
    /// All of them, for the matrix.
    pub const ALL: [Self; 6] =
        [Self::Admin, Self::Clinician, Self::Reception, Self::Auditor, Self::Patient, Self::Service];

    /// As it is stored and written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Clinician => "clinician",
            Self::Reception => "reception",
            Self::Auditor => "auditor",
            Self::Patient => "patient",
            Self::Service => "service",
        }
    }

    /// Whether it may be used after a sign-in with two factors only: roles that see or decide over many people's data.
    /// Receptionists and patients may set one up; a program has a key of its own instead.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::Admin | Self::Clinician | Self::Auditor)
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
