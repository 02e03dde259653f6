//! `oidc-account-linking`: whoever came by a provider's word stays that, whatever they show, accept or spend afterwards.

use super::house::{House, is_in};
use crate::attacks::{
    factors::{both_factors, code_refused, let_in, wrong_code},
    prelude::*,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OIDC_ACCOUNT_LINKING / "raised" = raised,
        needs: People,
        "A clinician linked her organization's provider with her account. She works for another organization, too.",
        "The provider's administrator has it say that he is she, and shows a code that he saw on her telephone.",
        "He opens her account's pages, and asks for a code for the other organization.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "attempts" = attempts,
        needs: People,
        "The provider's administrator has it say, again and again, that he is the clinician, and types wrong codes.",
        "She signs in with her own password and authenticator.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "crowd" = crowd,
        needs: People,
        "The provider's administrator has it say eleven times that he is the receptionist.",
        "She goes on in the browser in which she signed in herself.",
    ),
    attack!(
        OIDC_ACCOUNT_LINKING / "invited" = invited,
        needs: People,
        "Another organization invites the receptionist, and he has seen the link.",
        "The provider's administrator has it say that he is she, and accepts in her name.",
    ),
];

/// The session says by whose word it began.
fn vouched() -> Refusal {
    Refusal::page(403).audit("authz_fail", "session.vouched")
}

/// The clinician, signed in by her own provider, which asked for a password and nothing else; the code is still to come.
async fn half_way(house: &House<'_>, browser: &Browser) -> Result<(), AttackError> {
    let back = house.arrive(browser, house.staff("clinician").with("amr", json!(["pwd"]))).await?;
    let answer = browser.send(&browser.get(&back)).await?;
    let asked = answer.header("location").is_some_and(|place| place.starts_with("/signin/factor"));
    if is_in(&answer) && asked {
        return Ok(());
    }
    Err(AttackError::Setup(format!("she is not asked for her code: {}", answer.summary())))
}

async fn raised(scene: &Scene) -> Outcome {
    let (house, clinician) = (House::open(scene, AdminA1).await?, scene.person(ClinA1)?);
    let hers = clinician.signed_in().await?;
    house.link(&hers, house.staff("clinician")).await?;
    works_in(scene, &clinician, scene.b()).await?;
    let app = clinician.authorization(CLINIC_APP);
    let elsewhere = app.clone().with("organization", &scene.b().to_string());
    let own = Control::checked(|| async {
        elsewhere.code(&hers).await.map(drop).map_err(|error| error.to_string())
    });
    let mut trial = Trial::begin(scene, own.and(Control::new(hers.get("/account/password"), 200))).await?;

    let browser = scene.browser();
    half_way(&house, &browser).await?;
    clinician.let_the_code_change().await?;
    let form = clinician.code_form(&browser, &clinician.code(0)?).await?;
    let answer = browser.send(&form).await?;
    if !let_in(&answer) {
        return Err(AttackError::Setup(format!("the code was answered {}", answer.summary())));
    }
    for page in
        ["/account/factors/totp", "/account/factors/totp/remove", "/account/password", "/account/email"]
    {
        trial.refused(page, browser.get(page), vouched()).await;
    }
    trial
        .refused("her other organization", elsewhere.request(&browser), Refusal::redirected("access_denied"))
        .await;
    let shown = methods(&app.tokens(&browser).await?.id)?;
    let honest = shown == json!(["fed", "otp"]);
    trial.found("the methods in the ID token", Finding::must(honest, format!("are said to be {shown}")));
    trial.conclude().await
}

/// The operator's import has made her a member of another organization, too.
async fn works_in(scene: &Scene, person: &Person, organization: Uuid) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (member, organization) = (observer.id(Uuid::new_v4()), observer.id(organization));
    let (issuer, subject) = (format!("https://{}", scene.wire().target().host), person.account().id);
    let now = observer.moment(0);
    let sql = format!(
        "INSERT INTO members (id, organization_id, issuer, subject, display_name, role, status, version, created_at) \
         VALUES ({member}, {organization}, '{issuer}', '{subject}', 'Visiting', 'reception', 'active', 1, {now})"
    );
    observer.execute(&sql).await?;
    Ok(())
}

