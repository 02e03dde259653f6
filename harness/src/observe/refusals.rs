//! How often the service refused, and why, as far as anybody saw it.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A line of the log that says nothing of these is not looked at any closer.
const NAMES: [&str; 2] = ["\"problem\"", "\"reason\""];

/// Refusals by the kind of problem, and by the reason that only the operator is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// `invalid-token`
    pub kinds: BTreeMap<String, u64>,
    /// `token.signature`
    pub reasons: BTreeMap<String, u64>,
}

impl Refusals {
    /// Takes over what another source saw. Most refusals were seen by several: the larger number counts.
    pub fn merge(&mut self, other: Self) {
        let pairs = [(&mut self.kinds, other.kinds), (&mut self.reasons, other.reasons)];
        for (mine, theirs) in pairs {
            for (name, times) in theirs {
                let known = mine.entry(name).or_default();
                *known = times.max(*known);
            }
        }
    }
}

/// What the logs of a service tell of refusals: of its own process, and of every other one that was started beside it.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Refusals>);

impl Tally {
    /// Reads a line.
    pub fn hear(&self, line: &str) {
        if !NAMES.iter().any(|name| line.contains(name)) {
            return;
        }
        let Ok(line) = serde_json::from_str::<Value>(line) else { return };
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let word = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(kind) = word("problem") {
            *refusals.kinds.entry(kind).or_default() += 1;
        }
        if let Some(reason) = word("reason") {
            *refusals.reasons.entry(reason).or_default() += 1;
        }
    }

    /// Everything so far.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusals, Tally};

    #[test]
    fn lines_are_counted_by_what_they_name() {
        let tally = Tally::default();
        tally.hear(r#"{"message":"Request","problem":"invalid-token","reason":"token.exp"}"#);
        tally.hear(r#"{"message":"Request","problem":"not-found"}"#);
        tally.hear(r#"{"message":"Request","target":"\"reason\""}"#);
        tally.hear("no JSON with a \"reason\"");
        let Refusals { kinds, reasons } = tally.refusals();
        assert_eq!(kinds.keys().collect::<Vec<_>>(), ["invalid-token", "not-found"]);
        assert_eq!(reasons.into_iter().collect::<Vec<_>>(), [("token.exp".to_owned(), 1)]);
    }

    #[test]
    fn what_two_sources_saw_is_not_added_up() {
        let of = |times| Refusals { reasons: [("scope".to_owned(), times)].into(), ..Refusals::default() };
        let mut refusals = of(2);
        refusals.merge(of(3));
        assert_eq!(refusals, of(3));
    }
}
