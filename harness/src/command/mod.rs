//! The commands.

mod arena;
mod contract;
mod explain;
mod grants;
mod list;
mod matrix;
mod prove;

pub(crate) use arena::{ENDS, REFUSED};

use crate::{arena::Database, bench, peers, report};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Wrong usage or settings.
const WRONG_USAGE: u8 = 2;
/// The run itself failed; nothing is proven.
const RUN_FAILED: u8 = 4;

/// Attacks Brigandine, and proves what holds.
#[derive(Debug, Parser)]
#[command(name = "brigandine-harness")]
pub struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Start the service, attack it, and say what HELD. Exit: 0 all held, 1 something fell, 3 unproven, 4 the run failed.
    Prove(Prove),
    /// Call every endpoint as everybody on everything, and compare with what was reviewed in docs/access-matrix.txt.
    Matrix {
        /// The database to run on.
        #[arg(long, value_enum, default_value = "sqlite")]
        database: Database,
    },
    /// Compare the interface with what clients were promised in docs/contract.txt. Exit: 0 kept, 1 broken.
    Contract {
        /// Write the present promises, to be reviewed.
        #[arg(long)]
        renew: bool,
    },
    /// Compare what PostgreSQL grants with what was reviewed in docs/grants.txt. Exit: 0 the same, 1 not.
    Grants {
        /// Write down the present grants and policies, to be reviewed.
        #[arg(long)]
        renew: bool,
    },
    /// List the protections and their attacks.
    List {
        /// As one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Tell everything about one protection.
    Explain {
        /// Its id, as in `list`.
        id: String,
    },
    /// Measure what the protections cost, against a bare handler. PostgreSQL; build with --release.
    Bench(bench::Options),
    /// The bare peer of `bench`.
    #[command(hide = true)]
    Bare {
        /// The database, as a role that sees everything.
        url: String,
        /// PEM.
        certificate: PathBuf,
        /// PEM.
        key: PathBuf,
        #[command(flatten)]
        member: bench::BareMember,
    },
    /// Write the book's pages on protections from the code.
    Book,
    /// Run the service against software of others (Node.js 20, Chromium). Exit: 0 fine, 1 not, 4 the run failed.
    Peers {
        /// Only the stories of these counterparts.
        #[arg(long, num_args = 1.., value_name = "NAME", value_parser = peers::STORIES)]
        only: Vec<String>,
        /// The database to run on.
        #[arg(long, value_enum, default_value = "sqlite")]
        database: Database,
    },
    /// Start the service and an OpenID provider to try things by hand; runs until Ctrl-C.
    Arena {
        /// The database to run on.
        #[arg(long, value_enum, default_value = "sqlite")]
        database: Database,
    },
}

#[derive(Args, Debug)]
struct Prove {
    /// Only these protections, or these attacks (`token-signature/tamper`).
    #[arg(long, num_args = 1.., value_name = "ID")]
    only: Vec<String>,
    /// Only this family of protections.
    #[arg(long)]
    family: Option<String>,
    #[command(flatten)]
    reports: report::Wanted,
    /// Also take every protection away, one at a time, and watch its attacks succeed.
    #[arg(long)]
    twins: bool,
    /// Also take every function that enforces a protection away, one at a time: an attack succeeds, or a layer that is
    /// named stands behind it.
    #[arg(long)]
    marks: bool,
    /// The database to prove on; PostgreSQL is named by BRIGANDINE_TEST_POSTGRES.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// For attacks that choose at random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print every exchange, credentials removed.
    #[arg(short, long)]
    verbose: bool,
}

/// Runs a command to its exit code.
pub async fn run(command: Command) -> ExitCode {
    match command.what {
        What::Prove(arguments) => prove::prove(arguments).await,
        What::Matrix { database } => matrix::matrix(database).await,
        What::Contract { renew } => match contract::run(renew) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(why) => ended(Err(why)),
        },
        What::Grants { renew } => match grants::run(renew).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(why) => ended(Err(why)),
        },
        What::List { json } => list::list(json),
        What::Explain { id } => explain::explain(&id),
        What::Bench(options) => ended(bench::run(options).await),
        What::Bare { url, certificate, key, member } => {
            ended(bench::serve_bare(url, &certificate, &key, member).await)
        }
        What::Book => explain::write_book(),
        What::Peers { only, database } => match peers::run(database, &only).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(why) => ended(Err(why)),
        },
        What::Arena { database } => arena::arena(database).await,
    }
}

fn ended<E: std::fmt::Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            report::error(why);
            ExitCode::from(RUN_FAILED)
        }
    }
}
