//! Pages that must not be tellable apart.

use crate::attacks::prelude::*;

/// A page without what honestly differs: its number, its nonce, the seconds left.
pub(super) fn plain(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let nonce =
        policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map(|(nonce, _)| nonce);
    let mut text = answer.essence();
    if let Some(nonce) = nonce {
        text = text.replace(nonce, "<nonce>");
    }
    let honest =
        |line: &&str| !line.starts_with("retry-after:") && !line.starts_with("set-cookie: __Host-browser=");
    text.lines().filter(honest).collect::<Vec<_>>().join("\n")
}

/// Whether the pages are the same, and where they are not.
pub(super) fn told_apart(pages: &[Option<String>]) -> Finding {
    let given: Vec<&String> = pages.iter().flatten().collect();
    let Some(first) = given.first() else { return Finding::Unclear("there are no pages to compare".into()) };
    if given.len() < pages.len() {
        return Finding::Unclear("a page is missing".into());
    }
    for other in &given {
        let differs = first.lines().zip(other.lines()).find(|(one, two)| one != two);
        if let Some((one, two)) = differs {
            return Finding::Breach(format!("they differ: {one:?} and {two:?}"));
        }
        if first != other {
            return Finding::Breach("one is longer than the other".into());
        }
    }
    Finding::Fine
}
