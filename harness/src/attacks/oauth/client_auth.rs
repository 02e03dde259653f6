//! `oauth-client-auth`: a confidential client signs, and learns of its own tokens only.

use crate::attacks::{prelude::*, program::Program};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_CLIENT_AUTH / "anon" = anonymous,
        "Somebody knows what the laboratory's program is called.",
        "They ask for its token, push a request in its name, look into its token and give it back, without its key.",
    ),
    attack!(
        OAUTH_CLIENT_AUTH / "replay" = replay,
        "An assertion of the program's was caught on its way and is sent again, here and to another replica.",
        "Assertions come for another server or endpoint, too old, too long-lived, or from the future.",
    ),
    attack!(
        OAUTH_CLIENT_AUTH / "mix" = mix,
        "A request authenticates in two ways, or in one that this client never registered.",
        "One program signs in another one's name.",
    ),
    attack!(
        OAUTH_CLIENT_AUTH / "peek" = peek,
        "The program comes by tokens that were given to others, and asks what is in them.",
    ),
];

fn refused(reason: &str) -> Refusal {
    Refusal::oauth(401, "invalid_client").audit("oauth_request_refused", reason)
}

/// The honest request: a token, with a fresh assertion each time.
fn control<'a>(scene: &'a Scene, program: &'a Program) -> Control<'a> {
    Control::made_anew(200, || program.token_request(scene, None))
}

