//! Rows as the database holds them. They have no way to be serialised.

use crate::store::prelude::*;
use crate::{
    ids::{AuditEventId, MemberId, OrganizationId, RequestId},
    store::{
        schema::{audit_events, members, organizations},
        types::{JsonText, Moment},
    },
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub(super) struct OrganizationRow {
    pub(super) id: OrganizationId,
    pub(super) name: String,
}

#[derive(Queryable, Selectable, Clone)]
#[diesel(table_name = members)]
pub(crate) struct MemberRow {
    pub(super) id: MemberId,
    pub(super) issuer: String,
    pub(crate) subject: String,
    pub(super) display_name: String,
    pub(super) role: String,
    pub(super) status: String,
    pub(super) version: i32,
    pub(super) created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = members)]
pub(super) struct NewMember<'a> {
    pub(super) id: MemberId,
    pub(super) organization_id: OrganizationId,
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) display_name: &'a str,
    pub(super) role: &'a str,
    pub(super) status: &'a str,
    pub(super) version: i32,
    pub(super) created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = organizations)]
pub(super) struct NewOrganization<'a> {
    pub(super) id: OrganizationId,
    pub(super) name: &'a str,
    pub(super) status: &'a str,
    pub(super) created_at: Moment,
    pub(super) self_registration: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
pub(super) struct AuditRow {
    pub(super) id: AuditEventId,
    pub(super) occurred_at: Moment,
    pub(super) event: String,
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) operation: String,
    pub(super) actor_member_id: Option<MemberId>,
    pub(super) object_type: Option<String>,
    pub(super) object_ids: JsonText,
    pub(super) source_address: String,
    pub(super) request_id: RequestId,
}
