//! Patients in pages.

use super::{rows::SummaryRow, version::Version, views::PatientSummary};
use crate::{
    access::{Reach, Tenant, only, permission::ReadPatients},
    clinic::own,
    http::{
        call::Call,
        fields::{Fields, ListedPart},
        input::{Query, QueryParameters, uuid},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
        query::Parameters,
        text::Text,
    },
    ids::{MemberId, PatientId},
    protection::{AUTHZ_OBJECT_REFERENCE, DB_RLS_FORCED, DTO_ROLE_FIELDS, INPUT_SQL, VERSION_ISOLATION},
    store::{prelude::*, schema::patients, types::Moment},
};
use brigandine_enforce::enforces;
use diesel::{dsl::Between, expression::SqlLiteral, query_dsl::methods, sql_types::Bool};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

/// Which patients to list, and how.
#[derive(Debug)]
pub(super) struct PatientQuery {
    page: PageQuery,
    status: Option<String>,
    family_name: Option<String>,
    attending_member_id: Option<MemberId>,
    sort: Sort,
    fields: Fields,
    /// An order as it came, of none that there are.
    #[cfg(feature = "twin")]
    raw_order: Option<String>,
}

/// The filters of every version, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameters")]
struct Filter {
    /// `active` or `discharged`.
    #[param(pattern = "^(active|discharged)$", max_length = 10)]
    status: Option<String>,
    /// The beginning of the family name, letter by letter: no wildcards.
    #[param(min_length = 1, max_length = 100)]
    family_name: Option<String>,
    /// Patients of this clinician.
    #[param(value_type = Option<uuid::Uuid>)]
    attending_member_id: Option<MemberId>,
}

/// The order, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameter")]
struct Order {
    /// `created_at`, or `-created_at` for the newest first.
    #[param(inline, required = false)]
    sort: Sort,
}

/// What every version can be asked; each adds the names of its orders.
pub(super) fn parameters(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
    let mut parameters = PageQuery::into_params(&place);
    parameters.extend(Filter::into_params(&place));
    parameters.push(Fields::parameter());
    parameters
}

impl IntoParams for PatientQuery {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = parameters(&place);
        parameters.extend(Order::into_params(&place));
        parameters
    }
}

/// The orders that there are: a name from outside never becomes part of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
pub(super) enum Sort {
    /// Oldest first.
    #[schema(rename = "created_at")]
    Oldest,
    /// Newest first.
    #[schema(rename = "-created_at")]
    Newest,
}

impl QueryParameters for PatientQuery {
    const NAMES: &'static [&'static str] =
        &["limit", "cursor", "status", "family_name", "attending_member_id", "sort", Fields::NAME];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Self::read_sorted(parameters, |text| match text {
            "created_at" => Some(Sort::Oldest),
            "-created_at" => Some(Sort::Newest),
            _ => None,
        })
    }
}

impl PatientQuery {
    /// Reads the parameters of a version, which has its own names for the orders.
    pub(super) fn read_sorted(
        parameters: &Parameters,
        sort: impl Fn(&str) -> Option<Sort>,
    ) -> Result<Self, Problem> {
        let status = |text: &str| matches!(text, "active" | "discharged").then(|| text.to_owned());
        let family_name = |text: &str| {
            let text = Text::compose(text);
            (1..=100).contains(&text.as_str().chars().count()).then(|| text.as_str().to_owned())
        };
        Ok(Self {
            page: PageQuery::read(parameters)?,
            status: parameters.read("status", "one_of", status)?,
            family_name: parameters.read("family_name", "length", family_name)?,
            attending_member_id: parameters
                .read("attending_member_id", "uuid", |text| uuid(text).ok().map(MemberId::from_uuid))?,
            sort: read_order(parameters, &sort)?.unwrap_or(Sort::Oldest),
            fields: Fields::of(parameters)?,
            #[cfg(feature = "twin")]
            raw_order: parameters.get("sort").filter(|text| sort(text).is_none()).map(str::to_owned),
        })
    }
}

impl PatientQuery {
    /// The list and its filter as one text, for the cursor to be bound to.
    fn filter(&self, list: &str) -> String {
        let attending = self.attending_member_id.map(|id| id.to_string());
        let (status, family_name) = (&self.status, &self.family_name);
        format!("{list} {status:?} {family_name:?} {attending:?} {:?} {:?}", self.sort, self.fields.filter())
    }
}

pub(super) async fn list<V: Version>(
    call: &mut Call<ReadPatients>,
    Query(query): Query<V::Query>,
) -> Result<ListedPart<V::Summary>, Problem> {
    let query: PatientQuery = query.into();
    check_attending(&query, call.allowed.reach())?;
    let list = query.filter(list_of::<V>());
    let listing = call.listing(list, &query.page)?;
    let own = (call.allowed.reach() == Reach::Own).then(|| call.allowed.member());
    let rows = load(&mut call.tenant, own, &query, listing.after()).await?;
    let position = |row: &SummaryRow| Position::new(row.created_at, row.id.as_uuid());
    let page = listing.page(&mut call.audit, rows, position, |row| Ok(PatientSummary::from(row).into()))?;
    Ok(ListedPart { page, fields: query.fields, members: V::SUMMARY })
}

