//! What a trial concludes of servers that behave in one way only.

use super::{Control, Finding, Refusal, Trial, Verdict};
use crate::{
    arena::{Persona::RecepA, World},
    attacks::Scene,
    client::{Block, Sends, Wire},
    testing::{Behaviour, arena},
};

async fn scene(behaviour: Behaviour) -> Scene {
    let arena = arena(behaviour).await;
    let wire = Wire::new(arena.target.clone(), Block::number(7), None);
    let world = World::imagined(&arena.forge).unwrap();
    Scene::new(arena, wire, world, None, 1)
}

async fn refusal_against(behaviour: Behaviour, control: u16, refusal: Refusal) -> Verdict {
    let scene = scene(behaviour).await;
    let me = scene.actor(RecepA).unwrap().get("/v1/me");
    let mut trial = match Trial::begin(&scene, Control::new(me.clone(), control)).await {
        Ok(trial) => trial,
        Err(error) => return error.into(),
    };
    trial.refused("no token", me.anonymous(), refusal).await;
    trial.conclude().await.unwrap_or_else(Verdict::from)
}

#[tokio::test]
async fn a_failed_control_proves_nothing() {
    let verdict = refusal_against(Behaviour::AlwaysNotFound, 200, Refusal::absent()).await;
    assert_eq!(verdict.word(), "UNPROVEN");
    assert!(verdict.reasons().concat().starts_with("control-failed: before"), "{:?}", verdict.reasons());
}

#[tokio::test]
async fn the_exact_refusal_holds() {
    let verdict = refusal_against(Behaviour::AlwaysNotFound, 404, Refusal::absent()).await;
    assert_eq!(verdict.word(), "HELD", "{:?}", verdict.reasons());
}

#[tokio::test]
async fn a_success_falls() {
    let verdict = refusal_against(Behaviour::AlwaysFine, 200, Refusal::unauthenticated()).await;
    assert_eq!(verdict.word(), "FELL");
}

#[tokio::test]
async fn another_refusal_than_the_right_one_proves_nothing() {
    for wrong in [
        Refusal::unauthenticated().unaudited(),
        Refusal::problem(404, "unknown-member"),
        Refusal::absent().header("allow", "GET"),
        Refusal::hidden("object"),
        Refusal::hang_up(),
    ] {
        let expected = wrong.describe();
        let verdict = refusal_against(Behaviour::AlwaysNotFound, 404, wrong).await;
        assert_eq!(verdict.word(), "UNPROVEN", "{expected}");
        assert!(verdict.reasons().concat().starts_with("wrong-mechanism"), "{:?}", verdict.reasons());
    }
}

#[tokio::test]
async fn a_trial_without_an_attempt_proves_nothing() {
    let scene = scene(Behaviour::AlwaysFine).await;
    let me = scene.actor(RecepA).unwrap().get("/v1/me");
    let trial = Trial::begin(&scene, Control::new(me, 200)).await.unwrap();
    assert_eq!(trial.conclude().await.unwrap().word(), "UNPROVEN");
}

#[tokio::test]
async fn a_breach_outweighs_every_doubt() {
    let scene = scene(Behaviour::AlwaysFine).await;
    let me = scene.actor(RecepA).unwrap().get("/v1/me");
    let mut trial = Trial::begin(&scene, Control::new(me, 200)).await.unwrap();
    trial.found("first", Finding::Unclear("perhaps".into()));
    trial.found("second", Finding::Fine);
    trial.found("third", Finding::Breach("a canary".into()));
    let verdict = trial.conclude().await.unwrap();
    assert_eq!((verdict.word(), verdict.reasons()), ("FELL", vec!["third: a canary".to_owned()]));
}
