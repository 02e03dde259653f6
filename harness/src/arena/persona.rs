//! The personas of the catalogue: who they are in organization A and in organization B.

/// A role in an organization; the names are the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the roles of the service, by name")]
pub enum Role {
    Admin,
    Clinician,
    Reception,
    Auditor,
    Patient,
    Service,
}

impl Role {
    /// The role's name in the API.
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

    /// Whether the role sleeps until a second factor was shown.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::Admin | Self::Clinician | Self::Auditor)
    }

    /// Every scope the role can make use of, as the `scope` claim carries them (RFC 8693 §4.2).
    #[must_use]
    pub const fn scopes(self) -> &'static str {
        match self {
            Self::Admin => {
                "profile:read organization:read members:read members:write webhooks:read webhooks:write exports:read \
                 exports:approve"
            }
            Self::Clinician => {
                "profile:read organization:read members:read patients:read patients:write patients:discharge \
                 care-team:read care-team:write records:read records:write records:break-glass slots:read \
                 slots:write appointments:read appointments:complete documents:read documents:write exports:read \
                 exports:write exports:download eligibility:check eligibility:read"
            }
            Self::Reception => {
                "profile:read organization:read members:read patients:read patients:write care-team:read \
                 care-team:write slots:read slots:write appointments:read appointments:write \
                 appointments:check-in waiting-list:read waiting-list:write documents:read documents:write \
                 exports:read exports:write exports:download eligibility:check eligibility:read"
            }
            Self::Auditor => {
                "profile:read organization:read members:read audit:read break-glass:review exports:read"
            }
            Self::Patient => {
                "profile:read organization:read patients:read records:read slots:read appointments:read \
                 appointments:write waiting-list:read waiting-list:write documents:read eligibility:read"
            }
            Self::Service => {
                "profile:read organization:read patients:read patients:write slots:read appointments:read \
                 appointments:write"
            }
        }
    }
}

/// Every scope there is: for calls that only the role, not the token, may stop.
pub const EVERY_SCOPE: &str = "profile:read organization:read members:read members:write patients:read patients:write \
                               patients:discharge audit:read sessions:read sessions:write openid api-clients:read \
                               api-clients:write providers:write care-team:read care-team:write records:read \
                               records:write records:break-glass break-glass:review slots:read slots:write \
                               appointments:read appointments:write appointments:check-in \
                               appointments:complete waiting-list:read waiting-list:write documents:read documents:write \
                               webhooks:read webhooks:write exports:read exports:write exports:approve \
                               exports:download eligibility:check eligibility:read";

/// Somebody in the story. The letter at the end is the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the catalogue's personas, by name")]
pub enum Persona {
    AdminA1,
    AdminA2,
    ClinA1,
    ClinA2,
    RecepA,
    AuditA,
    PatA1,
    PatA2,
    SvcARo,
    SvcARw,
    SuspendedA,
    ExmemberA,
    MultiInA,
    /// A clinician of A whose tokens come from the attack's own issuer, if it asked for one.
    GuestA,
    AdminB,
    ClinB,
    RecepB,
    AuditB,
    PatB,
    MultiInB,
}

impl Persona {
    /// Everybody but the guest, who needs an issuer of the attack's own.
    pub const ALL: [Self; 19] = [
        Self::AdminA1,
        Self::AdminA2,
        Self::ClinA1,
        Self::ClinA2,
        Self::RecepA,
        Self::AuditA,
        Self::PatA1,
        Self::PatA2,
        Self::SvcARo,
        Self::SvcARw,
        Self::SuspendedA,
        Self::ExmemberA,
        Self::MultiInA,
        Self::AdminB,
        Self::ClinB,
        Self::RecepB,
        Self::AuditB,
        Self::PatB,
        Self::MultiInB,
    ];

    /// The catalogue's name; also the start of the subject in the persona's tokens. The one who is in both
    /// organizations has one name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdminA1 => "adminA1",
            Self::AdminA2 => "adminA2",
            Self::ClinA1 => "clinA1",
            Self::ClinA2 => "clinA2",
            Self::RecepA => "recepA",
            Self::AuditA => "auditA",
            Self::PatA1 => "patA1",
            Self::PatA2 => "patA2",
            Self::SvcARo => "svcA-ro",
            Self::SvcARw => "svcA-rw",
            Self::SuspendedA => "suspendedA",
            Self::ExmemberA => "exmemberA",
            Self::MultiInA | Self::MultiInB => "multiAB",
            Self::GuestA => "guestA",
            Self::AdminB => "adminB",
            Self::ClinB => "clinB",
            Self::RecepB => "recepB",
            Self::AuditB => "auditB",
            Self::PatB => "patB",
        }
    }

    /// What the persona is in its organization.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::AdminA1 | Self::AdminA2 | Self::AdminB => Role::Admin,
            Self::ClinA1 | Self::ClinA2 | Self::ClinB | Self::GuestA => Role::Clinician,
            Self::RecepA
            | Self::RecepB
            | Self::SuspendedA
            | Self::ExmemberA
            | Self::MultiInA
            | Self::MultiInB => Role::Reception,
            Self::AuditA | Self::AuditB => Role::Auditor,
            Self::PatA1 | Self::PatA2 | Self::PatB => Role::Patient,
            Self::SvcARo | Self::SvcARw => Role::Service,
        }
    }

    /// The scopes of the persona's tokens.
    #[must_use]
    pub const fn scopes(self) -> &'static str {
        match self {
            Self::SvcARo => "profile:read organization:read patients:read",
            other => other.role().scopes(),
        }
    }

    /// Whether the persona belongs to organization B.
    #[must_use]
    pub const fn is_of_b(self) -> bool {
        matches!(self, Self::AdminB | Self::ClinB | Self::RecepB | Self::AuditB | Self::PatB | Self::MultiInB)
    }

    /// The name of the forge's issuer that signs the persona's tokens; the guest's is the attack's own.
    #[must_use]
    pub const fn issuer(self) -> &'static str {
        match self.role() {
            Role::Patient => "patients",
            _ => "staff",
        }
    }
}
