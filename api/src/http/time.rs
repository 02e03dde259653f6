//! Dates and times as they are taken in: exactly as RFC 3339 has them, and exactly as they are kept.
//!
//! chrono reads much more: spaces, one digit where two are due, signs, years of six digits, and `:60` at any time of the day.
//! Whoever reads on would see another value than was sent, or refuse what was taken.

use crate::{protection::INPUT_SCHEMA, store::types::Moment};
use brigandine_enforce::enforces;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::borrow::Cow;

/// A `full-date` (RFC 3339 §5.6): `2026-02-28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarDate(NaiveDate);

impl CalendarDate {
    /// Reads one, in the one form that it has: who reads on would see another day in a laxer one.
    #[must_use]
    #[enforces(INPUT_SCHEMA, answers = text.parse().ok().map(Self))]
    pub fn parse(text: &str) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?).map(Self)
    }

    /// The date.
    #[must_use]
    pub const fn date(self) -> NaiveDate {
        self.0
    }
}

/// A `date-time` (RFC 3339 §5.6): `2026-02-28T09:30:00.5+01:00`. What is finer than a microsecond is cut, because nothing
/// keeps it; a leap second is the first one of the next minute, as everywhere where seconds since 1970 are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointInTime(Moment);

impl PointInTime {
    /// Characters of the longest one: with nine digits of a second, and an offset.
    pub const LONGEST: usize = 35;

    /// Reads one, in the forms of the standard and in no other: who reads on would see another moment.
    #[must_use]
    #[enforces(INPUT_SCHEMA, answers = text.parse::<DateTime<Utc>>().ok().map(|time| Self(Moment::new(time))))]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10).filter(|_| text.len() <= Self::LONGEST)?;
        let date = CalendarDate::parse(date)?.date();
        let (clock, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
        let [h1, h2, b':', m1, m2, b':', s1, s2] = *clock.as_bytes() else { return None };
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
        let (microseconds, offset) = fraction(rest)?;
        let is_leap = second == 60;
        let written =
            NaiveTime::from_hms_micro_opt(hour, minute, if is_leap { 59 } else { second }, microseconds)?;
        let utc = date.and_time(written).checked_sub_signed(minutes_east(offset)?)?.and_utc();
        let utc = if is_leap { after_leap_second(utc)? } else { utc };
        // Beyond these years there is no spelling to give it back in.
        (0..=9999).contains(&utc.year()).then(|| Self(Moment::new(utc)))
    }

    /// The time, as it is kept.
    #[must_use]
    pub const fn moment(self) -> Moment {
        self.0
    }
}

/// Digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// `[time-secfrac]` as microseconds, and what stands behind it.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    let kept: String = digits.chars().chain("000000".chars()).take(6).collect();
    Some((number(kept.as_bytes())?, rest))
}

/// `time-offset`.
fn minutes_east(text: &str) -> Option<TimeDelta> {
    if matches!(text, "Z" | "z") {
        return Some(TimeDelta::zero());
    }
    let [sign, h1, h2, b':', m1, m2] = *text.as_bytes() else { return None };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    let east = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| TimeDelta::minutes(east * i64::from(hours * 60 + minutes)))
}

/// Leap seconds are put in at the end of a month of UTC only (RFC 3339 §5.7): `before` is the second before it.
fn after_leap_second(before: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let after = before.checked_add_signed(TimeDelta::seconds(1))?;
    (before.month() != after.month()).then_some(after)
}

macro_rules! taken_in {
    ($($name:ty, $form:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom(concat!("not a ", $form)))
            }
        }
    )*};
}

taken_in! {
    CalendarDate, "full-date";
    PointInTime, "date-time";
}

#[cfg(test)]
mod tests {
    use super::{CalendarDate, PointInTime};
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        Some(PointInTime::parse(text)?.moment().time().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(
            CalendarDate::parse("2024-02-29").map(CalendarDate::date),
            NaiveDate::from_ymd_opt(2024, 2, 29)
        );
        for wrong in [
            "",
            "2023-02-29",
            "2024-2-29",
            "24-02-29",
            " 2024-02-29",
            "2024-02-29 ",
            "+2024-02-29",
            "02024-02-29",
            "2024/02/29",
            "20240229",
            "2024-02-29T00:00:00Z",
            "2024-W09-4",
            "2024-00-10",
            "2024-13-01",
            "２０２４-02-29",
        ] {
            assert_eq!(CalendarDate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_has_the_forms_of_the_standard() {
        for (text, utc) in [
            ("2027-03-01T09:30:00Z", "2027-03-01T09:30:00Z"),
            ("2027-03-01t09:30:00z", "2027-03-01T09:30:00Z"),
            ("2027-03-01T09:30:00+05:30", "2027-03-01T04:00:00Z"),
            ("2027-03-01T00:30:00+01:00", "2027-02-28T23:30:00Z"),
            ("2027-03-01T09:30:00-00:00", "2027-03-01T09:30:00Z"),
            ("2027-03-01T09:30:00.5Z", "2027-03-01T09:30:00.500Z"),
            ("2027-03-01T09:30:00.123456789012Z", "2027-03-01T09:30:00.123456Z"),
            ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"),
            ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"),
            ("2027-06-30T23:59:60.25Z", "2027-07-01T00:00:00.250Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(utc), "{text}");
        }
        for wrong in [
            "",
            "2027-03-01",
            "2027-03-01T09:30Z",
            "2027-03-01T09:30:00",
            "2027-03-01 09:30:00Z",
            "2027-03-01T9:30:00Z",
            "2027-03-01T09:30:00.Z",
            "2027-03-01T09:30:00,5Z",
            "2027-03-01T24:00:00Z",
            "2027-03-01T09:60:00Z",
            "2027-03-01T09:30:60Z",
            "2027-03-15T23:59:60Z",
            "2027-03-01T09:30:61Z",
            "2027-03-01T09:30:00+0100",
            "2027-03-01T09:30:00+01",
            "2027-03-01T09:30:00+24:00",
            "2027-03-01T09:30:00+01:60",
            "2027-03-01T09:30:00 Z",
            "2027-03-01T09:30:00Z ",
            " 2027-03-01T09:30:00Z",
            "2027-02-29T09:30:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00+00:01",
            "+12027-03-01T09:30:00Z",
            "2027-03-01T09:30:00UTC",
            "1803890000",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_given_back_is_read_as_the_same(micros in 0_i64..253_402_300_800_000_000, offset in -1439_i32..=1439) {
            let utc = DateTime::from_timestamp_micros(micros).unwrap();
            let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
            prop_assume!((0..=9999).contains(&chrono::Datelike::year(&utc.with_timezone(&zone))));
            let written = utc.with_timezone(&zone).to_rfc3339();
            prop_assert_eq!(PointInTime::parse(&written).unwrap().moment().time(), utc);
            prop_assert_eq!(read(&read(&written).unwrap()), read(&written));
        }

        #[test]
        fn nothing_makes_it_panic(text in ".{0,40}") {
            let _ = (PointInTime::parse(&text), CalendarDate::parse(&text));
        }
    }
}
