//! `config-secure-start`: no single setting makes the service unsafe and lets it run.

use super::insecure::{INSECURE, value};
use crate::{
    arena::TemporaryDirectory,
    attacks::{prelude::*, set, write_private, write_settings},
    client::Handshake,
    observe::LogBook,
};
use futures_util::future::join_all;
use std::{
    fs::Permissions,
    os::unix::{
        ffi::OsStrExt,
        fs::{OpenOptionsExt, PermissionsExt},
    },
    path::Path,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CONFIG_SECURE_START / "each-insecure" = each_insecure,
        "The operator's settings are fine.",
        "Somebody changes one of them after the other: to http, to everything, to nothing, to a key that does not exist.",
    ),
    attack!(
        CONFIG_SECURE_START / "files" = files,
        "Somebody opens the data directory, and the keys in it, to others.",
    ),
    attack!(
        CONFIG_SECURE_START / "missing-key" = missing_key,
        "A restore brings the database back without its keys, or with somebody else's.",
        "The operator starts the service: a new key in silence would open nothing, and seal what comes with another one.",
    ),
    attack!(
        CONFIG_SECURE_START / "unreadable" = unreadable,
        "A variable of the environment holds no text: what somebody meant to set is not set.",
    ),
    attack!(
        CONFIG_SECURE_START / "precedence" = precedence,
        "The operator's file is fine, and every insecure value comes by the environment, which lies over the file.",
        "A variable names no setting; two variables name the same one.",
        "The operator sets a harmless one, and reads in the log that the file does not count there.",
    ),
    attack!(
        CONFIG_SECURE_START / "hot" = hot,
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

/// Makes an organization with these settings: exit code, standard error.
async fn makes_one(scene: &Scene, file: &Path) -> Result<(i32, String), AttackError> {
    let name = format!("Clinic {}", Uuid::new_v4().simple());
    let arguments = ["admin", "bootstrap", "--organization", name.as_str()];
    let (code, _, said) = scene.service()?.command(file, &arguments).await?;
    Ok((code, said))
}

async fn missing_key(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let folder = TemporaryDirectory::new()?;
    let data = folder.path().join("data");
    let mut settings = scene.settings_table()?;
    set(&mut settings, "data_directory", data.display().to_string());
    // A database of its own, whatever the service under attack uses.
    settings.remove("database");
    let file = Arc::new(write_settings(folder.path(), &settings)?);
    let of_control = Arc::clone(&file);
    let works = Control::checked(move || {
        let file = Arc::clone(&of_control);
        async move {
            match makes_one(scene, &file).await {
                Ok((0, _)) => Ok(()),
                Ok((code, said)) => Err(format!("with its keys it ends with {code}: {}", said.trim())),
                Err(error) => Err(error.to_string()),
            }
        }
    });
    let mut trial = Trial::begin(scene, me.and(works)).await?;
    let kept = folder.path().join("kept");
    for name in ["field.key", "pepper.key"] {
        let key = data.join("keys").join(name);
        std::fs::rename(&key, &kept)?;
        for (story, content) in [("is missing", None), ("is another one", Some([7_u8; 32]))] {
            if let Some(content) = content {
                put(&key, &content)?;
            }
            let (code, said) = makes_one(scene, &file).await?;
            let finding = match code {
                78 if said.contains(name) => Finding::Fine,
                0 => Finding::Breach("the database is used with a new key".into()),
                _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
            };
            trial.found(&format!("{name} {story}"), finding);
            let made = content.is_none() && key.exists();
            trial.found(&format!("{name} {story}"), Finding::must(!made, "a new one was made"));
        }
        std::fs::rename(&kept, &key)?;
    }
    trial.conclude().await
}

async fn unreadable(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, me.and(Control::checked(|| good_settings(scene)))).await?;
    let service = scene.service()?;
    for name in ["BRIGANDINE_LOG__LEVEL", "BRIGANDINE_LIMITS__ANONYMOUS_BURST", "BRIGANDINE_CORS__ORIGINS"] {
        let value = std::ffi::OsStr::from_bytes(b"\xff\xfe");
        let (code, _, said) =
            service.command_in(service.settings(), &["check-config"], &[(name, value)]).await?;
        let finding = match code {
            78 if said.contains(name) => Finding::Fine,
            0 => Finding::Breach("the service would start without it".into()),
            _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
        };
        trial.found(name, finding);
    }
    trial.conclude().await
}

/// The variable that sets a key, and the text that is this value.
fn variable(key: &str, value: &toml::Value) -> (String, String) {
    let name = format!("BRIGANDINE_{}", key.replace('.', "__").to_uppercase());
    (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

async fn precedence(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, me.and(Control::checked(|| good_settings(scene)))).await?;
    let service = scene.service()?;
    let mut cases: Vec<(Vec<(String, String)>, &str)> = Vec::new();
    for (key, text, named) in INSECURE {
        let value = value(text).ok_or_else(|| AttackError::Setup(format!("{text} is no TOML")))?;
        cases.push((vec![variable(key, &value)], named));
    }
    let set =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    cases.push((set(&[("BRIGANDINE_LOG_LEVEL", "info")]), "log_level"));
    cases.push((set(&[("BRIGANDINE_LOG__LEVELS", "info")]), "levels"));
    cases.push((set(&[("BRIGANDINE_LOG__LEVEL", "info"), ("BRIGANDINE_log__level", "debug")]), "log.level"));
    for some in cases.chunks(4) {
        let checks = some.iter().map(|(variables, _)| async move {
            let pairs: Vec<_> = variables.iter().map(|(name, text)| (name.as_str(), text.as_ref())).collect();
            service.command_in(service.settings(), &["check-config"], &pairs).await
        });
        for ((variables, named), checked) in some.iter().zip(join_all(checks).await) {
            let (code, _, said) = checked?;
            let story =
                variables.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ");
            let finding = match code {
                78 if said.contains(named) => Finding::Fine,
                0 => Finding::Breach("the service would start".into()),
                _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
            };
            trial.found(&story, finding);
        }
    }
    let folder = TemporaryDirectory::new()?;
    let file = write_settings(folder.path(), &scene.settings_table()?)?;
    let log = Arc::new(LogBook::default());
    let second =
        service.second_in(&file, &[("BRIGANDINE_LIMITS__ANONYMOUS_BURST", "19")], log.clone()).await?;
    let told = log.find("Settings accepted").is_some_and(|line| {
        let keys = line.get("from_environment").and_then(serde_json::Value::as_str).unwrap_or_default();
        keys.split(',').any(|key| key == "limits.anonymous_burst")
    });
    drop(second);
    trial.found("a harmless one", Finding::must(told, "nobody is told that it lies over the file"));
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
        let (mut same, mut patience) = (true, Patience::new());
        while same && kept(&beside.log.lines()) <= seen && patience.lasts().await {
            same = shown(&beside.scene).await? == before;
        }
        let same = same && shown(&beside.scene).await? == before;
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
