//! The whole run: build, start, attack, twins, report.

use super::{Run, Selection, Subject, Tried, Watch};
use crate::{
    arena::{ArenaError, Binaries, Database, Plan, PostgresServer, Wanted, build_service, build_twin},
    attacks::Attack,
    interrupt::interrupted,
    marks::{self, MarkRun},
    observe::Refusals,
    report::{Progress, Report, print_exchange},
    twins::{self, Expected, TwinRun},
};
use std::time::Instant;
use tokio::sync::Semaphore;

/// What to prove, and how.
#[derive(Debug)]
pub struct Options {
    /// Which attacks.
    pub selection: Selection,
    /// On which database.
    pub database: Database,
    /// Whether to run the twins too.
    pub twins: bool,
    /// Whether to take every marked function away, too.
    pub marks: bool,
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

/// What came of a run.
#[derive(Debug, Default)]
pub struct Proof {
    /// The attacks on the service.
    pub runs: Vec<Run>,
    /// The attacks on the twins.
    pub twins: Vec<TwinRun>,
    /// What came of the marks.
    pub marks: Vec<MarkRun>,
    /// Whether the service survived.
    pub alive: bool,
    /// How it refused.
    pub refusals: Refusals,
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
    if options.twins || options.marks {
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
    let proof = outcome?;
    progress.finish();
    Ok(Report::new(options.database, started.elapsed(), proof, &options.selection))
}

/// How many services or twins run at once: most of their time they wait, for throttles, clocks and databases. A PostgreSQL
/// server as it is installed takes a hundred connections.
const fn services_at_once(database: Database) -> usize {
    match database {
        Database::Sqlite => 5,
        Database::Postgres => 3,
    }
}

async fn prove_on(
    options: &Options,
    binaries: &Binaries,
    server: Option<&PostgresServer>,
    progress: &Progress,
) -> Result<Proof, RunError> {
    let attacks = &options.selection.attacks;
    progress.say("starting it");
    let show = options.verbose.then_some(print_exchange as fn(&_));
    let places = Semaphore::new(services_at_once(options.database));
    let service = Subject {
        binary: binaries.service(),
        away: None,
        server,
        template: None,
        seed: options.seed,
        places: &places,
    };
    let watch = Watch { exchange: show, tried: &|run| progress.attacked(run) };
    // The estimate of what is left begins here.
    progress.say("attacking it");
    let Tried { runs, alive, refusals } = service.tries(attacks, Expected::Hold, &watch).await?;
    let (mut twins, mut marks) = (Vec::new(), Vec::new());
    if alive && (options.twins || options.marks) {
        let template = match server {
            Some(server) => Some(Plan::migrated_template(binaries.twin(), server).await?),
            None => None,
        };
        let twin = |away| Subject {
            binary: binaries.twin(),
            away: Some(away),
            server,
            template: template.clone(),
            seed: options.seed,
            places: &places,
        };
        if options.twins {
            twins = twins::run(attacks, options.database, twin, progress).await?;
        }
        if options.marks {
            marks = marks::run(attacks, twin, progress).await?;
        }
        if let (Some(server), Some(template)) = (server, &template) {
            server.remove(template).await?;
        }
    }
    Ok(Proof { runs, twins, marks, alive, refusals })
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
