//! TLS on the attacker's side.

use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, pem::PemObject},
};
use std::sync::Arc;

/// Why no TLS configuration could be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The authority's certificate is no PEM.
    #[error("the authority's certificate can't be read: {0}")]
    Pem(String),
    /// rustls refuses the combination.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// A client that trusts one authority and nothing else.
///
/// # Errors
/// When the PEM holds no certificate.
pub fn trusting(authority_pem: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
    with_provider(authority_pem, aws_lc_rs::default_provider())
}

/// As [`trusting`], with a chosen set of key-exchange groups and suites.
pub(super) fn with_provider(pem: &[u8], provider: CryptoProvider) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| TlsError::Pem(error.to_string()))?)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
