//! The service as a child process.

use super::ArenaError;
use crate::observe::{LogBook, Refusals, Tally};
use serde_json::Value;
use std::{
    ffi::OsStr,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::Mutex as AsyncMutex,
};

/// How long the service may take until it says `Listening`. Generous: a busy machine is no verdict.
const START_PATIENCE: Duration = Duration::from_secs(120);

/// A running service.
pub struct Service {
    binary: PathBuf,
    settings: PathBuf,
    steering: Option<String>,
    pid: u32,
    child: Mutex<Child>,
    stdin: AsyncMutex<Option<ChildStdin>>,
    public: SocketAddr,
    operations: SocketAddr,
    tally: Arc<Tally>,
}

impl Service {
    /// Starts `serve` and waits until it listens. `steering` is the twin's first line on standard input.
    ///
    /// # Errors
    /// When it does not start; carries what it said on standard error.
    pub async fn start(
        binary: &Path,
        settings: &Path,
        steering: Option<&str>,
        log: Arc<LogBook>,
    ) -> Result<Self, ArenaError> {
        Self::start_with(binary, settings, steering, &[], Ears { log, tally: Arc::default() }).await
    }

    async fn start_with(
        binary: &Path,
        settings: &Path,
        steering: Option<&str>,
        environment: &[(&str, &str)],
        ears: Ears,
    ) -> Result<Self, ArenaError> {
        let failed = |error| ArenaError::Io(binary.display().to_string(), error);
        let mut child = command(binary, settings, &["serve"])
            .envs(environment.iter().copied())
            .spawn()
            .map_err(failed)?;
        let mut stdin = child.stdin.take();
        if let (Some(line), Some(pipe)) = (steering, stdin.as_mut()) {
            pipe.write_all(format!("{line}\n").as_bytes()).await.map_err(failed)?;
            pipe.flush().await.map_err(failed)?;
        }
        let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(ArenaError::Service("the service has no standard output".into()));
        };
        let (listening, heard) = tokio::sync::oneshot::channel();
        let tally = ears.tally.clone();
        tokio::spawn(follow(stdout, ears, listening));
        let Ok(Ok((public, operations))) = tokio::time::timeout(START_PATIENCE, heard).await else {
            let mut said = String::new();
            let _ = child.start_kill();
            let _ = stderr.read_to_string(&mut said).await;
            return Err(ArenaError::Service(format!("the service did not start: {}", said.trim())));
        };
        // Whatever it says later must not fill the pipe and stop it.
        tokio::spawn(async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await });
        Ok(Self {
            binary: binary.to_owned(),
            settings: settings.to_owned(),
            steering: steering.map(str::to_owned),
            pid: child.id().unwrap_or_default(),
            child: Mutex::new(child),
            stdin: AsyncMutex::new(stdin),
            public,
            operations,
            tally,
        })
    }

    /// Runs another command of the same binary with the same settings to its end: exit code, stdout, stderr.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn run(
        binary: &Path,
        settings: &Path,
        arguments: &[&str],
        input: &str,
    ) -> Result<(i32, String, String), ArenaError> {
        Self::run_in(binary, settings, arguments, &[], input).await
    }

    async fn run_in(
        binary: &Path,
        settings: &Path,
        arguments: &[&str],
        environment: &[(&str, &OsStr)],
        input: &str,
    ) -> Result<(i32, String, String), ArenaError> {
        let failed = |error| ArenaError::Io(binary.display().to_string(), error);
        let mut command = command(binary, settings, arguments);
        let mut child = command.envs(environment.iter().copied()).spawn().map_err(failed)?;
        if let Some(mut pipe) = child.stdin.take() {
            // A command that does not read its input may be gone already.
            let _ = pipe.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.map_err(failed)?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr)))
    }

    /// Runs a command of this service's binary (of the twin, with the same protections off) with other settings.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn command(
        &self,
        settings: &Path,
        arguments: &[&str],
    ) -> Result<(i32, String, String), ArenaError> {
        self.command_in(settings, arguments, &[]).await
    }

    /// As [`Service::command`], in another environment.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn command_in(
        &self,
        settings: &Path,
        arguments: &[&str],
        environment: &[(&str, &OsStr)],
    ) -> Result<(i32, String, String), ArenaError> {
        let input = self.steering.as_ref().map(|line| format!("{line}\n")).unwrap_or_default();
        Self::run_in(&self.binary, settings, arguments, environment, &input).await
    }

    /// As [`Service::second`], with another first line on standard input and in another environment.
    ///
    /// # Errors
    /// When it does not start; carries what it said on standard error.
    pub async fn second_with(
        &self,
        settings: &Path,
        first_line: &str,
        environment: &[(&str, &str)],
        log: Arc<LogBook>,
    ) -> Result<Self, ArenaError> {
        Self::start_with(&self.binary, settings, Some(first_line), environment, self.ears(log)).await
    }

    /// As [`Service::second`], in another environment.
    ///
    /// # Errors
    /// When it does not start; carries what it said on standard error.
    pub async fn second_in(
        &self,
        settings: &Path,
        environment: &[(&str, &str)],
        log: Arc<LogBook>,
    ) -> Result<Self, ArenaError> {
        Self::start_with(&self.binary, settings, self.steering.as_deref(), environment, self.ears(log)).await
    }

    /// Starts a second service of the same binary (of the twin, with the same protections off) with other settings.
    ///
    /// # Errors
    /// When it does not start; carries what it said on standard error.
    pub async fn second(&self, settings: &Path, log: Arc<LogBook>) -> Result<Self, ArenaError> {
        self.second_in(settings, &[], log).await
    }

    fn ears(&self, log: Arc<LogBook>) -> Ears {
        Ears { log, tally: self.tally.clone() }
    }

    /// What its log says of refusals, and the logs of all that were started as a second of it.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        self.tally.refusals()
    }

    /// The public listener.
    #[must_use]
    pub fn public(&self) -> SocketAddr {
        self.public
    }

    /// The operations listener.
    #[must_use]
    pub fn operations(&self) -> SocketAddr {
        self.operations
    }

    /// The binary it runs.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Its settings file.
    #[must_use]
    pub fn settings(&self) -> &Path {
        &self.settings
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait(), Ok(None))
    }

    /// Sends `HUP`: reload certificates and refetch every JWKS; or `TERM`: stop gracefully.
    ///
    /// # Errors
    /// When the signal can't be sent.
    pub async fn signal(&self, name: &str) -> Result<(), ArenaError> {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid.to_string()]).status().await;
        match sent {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(ArenaError::Service(format!("the service can't be sent {name}"))),
            Err(error) => Err(ArenaError::Io("kill".into(), error)),
        }
    }

    /// Moves a twin's clock; the ordinary service has no ear for it.
    ///
    /// # Errors
    /// When the twin is gone.
    pub async fn move_clock(&self, seconds: i64) -> Result<(), ArenaError> {
        let line = format!("{{\"clock_offset_seconds\":{seconds}}}\n");
        let mut stdin = self.stdin.lock().await;
        let Some(pipe) = stdin.as_mut() else { return Err(ArenaError::Service("no steering".into())) };
        pipe.write_all(line.as_bytes())
            .await
            .map_err(|error| ArenaError::Io("the twin's input".into(), error))
    }
}

fn command(binary: &Path, settings: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("--config")
        .arg(settings)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Nothing of the caller's own settings may reach the attacked service.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BRIGANDINE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Who hears what a process writes to its standard output.
struct Ears {
    log: Arc<LogBook>,
    tally: Arc<Tally>,
}

type Addresses = (SocketAddr, SocketAddr);

async fn follow(
    stdout: tokio::process::ChildStdout,
    ears: Ears,
    listening: tokio::sync::oneshot::Sender<Addresses>,
) {
    let mut lines = BufReader::new(stdout).lines();
    let mut listening = Some(listening);
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(addresses) = listening.as_ref().and_then(|_| addresses(&line))
            && let Some(sender) = listening.take()
        {
            let _ = sender.send(addresses);
        }
        ears.tally.hear(&line);
        ears.log.add(line);
    }
}

fn addresses(line: &str) -> Option<Addresses> {
    let line: Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? != "Listening" {
        return None;
    }
    let address = |name| line.get(name)?.as_str()?.parse().ok();
    Some((address("public")?, address("operations")?))
}
