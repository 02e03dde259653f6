//! `secret-none-in-source`: who has read everything we publish knows no secret.

use super::scanner::{Found, scan};
use crate::{
    arena::TemporaryDirectory,
    attacks::{constants, prelude::*},
};
use aws_lc_rs::hmac;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SECRET_NONE_IN_SOURCE / "scan" = scan_everything,
        "An attacker plants a canary and lets a scanner find it, to know that it works.",
        "The scanner reads every file of the repository, every version that ever was, the service's binary and its OpenAPI document.",
    ),
    attack!(
        SECRET_NONE_IN_SOURCE / "known" = known,
        "An attacker collects the secrets that everybody knows, and what looks like one in the service's binary.",
        "With each of them as the key he signs himself a token as the administrator.",
    ),
];

/// Secrets that services have shipped with.
const WELL_KNOWN: [&str; 14] = [
    "",
    "secret",
    "changeme",
    "change-me",
    "password",
    "jwt_secret",
    "your-256-bit-secret",
    "supersecret",
    "key",
    "brigandine",
    "development",
    "test",
    "default",
    "0123456789abcdef",
];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

async fn scan_everything(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let control = Control::new(me, 200).and(Control::checked(|| async { finds_a_canary() }));
    let mut trial = Trial::begin(scene, control).await?;

    for file in files().await? {
        // A folder or a link that leads nowhere is no file to read.
        if let Ok(bytes) = std::fs::read(&file) {
            let name = file.strip_prefix(workspace()).unwrap_or(&file).display().to_string();
            trial.found(&name, clean(&scan(&bytes, false)));
        }
    }
    if workspace().join(".git").exists() {
        let history = git(&["log", "--all", "--patch", "--no-color", "--no-ext-diff"]).await?;
        trial.found("the history", clean(&scan(&history, false)));
    }
    let service = scene.service()?;
    trial.found("the binary", clean(&scan(&constants(service.binary())?, true)));
    let (_, document, _) = service.command(service.settings(), &["openapi"]).await?;
    let finding = if document.len() > 1000 { clean(&scan(document.as_bytes(), true)) } else { unread() };
    trial.found("the OpenAPI document", finding);
    trial.conclude().await
}

fn unread() -> Finding {
    Finding::Unclear("there was nothing to read".into())
}

/// The findings by rule; a report that quotes secrets would be one more leak.
fn clean(found: &[Found]) -> Finding {
    let rules: Vec<&str> = found.iter().map(|found| found.rule).collect();
    Finding::must(rules.is_empty(), format!("looks like a secret: {}", rules.join(", ")))
}

fn finds_a_canary() -> Result<(), String> {
    let planted = || -> Result<usize, AttackError> {
        let folder = TemporaryDirectory::new()?;
        let file = folder.path().join("settings.env");
        let name = concat!("DB_PASS", "WORD");
        std::fs::write(&file, format!("{name}=\"{}\"\n", Uuid::new_v4().simple()))?;
        Ok(scan(&std::fs::read(&file)?, false).len())
    };
    match planted() {
        Ok(1) => Ok(()),
        Ok(found) => Err(format!("the scanner found the planted secret {found} times")),
        Err(error) => Err(error.to_string()),
    }
}

/// The files under version control; without one, every file outside `target`.
async fn files() -> Result<Vec<PathBuf>, AttackError> {
    if workspace().join(".git").exists() {
        let listed = git(&["ls-files", "-z"]).await?;
        let names = String::from_utf8_lossy(&listed).into_owned();
        return Ok(names.split('\0').filter(|n| !n.is_empty()).map(|name| workspace().join(name)).collect());
    }
    let mut files = Vec::new();
    let mut folders = vec![workspace().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    if files.is_empty() { Err(AttackError::Setup("there is no source code here".into())) } else { Ok(files) }
}

async fn git(arguments: &[&str]) -> Result<Vec<u8>, AttackError> {
    let output =
        Command::new("git").args(arguments).current_dir(workspace()).stdin(Stdio::null()).output().await?;
    if output.status.success() && !output.stdout.is_empty() {
        return Ok(output.stdout);
    }
    Err(AttackError::Setup(format!("git {} says nothing", arguments.join(" "))))
}

async fn known(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let shipped = scan(&constants(scene.service()?.binary())?, true);
    let secrets = WELL_KNOWN.iter().map(ToString::to_string).chain(shipped.into_iter().map(|f| f.secret));
    for (number, secret) in secrets.enumerate() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let token = admin
            .recipe()
            .header("alg", "HS256")
            .signed_with(move |input| hmac::sign(&key, input).as_ref().to_vec())
            .sign()?;
        let story = format!("secret number {number}");
        trial.refused(&story, me.clone().bearer(token), Refusal::invalid_token("token.alg")).await;
    }
    trial.conclude().await
}
