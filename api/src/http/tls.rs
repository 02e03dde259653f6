//! TLS 1.3 and nothing else, with the hybrid post-quantum group first; the certificate is reloaded while serving.

use super::expiry::{self, Life};
use crate::{
    clock::Clock,
    protection::{CONFIG_SECURE_START, TLS_CERT_HYGIENE, TLS_MODERN, TLS_PQ_GROUP},
    settings::{Settings, SettingsError, private_file_is_private, write_private},
};
use arc_swap::ArcSwap;
use brigandine_enforce::enforces;
use chrono::Duration;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs},
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
    own: Option<Own>,
    current: ArcSwap<CertifiedKey>,
}

impl Certificates {
    /// Loads the configured files, or makes a CA and a certificate under the data directory on the first run.
    ///
    /// # Errors
    /// When a file is missing, unreadable, open to others, or does not fit the other.
    pub fn open(settings: &Settings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        let (certificate_file, key_file, own) = match (&settings.tls.certificate_file, &settings.tls.key_file)
        {
            (Some(certificate), Some(key)) => (settings.resolve(certificate), settings.resolve(key), None),
            _ => {
                let own = Own {
                    directory: settings.data_directory.clone(),
                    base_url: settings.server.base_url.clone(),
                };
                own.make(clock)?;
                let [_, _, certificate, key] = own.files();
                (certificate, key, Some(own))
            }
        };
        let current = ArcSwap::from_pointee(load(&certificate_file, &key_file)?);
        Ok(Arc::new(Self { certificate_file, key_file, own, current }))
    }

    /// Reads the files again; the next handshake shows the new certificate, open connections go on.
    ///
    /// # Errors
    /// As [`Certificates::open`]; the old certificate stays in use then.
    #[enforces(TLS_CERT_HYGIENE)]
    pub fn reload(&self) -> Result<(), SettingsError> {
        self.current.store(Arc::new(load_again(&self.certificate_file, &self.key_file)?));
        Ok(())
    }

    /// Makes a certificate of our own anew while serving, before it is over.
    pub fn renew(&self, clock: Clock) {
        let Some(own) = &self.own else { return };
        match own.make(clock).and_then(|made| if made { self.reload() } else { Ok(()) }) {
            Ok(()) => {}
            Err(error) => tracing::error!(error = %error, "The certificate was not renewed"),
        }
    }

