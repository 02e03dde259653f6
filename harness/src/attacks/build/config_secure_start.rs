//! `config-secure-start`: no single setting makes the service unsafe and lets it run.

use super::insecure::{INSECURE, value};
use crate::{
    arena::TemporaryDirectory,
    attacks::{prelude::*, set, write_private, write_settings},
    client::Handshake,
};
use futures_util::future::join_all;
use std::{
    fs::Permissions,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ConfigSecureStart / "each-insecure" = each_insecure,
        "The operator's settings are fine.",
        "Somebody changes one of them after the other: to http, to everything, to nothing, to a key that does not exist.",
    ),
    attack!(
        ConfigSecureStart / "files" = files,
        "Somebody opens the data directory, and the keys in it, to others.",
    ),
    attack!(
        ConfigSecureStart / "hot" = hot,
        "The service runs with a good certificate.",
        "Somebody replaces it by rubbish, by one without a key, by somebody else's, and tells the service to reload.",
    ),
];

/// What `check-config` says of settings that must be refused, naming this key.
async fn refused(scene: &Scene, file: &Path, key: &str) -> Result<Finding, AttackError> {
    let (code, _, said) = scene.service()?.command(file, &["check-config"]).await?;
    Ok(match code {
        78 if said.contains(key) => Finding::Fine,
        0 => Finding::Breach("the service would start".into()),
        _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
    })
}

/// The attacked service's own settings must be good, else every refusal would be for something else.
async fn good_settings(scene: &Scene) -> Result<(), String> {
    let check = async {
        let service = scene.service()?;
        Ok::<_, AttackError>(service.command(service.settings(), &["check-config"]).await?)
    };
    match check.await {
        Ok((0, ..)) => Ok(()),
        Ok((code, _, said)) => Err(format!("good settings end with {code}: {}", said.trim())),
        Err(error) => Err(error.to_string()),
    }
}

async fn each_insecure(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, me.and(Control::checked(|| good_settings(scene)))).await?;
    let folder = TemporaryDirectory::new()?;
    let mut cases = Vec::new();
    for (key, text, named) in INSECURE {
        let mut settings = scene.settings_table()?;
        let value = value(text).ok_or_else(|| AttackError::Setup(format!("{text} is no TOML")))?;
        set(&mut settings, key, value);
        cases.push((format!("{key} = {text}"), write_settings(folder.path(), &settings)?, named));
    }
    let good = scene.settings_table()?.to_string();
    let twice =
        write_private(folder.path(), &format!("{good}\n[log]\nlevel = \"info\"\n[log]\nlevel = \"warn\"\n"))?;
    cases.push(("a section twice".into(), twice, ".toml"));
    let broken = write_private(folder.path(), &format!("{good}\n[log\n"))?;
    cases.push(("a broken file".into(), broken, ".toml"));
    cases.push(("no file".into(), folder.path().join("absent.toml"), "absent.toml"));
    for some in cases.chunks(4) {
        let checks = some.iter().map(|(_, file, named)| refused(scene, file, named));
        for ((story, ..), finding) in some.iter().zip(join_all(checks).await) {
            trial.found(story, finding?);
        }
    }
    trial.conclude().await
}

async fn files(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, me.and(Control::checked(|| good_settings(scene)))).await?;
    let folder = TemporaryDirectory::new()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let mut settings = scene.settings_table()?;
    set(&mut settings, "data_directory", data.display().to_string());
    let file = write_settings(folder.path(), &settings)?;
    for (name, mode) in modes(scene.data_directory())? {
        let private = mode & 0o077 == 0;
        trial.found("what the first run made", Finding::must(private, format!("{name} has mode {mode:o}")));
    }
    for mode in [0o777, 0o722, 0o702] {
        std::fs::set_permissions(&data, Permissions::from_mode(mode))?;
        trial.found(&format!("a data directory of mode {mode:o}"), refused(scene, &file, "data").await?);
    }
    std::fs::set_permissions(&data, Permissions::from_mode(0o700))?;
    std::fs::create_dir(data.join("keys"))?;
    let key = data.join("keys/field.key");
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key)?;
    for mode in [0o644, 0o640, 0o660, 0o604] {
        std::fs::set_permissions(&key, Permissions::from_mode(mode))?;
        trial.found(&format!("a key file of mode {mode:o}"), refused(scene, &file, "field.key").await?);
    }
    trial.conclude().await
}

/// Everything in a folder and under it, with its permissions.
fn modes(folder: &Path) -> Result<Vec<(String, u32)>, AttackError> {
    let mut all = vec![(folder.display().to_string(), folder.metadata()?.permissions().mode() & 0o777)];
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.metadata() {
            Ok(found) if found.is_dir() => all.extend(modes(&path)?),
            Ok(found) => all.push((path.display().to_string(), found.permissions().mode() & 0o777)),
            // SQLite's own files come and go.
            Err(_) => {}
        }
    }
    Ok(all)
}

async fn hot(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let (certificate, key) = ("certificate.pem", "certificate.key");
    let from = scene.data_directory().to_owned();
    let good = [std::fs::read(from.join("server.pem"))?, std::fs::read(from.join("server.key"))?];
    let originals = good.clone();
    let beside = scene
        .beside(|settings, folder| {
            for (name, content) in [certificate, key].into_iter().zip(&originals) {
                // If this fails the service does not start, which makes the attack unproven.
                let _ = put(&folder.join(name), content);
            }
            set(settings, "tls.certificate_file", folder.join(certificate).display().to_string());
            set(settings, "tls.key_file", folder.join(key).display().to_string());
        })
        .await?;
    let [good_certificate, good_key] = good;
    let other = std::fs::read(from.join("ca.key"))?;
    let before = shown(&beside.scene).await?;
    for (story, bad_certificate, bad_key) in [
        ("rubbish", b"rubbish".to_vec(), good_key.clone()),
        ("nothing", Vec::new(), good_key.clone()),
        ("half a certificate", good_certificate.iter().copied().take(200).collect(), good_key.clone()),
        ("a key that does not belong to it", good_certificate.clone(), other),
        ("no key", good_certificate.clone(), Vec::new()),
    ] {
        put(&beside.directory().join(certificate), &bad_certificate)?;
        put(&beside.directory().join(key), &bad_key)?;
        let kept =
            |lines: &[String]| lines.iter().filter(|line| line.contains("Kept the old certificate")).count();
        let seen = kept(&beside.log.lines());
        beside.service.signal("HUP").await?;
        for _ in 0..50 {
            if kept(&beside.log.lines()) > seen {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let same = shown(&beside.scene).await? == before;
        trial.found(story, Finding::must(same, "the service shows another certificate, or none"));
        let told = kept(&beside.log.lines()) > seen;
        trial.found(story, Finding::must(told, "the log does not say that the reload was refused"));
    }
    trial.conclude().await
}

fn put(file: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(content)
}

/// The certificate that a fresh handshake shows; `None` when it fails.
async fn shown(scene: &Scene) -> Result<Option<Vec<u8>>, AttackError> {
    Ok(match scene.probe().shake().await? {
        Handshake::Done(peer) => peer.certificates.into_iter().next(),
        Handshake::Refused(_) => None,
    })
}
