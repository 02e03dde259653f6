//! A stand-in for `clamd`: it speaks the real protocol (clamd(8), `zINSTREAM`), knows one piece of malware, the EICAR test
//! file, and can be as ill as an attack wants. The real one has its turn in `peers`.

use super::ArenaError;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The EICAR test file, in two parts: a whole one would have every scanner stop at this source.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

/// The EICAR test file: harmless, and every scanner calls it malware.
#[must_use]
pub fn eicar() -> String {
    EICAR.concat()
}

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should.
    Well,
    /// It takes files and never says anything.
    Silent,
    /// It has an error.
    Failing,
    /// It says something that is no verdict.
    Confused,
    /// It hangs up.
    Gone,
}

/// A running stand-in; gone on drop.
pub struct Scanner {
    address: SocketAddr,
    health: Arc<Mutex<Health>>,
    task: JoinHandle<()>,
}

impl Scanner {
    /// Starts one on a port of its own.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(health: Health) -> Result<Self, ArenaError> {
        let failed = |error| ArenaError::Io("the scanner's port".into(), error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let health = Arc::new(Mutex::new(health));
        let task = tokio::spawn(serve(listener, health.clone()));
        Ok(Self { address, health, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it well or ill.
    pub fn becomes(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, health: Arc<Mutex<Health>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let health = *health.lock().unwrap_or_else(PoisonError::into_inner);
        // A conversation that breaks off is the other side's affair.
        tokio::spawn(async move { drop(converse(stream, health).await) });
    }
}

async fn converse(mut stream: TcpStream, health: Health) -> std::io::Result<()> {
    if health == Health::Gone {
        return Ok(());
    }
    let mut command = [0; 10];
    stream.read_exact(&mut command).await?;
    if &command != b"zINSTREAM\0" {
        return stream.write_all(b"UNKNOWN COMMAND\0").await;
    }
    let mut infected = false;
    let mut before: Vec<u8> = Vec::new();
    loop {
        let length = stream.read_u32().await?;
        if length == 0 {
            break;
        }
        let kept = before.len();
        before.resize(kept + length as usize, 0);
        stream.read_exact(before.get_mut(kept..).unwrap_or_default()).await?;
        infected |= contains_eicar(&before);
        // What begins at the end of one piece goes on in the next.
        let tail = before.len().saturating_sub(eicar().len());
        before.drain(..tail);
    }
    let answer: &[u8] = match health {
        Health::Well if infected => b"stream: Eicar-Test-Signature FOUND\0",
        Health::Well => b"stream: OK\0",
        Health::Failing => b"stream: Can't allocate memory ERROR\0",
        Health::Confused => b"OK, clean as far as I can see\0",
        Health::Silent => {
            tokio::time::sleep(std::time::Duration::from_secs(600)).await;
            return Ok(());
        }
        Health::Gone => return Ok(()),
    };
    stream.write_all(answer).await
}

fn contains_eicar(bytes: &[u8]) -> bool {
    let eicar = eicar();
    let first = eicar.bytes().next().unwrap_or_default();
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
    starts.into_iter().any(|(at, _)| bytes.get(at..at + eicar.len()) == Some(eicar.as_bytes()))
}
