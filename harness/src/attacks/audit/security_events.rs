//! `audit-security-events`: no request without its line, no refusal without its event.

use super::log_with;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUDIT_SECURITY_EVENTS / "every-request" = every_request,
        "Members and strangers send requests that succeed and requests that fail in every way there is.",
        "An auditor looks for each of them in the access log: one line each, with who, what, when, from where.",
    ),
    attack!(
        AUDIT_SECURITY_EVENTS / "completeness" = completeness,
        needs: Clinic,
        "Attackers are refused: without a token, a scope, a role, an object, with bad input, too large, too often.",
        "An auditor looks for each refusal in the audit log: one event each, of the right name, reason and actor.",
    ),
    attack!(
        AUDIT_SECURITY_EVENTS / "accounts" = accounts,
        needs: People,
        "A thief guesses at the receptionist's password on her account's page, then changes it, and ends her sessions.",
        "Her organization's auditor reads the audit log.",
    ),
    attack!(
        AUDIT_SECURITY_EVENTS / "request-id" = request_id,
        "A clinician looks a colleague up and calls her request by names that would confuse the log.",
        "She uses the id of another request.",
    ),
];

async fn every_request(scene: &Scene) -> Outcome {
    let (reception, admin, anyone) = (scene.actor(RecepA)?, scene.actor(AdminA1)?, scene.anyone());
    let (me, members) = (reception.get("/v1/me"), reception.members_path());
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let requests = [
        (200, "showMe", me.clone()),
        (200, "listMembers", reception.get(&members)),
        (200, "describeResource", anyone.get("/.well-known/oauth-protected-resource")),
        (401, "showMe", anyone.get("/v1/me")),
        (403, "addMember", reception.post(&members).json(&json!({}))),
        (404, "showMember", reception.get(&format!("{members}/{}", Uuid::new_v4()))),
        (404, "none", anyone.get("/v1/nothing")),
        (405, "none", anyone.put("/v1/me")),
        (406, "showMe", me.clone().header("accept", "text/html")),
        (413, "addMember", admin.post(&members).body("application/json", "x".repeat(70_000))),
        (414, "none", anyone.get(&format!("/{}", "x".repeat(5000)))),
        (415, "addMember", admin.post(&members).body("text/plain", "{}")),
        (421, "none", anyone.get("/v1/me").host("other.test")),
        (422, "addMember", admin.post(&members).json(&json!({ "extra": 1 }))),
        (431, "none", anyone.get("/v1/me").header("x-padding", "y".repeat(20_000))),
    ];
    let mut sent = Vec::new();
    for (status, operation, request) in requests {
        let story = format!("{status} {}", request.describe().chars().take(60).collect::<String>());
        let answer = request.send().await?;
        let Some(id) = answer.request_id().filter(|_| answer.status == status) else {
            trial.found(&story, Finding::Unclear(answer.summary()));
            continue;
        };
        sent.push((story, status, operation, id));
    }
    let ids: Vec<Uuid> = sent.iter().map(|(.., id)| *id).collect();
    let lines = log_with(&scene.observer().log, &ids).await;
    for (story, status, operation, id) in sent {
        let lines: Vec<Value> = lines
            .iter()
            .filter(|line| line.contains(&id.to_string()))
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &Value| line.get("message") == Some(&json!("Request")))
            .collect();
        trial.found(&story, access_line(&lines, status, operation, scene.a()));
    }
    trial.conclude().await
}

/// Whether there is one line, and all an investigator needs stands in it.
fn access_line(lines: &[Value], status: u16, operation: &str, organization: Uuid) -> Finding {
    let [line] = lines else { return Finding::Breach(format!("{} access lines", lines.len())) };
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let utc = text("timestamp").ends_with('Z');
    let timed = line.get("duration_us").is_some_and(Value::is_u64);
    let known = operation != "listMembers" || text("organization.id") == organization.to_string();
    let right = line.get("status") == Some(&json!(status)) && text("operation") == operation;
    let whole =
        utc && timed && known && right && text("source.ip").starts_with("127.") && !text("method").is_empty();
    Finding::must(whole, format!("the access line says {line}"))
}

async fn completeness(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let own = scene.patient().await?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let foreign = trial.honestly(scene.patient_in_b()).await?;
    let expired = reception.recipe().shifted(-3600).sign()?;
    let register = reception.post("/v1/patients");
    let members = reception.post(&reception.members_path());
    let cases = [
        (anyone_me(scene), "authn_token_reject", "token.missing"),
        (me.clone().bearer("no.token.atall"), "authn_token_reject", "token.malformed"),
        (me.clone().bearer(expired), "authn_token_reject", "token.exp"),
        (me.clone().header("authorization", "Bearer twice"), "authn_token_reject", "token.ambiguous"),
        (reception.with_scopes("profile:read")?.get("/v1/patients"), "authz_fail", "scope"),
        (scene.actor(AuditA)?.with_scopes("patients:read")?.get("/v1/patients"), "authz_fail", "role"),
        (reception.get(&foreign.path()), "authz_fail", "object"),
        (reception.get(&format!("/v1/organizations/{}/members", scene.b())), "authz_fail", "organization"),
        (members.json(&json!({})), "authz_fail", "scope"),
        (register.clone().json(&json!({ "extra": 1 })), "input_validation_fail", "unknown-member"),
        (register.clone().body("application/json", "{"), "input_validation_fail", "malformed-json"),
        (
            register.clone().body("application/json", "{\"a\":1,\"a\":2}"),
            "input_validation_fail",
            "ambiguous-input",
        ),
        (reception.get("/v1/patients?limit=0"), "input_validation_fail", "limit-out-of-range"),
        (reception.get("/v1/patients?cursor=AAAA"), "input_validation_fail", "invalid-cursor"),
        (reception.get("/v1/patients?x=1"), "input_validation_fail", "unknown-parameter"),
        (register.clone().json(&own.sent.body()), "input_validation_fail", "conflict"),
        (register.clone().body("text/plain", "{}"), "request_refused", "unsupported-media-type"),
        (register.body("application/json", " ".repeat(70_000)), "request_refused", "content-too-large"),
        (me.header("accept", "text/html"), "request_refused", "not-acceptable"),
    ];
    for (request, event, reason) in cases {
        let story = format!("{event} {reason}");
        let answer = request.send().await?;
        trial.found(&story, one_event(scene, &answer, event, reason).await?);
    }
    trial.conclude().await
}

