//! PyPI `schemathesis`: reads the service's document, and tries what it allows and what it forbids, with every check.

use super::{Steps, install, story};
use crate::{
    arena::{CLINIC_APP, EVERY_SCOPE, Persona, TemporaryDirectory},
    attacks::{Scene, prelude::NewFile},
    matrix::has_clinic,
    verdict::AttackError,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::process::Command;

/// Tokens live five minutes; they are written anew long before that, on a slow machine too.
const RENEWAL: Duration = Duration::from_secs(120);
/// Of what the tool found; each failure has about forty.
const LINES_TOLD: usize = 200;
/// Who calls, by the role that the document names.
const CALLERS: [(&str, Persona); 6] = [
    ("admin", Persona::AdminA1),
    ("clinician", Persona::ClinA1),
    ("reception", Persona::RecepA),
    ("auditor", Persona::AuditA),
    ("patient", Persona::PatA1),
    ("service", Persona::SvcARw),
];
/// What is about a session needs one at the built-in provider.
const SIGNED_IN: &str = "openid profile:read sessions:read sessions:write";

/// What a run leaves behind; the files that hold tokens are removed with it.
struct Run {
    folder: PathBuf,
    private: TemporaryDirectory,
}

/// What the hooks counted.
#[derive(Deserialize)]
struct Report {
    /// By operation (`GET /v1/me`) and status.
    answers: BTreeMap<String, BTreeMap<u16, u32>>,
    /// Explanations that nothing needed.
    stale: Vec<String>,
}

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    let program = install::schemathesis().await?;
    let run = Run::begin()?;
    let document = story::document(scene).await?;
    std::fs::write(run.folder.join("openapi.json"), document.to_string())?;
    run.set_up(scene).await?;
    let mut status = run.wait_for(scene, &program).await?;
    if !status.success() && run.only_lost_connections()? {
        status = run.wait_for(scene, &program).await?;
    }

    let report = std::fs::read(run.folder.join("report.json"))?;
    let report: Report = serde_json::from_slice(&report)
        .map_err(|error| AttackError::Setup(format!("schemathesis leaves no report: {error}")))?;
    let requests: u32 = report.answers.values().flat_map(BTreeMap::values).sum();
    let told = if status.success() { Ok(()) } else { Err(format!("{status}\n{}", run.failures()?)) };
    steps.step(&format!("schemathesis: the document tells of every answer ({requests} requests)"), told);
    let unreached: Vec<String> =
        operations(&document).filter(|operation| !report.reaches(operation)).map(|it| it.name).collect();
    steps.step("schemathesis: every operation is reached", none(&unreached));
    steps.step("schemathesis: every refusal that was explained beforehand happens", none(&report.stale));
    Ok(())
}

fn none(found: &[String]) -> Result<(), String> {
    if found.is_empty() { Ok(()) } else { Err(found.join(", ")) }
}

struct Operation {
    /// As schemathesis calls it.
    name: String,
    for_members: bool,
}

fn operations(document: &Value) -> impl Iterator<Item = Operation> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().map(move |(method, operation)| Operation {
            name: format!("{} {path}", method.to_uppercase()),
            for_members: operation.get("x-roles").is_some(),
        })
    })
}

impl Report {
    /// Whether the operation itself answered: a member's call was carried out, or refused for the state of its object.
    /// Pages and the provider's endpoints want a browser's or a client's secrets; others of this folder bring those.
    fn reaches(&self, operation: &Operation) -> bool {
        let Some(answers) = self.answers.get(&operation.name) else { return false };
        let by_itself = |status: &u16| matches!(status, 200..=299 | 409 | 410 | 412);
        !operation.for_members || answers.keys().any(by_itself)
    }
}

