//! `csrf-no-ambient`: what a browser sends along by itself opens nothing.

use crate::attacks::{Hook, every_answer::every_answer, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CSRF_NO_AMBIENT / "form" = form,
        "A clinician and an administrator are logged in somewhere; their browsers hold their tokens in cookies, under whatever name.",
        "A foreign page submits forms in their names: text/plain, urlencoded and multipart posts, an action without a \
         body, an image, a link.",
        "Without an Authorization field nobody is known: 401, and nothing changes.",
    ),
    attack!(
        CSRF_NO_AMBIENT / "subdomain" = subdomain,
        "The attacker holds evil.clinic.test and plants a cookie with his own token for all of clinic.test.",
        "The receptionist's own request must stay hers: whom the service sees is in the Authorization field only.",
    ),
    attack!(
        CSRF_NO_AMBIENT / "get-state" = get_state,
        needs: Clinic,
        "Links in mails, images and prefetching make browsers GET and HEAD every path there is, twice.",
        "No row may change, not even on paths that change something by other methods.",
    ),
    attack!(
        CSRF_NO_AMBIENT / "attrs" = attrs,
        "An attacker looks for a cookie among every kind of answer, to steal or to ride on.",
        "There must be none.",
    ),
];

/// Names under which services keep sessions.
const COOKIES: [&str; 8] =
    ["session", "__Host-session", "token", "access_token", "jwt", "sid", "Authorization", "auth"];

/// The request as the victim's browser sends it from a foreign page: with her cookies, without her token.
fn ridden(request: Request, token: &str) -> Request {
    let cookies: Vec<String> = COOKIES.iter().map(|name| format!("{name}={token}")).collect();
    request
        .anonymous()
        .header("cookie", cookies.join("; "))
        .header("origin", "https://evil.example")
        .header("referer", "https://evil.example/")
        .header("sec-fetch-site", "cross-site")
}

async fn form(scene: &Scene) -> Outcome {
    let (clinician, admin) = (scene.actor(ClinA1)?, scene.actor(AdminA1)?);
    let members = admin.members_path();
    let test = format!("{}/test", Hook::pending(scene, AdminA1).await?.path());
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&members), 200)).await?;
    let json = admin.newcomer().to_string();
    let attempts = [
        ("an action without a body", admin.post(&test), admin.token()),
        ("text/plain", admin.post(&members).body("text/plain", json.clone()), admin.token()),
        (
            "urlencoded",
            admin.post(&members).body("application/x-www-form-urlencoded", json.clone()),
            admin.token(),
        ),
        (
            "multipart",
            admin.post(&members).body("multipart/form-data; boundary=x", json.clone()),
            admin.token(),
        ),
        ("JSON without a type", admin.post(&members).untyped_body(json), admin.token()),
        ("an image", clinician.get(&clinician.path()), clinician.token()),
        ("a list", clinician.get(&members), clinician.token()),
        ("a removal", admin.delete(&clinician.path()), admin.token()),
        (
            "a promotion",
            admin.patch(&clinician.path()).body("text/plain", r#"{"role":"admin"}"#),
            admin.token(),
        ),
    ];
    for (story, request, token) in attempts {
        trial.refused(story, ridden(request, token), Refusal::unauthenticated()).await;
    }
    for name in COOKIES {
        let ride =
            clinician.get("/v1/me").anonymous().header("cookie", format!("{name}={}", clinician.token()));
        trial.refused(&format!("a cookie named {name}"), ride, Refusal::unauthenticated()).await;
    }
    trial.conclude().await
}

async fn subdomain(scene: &Scene) -> Outcome {
    let (victim, attacker) = (scene.actor(RecepA)?, scene.actor(ClinB)?);
    let me = victim.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let honest = me.send().await?.json();
    let tossed = [
        format!("session={}", attacker.token()),
        format!("session=none; session={}", attacker.token()),
        format!("__Host-session={0}; token={0}; access_token={0}", attacker.token()),
    ];
    for cookie in tossed {
        let request = me.clone().header("cookie", cookie);
        trial
            .check("a tossed cookie", request, |answer| {
                let same = answer.json() == honest;
                let fine =
                    if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                fine.and(Finding::must(
                    same || !answer.succeeded(),
                    "the service takes the victim for the attacker",
                ))
            })
            .await;
    }
    trial.conclude().await
}

async fn get_state(scene: &Scene) -> Outcome {
    let (clinician, admin, auditor) = (scene.actor(ClinA1)?, scene.actor(AdminA1)?, scene.actor(AuditA)?);
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let cancel = format!("{}/cancel", scene.hold(ClinA1, &patient).await?.path());
    let control = Control::new(clinician.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let readable = [
        clinician.get("/.well-known/oauth-protected-resource"),
        clinician.get("/v1/me"),
        clinician.get("/v2/organization"),
        clinician.get(&clinician.members_path()),
        clinician.get(&clinician.path()),
        clinician.get("/v1/patients"),
        clinician.get(&patient.path()),
        auditor.get("/v1/audit-events"),
    ];
    for request in readable {
        for _ in 0..2 {
            let expected = |answer: &Answer| match answer.status {
                200 => Finding::Fine,
                _ => Finding::Unclear(answer.summary()),
            };
            trial.check(&request.describe(), request.clone(), expected).await;
        }
    }
    let refused = Refusal::problem(405, "method-not-allowed").header_has("allow", "");
    for request in [
        reception.get(&cancel),
        reception.get(&cancel).header("x-http-method-override", "POST"),
        reception.get(&format!("{cancel}?_method=POST")),
    ] {
        trial.refused(&request.describe(), request, refused.clone()).await;
    }
    // What a tunnelled method would change must stay; the answer itself may be a plain read.
    let tunnelled = [
        admin.get(&clinician.path()).header("x-http-method-override", "DELETE"),
        admin.get(&clinician.path()).header("x-http-method", "DELETE"),
        clinician
            .get(&patient.path())
            .header("x-method-override", "PATCH")
            .json(&json!({ "family_name": "Evil" })),
    ];
    for request in tunnelled {
        trial.check("a tunnelled method", request, |_| Finding::Fine).await;
    }
    for path in ["/v1/me", "/v1/patients", &patient.path(), &patient.discharge_path()] {
        for _ in 0..2 {
            trial
                .check("HEAD", clinician.head(path), |answer| match answer.status {
                    200 | 405 => Finding::Fine,
                    _ => Finding::Unclear(answer.summary()),
                })
                .await;
        }
    }
    trial.conclude().await
}

async fn attrs(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    for provoked in every_answer(scene, &mut trial).await? {
        let finding = provoked.judged(|answer| {
            let names: Vec<&str> = answer
                .header_all("set-cookie")
                .iter()
                .filter_map(|cookie| cookie.split('=').next())
                .collect();
            Finding::must(names.is_empty(), format!("{} sets the cookies {names:?}", answer.summary()))
        });
        trial.found(&provoked.story, finding);
    }
    let with_cookie = me.header("cookie", "session=abc; __Host-x=y");
    trial
        .check("a request with cookies", with_cookie, |answer| {
            Finding::must(answer.header("set-cookie").is_none(), "a cookie is renewed")
        })
        .await;
    trial.conclude().await
}