fn anyone_me(scene: &Scene) -> Request {
    scene.anyone().get("/v1/me")
}

async fn one_event(
    scene: &Scene,
    answer: &Answer,
    event: &str,
    reason: &str,
) -> Result<Finding, AttackError> {
    if !(400..500).contains(&answer.status) {
        return Ok(Finding::Unclear(format!("it was answered {}", answer.summary())));
    }
    let Some(id) = answer.request_id() else { return Ok(Finding::Unclear("no request id".into())) };
    let rows = scene.observer().audit_events_of(id).await?;
    let [row] = rows.as_slice() else {
        return Ok(Finding::Breach(format!("{} left {} events", answer.summary(), rows.len())));
    };
    let (named, why) = (row.text("event").unwrap_or_default(), row.text("reason").unwrap_or_default());
    let known = event.starts_with("authn") || row.text("actor_subject").is_some();
    let whole = row.text("outcome").as_deref() == Some("failure")
        && row.text("source_address").is_some_and(|address| address.starts_with("127."))
        && row.integer("schema_version").is_some()
        && row.text("occurred_at").is_some()
        && row.text("operation").is_some()
        && known;
    Ok(if named == event && why == reason && whole {
        Finding::Fine
    } else {
        Finding::Breach(format!("the event says {}", row.everything()))
    })
}

async fn accounts(scene: &Scene) -> Outcome {
    let (auditor, reception) = (scene.actor(AuditA)?, scene.person(RecepA)?);
    let log = |event: &str| auditor.get(&format!("/v1/audit-events?event={event}"));
    let mut trial = Trial::begin(scene, Control::new(log("authn_login_success"), 200)).await?;
    let browser = reception.signed_in().await?;
    let csrf = browser.form_of("/account/password").await?;
    let new = format!("{} {}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    for (password, status) in [("not her password", 422), (reception.account().password.as_str(), 200)] {
        let fields = [("csrf", csrf.as_str()), ("password", password), ("new_password", new.as_str())];
        let answer = browser.send(&browser.post("/account/password", &fields)).await?;
        if answer.status != status {
            return Err(AttackError::Setup(format!("a password was answered {}", answer.summary())));
        }
    }
    let csrf = browser.form_of("/account").await?;
    browser.send(&browser.post("/account/sessions/end-others", &[("csrf", csrf.as_str())])).await?;
    let member = reception.account().member.to_string();
    for event in
        ["authn_login_success", "authn_password_change_fail", "authn_password_change", "session_ended"]
    {
        trial
            .check(event, log(event), |answer| {
                let told = answer.status == 200 && answer.mentions(&member);
                Finding::must(told, "is not in her organization's log")
            })
            .await;
    }
    trial.conclude().await
}

async fn request_id(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let read = clinician.get(&scene.actor(RecepA)?.path());
    let mut trial = Trial::begin(scene, Control::new(read.clone(), 200)).await?;
    let earlier = read.send().await?.request_id().map(|id| id.to_string()).unwrap_or_default();
    let long = "a".repeat(10_000);
    let cases: [(&str, &str, bool); 8] = [
        ("honest", "client-id-0123456789", true),
        ("another request's id", &earlier, true),
        ("markup", "<script>alert(1)</script>", false),
        ("10 KB", &long, false),
        ("a field more", "abcdefgh\",\"admin\":\"true", false),
        ("too short to be one", "1", false),
        ("spaces", "abc def ghi jkl", false),
        ("a lookup", "${jndi:ldap://127.0.0.1/x}", false),
    ];
    for (story, given, kept) in cases {
        let answer =
            read.clone().header("x-request-id", given).header("traceparent", "00-zz-not-hex").send().await?;
        let Some(id) = answer.request_id().filter(|_| answer.status == 200) else {
            trial.found(story, Finding::Unclear(answer.summary()));
            continue;
        };
        trial.found(story, Finding::must(id.to_string() != given, "the client chose the request's id"));
        let rows = scene.observer().audit_events_of(id).await?;
        let stored = rows.first().map(|row| row.text("client_request_id"));
        let expected = kept.then(|| given.to_owned());
        let finding = Finding::must(
            rows.len() == 1 && stored.as_ref() == Some(&expected),
            format!("{} events; the client's id is kept as {stored:?}", rows.len()),
        );
        trial.found(story, finding);
    }
    trial.conclude().await
}
