//! Weak: mails.

use crate::mail::Letter;

const MARKS: [(&str, &str); 4] = [("{{", "}}"), ("${", "}"), ("<%=", "%>"), ("#{", "}")];

/// What is written goes through a template engine once more, and with it what people called themselves. This one knows
/// products only, which is enough to see that it is asked (CWE-1336).
pub(crate) fn rendered(letter: &Letter) -> String {
    MARKS.into_iter().fold(letter.literal(), |text, (open, close)| expanded(&text, open, close))
}

fn expanded(text: &str, open: &str, close: &str) -> String {
    let mut parts = text.split(open);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let value = part.split_once(close).and_then(|(inside, rest)| Some((product(inside)?, rest)));
        match value {
            Some((value, rest)) => done.push_str(&format!("{value}{rest}")),
            None => done.push_str(&format!("{open}{part}")),
        }
    }
    done
}

fn product(inside: &str) -> Option<u64> {
    let (left, right) = inside.trim().split_once('*')?;
    left.trim().parse::<u64>().ok()?.checked_mul(right.trim().parse().ok()?)
}
