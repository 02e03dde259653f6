//! Numbers as they are taken in.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use validator::ValidateRange;

/// A whole number, however JSON spells it: `30`, `30.0` and `3e1` are one number (JSON Schema draft 2020-12 §6.1.1, RFC 8259
/// §6), and serde would take the first alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Whole<T>(pub T);

/// Up to here every whole number has a `f64` of its own (RFC 8259 §6).
const EXACT: f64 = 9_007_199_254_740_991.0;

struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
        if value.fract() != 0.0 || value.abs() > EXACT {
            return Err(E::custom("not a whole number"));
        }
        // Whole and exact: written without a fraction, as `i64` reads it.
        format!("{value:.0}").parse().map_err(E::custom)
    }
}

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(Digits)?;
        T::try_from(value).map(Self).map_err(|_| de::Error::custom("out of range"))
    }
}

impl<T: PartialOrd> ValidateRange<T> for Whole<T> {
    fn greater_than(&self, max: T) -> Option<bool> {
        Some(self.0 > max)
    }

    fn less_than(&self, min: T) -> Option<bool> {
        Some(self.0 < min)
    }
}

#[cfg(test)]
mod tests {
    use super::Whole;

    fn read(text: &str) -> Option<u16> {
        serde_json::from_str::<Whole<u16>>(text).ok().map(|whole| whole.0)
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_spelled() {
        for text in ["30", "30.0", "3e1", "3E+1", "300e-1", "30.000"] {
            assert_eq!(read(text), Some(30), "{text}");
        }
        assert_eq!((read("0"), read("-0"), read("-0.0"), read("0e5")), (Some(0), Some(0), Some(0), Some(0)));
        for wrong in [
            "30.5", "3e-1", "\"30\"", "true", "null", "[30]", "-1", "-1.0", "65536", "65536.0", "1e300",
            "1e19",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Whole<i64>>("9007199254740993.0").ok(), None);
    }
}
