//! `tls-cert-hygiene`: short-lived, exact, private, renewable, and never a surprise.

use super::certificate::{Files, Leaf};
use crate::{
    arena::TemporaryDirectory,
    attacks::{prelude::*, session},
    observe::LogBook,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TLS_CERT_HYGIENE / "wrong-name" = wrong_name,
        "An attacker who controls another name of the company's domain leads clients of that name here.",
        "The certificate must fit api.clinic.test and no other name: no wildcard, no parent, no suffix trick.",
    ),
    attack!(
        TLS_CERT_HYGIENE / "lifetime" = lifetime,
        "An attacker stole a key and hopes that its certificate lives for years.",
        "The certificate lives 90 days at most, names its hosts in subjectAltName only, is ECDSA P-256, is no CA.",
        "The files of its keys are the service's alone.",
    ),
    attack!(
        TLS_CERT_HYGIENE / "key-perms" = key_perms,
        "A deployment leaves the TLS key readable for others on the machine: modes 0644, 0640, 0604, 0660.",
        "The service must not start with it, nor call such settings fine.",
    ),
    attack!(
        TLS_CERT_HYGIENE / "reload" = reload,
        needs: Exclusive,
        "The operator replaces a stolen key and its certificate, and sends SIGHUP.",
        "The next handshake must show the new one, and a connection from before must go on.",
        "A half-written certificate, and a key that others may read, must leave the service as it was.",
    ),
    attack!(
        TLS_CERT_HYGIENE / "near-expiry" = near_expiry,
        needs: Exclusive,
        "Nobody looks at the certificate until it is over and every client fails.",
        "With 20 days left nothing must be said, with 10 days left the alert cert_expiring must stand in the log.",
    ),
];

fn control(scene: &Scene) -> Result<Control<'_>, AttackError> {
    Ok(Control::new(scene.actor(RecepA)?.get("/v1/me"), 200))
}

async fn wrong_name(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let names = [
        "beta.clinic.test",
        "evil.clinic.test",
        "clinic.test",
        "x.api.clinic.test",
        "xapi.clinic.test",
        "api.clinic.test.evil.example",
        "evil.example",
        "127.0.0.2",
    ];
    for name in names {
        let connected =
            session::connect(scene, session::config(scene, &[])?, scene.wire().target().public, name).await;
        trial.found(
            name,
            match connected {
                Ok(_) => Finding::Breach("the certificate is taken for this name".into()),
                Err(error) if error.to_string().contains("not valid for name") => Finding::Fine,
                Err(error) => Finding::Unclear(error.to_string()),
            },
        );
    }
    trial.conclude().await
}

async fn lifetime(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let leaf = Leaf::shown(scene).await?;
    trial.found("lifetime", Finding::must(leaf.days <= 90, format!("it lives {} days", leaf.days)));
    trial.found("subject", Finding::must(leaf.subject.is_empty(), format!("it is named {:?}", leaf.subject)));
    let wild = leaf.names.iter().any(|name| name.contains('*'));
    trial.found("names", Finding::must(!wild, format!("it is for {:?}", leaf.names)));
    let known = leaf.names.iter().any(|name| name == "api.clinic.test");
    trial
        .found("own name", if known { Finding::Fine } else { Finding::Unclear(format!("{:?}", leaf.names)) });
    trial.found("key", Finding::must(leaf.is_p256, "its key is not P-256"));
    trial.found("usage", Finding::must(!leaf.is_authority, "it may sign certificates"));
    for name in ["ca.key", "server.key"] {
        let mode = mode_of(&scene.data_directory().join(name))?;
        trial.found(name, Finding::must(mode.trailing_zeros() >= 6, format!("its mode is {mode:o}")));
    }
    trial.conclude().await
}

fn mode_of(path: &Path) -> Result<u32, AttackError> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// The service's settings with a certificate and a key of this mode.
fn settings_with_key(scene: &Scene, directory: &Path, mode: u32) -> Result<PathBuf, AttackError> {
    let mut settings = scene.settings_table()?;
    let file = |name: &str| directory.join(format!("{mode:o}-{name}"));
    for name in ["server.pem", "server.key"] {
        fs::copy(scene.data_directory().join(name), file(name))?;
    }
    fs::set_permissions(file("server.key"), fs::Permissions::from_mode(mode))?;
    let tls = [("certificate_file", file("server.pem")), ("key_file", file("server.key"))];
    let tls = tls.map(|(key, file)| (key.to_owned(), toml::Value::String(file.display().to_string())));
    settings.insert("tls".into(), toml::Value::Table(tls.into_iter().collect()));
    let written = file("brigandine.toml");
    fs::write(&written, settings.to_string())?;
    fs::set_permissions(&written, fs::Permissions::from_mode(0o600))?;
    Ok(written)
}

const REFUSAL: &str = "insecure_key_permissions";

