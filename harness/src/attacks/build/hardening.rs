//! `build-hardening`: numbers don't wrap, memory is not both written and run, and nothing of ours is unsafe.

use crate::{
    attacks::{elf::Elf, prelude::*},
    matrix::has_clinic,
};
use std::path::Path;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    BuildHardening / "overflow" = overflow,
    "The receptionist asks for pages of sizes that wrap around to small ones in 32 and 64 bits.",
    "An attacker reads how the binary was linked, and how it is built.",
)];

async fn overflow(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let control = Control::new(reception.get(&format!("{members}?limit=100")), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for size in [
        "4294967295",
        "4294967296",
        "4294967297",
        "4294967316",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551617",
        "340282366920938463463374607431768211457",
    ] {
        let domain = has_clinic().then_some("/v1/patients");
        for list in [members.as_str()].into_iter().chain(domain) {
            let request = reception.get(&format!("{list}?limit={size}"));
            trial.refused(size, request, Refusal::invalid("limit-out-of-range", "?limit")).await;
        }
    }
    if has_clinic() {
        unheard_of_dates(&reception, &mut trial).await;
    }

    let binary = std::fs::read(scene.service()?.binary())?;
    let weaknesses = Elf::parse(&binary).map(|elf| elf.weaknesses());
    trial.found(
        "how it is linked",
        match weaknesses {
            Some(weaknesses) => Finding::must(weaknesses.is_empty(), weaknesses.join(", ")),
            None => Finding::Unclear("it is no ELF file".into()),
        },
    );
    for (what, holds) in recipe()? {
        trial.found("how it is built", Finding::must(holds, what));
    }
    trial.conclude().await
}

/// Dates at the ends of what calendars can hold.
async fn unheard_of_dates(reception: &Actor, trial: &mut Trial<'_>) {
    for date in ["+262142-12-31", "-262143-01-01", "9999999-01-01", "0000-00-00"] {
        let mut body = NewPatient::unique().body();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("birth_date".into(), json!(date));
        }
        let request = reception.post("/v1/patients").json(&body);
        trial.refused(date, request, Refusal::problem(422, "validation-failed")).await;
    }
}

/// What the manifests promise about every build.
fn recipe() -> Result<Vec<(&'static str, bool)>, AttackError> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let read = |name: &str| -> Result<toml::Table, AttackError> {
        let text = std::fs::read_to_string(workspace.join(name))?;
        text.parse().map_err(|error| AttackError::Setup(format!("{name} is no TOML: {error}")))
    };
    let (root, api, harness) = (read("Cargo.toml")?, read("api/Cargo.toml")?, read("harness/Cargo.toml")?);
    let at = |table: &toml::Table, path: &[&str]| {
        let (last, folders) = path.split_last()?;
        let mut table = table.clone();
        for folder in folders {
            table = table.get(*folder)?.as_table()?.clone();
        }
        table.get(*last).cloned()
    };
    let text = |path: &[&str]| at(&root, path).and_then(|value| value.as_str().map(str::to_owned));
    let inherits = |table| at(table, &["lints", "workspace"]) == Some(toml::Value::Boolean(true));
    let checked = at(&root, &["profile", "release", "overflow-checks"]) == Some(toml::Value::Boolean(true));
    let forbidden = text(&["workspace", "lints", "rust", "unsafe_code"]).as_deref() == Some("forbid");
    let denied = ["unwrap_used", "expect_used", "panic", "indexing_slicing"]
        .iter()
        .all(|lint| text(&["workspace", "lints", "clippy", lint]).as_deref() == Some("deny"));
    let unwinds = text(&["profile", "release", "panic"]).is_none_or(|panic| panic == "unwind");
    Ok(vec![
        ("releases have no overflow checks", checked),
        ("unsafe code is not forbidden", forbidden && inherits(&api) && inherits(&harness)),
        ("what panics is not denied", denied),
        ("one panic stops the whole service", unwinds),
    ])
}
