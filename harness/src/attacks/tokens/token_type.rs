//! `token-type`: only access tokens open doors; their relatives of the same issuer and key do not.

use crate::{
    attacks::{
        accounts::reset_token,
        filled,
        front_door::hidden,
        oauth::whole_way,
        possession::Holder,
        prelude::*,
        program::{Program, claims_of},
    },
    matrix::endpoints,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_TYPE / "id-token" = id_token,
        "The receptionist's browser application holds her ID token.",
        "She presents it: as the provider made it, then one whose provider puts every claim into it.",
    ),
    attack!(
        TOKEN_TYPE / "typ-jwt" = typ_jwt,
        "The receptionist's claims are perfect, but the token calls itself something else, or nothing.",
    ),
    attack!(
        TOKEN_TYPE / "pending" = pending,
        needs: People,
        "The thief knows a clinician's password, and not what her authenticator shows: his browser holds a session that waits.",
        "He sends its handle as a bearer token, to every endpoint.",
        "So he does with everything else that the sign-in hands out: the form's token, a code, a refresh token, a mailed link's.",
    ),
    attack!(
        TOKEN_TYPE / "reverse" = reverse,
        needs: People,
        "A program shows its access token where an assertion of its own is asked for, an application the person's where an ID \
         token is, a holder his where a proof is.",
        "They sign what would be right for the place, but for its type.",
    ),
];

fn bad_type() -> Refusal {
    Refusal::invalid_token("token.typ")
}

async fn id_token(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let full = reception
        .recipe()
        .header("typ", "JWT")
        .claim("nonce", "n-0S6_WzA2Mj")
        .claim("at_hash", "77QmUPtjPfzWtF2AnpK9RQ")
        .claim("auth_time", reception.recipe().value_of("iat"))
        .claim("azp", "clinic-app")
        .claim("email", "reception@clinic.test");
    let plain =
        ["jti", "client_id", "scope", "org"].into_iter().fold(full.clone(), TokenRecipe::without_claim);
    let plain = plain.claim("aud", "clinic-app").sign()?;
    trial.refused("an ID token", me.clone().bearer(plain), bad_type()).await;
    let widened = full.clone().sign()?;
    trial.refused("an ID token with every claim", me.clone().bearer(widened), bad_type()).await;
    let untyped = full.without_header("typ").sign()?;
    trial.refused("an ID token without typ", me.bearer(untyped), bad_type()).await;
    trial.conclude().await
}

async fn typ_jwt(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let long = me.clone().bearer(reception.recipe().header("typ", "application/at+jwt").sign()?);
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200).and(Control::new(long, 200))).await?;

    let token = reception.recipe().without_header("typ").sign()?;
    trial.refused("no typ", me.clone().bearer(token), bad_type()).await;
    let relatives = [
        "JWT",
        "jwt",
        "",
        "AT+JWT ",
        " at+jwt",
        "at+jwt;v=1",
        "at+jwt2",
        "at-jwt",
        "application/jwt",
        "application/application/at+jwt",
        "text/at+jwt",
        "rt+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "oauth-authz-req+jwt",
        "client-authentication+jwt",
    ];
    for typ in relatives {
        let token = reception.recipe().header("typ", typ).sign()?;
        trial.refused(&format!("typ {typ:?}"), me.clone().bearer(token), bad_type()).await;
    }
    let token = reception.recipe().header("typ", Value::Null).sign()?;
    trial.refused("typ: null", me.clone().bearer(token), bad_type()).await;
    for typ in [json!(7), json!(["at+jwt"]), json!({ "typ": "at+jwt" })] {
        let story = format!("typ: {typ}");
        let token = reception.recipe().header("typ", typ).sign()?;
        trial.refused(&story, me.clone().bearer(token), Refusal::invalid_token("token.claims")).await;
    }
    // No claim can stand in for the header.
    let token =
        reception.recipe().header("typ", "JWT").claim("typ", "at+jwt").claim("token_use", "access").sign()?;
    trial.refused("typ among the claims", me.bearer(token), bad_type()).await;
    trial.conclude().await
}

fn malformed() -> Refusal {
    Refusal::invalid_token("token.malformed")
}

