//! The report as one page that needs nothing else: for whoever decides, and for whoever mends it.

use super::{
    Report,
    finding::Finding,
    standards::{Shelf, Span, Standard, linked, spans},
};
use crate::{book::places, client::Exchange};
use askama::Template;
use brigandine_api::protection::{Clause, Family, Protection};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How many reasons are in sight; an attack that tries every endpoint may have hundreds.
const REASONS_TOLD: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    word: &'static str,
    tone: &'static str,
    headline: String,
    title: String,
    meaning: &'static str,
    database: &'static str,
    ended: String,
    numbers: Vec<(String, &'static str)>,
    troubles: Vec<Trouble<'a>>,
    chapters: Vec<Chapter>,
    silent: Vec<String>,
}

/// A finding, for the page.
struct Trouble<'a> {
    word: &'static str,
    tone: &'static str,
    subject: &'a str,
    /// The first reasons, and the rest.
    told: &'a [String],
    more: &'a [String],
    about: Option<About>,
    steps: &'static [&'static str],
    exchanges: &'a [Exchange],
    log: Vec<String>,
    again: Option<String>,
}

/// What is known of a finding's protection.
struct About {
    id: &'static str,
    clauses: Vec<TriedClause>,
    why: &'static str,
    standards: Vec<Standard>,
    references: &'static [&'static str],
    path: String,
    address: Option<String>,
    places: Vec<&'static str>,
}

struct TriedClause {
    spans: Vec<Span>,
    /// Whether the finding's attack tries this one.
    tried: bool,
}

/// A family of protections.
struct Chapter {
    name: &'static str,
    held: usize,
    open: bool,
    rows: Vec<Row>,
}

struct Row {
    word: &'static str,
    tone: &'static str,
    id: &'static str,
    address: Option<String>,
    statement: Vec<Span>,
    attacks: usize,
}

impl Report {
    /// The run as a page of HTML without scripts, and without anything from elsewhere.
    ///
    /// # Errors
    /// From the template.
    pub fn to_html(&self, shelf: &Shelf) -> askama::Result<String> {
        let findings = self.findings();
        let word = findings.first().map_or("HELD", |finding| finding.word);
        let fell = findings.iter().filter(|finding| finding.word == "FELL").count();
        let (title, meaning) = match word {
            "HELD" => (
                "Every protection that was attacked held".to_owned(),
                "Each attack was refused, and by the protection that is there for it.",
            ),
            "FELL" => (
                if fell == 1 {
                    "An attack succeeded".to_owned()
                } else {
                    format!("{fell} attacks succeeded")
                },
                "Whoever does the same gets what the protection is there to keep. Mend it before anything is released.",
            ),
            _ => (
                "Not everything is proven".to_owned(),
                "No attack succeeded, but something kept one from a conclusion. That is no proof: mend what stood in the way.",
            ),
        };
        let page = Page {
            word,
            tone: tone(word),
            headline: self.headline(),
            title,
            meaning,
            database: self.database.name(),
            ended: ended(self.ended),
            numbers: self.numbers(),
            troubles: findings.iter().map(|finding| trouble(finding, shelf)).collect(),
            chapters: self.chapters(shelf),
            silent: self.silent(),
        };
        page.render()
    }

    fn numbers(&self) -> Vec<(String, &'static str)> {
        let requests: u64 = self.runs.iter().map(|run| run.requests).sum();
        let mut numbers = vec![
            (self.count("HELD").to_string(), "protections HELD"),
            (self.count("FELL").to_string(), "FELL"),
            (self.count("UNPROVEN").to_string(), "UNPROVEN"),
            (self.runs.len().to_string(), "attacks"),
            (requests.to_string(), "requests"),
            (format!("{:.0} s", self.elapsed.as_secs_f64()), "time"),
        ];
        if !self.twins.is_empty() {
            let fell = self.twins_to_fall().filter(|twin| twin.as_expected()).count();
            numbers.push((format!("{fell} of {}", self.twins_to_fall().count()), "twins FELL"));
        }
        if !self.marks.is_empty() {
            let proven = self.marks_that("FELL") + self.marks_that("BEHIND");
            numbers.push((format!("{proven} of {}", self.marks.len()), "marks proven"));
        }
        numbers
    }

