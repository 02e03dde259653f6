//! The threads that hash. Each keeps one block of memory for good, and only so many passwords may wait: hashing in the
//! common thread pool would take gigabytes in a storm of logins, and starve every other request.

use super::{PasswordError, pepper::Peppered, stored::OUTPUT};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use prometheus_client::metrics::counter::Counter;
use rustix::process::setpriority_process;
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// Niceness of a hashing thread: requests that cost microseconds go before hashes that cost a tenth of a second. Not more:
/// at 19 nobody signs in any more on a machine that has something else to do.
const NICE: i32 = 10;

/// What argon2id makes of a password.
pub(super) type Tag = Zeroizing<[u8; OUTPUT]>;

/// One run of argon2id.
pub(super) struct Work {
    pub(super) input: Peppered,
    pub(super) salt: Vec<u8>,
    pub(super) params: Params,
}

struct Job {
    work: Work,
    reply: oneshot::Sender<argon2::Result<Tag>>,
}

/// The way to the threads; they end when the last handle is gone.
pub(super) struct Hashers(SyncSender<Job>);

impl Hashers {
    /// `usual` is what today's parameters need; memory beyond it is given back.
    pub(super) fn start(
        threads: usize,
        waiting: usize,
        usual: usize,
        executed: &Counter,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(waiting);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let (receiver, executed) = (Arc::clone(&receiver), executed.clone());
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || serve(&receiver, usual, &executed))?;
        }
        Ok(Self(sender))
    }

    /// Waits for a thread to do the work; refused at once when too many wait already.
    pub(super) async fn run(&self, work: Work) -> Result<Tag, PasswordError> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Job { work, reply }).map_err(|_| PasswordError::Overloaded)?;
        answer.await.map_err(|_| PasswordError::Failed)?.map_err(|_| PasswordError::Failed)
    }
}

fn serve(jobs: &Mutex<Receiver<Job>>, usual: usize, executed: &Counter) {
    // On Linux this is the calling thread's. Without it the service works, and is slower during a storm.
    if let Err(error) = setpriority_process(None, NICE) {
        tracing::warn!(error = %error, "Password hashing runs at full priority");
    }
    let mut memory = Vec::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever asked has hung up meanwhile: a flood of abandoned sign-ins costs nothing.
        if job.reply.is_closed() {
            continue;
        }
        executed.inc();
        // The asker may also hang up during the work.
        let _ = job.reply.send(run(&job.work, &mut memory));
        if memory.len() > usual {
            memory.truncate(usual);
            memory.shrink_to_fit();
        }
    }
}

pub(super) fn run(work: &Work, memory: &mut Vec<Block>) -> argon2::Result<Tag> {
    let blocks = work.params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut tag = Zeroizing::new([0; OUTPUT]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, work.params.clone());
    argon2.hash_password_into_with_memory(
        work.input.as_slice(),
        &work.salt,
        tag.as_mut_slice(),
        memory.as_mut_slice(),
    )?;
    Ok(tag)
}
