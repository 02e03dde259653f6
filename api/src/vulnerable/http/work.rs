//! Weak: work without an end.

/// Steps that the slow match takes at most: long enough to be seen, and it ends.
const STEPS: u32 = 5_000_000;

/// Every text of a body is held against `^(\w+)+$` by trying all ways to divide it, as backtracking engines do.
pub(crate) fn match_by_trying(body: &[u8]) {
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) {
        for text in members.values().filter_map(serde_json::Value::as_str) {
            let mut steps = STEPS;
            std::hint::black_box(consists_of_words(text.as_bytes(), &mut steps));
        }
    }
}

fn consists_of_words(text: &[u8], steps: &mut u32) -> bool {
    let word = text.iter().take(64).take_while(|octet| octet.is_ascii_alphanumeric()).count();
    for taken in (1..=word).rev() {
        let Some(left) = steps.checked_sub(1) else { return false };
        *steps = left;
        let rest = text.get(taken..).unwrap_or_default();
        if rest.is_empty() || consists_of_words(rest, steps) {
            return true;
        }
    }
    false
}
