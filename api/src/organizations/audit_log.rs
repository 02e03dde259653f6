//! The audit log, for the organization's auditors.

use super::{rows::AuditRow, views::AuditEvent};
use crate::{
    access::{only, permission::ReadAudit},
    http::{
        answer::Listed,
        call::Call,
        input::{Query, QueryParameters},
        page::{PageQuery, Position},
        problem::Problem,
        query::Parameters,
    },
    ids::AuditEventId,
    store::{prelude::*, schema::audit_events, types::Moment},
};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

/// Which events to list.
#[derive(Debug)]
pub struct AuditQuery {
    page: PageQuery,
    event: Option<String>,
}

/// The filter, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameter")]
struct Filter {
    /// Only events of this name.
    #[param(pattern = "^[a-z_]{1,64}$", min_length = 1, max_length = 64)]
    event: Option<String>,
}

impl IntoParams for AuditQuery {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = PageQuery::into_params(&place);
        parameters.extend(Filter::into_params(&place));
        parameters
    }
}

impl QueryParameters for AuditQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "event"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let name = |text: &str| {
            let fine = (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            fine.then(|| text.to_owned())
        };
        Ok(Self { page: PageQuery::read(parameters)?, event: parameters.read("event", "name", name)? })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadAudit>,
    Query(query): Query<AuditQuery>,
) -> Result<Listed<AuditEvent>, Problem> {
    let list = format!("listAuditEvents {}", query.event.as_deref().unwrap_or_default());
    let listing = call.listing(list, &query.page)?;
    let organization = call.tenant.organization();
    let rows: Vec<AuditRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = audit_events::table
            .select(AuditRow::as_select())
            .order((audit_events::occurred_at.desc(), audit_events::id.desc()))
            .limit(query.page.rows())
            .into_boxed();
        rows = only::listed_of_tenant(rows, audit_events::organization_id.eq(organization));
        if let Some(event) = query.event.as_deref() {
            rows = rows.filter(audit_events::event.eq(event));
        }
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), AuditEventId::from_uuid(after.id));
            let before = audit_events::occurred_at.lt(at).or(audit_events::id.lt(id));
            rows = rows.filter(audit_events::occurred_at.le(at)).filter(before);
        }
        rows.load(connection)
    })?;
    let position = |row: &AuditRow| Position::new(row.occurred_at, row.id.as_uuid());
    Ok(Listed(listing.page(&mut call.audit, rows, position, |row| Ok(AuditEvent::from(row)))?))
}