async fn anonymous(scene: &Scene) -> Outcome {
    let program = scene.program(|_| {}).await?;
    let token = program.token(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &program)).await?;
    let id = program.client_id.as_str();
    let to = |path: &str| scene.anyone().post(path);
    let grant = ("grant_type", "client_credentials");
    let push = [
        ("response_type", "code"),
        ("redirect_uri", "https://app.clinic.test/"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    for (endpoint, fields) in [
        ("/oauth2/token", vec![grant]),
        ("/oauth2/par", push.to_vec()),
        ("/oauth2/introspect", vec![("token", token.as_str())]),
        ("/oauth2/revoke", vec![("token", token.as_str())]),
    ] {
        let nobody = to(endpoint).form(&fields);
        trial.refused(&format!("{endpoint}: nobody"), nobody, refused("client.unknown")).await;
        let by_name = to(endpoint).form(&[vec![("client_id", id)], fields].concat());
        trial.refused(&format!("{endpoint}: a name"), by_name, refused("client.unauthenticated")).await;
    }
    let served = scene.anyone().get(&program.admin.organization_path()).bearer(&token);
    trial
        .check("the token still stands", served, |answer| match answer.status {
            200 => Finding::Fine,
            401 => Finding::Breach("somebody gave it back".into()),
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    trial.conclude().await
}

async fn replay(scene: &Scene) -> Outcome {
    let program = scene.program(|_| {}).await?;
    let beside = scene.beside(|_, _| {}).await?;
    let mut trial = Trial::begin(scene, control(scene, &program)).await?;
    let grant = [("grant_type", "client_credentials")];
    let ask = |assertion: &str| program.signed_form(scene.anyone().post("/oauth2/token"), assertion, &grant);

    let caught = ask(&program.assertion().sign()?);
    let first = scene.demand(&caught, 200).await;
    trial.found("the program's own request", Finding::must(first.is_ok(), "it was refused"));
    trial.refused("again", caught.clone(), refused("assertion.replayed")).await;
    let elsewhere = caught.over(beside.scene.wire().clone());
    trial.refused("to another replica", elsewhere, refused("assertion.replayed")).await;
    // Burned by a request that was refused for something else.
    let burned = program.assertion().sign()?;
    let wrong = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code")];
    let request = program.signed_form(scene.anyone().post("/oauth2/token"), &burned, &wrong);
    let unsupported = Refusal::oauth(400, "unsupported_grant_type");
    trial.refused("a grant that does not exist", request, unsupported).await;
    trial.refused("its assertion again", ask(&burned), refused("assertion.replayed")).await;

    let (issuer, now) = (program.issuer(), now(&program));
    let assertion = || program.assertion();
    let endpoint = format!("{issuer}/oauth2/token");
    let attempts = [
        ("for an endpoint", assertion().claim("aud", endpoint), "assertion.aud"),
        ("for another server", assertion().claim("aud", "https://other.example"), "assertion.aud"),
        (
            "for several",
            assertion().claim("aud", json!([issuer, "https://other.example"])),
            "assertion.malformed",
        ),
        ("for nobody", assertion().without_claim("aud"), "assertion.malformed"),
        ("ten minutes old", assertion().shifted(-600), "assertion.exp"),
        ("two minutes ahead", assertion().shifted(120), "assertion.iat"),
        ("good for an hour", assertion().claim("exp", now + 3600), "assertion.lifetime"),
        ("good for ever", assertion().without_claim("exp"), "assertion.malformed"),
        ("without an id", assertion().without_claim("jti"), "assertion.malformed"),
        ("with an empty id", assertion().claim("jti", ""), "assertion.jti"),
        ("by nobody's key", assertion().signed_with(|_| vec![0; 64]), "assertion.signature"),
        ("unsigned", assertion().header("alg", "none").signed_with(|_| Vec::new()), "assertion.alg"),
    ];
    for (story, assertion, reason) in attempts {
        trial.refused(story, ask(&assertion.sign()?), refused(reason)).await;
    }
    trial.conclude().await
}

fn now(program: &Program) -> i64 {
    program.assertion().value_of("iat").as_i64().unwrap_or_default()
}

async fn mix(scene: &Scene) -> Outcome {
    let (program, other) = (scene.program(|_| {}).await?, scene.program(|_| {}).await?);
    let mut trial = Trial::begin(scene, control(scene, &program)).await?;
    let grant = ("grant_type", "client_credentials");
    let to = || scene.anyone().post("/oauth2/token");
    let id = program.client_id.as_str();
    let signed = |fields: &[(&str, &str)]| -> Result<Request, AttackError> {
        Ok(program.signed_form(to(), &program.assertion().sign()?, fields))
    };
    let basic = "Basic bGFib3JhdG9yeTpzZWNyZXQ=";
    let method = refused("client.method");
    let both = signed(&[grant])?.authorization(basic);
    trial.refused("signed, and with a password", both, method.clone()).await;
    let both = signed(&[grant, ("client_secret", "secret")])?;
    trial.refused("signed, and with a secret", both, method.clone()).await;
    let secret = to().form(&[grant, ("client_id", id), ("client_secret", "secret")]);
    trial.refused("with a secret", secret, method.clone()).await;
    let password = to().form(&[grant, ("client_id", id)]).authorization(basic);
    trial.refused("with a password", password, method).await;
    let named = signed(&[grant, ("client_id", &other.client_id)])?;
    trial.refused("two names", named, refused("client.ambiguous")).await;
    let asked = [
        ("issued by another", program.assertion().claim("iss", other.client_id.as_str()), "assertion.iss"),
        (
            "in another's name",
            program.assertion().claim("iss", other.client_id.as_str()).claim("sub", other.client_id.as_str()),
            "assertion.kid",
        ),
        ("as a token", program.assertion().header("typ", "at+jwt"), "assertion.typ"),
        ("as a proof", program.assertion().header("typ", "dpop+jwt"), "assertion.typ"),
        ("with terms of his own", program.assertion().header("crit", json!(["exp"])), "assertion.crit"),
    ];
    for (story, assertion, reason) in asked {
        let request = program.signed_form(to(), &assertion.sign()?, &[grant]);
        trial.refused(story, request, refused(reason)).await;
    }
    let saml = [
        grant,
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ("client_assertion", "PHNhbWw+"),
    ];
    trial.refused("another kind of assertion", to().form(&saml), refused("assertion.type")).await;
    trial.conclude().await
}

async fn peek(scene: &Scene) -> Outcome {
    let (program, other) = (scene.program(|_| {}).await?, scene.program(|_| {}).await?);
    let (own, foreign) = (program.token(scene).await?, other.token(scene).await?);
    let reception = scene.actor(RecepA)?.token().to_owned();
    let ask = |token: &str| -> Result<Request, AttackError> {
        let assertion = program.assertion().sign()?;
        Ok(program.signed_form(scene.anyone().post("/oauth2/introspect"), &assertion, &[("token", token)]))
    };
    let control = Control::checked(|| async {
        let request = ask(&own).map_err(|error| error.to_string())?;
        let answer = request.send_patiently().await.map_err(|error| error.to_string())?;
        let active = answer.status == 200 && answer.json().get("active") == Some(&json!(true));
        if active { Ok(()) } else { Err(format!("the program's own token: {}", answer.text())) }
    });
    let mut trial = Trial::begin(scene, control).await?;
    let gone = format!("{own}x");
    let tokens = [
        ("another program's", foreign.as_str()),
        ("a receptionist's", &reception),
        ("a changed one", &gone),
        ("none at all", "x"),
    ];
    for (story, token) in tokens {
        trial
            .check(story, ask(token)?, |answer| match answer.status {
                200 if answer.json() == json!({ "active": false }) => Finding::Fine,
                200 => Finding::Breach(format!("it is told {}", answer.text())),
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    for endpoint in ["/oauth2/introspect", "/oauth2/revoke"] {
        let assertion = program.assertion().sign()?;
        let nothing = program.signed_form(scene.anyone().post(endpoint), &assertion, &[("hint", "x")]);
        let refusal = Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "token");
        trial.refused(&format!("{endpoint}: no token"), nothing, refusal).await;
    }
    trial.conclude().await
}
