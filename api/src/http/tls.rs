//! TLS 1.3 and nothing else, with the hybrid post-quantum group first; the certificate is reloaded while serving.

use super::expiry;
use crate::{
    clock::Clock,
    protection::Protection,
    settings::{Settings, SettingsError, private_file_is_private, write_private},
};
use arc_swap::ArcSwap;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Days that a certificate made here lives; the CA lives ten years.
const CERTIFICATE_DAYS: i64 = 90;
const AUTHORITY_DAYS: i64 = 3650;
/// A certificate of our own with less life than this is made anew at the start.
const RENEW_BEFORE_DAYS: i64 = 30;

/// Certificate and key of both listeners, replaceable while serving.
#[derive(Debug)]
pub struct Certificates {
    certificate_file: PathBuf,
    key_file: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

impl Certificates {
    /// Loads the configured files, or makes a CA and a certificate under the data directory on the first run.
    ///
    /// # Errors
    /// When a file is missing, unreadable, open to others, or does not fit the other.
    pub fn open(settings: &Settings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        let (certificate_file, key_file) = match (&settings.tls.certificate_file, &settings.tls.key_file) {
            (Some(certificate), Some(key)) => (settings.resolve(certificate), settings.resolve(key)),
            _ => own(settings, clock)?,
        };
        let current = ArcSwap::from_pointee(load(&certificate_file, &key_file)?);
        Ok(Arc::new(Self { certificate_file, key_file, current }))
    }

    /// Reads the files again; the next handshake shows the new certificate, open connections go on.
    ///
    /// # Errors
    /// As [`Certificates::open`]; the old certificate stays in use then.
    pub fn reload(&self) -> Result<(), SettingsError> {
        if Protection::TlsCertHygiene.holds() {
            let loaded = load(&self.certificate_file, &self.key_file);
            #[cfg(feature = "twin")]
            let loaded =
                if Protection::ConfigSecureStart.holds() { loaded } else { loaded.or_else(|_| stand_in()) };
            self.current.store(Arc::new(loaded?));
        }
        Ok(())
    }

