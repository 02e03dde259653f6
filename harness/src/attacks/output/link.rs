//! A line to a dependency that an attack can cut, silence, slow down and garble.

use super::kill_each::place;
use crate::attacks::prelude::*;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How slow a slow line is: slower than anybody waits.
const SLOW: Duration = Duration::from_secs(30);

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Everything passes.
    Open,
    /// Whoever is connected is cut off, and nobody gets through.
    Cut,
    /// It takes everything, and nothing arrives.
    Silent,
    /// Everything arrives half a minute later.
    Slow,
    /// What arrives is not what was sent.
    Corrupt,
}

/// A running line; gone on drop.
pub(super) struct Link {
    address: SocketAddr,
    line: watch::Sender<Line>,
    task: JoinHandle<()>,
}

impl Link {
    /// A line to the attacked service's database.
    pub(super) async fn to_database(scene: &Scene) -> Result<Self, AttackError> {
        let settings = scene.settings_table()?;
        let url = settings.get("database").and_then(|database| database.get("url")?.as_str());
        let url = url.ok_or_else(|| AttackError::Setup("the settings name no database".into()))?;
        let (_, upstream) = place(url)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (line, state) = watch::channel(Line::Open);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(relay(near, upstream.clone(), state.clone()));
            }
        });
        Ok(Self { address, line, task })
    }

    /// The database's address with the line's in its place.
    pub(super) fn in_place_of(&self, url: &str) -> Result<String, AttackError> {
        let (mut url, _) = place(url)?;
        let changed =
            url.set_ip_host(self.address.ip()).and_then(|()| url.set_port(Some(self.address.port())));
        changed.map_err(|()| AttackError::Setup("the database's address can't be changed".into()))?;
        Ok(url.to_string())
    }

    /// Changes the line, for who is connected and who comes.
    pub(super) fn becomes(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(near: TcpStream, upstream: String, state: watch::Receiver<Line>) {
    let line = *state.borrow();
    if line == Line::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(upstream).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (split(near), split(far));
    tokio::select! {
        () = pass(near_in, far_out, state.clone(), false) => {}
        () = pass(far_in, near_out, state, true) => {}
    }
}

/// Passes on what comes, as the line is at that moment. Only answers are garbled: the server must stay as it is.
async fn pass(
    mut from: ReadHalf<TcpStream>,
    mut to: WriteHalf<TcpStream>,
    mut state: watch::Receiver<Line>,
    answers: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or_default(),
            changed = state.changed() => match changed {
                Ok(()) if *state.borrow() != Line::Cut => continue,
                _ => return,
            },
        };
        let Some(bytes) = buffer.get_mut(..read).filter(|bytes| !bytes.is_empty()) else { return };
        let line = *state.borrow();
        match line {
            Line::Open => {}
            Line::Cut => return,
            // Whatever was swallowed is missing for ever: the connection is of no use afterwards.
            Line::Silent => {
                let _ = state.wait_for(|line| *line != Line::Silent).await;
                return;
            }
            Line::Slow => tokio::time::sleep(SLOW).await,
            Line::Corrupt if answers => bytes.iter_mut().for_each(|byte| *byte ^= 0x5a),
            Line::Corrupt => {}
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
