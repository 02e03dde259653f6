//! Weak: certificates.

use crate::{
    http::tls::{failed, generate, load},
    settings::SettingsError,
};
use rcgen::CertificateParams;
use rustls::{crypto::aws_lc_rs, pki_types::PrivateKeyDer, sign::CertifiedKey};
use std::path::Path;

/// What some servers do when they can't read a certificate: they make up one and go on.
pub(crate) fn load_or_make_up(
    certificate_file: &Path,
    key_file: &Path,
) -> Result<CertifiedKey, SettingsError> {
    load(certificate_file, key_file).or_else(|_| stand_in())
}

fn stand_in() -> Result<CertifiedKey, SettingsError> {
    let pair = generate()?;
    let parameters = CertificateParams::new(vec!["stand-in.invalid".to_owned()]).map_err(failed)?;
    let certificate = parameters.self_signed(&pair).map_err(failed)?;
    let key =
        PrivateKeyDer::try_from(pair.serialize_der()).map_err(|error| SettingsError::new("tls", error))?;
    CertifiedKey::from_der(vec![certificate.der().clone()], key, &aws_lc_rs::default_provider())
        .map_err(|error| SettingsError::new("tls", error.to_string()))
}

/// One certificate, made once, for every machine of the company.
pub(crate) fn names_of_all_machines(base_url: &url::Url) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(base_url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
    names.sort();
    names.dedup();
    names.extend(base_url.domain().and_then(|host| Some(format!("*.{}", host.split_once('.')?.1))));
    names
}
