//! What the protections cost: `GET /v1/patients/{id}` over TLS, from a bare handler to the whole service.
//!
//! All subjects run at once and are visited in turn, there and back, so that whatever else the machine does meets them
//! alike. Figures are medians over the rounds; ratios are taken inside each round. Claims are ratios, never times.

mod bare;
mod growth;
mod load;
mod storm;
mod subjects;
mod table;

pub use bare::{Member as BareMember, serve as serve_bare};

use crate::{
    arena::{ArenaError, Binaries, PostgresServer, build_service, build_twin},
    matrix::has_clinic,
    verdict::AttackError,
};
use load::Measured;
use std::time::Duration;
use subjects::Subject;

/// How to measure.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Options {
    /// How often every subject is visited.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Seconds a visit lasts.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Clients that never pause.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Without the layers one by one, whose twins take long to build.
    #[arg(long)]
    whole: bool,
    /// Only what a storm of logins does to the service.
    #[arg(long)]
    storm: bool,
    /// Only whether lists and look-ups stay as fast with a million patients as with a thousand.
    #[arg(long, conflicts_with = "storm")]
    growth: bool,
}

/// One visit: what came of it, and the processor time that the server spent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    measured: Measured,
    cpu_seconds: f64,
}

/// Measures and prints the table.
///
/// # Errors
/// When a subject can't be started. PostgreSQL is needed: the embedded database has no bare peer.
pub async fn run(options: Options) -> Result<(), AttackError> {
    if !has_clinic() {
        return Err(
            failed("a patient is read here, and there are none: measure an endpoint of your own").into()
        );
    }
    let binaries = Binaries::beside_harness()?;
    build_service(&binaries)?;
    if !options.growth && !options.whole {
        build_twin(&binaries)?;
    }
    let server = PostgresServer::prepare().await?;
    let outcome = measure(&binaries, &server, options).await;
    server.leave().await?;
    outcome
}

async fn measure(binaries: &Binaries, server: &PostgresServer, options: Options) -> Result<(), AttackError> {
    if options.growth {
        return growth::measure(binaries, server, options).await;
    }
    let subjects = subjects::start(binaries, server, options).await?;
    if !options.storm {
        compare(&subjects, options).await?;
    }
    if let Some(service) = subjects.last() {
        storm::measure(service, &service.scene()?, options).await?;
    }
    for subject in subjects {
        subject.end(server).await?;
    }
    Ok(())
}

async fn compare(subjects: &[Subject], options: Options) -> Result<(), AttackError> {
    let mut rounds: Vec<Vec<Visit>> = Vec::new();
    for subject in subjects {
        subject.visit(Duration::from_secs(1)).await?;
    }
    for number in 0..options.rounds {
        let mut visits: Vec<(usize, Visit)> = Vec::new();
        let mut order: Vec<(usize, &Subject)> = subjects.iter().enumerate().collect();
        if number % 2 == 1 {
            order.reverse();
        }
        for (place, subject) in order {
            visits.push((place, subject.visit(Duration::from_secs(options.seconds)).await?));
        }
        visits.sort_by_key(|(place, _)| *place);
        rounds.push(visits.into_iter().map(|(_, visit)| visit).collect());
    }
    table::print(subjects, &rounds);
    Ok(())
}

/// Why a figure could not be had.
fn failed(what: &str) -> ArenaError {
    ArenaError::Service(what.to_owned())
}
