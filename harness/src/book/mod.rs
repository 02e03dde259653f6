//! The book's pages on protections, made from the code they describe, so that they can't drift from it.

pub(crate) mod places;

use crate::{
    attacks::{self, Attack, Twin},
    marks::{self, Mark, Without},
};
use brigandine_api::protection::{Family, Protection};
use std::{
    fmt::Write,
    io,
    path::{Path, PathBuf},
};

/// Where the pages stand, from the workspace's root.
pub const FOLDER: &str = "docs/protections";

/// Every page by its path below [`FOLDER`], the index among them.
#[must_use]
pub fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = vec![(PathBuf::from("README.md"), index())];
    for &protection in Protection::ALL {
        pages.push((PathBuf::from(format!("{}.md", protection.id)), page(protection)));
    }
    pages
}

/// Writes the pages; answers how many differed.
///
/// # Errors
/// From the file system.
pub fn write(root: &Path) -> io::Result<usize> {
    let stale = stale(root);
    std::fs::create_dir_all(root.join(FOLDER))?;
    for (path, text) in pages() {
        std::fs::write(root.join(FOLDER).join(path), text)?;
    }
    Ok(stale.len())
}

/// The pages that do not say what the code says.
#[must_use]
pub fn stale(root: &Path) -> Vec<PathBuf> {
    let differs = |path: &Path, text: &str| {
        std::fs::read_to_string(root.join(FOLDER).join(path)).map_or(true, |written| written != text)
    };
    pages().into_iter().filter(|(path, text)| differs(path, text)).map(|(path, _)| path).collect()
}

fn index() -> String {
    let mut text = String::from("# Protections\n\nMade by `cargo run -- book`; do not edit.\n");
    for family in Family::ALL {
        let _ = write!(text, "\n## {}\n\n| protection | what holds |\n|---|---|\n", family.name());
        for protection in Protection::ALL.iter().copied().filter(|protection| protection.family == family) {
            let (id, statement) = (protection.id, protection.statement().replace('|', "\\|"));
            let _ = writeln!(text, "| [{id}]({id}.md) | {statement} |");
        }
    }
    text
}

/// Everything about one protection.
#[must_use]
pub fn page(protection: &'static Protection) -> String {
    let id = protection.id;
    let attacks: Vec<_> =
        attacks::all().into_iter().filter(|attack| attack.protection == protection).collect();
    let mut text = format!("# {id}\n\n{}\n\n## What holds, and who tries it\n\n", protection.why);
    for clause in protection.clauses {
        let names: Vec<_> = clause.attacks.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "- **{}** ({})", clause.text, names.join(", "));
    }

    let _ = writeln!(text, "\n## Where it is enforced\n");
    for mark in marks::of(protection) {
        enforced(&mut text, mark);
    }
    let _ = writeln!(text, "{}## How it is attacked", if text.ends_with("\n\n") { "" } else { "\n" });
    for attack in &attacks {
        describe(&mut text, attack);
    }
    let _ = write!(
        text,
        "\n## Watch it fall\n\n```sh\ncargo run -- prove --twins --only {id}\n```\n\n\
         starts the service without this protection; there every attack above must succeed.\n\n\
         ```sh\ncargo run -- prove --marks --only {id}\n```\n\n\
         takes each of the functions above away alone: an attack must succeed, or the layer that stands behind it is named.\n"
    );
    let cwe: Vec<String> = protection.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let _ = write!(
        text,
        "\n## Standards\n\n| | |\n|---|---|\n| OWASP API Security Top 10 | {} |\n| OWASP ASVS 5.0.0 | {} |\n\
         | without it | {} |\n| follows | {} |\n",
        protection.owasp.join(", "),
        protection.asvs.join(", "),
        cwe.join(", "),
        protection.references.join("; ").replace('|', "\\|"),
    );
    text
}

/// The function, and what a twin does instead.
fn enforced(text: &mut String, mark: &Mark) {
    let Mark { function, file, line, text: written, without, .. } = mark;
    let _ = writeln!(
        text,
        "### `{function}`\n\n[{file}:{line}](../../{file}#L{line})\n\n```rust\n{written}\n```\n"
    );
    let _ = match without {
        Without::Nothing => writeln!(text, "A twin goes on as if it were not there."),
        Without::Answers(value) => writeln!(text, "A twin goes on with `{value}`."),
        Without::Otherwise(other) => writeln!(text, "A twin does what `{other}` does."),
    };
    if let Some(layer) = mark.layer() {
        let id = layer.id;
        let _ = writeln!(text, "Behind it still stands [{id}]({id}.md).");
    }
    text.push('\n');
}

fn describe(text: &mut String, attack: &Attack) {
    let place = if attack.needs.postgres { " (on PostgreSQL)" } else { "" };
    let _ = writeln!(text, "\n### {}{place}\n", attack.name);
    for (number, step) in attack.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", number + 1);
    }
    let others = |others: &[&'static Protection]| {
        let ids: Vec<_> = others.iter().map(|other| format!("`{}`", other.id)).collect();
        ids.join(" and ")
    };
    let _ = match attack.twin {
        Twin::Layered(below) => writeln!(
            text,
            "\nTwo walls stand here: each alone must beat it, and it must succeed when {} is gone as well.",
            others(below)
        ),
        Twin::Also(too) => writeln!(text, "\nIts twin does without {} as well.", others(too)),
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::stale;
    use std::path::Path;

    #[test]
    fn the_pages_say_what_the_code_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let stale = stale(root);
        assert!(stale.is_empty(), "run `cargo run -- book`, which renews {stale:?}");
    }
}