async fn pending(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, whole_way(&clinician)).await?;
    let missing = |what: &str| AttackError::Setup(format!("there is no {what}"));
    let thief = clinician.with_password_only().await?;
    let waiting = thief.cookie("__Host-session").ok_or_else(|| missing("session that waits"))?;
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.roles.is_empty() && !endpoint.over) {
        let request = scene.anyone().request(&endpoint.method, &filled(endpoint.path, scene));
        let story = format!("a session that waits: {}", request.describe());
        let request = request.bearer(&waiting).from(scene.fresh_address());
        trial.refused(&story, request, malformed()).await;
    }

    let (browser, tokens) = clinician.tokens().await?;
    let page = browser.send(&browser.get("/signin")).await?;
    let code = clinician.authorization(CLINIC_APP).code(&browser).await?;
    let link = reset_token(scene, &scene.browser(), &clinician.account().email, 1).await?;
    let handles = [
        ("a session", browser.cookie("__Host-session")),
        ("a form's token", hidden(&page, "csrf")),
        ("a code", Some(code)),
        ("a refresh token", Some(tokens.refresh)),
        ("a mailed link's token", Some(link)),
    ];
    for (story, handle) in handles {
        let handle = handle.ok_or_else(|| missing(story))?;
        trial.refused(story, clinician.me(&handle), malformed()).await;
    }
    trial.conclude().await
}

async fn reverse(scene: &Scene) -> Outcome {
    let (reception, program) = (scene.person(RecepA)?, scene.program(|_| {}).await?);
    let holder = scene.holder(RecepA).await?;
    let control = Control::made_anew(200, || program.token_request(scene, None))
        .and(Control::made_anew(200, || holder.get("/v1/me")))
        .and(whole_way(&reception));
    let mut trial = Trial::begin(scene, control).await?;
    as_assertions(scene, &mut trial, &program).await?;
    as_hints(&mut trial, &reception).await?;
    as_proofs(&mut trial, &holder).await?;
    trial.conclude().await
}

/// What calls itself something else than an assertion.
async fn as_assertions(scene: &Scene, trial: &mut Trial<'_>, program: &Program) -> Result<(), AttackError> {
    let grant = [("grant_type", "client_credentials")];
    let ask = |text: &str| program.signed_form(scene.anyone().post("/oauth2/token"), text, &grant);
    let refused = || Refusal::oauth(401, "invalid_client").audit("oauth_request_refused", "assertion.typ");
    let token = program.token(scene).await?;
    trial.refused("its access token", ask(&token), refused()).await;
    for typ in ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt", "token-introspection+jwt"] {
        let text = program.assertion().header("typ", typ).sign()?;
        trial.refused(&format!("an assertion that is {typ}"), ask(&text), refused()).await;
    }
    Ok(())
}

/// The person's access token in place of the ID token.
async fn as_hints(trial: &mut Trial<'_>, person: &Person) -> Result<(), AttackError> {
    let (browser, tokens) = person.tokens().await?;
    let app = person.authorization(CLINIC_APP);
    let honest = browser.send(&app.clone().with("id_token_hint", &tokens.id).request(&browser)).await?;
    let is_taken = honest.leads_to().is_some_and(|place| place.contains("code="));
    let taken = if is_taken { Finding::Fine } else { Finding::Unclear(honest.summary()) };
    trial.found("the ID token itself", taken);
    let hinted = app.with("id_token_hint", &tokens.access);
    let told = Refusal::redirected("invalid_request").audit("oauth_request_refused", "id-token-hint");
    trial.refused("an access token as a hint", hinted.request(&browser), told).await;
    let pushed = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "id-token-hint");
    trial.refused("the same, pushed", hinted.pushed(), pushed).await;
    let named = claims_of(&tokens.access).get("sub").is_some();
    trial.found("what it says", if named { Finding::Fine } else { Finding::Unclear("names nobody".into()) });
    Ok(())
}

/// Tokens and proofs of another kind in place of a proof.
async fn as_proofs(trial: &mut Trial<'_>, holder: &Holder) -> Result<(), AttackError> {
    let refused = |reason: &str| {
        Refusal::problem(401, "invalid-dpop")
            .header_has("www-authenticate", "DPoP error=\"")
            .audit("authn_token_reject", reason)
    };
    let bare = holder.bare("GET", "/v1/me");
    let token = bare.clone().header("dpop", holder.token());
    trial.refused("the access token as its own proof", token, refused("dpop.malformed")).await;
    for typ in ["at+jwt", "application/at+jwt", "JWT", "client-authentication+jwt", "logout+jwt"] {
        let proof = holder.proof(&bare).header("typ", typ).sign()?;
        let request = bare.clone().header("dpop", proof);
        trial.refused(&format!("a proof that is {typ}"), request, refused("dpop.typ")).await;
    }
    Ok(())
}
