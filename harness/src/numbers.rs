//! Every number that the service's source fixes by a name, a bound or a time, as a list that a reviewer reads:
//! `docs/numbers.txt`.
//!
//! Most attacks on a limit must make it smaller first, or time would not suffice: what they prove holds for whatever number
//! stands in the source. A ten typed for a one is found here.

use crate::{reviewed, sources};

/// What numbers are kept in.
const KINDS: [&str; 16] = [
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f64",
    "Duration",
    "TimeDelta",
    "Self",
    "RangeInclusive",
    "Option",
];

/// Files that only tests and twins use.
const NO_PROMISE: [&str; 5] = ["test", "vulnerable", "plans", "interleavings", "gallery"];

/// The list as the source has it now: a line each, `file: line`.
fn present() -> String {
    let mut lines = Vec::new();
    for source in sources::all() {
        let text = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let name = source.file.strip_prefix("api/src/").unwrap_or(&source.file);
        if !NO_PROMISE.iter().any(|part| name.contains(part)) {
            lines.extend(
                numbers(text, name.starts_with("settings")).iter().map(|line| format!("{name}: {line}\n")),
            );
        }
    }
    lines.concat()
}

/// The constants of a file, its bounds of input, and in settings the defaults.
fn numbers(text: &str, settings: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let fixes = is_constant(line)
            || lasts(line)
            || line.starts_with("#[validate(")
            || settings && is_default(line);
        if !fixes {
            continue;
        }
        let mut whole = line.to_owned();
        while is_constant(line) && !whole.ends_with(';') && !whole.ends_with('{') {
            let Some(next) = lines.next() else { break };
            whole = format!("{whole} {next}");
        }
        if whole.contains(|letter: char| letter.is_ascii_digit()) {
            found.push(whole);
        }
    }
    found
}

/// Whether it gives a setting its value; what a setting is declared as is no number.
fn is_default(line: &str) -> bool {
    line.contains(": ") && line.ends_with(',') && !line.starts_with("//") && !line.starts_with("pub ")
}

/// Whether a time is written out in the middle of the code.
fn lasts(line: &str) -> bool {
    let of_number = |rest: &str| {
        rest.split_once('(').is_some_and(|(unit, rest)| {
            unit.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '_')
                && rest.starts_with(|letter: char| letter.is_ascii_digit())
        })
    };
    !line.starts_with("//")
        && ["Duration::", "TimeDelta::"].iter().any(|kind| line.split(kind).skip(1).any(of_number))
}

fn is_constant(line: &str) -> bool {
    let Some((before, after)) = line.split_once("const ").filter(|(_, after)| !after.starts_with("fn "))
    else {
        return false;
    };
    let declared = before.is_empty() || before.starts_with("pub");
    let kind = after.split_once(": ").map(|(_, kind)| kind.trim_start_matches("chrono::"));
    declared && kind.is_some_and(|kind| KINDS.iter().any(|known| kind.starts_with(known)))
}

#[test]
fn every_number_was_reviewed() {
    reviewed::compare("numbers.txt", &present());
}
