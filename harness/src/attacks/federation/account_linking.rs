//! `oidc-account-linking`: issuer and subject say who somebody is; an address, or a name alone, does not.

use super::house::{House, invalid, is_in};
use crate::{
    attacks::prelude::*,
    forge::{Bend, Person as Staff},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OIDC_ACCOUNT_LINKING / "email-takeover" = email_takeover,
        needs: People,
        "The attacker administers an organization of his own, with a provider of his own.",
        "There he signs in with the address of a clinician of another organization, verified and not.",
        "At her own organization's provider, a colleague signs in with the address of another.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "sub-collision" = sub_collision,
        "Somebody has an account by their organization's provider.",
        "Another organization's provider calls one of its own people by the very same subject.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "vouched" = vouched,
        needs: People,
        "A receptionist linked her organization's provider with her account, which opens other doors too.",
        "The provider's administrator has it say that he is she.",
        "He reads how her account is opened, changes it, and ends her sessions elsewhere.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "client-as-user" = client_as_user,
        "A provider lets programs choose their names. The attacker's is called as the receptionist is.",
        "He asks for a token of the program's own, and presents it.",
    ),
];

/// 409 and no session.
fn link_required(reason: &str) -> Refusal {
    Refusal::page(409).audit("authn_login_fail", reason).breach_if(is_in)
}

async fn email_takeover(scene: &Scene) -> Outcome {
    let victim = scene.person(ClinA1)?;
    let (own, foreign) = (House::open(scene, AdminA1).await?, House::open(scene, AdminB).await?);
    let mut trial = Trial::begin(scene, own.open_to("ada").and(foreign.open_to("bob"))).await?;
    let email = victim.account().email.clone();
    let posing = |email: &str| Staff::new(&format!("attacker-{}", Uuid::new_v4()), email);
    let attempts = [
        (&foreign, "another organization's, verified", posing(&email), "identity.domain"),
        (
            &foreign,
            "another organization's, not verified",
            posing(&email).with("email_verified", false),
            "identity.email",
        ),
        (
            &foreign,
            "another organization's, nearly verified",
            posing(&email).with("email_verified", "true"),
            "identity.email",
        ),
        (&own, "a colleague's", posing(&format!("ADA@{}", own.domain)), "identity.account"),
    ];
    for (house, story, person, reason) in attempts {
        let browser = scene.browser();
        let back = house.arrive(&browser, person).await?;
        trial.refused(story, browser.get(&back), link_required(reason)).await;
    }
    // What the provider says beside the ID token must be about the same person.
    for (story, said, refusal) in [
        (
            "somebody else's address",
            json!({ "sub": "x", "email": email, "email_verified": true }),
            invalid("userinfo.sub"),
        ),
        ("no address, but nonsense", json!(null), Refusal::page(503).breach_if(is_in)),
    ] {
        let house = House::open(scene, AdminA1).await?;
        house.issuer.bend(Bend::userinfo(said));
        let browser = scene.browser();
        let back = house.arrive(&browser, posing(&email).with("email", Value::Null)).await?;
        trial.refused(story, browser.get(&back), refusal).await;
    }
    trial.conclude().await
}

async fn sub_collision(scene: &Scene) -> Outcome {
    let (own, foreign) = (House::open(scene, AdminA1).await?, House::open(scene, AdminB).await?);
    let mut trial = Trial::begin(scene, own.open_to("ada").and(foreign.open_to("bob"))).await?;
    let subject = format!("shared-{}", Uuid::new_v4());
    let victim = Staff::new(&subject, &format!("victim@{}", own.domain));
    let account = own.account(&own.sign_in(victim.clone()).await?).await?;
    let again = own.account(&own.sign_in(victim).await?).await?;
    let story = "whoever comes back is who they were";
    trial.found(
        story,
        if again == account { Finding::Fine } else { Finding::Unclear("another account".into()) },
    );

    let namesake = Staff::new(&subject, &format!("namesake@{}", foreign.domain));
    let reached = foreign.account(&foreign.sign_in(namesake).await?).await?;
    trial.found("the namesake", Finding::must(reached != account, "is signed in to the victim's account"));

    let disabled =
        format!("UPDATE accounts SET status = 'disabled' WHERE id = {}", scene.observer().id(account));
    scene.observer().execute(&disabled).await?;
    let browser = scene.browser();
    let back = own.arrive(&browser, Staff::new(&subject, &format!("victim@{}", own.domain))).await?;
    trial.refused("a disabled account", browser.get(&back), link_required("identity.disabled")).await;
    trial.conclude().await
}

