//! What is measured: the bare peer, the service with layer after layer, and the whole.

use super::{Options, Visit, failed, load::Load};
use crate::{
    arena::{ArenaError, Away, Binaries, Persona, Plan, PostgresServer, Started, Wanted},
    attacks::Scene,
    client::{Block, Wire},
    verdict::AttackError,
};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The layers in the order in which they come back. What is not named here is never away.
const LAYERS: [(&str, &[&str]); 4] = [
    ("+ header set", &["headers-set", "tls-hsts", "output-no-store"]),
    ("+ rate limits", &["rate-ip", "rate-principal"]),
    ("+ sealed columns", &["crypto-field-encryption", "crypto-aad-binding"]),
    ("+ audit row, durable", &["audit-data-access"]),
];

/// A running server and the load for it.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) idle_kib: u64,
    pid: u32,
    load: Load,
    running: Running,
}

enum Running {
    Service(Box<Started>),
    /// Ended when dropped.
    Bare {
        _child: Child,
    },
}

impl Subject {
    pub(super) const fn load(&self) -> &Load {
        &self.load
    }

    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    /// The measured world, from an address of its own.
    pub(super) fn scene(&self) -> Result<Scene, AttackError> {
        let Running::Service(started) = &self.running else {
            return Err(failed("the bare peer has no world").into());
        };
        let (world, _) = started.worlds.first().ok_or_else(|| failed("no world was imported"))?;
        let wire = Wire::new(started.arena.target.clone(), Block::number(1), None);
        Ok(Scene::new(started.arena.clone(), wire, world.clone(), None, 1))
    }

    pub(super) async fn visit(&self, lasts: Duration) -> Result<Visit, AttackError> {
        let before = cpu_seconds(self.pid).ok_or_else(|| failed("a measured process is gone"))?;
        let measured = Load { lasts, ..self.load.clone() }.run().await;
        let after = cpu_seconds(self.pid).ok_or_else(|| failed("a measured process is gone"))?;
        Ok(Visit { measured, cpu_seconds: after - before })
    }

    pub(super) async fn end(self, server: &PostgresServer) -> Result<(), ArenaError> {
        match self.running {
            Running::Service(started) => started.end(Some(server)).await,
            Running::Bare { .. } => Ok(()),
        }
    }
}

/// Starts all of them. The whole service comes last, the bare peer first.
pub(super) async fn start(
    binaries: &Binaries,
    server: &PostgresServer,
    options: Options,
) -> Result<Vec<Subject>, AttackError> {
    let whole = service(binaries, server, "the service", None, options).await?;
    if options.storm {
        return Ok(vec![whole]);
    }
    let mut subjects = vec![bare(&whole, false, options).await?, bare(&whole, true, options).await?];
    if options.whole {
        subjects.push(whole);
        return Ok(subjects);
    }
    let mut off: Vec<&'static str> = LAYERS.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    subjects.push(service(binaries, server, "TLS, token, rights, RLS", Some(off.clone()), options).await?);
    for (name, ids) in LAYERS {
        off.retain(|id| !ids.contains(id));
        // With the last layer back nothing is off: that is the whole service, measured without the switches.
        if !off.is_empty() {
            subjects.push(service(binaries, server, name, Some(off.clone()), options).await?);
        }
    }
    subjects.push(whole);
    Ok(subjects)
}

pub(super) async fn service(
    binaries: &Binaries,
    server: &PostgresServer,
    name: &str,
    off: Option<Vec<&'static str>>,
    options: Options,
) -> Result<Subject, AttackError> {
    let plan = Plan {
        binary: if off.is_some() { binaries.twin() } else { binaries.service() },
        away: off.map(|off| Away { off, marks: Vec::new() }),
        postgres: Some((server, None)),
        attacks: vec![Wanted::plain("bench")],
        measured: true,
    };
    let started = plan.start().await?;
    let arena = &started.arena;
    let (world, _) = started.worlds.first().ok_or_else(|| failed("no world was imported"))?;
    let wire = Wire::new(arena.target.clone(), Block::number(0), None);
    let scene = Scene::new(arena.clone(), wire, world.clone(), None, 1);
    let patient = scene.patient().await?;
    // Several principals, as in life; each token is verified once and then remembered.
    let personas = [Persona::ClinA1, Persona::ClinA2, Persona::RecepA];
    let tokens = personas
        .into_iter()
        .map(|persona| Ok(scene.actor(persona)?.token().to_owned()))
        .collect::<Result<_, AttackError>>()?;
    let pid = arena.service.as_ref().map(crate::arena::Service::pid).ok_or_else(|| failed("no process"))?;
    let load = Load {
        address: arena.target.public,
        host: arena.target.host.clone(),
        tls: arena.target.tls.clone(),
        target: format!("/v1/patients/{}", patient.id),
        tokens,
        clients: options.clients,
        lasts: Duration::ZERO,
    };
    Ok(Subject {
        name: name.to_owned(),
        idle_kib: resident_kib(pid).unwrap_or_default(),
        pid,
        load,
        running: Running::Service(Box::new(started)),
    })
}

/// The bare peer on the whole service's own row, certificate and host name; as a role that sees everything, or as the
/// service's own role with the statement that it needs.
async fn bare(whole: &Subject, in_tenant: bool, options: Options) -> Result<Subject, AttackError> {
    let Running::Service(started) = &whole.running else {
        return Err(failed("no service to compare with").into());
    };
    let database = started.database.as_deref().ok_or_else(|| failed("no database"))?;
    let data = &started.arena.data_directory;
    let io = |error| ArenaError::Io("the bare peer".into(), error);
    let scene = whole.scene()?;
    let clinician = scene.actor(Persona::ClinA1)?;
    let url = if in_tenant {
        scene
            .settings_table()?
            .get("database")
            .and_then(|database| database.get("url")?.as_str().map(str::to_owned))
    } else {
        Some(PostgresServer::superuser_url(database))
    };
    let organization = clinician.organization().to_string();
    let member =
        ["--tenant", &organization, "--issuer", clinician.issuer(), "--subject", clinician.subject()];
    let mut child = Command::new(std::env::current_exe().map_err(io)?)
        .arg("bare")
        .arg(url.ok_or_else(|| failed("the settings name no database"))?)
        .arg(data.join("server.pem"))
        .arg(data.join("server.key"))
        .args(if in_tenant { &member[..] } else { &[] })
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let stdout = child.stdout.take().ok_or_else(|| failed("the bare peer is silent"))?;
    let line = BufReader::new(stdout).lines().next_line().await.map_err(io)?;
    let address =
        line.and_then(|line| line.parse().ok()).ok_or_else(|| failed("the bare peer did not start"))?;
    let pid = child.id().ok_or_else(|| failed("the bare peer ended"))?;
    let load = Load { address, tokens: Vec::new(), clients: options.clients, ..whole.load.clone() };
    Ok(Subject {
        name: if in_tenant { "bare, with tenant and membership" } else { "bare actix-web + tokio-postgres" }
            .into(),
        idle_kib: resident_kib(pid).unwrap_or_default(),
        pid,
        load,
        running: Running::Bare { _child: child },
    })
}

/// User and kernel time of a process, from `/proc` (in ticks of 10 ms).
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces; what follows its closing bracket does not.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, kernel): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((f64::from(user) + f64::from(kernel)) / 100.0)
}

pub(super) fn resident_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
}
