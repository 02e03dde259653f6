//! The insurer's certificate, and those of whoever poses as it.

use crate::{clock, forge::ForgeError};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::Arc;
use time::OffsetDateTime;

const DAY: i64 = 86_400;
const HERE: &str = "127.0.0.1";

/// How somebody poses as the insurer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pose {
    /// With a certificate that nobody vouches for.
    SelfSigned,
    /// With another's certificate.
    WrongName,
    /// With the insurer's own certificate of last year.
    Expired,
    /// Without TLS.
    InClear,
}

/// Who vouches for the insurer.
pub(super) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Result<Self, ForgeError> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, "Brigandine insurer");
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn honest(&self) -> Result<ServerConfig, ForgeError> {
        self.signed(CertificateParams::new(vec![HERE.to_owned()])?)
    }

    pub(super) fn posing(&self, pose: Pose) -> Result<Option<ServerConfig>, ForgeError> {
        let here = || CertificateParams::new(vec![HERE.to_owned()]);
        Ok(Some(match pose {
            Pose::SelfSigned => {
                let key = KeyPair::generate()?;
                server(here()?.self_signed(&key)?.der().clone(), &key)?
            }
            Pose::WrongName => self.signed(CertificateParams::new(vec!["other.clinic.test".to_owned()])?)?,
            Pose::Expired => {
                let mut params = here()?;
                let day = |days: i64| {
                    let seconds = clock::unix_seconds() + days * DAY;
                    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
                };
                (params.not_before, params.not_after) = (day(-400), day(-35));
                self.signed(params)?
            }
            Pose::InClear => return Ok(None),
        }))
    }

    fn signed(&self, params: CertificateParams) -> Result<ServerConfig, ForgeError> {
        let key = KeyPair::generate()?;
        server(params.signed_by(&key, &self.issuer)?.der().clone(), &key)
    }
}

fn server(certificate: CertificateDer<'static>, key: &KeyPair) -> Result<ServerConfig, ForgeError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?)
}
