//! A patient as the database holds it. It has no way to be serialised, and its secrets are sealed.

use crate::store::prelude::*;
use crate::{
    ids::{MemberId, OrganizationId, PatientId},
    sealing::Sealed,
    store::{
        schema::patients,
        types::{JsonText, Moment},
    },
};
use chrono::NaiveDate;

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = patients)]
pub(crate) struct PatientRow {
    pub(crate) id: PatientId,
    pub(crate) organization_id: OrganizationId,
    pub(crate) attending_member_id: Option<MemberId>,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: Sealed,
    pub(super) phone: Option<Sealed>,
    pub(super) notes: Option<Sealed>,
    pub(super) metadata: JsonText,
    pub(super) status: String,
    pub(crate) version: i32,
    pub(crate) created_at: Moment,
    pub(super) discharged_at: Option<Moment>,
    pub(crate) member_id: Option<MemberId>,
}

impl PatientRow {
    pub(in crate::clinic) const fn birth_date(&self) -> NaiveDate {
        self.birth_date
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = patients)]
pub(super) struct SummaryRow {
    pub(super) id: PatientId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) status: String,
    pub(super) created_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = patients)]
pub(crate) struct NewPatient<'a> {
    pub(crate) id: PatientId,
    pub(super) organization_id: OrganizationId,
    pub(super) member_id: Option<MemberId>,
    pub(super) attending_member_id: Option<MemberId>,
    pub(crate) given_name: &'a str,
    pub(crate) family_name: &'a str,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: Sealed,
    pub(super) national_id_index: Vec<u8>,
    pub(super) phone: Option<Sealed>,
    pub(super) notes: Option<Sealed>,
    pub(super) metadata: JsonText,
    pub(super) status: &'a str,
    pub(super) registered_by: MemberId,
    pub(super) version: i32,
    pub(super) created_at: Moment,
}

/// Everything that a correction writes. Every sealed column is sealed anew, because its seal names the row's version.
#[derive(AsChangeset)]
#[diesel(table_name = patients, treat_none_as_null = true)]
pub(crate) struct CorrectedPatient<'a> {
    pub(super) attending_member_id: Option<MemberId>,
    pub(super) given_name: &'a str,
    pub(super) family_name: &'a str,
    pub(super) birth_date: NaiveDate,
    pub(super) national_id: Sealed,
    pub(super) phone: Option<Sealed>,
    pub(super) notes: Option<Sealed>,
    pub(super) metadata: JsonText,
    pub(super) status: &'a str,
    pub(super) version: i32,
    pub(super) discharged_at: Option<Moment>,
}
