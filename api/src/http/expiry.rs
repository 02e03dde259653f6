//! How long a certificate still lives.

use chrono::{DateTime, Duration, Utc};
use rustls::pki_types::CertificateDer;
use x509_cert::{Certificate, der::Decode};

/// The expiry alert begins this long before the end (catalogue P9).
pub(super) const ALERT_BEFORE: Duration = Duration::days(14);

/// The time until `notAfter`, negative when it is over; `None` when the certificate can't be read.
pub(super) fn left(certificate: &CertificateDer<'_>, now: DateTime<Utc>) -> Option<Duration> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let end = parsed.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
    Some(DateTime::from_timestamp(i64::try_from(end).ok()?, 0)? - now)
}

#[cfg(test)]
mod tests {
    use super::left;
    use chrono::{DateTime, Duration};
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn the_end_is_read_from_the_certificate() {
        let mut parameters = CertificateParams::new(vec!["api.example.org".to_owned()]).unwrap();
        parameters.not_after = time::OffsetDateTime::from_unix_timestamp(1_900_000_000).unwrap();
        let certificate = parameters.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let now = DateTime::from_timestamp(1_900_000_000 - 86_400, 0).unwrap();
        assert_eq!(left(certificate.der(), now), Some(Duration::days(1)));
        assert_eq!(left(&b"no certificate"[..].into(), now), None);
    }
}
