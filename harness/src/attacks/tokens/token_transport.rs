//! `token-transport`: one `Authorization` field, and nowhere else.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_TRANSPORT / "query" = query,
        "The receptionist's valid token stands in the URL, where histories, logs and referrers keep it.",
        "What the service logs of the request must not contain it.",
    ),
    attack!(
        TOKEN_TRANSPORT / "body" = body,
        "The token stands in a form, as a page of another origin can send it.",
    ),
    attack!(
        TOKEN_TRANSPORT / "cookie" = cookie,
        "The token stands in a cookie, which a browser sends by itself, or in a field of another name.",
    ),
    attack!(
        TOKEN_TRANSPORT / "double" = double,
        "A patient sends two credentials: his own and the administrator's, in two fields or in one.",
        "The proxy would check one, the service believe the other.",
    ),
];

async fn query(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;

    let (anyone, token) = (scene.anyone(), reception.token());
    let targets = [
        format!("/v1/me?access_token={token}"),
        format!("/v1/me?Access_Token={token}"),
        format!("/v1/me?access%5Ftoken={token}"),
        format!("/v1/me?token={token}"),
        format!("/v1/me?bearer_token={token}"),
        format!("/v1/me?authorization=Bearer%20{token}"),
        format!("{}?limit=1&access_token={token}", reception.members_path()),
        format!("{}?access_token={token}", reception.path()),
    ];
    for target in targets {
        let story = target.replace(token, "…");
        let answer = trial.refused(&story, anyone.get(&target), Refusal::unauthenticated()).await;
        trial.found("the log does not keep the token", not_logged(scene, answer, token).await);
    }
    // RFC 6750 §2: not by more than one method in a request, either.
    let twice = reception.get(&format!("/v1/me?access_token={token}"));
    let unknown =
        Refusal::problem(400, "unknown-parameter").audit("input_validation_fail", "unknown-parameter");
    trial.refused("in the field and in the query", twice, unknown).await;
    trial.conclude().await
}

async fn not_logged(scene: &Scene, answer: Option<Answer>, token: &str) -> Finding {
    let Some(id) = answer.and_then(|answer| answer.request_id()) else {
        return Finding::Unclear("the answer names no request".into());
    };
    let mut patience = Patience::new();
    while patience.lasts().await {
        let lines = scene.observer().log.lines_of(id);
        if !lines.is_empty() {
            let kept = scene.observer().log.lines().iter().any(|line| line.contains(token));
            return Finding::must(!kept, "the token stands in the log");
        }
    }
    Finding::Unclear("the request is not in the log".into())
}

async fn body(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let members = admin.members_path();
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;

    let anyone = scene.anyone();
    let form = |token: &str| format!("access_token={token}");
    let media_type = "application/x-www-form-urlencoded";
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n{}\r\n--x--\r\n",
        reception.token()
    );
    let mut newcomer = admin.newcomer();
    if let Some(fields) = newcomer.as_object_mut() {
        fields.insert("access_token".into(), json!(admin.token()));
    }
    let test = format!("/v1/webhooks/{}/test", Uuid::new_v4());
    let attempts = [
        ("a form", anyone.get("/v1/me").body(media_type, form(reception.token()))),
        ("a form", anyone.post(&members).body(media_type, form(admin.token()))),
        ("a form", anyone.post(&test).body(media_type, form(admin.token()))),
        ("a multipart form", anyone.post(&members).body("multipart/form-data; boundary=x", multipart)),
        ("a member of the body", anyone.post(&members).json(&newcomer)),
    ];
    for (story, attempt) in attempts {
        let story = format!("{story}: {}", attempt.describe());
        trial.refused(&story, attempt, Refusal::unauthenticated()).await;
    }
    trial.conclude().await
}

async fn cookie(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;

    let token = reception.token();
    let bearer = format!("Bearer {token}");
    let me = scene.anyone().get("/v1/me");
    for name in ["access_token", "token", "session", "Authorization", "__Host-access_token"] {
        let attempt = me.clone().header("cookie", format!("{name}={token}; theme=dark"));
        trial.refused(&format!("the cookie {name}"), attempt, Refusal::unauthenticated()).await;
    }
    let fields = [
        "x-access-token",
        "x-auth-token",
        "x-authorization",
        "proxy-authorization",
        "x-forwarded-authorization",
        "x-original-authorization",
        "authentication",
        "x-forwarded-access-token",
        "x-api-key",
        "x-amzn-oidc-accesstoken",
    ];
    for name in fields {
        for value in [token, &bearer] {
            let attempt = me.clone().header(name, value);
            trial.refused(&format!("the field {name}"), attempt, Refusal::unauthenticated()).await;
        }
    }
    let socket = me.clone().header("sec-websocket-protocol", format!("bearer, {token}"));
    trial.refused("a WebSocket's subprotocol", socket, Refusal::unauthenticated()).await;
    for scheme in ["Basic", "Token", "JWT", "OAuth", "BearerToken"] {
        let attempt = me.clone().authorization(format!("{scheme} {token}"));
        trial.refused(&format!("the scheme {scheme}"), attempt, Refusal::unauthenticated()).await;
    }
    let unbound = Refusal::problem(401, "invalid-dpop").audit("authn_token_reject", "dpop.unbound");
    trial.refused("the scheme DPoP", me.clone().authorization(format!("DPoP {token}")), unbound).await;
    trial.refused("no scheme", me.authorization(token), Refusal::unauthenticated()).await;
    trial.conclude().await
}

async fn double(scene: &Scene) -> Outcome {
    let patient = scene.actor(PatA1)?;
    let admin = scene.actor(AdminA1)?;
    let me = scene.anyone().get("/v1/me");
    let control = Control::new(patient.get("/v1/me"), 200).and(Control::new(admin.get("/v1/me"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let ambiguous =
        Refusal::problem(400, "ambiguous-credentials").audit("authn_token_reject", "token.ambiguous");
    let bearer = |actor: &Actor| format!("Bearer {}", actor.token());
    let (low, high) = (bearer(&patient), bearer(&admin));
    let pairs = [
        ("patient, administrator", low.clone(), high.clone()),
        ("administrator, patient", high.clone(), low.clone()),
        ("the same twice", low.clone(), low.clone()),
        ("patient, Basic", low.clone(), "Basic YTpi".to_owned()),
        ("Basic, patient", "Basic YTpi".to_owned(), low.clone()),
        ("patient, nothing", low.clone(), String::new()),
        ("patient, forged", low, "Bearer a.b.c".to_owned()),
    ];
    for (story, first, second) in pairs {
        let apart = me.clone().header("authorization", &first).header("Authorization", &second);
        trial.refused(&format!("{story}, in two fields"), apart, ambiguous.clone()).await;
        for comma in [", ", ",", " , "] {
            let joined = me.clone().authorization(format!("{first}{comma}{second}"));
            trial.refused(&format!("{story}, joined by {comma:?}"), joined, ambiguous.clone()).await;
        }
    }
    let bare = format!("{high},{}", patient.token());
    trial.refused("two tokens after one scheme", me.clone().authorization(bare), ambiguous).await;
    // A blank between two tokens makes one that nobody signed.
    let blank = format!("{high} {}", patient.token());
    let malformed = Refusal::invalid_token("token.malformed");
    trial.refused("joined by a blank", me.authorization(blank), malformed).await;
    trial.conclude().await
}
