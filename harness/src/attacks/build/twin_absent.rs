//! `build-twin-absent`: the switches that take protections away are not in what is shipped.

use crate::{
    arena::TemporaryDirectory,
    attacks::{constants, prelude::*, set, write_settings},
    observe::LogBook,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        BUILD_TWIN_ABSENT / "strings" = strings,
        "An attacker reads the texts in the service's binary.",
        "He looks for the twins' switches, stamps and weak code.",
    ),
    attack!(
        BUILD_TWIN_ABSENT / "env" = env,
        "An attacker starts the service and tells it what to do without: on its input, in its environment.",
        "He sends a token of too narrow a scope, and asks for the switch in fields, cookies and parameters too.",
        "He tries flags and settings.",
    ),
    attack!(
        BUILD_TWIN_ABSENT / "bind" = bind,
        "Somebody takes the binary for the service, and has it listen on every network.",
        "If it has the twins' switches inside, it must refuse.",
    ),
];

/// Texts that only a twin has.
const MARKS: [&str; 7] = [
    "x-twin-off",
    "twin_refuses",
    "clock_offset_seconds",
    "TWIN_",
    "FAKE_changeme",
    "/v1/debug/users",
    "stand-in.invalid",
];

async fn strings(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let texts = constants(scene.service()?.binary())?;
    let texts = String::from_utf8_lossy(&texts);
    // The reader reads: a text that every build has is there.
    let read = texts.contains("oauth-protected-resource");
    trial.found("the texts", if read { Finding::Fine } else { Finding::Unclear("can't be read".into()) });
    for mark in MARKS {
        trial.found(mark, Finding::must(!texts.contains(mark), "the binary has it"));
    }
    trial
        .check("the stamp of twins", me, |answer| {
            Finding::must(answer.header("x-twin-off").is_none(), "the service calls itself a twin")
        })
        .await;
    trial.conclude().await
}

async fn env(scene: &Scene) -> Outcome {
    let honest = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(honest.get("/v1/me"), 200)).await?;
    let service = scene.service()?;
    let environment = [
        ("TWIN", "1"),
        ("TWIN_OFF", "authz-scope"),
        ("TWIN_CLOCK_OFFSET", "-3600"),
        ("X_TWIN_OFF", "authz-scope"),
        ("CARGO_FEATURE_TWIN", "1"),
        ("RUST_LOG", "trace"),
    ];
    let steering = r#"{"off":["authz-scope"],"clock_offset_seconds":0}"#;
    let folder = TemporaryDirectory::new()?;
    let settings = write_settings(folder.path(), &scene.settings_table()?)?;
    let second = service.second_with(&settings, steering, &environment, Arc::new(LogBook::default())).await?;
    let beside = scene.through(&second);
    let narrow = beside.actor(RecepA)?.with_scopes("profile:read")?;
    let list = narrow.get(&narrow.members_path());
    let refusal = || Refusal::insufficient_scope("members:read");
    trial.refused("told on its input and in its environment", list.clone(), refusal()).await;
    let asked = list
        .header("x-twin-off", "authz-scope")
        .header("cookie", "twin-off=authz-scope; TWIN_OFF=authz-scope")
        .header("x-feature", "twin");
    trial.refused("told by the request", asked, refusal()).await;

    for flag in ["--twin-off=authz-scope", "--off=authz-scope", "--twin", "--insecure"] {
        let (code, _, said) = service.command(service.settings(), &["check-config", flag]).await?;
        trial.found(flag, Finding::must(code == 2, format!("exit {code}: {}", said.trim())));
    }
    for key in ["twin.off", "server.twin", "off", "protections.off"] {
        let mut settings = scene.settings_table()?;
        set(&mut settings, key, vec!["authz-scope".to_owned()]);
        let file = write_settings(folder.path(), &settings)?;
        let (code, _, said) = service.command(&file, &["check-config"]).await?;
        trial.found(key, Finding::must(code == 78, format!("exit {code}: {}", said.trim())));
    }
    trial.conclude().await
}

async fn bind(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let service = scene.service()?;
    let texts = constants(service.binary())?;
    let texts = String::from_utf8_lossy(&texts);
    let is_twin = MARKS.iter().any(|mark| texts.contains(mark));
    let folder = TemporaryDirectory::new()?;
    for address in ["0.0.0.0:8443", "[::]:8443", "203.0.113.5:8443", "10.0.0.1:8443", "169.254.1.1:8443"] {
        let mut settings = scene.settings_table()?;
        // What lets the proof's own listeners be called would be refused beside such an address, too.
        settings.remove("egress");
        set(&mut settings, "server.listen", address);
        let file = write_settings(folder.path(), &settings)?;
        let (code, _, said) = service.command(&file, &["check-config"]).await?;
        let finding = match code {
            0 => Finding::must(!is_twin, "a twin would listen there"),
            78 if said.contains("twin_refuses") && is_twin => Finding::Fine,
            _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
        };
        trial.found(address, finding);
    }
    trial.conclude().await
}
