//! What an insurer may answer. It is another's word: whatever is not exactly this is thrown away whole.

use super::question::Question;
use crate::{
    audit::Reason,
    egress::upstream::Unfit,
    http::{number::Whole, time::CalendarDate},
};
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
pub(crate) enum Status {
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
    valid_from: Option<CalendarDate>,
    valid_until: Option<CalendarDate>,
    copay_cents: Option<Whole<u32>>,
}

/// The answer as it is kept.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) plan: Option<String>,
    pub(crate) valid_from: Option<NaiveDate>,
    pub(crate) valid_until: Option<NaiveDate>,
    pub(crate) copay_cents: Option<i64>,
}

impl Told {
    /// The answer to this question, if the bytes are one.
    pub(super) fn read(question: &Question, body: &[u8]) -> Result<Self, Unfit> {
        let answer: Answer = serde_json::from_slice(body).map_err(|_| Unfit(Reason::UPSTREAM_SCHEMA))?;
        if answer.member_no != question.member_no {
            return Err(Unfit(Reason::UPSTREAM_SUBJECT));
        }
        if !answer.is_plausible() {
            return Err(Unfit(Reason::UPSTREAM_RANGE));
        }
        Ok(Self {
            status: answer.status,
            plan: answer.plan,
            valid_from: answer.valid_from.map(CalendarDate::date),
            valid_until: answer.valid_until.map(CalendarDate::date),
            copay_cents: answer.copay_cents.map(|cents| i64::from(cents.0)),
        })
    }
}

impl Answer {
    fn is_plausible(&self) -> bool {
        let complete = self.status != Status::Active || (self.plan.is_some() && self.valid_from.is_some());
        let [from, until] = [self.valid_from, self.valid_until].map(|day| day.map(CalendarDate::date));
        let dated = [from, until].iter().flatten().all(|day| YEARS.contains(&day.year()));
        let ordered = match (from, until) {
            (Some(from), Some(until)) => from <= until,
            (None, Some(_)) => false,
            _ => true,
        };
        let named = self.plan.as_deref().is_none_or(is_name);
        let bounded = self.copay_cents.is_none_or(|cents| cents.0 <= MOST_CENTS);
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
    use super::{Question, Reason, Told};
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    fn read(answer: &Value) -> Result<Told, Reason> {
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
            ("member_no", json!("M654321"), Reason::UPSTREAM_SUBJECT),
            ("member_no", json!(123_456), Reason::UPSTREAM_SCHEMA),
            ("status", json!("ACTIVE"), Reason::UPSTREAM_SCHEMA),
            ("status", json!(["active"]), Reason::UPSTREAM_SCHEMA),
            ("plan", json!(null), Reason::UPSTREAM_RANGE),
            ("plan", json!("'; drop table patients--"), Reason::UPSTREAM_RANGE),
            ("plan", json!("<script>alert(1)</script>"), Reason::UPSTREAM_RANGE),
            ("plan", json!("=cmd()"), Reason::UPSTREAM_RANGE),
            ("plan", json!("a\u{0}b"), Reason::UPSTREAM_RANGE),
            ("plan", json!("x".repeat(81)), Reason::UPSTREAM_RANGE),
            ("plan", json!(""), Reason::UPSTREAM_RANGE),
            ("valid_from", json!("2027-01-01"), Reason::UPSTREAM_RANGE),
            ("valid_from", json!("0001-01-01"), Reason::UPSTREAM_RANGE),
            ("valid_from", json!("2026-02-30"), Reason::UPSTREAM_SCHEMA),
            ("copay_cents", json!("1500"), Reason::UPSTREAM_SCHEMA),
            ("copay_cents", json!(-1), Reason::UPSTREAM_SCHEMA),
            ("copay_cents", json!(15.5), Reason::UPSTREAM_SCHEMA),
            ("copay_cents", json!(10_000_001), Reason::UPSTREAM_RANGE),
            ("role", json!("admin"), Reason::UPSTREAM_SCHEMA),
            ("patient_id", json!("5f0e7b7e-7c06-4b5c-9f37-0d7b8a3a2d11"), Reason::UPSTREAM_SCHEMA),
        ] {
            let mut answer = honest();
            answer[member] = value;
            assert_eq!(read(&answer).unwrap_err(), reason, "{answer}");
        }
    }
}
