//! JSON on its way out: characters that a browser could take for markup leave as escapes, so that an answer which is
//! ever sniffed, framed or pasted into a page stays text.

use crate::protection::OUTPUT_NO_REFLECTION;
use brigandine_enforce::enforces;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// `value` as JSON.
///
/// # Errors
/// When the value can't be serialised.
pub fn to_json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Escaping(CompactFormatter)))?;
    Ok(bytes)
}

struct Escaping(CompactFormatter);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }
}

/// Markup leaves as escapes, so that no text of a client becomes part of a page (CWE-79; ASVS 1.2.1).
#[enforces(OUTPUT_NO_REFLECTION, answers = writer.write_all(fragment.as_bytes()))]
fn write_escaped<W: ?Sized + Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    let mut rest = fragment;
    while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (before, from) = rest.split_at(at);
        writer.write_all(before.as_bytes())?;
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            write!(writer, "\\u{:04x}", u32::from(character))?;
        }
        rest = characters.as_str();
    }
    writer.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::to_json;

    #[test]
    fn markup_leaves_as_escapes_and_means_the_same() {
        let text = "<b>Ann & \"Zoë\"</b>\u{2028}\n";
        let json = String::from_utf8(to_json(&text).unwrap()).unwrap();
        assert_eq!(json, r#""\u003cb\u003eAnn \u0026 \"Zoë\"\u003c/b\u003e\u2028\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
