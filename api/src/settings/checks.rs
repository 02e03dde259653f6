//! Combinations that would weaken the service. Each stops the start with one sentence.

use super::{Settings, SettingsError, server::MAX_WORKERS};
use crate::protection::{CONFIG_SECURE_START, CORS_ALLOWLIST, INVENTORY_MGMT_ISOLATED, SECRET_REDACTION};
use brigandine_enforce::enforces;
use secrecy::ExposeSecret;
use std::net::IpAddr;
use url::Url;

/// Passwords that stand in every tutorial and in every attacker's list.
const PLACEHOLDERS: [&str; 9] =
    ["changeme", "change-me", "change_me", "password", "secret", "postgres", "admin", "example", "test"];

/// Nothing starts that would be weaker than the service promises to be: whoever set it may not know (CWE-1188; ASVS 13.1.1).
#[enforces(CONFIG_SECURE_START)]
pub(super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    server(settings)?;
    operations(settings)?;
    tls(settings)?;
    database(settings)?;
    issuers(settings)?;
    origins(settings)?;
    super::egress::check(settings)?;
    super::mail::check(&settings.mail, &settings.server)?;
    settings.passwords.check()?;
    settings.documents.check()?;
    settings.upstream.check()?;
    limits(settings)
}

/// Whether a password is one that everybody tries first.
pub(super) fn is_placeholder(password: &str) -> bool {
    PLACEHOLDERS.contains(&password.to_lowercase().as_str())
}

fn refuse<T>(key: &str, advice: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError::new(key, advice))
}

fn server(settings: &Settings) -> Result<(), SettingsError> {
    let server = &settings.server;
    if server.base_url.scheme() != "https" {
        return refuse("server.base_url", "must start with https://; the API is served over TLS only");
    }
    if server.base_url.path() != "/"
        || server.base_url.query().is_some()
        || !server.base_url.username().is_empty()
    {
        return refuse("server.base_url", "is a scheme, a host and a port, and nothing else");
    }
    if server.hosts.iter().any(|host| host.is_empty() || host.contains(['*', '/', '@', ' '])) {
        return refuse("server.hosts", "takes exact authorities such as api.example.org:8443, no pattern");
    }
    if !(1..=MAX_WORKERS).contains(&server.workers) {
        return refuse("server.workers", "takes a whole number from 1 to 64");
    }
    if server.trusted_proxies.iter().any(|network| network.prefix_len() < 8) {
        return refuse(
            "server.trusted_proxies",
            "names a network so wide that any client could pose as a proxy",
        );
    }
    Ok(())
}

/// What operators look at is not on the internet (ASVS 13.4.5; API9:2023).
#[enforces(INVENTORY_MGMT_ISOLATED)]
fn check_private(operations: IpAddr) -> Result<(), SettingsError> {
    let private = match operations {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if !private {
        return refuse(
            "operations.listen",
            "must be a loopback or private address; metrics are not for the public",
        );
    }
    Ok(())
}

fn operations(settings: &Settings) -> Result<(), SettingsError> {
    check_private(settings.operations.listen.ip())?;
    let same_port = settings.operations.listen.port() == settings.server.listen.port();
    if same_port && settings.operations.listen.port() != 0 {
        return refuse("operations.listen", "must differ from server.listen");
    }
    Ok(())
}

fn tls(settings: &Settings) -> Result<(), SettingsError> {
    if settings.tls.certificate_file.is_some() != settings.tls.key_file.is_some() {
        return refuse("tls", "name both certificate_file and key_file, or neither");
    }
    Ok(())
}

fn database(settings: &Settings) -> Result<(), SettingsError> {
    let database = &settings.database;
    if !(1..=32).contains(&database.connections_per_worker) {
        return refuse("database.connections_per_worker", "takes a whole number from 1 to 32");
    }
    let urls =
        [("database.url", Some(&database.url)), ("database.migration_url", database.migration_url.as_ref())];
    for (key, url) in urls.into_iter().filter_map(|(key, url)| Some((key, url?))) {
        let text = url.expose_secret();
        if text.starts_with("sqlite:") && key == "database.url" {
            continue;
        }
        let Ok(url) = Url::parse(text) else {
            let advice = "is not a URL; write sqlite:FILE or postgres://role@host/database";
            return refuse(key, unquoted(advice, text));
        };
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return refuse(key, unquoted("starts with sqlite: or postgres://", text));
        }
        if url.password().is_some_and(is_placeholder) {
            return refuse(key, "holds a placeholder password; give the role a random one");
        }
        if url.query_pairs().any(|(name, _)| name == "sslmode") {
            return refuse(
                key,
                "sslmode is not taken from the URL; set database.root_certificate_file for verify-full",
            );
        }
        let loopback = matches!(url.host_str(), None | Some("" | "localhost" | "127.0.0.1" | "[::1]"));
        if !loopback && database.root_certificate_file.is_none() {
            return refuse("database.root_certificate_file", "is required for a database on another machine");
        }
    }
    Ok(())
}

