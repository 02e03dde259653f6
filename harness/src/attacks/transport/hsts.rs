//! `tls-hsts`: every answer tells browsers to come back over TLS only.

use crate::attacks::{every_answer::every_answer, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const FIELD: &str = "strict-transport-security";
const VALUE: &str = "max-age=63072000; includeSubDomains";

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TLS_HSTS / "each-status" = each_status,
        "An attacker waits for the one answer that forgets to demand TLS: an error, a preflight, a health check.",
        "He provokes every kind of answer: success, 4xx, 429, 5xx, preflights, the operations listener.",
        "Each must carry the field exactly once, with two years and subdomains.",
    ),
    attack!(
        TLS_HSTS / "strip-client" = strip_client,
        "A browser visits the API once over TLS and remembers what it was told (RFC 6797 §8).",
        "Later the attacker owns the network, and a link leads to http://api.clinic.test and to a subdomain of it.",
        "If the browser speaks in clear, the attacker has the token.",
    ),
];

async fn each_status(scene: &Scene) -> Outcome {
    let health = scene.anyone().get("/health/live").to_operations();
    let control = Control::judged(health, 200, |answer| answer.succeeded());
    let mut trial = Trial::begin(scene, control).await?;
    for provoked in every_answer(scene, &mut trial).await? {
        let finding = provoked.judged(|answer| {
            let fields = answer.header_all(FIELD);
            Finding::must(fields == [VALUE], format!("{} says {fields:?}", answer.summary()))
        });
        trial.found(&provoked.story, finding);
    }
    trial.conclude().await
}

async fn strip_client(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let mut browser = Browser::default();
    browser.remember("api.clinic.test", &me.send().await?);
    for host in ["api.clinic.test", "beta.api.clinic.test"] {
        let captured = browser.lured_to(host, reception.token()).await?;
        let finding = Finding::must(!captured.contains(reception.token()), "the token was sent in clear");
        trial.found(&format!("http://{host}"), finding);
    }
    trial.conclude().await
}

/// As much of a browser as RFC 6797 needs.
#[derive(Default)]
struct Browser {
    /// Hosts known to want TLS, and whether their subdomains do.
    known: Vec<(String, bool)>,
}

impl Browser {
    /// RFC 6797 §8.1: only the first field counts, and only with a positive `max-age`.
    fn remember(&mut self, host: &str, answer: &Answer) {
        let Some(policy) = answer.header(FIELD) else { return };
        let directives: Vec<String> = policy.split(';').map(|d| d.trim().to_ascii_lowercase()).collect();
        let age = directives.iter().find_map(|d| d.strip_prefix("max-age=")?.parse::<u64>().ok());
        if age.is_some_and(|age| age > 0) {
            self.known.push((host.into(), directives.iter().any(|d| d == "includesubdomains")));
        }
    }

    /// RFC 6797 §8.3: whether a link in clear is upgraded before anything is sent.
    fn upgrades(&self, host: &str) -> bool {
        self.known.iter().any(|(known, subdomains)| {
            host == known || (*subdomains && host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
        })
    }

    /// What the attacker's plain listener hears when the browser follows the link.
    async fn lured_to(&self, host: &str, token: &str) -> Result<String, AttackError> {
        if self.upgrades(host) {
            return Ok(String::new());
        }
        let attacker = TcpListener::bind("127.0.0.1:0").await?;
        let mut link = TcpStream::connect(attacker.local_addr()?).await?;
        let request = format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
        link.write_all(request.as_bytes()).await?;
        link.shutdown().await?;
        let (mut heard, _) = attacker.accept().await?;
        let mut captured = String::new();
        heard.read_to_string(&mut captured).await?;
        Ok(captured)
    }
}
