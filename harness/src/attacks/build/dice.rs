//! Chance that is the same for the same seed, and what it does to calls.

use serde_json::{Value, json};

/// Marsaglia's xorshift, which is random enough to bend requests.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below this one; 0 below 0.
    pub(super) fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.throw() % most).unwrap_or(0)
    }

    /// One of these; nothing of none.
    pub(super) fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.get(self.below(texts.len())).copied().unwrap_or_default()
    }

    /// The document with one of its members bent.
    pub(super) fn bends(&mut self, mut body: Value) -> Value {
        let odd = [
            json!(null),
            json!(""),
            json!("é"),
            json!("\u{10ffff}\u{0}"),
            json!(-1),
            json!(u64::MAX),
            json!(1e308),
            json!([]),
            json!([[[]]]),
            json!({ "": {} }),
            json!("9999-99-99"),
            json!("é".repeat(3000)),
        ];
        let value = odd.get(self.below(odd.len())).cloned().unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = names.get(self.below(names.len())).cloned().unwrap_or_else(|| "é".into());
            members.insert(name, value);
        }
        body
    }

    /// The text with an octet changed, and cut off somewhere.
    pub(super) fn garbles(&mut self, text: String) -> Vec<u8> {
        let mut bytes = text.into_bytes();
        let (at, end) = (self.below(bytes.len()), self.below(bytes.len() * 2));
        let [octet, ..] = self.throw().to_be_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = octet;
        }
        bytes.truncate(end);
        bytes
    }
}

/// The octets that a text with escapes stands for.
pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let octet = escaped.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(octet);
        rest = escaped.get(2..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
