//! The book's Markdown as plain text, in lines that fit the terminal.

use console::Term;

/// Lines longer than this are hard to follow, however wide the window is.
const WIDEST: usize = 100;
/// Of the first column of a table, and what stands between the two.
const LABEL: usize = 26;

/// How wide a line may be: as the terminal, within reason. What is piped to a program is not wrapped.
#[must_use]
pub fn width() -> usize {
    let terminal = Term::stdout();
    let columns =
        terminal.size_checked().filter(|_| terminal.is_term()).map(|(_, columns)| usize::from(columns));
    columns.map_or(usize::MAX, |columns| columns.clamp(40, WIDEST))
}

/// The text in lines of at most `width`, of which all but the first are indented; the first begins at `indent` already.
#[must_use]
pub fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column.saturating_add(length).saturating_add(1) > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column = column.saturating_add(1);
        }
        out.push_str(word);
        column = column.saturating_add(length);
    }
    out
}

/// What a page of the book says, without the marks: it has headings, paragraphs, links, lists, two-column tables, and fences,
/// in which every line stays as it is written.
#[must_use]
pub fn plain(page: &str, width: usize) -> String {
    let mut lines = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            lines.push(format!("    {line}"));
        } else if line == "| | |" || line.starts_with("|--") {
            // A table's head has no words.
        } else if let Some(cells) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) {
            let (label, value) = cells.split_once(" | ").unwrap_or((cells, ""));
            let value = wrapped(&unmarked(value), LABEL.saturating_add(1), width);
            lines.push(format!("{label:<LABEL$} {value}").trim_end().to_owned());
        } else if let Some(heading) = line.strip_prefix("## ") {
            lines.push(heading.to_uppercase());
        } else if let Some(heading) = line.strip_prefix("# ").or_else(|| line.strip_prefix("### ")) {
            lines.push(unmarked(heading));
        } else if let Some((place, _)) = line.strip_prefix('[').and_then(|link| link.split_once("](")) {
            lines.push(place.to_owned());
        } else {
            let indent = line
                .find(' ')
                .filter(|at| is_item(line.get(..*at).unwrap_or_default()))
                .map_or(0, |at| at + 1);
            let (mark, text) = line.split_at_checked(indent).unwrap_or(("", line));
            lines.push(format!("{mark}{}", wrapped(&unmarked(text), indent, width)));
        }
    }
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    lines.join("\n")
}

/// `-`, or a number with its point.
fn is_item(mark: &str) -> bool {
    mark == "-" || mark.strip_suffix('.').is_some_and(|number| number.parse::<u32>().is_ok())
}

fn unmarked(text: &str) -> String {
    text.replace("**", "").replace('`', "").replace("\\|", "|")
}

#[cfg(test)]
mod tests {
    use super::{plain, wrapped};
    use crate::book;
    use brigandine_api::protection::Protection;

    #[test]
    fn a_text_fits_its_column() {
        assert_eq!(wrapped("one two three four", 4, 12), "one two\n    three\n    four");
        assert_eq!(wrapped("one two", 0, usize::MAX), "one two");
        assert_eq!(wrapped("unbreakable", 2, 5), "unbreakable");
    }

    #[test]
    fn every_page_reads_without_marks_and_fits() {
        for &protection in Protection::ALL {
            let text = plain(&book::page(protection), 80);
            for line in text.lines().filter(|line| !line.starts_with("    ")) {
                let words = line.split_whitespace().count();
                assert!(line.chars().count() <= 80 || words <= 3, "{}: {line}", protection.id);
                assert!(!line.starts_with(['#', '|', '`', '*']), "{}: {line}", protection.id);
            }
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
            for clause in protection.clauses {
                let told = words(&clause.text.replace('`', ""));
                assert!(words(&text).contains(&told), "{}: {told}", protection.id);
            }
        }
    }
}
