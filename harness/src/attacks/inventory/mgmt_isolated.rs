//! `inventory-mgmt-isolated`: what operators need is not where the public is.

use super::filled;
use crate::{
    attacks::{prelude::*, set, without_rates, write_settings},
    matrix::endpoints,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INVENTORY_MGMT_ISOLATED / "public" = public,
        "The operator reads health and metrics on the operations listener.",
        "Anyone, and the administrator, asks the public listener for the same, and for what else operators use.",
        "They ask by TRACE.",
    ),
    attack!(
        INVENTORY_MGMT_ISOLATED / "debug-flag" = debug_flag,
        "Somebody asks every endpoint with the flags that switch debugging on elsewhere: in fields, a cookie, the query.",
        "The administrator asks who she is, with each of them.",
    ),
    attack!(
        INVENTORY_MGMT_ISOLATED / "listener" = listener,
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
    trial.conclude().await
}

/// How frameworks are made to tell more.
const FLAGS: [(&str, &str); 12] = [
    ("x-debug", "1"),
    ("x-debug-token", "1"),
    ("debug", "true"),
    ("rust-log", "trace"),
    ("rust_log", "trace"),
    ("rust-backtrace", "full"),
    ("x-log-level", "trace"),
    ("cookie", "__debug__=1; XDEBUG_SESSION=1"),
    ("x-original-url", "/metrics"),
    ("x-rewrite-url", "/metrics"),
    ("x-forwarded-prefix", "/metrics"),
    ("x-profile", "1"),
];

/// What a flag could change: the status and which fields there are.
fn shape(answer: &Answer) -> (u16, Vec<&str>) {
    let mut names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    (answer.status, names)
}

async fn debug_flag(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, healthy(scene)).await?;
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let (anyone, admin) = (beside.scene.anyone(), beside.scene.actor(AdminA1)?);
    for endpoint in endpoints() {
        let plain = anyone.request(&endpoint.method, &filled(endpoint.path, scene));
        let expected = plain.send_patiently().await?;
        let flagged = FLAGS.map(|(name, value)| plain.clone().header(name, value));
        let answers = join_all(flagged.iter().map(Request::send_patiently)).await;
        for ((name, _), answer) in FLAGS.into_iter().zip(answers) {
            let answer = answer?;
            let same = shape(&answer) == shape(&expected);
            let story = format!("{} {}: {name}", endpoint.method, endpoint.path);
            trial.found(&story, Finding::must(same, "the answer is another one"));
        }
    }
    let me = admin.get("/v1/me");
    let expected = me.send_patiently().await?;
    for (name, value) in FLAGS {
        let answer = me.clone().header(name, value).send_patiently().await?;
        let same = answer.text() == expected.text() && shape(&answer) == shape(&expected);
        trial.found(name, Finding::must(same, "the answer is another one"));
    }
    for query in ["debug=1", "__debug__=1", "XDEBUG_SESSION_START=1", "trace=1", "profile=1"] {
        let asked = admin.get(&format!("/v1/me?{query}"));
        trial.refused(query, asked, Refusal::problem(400, "unknown-parameter")).await;
    }
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
