//! The only way out: every HTTPS call of the service is made by a client that is built here.
//!
//! Two kinds of destination are told apart. What the **operator** named in the settings (trusted issuers, logout
//! addresses of registered clients) is called as it stands, by a client from [`client::hardened`]. What a **tenant** named (a
//! webhook's URL, an organization's provider) is called only where it is outside of this house:
//!
//! - [`address`]: the table of everything that is not the public internet.
//! - [`target`]: a URL that may be called; nothing else can be handed to [`Egress::post`].
//! - [`names`]: looks names up, once for each connection, and refuses a name with any answer inside.
//! - [`client`]: TLS verified, no redirects, no proxies from the environment.
//! - [`upstream`]: APIs that the operator named and whose answers are read.
//!
//! What code can't do is named in `docs/egress.txt`: the network must keep the process from going anywhere else.

pub mod address;
pub mod client;
pub mod names;
pub mod target;
pub mod upstream;

use crate::{
    protection::{SSRF_DNS_REBINDING, SSRF_REDIRECT_SCHEME},
    settings::{EgressSettings, SettingsError},
};
use address::Reach;
use brigandine_enforce::enforces;
use bytes::Bytes;
use names::{Guard, Inside};
use reqwest::{Client, ClientBuilder, header::HeaderMap};
use std::{error::Error, path::Path, sync::Arc, time::Duration};
use target::{Rules, Target, UrlNotAllowed};

/// For connecting, and for everything together (catalogue P6, Standard Webhooks).
const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(15);

/// Calls what tenants named. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Egress(Arc<Inner>);

struct Inner {
    client: Client,
    rules: Rules,
    guard: Guard,
    /// Whether names are looked up by a proxy too.
    proxied: bool,
}

/// What an endpoint answered. Its body is not read: nothing of it can be stored, shown, or fill the memory.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The target is inside, or one of its addresses is. Nothing was sent.
    #[error("the target is not outside")]
    Refused,
    /// No connection, no valid certificate, or no answer in time.
    #[error("the target did not answer")]
    Unreachable,
}

impl Egress {
    /// Prepares the client; `resolve` finds the files that the settings name.
    ///
    /// # Errors
    /// When the CA file can't be read.
    pub fn new(
        settings: &EgressSettings,
        resolve: impl Fn(&Path) -> std::path::PathBuf,
    ) -> Result<Self, SettingsError> {
        let key = "egress.root_certificate_file";
        let reach = Reach::internet_and(&settings.allow_networks);
        let roots = settings.root_certificate_file.as_deref().map(resolve);
        let builder = straight()
            .tls_certs_merge(client::authorities(roots.as_deref(), key)?)
            .connect_timeout(CONNECT)
            .timeout(TOTAL);
        let (builder, guard) = client::outward(builder, reach.clone(), settings)?;
        let builder = keep_no_connection(builder);
        let rules = Rules { ports: settings.ports.clone(), reach };
        let proxied = client::proxy(settings).is_some();
        Ok(Self(Arc::new(Inner { client: client::build(builder, key)?, rules, guard, proxied })))
    }

    /// The target that a text names, if it may be called.
    ///
    /// # Errors
    /// [`UrlNotAllowed`].
    pub fn target(&self, text: &str) -> Result<Target, UrlNotAllowed> {
        Target::parse(text, &self.0.rules)
    }

    /// Sends a body once. Redirects are answers like any other.
    ///
    /// # Errors
    /// [`EgressError`].
    pub async fn post(&self, target: &Target, headers: HeaderMap, body: Bytes) -> Result<Reply, EgressError> {
        // The proxy looks the name up by itself, and is to apply the same rule; this is the same rule before it.
        if self.0.proxied
            && let Some(name) = target.name()
        {
            self.0.guard.look_up(name).await.map_err(|error| what_of(error.as_ref()))?;
        }
        let request = self.0.client.post(target.url().clone()).headers(headers).body(body);
        let answer = request.send().await.map_err(|error| what_of(&error))?;
        Ok(Reply { status: answer.status().as_u16(), headers: answer.headers().clone() })
    }
}

/// A client for the target and for nothing else: TLS only, no redirects, no proxy that the environment names. What was
/// judged is what is called (CWE-601, CWE-918).
#[enforces(SSRF_REDIRECT_SCHEME, otherwise = crate::vulnerable::egress::as_it_comes)]
fn straight() -> ClientBuilder {
    client::hardened()
}

/// A kept connection would outlive the answer that said where the name leads (DNS rebinding, CWE-350).
#[enforces(SSRF_DNS_REBINDING)]
fn keep_no_connection(builder: ClientBuilder) -> ClientBuilder {
    builder.pool_max_idle_per_host(0)
}

/// Whether the guard refused, somewhere below the library's errors.
fn what_of(error: &(dyn Error + 'static)) -> EgressError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Inside>() {
            return EgressError::Refused;
        }
        cause = error.source();
    }
    EgressError::Unreachable
}
