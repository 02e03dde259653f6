//! `secret-redaction`: however talkative the log is, it knows no secret.

use crate::attacks::{prelude::*, set, write_settings};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SecretRedaction / "everything" = everything,
        "The service runs at its most talkative level.",
        "Secrets come in wherever clients put them: Authorization, cookies, keys in fields, query, path, body.",
        "The attacker reads the log, the metrics, the OpenAPI document and the audit log.",
    ),
    attack!(
        SecretRedaction / "config-dump" = config_dump,
        "The operator mistypes the database's address, with the password in it.",
        "The attacker reads what the refusal says.",
    ),
];

async fn everything(scene: &Scene) -> Outcome {
    let beside = scene.beside(|settings, _| set(settings, "log.level", "trace")).await?;
    let reception = beside.scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let canary = format!("canary-{}", Uuid::new_v4().simple());
    let token = reception.token().to_owned();
    let signature = token.rsplit('.').next().unwrap_or_default().to_owned();
    let (admin, members) = (beside.scene.actor(AdminA1)?, reception.members_path());
    let attempts = [
        me.clone(),
        me.clone().bearer(&canary),
        me.clone().authorization(format!("Basic {canary}")),
        me.clone().header("authorization", format!("Bearer {canary}")),
        me.clone().header("cookie", format!("session={canary}")),
        me.clone().header("x-api-key", &canary),
        me.clone().header("proxy-authorization", format!("Basic {canary}")),
        me.clone().header("x-request-id", format!("{canary} {canary}")),
        me.clone().header("user-agent", &canary),
        me.clone().header("origin", format!("https://{canary}.test")),
        me.clone().host(&format!("{canary}.test")),
        beside.scene.anyone().get(&format!("/v1/me?access_token={token}")),
        beside.scene.anyone().get(&format!("/v1/me?access_token={canary}&password={canary}")),
        reception.get(&format!("{members}/{canary}")),
        reception.get(&format!("{members}?family_name={canary}&cursor={canary}")),
        admin.post(&members).json(&json!({ "password": canary, "client_secret": canary })),
        admin.post(&members).body("application/json", format!("{{\"otp\":\"{canary}")),
    ];
    let mut ids = Vec::new();
    for attempt in &attempts {
        ids.extend(attempt.send().await?.request_id());
    }
    let metrics = beside.scene.anyone().get("/metrics").to_operations().send().await?;
    let service = &beside.service;
    let (_, document, _) = service.command(service.settings(), &["openapi"]).await?;
    let key = std::fs::read(scene.data_directory().join("server.key"))?;
    let key = String::from_utf8_lossy(&key).lines().nth(1).unwrap_or_default().to_owned();
    let audit = audit_text(scene, &ids).await?;

    let mut log = String::new();
    for _ in 0..50 {
        log = beside.log.lines().join("\n");
        // The access line of the last request comes last.
        if ids.last().is_none_or(|id| log.contains(&id.to_string())) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let accounted = ids.len() == attempts.len() && ids.iter().all(|id| log.contains(&id.to_string()));
    let finding =
        if accounted { Finding::Fine } else { Finding::Unclear("requests are missing in it".into()) };
    trial.found("the log is the one of these requests", finding);
    for (sink, text) in [
        ("the log", &log),
        ("the metrics", &metrics.text()),
        ("the OpenAPI document", &document),
        ("the audit log", &audit),
    ] {
        for (what, secret) in
            [("a canary", &canary), ("a token", &token), ("a signature", &signature), ("the TLS key", &key)]
        {
            let finding = Finding::must(secret.is_empty() || !text.contains(secret.as_str()), what);
            trial.found(&format!("{sink} holds"), finding);
        }
    }
    trial.conclude().await
}

async fn audit_text(scene: &Scene, ids: &[Uuid]) -> Result<String, AttackError> {
    let mut text = String::new();
    for id in ids {
        for row in scene.observer().audit_events_of(*id).await? {
            text += &row.everything();
        }
    }
    Ok(text)
}

async fn config_dump(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let service = scene.service()?;
    let folder = crate::arena::TemporaryDirectory::new()?;
    let canary = format!("canary{}", Uuid::new_v4().simple());
    for url in [
        format!("mysql://app:{canary}@127.0.0.1/clinic"),
        format!("postgres//app:{canary}@127.0.0.1/clinic"),
        format!("postgres://app:{canary}@127.0.0.1/clinic?sslmode=disable"),
        format!("postgres://app:{canary}@db.example.org/clinic"),
    ] {
        let mut settings = scene.settings_table()?;
        set(&mut settings, "database.url", url);
        let file = write_settings(folder.path(), &settings)?;
        let (code, printed, said) = service.command(&file, &["check-config"]).await?;
        let silent = !printed.contains(&canary) && !said.contains(&canary);
        let finding = if code == 78 {
            Finding::Fine
        } else {
            Finding::Unclear(format!("exit {code}: {}", said.trim()))
        };
        let finding = finding.and(Finding::must(silent, "the refusal prints the password"));
        trial.found("a mistyped database address", finding);
    }
    trial.conclude().await
}
