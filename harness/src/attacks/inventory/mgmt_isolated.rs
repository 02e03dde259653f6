//! `inventory-mgmt-isolated`: what operators need is not where the public is.

use crate::attacks::{prelude::*, set, write_settings};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        InventoryMgmtIsolated / "public" = public,
        "The operator reads health and metrics on the operations listener.",
        "Anyone, and the administrator, asks the public listener for the same, and for what else operators use.",
        "They ask by TRACE, and with flags that switch debugging on elsewhere.",
    ),
    attack!(
        InventoryMgmtIsolated / "listener" = listener,
        "The operator reads health and metrics on the operations listener.",
        "An attacker looks where that listener is bound, and speaks HTTP in clear to it.",
        "He talks the operator into binding it to the network.",
    ),
];

fn healthy(scene: &Scene) -> Control<'_> {
    let live = scene.anyone().get("/health/live").to_operations();
    let metrics = scene.anyone().get("/metrics").to_operations();
    Control::judged(live, 200, |answer| answer.text() == r#"{"status":"ok"}"#).and(Control::judged(
        metrics,
        200,
        |answer| answer.text().ends_with("# EOF\n"),
    ))
}

async fn public(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, healthy(scene)).await?;
    let admin = scene.actor(AdminA1)?;
    for path in [
        "/metrics",
        "/health",
        "/health/live",
        "/health/ready",
        "/v1/metrics",
        "/v1/health/live",
        "/docs",
        "/openapi.json",
        "/admin",
        "/debug",
        "/debug/pprof",
        "/debug/vars",
        "/actuator",
        "/actuator/env",
        "/.git/config",
        "/.env",
        "/.well-known/",
        "/status",
        "/migrate",
        "/shutdown",
        "/reload",
        "/config",
        "/console",
        "/assets/",
        "/static/",
    ] {
        trial.refused(path, scene.anyone().get(path), Refusal::absent()).await;
        trial.refused(&format!("the administrator: {path}"), admin.get(path), Refusal::absent()).await;
    }
    for target in ["/v1/me", "/.well-known/oauth-protected-resource"] {
        let trace =
            admin.request("TRACE", target).header("max-forwards", "0").header("x-echo", "canary-echo");
        let refusal = Refusal::problem(405, "method-not-allowed").breach_if(|a| a.mentions("canary-echo"));
        trial.refused("TRACE", trace, refusal).await;
    }
    // The flags of other frameworks change nothing: the answer is the same as without.
    let me = admin.get("/v1/me");
    let plain = me.send().await?;
    for (name, value) in [
        ("x-debug", "1"),
        ("x-debug-token", "1"),
        ("rust-log", "trace"),
        ("rust_log", "trace"),
        ("cookie", "__debug__=1; XDEBUG_SESSION=1"),
        ("x-original-url", "/metrics"),
        ("x-rewrite-url", "/metrics"),
        ("x-forwarded-prefix", "/metrics"),
    ] {
        let flagged = me.clone().header(name, value);
        trial
            .check(name, flagged, |answer| match answer.status {
                200 => Finding::must(answer.text() == plain.text(), "the answer is another one"),
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    let flagged = admin.get("/v1/me?debug=1");
    trial.refused("?debug=1", flagged, Refusal::problem(400, "unknown-parameter")).await;
    trial.conclude().await
}

async fn listener(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, healthy(scene)).await?;
    let service = scene.service()?;
    let operations = service.operations();
    trial.found("its address", Finding::must(operations.ip().is_loopback(), operations.to_string()));
    let open = bound_elsewhere(operations.port())?;
    trial.found("the system's list of sockets", Finding::must(open.is_empty(), open.join(", ")));
    let clear = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let clear = scene.raw(clear).to_operations().in_clear().patience(Duration::from_secs(3));
    trial.refused("HTTP in clear", clear, Refusal::hang_up()).await;
    let inside = scene.actor(AdminA1)?.get("/v1/me").to_operations();
    trial.refused("the API is not there", inside, Refusal::absent()).await;

    let folder = crate::arena::TemporaryDirectory::new()?;
    for address in ["0.0.0.0:9443", "[::]:9443", "203.0.113.5:9443", "[2001:db8::1]:9443", "169.254.1.1:9443"]
    {
        let mut settings = scene.settings_table()?;
        // What lets the proof's own listeners be called would be refused beside such an address, too.
        settings.remove("egress");
        set(&mut settings, "operations.listen", address);
        let file = write_settings(folder.path(), &settings)?;
        let (code, _, said) = service.command(&file, &["check-config"]).await?;
        let finding = match code {
            78 if said.contains("operations.listen") => Finding::Fine,
            0 => Finding::Breach("the service would listen there".into()),
            _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
        };
        trial.found(address, finding);
    }
    trial.conclude().await
}

/// Listening sockets of this port on other addresses than loopback (proc(5): addresses in hexadecimal).
fn bound_elsewhere(port: u16) -> Result<Vec<String>, AttackError> {
    let mut open = Vec::new();
    for (file, loopback) in
        [("/proc/net/tcp", "0100007F"), ("/proc/net/tcp6", "00000000000000000000000001000000")]
    {
        // A system without IPv6 has no such list.
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        for line in text.lines().skip(1) {
            let mut words = line.split_whitespace().skip(1);
            let (local, state) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
            let (address, its_port) = local.split_once(':').unwrap_or_default();
            if state == "0A" && u16::from_str_radix(its_port, 16) == Ok(port) && address != loopback {
                open.push(address.to_owned());
            }
        }
    }
    Ok(open)
}