    fn chapters(&self, shelf: &Shelf) -> Vec<Chapter> {
        let mut rows: Vec<(&'static Protection, &'static str, usize)> = self
            .protections()
            .iter()
            .map(|(protection, runs)| (*protection, Self::word_of(runs), runs.len()))
            .collect();
        rows.extend(self.unattacked.iter().map(|protection| (*protection, "UNPROVEN", 0)));
        let chapter = |family: Family| {
            let rows = rows.iter().filter(|(protection, ..)| protection.family == family);
            let rows: Vec<Row> = rows
                .map(|(protection, word, attacks)| Row {
                    word,
                    tone: tone(word),
                    id: protection.id,
                    address: shelf.address(protection),
                    statement: spans(&protection.statement()),
                    attacks: *attacks,
                })
                .collect();
            let held = rows.iter().filter(|row| row.word == "HELD").count();
            Chapter { name: family.name(), held, open: held < rows.len(), rows }
        };
        Family::ALL.into_iter().map(chapter).filter(|chapter| !chapter.rows.is_empty()).collect()
    }
}

fn tone(word: &str) -> &'static str {
    match word {
        "HELD" => "held",
        "FELL" => "fell",
        _ => "unproven",
    }
}

/// `2026-12-01 10:15 UTC`
fn ended(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|time| time.format(&Rfc3339).ok());
    let time = time.unwrap_or_default();
    time.get(..16).map(|minute| format!("{} UTC", minute.replace('T', " "))).unwrap_or(time)
}

fn trouble<'a>(finding: &'a Finding<'_>, shelf: &Shelf) -> Trouble<'a> {
    let (told, more) = finding.reasons.split_at(finding.reasons.len().min(REASONS_TOLD));
    Trouble {
        word: finding.word,
        tone: tone(finding.word),
        subject: &finding.subject,
        told,
        more,
        about: finding.protection.map(|protection| about(protection, finding, shelf)),
        steps: finding.run.map_or(&[], |run| run.attack.steps),
        exchanges: finding.exchanges(),
        log: finding.log(),
        again: finding.run.map(|run| format!("cargo run -- prove --verbose --only {}", run.attack.id())),
    }
}

fn about(protection: &'static Protection, finding: &Finding<'_>, shelf: &Shelf) -> About {
    let tried = |clause: &Clause| finding.run.is_some_and(|run| clause.attacks.contains(&run.attack.name));
    About {
        id: protection.id,
        clauses: protection
            .clauses
            .iter()
            .map(|clause| TriedClause { spans: spans(clause.text), tried: tried(clause) })
            .collect(),
        why: protection.why,
        standards: linked(protection),
        references: protection.references,
        path: Shelf::path(protection),
        address: shelf.address(protection),
        places: places::of(protection),
    }
}

#[cfg(test)]
mod tests {
    use super::{Shelf, ended};
    use crate::report::sample;

    #[tokio::test]
    async fn hostile_words_stay_words() {
        let page = sample::report().await.unwrap().to_html(&Shelf::default()).unwrap();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&#60;script&#62;"), "{page}");
        assert!(page.contains("FELL") && page.contains("UNPROVEN"));
        assert!(page.contains("docs/protections/token-required.md"));
        assert!(page.contains("curl --cacert"));
    }

    #[tokio::test]
    async fn a_page_loads_nothing() {
        let served = Some("https://git.example/book".parse().unwrap());
        let page = sample::green().await.unwrap().to_html(&Shelf { served }).unwrap();
        for loads in [" src=", "<link", "@import", "url(", "<script", "http-equiv=\"refresh"] {
            assert!(!page.contains(loads), "{loads}");
        }
        assert!(page.contains("href=\"https://git.example/book/token-required.md\""), "{page}");
        assert!(!page.contains("What happened"), "{page}");
    }

    #[test]
    fn the_end_is_told_to_the_minute() {
        assert_eq!(ended(1_796_119_200), "2026-12-01 10:00 UTC");
    }
}
