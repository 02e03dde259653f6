//! `explain`

use super::WRONG_USAGE;
use crate::{
    attacks::{self, Twin},
    report::{error, line},
};
use brigandine_api::protection::Protection;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(super) fn explain(id: &str) -> ExitCode {
    let Some(protection) = Protection::from_id(id) else {
        error(format_args!("there is no protection named {id:?}; see `list`"));
        return ExitCode::from(WRONG_USAGE);
    };
    let facts = protection.facts();
    line(format_args!("{id} ({})\n\n{}", facts.family.name(), facts.statement));

    let cwe: Vec<String> = facts.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    line(format_args!("\nWithout it: {} ({})", cwe.join(", "), facts.owasp.join(", ")));
    line(format_args!("ASVS 5.0.0: {}", facts.asvs.join(", ")));
    line(format_args!("Follows: {}", facts.references.join("; ")));

    line("\nWhere it is enforced:");
    for place in enforcement_points(protection) {
        line(format_args!("  {place}"));
    }
    for attack in attacks::all().into_iter().filter(|attack| attack.protection == protection) {
        line(format_args!("\nAttack {}", attack.id()));
        for (number, step) in attack.steps.iter().enumerate() {
            line(format_args!("  {}. {step}", number + 1));
        }
        if let Twin::Also(others) | Twin::Layered(others) = attack.twin {
            let others: Vec<_> = others.iter().map(|protection| protection.id()).collect();
            line(format_args!("  Falls when {} is gone too.", others.join(" and ")));
        }
    }
    line(format_args!("\nWatch it hold and fall:\n  cargo run -- prove --only {id} --twins"));
    ExitCode::SUCCESS
}

/// The lines of the service's source that ask whether the protection holds.
fn enforcement_points(protection: Protection) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let needle = format!("Protection::{protection:?}");
    let mut places = Vec::new();
    let mut folders = vec![root.join("api/src")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                let lines = text.lines().enumerate().filter(|(_, line)| names(line, &needle));
                places.extend(lines.map(|(number, _)| format!("{shown}:{}", number + 1)));
            }
        }
    }
    places
}

/// Whether the line holds the name as a whole word: `TlsOnly`, but not in `TlsOnlyOnce`.
fn names(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let next = line.get(at + needle.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(char::is_alphanumeric)
    })
}
