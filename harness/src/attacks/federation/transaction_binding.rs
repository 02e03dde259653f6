//! `oidc-transaction-binding`: a callback ends the sign-in that this very browser began, once and in time.

use super::house::{House, invalid, is_in};
use crate::{attacks::prelude::*, forge::Bend};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OIDC_TRANSACTION_BINDING / "login-csrf" = login_csrf,
        "The attacker signs in at the provider as himself, and keeps the address that he is sent back to.",
        "A colleague's browser opens it: without any cookie, with its own, and after having begun a sign-in of its own.",
        "She would work, and write, in his account.",
    ),
    attack!(
        OIDC_TRANSACTION_BINDING / "replay" = replay,
        "Somebody signs in, and leaves the address of the callback in the browser's history.",
        "The next one at that browser opens it again. The provider is one that takes its codes twice.",
    ),
    attack!(
        OIDC_TRANSACTION_BINDING / "mixup" = mixup,
        "A provider of the attacker's sends the browser back with the code, but in another provider's name.",
        "Or in nobody's name, though it said that it always names itself; or without a code that is worth anything.",
    ),
    attack!(
        OIDC_TRANSACTION_BINDING / "stale" = stale,
        "Somebody begins to sign in and goes away.",
        "Eleven minutes later the callback is opened; or after the provider was disabled.",
    ),
];

async fn login_csrf(scene: &Scene) -> Outcome {
    let house = House::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, house.open_to("ada")).await?;
    let mallory = house.staff("mallory");

    let back = house.arrive(&scene.browser(), mallory.clone()).await?;
    trial.refused("no cookie", scene.browser().get(&back), invalid("login.browser")).await;
    let (place, _) = back.split_once('?').unwrap_or((&back, ""));
    let invented = format!("{place}?code=x&state={}", Uuid::new_v4().simple());
    for (story, target) in [("no state", place), ("an invented state", invented.as_str())] {
        trial.refused(story, scene.browser().get(target), invalid("login.state")).await;
    }

    let nobody = format!("/signin/with?provider={}", Uuid::new_v4());
    let unknown = Refusal::page(404).audit("authz_fail", "provider");
    trial.refused("an invented provider", scene.browser().get(&nobody), unknown).await;

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

    let invented = Bend::response(|fields| {
        fields.iter_mut().filter(|it| it.0 == "code").for_each(|it| it.1 = "x".into())
    });
    let without = Bend::response(|fields| fields.retain(|(name, _)| name != "code"));
    for (story, bend) in [("without a code", without), ("with an invented code", invented)] {
        house.issuer.bend(bend);
        let back = house.arrive(&browser, house.staff("ada")).await?;
        trial.refused(story, browser.get(&back), invalid("login.code")).await;
    }
    house.issuer.bend(Bend::failing());
    let back = house.arrive(&browser, house.staff("ada")).await?;
    trial.refused("with a code that it does not know itself", browser.get(&back), Refusal::page(503)).await;
    house.issuer.bend(Bend::response(|fields| fields.push(("error".into(), "access_denied".into()))));
    let back = house.arrive(&browser, house.staff("ada")).await?;
    let denied = Refusal::page(403).audit("authn_login_fail", "login.denied").breach_if(is_in);
    trial.refused("with a code, and a no", browser.get(&back), denied).await;
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

    let distrusted = House::open(scene, AdminA1).await?;
    let back = distrusted.arrive(&browser, distrusted.staff("ada")).await?;
    let admin = scene.actor(AdminA1)?.with_scopes("providers:write")?;
    let path = format!("{}/identity-providers/{}", admin.organization_path(), distrusted.provider);
    let change = admin.patch(&path).json(&json!({ "status": "disabled" }));
    trial.honestly(scene.demand(&change, 200)).await?;
    trial.refused("when it is trusted no longer", browser.get(&back), invalid("login.provider")).await;
    trial.conclude().await
}
