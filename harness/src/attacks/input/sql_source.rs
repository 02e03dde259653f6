//! `input-sql`: no statement is put together from texts, read in the source and in the binary.

use super::walk;
use crate::attacks::{constants, prelude::*};
use std::path::{Path, PathBuf};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    INPUT_SQL / "grep" = grep,
    "An attacker reads the service's source for statements that are put together: `sql_query(format!…)`, `sql(…)`, `.batch(…)`.",
    "What he finds is on a list, and holds no text of a client's; what belongs to twins is in no binary that serves.",
)];

/// What takes SQL as a text.
const ENTRIES: [&str; 5] = ["sql_query(", ".batch(", "batch_execute(", "dsl::sql", "sql::<"];

/// Where statements are put together, and from what. Each with its reason.
const COMPOSED: [(&str, &str); 11] = [
    ("access/tenant.rs", "a twin's turn to another organization: a typed UUID"),
    ("store/connection.rs", "passes on what it is given"),
    ("store/growth.rs", "tables and columns by the compiled-in list of rules"),
    ("store/membership.rs", "BEGIN with a typed UUID"),
    ("store/migrate.rs", "a constant: nothing, but in twins"),
    ("store/privileges.rs", "roles and tables, quoted by the server"),
    ("store/sqlite.rs", "a number of milliseconds"),
    ("store/testing.rs", "tests"),
    ("store/transaction.rs", "BEGIN with a typed UUID"),
    ("audit/writer.rs", "COMMIT or ROLLBACK, by two literals"),
    ("clinic/patients/plans.rs", "tests"),
];

/// Whether only twins are built from it.
fn is_of_twins(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "vulnerable")
}

/// Whether a statement in the text is put together: its entry is followed by anything but one literal or constant.
fn composes(source: &str) -> bool {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    ENTRIES.iter().any(|entry| {
        source.match_indices(entry).any(|(at, _)| {
            let line = source.get(..at).and_then(|before| before.lines().next_back()).unwrap_or_default();
            let argument =
                source.get(at..).and_then(|rest| rest.get(entry.len()..)).unwrap_or_default().trim_start();
            let constant = argument.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).next();
            let is_constant = constant.is_some_and(|name| {
                let last = name.rsplit("::").next().unwrap_or_default();
                last.len() > 1 && last.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            });
            !(argument.starts_with('"')
                || is_constant
                || line.trim_start().starts_with("//")
                || line.contains("fn "))
        })
    })
}

/// The beginnings of the SQL that a twin's file puts together: up to where a value is pasted in.
fn pasted(source: &str) -> Vec<String> {
    let quoted = source.split('"').skip(1).step_by(2);
    let is_sql = |text: &&str| {
        [" LIKE '", "SELECT ", "WHERE "].iter().any(|word| text.contains(word)) && text.contains('{')
    };
    let beginnings = quoted.filter(is_sql).filter_map(|text| text.split('{').next());
    beginnings.filter(|text| text.len() > 8).map(str::to_owned).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).join("api/src")
}

/// The scanner finds what is planted, and lets what is bound pass.
fn can_tell() -> Result<(), String> {
    let planted =
        ["sql_query(format!(\"SELECT {x}\"))", "c.batch(&statement)", "rows.filter(dsl::sql::<Bool>(&text))"];
    let bound =
        ["sql_query(\"SELECT $1\").bind::<Text, _>(x)", "c.batch_execute(PRAGMAS)", "// sql_query(format!)"];
    match planted.iter().all(|text| composes(text)) && !bound.iter().any(|text| composes(text)) {
        true => Ok(()),
        false => Err("the scanner can't tell a statement that is put together".into()),
    }
}

async fn grep(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial =
        Trial::begin(scene, Control::new(me, 200).and(Control::checked(|| async { can_tell() }))).await?;
    let (folder, mut read, mut beginnings) = (source(), 0_usize, Vec::new());
    for file in walk(&folder).iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        let text = std::fs::read_to_string(file)?;
        read += 1;
        if is_of_twins(file) {
            beginnings.extend(pasted(&text));
            continue;
        }
        let is_test = name.contains("tests");
        let listed = COMPOSED.iter().any(|(known, _)| *known == name);
        let composed = !is_test && composes(&text);
        trial.found(&name, Finding::must(!composed || listed, "a statement is put together here"));
        trial.found(&name, Finding::must(composed || !listed, "is on the list, and needs not be"));
    }
    let all = if read > 300 && !beginnings.is_empty() {
        Finding::Fine
    } else {
        Finding::Unclear(format!("{read} files were read, {} twins' statements found", beginnings.len()))
    };
    trial.found("the source", all);
    let texts = constants(scene.service()?.binary())?;
    for beginning in beginnings {
        let shipped = texts.windows(beginning.len()).any(|window| window == beginning.as_bytes());
        trial.found("the binary", Finding::must(!shipped, format!("it pastes a value behind {beginning:?}")));
    }
    trial.conclude().await
}
