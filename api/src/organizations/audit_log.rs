//! The audit log, for the organization's auditors.

use super::{rows::AuditRow, views::AuditEvent};
use crate::{
    access::permission::ReadAudit,
    http::{
        answer::Listed,
        endpoint::Call,
        input::{Query, QueryParameters},
        page::{self, CursorScope, Page, Position},
        problem::Problem,
        query::Parameters,
    },
    ids::AuditEventId,
    protection::Protection,
    store::{prelude::*, schema::audit_events, types::Moment},
};
use utoipa::IntoParams;

/// Which events to list.
#[derive(Debug, IntoParams)]
pub struct AuditQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(required = false, minimum = 1, maximum = 100, default = json!(20))]
    limit: i64,
    /// Continues a list.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// Only events of this name.
    #[param(pattern = "^[a-z_]{1,64}$")]
    event: Option<String>,
}

impl QueryParameters for AuditQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "event"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let name = |text: &str| {
            let fine = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            fine.then(|| text.to_owned())
        };
        Ok(Self {
            limit: page::size(parameters)?,
            cursor: parameters.get("cursor").map(str::to_owned),
            event: parameters.read("event", "name", name)?,
        })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadAudit>,
    Query(query): Query<AuditQuery>,
) -> Result<Listed<AuditEvent>, Problem> {
    let filter = format!("listAuditEvents {}", query.event.as_deref().unwrap_or_default());
    let scope = CursorScope {
        organization: call.allowed.organization(),
        member: call.allowed.member(),
        filter: &filter,
    };
    let after = query.cursor.map(|cursor| scope.open(&call.keyring, &cursor)).transpose()?;
    let organization = call.tenant.organization();
    let rows: Vec<AuditRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = audit_events::table
            .select(AuditRow::as_select())
            .order((audit_events::occurred_at.desc(), audit_events::id.desc()))
            .limit(query.limit.saturating_add(1))
            .into_boxed();
        if Protection::TenantIsolation.holds() && Protection::AuthzObjectCollection.holds() {
            rows = rows.filter(audit_events::organization_id.eq(organization));
        }
        if let Some(event) = query.event.as_deref() {
            rows = rows.filter(audit_events::event.eq(event));
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), AuditEventId::from_uuid(after.id));
            let before = audit_events::occurred_at.lt(at).or(audit_events::id.lt(id));
            rows = rows.filter(audit_events::occurred_at.le(at)).filter(before);
        }
        rows.load(connection)
    })?;
    let page = Page::cut(
        rows,
        query.limit,
        |row| Position { at: row.occurred_at.time(), id: *row.id.as_uuid() },
        |position| scope.seal(&call.keyring, position),
        |row| {
            call.audit.object(*row.id.as_uuid());
            AuditEvent::from(row)
        },
    );
    Ok(Listed(page))
}
