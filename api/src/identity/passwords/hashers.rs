//! The threads that hash. Each keeps one block of memory for good, and only so many passwords may wait: hashing in the
//! common thread pool would take gigabytes in a storm of logins, and starve every other request.

use super::{PasswordError, pepper::Peppered, stored::OUTPUT};
use crate::protection::LIMIT_WORK;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use brigandine_enforce::enforces;
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
pub(crate) type Tag = Zeroizing<[u8; OUTPUT]>;

/// One run of argon2id.
pub(crate) struct Work {
    pub(super) input: Peppered,
    pub(super) salt: Vec<u8>,
    pub(super) params: Params,
}

struct Job {
    work: Work,
    executed: Counter,
    reply: oneshot::Sender<argon2::Result<Tag>>,
}

/// The way to the threads; they end when the last handle is gone.
pub(crate) struct Hashers {
    jobs: SyncSender<Job>,
    /// Runs of argon2id.
    pub(crate) executed: Counter,
}

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
            let receiver = Arc::clone(&receiver);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || serve(&receiver, usual))?;
        }
        Ok(Self { jobs: sender, executed: executed.clone() })
    }

    /// Waits for a thread to do the work; refused at once when too many wait already. So a storm of sign-ins takes
    /// neither the machine's memory nor the threads of every other request (CWE-400).
    #[enforces(LIMIT_WORK, otherwise = crate::vulnerable::identity::passwords::run_anywhere)]
    pub(super) async fn run(&self, work: Work) -> Result<Tag, PasswordError> {
        let (reply, answer) = oneshot::channel();
        let job = Job { work, executed: self.executed.clone(), reply };
        self.jobs.try_send(job).map_err(|_| PasswordError::Overloaded)?;
        answer.await.map_err(|_| PasswordError::Failed)?.map_err(|_| PasswordError::Failed)
    }
}

fn serve(jobs: &Mutex<Receiver<Job>>, usual: usize) {
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
        job.executed.inc();
        // The asker may also hang up during the work.
        let _ = job.reply.send(run(&job.work, &mut memory));
        if memory.len() > usual {
            memory.truncate(usual);
            memory.shrink_to_fit();
        }
    }
}

pub(crate) fn run(work: &Work, memory: &mut Vec<Block>) -> argon2::Result<Tag> {
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
