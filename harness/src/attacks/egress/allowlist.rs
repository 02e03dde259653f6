//! `egress-allowlist`: the process calls whom `docs/egress.txt` says, and what tenants name by the operator's proxy only.

use super::hook::Hook;
use crate::{
    attacks::{Beside, prelude::*, set},
    catcher::{INSIDE, OUTSIDE, Proxy, Script},
};
use std::{collections::BTreeSet, net::IpAddr};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        EGRESS_ALLOWLIST / "proxy-bypass" = proxy_bypass,
        needs: Exclusive,
        "The operator lets the service out by a forward proxy only. Events are sent; one to a name that leads inside.",
        "Then the proxy is down.",
    ),
    attack!(
        EGRESS_ALLOWLIST / "inventory" = inventory,
        needs: Exclusive,
        "Behind such a proxy the service is kept busy: with reading, writing, telling, with the keys of its issuers.",
        "Every connection of the process is compared with the reviewed list of what it may call.",
    ),
];

/// Another process of the service, behind a proxy.
async fn behind(scene: &Scene, proxy: &Proxy) -> Result<Beside, AttackError> {
    let address = format!("http://{}", proxy.address());
    scene.beside(|table, _| set(table, "egress.proxy", address)).await
}

async fn proxy_bypass(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let astray = Hook::open(scene, AdminA2).await?;
    let proxy = Proxy::start(scene.catcher().port()).await?;
    let beside = behind(scene, &proxy).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    // Whoever is asked delivers: the other process looks a while later.
    let (test, wrong) = (format!("{}/test", hook.path()), format!("{}/test", astray.path()));
    let admin = super::hook::administrator(&beside.scene, AdminA1)?;
    for number in 1..=3 {
        let story = format!("event {number}");
        let before = scene.catcher().arrivals(&hook.token).len();
        beside.scene.demand(&admin.post(&test), 201).await?;
        let arrived = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await.is_some();
        let by_proxy = proxy.asked().iter().filter(|asked| asked.contains(&hook.token.name())).count();
        trial.found(&story, Finding::must(by_proxy == number, "it went past the proxy"));
        trial.found(
            &story,
            if arrived { Finding::Fine } else { Finding::Unclear("it does not arrive".into()) },
        );
    }

    scene.catcher().lead(&astray.token, Script::always([INSIDE.into()]));
    let told = beside.scene.demand(&admin.post(&wrong), 201).await?.uuid("/id").unwrap_or_default();
    astray.tried(scene, told).await?;
    trial.found("a name that leads inside", astray.left_the_house_alone(scene));
    let asked = proxy.asked().iter().any(|asked| asked.contains(&astray.token.name()));
    trial.found("a name that leads inside", Finding::must(!asked, "the proxy was asked for it"));

    proxy.stop();
    let before = scene.catcher().arrivals(&hook.token).len();
    let told = beside.scene.demand(&admin.post(&test), 201).await?.uuid("/id").unwrap_or_default();
    hook.tried(scene, told).await?;
    let came = scene.catcher().arrivals(&hook.token).len() > before;
    trial.found("while the proxy is down", Finding::must(!came, "it went without the proxy"));
    trial.conclude().await
}

/// How long the process is watched, and how often.
const WATCHED: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(2);

