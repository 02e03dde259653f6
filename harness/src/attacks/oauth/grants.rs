//! `oauth-grants`: the ways to a token that exist, each for the clients that are registered for it, and no others.

use super::whole_way;
use crate::{
    arena::{CODE_ONLY, FAPI_APP, OTHER_APP, THIRD_PARTY, fapi_key},
    attacks::{
        front_door::{Authorization, Browser, Person, Tokens, code_in, hidden},
        prelude::*,
        program::{ASSERTION_TYPE, assertion},
    },
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_GRANTS / "implicit" = implicit,
        needs: People,
        "An application asks for a token in the address itself, where histories and referrers keep it.",
        "Its request says things that mean nothing here.",
    ),
    attack!(
        OAUTH_GRANTS / "ropc" = ropc,
        needs: People,
        "An application asks the receptionist for her password, and changes it for a token.",
    ),
    attack!(
        OAUTH_GRANTS / "direct" = direct,
        needs: People,
        "An application that has to push its requests sends one through the browser.",
    ),
    attack!(
        OAUTH_GRANTS / "request-uri" = request_uri,
        needs: People,
        "A pushed request is used twice, by another client, after its time, and is guessed.",
    ),
    attack!(
        OAUTH_GRANTS / "cc-public" = cc_public,
        needs: People,
        "An application in the browser, which can keep no key, asks for a token in its own name.",
        "Clients use grants that they are not registered for.",
    ),
    attack!(
        OAUTH_GRANTS / "consent" = consent,
        needs: People,
        "Somebody else's application asks for the receptionist's data without showing her a page.",
        "She allowed it something, and takes that back; it goes on as if she had not.",
    ),
    attack!(
        OAUTH_GRANTS / "consent-planted" = consent_planted,
        needs: People,
        "The owner of an application begins its request in a browser of his own, and allows it there himself.",
        "He sends a receptionist, who is signed in, on to what follows.",
        "At a computer that is shared, he asks as one person and lets another one answer.",
    ),
];

async fn implicit(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    for kind in ["token", "id_token", "id_token token", "code token", "code id_token", "none"] {
        let asked = reception.authorization(CLINIC_APP).with("response_type", kind);
        let told = Refusal::redirected("unsupported_response_type")
            .audit("oauth_request_refused", "response-type")
            .breach_if(|answer| {
                let place = answer.leads_to().unwrap_or_default();
                ["access_token=", "id_token=", "code="].iter().any(|gift| place.contains(gift))
            });
        trial.refused(kind, asked.request(&browser), told).await;
    }
    for mode in ["fragment", "form_post", "web_message"] {
        let asked = reception.authorization(CLINIC_APP).with("response_mode", mode);
        let told = Refusal::redirected("invalid_request").audit("oauth_request_refused", "response-mode");
        trial.refused(mode, asked.request(&browser), told).await;
    }
    // Nobody is led on with what is longer than anybody takes.
    let endless = reception.authorization(CLINIC_APP).with("state", &"x".repeat(1025));
    let told = Refusal::page(422).audit("input_validation_fail", "validation-failed");
    trial.refused("a state without an end", endless.request(&browser), told).await;
    for (name, value, error, reason) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported", "request-object"),
        ("max_age", "a while", "invalid_request", "max-age"),
        ("organization", "everywhere", "invalid_request", "organization"),
        ("prompt", "never", "invalid_request", "prompt"),
        ("id_token_hint", "somebody", "invalid_request", "id-token-hint"),
    ] {
        let asked = reception.authorization(CLINIC_APP).with(name, value);
        let told = Refusal::redirected(error).audit("oauth_request_refused", reason);
        trial.refused(&format!("a {name} of another kind"), asked.request(&browser), told).await;
    }
    listed(scene, &mut trial, "/response_types_supported", &json!(["code"])).await;
    trial.conclude().await
}

