//! `arena`: a service to play with.

use super::RUN_FAILED;
use crate::{
    arena::{ArenaError, Binaries, Database, Persona, Plan, PostgresServer, Started, Wanted, build_service},
    attacks::Scene,
    client::{Block, Wire},
    interrupt::interrupted,
    matrix::has_clinic,
    report::{error, line},
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
        off: None,
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
    let tokens = started.directory().join("tokens");
    std::fs::create_dir(&tokens)?;
    write_tokens(&scene, &tokens)?;
    tell(&scene, arena.data_directory.join("ca.pem").as_path(), &tokens);

    let (ending, mut ended) = tokio::sync::mpsc::channel::<()>(1);
    // A thread of its own: a read of the terminal can't be cancelled, and must not keep the runtime from ending.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(ending);
    });
    let mut renewal = tokio::time::interval(RENEWAL);
    loop {
        tokio::select! {
            _ = interrupted() => return Ok(()),
            _ = ended.recv() => return Ok(()),
            _ = renewal.tick() => write_tokens(&scene, &tokens)?,
        }
    }
}

fn write_tokens(scene: &Scene, folder: &Path) -> Result<(), AttackError> {
    for persona in Persona::ALL {
        let name = if persona == Persona::MultiInB { "multiAB-inB" } else { persona.name() };
        std::fs::write(folder.join(name), scene.actor(persona)?.token())?;
    }
    Ok(())
}

fn tell(scene: &Scene, authority: &Path, tokens: &Path) {
    let target = scene.wire().target();
    let names: Vec<_> = Persona::ALL.into_iter().map(Persona::name).collect();
    line(format_args!(
        "The service listens on https://{} (known as https://{}).",
        target.public, target.host
    ));
    line(format_args!("Its authority: {}", authority.display()));
    line(format_args!("Organization A is {}, B is {}.", scene.a(), scene.b()));
    line(format_args!("A fresh token per persona, renewed every 4 minutes: {}/<persona>", tokens.display()));
    line(format_args!("Personas: {}", names.join(" ")));
    line("\nTry, in another terminal:\n");
    line(format_args!(
        "  api() {{ persona=$1; shift; curl -sS --cacert '{}' --connect-to '{}:443:{}' -H \"Authorization: Bearer $(cat '{}'/$persona)\" \"$@\"; echo; }}",
        authority.display(),
        target.host,
        target.public,
        tokens.display()
    ));
    let base = format!("https://{}", target.host);
    line(format_args!("  api recepA {base}/v1/me"));
    if !has_clinic() {
        line("\nCtrl-C ends it and removes everything.");
        return;
    }
    let patient = "{\"given_name\":\"Ada\",\"family_name\":\"Lovelace\",\"birth_date\":\"1985-12-10\",\"national_id\":\"AL19851210\"}";
    line(format_args!("  api recepA {base}/v1/patients -H 'Content-Type: application/json' -d '{patient}'"));
    line(format_args!("  api clinA1 {base}/v1/patients"));
    line(format_args!("  api recepB {base}/v1/patients"));
    line("\nCtrl-C ends it and removes everything.");
}
