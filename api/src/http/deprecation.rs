//! How an operation ends: announced half a year ahead, in every answer, and gone on the day.
//!
//! The dates stand in the operation's row and nowhere else. `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and the links are
//! on successes and refusals; from the first second of the day of the sunset the operation answers 410, before anybody
//! is authenticated and any business code runs. Until then it is as protected as everything else.

use super::{
    answer::Shown,
    endpoint::Endpoint,
    problem::{Kind, Problem},
};
use crate::service::Service;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The least time between announcing an end and the end (catalogue P11).
pub const NOTICE: TimeDelta = TimeDelta::days(180);
/// Where the list of what ends is served.
pub const LIST: &str = "/deprecations";

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// When an operation was deprecated, when it ends, and what to use in its place. Days begin at midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecation {
    since: NaiveDate,
    sunset: NaiveDate,
    successor: &'static str,
}

impl Deprecation {
    /// Dates as year, month, day. One that is in no calendar makes a notice that is too short, which stops the start.
    #[must_use]
    pub const fn new(since: (i32, u32, u32), sunset: (i32, u32, u32), successor: &'static str) -> Self {
        const fn date((year, month, day): (i32, u32, u32), otherwise: NaiveDate) -> NaiveDate {
            match NaiveDate::from_ymd_opt(year, month, day) {
                Some(date) => date,
                None => otherwise,
            }
        }
        Self { since: date(since, NaiveDate::MAX), sunset: date(sunset, NaiveDate::MIN), successor }
    }

    /// When it was deprecated.
    #[must_use]
    pub fn since(&self) -> DateTime<Utc> {
        self.since.and_time(NaiveTime::MIN).and_utc()
    }

    /// From when on it is gone.
    #[must_use]
    pub fn sunset(&self) -> DateTime<Utc> {
        self.sunset.and_time(NaiveTime::MIN).and_utc()
    }

    /// The path of what succeeds it.
    #[must_use]
    pub const fn successor(&self) -> &'static str {
        self.successor
    }

    /// Whether it is gone.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        now >= self.sunset()
    }

    /// Whether clients have half a year to move.
    #[must_use]
    pub fn gives_notice(&self) -> bool {
        self.sunset.signed_duration_since(self.since) >= NOTICE
    }

    /// RFC 9110 §5.6.7.
    #[must_use]
    pub fn sunset_as_http_date(&self) -> String {
        self.sunset().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Says so in an answer. Other links of it stay.
    pub(super) fn announce(&self, headers: &mut HeaderMap, identifier: &str) {
        let mut write = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        };
        write(DEPRECATION, format!("@{}", self.since().timestamp()));
        write(SUNSET, self.sunset_as_http_date());
        write(header::LINK, format!("<{identifier}{LIST}>; rel=\"deprecation\"; type=\"application/json\""));
        write(header::LINK, format!("<{identifier}{}>; rel=\"successor-version\"", self.successor));
    }
}

/// An operation that ends.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Its name.
    pub operation: &'static str,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: &'static str,
    /// When, and what then.
    pub deprecation: Deprecation,
    /// Whether the operator took it away before its day.
    pub retired: bool,
}

/// What is wrong with the rows or the settings.
#[derive(Debug, thiserror::Error)]
pub enum DeprecationError {
    /// A row gives less than half a year.
    #[error("{0} ends less than 180 days after it was deprecated: give its clients time in its row")]
    Notice(&'static str),
    /// Settings name what is not deprecated.
    #[error("versions.retired: {0:?} is no deprecated operation; only those can be taken away early")]
    NotDeprecated(String),
}

/// The operations that end, among these.
///
/// # Errors
/// [`DeprecationError`].
pub fn endings(endpoints: &[Endpoint], retired: &[String]) -> Result<Vec<Ending>, DeprecationError> {
    let mut endings = Vec::new();
    for endpoint in endpoints {
        let Some(deprecation) = endpoint.deprecation else { continue };
        if !deprecation.gives_notice() {
            return Err(DeprecationError::Notice(endpoint.operation));
        }
        endings.push(Ending {
            operation: endpoint.operation,
            method: endpoint.method.to_string(),
            path: endpoint.path,
            deprecation,
            retired: retired.iter().any(|name| name == endpoint.operation),
        });
    }
    let known = |name: &&String| endings.iter().any(|ending| ending.operation == name.as_str());
    match retired.iter().find(|name| !known(name)) {
        Some(unknown) => Err(DeprecationError::NotDeprecated(unknown.clone())),
        None => Ok(endings),
    }
}

/// Refuses what is gone.
pub(super) fn check(service: &Service, operation: &str) -> Result<(), Problem> {
    let now = service.clock.now();
    let over = |ending: &Ending| {
        ending.operation == operation && (ending.retired || ending.deprecation.is_over(now))
    };
    if service.endings.iter().any(over) { Err(Kind::Sunset.into()) } else { Ok(()) }
}

/// What ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deprecations {
    deprecations: Vec<DeprecationView>,
}