async fn ropc(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let account = reception.account();
    for kind in ["password", "urn:ietf:params:oauth:grant-type:token-exchange", "implicit", "PASSWORD"] {
        let asked = scene.anyone().post("/oauth2/token").form(&[
            ("grant_type", kind),
            ("client_id", CLINIC_APP.client_id),
            ("username", &account.email),
            ("password", &account.password),
            ("scope", "openid profile:read"),
        ]);
        let refusal =
            Refusal::oauth(400, "unsupported_grant_type").audit("oauth_request_refused", "grant-type");
        trial.refused(kind, asked, refusal).await;
    }
    for (grant, reason) in
        [("", "grant-type"), ("authorization_code", "code"), ("refresh_token", "refresh-token")]
    {
        let client = ("client_id", CLINIC_APP.client_id);
        let fields = if grant.is_empty() { vec![client] } else { vec![client, ("grant_type", grant)] };
        let refusal = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", reason);
        let asked = scene.anyone().post("/oauth2/token").form(&fields);
        trial.refused(&format!("{grant:?} with nothing to change"), asked, refusal).await;
    }
    let known = json!(["authorization_code", "refresh_token", "client_credentials"]);
    listed(scene, &mut trial, "/grant_types_supported", &known).await;
    trial.conclude().await
}

/// The discovery document must list exactly this.
async fn listed(scene: &Scene, trial: &mut Trial<'_>, pointer: &str, wanted: &Value) {
    let document = scene.anyone().get("/.well-known/openid-configuration");
    trial
        .check("the discovery document", document, |answer| match answer.json().pointer(pointer) {
            Some(listed) => Finding::must(listed == wanted, format!("it lists {listed}")),
            None => Finding::Unclear(answer.summary()),
        })
        .await;
}

/// The FAPI application's request, signed as it pushes it.
pub(super) fn signed(scene: &Scene, request: &Authorization) -> Result<Request, AttackError> {
    let key = fapi_key().ok_or_else(|| AttackError::Setup("there is no key".into()))?;
    let issuer = scene.anyone().get("").address();
    let assertion = assertion(FAPI_APP.client_id, &issuer, &key).sign()?;
    Ok(request
        .clone()
        .with("client_assertion_type", ASSERTION_TYPE)
        .with("client_assertion", &assertion)
        .pushed())
}

/// What the FAPI application gets for a pushed request.
async fn push(scene: &Scene, request: &Authorization) -> Result<String, AttackError> {
    let answer = scene.demand(&signed(scene, request)?, 201).await?;
    let seconds = answer.json().get("expires_in").and_then(Value::as_i64).unwrap_or_default();
    match answer.string("/request_uri") {
        Some(uri) if (1..=60).contains(&seconds) => Ok(uri),
        _ => Err(AttackError::Setup(format!("the pushed request is answered {}", answer.text()))),
    }
}

fn with(browser: &Browser, application: &str, uri: &str) -> Request {
    let uri = uri.replace(':', "%3A");
    browser.get(&format!("/oauth2/authorize?client_id={application}&request_uri={uri}"))
}

/// A pushed request becomes a code.
fn pushed_way<'a>(scene: &'a Scene, person: &'a Person) -> Control<'a> {
    Control::checked(move || async move {
        let failed = |error: AttackError| error.to_string();
        let browser = person.signed_in().await.map_err(failed)?;
        let uri = push(scene, &person.authorization(FAPI_APP)).await.map_err(failed)?;
        let request = with(&browser, FAPI_APP.client_id, &uri);
        let answer = browser.send(&request).await.map_err(|error| error.to_string())?;
        code_in(&answer).map(drop).ok_or_else(|| format!("no code came, but {}", answer.summary()))
    })
}

fn shown(reason: &str) -> Refusal {
    Refusal::page(400).audit("oauth_request_refused", reason).breach_if(|answer| code_in(answer).is_some())
}

async fn direct(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, pushed_way(scene, &reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(FAPI_APP);
    trial.refused("through the browser", app.request(&browser), shown("not-pushed")).await;
    let unsigned =
        Refusal::oauth(401, "invalid_client").audit("oauth_request_refused", "client.unauthenticated");
    trial.refused("pushed, unsigned", app.pushed(), unsigned).await;
    let elsewhere = app.clone().with("redirect_uri", "https://evil.example/");
    let refusal = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "redirect-uri");
    trial.refused("pushed, to another address", signed(scene, &elsewhere)?, refusal).await;
    let refusal = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "pkce");
    trial.refused("pushed, without PKCE", signed(scene, &app.without("code_challenge"))?, refusal).await;
    trial.conclude().await
}

