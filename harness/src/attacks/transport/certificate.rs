//! Certificates, read and made.

use crate::{attacks::prelude::*, clock};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};
use time::OffsetDateTime;
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
    ext::pkix::{BasicConstraints as ReadConstraints, SubjectAltName, name::GeneralName},
};

const DAY: i64 = 86_400;
/// id-ecPublicKey and prime256v1 (RFC 5480 §2.1).
const EC_KEY: &str = "1.2.840.10045.2.1";
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// What the attacks want to know of a leaf.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) serial: Vec<u8>,
    /// From `notBefore` to `notAfter`, rounded up.
    pub(super) days: i64,
    pub(super) subject: String,
    pub(super) names: Vec<String>,
    pub(super) is_p256: bool,
    pub(super) is_authority: bool,
}

impl Leaf {
    /// Reads the first certificate that a server showed.
    pub(super) fn read(der: &[u8]) -> Result<Self, AttackError> {
        let odd = |error: &dyn std::fmt::Display| AttackError::Setup(format!("the certificate: {error}"));
        let read = Certificate::from_der(der).map_err(|error| odd(&error))?.tbs_certificate;
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        let lifetime = seconds(read.validity.not_after) - seconds(read.validity.not_before);
        let names = read.get::<SubjectAltName>().map_err(|error| odd(&error))?;
        let names = names.map(|(_, names)| names.0).unwrap_or_default();
        let constraints = read.get::<ReadConstraints>().map_err(|error| odd(&error))?;
        let key = &read.subject_public_key_info.algorithm;
        let curve = key.parameters.as_ref().and_then(|curve| curve.to_der().ok()).unwrap_or_default();
        Ok(Self {
            serial: read.serial_number.as_bytes().to_vec(),
            days: (lifetime + DAY - 1) / DAY,
            subject: read.subject.to_string(),
            names: names.iter().map(name).collect(),
            is_p256: key.oid.to_string() == EC_KEY && curve == P256,
            is_authority: constraints.is_some_and(|(_, constraints)| constraints.ca),
        })
    }

    /// The leaf that the service shows now.
    pub(super) async fn shown(scene: &Scene) -> Result<Self, AttackError> {
        match scene.probe().shake().await? {
            Handshake::Done(peer) => Self::read(peer.certificates.first().map_or(&[][..], Vec::as_slice)),
            Handshake::Refused(why) => Err(AttackError::Setup(format!("no handshake: {why}"))),
        }
    }
}

fn name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(dns) => dns.to_string(),
        other => format!("{other:?}"),
    }
}

/// The service's certificate files, put back as they were when dropped.
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    before: [Vec<u8>; 2],
    authority: KeyPair,
}

impl Files {
    /// Takes the files, and the key of the authority that clients trust.
    pub(super) fn take(scene: &Scene) -> Result<Self, AttackError> {
        let [certificate, key, authority] =
            ["server.pem", "server.key", "ca.key"].map(|name| scene.data_directory().join(name));
        let before = [fs::read(&certificate)?, fs::read(&key)?];
        let authority = KeyPair::from_pem(&fs::read_to_string(authority)?).map_err(|e| broken(&e))?;
        Ok(Self { certificate, key, before, authority })
    }

    /// Puts a new certificate there, valid for the service and for this many days from now.
    pub(super) fn renew(&self, days: i64) -> Result<(), AttackError> {
        let mut issuer = CertificateParams::default();
        issuer.distinguished_name.push(DnType::CommonName, "Brigandine local authority");
        issuer.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        issuer.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = Issuer::new(issuer, &self.authority);
        let names = vec!["api.clinic.test".to_owned(), "localhost".to_owned()];
        let mut leaf = CertificateParams::new(names).map_err(|error| broken(&error))?;
        leaf.distinguished_name = DistinguishedName::new();
        leaf.use_authority_key_identifier_extension = true;
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        leaf.not_before = at(clock::unix_seconds() - DAY);
        leaf.not_after = at(clock::unix_seconds() + days * DAY);
        let pair = KeyPair::generate().map_err(|error| broken(&error))?;
        let made = leaf.signed_by(&pair, &issuer).map_err(|error| broken(&error))?;
        fs::write(&self.key, pair.serialize_pem())?;
        fs::write(&self.certificate, made.pem())?;
        Ok(())
    }

    /// Gives the key file these permissions.
    pub(super) fn key_mode(&self, mode: u32) -> Result<(), AttackError> {
        Ok(fs::set_permissions(&self.key, fs::Permissions::from_mode(mode))?)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let [certificate, key] = &self.before;
        // Best effort: the run's directory goes away anyway.
        let _ = fs::write(&self.certificate, certificate);
        let _ = fs::write(&self.key, key);
    }
}

fn broken(error: &rcgen::Error) -> AttackError {
    AttackError::Setup(format!("a certificate can't be made: {error}"))
}
