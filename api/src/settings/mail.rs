//! How mails leave.

use super::{ServerSettings, SettingsError};
use lettre::{Address, message::Mailbox};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::{net::IpAddr, path::PathBuf};

/// `[mail]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// The SMTP server. Without one, mails are left in the folder `outbox` under the data directory.
    pub host: Option<String>,
    /// Its port; 465, 587 or 25 unless set, as `tls` says.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// The user to sign in as; together with `password`.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// The sender: an address, or a name with an address in angle brackets. `no-reply` at the host of `server.base_url` unless set.
    pub from: Option<String>,
    /// CA of the SMTP server, in place of the public ones.
    pub root_certificate_file: Option<PathBuf>,
}

/// How the connection to the SMTP server is encrypted. There is no "if possible": whoever sits between would say no.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// TLS from the first byte (RFC 8314 §3.3).
    #[default]
    Implicit,
    /// STARTTLS, and nothing is sent unless it succeeds.
    Starttls,
    /// Clear text; to this machine only.
    None,
}

impl MailSettings {
    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Implicit => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        })
    }

    /// The sender.
    ///
    /// # Errors
    /// When `mail.from` is no address.
    pub fn from(&self, server: &ServerSettings) -> Result<Mailbox, SettingsError> {
        let refuse = || {
            SettingsError::new("mail.from", "is an e-mail address, or a name and one: Clinic <a@b.example>")
        };
        match &self.from {
            Some(text) => text.parse().map_err(|_| refuse()),
            None => {
                let host = server.base_url.domain().unwrap_or("localhost");
                let address = Address::new("no-reply", host).map_err(|_| refuse())?;
                Ok(Mailbox::new(None, address))
            }
        }
    }
}

pub(super) fn check(mail: &MailSettings, server: &ServerSettings) -> Result<(), SettingsError> {
    let refuse = |key: &str, advice: &str| Err(SettingsError::new(key, advice));
    mail.from(server)?;
    let Some(host) = &mail.host else {
        let idle = mail.port.is_some()
            || mail.user.is_some()
            || mail.password.is_some()
            || mail.root_certificate_file.is_some();
        return if idle { refuse("mail.host", "is missing; other keys of [mail] are set") } else { Ok(()) };
    };
    if url::Host::parse(host).is_err() {
        return refuse("mail.host", "is a host name or an address, and nothing else");
    }
    if mail.tls == MailTls::None && !is_this_machine(host) {
        return refuse("mail.tls", "must be implicit or starttls for a mail server on another machine");
    }
    if mail.tls == MailTls::None && mail.root_certificate_file.is_some() {
        return refuse("mail.root_certificate_file", "is of no use while mail.tls is none");
    }
    if mail.user.is_some() != mail.password.is_some() {
        return refuse("mail", "name both user and password, or neither");
    }
    if mail.password.as_ref().is_some_and(|password| super::checks::is_placeholder(password.expose_secret()))
    {
        return refuse("mail.password", "is a placeholder; give the user a random one");
    }
    Ok(())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn check(toml: &str) -> Result<(), String> {
        let settings: Settings = toml::from_str(toml).unwrap();
        super::check(&settings.mail, &settings.server).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_is_reached_by_tls_unless_it_is_this_machine() {
        for toml in [
            "",
            "mail.host = 'smtp.example.org'",
            "mail = { host = 'smtp.example.org', tls = 'starttls' }",
            "mail = { host = '127.0.0.1', tls = 'none', port = 2525 }",
            "mail = { host = 'smtp.example.org', user = 'u', password = 'x7Kq', from = 'Clinic <a@example.org>' }",
        ] {
            check(toml).unwrap();
        }
    }

    #[test]
    fn unsafe_values_are_refused_by_key() {
        for (toml, key) in [
            ("mail = { host = 'smtp.example.org', tls = 'none' }", "mail.tls"),
            ("mail = { host = '192.0.2.7', tls = 'none' }", "mail.tls"),
            ("mail = { host = 'smtp.example.org/x' }", "mail.host"),
            ("mail = { port = 25 }", "mail.host"),
            ("mail = { host = 'smtp.example.org', user = 'u' }", "mail"),
            ("mail = { host = 'smtp.example.org', user = 'u', password = 'changeme' }", "mail.password"),
            ("mail = { from = 'nobody' }", "mail.from"),
            ("mail = { from = \"a@b.example\\r\\nBcc: c@d.example\" }", "mail.from"),
        ] {
            let refusal = check(toml).unwrap_err();
            assert!(refusal.starts_with(key), "{toml}: {refusal}");
        }
        let opportunistic: Result<Settings, _> = toml::from_str("mail.tls = 'opportunistic'");
        assert!(opportunistic.is_err());
    }
}
