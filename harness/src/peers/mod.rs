//! Real counterparts: certified software of others, unpatched, in place of the forge.
//!
//! Their scripts are in `harness/peers`. Each story here is a list of steps; all are tried, and
//! one that fails fails the run.

mod browser;
mod federation;
mod first_steps;
mod generated_client;
mod install;
mod linters;
mod node;
mod oidc_provider;
mod openid_client;
mod schemathesis;
mod steps;
mod story;
mod webhooks;

pub use steps::Steps;

use crate::{
    arena::{ArenaError, Binaries, Database, Plan, Started, Wanted, build_service},
    attacks::Scene,
    client::{Block, Wire},
    verdict::AttackError,
};

/// The stories, by the counterpart that each is about.
pub const STORIES: [&str; 9] = [
    "oidc-provider",
    "federation",
    "openid-client",
    "standardwebhooks",
    "browser",
    "first-steps",
    "generated-client",
    "linters",
    "schemathesis",
];

/// Runs these stories, or every one; answers whether all steps did as they must.
///
/// # Errors
/// When a counterpart or the service can't be started.
pub async fn run(database: Database, only: &[String]) -> Result<bool, AttackError> {
    install::packages().await?;
    let binaries = Binaries::beside_harness()?;
    build_service(&binaries)?;
    let server = database.prepare().await?;
    let plan = Plan {
        binary: binaries.service(),
        away: None,
        postgres: server.as_ref().map(|server| (server, None)),
        attacks: vec![Wanted { people: true, ..Wanted::plain("peers") }],
        // Everybody comes from one address, and faster than people type: the sign-in's rate would stop them.
        measured: true,
    };
    let started = plan.start().await?;
    let told = tell(&started, only).await;
    started.end(server.as_ref()).await?;
    if let Some(server) = server {
        server.leave().await?;
    }
    Ok(told?.all_fine())
}

async fn tell(started: &Started, only: &[String]) -> Result<Steps, AttackError> {
    let Some((world, _)) = started.worlds.first() else {
        return Err(ArenaError::Service("no world was imported".into()).into());
    };
    let wire = Wire::new(started.arena.target.clone(), Block::number(0), None);
    let scene = Scene::new(started.arena.clone(), wire, world.clone(), None, 1);
    let mut steps = Steps::default();
    for story in STORIES.into_iter().filter(|story| only.is_empty() || only.iter().any(|name| name == story))
    {
        match story {
            "oidc-provider" => oidc_provider::tell(&scene, &mut steps).await?,
            "federation" => federation::tell(&scene, &mut steps).await?,
            "openid-client" => openid_client::tell(&scene, &mut steps).await?,
            "standardwebhooks" => webhooks::tell(&scene, &mut steps).await?,
            "browser" => browser::tell(&scene, &mut steps).await?,
            "first-steps" => first_steps::tell(&scene, &mut steps).await?,
            "linters" => linters::tell(&scene, &mut steps).await?,
            "schemathesis" => schemathesis::tell(&scene, &mut steps).await?,
            _ => generated_client::tell(&scene, &mut steps).await?,
        }
    }
    Ok(steps)
}