/// `amr` of an ID token.
fn methods(token: &str) -> Result<Value, AttackError> {
    let claims = token.split('.').nth(1).and_then(|part| BASE64URL.decode(part).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    let methods = claims.and_then(|claims| claims.get("amr").cloned());
    methods.ok_or_else(|| AttackError::Setup("the ID token names no methods".into()))
}

async fn attempts(scene: &Scene) -> Outcome {
    let (house, clinician) = (House::open(scene, AdminA1).await?, scene.person(ClinA1)?);
    house.link(&clinician.signed_in().await?, house.staff("clinician")).await?;
    let admin = scene.person(AdminA1)?;
    let mut trial = Trial::begin(scene, both_factors(&admin)).await?;
    for _ in 0..2 {
        let browser = scene.browser();
        half_way(&house, &browser).await?;
        for _ in 0..5 {
            let guess = clinician.code_form(&browser, &wrong_code(&clinician)?).await?;
            trial.refused("a guess", guess, code_refused("mfa.wrong")).await;
        }
    }
    let browser = scene.browser();
    half_way(&house, &browser).await?;
    let guess = clinician.code_form(&browser, &wrong_code(&clinician)?).await?;
    trial.refused("the eleventh guess", guess, code_refused("mfa.throttled")).await;
    let browser = clinician.with_password_only().await?;
    clinician.let_the_code_change().await?;
    let form = clinician.code_form(&browser, &clinician.code(0)?).await?;
    trial
        .check("her own code", form, |answer| {
            Finding::must(let_in(answer), format!("is taken no more: {}", answer.summary()))
        })
        .await;
    trial.conclude().await
}

async fn crowd(scene: &Scene) -> Outcome {
    let (house, victim) = (House::open(scene, AdminA1).await?, scene.person(RecepA)?);
    let (hers, tokens) = victim.tokens().await?;
    house.link(&hers, house.staff("receptionist")).await?;
    let both = Control::new(hers.get("/account"), 200).and(Control::new(victim.me(&tokens.access), 200));
    let mut trial = Trial::begin(scene, both).await?;
    for _ in 0..11 {
        house.sign_in(house.staff("receptionist")).await?;
    }
    for (story, request) in [("her browser", hers.get("/account")), ("her token", victim.me(&tokens.access))]
    {
        trial
            .check(story, request, |answer| {
                Finding::must(answer.status == 200, format!("was signed out: {}", answer.summary()))
            })
            .await;
    }
    trial.conclude().await
}

async fn invited(scene: &Scene) -> Outcome {
    let (house, victim) = (House::open(scene, AdminA1).await?, scene.person(RecepA)?);
    let hers = victim.signed_in().await?;
    house.link(&hers, house.staff("receptionist")).await?;
    let host = scene.actor(AdminB)?;
    let body = json!({ "email": victim.account().email, "role": "reception" });
    let invitations = format!("{}/invitations", host.organization_path());
    scene.demand(&host.post(&invitations).json(&body), 201).await?;
    let mails = scene.outbox().wait_for(&victim.account().email, "You are invited", 1).await?;
    let token = mails.first().and_then(|mail| mail.token().map(str::to_owned));
    let token = token.ok_or_else(|| AttackError::Setup("no invitation was mailed".into()))?;
    let page = format!("/invitation?token={token}");
    let mut trial = Trial::begin(scene, Control::new(hers.get(&page), 200)).await?;

    let browser = house.sign_in(house.staff("receptionist")).await?;
    let csrf = browser.form_of("/account").await?;
    let fields = [("csrf", csrf.as_str()), ("token", &token), ("display_name", "Not she")];
    let accepts = browser.post("/invitation", &fields);
    trial.refused("accepted in her name", accepts, Refusal::page(422)).await;
    trial.conclude().await
}
