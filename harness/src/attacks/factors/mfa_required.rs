//! `mfa-required`: a password alone opens no staff member's account.

use super::{both_factors, cookie, let_in, sent_back};
use crate::attacks::{
    federation::{House, is_in},
    front_door::code_in,
    prelude::*,
};
use totp_rs::{Builder, Secret};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        MFA_REQUIRED / "skip" = skip,
        needs: People,
        "The attacker has the clinician's password, and signs in with it.",
        "Without her authenticator he uses what he got at every door: as a cookie, and as a token.",
    ),
    attack!(
        MFA_REQUIRED / "direct" = direct,
        needs: People,
        "The attacker signs in with the clinician's password on behalf of an application.",
        "Asked for her code, he goes on with the authorization as if he had given it.",
    ),
    attack!(
        MFA_REQUIRED / "alt-path" = alt_path,
        "A trusted provider lets the clinician in with one factor, or does not say with how many.",
        "Her token asks for the organization.",
    ),
    attack!(
        MFA_REQUIRED / "federated" = federated,
        needs: People,
        "A clinician without a second factor here signs in by her organization's provider.",
        "It asked her for a password and nothing else.",
    ),
    attack!(
        MFA_REQUIRED / "half-open" = half_open,
        needs: People,
        "The clinician is signed in. The attacker has her password, and not her authenticator.",
        "He begins one sign-in after another, and finishes none.",
    ),
    attack!(
        MFA_REQUIRED / "downgrade" = downgrade,
        needs: People,
        "A receptionist without a second factor is made a clinician.",
        "She uses the token that she has, a refreshed one, and one of a new sign-in.",
    ),
];

/// The role sleeps until a second factor was shown.
fn sleeps() -> Refusal {
    Refusal::problem(403, "mfa-enrolment-required").audit("authz_fail", "mfa.missing")
}

async fn skip(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    let browser = clinician.with_password_only().await?;
    let app = clinician.authorization(CLINIC_APP);
    trial.check("a code for an application", app.request(&browser), sent_back).await;
    for page in ["/account", "/account/factors/totp", "/account/factors/totp/remove"] {
        trial.check(page, browser.get(page), sent_back).await;
    }
    let csrf = browser.form_of("/signin").await?;
    let challenged = || {
        Refusal::bare(401)
            .header_has("www-authenticate", "insufficient_user_authentication")
            .audit_event("authz_fail")
            .breach_if(|answer| answer.status == 303)
    };
    for form in ["/account/factors/totp", "/account/factors/recovery", "/account/sessions/end-others"] {
        let fields = [("csrf", csrf.as_str()), ("code", "000000")];
        trial.refused(form, browser.post(form, &fields), challenged()).await;
    }
    let stranger = scene.browser();
    let csrf = stranger.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("factor", "totp"), ("code", "000000")];
    let alone = Refusal::bare(303).audit("authn_login_fail", "session.incomplete").breach_if(let_in);
    trial.refused("a code and no password", stranger.post("/signin/factor", &fields), alone).await;
    let organization = clinician.account().organization;
    let members = format!("/v1/organizations/{organization}/members");
    for path in ["/v1/me", "/v1/webhooks", "/v1/sessions", &members] {
        let request = scene.anyone().get(path).bearer(cookie(&browser));
        trial.refused(path, request, Refusal::invalid_token("token.malformed")).await;
    }
    keeps_one(scene, &mut trial, &clinician).await?;
    trial.conclude().await
}

/// Her only factor stays, whatever she clicks: her role needs one.
async fn keeps_one(scene: &Scene, trial: &mut Trial<'_>, clinician: &Person) -> Result<(), AttackError> {
    let account = scene.observer().id(clinician.account().id);
    let own = scene.observer().rows("factors", &format!("account_id = {account}")).await?;
    let id = own.first().and_then(|row| row.uuid("id")).map(|id| id.to_string());
    let id = id.ok_or_else(|| AttackError::Setup("she has no factor".into()))?;
    let browser = clinician.signed_in().await?;
    let csrf = browser.form_of("/account").await?;
    let fields = [("csrf", csrf.as_str()), ("id", &id)];
    let removes = browser.post("/account/factors/totp/remove", &fields);
    trial.refused("without any factor", removes, Refusal::page(409)).await;
    Ok(())
}