async fn request_uri(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, pushed_way(scene, &reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(FAPI_APP);

    let used = push(scene, &app).await?;
    let request = with(&browser, FAPI_APP.client_id, &used);
    let first = browser.send(&request).await?;
    trial.found(
        "the first use",
        match code_in(&first) {
            Some(_) => Finding::Fine,
            None => Finding::Unclear(first.summary()),
        },
    );
    trial.refused("the second use", request, shown("request-uri")).await;

    let foreign = push(scene, &app).await?;
    let by_other = with(&browser, OTHER_APP.client_id, &foreign);
    trial.refused("another client's", by_other, shown("request-uri")).await;

    // Known by its state: other attacks push requests of the same client at this moment.
    let state = Uuid::new_v4().simple().to_string();
    let late = push(scene, &app.clone().with("state", &state)).await?;
    let past = scene.observer().moment(-3600);
    let this_one = format!("CAST(parameters AS TEXT) LIKE '%{state}%'");
    let sql = format!("UPDATE authorization_requests SET expires_at = {past} WHERE {this_one}");
    if scene.observer().execute(&sql).await? != 1 {
        return Err(AttackError::Setup("the pushed request is not found".into()));
    }
    trial.refused("after its time", with(&browser, FAPI_APP.client_id, &late), shown("request-uri")).await;

    let guess = format!("urn:ietf:params:oauth:request_uri:{}", Uuid::new_v4().simple());
    for (story, uri) in [("a guess", guess.as_str()), ("another address", "https://evil.example/request")] {
        trial.refused(story, with(&browser, FAPI_APP.client_id, uri), shown("request-uri")).await;
    }
    trial.conclude().await
}

async fn cc_public(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let refusal = Refusal::oauth(400, "unauthorized_client").audit("oauth_request_refused", "grant-type");
    for application in [CLINIC_APP, THIRD_PARTY, CODE_ONLY] {
        let asked = scene.anyone().post("/oauth2/token").form(&[
            ("grant_type", "client_credentials"),
            ("client_id", application.client_id),
            ("scope", "patients:read"),
        ]);
        trial.refused(application.client_id, asked, refusal.clone()).await;
    }
    let app = reception.authorization(CODE_ONLY);
    let code = trial.honestly(app.code(&browser)).await?;
    let answer = app.exchange(&code).send_patiently().await?;
    trial.found(
        "what a client without refresh gets",
        match Tokens::of(&answer) {
            Some(tokens) => Finding::must(tokens.refresh.is_empty(), "a refresh token"),
            None => Finding::Unclear(answer.summary()),
        },
    );
    let (_, tokens) = reception.tokens().await?;
    trial.refused("it refreshes another's", app.refresh(&tokens.refresh), refusal).await;
    trial.conclude().await
}

/// A request that somebody began in this browser: its handle.
async fn begun(browser: &Browser, app: &Authorization) -> Result<String, AttackError> {
    let answer = browser.send(&app.request(browser)).await?;
    let place = answer.header("location").unwrap_or_default();
    let handle = place.strip_prefix("/signin?transaction=").map(str::to_owned);
    handle.ok_or_else(|| AttackError::Setup(format!("nobody is asked to sign in: {}", answer.summary())))
}

async fn consent_planted(scene: &Scene) -> Outcome {
    let (victim, other) = (scene.person(RecepA)?, scene.person(RecepB)?);
    let mut trial = Trial::begin(scene, whole_way(&victim)).await?;
    let app = scene.authorization(THIRD_PARTY);
    let hers = victim.signed_in().await?;

    let own = scene.browser();
    let handle = begun(&own, &app).await?;
    let csrf = own.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("transaction", handle.as_str()), ("decision", "allow")];
    let allowed = own.send(&own.post("/oauth2/consent", &fields)).await?;
    let kept = allowed.header("location").and_then(|place| place.split_once("transaction="));
    let kept = kept.map_or(handle, |(_, kept)| kept.to_owned());
    let led = hers.get(&format!("/oauth2/continue?transaction={kept}"));
    trial.refused("allowed elsewhere", led, shown("transaction")).await;
    // The same in her browser is a question, and a link answers none.
    let page = hers.send(&app.request(&hers)).await?;
    let asked = (hidden(&page, "csrf"), hidden(&page, "transaction"));
    let (Some(csrf), Some(handle)) = asked else {
        trial.found("her own browser", asked_again(&page));
        return trial.conclude().await;
    };
    let link = format!("/oauth2/continue?transaction={handle}&decision=allow");
    trial.check("a link that allows", hers.get(&link), asked_again).await;
    let form = other.sign_in_form(&hers, &other.account().password).await?;
    trial.honestly(scene.demand_page(&hers, &form, 303)).await?;
    let fields = [("csrf", csrf.as_str()), ("transaction", handle.as_str()), ("decision", "allow")];
    trial.check("another one's answer", hers.post("/oauth2/consent", &fields), asked_again).await;
    trial.conclude().await
}

