//! The whole run: build, start, attack, twins, report.

use super::{Run, Selection, run_all};
use crate::{
    arena::{ArenaError, Binaries, Database, Plan, PostgresServer, Wanted, build_service, build_twin},
    attacks::Attack,
    interrupt::interrupted,
    report::{Progress, Report, print_exchange},
    twins::{self, TwinRun},
};
use std::time::Instant;

/// What to prove, and how.
#[derive(Debug)]
pub struct Options {
    /// Which attacks.
    pub selection: Selection,
    /// On which database.
    pub database: Database,
    /// Whether to run the twins too.
    pub twins: bool,
    /// For attacks that choose at random.
    pub seed: u64,
    /// Whether to print every exchange.
    pub verbose: bool,
}

/// The run itself failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The arena could not be built.
    #[error(transparent)]
    Arena(#[from] ArenaError),
    /// Ctrl-C, or another signal to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Runs everything asked for.
///
/// # Errors
/// When the run itself failed: no verdict follows from that.
pub async fn prove(options: Options) -> Result<Report, RunError> {
    let binaries = Binaries::beside_harness()?;
    let progress = Progress::new(options.selection.attacks.len());
    progress.say("building the service");
    build_service(&binaries)?;
    if options.twins {
        progress.say("building the twin");
        build_twin(&binaries)?;
    }
    // What cargo takes is not the proof's time.
    let started = Instant::now();
    let server = options.database.prepare().await?;
    let outcome = tokio::select! {
        outcome = prove_on(&options, &binaries, server.as_ref(), &progress) => outcome,
        // Whatever was started ends with the dropped future; what is on the PostgreSQL server has to be removed.
        _ = interrupted() => Err(RunError::Interrupted),
    };
    if let Some(server) = server {
        server.leave().await?;
    }
    let (runs, twins, alive) = outcome?;
    progress.finish();
    Ok(Report::new(options.database, started.elapsed(), runs, twins, &options.selection, alive))
}

async fn prove_on(
    options: &Options,
    binaries: &Binaries,
    server: Option<&PostgresServer>,
    progress: &Progress,
) -> Result<(Vec<Run>, Vec<TwinRun>, bool), RunError> {
    let attacks = &options.selection.attacks;
    progress.say("starting it");
    let started = Plan {
        binary: binaries.service(),
        off: None,
        postgres: server.map(|server| (server, None)),
        attacks: wishes(attacks),
        measured: false,
    }
    .start()
    .await?;
    let show = options.verbose.then_some(print_exchange as fn(&_));
    let runs = run_all(&started, attacks, options.seed, show, |run| progress.attacked(run)).await;
    let alive = started.arena.is_alive();
    started.end(server).await?;
    let twins = if options.twins && alive {
        twins::run(attacks, options.database, binaries, server, options.seed, progress).await?
    } else {
        Vec::new()
    };
    Ok((runs, twins, alive))
}

/// The plan's wishes for these attacks.
#[must_use]
pub(crate) fn wishes(attacks: &[&'static Attack]) -> Vec<Wanted> {
    let wanted = |attack: &&Attack| Wanted {
        name: attack.id(),
        own_issuer: attack.needs.own_issuer,
        people: attack.needs.people,
    };
    attacks.iter().map(wanted).collect()
}
