//! `matrix`

use super::RUN_FAILED;
use crate::{
    arena::{Binaries, Database, Plan, PostgresServer, Wanted, build_service},
    matrix::{Matrix, Standing, execute},
    report::{error, line},
    verdict::AttackError,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(super) async fn matrix(database: Database) -> ExitCode {
    let matrix = match run(database).await {
        Ok(matrix) => matrix,
        Err(why) => {
            error(format_args!("The run failed; nothing is proven: {why}"));
            return ExitCode::from(RUN_FAILED);
        }
    };
    line(matrix.to_string().trim_end());
    let file = reviewed_file();
    let reviewed = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(why) => {
            error(format_args!("There is no reviewed matrix to compare with, {}: {why}", file.display()));
            return ExitCode::from(3);
        }
    };
    let differences = matrix.differences(&reviewed);
    for trouble in differences.iter().chain(&matrix.breaches) {
        error(trouble);
    }
    if differences.is_empty() && matrix.breaches.is_empty() {
        return ExitCode::SUCCESS;
    }
    error(format_args!("FELL: not what was reviewed in {}", file.display()));
    ExitCode::from(1)
}

fn reviewed_file() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    workspace.join("docs/access-matrix.txt")
}

async fn run(database: Database) -> Result<Matrix, AttackError> {
    let binaries = Binaries::beside_harness()?;
    build_service(&binaries)?;
    let server = database.prepare().await?;
    let outcome = run_on(&binaries, server.as_ref()).await;
    if let Some(server) = server {
        server.leave().await?;
    }
    outcome
}

async fn run_on(binaries: &Binaries, server: Option<&PostgresServer>) -> Result<Matrix, AttackError> {
    let plan = Plan {
        binary: binaries.service(),
        away: None,
        postgres: server.map(|server| (server, None)),
        attacks: Standing::ALL.map(|standing| Wanted::plain(format!("matrix/{}", standing.name()))).to_vec(),
        measured: false,
    };
    let started = plan.start().await?;
    let matrix = execute(&started).await;
    started.end(server).await?;
    matrix
}