/// The page asks, and no code is given.
fn asked_again(answer: &Answer) -> Finding {
    match code_in(answer) {
        Some(_) => Finding::Breach("a code was given".into()),
        None if answer.status == 200 && hidden(answer, "transaction").is_some() => Finding::Fine,
        None => Finding::Unclear(answer.summary()),
    }
}

async fn consent(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let silent = reception.authorization(THIRD_PARTY).with("prompt", "none");
    let told = Refusal::redirected("interaction_required").unaudited();
    trial.refused("without a page", silent.request(&browser), told.clone()).await;
    // Once allowed is not allowed for ever, nor for more.
    let allowed = reception.authorization(THIRD_PARTY);
    trial.honestly(allowed.code(&browser)).await?;
    trial.refused("again, without a page", silent.request(&browser), told.clone()).await;
    let more = silent.with("scope", "openid patients:read patients:write");
    trial.refused("for more, without a page", more.request(&browser), told).await;

    // She says no.
    let page = browser.send(&reception.authorization(THIRD_PARTY).request(&browser)).await?;
    let (csrf, handle) = (hidden(&page, "csrf"), hidden(&page, "transaction"));
    let (csrf, handle) = (csrf.unwrap_or_default(), handle.unwrap_or_default());
    let fields = [("csrf", csrf.as_str()), ("transaction", handle.as_str()), ("decision", "deny")];
    trial
        .check("denied", browser.post("/oauth2/consent", &fields), |answer| match answer.leads_to() {
            Some(place) if place.contains("error=access_denied") => Finding::Fine,
            Some(place) if place.contains("code=") => Finding::Breach("a code was given".into()),
            _ => Finding::Unclear(answer.summary()),
        })
        .await;

    // What was taken back is taken back from the application, too; what somebody else allowed it is theirs to take back.
    let tokens = trial.honestly(allowed.tokens(&browser)).await?;
    let patient = scene.person(PatA1)?;
    let theirs = patient.authorization(THIRD_PARTY);
    let theirs = trial.honestly(async { theirs.tokens(&patient.signed_in().await?).await }).await?;
    let csrf = browser.form_of("/account").await?;
    let take_back = [("csrf", csrf.as_str()), ("client_id", THIRD_PARTY.client_id)];
    let taken = browser.post("/account/applications/end", &take_back);
    trial.honestly(scene.demand(&taken, 303)).await?;
    let dead = Refusal::oauth(400, "invalid_grant").audit_event("oauth_request_refused");
    trial.refused("it refreshes what was taken back", allowed.refresh(&tokens.refresh), dead).await;
    let revoked = Refusal::invalid_token("token.revoked");
    trial.refused("its access token", reception.me(&tokens.access), revoked).await;
    trial
        .check("what a patient allowed it", patient.me(&theirs.access), |answer| {
            Finding::must(answer.status == 200, "is over as well")
        })
        .await;
    trial.conclude().await
}
