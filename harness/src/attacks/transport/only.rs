//! `tls-only`: no byte of HTTP on any port in clear.

use crate::attacks::{prelude::*, session};
use std::{
    collections::{BTreeSet, HashSet},
    fs,
    net::SocketAddr,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TLS_ONLY / "plain-get" = plain_get,
        "A client is configured with http:// by mistake and sends its token in clear to the API's port.",
        "Whatever came back, even a redirect, would keep the mistake alive: there must be no HTTP at all.",
        "The token must not stand in the service's log either.",
    ),
    attack!(
        TLS_ONLY / "plain-on-tls-port" = plain_on_tls_port,
        "Raw HTTP of every kind goes to the TLS ports: GET, POST, OPTIONS, HTTP/1.0, HTTP/2 in clear, half a line.",
        "The port may answer with a TLS alert or hang up, and with nothing else.",
    ),
    attack!(
        TLS_ONLY / "fallback" = fallback,
        "An attacker blocks TLS and looks for another door: every port that the service's process listens on, found \
         in /proc.",
        "On each he asks in clear; each must be one of the two known TLS ports.",
    ),
];

/// What came back to bytes in clear: nothing or a TLS alert is fine, HTTP is the breach.
fn judge(seen: &str) -> Finding {
    if seen.contains("HTTP/") {
        let line = seen.lines().next().unwrap_or_default();
        Finding::Breach(format!("answered in clear: {line:?}"))
    } else if seen.is_empty() || seen.starts_with("\u{15}\u{3}") {
        Finding::Fine
    } else {
        Finding::Unclear(format!("{} bytes that are neither HTTP nor a TLS alert", seen.len()))
    }
}

async fn in_clear(scene: &Scene, to: SocketAddr, bytes: &[u8]) -> Result<String, AttackError> {
    let mut stream = session::tcp(scene, to).await?;
    Ok(session::ask(&mut stream, bytes).await)
}

async fn plain_get(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let target = scene.wire().target();
    let canary = reception.renewed()?;
    for (story, to) in [("the public port", target.public), ("the operations port", target.operations)] {
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            target.host,
            canary.token()
        );
        trial.found(story, judge(&in_clear(scene, to, request.as_bytes()).await?));
    }
    let logged = scene.observer().log.lines().iter().any(|line| line.contains(canary.token()));
    trial.found("the log", Finding::must(!logged, "the token stands in the service's log"));
    trial.conclude().await
}

async fn plain_on_tls_port(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/me"), 200)).await?;
    let target = scene.wire().target();
    let body = admin.newcomer().to_string();
    let add = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        admin.members_path(),
        target.host,
        admin.token(),
        body.len()
    );
    let messages: [(&str, &[u8]); 7] = [
        ("GET", b"GET /v1/me HTTP/1.1\r\nHost: api.clinic.test\r\n\r\n"),
        ("POST with a token", add.as_bytes()),
        ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: api.clinic.test\r\n\r\n"),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n"),
        ("HTTP/2 in clear", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
        (
            "an upgrade to TLS (RFC 2817)",
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n",
        ),
        ("an empty line first", b"\r\nGET /v1/me HTTP/1.1\r\nHost: api.clinic.test\r\n\r\n"),
    ];
    for (story, bytes) in messages {
        for to in [target.public, target.operations] {
            trial.found(story, judge(&in_clear(scene, to, bytes).await?));
        }
    }
    trial.conclude().await
}

async fn fallback(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let target = scene.wire().target();
    let ports = listening_ports(scene.service()?.pid())?;
    let known = BTreeSet::from([target.public.port(), target.operations.port()]);
    trial.found(
        "the sweep sees the known ports",
        match known.is_subset(&ports) {
            true => Finding::Fine,
            false => Finding::Unclear(format!("found only {ports:?}")),
        },
    );
    for port in ports {
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            target.host,
            reception.token()
        );
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        let story = if known.contains(&port) { "a known port" } else { "another port" };
        trial.found(story, judge(&in_clear(scene, to, request.as_bytes()).await?));
    }
    trial.conclude().await
}

/// The TCP ports on which the process listens, by its open sockets and the kernel's tables.
fn listening_ports(pid: u32) -> Result<BTreeSet<u16>, AttackError> {
    let mut sockets = HashSet::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        // A descriptor may be gone by now.
        let Ok(link) = fs::read_link(entry?.path()) else { continue };
        let inode = link.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
        sockets.extend(inode.map(str::to_owned));
    }
    let mut ports = BTreeSet::new();
    for table in ["tcp", "tcp6"] {
        for line in fs::read_to_string(format!("/proc/{pid}/net/{table}"))?.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(state), Some(inode)) = (columns.get(1), columns.get(3), columns.get(9))
            else {
                continue;
            };
            // 0A is LISTEN.
            if *state == "0A" && sockets.contains(*inode) {
                let port = local.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok());
                ports.extend(port);
            }
        }
    }
    Ok(ports)
}
