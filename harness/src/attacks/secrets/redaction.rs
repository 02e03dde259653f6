//! `secret-redaction`: however talkative the log is, it knows no secret.

use crate::attacks::{accounts::Door, prelude::*, set, write_settings};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SECRET_REDACTION / "everything" = everything,
        "The service runs at its most talkative level.",
        "Secrets come in wherever clients put them: Authorization, cookies, keys in fields, query, path, body.",
        "The attacker reads the log, the metrics, the OpenAPI document and the audit log.",
    ),
    attack!(
        SECRET_REDACTION / "crash" = crash,
        "Somebody signs in with secrets in every place; the service runs at its most talkative level.",
        "In the middle of it the process is killed by SIGABRT, as by a bug in a library.",
        "The attacker reads the log, the data directory and whatever the system kept of the process's memory.",
    ),
    attack!(
        SECRET_REDACTION / "config-dump" = config_dump,
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
    let mut patience = Patience::new();
    while patience.lasts().await {
        log = beside.log.lines().join("\n");
        // The access line of the last request comes last.
        if ids.last().is_none_or(|id| log.contains(&id.to_string())) {
            break;
        }
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

async fn crash(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let beside = scene.beside(|settings, _| set(settings, "log.level", "trace")).await?;
    let canary = format!("canary-{}", Uuid::new_v4().simple());
    let door = Door::open(&beside.scene).await?;
    let sign_in = || {
        let attempt = door.attempt(&format!("{canary}@people.test"), &canary);
        attempt.header("authorization", format!("Bearer {canary}")).header("x-secret", &canary)
    };
    let answered = sign_in().send().await?;
    let finding = if answered.status < 500 { Finding::Fine } else { Finding::Unclear(answered.summary()) };
    trial.found("a sign-in", finding);
    // Whoever started the service may allow whole memories on the disk; the service must not.
    let pid = beside.service.pid();
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
    let of_cores =
        limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap_or_default();
    let mut sizes = of_cores.split_whitespace().take(2);
    let finding = Finding::must(sizes.all(|size| size == "0"), format!("its memory may be kept: {of_cores}"));
    trial.found("what the system may keep", finding);

    let (attempt, _) = futures_util::future::join(async { sign_in().send().await }, async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        beside.service.signal("ABRT").await
    })
    .await;
    // Whether it was answered in time does not matter.
    drop(attempt);
    for _ in 0..100 {
        if !beside.service.is_alive() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let ended = !beside.service.is_alive();
    trial.found("the process", if ended { Finding::Fine } else { Finding::Unclear("it lives on".into()) });
    let log = beside.log.lines().join("\n");
    trial.found("the log", Finding::must(!log.contains(&canary), "the log has it"));
    let working = std::env::current_dir()?;
    for folder in [working.as_path(), scene.data_directory(), beside.directory()] {
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let is_core = name == "core" || name == format!("core.{pid}");
            trial.found("the disk", Finding::must(!is_core, format!("{name} is the process's memory")));
        }
    }
    trial.conclude().await
}