/// Nothing of the URL is repeated: it may hold a password, and the message ends in a log (CWE-532).
#[enforces(SECRET_REDACTION, otherwise = crate::vulnerable::settings::quoted)]
fn unquoted(advice: &str, _url: &str) -> String {
    advice.to_owned()
}

fn issuers(settings: &Settings) -> Result<(), SettingsError> {
    for (index, issuer) in settings.identity.issuers.iter().enumerate() {
        let key = format!("identity.issuers[{index}]");
        let url = Url::parse(&issuer.issuer);
        if !url.as_ref().is_ok_and(|url| url.scheme() == "https" && url.has_host()) {
            return refuse(&format!("{key}.issuer"), "must be an https:// URL");
        }
        if url
            .is_ok_and(|url| url.query().is_some() || url.fragment().is_some() || !url.username().is_empty())
        {
            return refuse(
                &format!("{key}.issuer"),
                "has no query, fragment or user part (OIDC Discovery §3)",
            );
        }
        if issuer.audience.as_ref().is_some_and(|audience| audience.trim().is_empty()) {
            return refuse(&format!("{key}.audience"), "must not be empty");
        }
        if !(5..=86_400).contains(&issuer.jwks_refresh_seconds) {
            return refuse(&format!("{key}.jwks_refresh_seconds"), "takes 5 to 86400 seconds");
        }
        if settings.identity.issuers.iter().take(index).any(|other| other.issuer == issuer.issuer) {
            return refuse(&format!("{key}.issuer"), "is listed twice");
        }
    }
    Ok(())
}

/// Each origin that may read answers is named as a whole; no pattern, no `null`, nothing in clear (CWE-942; ASVS 3.4.2).
#[enforces(CORS_ALLOWLIST)]
fn origins(settings: &Settings) -> Result<(), SettingsError> {
    for origin in &settings.cors.origins {
        // An origin is what `Origin` says byte for byte, so anything that the parser would rewrite is a mistake.
        let exact = Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !exact || !origin.starts_with("https://") || origin.contains('*') {
            return refuse(
                "cors.origins",
                format!(
                    "insecure_cors: {origin:?} is not an exact https origin such as https://app.example.org"
                ),
            );
        }
    }
    Ok(())
}

