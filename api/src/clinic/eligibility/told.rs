//! What an insurer may answer. It is another's word: whatever is not exactly this is thrown away whole.

use super::question::Question;
use crate::egress::upstream::Unfit;
#[cfg(feature = "twin")]
use crate::ids::PatientId;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

/// The longest name of a plan.
const LONGEST_PLAN: usize = 80;
/// A dearer share of the costs is a slip.
const MOST_CENTS: u32 = 10_000_000;
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// Whether it pays.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Active,
    Inactive,
    Unknown,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// Whom it is about: as we asked.
    member_no: String,
    status: Status,
    plan: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    copay_cents: Option<u32>,
}

/// The answer as it is kept.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: Status,
    pub(super) plan: Option<String>,
    pub(super) valid_from: Option<NaiveDate>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) copay_cents: Option<i64>,
    /// Whom the twin lets it be about.
    #[cfg(feature = "twin")]
    pub(super) patient: Option<PatientId>,
}

impl Told {
    /// The answer to this question, if the bytes are one.
    pub(super) fn read(question: &Question, body: &[u8]) -> Result<Self, Unfit> {
        let answer: Answer = serde_json::from_slice(body).map_err(|_| Unfit("upstream.schema"))?;
        if answer.member_no != question.member_no {
            return Err(Unfit("upstream.subject"));
        }
        if !answer.is_plausible() {
            return Err(Unfit("upstream.range"));
        }
        Ok(Self {
            status: answer.status,
            plan: answer.plan,
            valid_from: answer.valid_from,
            valid_until: answer.valid_until,
            copay_cents: answer.copay_cents.map(i64::from),
            #[cfg(feature = "twin")]
            patient: None,
        })
    }
}

impl Answer {
    fn is_plausible(&self) -> bool {
        let complete = self.status != Status::Active || (self.plan.is_some() && self.valid_from.is_some());
        let dated =
            [self.valid_from, self.valid_until].iter().flatten().all(|day| YEARS.contains(&day.year()));
        let ordered = match (self.valid_from, self.valid_until) {
            (Some(from), Some(until)) => from <= until,
            (None, Some(_)) => false,
            _ => true,
        };
        let named = self.plan.as_deref().is_none_or(is_name);
        let bounded = self.copay_cents.is_none_or(|cents| cents <= MOST_CENTS);
        complete && dated && ordered && named && bounded
    }
}

/// Words as on a card: nothing that a page, a spreadsheet or a query could take for its own.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_alphanumeric)
        && text.chars().count() <= LONGEST_PLAN
        && letters.all(|letter| letter.is_alphanumeric() || " .,'&()/+-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::{Question, Told};
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    fn read(answer: &Value) -> Result<Told, &'static str> {
        let question = Question {
            member_no: "M123456".into(),
            dob: NaiveDate::from_ymd_opt(1984, 3, 27).unwrap(),
            payer: "aok".into(),
        };
        Told::read(&question, answer.to_string().as_bytes()).map_err(|unfit| unfit.0)
    }

    fn honest() -> Value {
        json!({ "member_no": "M123456", "status": "active", "plan": "Müller's Basic & Dental (2026)",
                "valid_from": "2026-01-01", "valid_until": "2026-12-31", "copay_cents": 1500 })
    }

    #[test]
    fn honest_answers_are_taken() {
        assert_eq!(read(&honest()).unwrap().copay_cents, Some(1500));
        read(&json!({ "member_no": "M123456", "status": "unknown" })).unwrap();
        read(&json!({ "member_no": "M123456", "status": "inactive", "valid_from": "2020-01-01", "valid_until": null }))
            .unwrap();
    }

    #[test]
    fn anything_else_is_thrown_away() {
        for (member, value, reason) in [
            ("member_no", json!("M654321"), "upstream.subject"),
            ("member_no", json!(123_456), "upstream.schema"),
            ("status", json!("ACTIVE"), "upstream.schema"),
            ("status", json!(["active"]), "upstream.schema"),
            ("plan", json!(null), "upstream.range"),
            ("plan", json!("'; drop table patients--"), "upstream.range"),
            ("plan", json!("<script>alert(1)</script>"), "upstream.range"),
            ("plan", json!("=cmd()"), "upstream.range"),
            ("plan", json!("a\u{0}b"), "upstream.range"),
            ("plan", json!("x".repeat(81)), "upstream.range"),
            ("plan", json!(""), "upstream.range"),
            ("valid_from", json!("2027-01-01"), "upstream.range"),
            ("valid_from", json!("0001-01-01"), "upstream.range"),
            ("valid_from", json!("2026-02-30"), "upstream.schema"),
            ("copay_cents", json!("1500"), "upstream.schema"),
            ("copay_cents", json!(-1), "upstream.schema"),
            ("copay_cents", json!(15.5), "upstream.schema"),
            ("copay_cents", json!(10_000_001), "upstream.range"),
            ("role", json!("admin"), "upstream.schema"),
            ("patient_id", json!("5f0e7b7e-7c06-4b5c-9f37-0d7b8a3a2d11"), "upstream.schema"),
        ] {
            let mut answer = honest();
            answer[member] = value;
            assert_eq!(read(&answer).unwrap_err(), reason, "{answer}");
        }
    }
}
