//! How long a certificate still lives.

use chrono::{DateTime, Duration, Utc};
use rustls::pki_types::CertificateDer;
use x509_cert::{Certificate, der::Decode};

/// The expiry alert begins this long before the end (catalogue P9).
pub(super) const ALERT_BEFORE: Duration = Duration::days(14);

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    begin: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Life {
    /// Reads it; `None` when the certificate can't be read.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let validity = Certificate::from_der(certificate).ok()?.tbs_certificate.validity;
        let at = |time: x509_cert::time::Time| {
            DateTime::from_timestamp(i64::try_from(time.to_unix_duration().as_secs()).ok()?, 0)
        };
        Some(Self { begin: at(validity.not_before)?, end: at(validity.not_after)? })
    }

    /// Whether a certificate that lives `days` could have been made by now, and has at least `left` to live. One from a
    /// machine whose clock was wrong is not valid yet, or would outlive everything that is made today.
    pub(super) fn fits(self, now: DateTime<Utc>, days: Duration, left: Duration) -> bool {
        self.begin <= now && self.end >= now + left && self.end <= now + days + Duration::days(1)
    }
}

/// The time until `notAfter`, negative when it is over; `None` when the certificate can't be read.
pub(super) fn left(certificate: &CertificateDer<'_>, now: DateTime<Utc>) -> Option<Duration> {
    Some(Life::of(certificate)?.end - now)
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
