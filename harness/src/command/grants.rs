//! `grants`

use crate::{
    arena::{Binaries, Database, Plan, build_service},
    attacks::reviewed::{Part, differences, file, present},
    report::{error, line},
    verdict::AttackError,
};

/// Compares what the database grants with what was reviewed, or writes it down to be reviewed.
pub(super) async fn run(renew: bool) -> Result<bool, AttackError> {
    let binaries = Binaries::beside_harness()?;
    build_service(&binaries)?;
    let server = Database::Postgres.prepare().await?;
    let plan = Plan {
        binary: binaries.service(),
        away: None,
        postgres: server.as_ref().map(|server| (server, None)),
        attacks: Vec::new(),
        measured: false,
    };
    let started = plan.start().await?;
    let outcome = match started.arena.observer.postgres_door() {
        None => Err(AttackError::Setup("the database is not PostgreSQL".into())),
        Some(door) if renew => {
            std::fs::write(file(), present(door).await?)?;
            Ok(true)
        }
        Some(door) => compare(door).await,
    };
    started.end(server.as_ref()).await?;
    if let Some(server) = server {
        server.leave().await?;
    }
    outcome
}

async fn compare(door: &crate::observe::PostgresDoor) -> Result<bool, AttackError> {
    let mut same = true;
    for part in [Part::Grants, Part::Policies] {
        for trouble in differences(&part.lines(door).await?, &part.reviewed()?) {
            error(trouble);
            same = false;
        }
    }
    if same {
        line("The database grants what was reviewed.");
    }
    Ok(same)
}
