//! The review: somebody who treats nobody says whether the glass was broken rightly.

use super::rows::{AccessRow, BrokenGlassForAuditor, place};
use crate::{
    access::permission::{ReadBrokenGlass, ReviewBreakGlass},
    http::{
        answer::{Listed, Shown},
        call::Call,
        input::{Body, Path, Query, QueryParameters},
        page::{PageQuery, Position},
        problem::{Kind, Problem},
        query::Parameters,
        text::{Text, not_blank},
    },
    ids::BreakGlassId,
    store::{prelude::*, schema::break_glass_accesses, types::Moment},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::path::Parameter};
use validator::Validate;

/// Which to list.
#[derive(Debug)]
pub(super) struct ReviewQuery {
    page: PageQuery,
    reviewed: Option<bool>,
}

/// The filter, for the documentation.
#[derive(IntoParams)]
#[expect(dead_code, reason = "documents the parameter")]
struct Filter {
    /// `false` for those that wait for a review, `true` for the others.
    reviewed: Option<bool>,
}

impl IntoParams for ReviewQuery {
    fn into_params(place: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>) -> Vec<Parameter> {
        let mut parameters = PageQuery::into_params(&place);
        parameters.extend(Filter::into_params(&place));
        parameters
    }
}

impl QueryParameters for ReviewQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "reviewed"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let reviewed = |text: &str| text.parse().ok();
        Ok(Self {
            page: PageQuery::read(parameters)?,
            reviewed: parameters.read("reviewed", "boolean", reviewed)?,
        })
    }
}

pub(super) async fn list(
    call: &mut Call<ReadBrokenGlass>,
    Query(query): Query<ReviewQuery>,
) -> Result<Listed<BrokenGlassForAuditor>, Problem> {
    let organization = call.tenant.organization();
    let listing = call.listing(format!("listBrokenGlass {:?}", query.reviewed), &query.page)?;
    let rows: Vec<AccessRow> = each!(call.tenant.connection(), |connection| {
        let mut rows = break_glass_accesses::table
            .filter(break_glass_accesses::organization_id.eq(organization))
            .order((break_glass_accesses::opened_at.asc(), break_glass_accesses::id.asc()))
            .limit(query.page.rows())
            .select(AccessRow::as_select())
            .into_boxed();
        rows = match query.reviewed {
            Some(true) => rows.filter(break_glass_accesses::verdict.is_not_null()),
            Some(false) => rows.filter(break_glass_accesses::verdict.is_null()),
            None => rows,
        };
        if let Some(after) = listing.after() {
            let (at, id) = (Moment::from(after.at), BreakGlassId::from_uuid(after.id));
            rows = rows
                .filter(break_glass_accesses::opened_at.ge(at))
                .filter(break_glass_accesses::opened_at.gt(at).or(break_glass_accesses::id.gt(id)));
        }
        rows.load(connection)
    })?;
    let position = |row: &AccessRow| Position::new(row.opened_at, row.id.as_uuid());
    let view = |row| BrokenGlassForAuditor::of(row, &call.keyring);
    Ok(Listed(listing.page(&mut call.audit, rows, position, view)?))
}

/// What the auditor found.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Review {
    verdict: Verdict,
    /// What was found, for whoever asks later.
    #[validate(length(min = 1, max = 1000), custom(function = "not_blank"))]
    #[schema(value_type = String, format = "seen", min_length = 1, max_length = 1000)]
    note: Text,
}

/// Whether the glass was broken rightly.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// It was an emergency.
    Justified,
    /// It was none.
    Unjustified,
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::Unjustified => "unjustified",
        }
    }
}

pub(super) async fn review(
    call: &mut Call<ReviewBreakGlass>,
    (Path(id), Body(body)): (Path<BreakGlassId>, Body<Review>),
) -> Result<Shown<BrokenGlassForAuditor>, Problem> {
    let organization = call.tenant.organization();
    let one = || {
        break_glass_accesses::table
            .filter(break_glass_accesses::organization_id.eq(organization))
            .filter(break_glass_accesses::id.eq(id))
    };
    let known: Option<AccessRow> = each!(call.tenant.connection(), |connection| {
        one().select(AccessRow::as_select()).first(connection)
    })
    .optional()?;
    known.ok_or(Kind::NotFound)?;
    let note = call.keyring.seal(place(organization, id, "note"), body.note.as_str().as_bytes())?;
    let reviewer = call.allowed.member();
    let now = Moment::from(call.clock.now());
    // A verdict stands: the second one finds nothing to be written over.
    let row: Option<AccessRow> = each!(call.tenant.connection(), |connection| {
        diesel::update(one().filter(break_glass_accesses::verdict.is_null()))
            .set((
                break_glass_accesses::verdict.eq(body.verdict.name()),
                break_glass_accesses::note.eq(&note),
                break_glass_accesses::reviewed_by.eq(reviewer),
                break_glass_accesses::reviewed_at.eq(now),
            ))
            .returning(AccessRow::as_returning())
            .get_result(connection)
    })
    .optional()?;
    call.audit.object(*id.as_uuid());
    Ok(Shown(BrokenGlassForAuditor::of(row.ok_or(Kind::Conflict)?, &call.keyring)?))
}
