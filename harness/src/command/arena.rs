//! `arena`: a service to play with.

mod furniture;
mod telling;

pub(crate) use telling::{ENDS, REFUSED};

use super::RUN_FAILED;
use crate::{
    arena::{ArenaError, Binaries, Database, Persona, Plan, PostgresServer, Started, Wanted, build_service},
    attacks::Scene,
    client::{Block, Wire},
    interrupt::interrupted,
    report::error,
    verdict::AttackError,
};
use std::{path::Path, process::ExitCode, time::Duration};

/// Tokens live five minutes; they are renewed before that.
const RENEWAL: Duration = Duration::from_secs(240);

pub(super) async fn arena(database: Database) -> ExitCode {
    match play(database).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            error(why);
            ExitCode::from(RUN_FAILED)
        }
    }
}

async fn play(database: Database) -> Result<(), AttackError> {
    let binaries = Binaries::beside_harness()?;
    build_service(&binaries)?;
    let server = database.prepare().await?;
    let outcome = play_on(&binaries, server.as_ref()).await;
    if let Some(server) = server {
        server.leave().await?;
    }
    outcome
}

async fn play_on(binaries: &Binaries, server: Option<&PostgresServer>) -> Result<(), AttackError> {
    let plan = Plan {
        binary: binaries.service(),
        away: None,
        postgres: server.map(|server| (server, None)),
        attacks: vec![Wanted { people: true, ..Wanted::plain("arena") }],
        measured: false,
    };
    let started = plan.start().await?;
    let ended = host(&started).await;
    started.end(server).await?;
    ended
}

async fn host(started: &Started) -> Result<(), AttackError> {
    let Some((world, _)) = started.worlds.first() else {
        return Err(ArenaError::Service("no world was imported".into()).into());
    };
    let arena = &started.arena;
    let wire = Wire::new(arena.target.clone(), Block::number(0), None);
    let scene = Scene::new(arena.clone(), wire, world.clone(), None, 1);
    furniture::furnish(&scene).await?;
    let tokens = started.directory().join("tokens");
    std::fs::create_dir(&tokens)?;
    write_tokens(&scene, &tokens)?;
    telling::tell(&scene, arena.data_directory.join("ca.pem").as_path(), &tokens);
    // Not until standard input ends: a script, or a service manager, gives it none.
    let mut renewal = tokio::time::interval(RENEWAL);
    loop {
        tokio::select! {
            () = interrupted() => return Ok(()),
            _ = renewal.tick() => write_tokens(&scene, &tokens)?,
        }
    }
}

/// What the persona's token is kept as. The one who is in both organizations has a token for each.
fn file_name(persona: Persona) -> &'static str {
    if persona == Persona::MultiInB { "multiAB-inB" } else { persona.name() }
}

fn write_tokens(scene: &Scene, folder: &Path) -> Result<(), AttackError> {
    for persona in Persona::ALL {
        std::fs::write(folder.join(file_name(persona)), scene.actor(persona)?.token())?;
    }
    Ok(())
}