    /// Warns when the certificate in use will soon be worth nothing: an outage that everybody could have seen coming.
    pub fn warn_of_expiry(&self, clock: Clock) {
        let current = self.current.load();
        let Some(left) = current.cert.first().and_then(|leaf| expiry::left(leaf, clock.now())) else {
            return;
        };
        if left <= expiry::ALERT_BEFORE && Protection::TlsCertHygiene.holds() {
            tracing::warn!(
                event = "cert_expiring",
                file = %self.certificate_file.display(),
                hours_left = left.num_hours(),
                "The certificate expires soon; replace the files and send SIGHUP"
            );
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// The TLS configuration of both listeners.
///
/// # Errors
/// When the cryptography library lacks what is asked for.
pub fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig, SettingsError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(provider()));
    #[cfg(feature = "twin")]
    let modern = Protection::TlsModern.holds();
    #[cfg(feature = "twin")]
    let versions = if modern { &[&rustls::version::TLS13][..] } else { rustls::ALL_VERSIONS };
    #[cfg(not(feature = "twin"))]
    let versions = &[&rustls::version::TLS13];
    let mut config = builder
        .with_protocol_versions(versions)
        .map_err(|error| SettingsError::new("tls", error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    // 0-RTT data can be replayed by whoever recorded it (RFC 8446 §8).
    config.max_early_data_size = if Protection::TlsModern.holds() { 0 } else { u32::MAX };
    Ok(config)
}

/// The groups of catalogue P1, in that order.
fn provider() -> CryptoProvider {
    let classic =
        vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1, aws_lc_rs::kx_group::SECP384R1];
    let mut groups = vec![aws_lc_rs::kx_group::X25519MLKEM768];
    if !Protection::TlsPqGroup.holds() {
        groups.clear();
    }
    groups.extend(classic);
    CryptoProvider { kx_groups: groups, ..aws_lc_rs::default_provider() }
}

fn load(certificate_file: &Path, key_file: &Path) -> Result<CertifiedKey, SettingsError> {
    let refuse = |file: &Path, advice: String| SettingsError::new(file.display().to_string(), advice);
    private_file_is_private(key_file)?;
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate_file)
        .and_then(Iterator::collect)
        .map_err(|error| refuse(certificate_file, format!("holds no readable PEM certificate: {error}")))?;
    if chain.is_empty() {
        return Err(refuse(certificate_file, "holds no PEM certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_file(key_file)
        .map_err(|error| refuse(key_file, format!("holds no readable PEM key: {error}")))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map_err(|_| refuse(key_file, "does not belong to the certificate, or is of an unknown kind".into()))
}

/// What some servers do when they can't read a certificate: they make up one and go on.
#[cfg(feature = "twin")]
fn stand_in() -> Result<CertifiedKey, SettingsError> {
    let pair = generate()?;
    let parameters = CertificateParams::new(vec!["stand-in.invalid".to_owned()]).map_err(failed)?;
    let certificate = parameters.self_signed(&pair).map_err(failed)?;
    let key =
        PrivateKeyDer::try_from(pair.serialize_der()).map_err(|error| SettingsError::new("tls", error))?;
    CertifiedKey::from_der(vec![certificate.der().clone()], key, &aws_lc_rs::default_provider())
        .map_err(|error| SettingsError::new("tls", error.to_string()))
}

/// A CA and a certificate of our own, for the first run and for development.
fn own(settings: &Settings, clock: Clock) -> Result<(PathBuf, PathBuf), SettingsError> {
    let [ca, ca_key, certificate, key] =
        ["ca.pem", "ca.key", "server.pem", "server.key"].map(|name| settings.data_directory.join(name));
    if !ca.exists() {
        let pair = generate()?;
        let authority = authority_parameters(clock).self_signed(&pair).map_err(failed)?;
        keep(&ca_key, pair.serialize_pem().as_bytes())?;
        keep(&ca, authority.pem().as_bytes())?;
        tracing::info!(file = %ca.display(), "Made a certificate authority; clients must trust this file");
    }
    let leaf = CertificateDer::from_pem_file(&certificate).ok();
    let left = leaf.and_then(|leaf| expiry::left(&leaf, clock.now()));
    if left.is_none_or(|left| left < chrono::Duration::days(RENEW_BEFORE_DAYS)) {
        private_file_is_private(&ca_key)?;
        let (leaf, pair) = issue(settings, &ca_key, clock)?;
        for (file, pem) in [(&key, pair), (&certificate, leaf)] {
            // Written beside and moved over, so that no reader ever sees half a file.
            let beside = file.with_extension("new");
            let _ = fs::remove_file(&beside);
            keep(&beside, pem.as_bytes())?;
            fs::rename(&beside, file).map_err(|error| io_failed(file, &error))?;
        }
        tracing::info!(file = %certificate.display(), days = CERTIFICATE_DAYS, "Made a certificate");
    }
    Ok((certificate, key))
}

fn authority_parameters(clock: Clock) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "Brigandine local authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (parameters.not_before, parameters.not_after) = validity(clock, AUTHORITY_DAYS);
    parameters
}

fn issue(settings: &Settings, ca_key: &Path, clock: Clock) -> Result<(String, String), SettingsError> {
    let pem = fs::read_to_string(ca_key).map_err(|error| io_failed(ca_key, &error))?;
    let ca_pair = KeyPair::from_pem(&pem).map_err(failed)?;
    let authority = Issuer::new(authority_parameters(clock), ca_pair);
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(settings.server.base_url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
    names.sort();
    names.dedup();
    let mut days = CERTIFICATE_DAYS;
    if !Protection::TlsCertHygiene.holds() {
        // The twin's: made once, for every machine of the company, and for years.
        names.extend(
            settings.server.base_url.domain().and_then(|host| Some(format!("*.{}", host.split_once('.')?.1))),
        );
        days = AUTHORITY_DAYS;
    }
    let mut parameters = CertificateParams::new(names).map_err(failed)?;
    // Names stand in subjectAltName only (RFC 9525 §2); rcgen would add a subject of its own.
    parameters.distinguished_name = DistinguishedName::new();
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.use_authority_key_identifier_extension = true;
    (parameters.not_before, parameters.not_after) = validity(clock, days);
    let pair = generate()?;
    let certificate = parameters.signed_by(&pair, &authority).map_err(failed)?;
    Ok((certificate.pem(), pair.serialize_pem()))
}

/// ECDSA P-256, as Mozilla's guideline has it.
fn generate() -> Result<KeyPair, SettingsError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)
}

fn validity(clock: Clock, days: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let at = |moment: chrono::DateTime<chrono::Utc>| {
        time::OffsetDateTime::from_unix_timestamp(moment.timestamp())
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    };
    let now = clock.now();
    // An hour back, for clients whose clocks are behind.
    (
        at(now - chrono::Duration::hours(1)),
        at(now + chrono::Duration::days(days) - chrono::Duration::hours(1)),
    )
}

fn keep(file: &Path, content: &[u8]) -> Result<(), SettingsError> {
    write_private(file, content).map_err(|error| io_failed(file, &error))
}

fn io_failed(file: &Path, error: &std::io::Error) -> SettingsError {
    SettingsError::new(file.display().to_string(), error.to_string())
}

fn failed(error: rcgen::Error) -> SettingsError {
    SettingsError::new("tls", format!("a certificate can't be made: {error}"))
}