async fn key_perms(scene: &Scene) -> Outcome {
    let failed = |error: crate::arena::ArenaError| AttackError::Setup(error.to_string());
    let directory = TemporaryDirectory::new().map_err(failed)?;
    let service = scene.service()?;
    let private = settings_with_key(scene, directory.path(), 0o600)?;
    let fine = Control::checked(|| async {
        match service.command(&private, &["check-config"]).await {
            Ok((0, ..)) => Ok(()),
            other => Err(format!("a private key is not fine: {other:?}")),
        }
    });
    let mut trial = Trial::begin(scene, fine).await?;
    for mode in [0o644, 0o640, 0o604, 0o660] {
        let settings = settings_with_key(scene, directory.path(), mode)?;
        let (code, _, said) = service.command(&settings, &["check-config"]).await.map_err(failed)?;
        trial.found(
            &format!("check-config, {mode:o}"),
            match code {
                0 => Finding::Breach("the settings are fine".into()),
                78 if said.contains(REFUSAL) => Finding::Fine,
                other => Finding::Unclear(format!("ended with {other}: {}", said.trim())),
            },
        );
    }
    let settings = settings_with_key(scene, directory.path(), 0o644)?;
    trial.found(
        "serve, 644",
        match service.second(&settings, Arc::new(LogBook::default())).await {
            Ok(_) => Finding::Breach("the service started".into()),
            Err(error) if error.to_string().contains(REFUSAL) => Finding::Fine,
            Err(error) => Finding::Unclear(error.to_string()),
        },
    );
    trial.conclude().await
}

const RELOADED: &str = "Reloaded the certificate";
const KEPT: &str = "Kept the old certificate";
const ALERT: &str = "cert_expiring";

fn said(scene: &Scene, text: &str) -> usize {
    scene.observer().log.lines().iter().filter(|line| line.contains(text)).count()
}

/// Waits until the log has more lines with this text than before.
async fn says_again(scene: &Scene, text: &str, before: usize) -> bool {
    let mut patience = Patience::new();
    while patience.lasts().await {
        if said(scene, text) > before {
            return true;
        }
    }
    false
}

/// Sends SIGHUP and waits until the service says what it did.
async fn hang_up(scene: &Scene, outcome: &str) -> Result<bool, AttackError> {
    let before = said(scene, outcome);
    scene.service()?.signal("HUP").await.map_err(|error| AttackError::Setup(error.to_string()))?;
    Ok(says_again(scene, outcome, before).await)
}

async fn reload(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let old = Leaf::shown(scene).await?;
    let mut open = scene.dial(false).await?;
    let files = Files::take(scene)?;

    files.renew(60)?;
    if !hang_up(scene, RELOADED).await? {
        trial.found("SIGHUP", Finding::Unclear("the service does not say that it reloaded".into()));
    }
    let new = Leaf::shown(scene).await?;
    trial
        .found("the next handshake", Finding::must(new.serial != old.serial, "the old certificate is shown"));
    open.write("GET /v1/me HTTP/1.1\r\nHost: api.clinic.test\r\nConnection: close\r\n\r\n").await;
    let answered = open.answer_within(Duration::from_secs(3)).await.map(|answer| answer.status);
    trial.found(
        "the open connection",
        match answered {
            Some(401) => Finding::Fine,
            other => Finding::Breach(format!("a request on it got {other:?}")),
        },
    );

    fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nMIIB")?;
    let kept = hang_up(scene, KEPT).await?;
    let shown = Leaf::shown(scene).await?;
    let why = "a broken file was not refused";
    trial.found("half a certificate", Finding::must(kept && shown.serial == new.serial, why));

    files.renew(60)?;
    files.key_mode(0o644)?;
    let kept = hang_up(scene, KEPT).await?;
    files.key_mode(0o600)?;
    let shown = Leaf::shown(scene).await?;
    let why = "a key that others may read was loaded";
    trial.found("an open key", Finding::must(kept && shown.serial == new.serial, why));

    drop(files);
    hang_up(scene, RELOADED).await?;
    trial.conclude().await
}

async fn near_expiry(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let files = Files::take(scene)?;
    files.renew(20)?;
    let quiet = said(scene, ALERT);
    if !hang_up(scene, RELOADED).await? {
        trial.found("SIGHUP", Finding::Unclear("the service does not say that it reloaded".into()));
    }
    files.renew(10)?;
    hang_up(scene, RELOADED).await?;
    let alarmed = says_again(scene, ALERT, quiet).await;
    trial.found("10 days left", Finding::must(alarmed, "no cert_expiring in the log"));
    // The log is in order: an alert for 20 days would have come before the one for 10.
    let times = said(scene, ALERT) - quiet;
    trial.found(
        "20 days left",
        if times > 1 { Finding::Unclear("alert too early".into()) } else { Finding::Fine },
    );
    drop(files);
    hang_up(scene, RELOADED).await?;
    trial.conclude().await
}
