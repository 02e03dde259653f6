//! `rate-ip`: an unknown caller gets 20 requests at once and one a second.

use super::flood::{flood, sampled, written};
use crate::attacks::{prelude::*, set};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RATE_IP / "burst" = burst,
        "Anyone sends 60 requests from one address as fast as one connection takes them.",
        "After the wait that the refusal names, one more is served.",
    ),
    attack!(
        RATE_IP / "parallel" = parallel,
        "Anyone opens 40 connections from one address and sends on all of them at once.",
    ),
    attack!(
        RATE_IP / "guessing" = guessing,
        "Somebody tries one forged token after the other from one address.",
    ),
    attack!(
        RATE_IP / "ipv6" = ipv6,
        "Somebody has 1000 addresses of one IPv6 /64, and sends from each.",
        "They have a whole /48, and send from 1000 networks of it; then from every address of an IPv4 /24.",
        "A stranger from elsewhere is served.",
    ),
    attack!(
        RATE_IP / "idle-state" = idle_state,
        needs: Time,
        "Somebody has a different address for each of three thousand requests.",
        "When they are gone, the service has forgotten them.",
    ),
    attack!(
        RATE_IP / "newcomers" = newcomers,
        "Eight people behind one address come at once, over and over, each time with a token that nobody has seen: nobody waits.",
        "Somebody among them tries forged tokens: those are bounded as ever.",
    ),
    attack!(
        RATE_IP / "unwritten" = unwritten,
        "Somebody sends 150 worthless requests for tokens from one address.",
        "The operator finds that they did, and not a row for each time.",
    ),
];

const PUBLIC: &str = "/.well-known/oauth-protected-resource";

async fn burst(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public.clone(), 200)).await?;
    let address = scene.fresh_address();
    let pinned = public.from(address);
    let outcome = flood(vec![pinned.clone(); 60], 1).await?;
    trial.found("60 requests", outcome.within(20.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    let filter = format!("source_address = '{address}'");
    trial.found("the audit log", sampled(scene, &outcome, &filter, "anonymous").await?);

    let wait = outcome.refused.last().and_then(|answer| answer.header("retry-after")?.parse::<u64>().ok());
    tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1).min(3))).await;
    trial
        .check("one more after the wait", pinned, |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}

async fn parallel(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public.clone(), 200)).await?;
    let pinned = public.from(scene.fresh_address());
    let outcome = flood(vec![pinned; 40], 40).await?;
    trial.found("40 connections", outcome.within(20.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    trial.conclude().await
}

async fn guessing(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let address = scene.fresh_address();
    let mut guesses = Vec::new();
    for number in 0..60_u8 {
        let token = reception.recipe().segments()?.with_signature(&[number; 64]);
        guesses.push(me.clone().bearer(token).from(address));
    }
    let outcome = flood(guesses, 2).await?;
    trial.found("60 guesses", outcome.within(20.0, 1.0));
    let filter = format!("source_address = '{address}'");
    trial.found("the audit log", sampled(scene, &outcome, &filter, "anonymous").await?);
    trial.conclude().await
}

async fn ipv6(scene: &Scene) -> Outcome {
    let honest = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(honest, 200)).await?;
    // Nobody here has such addresses; a proxy that is believed says who has.
    let beside = scene
        .beside(|settings, _| set(settings, "server.trusted_proxies", vec!["127.0.0.0/8".to_owned()]))
        .await?;
    let public = beside.scene.anyone().get(PUBLIC).from(beside.scene.fresh_address());
    let from = |address: String| public.clone().header("x-forwarded-for", address);
    let household = (0..1000_u32).map(|number| from(format!("2001:db8:0:7::{number:x}"))).collect();
    trial.found("one /64", flood(household, 8).await?.within(20.0, 1.0));
    let customer = (0..1000_u32).map(|number| from(format!("2001:db8:1:{number:x}::1"))).collect();
    trial.found("one /48", flood(customer, 8).await?.within(400.0, 20.0));
    let neighbours = (0..1000_u32).map(|number| from(format!("198.51.100.{}", number % 254 + 1))).collect();
    trial.found("one /24", flood(neighbours, 8).await?.within(400.0, 20.0));
    trial
        .check("somebody else", from("2001:db8:2::1".into()), |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Breach(answer.summary()) }
        })
        .await;
    trial.conclude().await
}

async fn newcomers(scene: &Scene) -> Outcome {
    let people = [RecepA, ClinA1, ClinA2, AdminA1, RecepB, ClinB, AdminB, AuditB];
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let address = scene.fresh_address();
    let mut arrivals = Vec::new();
    for _ in 0..10 {
        for persona in people {
            arrivals.push(scene.actor(persona)?.renewed()?.get("/v1/me").from(address));
        }
    }
    let crowd = flood(arrivals, 40).await?;
    let turned_away = crowd.refused.len();
    trial.found("80 new tokens", Finding::must(turned_away == 0, format!("{turned_away} of 80 got 429")));

    let (reception, mut mixed) = (scene.actor(RecepA)?, Vec::new());
    for number in 0..60_u8 {
        let token = reception.recipe().segments()?.with_signature(&[number; 64]);
        mixed.push(me.clone().bearer(token).from(address));
    }
    trial.found("60 forged tokens", flood(mixed, 2).await?.within(20.0, 1.0));
    trial.conclude().await
}

async fn unwritten(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public, 200)).await?;
    let address = scene.fresh_address();
    let worthless = scene.anyone().post("/oauth2/token").form(&[("grant_type", "client_credentials")]);
    let outcome = flood(vec![worthless.from(address); 150], 2).await?;
    let filter = format!("source_address = '{address}'");
    trial.found("the audit log", written(scene, &outcome, &filter, 40.0, 1.0 / 60.0).await?);
    trial.conclude().await
}

/// How many unknown callers the service says that it keeps in mind.
async fn kept_in_mind(scene: &Scene) -> Result<u64, AttackError> {
    let metrics = scene.anyone().get("/metrics").to_operations().send().await?.text();
    let value =
        metrics.lines().find_map(|line| line.strip_prefix("brigandine_limiter_strangers ")?.parse().ok());
    value.ok_or_else(|| AttackError::Setup("the metrics do not say how many strangers there are".into()))
}

async fn idle_state(scene: &Scene) -> Outcome {
    const MANY: u32 = 3000;
    /// Every half a minute the service forgets who may come as often again as at first.
    const FORGOTTEN: Duration = Duration::from_secs(45);
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get(PUBLIC), 200)).await?;
    let beside = scene
        .beside(|settings, _| set(settings, "server.trusted_proxies", vec!["127.0.0.0/8".to_owned()]))
        .await?;
    let public = beside.scene.anyone().get(PUBLIC).from(beside.scene.fresh_address());
    let strangers = (0..MANY).map(|number| {
        let address = format!("2001:db8:{:x}:{number:x}::1", number % 500);
        public.clone().header("x-forwarded-for", address)
    });
    let came = flood(strangers.collect(), 8).await?;
    trial.found("three thousand addresses", Finding::must(came.admitted > 2000, "they were refused"));
    let most = kept_in_mind(&beside.scene).await?;
    let finding =
        if most > 100 { Finding::Fine } else { Finding::Unclear(format!("{most} are kept in mind")) };
    trial.found("while they come", finding);
    let until = tokio::time::Instant::now() + FORGOTTEN;
    let mut left = most;
    while left > 10 && tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
        left = kept_in_mind(&beside.scene).await?;
    }
    trial.found(
        "when they are gone",
        Finding::must(left <= 10, format!("{left} of {most} are still kept in mind")),
    );
    trial.conclude().await
}
