//! The report as Markdown, for the summary of a job: what is not HELD first, the rest folded away.

use super::{
    Report,
    finding::Finding,
    standards::{Shelf, standards},
};
use askama::Template;
use std::fmt::{self, Write};

/// How many findings are shown with their exchange: GitHub takes a summary of 1 MiB, or none of it.
const SHOWN: usize = 20;
/// How much of a reason a table shows, in characters.
const REASON_SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "summary.md", escape = "none")]
struct Summary {
    word: &'static str,
    headline: Text,
    counts: Text,
    rows: Vec<Row>,
    shown: Vec<Shown>,
    more: usize,
    protections: Vec<Line>,
    silent: Vec<Text>,
}

/// A finding, in a line.
struct Row {
    word: &'static str,
    subject: Text,
    why: Text,
}

/// A finding with its exchange.
struct Shown {
    word: &'static str,
    subject: Text,
    statement: Marked,
    why: Text,
    standards: Text,
    address: Option<String>,
    exchange: Fenced,
}

/// A protection.
struct Line {
    name: Marked,
    word: &'static str,
    attacks: usize,
    statement: Marked,
}

impl Report {
    /// The run as Markdown (GitHub's).
    ///
    /// # Errors
    /// From the template.
    pub fn to_markdown(&self, shelf: &Shelf) -> askama::Result<String> {
        let findings = self.findings();
        let quoted = || findings.iter().filter(|finding| !finding.exchanges().is_empty());
        let requests: u64 = self.runs.iter().map(|run| run.requests).sum();
        let counts = format!(
            "{} attacks · {requests} requests · {} · {:.1} s{}{}",
            self.runs.len(),
            self.database.name(),
            self.elapsed.as_secs_f64(),
            if self.twins.is_empty() { String::new() } else { format!(" · {}", self.twins_told()) },
            if self.marks.is_empty() { String::new() } else { format!(" · {}", self.marks_told()) }
        );
        let summary = Summary {
            word: findings.first().map_or("HELD", |finding| finding.word),
            headline: Text(self.headline()),
            counts: Text(counts),
            rows: findings.iter().map(row).collect(),
            shown: quoted().take(SHOWN).filter_map(|finding| shown(finding, shelf)).collect(),
            more: quoted().count().saturating_sub(SHOWN),
            protections: self.lines(shelf),
            silent: self.silent().into_iter().map(Text).collect(),
        };
        summary.render()
    }

    fn lines(&self, shelf: &Shelf) -> Vec<Line> {
        let attacked = self.protections().into_iter();
        let attacked = attacked.map(|(protection, runs)| (protection, Self::word_of(&runs), runs.len()));
        let unattacked = self.unattacked.iter().map(|protection| (*protection, "UNPROVEN", 0));
        let line =
            |(protection, word, attacks): (&'static brigandine_api::protection::Protection, _, _)| Line {
                name: Marked(match shelf.address(protection) {
                    Some(address) => format!("[{}]({address})", protection.id),
                    None => protection.id.to_owned(),
                }),
                word,
                attacks,
                statement: Marked(protection.statement()),
            };
        attacked.chain(unattacked).map(line).collect()
    }
}

fn row(finding: &Finding<'_>) -> Row {
    let why = finding.reasons.join("; ");
    let short: String = why.chars().take(REASON_SHOWN).collect();
    Row {
        word: finding.word,
        subject: Text(finding.subject.clone()),
        why: Text(if short.len() < why.len() { short + "…" } else { why }),
    }
}

fn shown(finding: &Finding<'_>, shelf: &Shelf) -> Option<Shown> {
    let facts = finding.protection?;
    Some(Shown {
        word: finding.word,
        subject: Text(finding.subject.clone()),
        statement: Marked(facts.statement()),
        why: Text(facts.why.to_owned()),
        standards: Text(standards(facts).join(", ")),
        address: shelf.address(finding.protection?),
        exchange: Fenced(finding.exchanges().last()?.to_string()),
    })
}

/// Words of whatever origin, in a line or in a table's cell: nothing in them is a mark.
struct Text(String);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\n' | '\r' | '\t' => f.write_char(' ')?,
                // CommonMark §2.4; `|` ends a cell of GitHub's tables.
                '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '<' | '>' | '|' | '~' | '&' | '#' | '!' => {
                    write!(f, "\\{character}")?;
                }
                other if other.is_control() => {}
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Markdown of our own, as protections have it in their statements, in a table's cell.
struct Marked(String);

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('|', "\\|"))
    }
}

/// Anything at all, line by line, in a fence that is longer than what looks like one in it.
struct Fenced(String);

impl fmt::Display for Fenced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.0.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.saturating_add(1).max(3));
        write!(f, "{fence}text\n{}\n{fence}", self.0.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fenced, Shelf, Text};
    use crate::report::sample;

    #[test]
    fn no_word_of_others_is_a_mark() {
        assert_eq!(Text("a|b\n<c> `d` [e](f)".into()).to_string(), r"a\|b \<c\> \`d\` \[e\]\(f\)");
        assert_eq!(Text("\u{1b}[31mred".into()).to_string(), r"\[31mred");
    }

    #[test]
    fn a_fence_is_not_ended_from_within() {
        assert_eq!(Fenced("a\n````\nb".into()).to_string(), "`````text\na\n````\nb\n`````");
        assert_eq!(Fenced("a".into()).to_string(), "```text\na\n```");
    }

    #[tokio::test]
    async fn every_row_of_a_table_has_its_cells() {
        let text = sample::report().await.unwrap().to_markdown(&Shelf::default()).unwrap();
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + 2 + 2 + 1, "{text}");
        for row in rows {
            let cells = row.replace("\\|", "").matches('|').count() - 1;
            assert!(cells == 3 || cells == 4, "{row}");
        }
        assert!(text.starts_with("### FELL: "), "{text}");
    }

    #[tokio::test]
    async fn what_held_is_told_in_few_lines() {
        let text = sample::green().await.unwrap().to_markdown(&Shelf::default()).unwrap();
        assert!(text.starts_with("### HELD: 1 protection HELD, 0 FELL, 0 UNPROVEN\n\n1 attacks"), "{text}");
        assert!(!text.contains("exchange"), "{text}");
    }
}