/// Only the orders that there are: no name from outside becomes part of a statement (CWE-89, ASVS 1.2.4).
#[enforces(INPUT_SQL, answers = Ok(Some(Sort::Oldest)))]
fn read_order(parameters: &Parameters, sort: impl Fn(&str) -> Option<Sort>) -> Result<Option<Sort>, Problem> {
    parameters.read("sort", "one_of", sort)
}

/// Patients do not see who treats whom, not even by asking which filter leaves their own record in the list (OWASP
/// API3).
#[enforces(DTO_ROLE_FIELDS)]
fn check_attending(query: &PatientQuery, reach: Reach) -> Result<(), Problem> {
    if query.attending_member_id.is_some() && reach != Reach::Organization {
        return Err(Kind::UnknownParameter.into());
    }
    Ok(())
}

/// The version's own name for the list. Its cursors are bound to it, so that one version's lead nowhere in another
/// (OWASP API9).
#[enforces(VERSION_ISOLATION, answers = "")]
fn list_of<V: Version>() -> &'static str {
    V::LIST
}

/// Who asks for a clinician's patients gets those of the own organization, wherever the clinician works (OWASP API1).
#[enforces(AUTHZ_OBJECT_REFERENCE, behind = DB_RLS_FORCED)]
fn of_clinician<Q, F>(rows: Q, of_organization: F) -> Q
where
    Q: methods::FilterDsl<F, Output = Q>,
{
    only::listed_of_tenant(rows, of_organization)
}

/// Only patients whose family name begins so. The text is bound to the statement as a value, and never a part of it (CWE-89,
/// ASVS 1.2.4). Not LIKE: it might tell what it compared in an error, so that behind row-level security PostgreSQL uses no
/// index for it.
#[enforces(INPUT_SQL, otherwise = crate::vulnerable::clinic::patients::pasted_name)]
fn named<'a, Q>(rows: Q, text: &'a str) -> Q
where
    Q: methods::FilterDsl<Between<patients::family_name, &'a str, String>, Output = Q>
        + methods::FilterDsl<SqlLiteral<Bool>, Output = Q>,
{
    methods::FilterDsl::filter(rows, patients::family_name.between(text, last_beginning_with(text)))
}

/// `own`: only the patients that are this member.
pub(super) async fn load(
    tenant: &mut Tenant,
    own: Option<MemberId>,
    query: &PatientQuery,
    after: Option<Position>,
) -> Result<Vec<SummaryRow>, Problem> {
    let organization = tenant.organization();
    Ok(each!(tenant.connection(), |connection| {
        let mut rows = patients::table.select(SummaryRow::as_select()).limit(query.page.rows()).into_boxed();
        let of_organization = patients::organization_id.eq(organization);
        rows = match query.attending_member_id {
            None => only::listed_of_tenant(rows, of_organization),
            Some(clinician) => {
                of_clinician(rows, of_organization).filter(patients::attending_member_id.eq(clinician))
            }
        };
        if let Some(member) = own {
            rows = own::listed(rows, patients::member_id.eq(member));
        }
        if let Some(status) = query.status.as_deref() {
            rows = rows.filter(patients::status.eq(status));
        }
        if let Some(text) = query.family_name.as_deref() {
            rows = named(rows, text);
        }
        if let Some(after) = after {
            let (at, id) = (Moment::from(after.at), PatientId::from_uuid(after.id));
            rows = match query.sort {
                Sort::Oldest => rows
                    .filter(patients::created_at.ge(at))
                    .filter(patients::created_at.gt(at).or(patients::id.gt(id))),
                Sort::Newest => rows
                    .filter(patients::created_at.le(at))
                    .filter(patients::created_at.lt(at).or(patients::id.lt(id))),
            };
        }
        rows = match query.sort {
            Sort::Oldest => rows.order((patients::created_at.asc(), patients::id.asc())),
            Sort::Newest => rows.order((patients::created_at.desc(), patients::id.desc())),
        };
        #[cfg(feature = "twin")]
        if let Some(order) = query.raw_order.as_deref() {
            rows = rows.order(crate::vulnerable::clinic::patients::pasted_order(order));
        }
        rows.load(connection)
    })?)
}

/// What sorts behind every text with this beginning, where texts are ordered by code point.
fn last_beginning_with(text: &str) -> String {
    format!("{text}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::last_beginning_with;

    #[test]
    fn what_begins_so_is_within_and_wildcards_are_letters() {
        let within = |text: &str, beginning: &str| {
            (beginning..=last_beginning_with(beginning).as_str()).contains(&text)
        };
        assert!(["Li", "Lindt", "Li\u{10fffe}"].iter().all(|text| within(text, "Li")));
        assert!(!["L", "Lh", "Lj", "li", "ALi"].iter().any(|text| within(text, "Li")));
        assert!(within("%a", "%") && !within("a", "%") && !within("ab", "_"));
    }
}
