//! `ssrf-address`: the service calls nobody who is not outside, however the address is written.

use super::hook::{Hook, administrator, body, challenges_were_an_hour_ago, failed_silently, is_recorded};
use crate::{
    attacks::{prelude::*, timing::told_apart_by_time},
    catcher::{INSIDE, NOBODY, Script, Token},
};
use std::{net::IpAddr, time::Instant};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SSRF_ADDRESS / "literal" = literal,
        "An administrator names addresses of the house as numbers: loopback, private, link-local, metadata, shared, reserved.",
        "In decimal, octal, hexadecimal, full-width digits; as IPv6, mapped, compatible, translated, tunnelled.",
    ),
    attack!(
        SSRF_ADDRESS / "names" = names,
        "She names the house's own hosts, and public names that lead inside.",
        "She has each sent a challenge. Something listens there.",
    ),
    attack!(
        SSRF_ADDRESS / "blind" = blind,
        "She tries to tell an open door of the house from a closed one: by the answer, by the delivery log, by the time it takes.",
    ),
    attack!(
        SSRF_ADDRESS / "ports" = ports,
        "She names a public host, and the ports of SSH, databases and caches there.",
    ),
];

fn refused() -> Refusal {
    Refusal::invalid("url-not-allowed", "/url").audit("malicious_ssrf", "url-not-allowed")
}

/// Numbers of the inside.
const LITERALS: [&str; 37] = [
    "127.0.0.1",
    "0",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "①②⑦.⓪.⓪.①",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[ff02::1]",
];

async fn literal(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let admin = administrator(scene, AdminA1)?;
    let token = scene.catcher().token();
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    for host in LITERALS {
        let request = admin.post("/v1/webhooks").json(&body(&scene.catcher().url_at(host, &token)));
        trial.refused(host, request, refused()).await;
    }
    trial.found("the house", hook.left_the_house_alone(scene));
    trial.conclude().await
}

/// A name of the catcher's that leads where the attack wants.
fn leading(scene: &Scene, script: Script) -> Token {
    let token = scene.catcher().token();
    scene.catcher().lead(&token, script);
    token
}

async fn hook_at(scene: &Scene, address: impl Into<IpAddr>) -> Result<Hook, AttackError> {
    let token = leading(scene, Script::always([address.into()]));
    let url = scene.catcher().url(&token);
    Hook::named(scene, AdminA2, token, &url).await
}

async fn names(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let admin = administrator(scene, AdminA1)?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    for (story, address) in [
        ("a name of loopback", IpAddr::from(INSIDE)),
        ("of loopback in IPv6", "::1".parse().map_err(|_| AttackError::Setup("no address".into()))?),
        ("of a private network", IpAddr::from([10, 0, 0, 1])),
        ("of the metadata service", IpAddr::from([169, 254, 169, 254])),
    ] {
        let hook = trial.honestly(hook_at(scene, address)).await?;
        let row = trial.honestly(hook.test(scene)).await?;
        trial.found(story, failed_silently(&row));
        trial.found(story, hook.left_the_house_alone(scene));
        let recorded = is_recorded(scene, &hook).await?;
        trial.found(story, recorded);
        trial.honestly(scene.demand(&hook.admin.delete(&hook.path()), 204)).await?;
    }
    let token = scene.catcher().token();
    let own = [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "db",
        "vault",
        "redis",
        "api.localhost",
        "metadata.google.internal",
        "printer.local",
        "router.home.arpa",
    ];
    for host in own {
        let request = admin.post("/v1/webhooks").json(&body(&scene.catcher().url_at(host, &token)));
        trial.refused(host, request, refused()).await;
    }
    trial.conclude().await
}

/// How often each door is knocked at.
const KNOCKS: usize = 10;

/// A door that somebody knocks at, and what they see of it.
struct Door {
    story: &'static str,
    hook: Hook,
    told: Vec<String>,
    times: Vec<Duration>,
}

impl Door {
    async fn knock(&mut self, scene: &Scene) -> Result<(), AttackError> {
        let began = Instant::now();
        let answer = scene.demand(&self.hook.admin.post(&format!("{}/test", self.hook.path())), 201).await?;
        self.times.push(began.elapsed());
        let mut shown = answer.json();
        blank(&mut shown);
        self.told.push(shown.to_string());
        let delivery = answer.uuid("/id").unwrap_or_default();
        self.hook.tried(scene, delivery).await?;
        Ok(())
    }

    /// All that its owner is shown of it.
    async fn shown(&self, scene: &Scene) -> Result<String, AttackError> {
        let log =
            scene.demand(&self.hook.admin.get(&format!("{}/deliveries", self.hook.path())), 200).await?;
        let mut log = log.json().get("items").cloned().unwrap_or_default();
        log.as_array_mut().into_iter().flatten().for_each(blank);
        Ok(format!("{:?} {log}", self.told))
    }
}

async fn blind(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    let mut doors = Vec::new();
    for (story, address) in [
        ("an open door", IpAddr::from(INSIDE)),
        ("a closed door", IpAddr::from([127, 0, 0, 9])),
        ("nobody's door", IpAddr::from([10, 255, 255, 1])),
        ("a door outside that nobody opens", IpAddr::from(NOBODY)),
    ] {
        let hook = trial.honestly(hook_at(scene, address)).await?;
        doors.push(Door { story, hook, told: Vec::new(), times: Vec::new() });
    }
    // By turns, and each first in its turn, so that a busy machine makes no difference between them.
    for round in 0..KNOCKS {
        trial.honestly(challenges_were_an_hour_ago(scene)).await?;
        doors.rotate_left(round % 2 + 1);
        for door in &mut doors {
            trial.honestly(door.knock(scene)).await?;
        }
    }
    doors.sort_by_key(|door| door.story != "an open door");
    let mut seen: Option<(String, Vec<Duration>)> = None;
    for door in doors {
        let shown = door.shown(scene).await?;
        let (text, times) = seen.get_or_insert_with(|| (shown.clone(), door.times.clone()));
        trial.found(
            door.story,
            Finding::must(shown == *text, "the answers or the log tell it from the open door"),
        );
        trial.found(door.story, told_apart_by_time(times, &door.times));
        trial.found("the house", door.hook.left_the_house_alone(scene));
        trial.honestly(scene.demand(&door.hook.admin.delete(&door.hook.path()), 204)).await?;
    }
    trial.conclude().await
}

/// Removes what honestly differs between two deliveries.
fn blank(delivery: &mut Value) {
    if let Some(members) = delivery.as_object_mut() {
        for (name, value) in members.iter_mut() {
            if name == "id" || name == "message_id" || name.ends_with("_at") {
                *value = Value::Null;
            }
        }
    }
}

async fn ports(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let admin = administrator(scene, AdminA1)?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    for port in [22, 25, 80, 5432, 6379, 8200, 0, 65535] {
        let url = format!("https://{}:{port}/{}", hook.token.name(), hook.token.path());
        trial.refused(&format!("port {port}"), admin.post("/v1/webhooks").json(&body(&url)), refused()).await;
    }
    trial.conclude().await
}