async fn direct(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    let app = clinician.authorization(CLINIC_APP).with("scope", "profile:read organization:read");
    let browser = scene.browser();
    let asked = browser.send(&app.request(&browser)).await?;
    let place = asked.leads_to().unwrap_or_default();
    let handle = place.strip_prefix("/signin?transaction=").map(str::to_owned);
    let handle = handle.ok_or_else(|| AttackError::Setup(format!("nobody was asked: {place}")))?;
    let csrf = browser.form_of(place).await?;
    let fields = [
        ("csrf", csrf.as_str()),
        ("transaction", &handle),
        ("email", &clinician.account().email),
        ("password", &clinician.account().password),
    ];
    let answer = browser.send(&browser.post("/signin", &fields)).await?;
    trial.found("after the password", sent_back(&answer));
    let go_on = browser.get(&format!("/oauth2/continue?transaction={handle}"));
    let went_on = trial.check("going on", go_on, sent_back).await;
    let fields = [("csrf", csrf.as_str()), ("transaction", &handle), ("decision", "allow")];
    trial.check("consenting", browser.post("/oauth2/consent", &fields), sent_back_or_over).await;
    let organization = clinician.account().organization.to_string();
    let fields = [("csrf", csrf.as_str()), ("transaction", &handle), ("organization", &organization)];
    trial.check("choosing", browser.post("/signin/organization", &fields), sent_back_or_over).await;
    // Without the protection it is this easy to come in with a password.
    if let Some(code) = went_on.as_ref().and_then(code_in) {
        let tokens = Tokens::of(&app.exchange(&code).send_patiently().await?);
        let tokens = tokens.ok_or_else(|| AttackError::Setup("the code gave no tokens".into()))?;
        let house = scene.anyone().get(&format!("/v1/organizations/{organization}")).bearer(&tokens.access);
        trial.refused("the organization", house, sleeps()).await;
    }
    trial.conclude().await
}

/// As [`sent_back`]; on a twin the authorization may be over already.
fn sent_back_or_over(answer: &Answer) -> Finding {
    if answer.status == 400 { Finding::Fine } else { sent_back(answer) }
}

async fn alt_path(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let members = clinician.get(&clinician.members_path());
    let mut trial = Trial::begin(scene, Control::new(members.clone(), 200)).await?;
    let recipe = || clinician.recipe();
    for (story, recipe) in [
        ("one factor", recipe().claim("acr", "1").claim("amr", json!(["pwd"]))),
        ("it does not say", recipe().without_claim("acr")),
        ("a word of its own", recipe().claim("acr", "urn:mace:incommon:iap:silver")),
        ("two factors in amr only", recipe().claim("acr", "1").claim("amr", json!(["pwd", "otp", "mfa"]))),
    ] {
        trial.refused(story, members.clone().bearer(recipe.sign()?), sleeps()).await;
    }
    let audit = scene.actor(AuditA)?;
    let token = audit.recipe().claim("acr", "1").sign()?;
    trial.refused("an auditor", audit.get("/v1/audit-events").bearer(token), sleeps()).await;
    trial.conclude().await
}

async fn federated(scene: &Scene) -> Outcome {
    let (house, person) = (House::open(scene, AdminA1).await?, scene.person(RecepA)?);
    let staff = || house.staff("clinician");
    house.link(&person.signed_in().await?, staff()).await?;
    let account = person.account();
    let member = format!("/v1/organizations/{}/members/{}", account.organization, account.member);
    let raise = scene.actor(AdminA1)?.patch(&member).json(&json!({ "role": "clinician" }));
    scene.demand(&raise, 200).await?;
    // With two factors she is let in, which the provider says.
    let both = Control::checked(|| async {
        house.sign_in(staff()).await.map(drop).map_err(|error| error.to_string())
    });
    let mut trial = Trial::begin(scene, both).await?;
    for (story, methods) in [("a password", json!(["pwd"])), ("nothing", json!([]))] {
        let browser = scene.browser();
        let back = house.arrive(&browser, staff().with("amr", methods)).await?;
        let refusal = Refusal::page(403).audit("authz_fail", "mfa.missing").breach_if(is_in);
        trial.refused(story, browser.get(&back), refusal).await;
    }
    trial.conclude().await
}

