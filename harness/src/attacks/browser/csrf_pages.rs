//! `csrf-no-ambient`, where there are cookies: the sign-in pages. A foreign page can make a browser send their forms.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CSRF_NO_AMBIENT / "login" = login,
        needs: People,
        "The attacker's page submits the sign-in form with his own address and password, so that the victim works in his account.",
        "He tries with a foreign origin, without any, with another browser's token, and with none.",
    ),
    attack!(
        CSRF_NO_AMBIENT / "logout" = logout,
        needs: People,
        "The receptionist is signed in.",
        "The attacker's page submits the forms that sign her out and that allow his application.",
    ),
    attack!(
        CSRF_NO_AMBIENT / "cookies" = cookies,
        needs: People,
        "An attacker reads every cookie that a sign-in sets: for one that goes to another host, to a script, or in clear.",
    ),
];

fn cross_site() -> Refusal {
    Refusal::page(403)
        .audit_event("cross_site_refused")
        .breach_if(|answer| answer.status == 303 || answer.header("set-cookie").is_some())
}

/// She signs in on the service's own page.
fn honest<'a>(person: &'a Person) -> Control<'a> {
    Control::checked(
        move || async move { person.signed_in().await.map(drop).map_err(|error| error.to_string()) },
    )
}

/// The form as the victim's browser sends it from a foreign page.
fn foreign(browser: &Browser, target: &str, fields: &[(&str, &str)], origin: &str) -> Request {
    let request = browser.post(target, fields).without("origin").without("sec-fetch-site");
    if origin.is_empty() {
        return request;
    }
    request.header("origin", origin).header("sec-fetch-site", "cross-site")
}

async fn login(scene: &Scene) -> Outcome {
    let (victim, attacker) = (scene.person(RecepA)?, scene.person(RecepB)?);
    let mut trial = Trial::begin(scene, honest(&victim)).await?;
    let browser = scene.browser();
    browser.form_of("/signin").await?;
    let elsewhere = scene.browser().form_of("/signin").await?;
    let account = attacker.account();
    for (story, origin, csrf) in [
        ("from a foreign page", "https://evil.example", ""),
        ("from a sandboxed frame", "null", ""),
        ("without saying where from", "", ""),
        ("with the token of his own browser", "", elsewhere.as_str()),
        ("with the token of his own browser, from his page", "https://evil.example", elsewhere.as_str()),
    ] {
        let fields = [("csrf", csrf), ("email", &account.email), ("password", &account.password)];
        trial.refused(story, foreign(&browser, "/signin", &fields, origin), cross_site()).await;
    }
    let fields = [("csrf", elsewhere.as_str()), ("email", &account.email), ("password", &account.password)];
    let silent = foreign(&browser, "/signin", &fields, "").header("sec-fetch-site", "cross-site");
    trial.refused("from a page that hides its origin", silent, cross_site()).await;
    let kept = browser.cookie("__Host-session").is_none();
    trial.found("her browser", Finding::must(kept, "is signed in to the attacker's account"));
    trial.conclude().await
}

async fn logout(scene: &Scene) -> Outcome {
    let victim = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, honest(&victim)).await?;
    let browser = victim.signed_in().await?;
    for (target, fields) in [
        ("/oauth2/consent", &[("transaction", "x"), ("decision", "allow")][..]),
        ("/signin/organization", &[("transaction", "x"), ("organization", "x")][..]),
    ] {
        for origin in ["https://evil.example", "null", ""] {
            let story = format!("{target} from {origin:?}");
            trial.refused(&story, foreign(&browser, target, fields, origin), cross_site()).await;
        }
    }
    // Clients may send people by forms of theirs (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): they lead to the page
    // that a link leads to, and do nothing by themselves.
    for origin in ["https://evil.example", "null", ""] {
        for target in ["/oauth2/logout", "/oauth2/authorize"] {
            let page = Refusal::bare(303).header("location", &format!("{target}?client_id=clinic-app"));
            let page = page.breach_if(|answer| answer.header("set-cookie").is_some());
            let fields = [("client_id", CLINIC_APP.client_id), ("csrf", "invented")];
            let story = format!("{target} from {origin:?}");
            trial.refused(&story, foreign(&browser, target, &fields, origin), page).await;
        }
    }
    let code = victim.authorization(CLINIC_APP).code(&browser).await;
    trial.found("her session", Finding::must(code.is_ok(), "was ended from a foreign page"));
    trial.conclude().await
}

async fn cookies(scene: &Scene) -> Outcome {
    let victim = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, honest(&victim)).await?;
    let browser = scene.browser();
    let page = browser.send(&browser.get("/signin")).await?;
    let form = victim.sign_in_form(&browser, &victim.account().password).await?;
    let signed_in = browser.send(&form).await?;
    let mut seen = 0;
    for cookie in [&page, &signed_in].into_iter().flat_map(|answer| answer.header_all("set-cookie")) {
        seen += 1;
        let name = cookie.split('=').next().unwrap_or_default();
        let attributes: Vec<String> = cookie.split(';').skip(1).map(|it| it.trim().to_lowercase()).collect();
        let has = |attribute: &str| attributes.iter().any(|it| it == attribute);
        let safe = name.starts_with("__Host-")
            && has("secure")
            && has("httponly")
            && has("path=/")
            && (has("samesite=lax") || has("samesite=strict"))
            && !attributes.iter().any(|it| it.starts_with("domain"));
        trial.found(name, Finding::must(safe, format!("is set with {attributes:?}")));
    }
    trial.found(
        "the cookies",
        if seen < 2 { Finding::Unclear(format!("{seen} were set")) } else { Finding::Fine },
    );
    trial.conclude().await
}
