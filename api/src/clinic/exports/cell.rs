//! Cells that a spreadsheet shows and does not run (CWE-1236). A reader that takes CSV as RFC 4180 has it sees one
//! apostrophe more.

use crate::protection::OUTPUT_DOWNLOAD_SAFE;
use brigandine_enforce::enforces;
use std::borrow::Cow;

/// What spreadsheets take for the beginning of a formula, and their wide forms, which some take for the same.
const BEGINNINGS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text, with an apostrophe before it where it could be read as a formula. Spaces in front do not hide one, and a tab
/// or line end at the front may begin a cell of its own.
#[enforces(OUTPUT_DOWNLOAD_SAFE, answers = Cow::Borrowed(text))]
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    let begins = text.trim_start().starts_with(BEGINNINGS) || text.starts_with(['\t', '\r', '\n']);
    if begins { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn nothing_begins_as_a_formula() {
        for text in [
            "=HYPERLINK(\"http://example.org\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            " =1",
            "\u{a0}=1",
            "＝1",
            "\t",
        ] {
            assert_eq!(inert(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "Ann", "1-2", "a=b", "'=1", "Ann\n=1", "\u{e9}", " "] {
            assert_eq!(inert(text), text);
        }
    }
}