async fn half_open(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    let (hers, tokens) = clinician.tokens().await?;
    for _ in 0..11 {
        let his = scene.browser();
        let form = clinician.sign_in_form(&his, &clinician.account().password).await?;
        // From an address that nobody has used: one source may not try often.
        let answer = his.send(&form.from(scene.fresh_address())).await?;
        if answer.status != 303 {
            return Err(AttackError::Setup(format!("a sign-in was answered {}", answer.summary())));
        }
    }
    let (page, token) = (hers.get("/account"), clinician.me(&tokens.access));
    for (story, request) in [("her browser", page), ("her token", token)] {
        trial
            .check(story, request, |answer| {
                Finding::must(answer.status == 200, format!("was signed out: {}", answer.summary()))
            })
            .await;
    }
    trial.conclude().await
}

async fn downgrade(scene: &Scene) -> Outcome {
    let (clinician, reception) = (scene.person(ClinA1)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    let app = reception.authorization(CLINIC_APP).with("scope", "profile:read organization:read");
    let before = app.tokens(&reception.signed_in().await?).await?;
    let account = reception.account();
    let house = format!("/v1/organizations/{}", account.organization);
    let seen = |tokens: &Tokens| scene.anyone().get(&house).bearer(&tokens.access);
    scene.demand(&seen(&before), 200).await?;

    let member = format!("/v1/organizations/{}/members/{}", account.organization, account.member);
    let raise = scene.actor(AdminA1)?.patch(&member).json(&json!({ "role": "clinician" }));
    trial.honestly(scene.demand(&raise, 200)).await?;

    trial.refused("the token from before", seen(&before), sleeps()).await;
    let refreshed = app.refresh(&before.refresh).send_patiently().await?;
    let refreshed = Tokens::of(&refreshed);
    let refreshed = refreshed.ok_or_else(|| AttackError::Setup("the refresh gave no tokens".into()))?;
    trial.refused("a refreshed one", seen(&refreshed), sleeps()).await;
    let anew = app.tokens(&reception.signed_in().await?).await?;
    trial.refused("one of a new sign-in", seen(&anew), sleeps()).await;

    let browser = reception.signed_in().await?;
    enrol(&browser).await?;
    let awake = app.tokens(&browser).await?;
    let answer = seen(&awake).send_patiently().await?;
    let wakes = if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
    trial.found("once she has shown two factors", wakes);
    trial.conclude().await
}

/// Sets up an authenticator app on the pages of the account.
async fn enrol(browser: &Browser) -> Result<(), AttackError> {
    let odd = |why: &str| AttackError::Setup(format!("enrolling: {why}"));
    let page = browser.send(&browser.get("/account/factors/totp")).await?;
    let text = page.text();
    let key = text.split_once("class=\"key\">").and_then(|(_, rest)| rest.split_once('<'));
    let key = key.map(|(key, _)| key.replace(' ', "")).ok_or_else(|| odd(&page.summary()))?;
    let secret = Secret::try_from_base32(key).map_err(|_| odd("the key is not base32"))?;
    let totp = Builder::new().with_secret(secret).build().map_err(|_| odd("the key is too short"))?;
    let now = u64::try_from(crate::clock::unix_seconds()).map_err(|_| odd("the clock"))?;
    let csrf = browser.form_of("/account/factors/totp").await?;
    let fields = [("csrf", csrf.as_str()), ("code", &totp.generate(now).to_string())];
    let mut answer = browser.send(&browser.post("/account/factors/totp", &fields)).await?;
    // Ten recovery codes are hashed with it; among all the attacks that may have to wait.
    if answer.status == 503 {
        answer = browser.send(&browser.get("/account")).await?;
    }
    if answer.status == 200 { Ok(()) } else { Err(odd(&answer.summary())) }
}