impl Run {
    fn begin() -> Result<Self, AttackError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: folder.canonicalize()?, private: TemporaryDirectory::new()? })
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    /// Whether nothing is wrong but that a connection was lost: a slow tool sends just when the service ends what is idle.
    fn only_lost_connections(&self) -> std::io::Result<bool> {
        let log = std::fs::read_to_string(self.log())?;
        Ok(!log.contains(" FAILURES ") && log.contains("Network Error"))
    }

    /// What the tool tells of what it found, as far as a log of CI has room for it.
    fn failures(&self) -> std::io::Result<String> {
        let log = std::fs::read_to_string(self.log())?;
        let lines = log.lines().skip_while(|line| !line.contains(" FAILURES ") && !line.contains(" ERRORS "));
        let mut told: Vec<_> = lines.take(LINES_TOLD).collect();
        let whole = format!("The whole of it: {}", self.log().display());
        told.push(&whole);
        Ok(told.join("\n"))
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.private.path().join(name)
    }

    /// Writes what the hooks must know of this run.
    async fn set_up(&self, scene: &Scene) -> Result<(), AttackError> {
        let target = scene.wire().target();
        let authority = self.secret("ca.pem");
        std::fs::write(&authority, &target.authority)?;
        let clinician = scene.actor(Persona::ClinA1)?.id();
        let mut existing = vec![
            json!({ "organization": scene.a() }),
            json!({ "organization": scene.a(), "member": scene.actor(Persona::ClinA2)?.id() }),
        ];
        if has_clinic() {
            existing.push(json!({ "patient": scene.patient().await?.id }));
        }
        let setup = json!({
            "host": target.host,
            "address": target.public.ip(),
            "port": target.public.port(),
            "authority": authority,
            "tokens": self.private.path(),
            "report": self.folder.join("report.json"),
            "existing": existing,
            "references": {
                "attending_member_id": clinician,
                "clinician_member_id": clinician,
                "birth_date": "1985-12-10",
                "url": scene.catcher().url(&scene.catcher().token()),
                "hosts": "login.clinic.example",
            },
            "files": files(),
        });
        std::fs::write(self.secret("setup.json"), setup.to_string())?;
        self.write_tokens(scene).await
    }

    async fn write_tokens(&self, scene: &Scene) -> Result<(), AttackError> {
        let reception = scene.person(Persona::RecepA)?;
        let asked = reception.authorization(CLINIC_APP).with("scope", SIGNED_IN);
        let signed_in = asked.tokens(&reception.signed_in().await?).await?;
        std::fs::write(self.secret("signed-in"), signed_in.access)?;
        for (role, persona) in CALLERS {
            std::fs::write(self.secret(role), scene.actor(persona)?.with_scopes(EVERY_SCOPE)?.token())?;
        }
        Ok(())
    }

    async fn wait_for(&self, scene: &Scene, program: &Path) -> Result<ExitStatus, AttackError> {
        let scripts = install::folder().join("schemathesis");
        let log = File::create(self.log())?;
        let mut child = Command::new(program)
            .arg("--config-file")
            .arg(scripts.join("schemathesis.toml"))
            .args(["run", "openapi.json", "--no-color", "--url"])
            .arg(format!("https://{}", scene.wire().target().host))
            .arg("--tls-verify")
            .arg(self.secret("ca.pem"))
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("PYTHONPATH", &scripts)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("BRIGANDINE_SETUP", self.secret("setup.json"))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut renewal = tokio::time::interval(RENEWAL);
        loop {
            tokio::select! {
                status = child.wait() => return Ok(status?),
                _ = renewal.tick() => self.write_tokens(scene).await?,
            }
        }
    }
}

/// A file of every kind that is taken, by media type.
fn files() -> Map<String, Value> {
    let files =
        [NewFile::pdf("A report."), NewFile::png(1, 1, &[]), NewFile::jpeg(1, 1, &[]), NewFile::dicom(&[])];
    let sent = |file: NewFile| {
        let content = BASE64_STANDARD.encode(&file.bytes);
        (file.media_type.clone(), json!({ "name": file.disposition(), "content": content }))
    };
    files.into_iter().map(sent).collect()
}