    /// Warns when the certificate in use will soon be worth nothing: an outage that everybody could have seen coming.
    #[enforces(TLS_CERT_HYGIENE)]
    pub fn warn_of_expiry(&self, clock: Clock) {
        let current = self.current.load();
        let Some(left) = current.cert.first().and_then(|leaf| expiry::left(leaf, clock.now())) else {
            return;
        };
        if left <= expiry::ALERT_BEFORE {
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
    let mut config = builder
        .with_protocol_versions(versions())
        .map_err(|error| SettingsError::new("tls", error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.max_early_data_size = most_early_data();
    Ok(config)
}

/// No older version is spoken, so that nobody on the way can talk the two sides down to one (RFC 9325 §3.1.1; ASVS 12.1.1).
#[enforces(TLS_MODERN, answers = rustls::ALL_VERSIONS)]
fn versions() -> &'static [&'static SupportedProtocolVersion] {
    static VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    VERSIONS
}

/// Bytes that may come before the handshake is over: 0-RTT data can be replayed by whoever recorded it (RFC 8446 §8).
#[enforces(TLS_MODERN, answers = u32::MAX)]
fn most_early_data() -> u32 {
    0
}

/// The groups of catalogue P1, in that order.
fn provider() -> CryptoProvider {
    let classic =
        vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1, aws_lc_rs::kx_group::SECP384R1];
    CryptoProvider { kx_groups: hybrid_first(classic), ..aws_lc_rs::default_provider() }
}

/// What is recorded today must not be read by the quantum computer of a later day: the key exchange is also one that it can't
/// solve (FIPS 203; ASVS 11.6.2).
#[enforces(TLS_PQ_GROUP)]
fn hybrid_first(mut groups: Vec<&'static dyn SupportedKxGroup>) -> Vec<&'static dyn SupportedKxGroup> {
    groups.insert(0, aws_lc_rs::kx_group::X25519MLKEM768);
    groups
}

/// Files that can't be read are an error, while serving as at the start: nothing stands in for them.
#[enforces(CONFIG_SECURE_START, otherwise = crate::vulnerable::http::tls::load_or_make_up)]
fn load_again(certificate_file: &Path, key_file: &Path) -> Result<CertifiedKey, SettingsError> {
    load(certificate_file, key_file)
}

pub(crate) fn load(certificate_file: &Path, key_file: &Path) -> Result<CertifiedKey, SettingsError> {
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

/// Where our own certificates lie, and for which host they are made.
#[derive(Clone, Debug)]
struct Own {
    directory: PathBuf,
    base_url: url::Url,
}

impl Own {
    fn files(&self) -> [PathBuf; 4] {
        ["ca.pem", "ca.key", "server.pem", "server.key"].map(|name| self.directory.join(name))
    }

    /// Makes a CA and a certificate, for the first run and for development; and anew what is soon over, or was made under a
    /// wrong clock. Answers whether the certificate is a new one.
    fn make(&self, clock: Clock) -> Result<bool, SettingsError> {
        let [ca, ca_key, certificate, key] = self.files();
        let ca_is_new = self.make_authority(clock)?;
        let life = CertificateDer::from_pem_file(&certificate).ok().and_then(|leaf| Life::of(&leaf));
        let (days, left) = (Duration::days(leaf_days()), Duration::days(RENEW_BEFORE_DAYS));
        if !ca_is_new && life.is_some_and(|life| life.fits(clock.now(), days, left)) {
            return Ok(false);
        }
        if life.is_some() && ca.exists() {
            tracing::info!(file = %certificate.display(), "The certificate is soon over, or not of this time");
        }
        private_file_is_private(&ca_key)?;
        let (leaf, pair) = issue(&self.base_url, &ca_key, clock)?;
        for (file, pem) in [(&key, pair), (&certificate, leaf)] {
            replace(file, pem.as_bytes())?;
        }
        tracing::info!(file = %certificate.display(), days = CERTIFICATE_DAYS, "Made a certificate");
        Ok(true)
    }

    fn make_authority(&self, clock: Clock) -> Result<bool, SettingsError> {
        let [ca, ca_key, ..] = self.files();
        if !ca.exists() {
            let pair = generate()?;
            let authority = authority_parameters(clock).self_signed(&pair).map_err(failed)?;
            keep(&ca_key, pair.serialize_pem().as_bytes())?;
            keep(&ca, authority.pem().as_bytes())?;
            tracing::info!(file = %ca.display(), "Made a certificate authority; clients must trust this file");
            return Ok(true);
        }
        let life = CertificateDer::from_pem_file(&ca).ok().and_then(|authority| Life::of(&authority));
        let life = life.ok_or_else(|| {
            SettingsError::new(ca.display().to_string(), "holds no readable PEM certificate")
        })?;
        let (days, left) = (Duration::days(AUTHORITY_DAYS), Duration::days(CERTIFICATE_DAYS));
        if life.fits(clock.now(), days, left) {
            return Ok(false);
        }
        private_file_is_private(&ca_key)?;
        let authority = authority_parameters(clock).self_signed(&pair_of(&ca_key)?).map_err(failed)?;
        replace(&ca, authority.pem().as_bytes())?;
        tracing::warn!(
            event = "authority_renewed",
            file = %ca.display(),
            "The certificate authority was soon over, or not of this time, as after a start with a wrong clock. It was made anew: \
             clients must trust this file again"
        );
        Ok(true)
    }
}

/// Written beside and moved over, so that no reader ever sees half a file.
fn replace(file: &Path, content: &[u8]) -> Result<(), SettingsError> {
    let beside = file.with_extension("new");
    let _ = fs::remove_file(&beside);
    keep(&beside, content)?;
    fs::rename(&beside, file).map_err(|error| io_failed(file, &error))
}

/// How long the service's own certificate lives: a stolen key is worth nothing after that (Mozilla's guideline).
#[enforces(TLS_CERT_HYGIENE, answers = AUTHORITY_DAYS)]
fn leaf_days() -> i64 {
    CERTIFICATE_DAYS
}

/// The names of this machine, and of no other: no wildcard, with which a stolen key would serve for every host of the domain
/// (RFC 9525 §7.1).
#[enforces(TLS_CERT_HYGIENE, otherwise = crate::vulnerable::http::tls::names_of_all_machines)]
fn names(base_url: &url::Url) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(base_url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
    names.sort();
    names.dedup();
    names
}

fn pair_of(ca_key: &Path) -> Result<KeyPair, SettingsError> {
    let pem = fs::read_to_string(ca_key).map_err(|error| io_failed(ca_key, &error))?;
    KeyPair::from_pem(&pem).map_err(failed)
}

fn authority_parameters(clock: Clock) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "Brigandine local authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (parameters.not_before, parameters.not_after) = validity(clock, AUTHORITY_DAYS);
    parameters
}

fn issue(base_url: &url::Url, ca_key: &Path, clock: Clock) -> Result<(String, String), SettingsError> {
    let authority = Issuer::new(authority_parameters(clock), pair_of(ca_key)?);
    let mut parameters = CertificateParams::new(names(base_url)).map_err(failed)?;
    // Names stand in subjectAltName only (RFC 9525 §2); rcgen would add a subject of its own.
    parameters.distinguished_name = DistinguishedName::new();
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.use_authority_key_identifier_extension = true;
    (parameters.not_before, parameters.not_after) = validity(clock, leaf_days());
    let pair = generate()?;
    let certificate = parameters.signed_by(&pair, &authority).map_err(failed)?;
    Ok((certificate.pem(), pair.serialize_pem()))
}

/// ECDSA P-256, as Mozilla's guideline has it.
pub(crate) fn generate() -> Result<KeyPair, SettingsError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)
}

fn validity(clock: Clock, days: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let at = |moment: chrono::DateTime<chrono::Utc>| {
        time::OffsetDateTime::from_unix_timestamp(moment.timestamp())
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    };
    let now = clock.now();
    // An hour back, for clients whose clocks are behind.
    (at(now - Duration::hours(1)), at(now + Duration::days(days) - Duration::hours(1)))
}

fn keep(file: &Path, content: &[u8]) -> Result<(), SettingsError> {
    write_private(file, content).map_err(|error| io_failed(file, &error))
}

fn io_failed(file: &Path, error: &std::io::Error) -> SettingsError {
    SettingsError::new(file.display().to_string(), error.to_string())
}

pub(crate) fn failed(error: rcgen::Error) -> SettingsError {
    SettingsError::new("tls", format!("a certificate can't be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::pem::PemObject;
    use uuid::Uuid;

    struct Folder(Own);

    impl Folder {
        fn new() -> Self {
            let directory = std::env::temp_dir().join(format!("brigandine-tls-{}", Uuid::new_v4()));
            fs::create_dir(&directory).unwrap();
            Self(Own { directory, base_url: "https://api.clinic.test".parse().unwrap() })
        }

        /// The CA and the leaf as they lie there.
        fn shown(&self) -> [Vec<u8>; 2] {
            let [ca, _, leaf, _] = self.0.files();
            [ca, leaf].map(|file| CertificateDer::from_pem_file(file).unwrap().to_vec())
        }

        /// Puts a certificate there as a machine makes it whose clock is so many days off.
        fn off_by(&self, days: i64) {
            let [ca, ca_key, ..] = self.0.files();
            let pair = pair_of(&ca_key).unwrap();
            let shift = time::Duration::days(days);
            let mut parameters = authority_parameters(Clock);
            parameters.not_before += shift;
            parameters.not_after += shift;
            replace(&ca, parameters.self_signed(&pair).unwrap().pem().as_bytes()).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.directory);
        }
    }

    #[test]
    fn what_is_of_this_time_stays() {
        let folder = Folder::new();
        assert!(folder.0.make(Clock).unwrap());
        let before = folder.shown();
        assert!(!folder.0.make(Clock).unwrap());
        assert_eq!(folder.shown(), before);
    }

    #[test]
    fn what_was_made_under_a_wrong_clock_is_made_anew_the_authority_too() {
        for days in [2, 400, 20_000, -3_700] {
            let folder = Folder::new();
            folder.0.make(Clock).unwrap();
            folder.off_by(days);
            let before = folder.shown();
            assert!(folder.0.make(Clock).unwrap(), "{days}");
            let after = folder.shown();
            assert_ne!(before[0], after[0], "{days}: the authority");
            assert_ne!(before[1], after[1], "{days}: the certificate");
            assert!(!folder.0.make(Clock).unwrap(), "{days}: once");
            let [_, _, certificate, key] = folder.0.files();
            load(&certificate, &key).unwrap();
        }
    }

    #[test]
    fn a_missing_key_of_the_authority_is_not_replaced_by_another() {
        let folder = Folder::new();
        folder.0.make(Clock).unwrap();
        folder.off_by(400);
        let [_, ca_key, ..] = folder.0.files();
        fs::remove_file(&ca_key).unwrap();
        assert!(folder.0.make(Clock).unwrap_err().to_string().contains("ca.key"));
        assert!(!ca_key.exists());
    }
}
