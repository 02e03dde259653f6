//! `oidc-transaction-binding`: a callback ends the sign-in that this very browser began, once and in time.

use super::house::{House, invalid};
use crate::{attacks::prelude::*, forge::Bend};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OidcTransactionBinding / "login-csrf" = login_csrf,
        "The attacker signs in at the provider as himself, and keeps the address that he is sent back to.",
        "A colleague's browser opens it: without any cookie, with its own, and after having begun a sign-in of its own.",
        "She would work, and write, in his account.",
    ),
    attack!(
        OidcTransactionBinding / "replay" = replay,
        "Somebody signs in, and leaves the address of the callback in the browser's history.",
        "The next one at that browser opens it again. The provider is one that takes its codes twice.",
    ),
    attack!(
        OidcTransactionBinding / "mixup" = mixup,
        "A provider of the attacker's sends the browser back with the code, but in another provider's name.",
        "Or in nobody's name, though it said that it always names itself.",
    ),
    attack!(
        OidcTransactionBinding / "stale" = stale,
        "Somebody begins to sign in and goes away.",
        "Eleven minutes later the callback is opened.",
    ),
];

async fn login_csrf(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let mallory = house.staff("mallory");

    let back = house.arrive(&scene.browser(), mallory.clone()).await?;
    trial.refused("no cookie", scene.browser().get(&back), invalid("login.browser")).await;

    let visitor = scene.browser();
    visitor.form_of("/signin").await?;
    let back = house.arrive(&scene.browser(), mallory.clone()).await?;
    trial.refused("another browser's cookie", visitor.get(&back), invalid("login.browser")).await;

    let busy = scene.browser();
    house.arrive(&busy, house.staff("ada")).await?;
    let back = house.arrive(&scene.browser(), mallory).await?;
    trial.refused("a browser that began one itself", busy.get(&back), invalid("login.browser")).await;
    trial.conclude().await
}

async fn replay(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let browser = scene.browser();
    let back = house.arrive(&browser, house.staff("ada")).await?;
    house.issuer.bend(Bend::codes_last());
    let callback = browser.get(&back);
    scene.demand(&callback, 303).await?;
    trial.refused("the same callback again", callback, invalid("login.replayed")).await;
    trial.conclude().await
}

async fn mixup(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let other = House::open(scene, AdminB).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada").and(other.open_to("bob"))).await?;
    let browser = scene.browser();

    let name = other.issuer.url().to_owned();
    house.issuer.bend(Bend::response(move |fields| rename(fields, Some(&name))));
    let back = house.arrive(&browser, house.staff("ada")).await?;
    trial.refused("in another provider's name", browser.get(&back), invalid("login.iss")).await;

    house.issuer.bend(Bend::response(|fields| rename(fields, None)));
    let back = house.arrive(&browser, house.staff("ada")).await?;
    trial.refused("in nobody's name", browser.get(&back), invalid("login.iss")).await;
    trial.conclude().await
}

fn rename(fields: &mut Vec<(String, String)>, issuer: Option<&str>) {
    fields.retain(|(name, _)| name != "iss");
    fields.extend(issuer.map(|issuer| ("iss".to_owned(), issuer.to_owned())));
}

async fn stale(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let browser = scene.browser();
    let back = house.arrive(&browser, house.staff("ada")).await?;
    let observer = scene.observer();
    let earlier = if observer.is_postgres() { "interval '11 minutes'" } else { "660000000" };
    let provider = observer.id(house.provider);
    let sql = format!(
        "UPDATE login_transactions SET expires_at = expires_at - {earlier} \
         WHERE provider_id = {provider} AND used_at IS NULL"
    );
    if observer.execute(&sql).await? == 0 {
        return Err(AttackError::Setup("no sign-in was begun".into()));
    }
    trial.refused("eleven minutes later", browser.get(&back), invalid("login.expired")).await;
    trial.conclude().await
}
