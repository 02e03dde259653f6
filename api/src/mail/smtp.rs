//! The way to the SMTP server. TLS from the first byte, or STARTTLS or nothing: never "if the server happens to offer it",
//! which whoever sits between can answer for it.

use crate::settings::{MailTls, Settings, SettingsError};
use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;
use std::time::Duration;

pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// For each step of the conversation.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn transport(settings: &Settings, host: &str) -> Result<Transport, SettingsError> {
    let mail = &settings.mail;
    let tls = match mail.tls {
        MailTls::Implicit => Tls::Wrapper(parameters(settings, host)?),
        MailTls::Starttls => Tls::Required(parameters(settings, host)?),
        MailTls::None => Tls::None,
    };
    let mut builder = Transport::builder_dangerous(host).port(mail.port()).tls(tls).timeout(Some(PATIENCE));
    if let Some(name) = settings.server.base_url.domain() {
        builder = builder.hello_name(ClientId::Domain(name.to_owned()));
    }
    if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
        builder = builder
            .authentication(vec![Mechanism::Plain, Mechanism::Login])
            .credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}

/// TLS 1.2 at least: many mail servers have nothing newer (RFC 8314 §4.1).
fn parameters(settings: &Settings, host: &str) -> Result<TlsParameters, SettingsError> {
    let refuse = |advice: String| SettingsError::new("mail.root_certificate_file", advice);
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = &settings.mail.root_certificate_file {
        let file = settings.resolve(file);
        let name = file.display();
        let pem = std::fs::read(&file).map_err(|error| refuse(format!("{name} cannot be read: {error}")))?;
        if !pem.windows(10).any(|window| window == b"-----BEGIN") {
            return Err(refuse(format!("{name} holds no PEM certificate")));
        }
        let authority =
            Certificate::from_pem(&pem).map_err(|_| refuse(format!("{name} holds no PEM certificate")))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build().map_err(|_| SettingsError::new("mail.tls", "the TLS client can't be made"))
}
