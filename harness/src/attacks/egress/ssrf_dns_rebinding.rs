//! `ssrf-dns-rebinding`: a name is where it was when it was judged.

use super::hook::{Hook, MEMBER_CHANGED, failed_silently, is_recorded, something_happens};
use crate::{
    attacks::prelude::*,
    catcher::{ELSEWHERE, INSIDE, Manner, NOBODY, OUTSIDE, Script},
};
use std::net::{IpAddr, Ipv6Addr};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SSRF_DNS_REBINDING / "flip" = flip,
        "An attacker's DNS server says a public address and the house's own in turn, neither to be remembered.",
        "He has events sent there again and again.",
    ),
    attack!(
        SSRF_DNS_REBINDING / "mixed" = mixed,
        "His name has a public address beside one of the house: in IPv4, in IPv6, at the end of a chain of names, once among twenty.",
        "Nobody opens at the public one, so that the next one would be tried.",
    ),
    attack!(
        SSRF_DNS_REBINDING / "late" = late,
        "His endpoint is honest, and answers its challenge.",
        "Then the name leads inside, and something happens that webhooks are told of.",
    ),
    attack!(
        SSRF_DNS_REBINDING / "pool" = pool,
        "His endpoint keeps the connection open.",
        "The name moves; the next event must go where it leads now.",
    ),
];

/// How often he tries; every second time the name leads inside.
const TRIES: usize = 12;

/// An endpoint that keeps no connection open, so that its name is looked up each time.
async fn closing(scene: &Scene, hook: Hook) -> Result<Hook, AttackError> {
    scene.catcher().behave(&hook.token, Manner::Once);
    hook.test(scene).await?;
    Ok(hook)
}

async fn flip(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let hook = Hook::open(scene, AdminA2).await?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    let hook = closing(scene, hook).await?;
    scene.catcher().lead(&hook.token, Script::in_turn(OUTSIDE, INSIDE));
    let before = scene.catcher().arrivals_at(OUTSIDE, &hook.token).len();
    for number in 0..TRIES {
        hook.test(scene).await?;
        trial.found(&format!("try {number}"), hook.left_the_house_alone(scene));
    }
    let outside = scene.catcher().arrivals_at(OUTSIDE, &hook.token).len().saturating_sub(before);
    let reached = outside > 0 && outside < TRIES;
    let finding =
        if reached { Finding::Fine } else { Finding::Unclear(format!("{outside} of {TRIES} arrived")) };
    trial.found("when it leads outside", finding);
    trial.conclude().await
}

async fn mixed(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    let (nobody, inside) = (IpAddr::from(NOBODY), IpAddr::from(INSIDE));
    let mut many = vec![nobody; 19];
    many.push(inside);
    let chain = Script { chain: vec!["cdn".into(), "edge".into()], ..Script::always([inside]) };
    for (story, script) in [
        ("beside a public one", Script::always([nobody, inside])),
        ("in IPv6", Script::always([nobody, IpAddr::from(Ipv6Addr::LOCALHOST)])),
        ("at the end of a chain", chain),
        ("one of twenty", Script { lookups: vec![many], ..Script::default() }),
    ] {
        let token = scene.catcher().token();
        scene.catcher().lead(&token, script);
        let url = scene.catcher().url(&token);
        let hook = trial.honestly(Hook::named(scene, AdminA2, token, &url)).await?;
        let row = trial.honestly(hook.test(scene)).await?;
        trial.found(story, hook.left_the_house_alone(scene));
        trial.found(story, failed_silently(&row));
        let recorded = is_recorded(scene, &hook).await?;
        trial.found(story, recorded);
    }
    trial.conclude().await
}

async fn late(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let hook = Hook::open(scene, AdminA2).await?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    let hook = closing(scene, hook).await?;
    scene.catcher().lead(&hook.token, Script::always([INSIDE.into()]));
    trial.honestly(something_happens(scene, "Renamed")).await?;
    let told = hook.deliveries_of(scene, MEMBER_CHANGED).await?;
    let delivery = told.first().and_then(|row| row.uuid("id"));
    let delivery = delivery.ok_or_else(|| AttackError::Setup("nothing is to be delivered".into()))?;
    let row = hook.tried(scene, delivery).await?;
    trial.found("the event", hook.left_the_house_alone(scene));
    trial.found("the event", failed_silently(&row));
    let recorded = is_recorded(scene, &hook).await?;
    trial.found("the event", recorded);
    trial.conclude().await
}

async fn pool(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    scene.catcher().lead(&hook.token, Script::always([ELSEWHERE.into()]));
    let before = scene.catcher().arrivals_at(OUTSIDE, &hook.token).len();
    for number in 0..3 {
        hook.test(scene).await?;
        let stayed = scene.catcher().arrivals_at(OUTSIDE, &hook.token).len() > before;
        trial.found(&format!("event {number}"), Finding::must(!stayed, "it went where the name led before"));
    }
    let moved = !scene.catcher().arrivals_at(ELSEWHERE, &hook.token).is_empty();
    let finding =
        if moved { Finding::Fine } else { Finding::Unclear("nothing arrives at the new place".into()) };
    trial.found("the new place", finding);
    trial.conclude().await
}