async fn inventory(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let proxy = Proxy::start(scene.catcher().port()).await?;
    let beside = behind(scene, &proxy).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    let admin = super::hook::administrator(&beside.scene, AdminA1)?;
    let reception = beside.scene.actor(RecepA)?;
    let pid = beside.service.pid();
    let watch = tokio::task::spawn_blocking(move || watch(pid));
    let began = tokio::time::Instant::now();
    let busy = async {
        while began.elapsed() < WATCHED {
            beside.scene.demand(&admin.post(&format!("{}/test", hook.path())), 201).await?;
            beside.scene.demand(&reception.get(&reception.members_path()), 200).await?;
            beside.service.signal("HUP").await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok::<_, AttackError>(())
    };
    trial.honestly(busy).await?;
    let seen = watch.await.map_err(|error| AttackError::Setup(error.to_string()))??;
    let allowed = allowed(scene, &proxy)?;
    let proxied = seen.contains(&(IpAddr::from(INSIDE), proxy.address().port()));
    let finding = if proxied { Finding::Fine } else { Finding::Unclear("the proxy was not seen".into()) };
    let outside = (IpAddr::from(OUTSIDE), scene.catcher().port());
    trial
        .found("past the proxy", Finding::must(!seen.contains(&outside), "the endpoint was called directly"));
    let unknown: Vec<_> = seen.iter().filter(|place| !allowed.contains(place)).collect();
    trial.found("destinations", finding.and(Finding::must(unknown.is_empty(), format!("{unknown:?}"))));
    trial.conclude().await
}

type Place = (IpAddr, u16);

/// The reviewed list, with the settings' values in place of their names.
fn allowed(scene: &Scene, proxy: &Proxy) -> Result<BTreeSet<Place>, AttackError> {
    const REVIEWED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/egress.txt"));
    let settings = scene.settings_table()?;
    let text = |section: &str, key: &str| {
        settings.get(section).and_then(|it| it.get(key)).and_then(toml::Value::as_str).map(str::to_owned)
    };
    let mut places = BTreeSet::new();
    for name in REVIEWED.lines().filter_map(|line| line.split_whitespace().next()) {
        match name {
            "database.url" => places.extend(text("database", "url").as_deref().and_then(place)),
            "egress.proxy" => drop(places.insert((proxy.address().ip(), proxy.address().port()))),
            "egress.resolver" => places.extend(text("egress", "resolver").as_deref().and_then(place)),
            "identity.issuers" => {
                let issuers = ["staff", "patients"].into_iter().filter_map(|name| scene.forge().issuer(name));
                places.extend(issuers.filter_map(|issuer| place(issuer.url())));
            }
            _ => {}
        }
    }
    Ok(places)
}

/// `127.0.0.1:5432` somewhere in an address; 5432 where none is named.
fn place(text: &str) -> Option<Place> {
    let authority = text.split("://").last()?.split('/').next()?.rsplit('@').next()?;
    match authority.parse::<std::net::SocketAddr>() {
        Ok(address) => Some((address.ip(), address.port())),
        Err(_) => Some((authority.replace("localhost", "127.0.0.1").parse().ok()?, 5432)),
    }
}

/// Every address that a process was connected to, or was connecting to, by a connection that it opened.
fn watch(pid: u32) -> Result<BTreeSet<Place>, std::io::Error> {
    let mut seen = BTreeSet::new();
    let began = std::time::Instant::now();
    while began.elapsed() < WATCHED {
        let own = sockets(pid)?;
        let mut lines = Vec::new();
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            lines.extend(
                std::fs::read_to_string(format!("/proc/net/{table}"))
                    .unwrap_or_default()
                    .lines()
                    .skip(1)
                    .map(str::to_owned),
            );
        }
        let rows: Vec<(Place, Place, String)> = lines
            .iter()
            .filter_map(|line| {
                let mut parts = line.split_whitespace();
                let (local, remote) = (parts.nth(1)?, parts.next()?);
                Some((hexadecimal(local)?, hexadecimal(remote)?, parts.nth(6)?.to_owned()))
            })
            .filter(|(_, _, inode)| own.contains(inode))
            .collect();
        let listening: BTreeSet<u16> =
            rows.iter().filter(|(_, remote, _)| remote.1 == 0).map(|(local, _, _)| local.1).collect();
        let opened = rows.iter().filter(|(local, remote, _)| remote.1 != 0 && !listening.contains(&local.1));
        seen.extend(opened.map(|(_, remote, _)| *remote));
        std::thread::sleep(LOOK);
    }
    Ok(seen)
}

/// The inodes of the process's sockets.
fn sockets(pid: u32) -> Result<BTreeSet<String>, std::io::Error> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?;
    let links = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
    let inode = |link: std::path::PathBuf| {
        Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    Ok(links.filter_map(inode).collect())
}

/// An address as Linux prints it: words of the machine's order in hexadecimal, and the port.
fn hexadecimal(text: &str) -> Option<Place> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Option<Vec<[u8; 4]>> = address
        .as_bytes()
        .chunks(8)
        .map(|word| Some(u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?.to_ne_bytes()))
        .collect();
    let bytes: Vec<u8> = words?.concat();
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::from(four),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?).to_canonical(),
    };
    Some((address, port))
}
