//! A counterpart in a process of its own: one JSON command per line in, one answer per line out.

use crate::verdict::AttackError;
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// How long a command may take. Some start a service, and a busy machine is no verdict.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running script of `harness/peers`.
pub(super) struct Node {
    script: &'static str,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    // Killed when it is dropped.
    _child: Child,
}

impl Node {
    /// Starts a script with its set-up; returns what it says of itself.
    ///
    /// # Errors
    /// When Node.js or the packages are not installed, or the script says nothing.
    pub(super) async fn start(script: &'static str, setup: &Value) -> Result<(Self, Value), AttackError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let mut child = Command::new("node")
            .arg(folder.join(script))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(AttackError::Setup(format!("{script} has no standard input or output")));
        };
        let stdout = BufReader::new(stdout).lines();
        let mut node = Self { script, stdin, stdout, _child: child };
        let said = node.ask(setup).await?;
        Ok((node, said))
    }

    /// Has a command done.
    ///
    /// # Errors
    /// When it says no, or nothing.
    pub(super) async fn ask(&mut self, command: &Value) -> Result<Value, AttackError> {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await?;
        let script = self.script;
        let silent =
            || AttackError::Setup(format!("{script} says nothing; was `npm ci` run in harness/peers?"));
        let line = tokio::time::timeout(PATIENCE, self.stdout.next_line()).await;
        let line = line.map_err(|_| silent())??.ok_or_else(silent)?;
        let said: Value = serde_json::from_str(&line)
            .map_err(|error| AttackError::Setup(format!("{script} says no JSON: {error}")))?;
        match said.get("error") {
            Some(error) => Err(AttackError::Setup(format!("{script}: {error}"))),
            None => Ok(said),
        }
    }
}
