//! `output-no-reflection`: answers are JSON, harmless in a page, and repeat nothing of the request.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OUTPUT_NO_REFLECTION / "reflect" = reflect,
        needs: Clinic,
        "An attacker writes markup with a mark of his own into the path, the query, every header field, the body and the method.",
        "He looks for his mark in everything that comes back.",
    ),
    attack!(
        OUTPUT_NO_REFLECTION / "stored" = stored,
        needs: Clinic,
        "The receptionist registers a patient whose name is a script.",
        "She opens the record as a browser opens a page: the name must come back as text, and nothing as markup.",
    ),
    attack!(
        OUTPUT_NO_REFLECTION / "jsonp" = jsonp,
        "A page of another site asks for the answer as a call of its own function.",
    ),
    attack!(
        OUTPUT_NO_REFLECTION / "accept-copy" = accept_copy,
        needs: Clinic,
        "A browser prefers HTML and takes anything: neither records nor errors may turn into it.",
    ),
];

/// A mark nobody else has, and the markup around it.
fn mark() -> (String, String) {
    let mark = format!("mark{}", Uuid::new_v4().simple());
    let markup = format!("\"><svg/onload={mark}>");
    (mark, markup)
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// JSON of the right type, not to be sniffed, without a character that begins markup.
fn harmless(answer: &Answer) -> Finding {
    let kind = answer.header("content-type");
    let typed = match kind {
        Some("application/json") => answer.status < 400,
        Some("application/problem+json") => answer.status >= 400,
        None => answer.body.is_empty(),
        Some(_) => false,
    };
    let sniffed = answer.header_all("x-content-type-options") != ["nosniff"];
    let markup = answer.body.iter().any(|byte| matches!(byte, b'<' | b'>' | b'&'));
    Finding::must(typed, format!("{} is of type {kind:?}", answer.summary()))
        .and(Finding::must(!markup, "the body holds markup"))
        .and(Finding::must(!sniffed, "the body may be sniffed"))
}

fn silent(answer: &Answer, mark: &str) -> Finding {
    let repeated = Finding::must(!answer.mentions(mark), format!("{} repeats the mark", answer.summary()));
    repeated.and(harmless(answer))
}

async fn reflect(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;
    let (mark, markup) = mark();
    let inside = escaped(&markup);
    let me = reception.get("/v1/me");
    let register = |body: String| reception.post("/v1/patients").body("application/json", body);

    let mut attempts = vec![
        ("an unknown path", reception.get(&format!("/{inside}"))),
        ("an unknown path without a token", scene.anyone().get(&format!("/{inside}?q={inside}"))),
        ("a patient's id", reception.get(&format!("/v1/patients/{inside}"))),
        ("an organization's id", reception.get(&format!("/v1/organizations/{inside}/members"))),
        ("a parameter's value", reception.get(&format!("/v1/patients?status={inside}"))),
        ("a parameter's name", reception.get(&format!("/v1/patients?{inside}=1"))),
        ("a search", reception.get(&format!("/v1/patients?family_name={inside}"))),
        ("a cursor", reception.get(&format!("/v1/patients?cursor={mark}"))),
        ("a method", reception.request(&mark.to_uppercase(), "/v1/me")),
        ("another host", me.clone().host(&format!("{mark}.test"))),
        ("a media type", reception.post("/v1/patients").body(&format!("text/{mark}"), "{}")),
        ("an accepted type", me.clone().header("accept", format!("text/{mark}"))),
        ("a token", me.clone().bearer(&mark)),
        ("an authentication scheme", me.clone().authorization(format!("{mark} x"))),
        (
            "a preflight",
            scene
                .anyone()
                .request("OPTIONS", "/v1/me")
                .header("origin", format!("https://{mark}.test"))
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", &mark),
        ),
        ("no JSON", register(markup.clone())),
        ("an unknown member", register(json!({ &markup: 1 }).to_string())),
        (
            "an unknown lower-case member",
            register(json!({ mark.replace(|c: char| c.is_ascii_digit(), "x"): 1 }).to_string()),
        ),
        ("a broken rule", register(super_long(&markup))),
        ("a wrong type", register(json!({ "given_name": [markup] }).to_string())),
        ("a wrong variant", scene.actor(AdminA1)?.patch(&reception.path()).json(&json!({ "role": markup }))),
        ("an unclean text", register(json!({ "given_name": format!("{markup}\0") }).to_string())),
    ];
    for field in [
        "user-agent",
        "referer",
        "origin",
        "accept-language",
        "accept-charset",
        "cookie",
        "if-match",
        "if-none-match",
        "range",
        "x-request-id",
        "x-correlation-id",
        "traceparent",
        "x-forwarded-for",
        "x-forwarded-host",
        "forwarded",
        "x-original-url",
        "x-http-method-override",
        "via",
        "from",
        "te",
        "x-custom",
    ] {
        attempts.push((field, me.clone().header(field, &markup)));
        attempts.push((field, reception.get("/v1/none").header(field, &mark)));
    }
    let unknown = mark.replace(|c: char| c.is_ascii_digit(), "x");
    for (story, request) in attempts {
        trial.check(story, request, |answer| silent(answer, &mark).and(silent(answer, &unknown))).await;
    }
    trial.conclude().await
}

fn super_long(markup: &str) -> String {
    let mut body = NewPatient::unique().body();
    if let Some(members) = body.as_object_mut() {
        members.insert("given_name".into(), json!(markup.repeat(4)));
    }
    body.to_string()
}

async fn stored(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let (_, markup) = mark();
    let name = format!("<b>Ann</b> & {markup}");
    let new = NewPatient { given_name: name.clone(), family_name: markup, ..NewPatient::unique() };
    let patient = scene.patient_with(RecepA, new).await?;
    let sent = name.clone();
    let read = clinician.get(&patient.path());
    let control =
        Control::judged(read.clone(), 200, move |a| a.string("/given_name").as_deref() == Some(&sent));
    let mut trial = Trial::begin(scene, control).await?;
    let notes = json!({ "notes": format!("</script>{name}"), "metadata": { "<img src=x>": "<script>" } });
    let corrected = trial.honestly(clinician.patch(&patient.path()).json(&notes).send()).await?;
    trial.found("the answer to a correction", harmless(&corrected));
    let navigation = |request: Request| {
        request
            .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("upgrade-insecure-requests", "1")
    };
    for request in [read, clinician.get("/v1/patients"), clinician.get(&clinician.members_path())] {
        let story = request.describe();
        trial.check(&story, request.clone(), harmless).await;
        trial.check(&format!("{story} as a page"), navigation(request), harmless).await;
    }
    trial.conclude().await
}

async fn jsonp(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    for name in ["callback", "jsonp", "jsoncallback", "cb"] {
        let (mark, _) = mark();
        let request = reception.get(&format!("/v1/me?{name}={mark}"));
        let refusal = Refusal::problem(400, "unknown-parameter")
            .header("x-content-type-options", "nosniff")
            .breach_if(move |answer| answer.mentions(&mark));
        trial.refused(name, request, refusal).await;
    }
    trial.conclude().await
}

async fn accept_copy(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&patient.path()), 200)).await?;
    for wanted in
        ["text/html", "text/html, */*;q=0.1", "text/html;q=1, application/json;q=0.1", "image/svg+xml, */*"]
    {
        for request in [
            reception.get(&patient.path()),
            reception.get("/v1/none"),
            reception.get("/v1/patients?limit=x"),
            scene.anyone().get("/v1/me"),
            scene.anyone().get("/.well-known/oauth-protected-resource"),
        ] {
            let story = format!("{} as {wanted}", request.describe());
            trial.check(&story, request.header("accept", wanted), harmless).await;
        }
    }
    trial.conclude().await
}