fn limits(settings: &Settings) -> Result<(), SettingsError> {
    let limits = &settings.limits;
    let bounds = [
        ("limits.anonymous_per_minute", limits.anonymous_per_minute, 6_000),
        ("limits.anonymous_burst", limits.anonymous_burst, 1_000),
        ("limits.visitor_per_minute", limits.visitor_per_minute, 60_000),
        ("limits.visitor_burst", limits.visitor_burst, 10_000),
        ("limits.principal_per_minute", limits.principal_per_minute, 6_000_000),
        ("limits.principal_burst", limits.principal_burst, 1_000_000),
        ("limits.tenant_per_minute", limits.tenant_per_minute, 60_000_000),
        ("limits.tenant_burst", limits.tenant_burst, 10_000_000),
        ("limits.mail_per_hour", limits.mail_per_hour, 10_000),
        ("limits.mail_network_per_hour", limits.mail_network_per_hour, 10_000),
        ("limits.upload_per_hour", limits.upload_per_hour, 60_000),
        ("limits.eligibility_per_hour", limits.eligibility_per_hour, 60_000),
        ("limits.eligibility_burst", limits.eligibility_burst, 60_000),
        ("limits.sign_in_per_minute", limits.sign_in_per_minute, 6_000),
        ("limits.sign_in_burst", limits.sign_in_burst, 1_000),
        ("limits.sign_in_network_per_minute", limits.sign_in_network_per_minute, 60_000),
        ("limits.sign_in_network_burst", limits.sign_in_network_burst, 10_000),
    ];
    for (key, rate, most) in bounds {
        if rate.get() > most {
            return refuse(key, format!("takes at most {most}; a limit that nothing reaches is none"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn refusal(toml: &str) -> String {
        let settings: Settings = toml::from_str(toml).unwrap();
        super::check(&settings).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_safe() {
        super::check(&toml::from_str("").unwrap()).unwrap();
    }

    #[test]
    fn unsafe_values_are_refused_by_key() {
        for (toml, key) in [
            ("server.base_url = 'http://localhost'", "server.base_url"),
            ("server.hosts = ['*']", "server.hosts"),
            ("server.workers = 0", "server.workers"),
            ("server.trusted_proxies = ['0.0.0.0/0']", "server.trusted_proxies"),
            ("operations.listen = '0.0.0.0:9443'", "operations.listen"),
            ("operations.listen = '127.0.0.1:8443'", "operations.listen"),
            ("tls.key_file = 'server.key'", "tls"),
            ("database.url = 'postgres://app:changeme@127.0.0.1/x'", "database.url"),
            ("database.url = 'postgres://app@127.0.0.1/x?sslmode=prefer'", "database.url"),
            ("database.url = 'postgres://app@db.example.org/x'", "database.root_certificate_file"),
            ("database.url = 'mysql://x'", "database.url"),
            ("cors.origins = ['*']", "insecure_cors"),
            ("cors.origins = ['null']", "insecure_cors"),
            ("cors.origins = ['http://app.example.org']", "insecure_cors"),
            ("cors.origins = ['https://app.example.org/']", "insecure_cors"),
            ("identity.issuers = [{ issuer = 'http://as.example.org' }]", "identity.issuers[0].issuer"),
            (
                "identity.issuers = [{ issuer = 'https://a.example', jwks_refresh_seconds = 0 }]",
                "jwks_refresh",
            ),
            ("passwords.memory_kib = 8192", "weak_kdf_parameters"),
            ("passwords = { memory_kib = 19456, iterations = 1 }", "weak_kdf_parameters"),
            ("passwords.memory_kib = 4000000", "passwords"),
            ("passwords.parallelism = 0", "passwords.parallelism"),
            ("passwords.threads = 0", "passwords.threads"),
            ("passwords.queue = 0", "passwords.queue"),
            ("documents.scanner = 'off'", "documents.scanner"),
            ("documents.scanner = { clamd = '192.0.2.1:3310' }", "documents.scanner.clamd"),
            ("documents.scanner = { clamd = 'unix:clamd.sock' }", "documents.scanner.clamd"),
            ("documents.directory = '../elsewhere'", "documents.directory"),
            ("documents.file_bytes = 0", "documents.file_bytes"),
            ("documents = { file_bytes = 2000, member_bytes = 1000 }", "documents.member_bytes"),
            ("limits.anonymous_per_minute = 1000000", "limits.anonymous_per_minute"),
            ("limits.anonymous_burst = 1000000", "limits.anonymous_burst"),
        ] {
            let refusal = refusal(toml);
            assert!(refusal.contains(key), "{toml}: {refusal}");
        }
    }
}
