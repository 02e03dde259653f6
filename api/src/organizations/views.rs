//! What goes out, one view per audience.

use super::rows::{AuditRow, MemberRow, OrganizationRow};
use crate::{
    access::Role,
    ids::{AuditEventId, MemberId, OrganizationId, RequestId},
    protection::DTO_ROLE_FIELDS,
};
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller, in the organization that the token is for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The caller's membership.
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: MemberId,
    #[schema(value_type = uuid::Uuid)]
    pub(super) organization_id: OrganizationId,
    pub(super) display_name: String,
    pub(super) role: Role,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Organization {
    #[schema(value_type = uuid::Uuid)]
    id: OrganizationId,
    name: String,
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self { id: row.id, name: row.name }
    }
}

/// A member as administrators and auditors see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberForAdmin {
    #[schema(value_type = uuid::Uuid)]
    id: MemberId,
    display_name: String,
    role: String,
    /// `active`, `suspended` or `removed`.
    status: String,
    /// The provider that vouches for them.
    issuer: String,
    /// Their name at the provider.
    subject: String,
    created_at: DateTime<Utc>,
}

impl From<MemberRow> for MemberForAdmin {
    fn from(row: MemberRow) -> Self {
        Self {
            id: row.id,
            display_name: row.display_name,
            role: row.role,
            status: row.status,
            issuer: row.issuer,
            subject: row.subject,
            created_at: row.created_at.time(),
        }
    }
}

/// A member as colleagues see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberForColleague {
    #[schema(value_type = uuid::Uuid)]
    id: MemberId,
    display_name: String,
    role: String,
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum MemberView {
    /// For administrators and auditors.
    Admin(MemberForAdmin),
    /// For everybody else who may see members.
    Colleague(MemberForColleague),
}

impl MemberView {
    /// As much as the role may see: colleagues don't learn by which accounts others sign in (OWASP API3).
    #[enforces(DTO_ROLE_FIELDS, answers = Self::Admin(row.into()))]
    pub(super) fn of(row: MemberRow, audience: Role) -> Self {
        match audience {
            Role::Admin | Role::Auditor => Self::Admin(row.into()),
            _ => Self::Colleague(MemberForColleague {
                id: row.id,
                display_name: row.display_name,
                role: row.role,
            }),
        }
    }
}

/// An audit event as the organization's auditors see it: who did what to which object, and never a value.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEvent {
    #[schema(value_type = uuid::Uuid)]
    id: AuditEventId,
    occurred_at: DateTime<Utc>,
    event: String,
    outcome: String,
    reason: Option<String>,
    operation: String,
    #[schema(value_type = Option<uuid::Uuid>)]
    actor_member_id: Option<MemberId>,
    object_type: Option<String>,
    #[schema(value_type = Vec<uuid::Uuid>)]
    object_ids: serde_json::Value,
    source_address: String,
    #[schema(value_type = uuid::Uuid)]
    request_id: RequestId,
}

impl From<AuditRow> for AuditEvent {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            occurred_at: row.occurred_at.time(),
            event: row.event,
            outcome: row.outcome,
            reason: row.reason,
            operation: row.operation,
            actor_member_id: row.actor_member_id,
            object_type: row.object_type,
            object_ids: row.object_ids.0,
            source_address: row.source_address,
            request_id: row.request_id,
        }
    }
}