async fn vouched(scene: &Scene) -> Outcome {
    let (house, victim) = (House::open(scene, AdminA1).await?, scene.person(RecepA)?);
    let hers = victim.signed_in().await?;
    let subject = house.staff("receptionist");
    house.link(&hers, subject.clone()).await?;
    let browser = house.sign_in(subject).await?;
    let own = hers.get("/account/password");
    let control = Control::new(own, 200).and(Control::new(browser.get("/account"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    trial
        .check("her account's page", browser.get("/account"), |page| {
            let tells = page.mentions("/account/password") || page.mentions("/account/sessions/end");
            Finding::must(
                page.status == 200 && !tells,
                "it shows how the account is opened, and its sessions",
            )
        })
        .await;
    let refused = || Refusal::page(403).audit("authz_fail", "session.vouched");
    for page in
        ["/account/factors/totp", "/account/factors/totp/remove", "/account/password", "/account/email"]
    {
        trial.refused(page, browser.get(page), refused()).await;
    }
    let csrf = browser.form_of("/account").await?;
    let others = browser.post("/account/sessions/end-others", &[("csrf", &csrf)]);
    let ends = refused().breach_if(|answer| answer.status == 303);
    trial.refused("her other sessions", others, ends).await;
    let id = house.provider.to_string();
    let fields = [("csrf", csrf.as_str()), ("provider", &id), ("link", "yes")];
    trial.refused("another link", browser.post("/signin/with", &fields), link_required("link.session")).await;
    house.sign_in(house.staff("colleague")).await?;
    // On a twin her session was ended above.
    if let Ok(back) = house.go(&hers, house.staff("colleague"), &[("link", "yes")]).await {
        trial.refused("a colleague, to her account", hers.get(&back), link_required("link.taken")).await;
    }

    // The same by the API, where the provider's organization has let an application in.
    let app = victim.authorization(CLINIC_APP).with("scope", "profile:read sessions:read sessions:write");
    let tokens = app.tokens(&browser).await?;
    let account = scene.observer().id(victim.account().id);
    let all =
        scene.observer().rows("sessions", &format!("account_id = {account} AND ended_at IS NULL")).await?;
    let own = house.session(&browser).await?;
    for session in all.iter().filter_map(|row| row.uuid("id")).filter(|session| *session != own) {
        let end = scene.anyone().delete(&format!("/v1/sessions/{session}")).bearer(&tokens.access);
        trial.refused("one of hers, by the API", end, Refusal::hidden("object")).await;
    }
    let others = scene.anyone().delete("/v1/sessions").bearer(&tokens.access);
    trial
        .check("all of hers, by the API", others, |answer| match answer.status {
            204 => Finding::Fine,
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    let list = scene.anyone().get("/v1/sessions").bearer(&tokens.access);
    trial
        .check("her sessions, by the API", list, |answer| {
            let shown = answer.json().pointer("/sessions").and_then(Value::as_array).map_or(0, Vec::len);
            match (answer.status, shown) {
                (200, 1) => Finding::Fine,
                (200, more) => Finding::Breach(format!("{more} sessions are shown")),
                _ => Finding::Unclear(answer.summary()),
            }
        })
        .await;
    trial.conclude().await
}

async fn client_as_user(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let program = reception.recipe().claim("client_id", reception.subject()).sign()?;
    let refusal = Refusal::problem(403, "not-a-user").audit("authz_fail", "not-a-user");
    trial.refused("a program called as she is", me.bearer(program), refusal).await;
    trial.conclude().await
}