/// An operation that ends.
#[derive(Debug, Serialize, ToSchema)]
struct DeprecationView {
    operation: &'static str,
    method: String,
    path: &'static str,
    deprecated_at: DateTime<Utc>,
    sunset_at: DateTime<Utc>,
    /// What to use in its place.
    successor: &'static str,
    /// Whether it was taken away before its day.
    retired: bool,
}

/// The public list.
#[must_use]
pub fn list(service: &Service) -> Shown<Deprecations> {
    let view = |ending: &Ending| DeprecationView {
        operation: ending.operation,
        method: ending.method.clone(),
        path: ending.path,
        deprecated_at: ending.deprecation.since(),
        sunset_at: ending.deprecation.sunset(),
        successor: ending.deprecation.successor(),
        retired: ending.retired,
    };
    Shown(Deprecations { deprecations: service.endings.iter().map(view).collect() })
}

#[cfg(test)]
mod tests {
    use super::{Deprecation, endings};
    use actix_web::http::header::HeaderMap;
    use chrono::TimeDelta;

    const IT: Deprecation = Deprecation::new((2026, 11, 24), (2027, 5, 24), "/v2/thing");

    #[test]
    fn it_is_gone_from_the_first_second_of_the_day() {
        let sunset = IT.sunset();
        assert_eq!(sunset.to_rfc3339(), "2027-05-24T00:00:00+00:00");
        assert!(!IT.is_over(sunset - TimeDelta::microseconds(1)));
        assert!(IT.is_over(sunset));
        assert!(IT.is_over(sunset + TimeDelta::days(10_000)));
    }

    #[test]
    fn half_a_year_is_the_least() {
        assert!(IT.gives_notice());
        for (since, sunset) in [
            ((2026, 11, 24), (2027, 5, 22)),
            ((2026, 11, 24), (2026, 11, 24)),
            ((2026, 11, 24), (2025, 1, 1)),
            ((2026, 11, 31), (2030, 1, 1)),
            ((2026, 11, 24), (2030, 2, 30)),
        ] {
            assert!(!Deprecation::new(since, sunset, "/").gives_notice(), "{since:?} {sunset:?}");
        }
    }

    #[test]
    fn the_fields_are_those_of_the_standards() {
        let mut headers = HeaderMap::new();
        IT.announce(&mut headers, "https://api.example");
        let text = |name: &str| -> Vec<&str> {
            headers.get_all(name).map(|value| value.to_str().unwrap()).collect()
        };
        assert_eq!(text("deprecation"), ["@1795478400"]);
        assert_eq!(text("sunset"), ["Mon, 24 May 2027 00:00:00 GMT"]);
        assert_eq!(
            text("link"),
            [
                "<https://api.example/deprecations>; rel=\"deprecation\"; type=\"application/json\"",
                "<https://api.example/v2/thing>; rel=\"successor-version\"",
            ]
        );
    }

    #[test]
    fn every_row_gives_notice_and_names_a_successor_that_is_served() {
        let endpoints = crate::endpoints::all();
        for ending in endings(&endpoints, &[]).unwrap() {
            let successor = ending.deprecation.successor();
            let served = endpoints.iter().find(|endpoint| endpoint.path == successor);
            assert!(served.is_some_and(|endpoint| endpoint.deprecation.is_none()), "{}", ending.operation);
        }
        assert!(endings(&endpoints, &["showMe".to_owned()]).is_err());
    }
}
