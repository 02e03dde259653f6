//! The attacked service's settings file.

use super::Scanner;
use crate::{
    catcher::{Catcher, NETWORK},
    insurer::Insurer,
};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// The name the service is known by.
pub(super) const HOST: &str = "api.clinic.test";
/// The one origin of a browser application that may read answers.
pub(super) const ORIGIN: &str = "https://app.clinic.test";

#[derive(Serialize)]
pub(super) struct Settings<'a> {
    pub(super) data_directory: &'a Path,
    server: Server,
    operations: Operations,
    database: DatabaseSettings,
    identity: Identity,
    cors: Cors,
    #[serde(skip_serializing_if = "Option::is_none")]
    documents: Option<Documents>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egress: Option<Egress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passwords: Option<Passwords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<Upstream>,
    limits: BTreeMap<&'static str, u32>,
}

/// Rates that no load reaches.
const MEASURED: [(&str, u32); 13] = [
    ("anonymous_per_minute", 6_000),
    ("anonymous_burst", 1_000),
    ("principal_per_minute", 6_000_000),
    ("principal_burst", 1_000_000),
    ("tenant_per_minute", 60_000_000),
    ("tenant_burst", 10_000_000),
    ("visitor_per_minute", 60_000),
    ("visitor_burst", 10_000),
    ("upload_per_hour", 60_000),
    ("sign_in_per_minute", 6_000),
    ("sign_in_burst", 1_000),
    ("sign_in_network_per_minute", 60_000),
    ("sign_in_network_burst", 10_000),
];

/// Attacks ask the insurer more often in a minute than a clinic does in a day; how often one may is a matter of
/// `rate-costly-spend`, which leaves these out.
const ASKING: [(&str, u32); 2] = [("eligibility_per_hour", 60_000), ("eligibility_burst", 60_000)];

#[derive(Serialize)]
struct Server {
    listen: &'static str,
    base_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections_per_peer: Option<usize>,
}

#[derive(Serialize)]
struct Operations {
    listen: &'static str,
}

#[derive(Serialize)]
pub(super) struct DatabaseSettings {
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) migration_url: Option<String>,
}

#[derive(Serialize)]
struct Identity {
    issuers: Vec<TrustedIssuer>,
    federation: Federation,
}

/// The organizations' own providers are the forge's too.
#[derive(Serialize)]
struct Federation {
    root_certificate_file: String,
    networks: [&'static str; 1],
}

#[derive(Serialize)]
struct TrustedIssuer {
    issuer: String,
    root_certificate_file: String,
}

/// The weakest parameters that the service takes, and a queue that takes every attack at once: they sign in often.
#[derive(Serialize)]
struct Passwords {
    memory_kib: u32,
    iterations: u32,
    threads: usize,
    /// Attacks sign in side by side; how the queue fills up is a matter of `limit-work`.
    queue: usize,
}

/// Whoever the service calls is on this machine: one network of it is the internet, the rest is inside.
#[derive(Serialize)]
struct Egress {
    ports: [u16; 1],
    root_certificate_file: String,
    resolver: String,
    allow_networks: [&'static str; 1],
}

#[derive(Serialize)]
struct Upstream {
    insurer: InsurerSettings,
}

#[derive(Serialize)]
struct InsurerSettings {
    url: String,
    token: String,
    root_certificate_file: String,
}

#[derive(Serialize)]
struct Documents {
    scanner: Clamd,
}

#[derive(Serialize)]
struct Clamd {
    clamd: String,
}

#[derive(Serialize)]
struct Cors {
    origins: [&'static str; 1],
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        data_directory: &'a Path,
        database: DatabaseSettings,
        issuers: Vec<String>,
        forge_authority: &Path,
    ) -> Self {
        let root_certificate_file = forge_authority.display().to_string();
        let federation =
            Federation { root_certificate_file: root_certificate_file.clone(), networks: ["127.0.0.0/8"] };
        let issuers = issuers
            .into_iter()
            .map(|issuer| TrustedIssuer { issuer, root_certificate_file: root_certificate_file.clone() })
            .collect();
        Self {
            data_directory,
            server: Server {
                listen: "127.0.0.1:0",
                base_url: format!("https://{HOST}"),
                workers: None,
                connections_per_peer: None,
            },
            operations: Operations { listen: "127.0.0.1:0" },
            database,
            identity: Identity { issuers, federation },
            cors: Cors { origins: [ORIGIN] },
            documents: None,
            egress: None,
            passwords: Some(Passwords { memory_kib: 19_456, iterations: 2, threads: 2, queue: 512 }),
            upstream: None,
            limits: BTreeMap::from(ASKING),
        }
    }

    /// With a scanner, without which nothing is taken in.
    pub(super) fn scanned_by(mut self, scanner: Option<&Scanner>) -> Self {
        let clamd = |scanner: &Scanner| Documents { scanner: Clamd { clamd: scanner.address().to_string() } };
        self.documents = scanner.map(clamd);
        self
    }

    /// With somebody to ask about insurance.
    pub(super) fn asking(mut self, insurer: Option<&Insurer>, authority: &Path) -> Self {
        self.upstream = insurer.map(|insurer| Upstream {
            insurer: InsurerSettings {
                url: insurer.url().to_owned(),
                token: insurer.credential().to_owned(),
                root_certificate_file: authority.display().to_string(),
            },
        });
        self
    }

    /// Lets it call the catcher.
    pub(super) fn calling(mut self, catcher: &Catcher, authority: &Path) -> Self {
        self.egress = Some(Egress {
            ports: [catcher.port()],
            root_certificate_file: authority.display().to_string(),
            resolver: catcher.resolver().to_string(),
            allow_networks: [NETWORK],
        });
        self
    }

    /// For measuring: no rate in the way that the load could reach, one worker as the bare peer has.
    pub(super) fn measured(mut self, measured: bool) -> Self {
        if measured {
            self.server.workers = Some(1);
            self.server.connections_per_peer = Some(1_500);
            self.limits.extend(MEASURED);
            // As they are for people: hashing is a part of what is measured.
            self.passwords = None;
        }
        self
    }
}
