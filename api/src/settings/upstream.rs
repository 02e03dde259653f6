//! APIs that the service asks: where they are, what it shows them, what it may spend there.

use super::{SettingsError, checks::is_placeholder, private_file_is_private};
use crate::protection::UPSTREAM_TLS;
use brigandine_enforce::enforces;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::Url;
use zeroize::Zeroizing;

/// More than any credential; a wrong path must not be read for ever.
const LARGEST_CREDENTIAL: u64 = 8 * 1024;

/// `[upstream]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSettings {
    /// Whom eligibility checks are sent to; nobody can be asked without it.
    pub insurer: Option<InsurerSettings>,
}

/// `[upstream.insurer]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsurerSettings {
    /// Where questions are sent.
    pub url: Url,
    /// The credential there, and nowhere else; or [`InsurerSettings::token_file`].
    pub token: Option<SecretString>,
    /// A file of its owner's that holds the credential.
    pub token_file: Option<PathBuf>,
    /// CA of the insurer, in place of the public ones.
    pub root_certificate_file: Option<PathBuf>,
    /// How long it is left alone when it fails, in seconds, and between two tries to find out whether it still does.
    #[serde(default = "default_rest")]
    pub rest_seconds: u8,
    /// What one check costs, in a unit of the operator's: cents, say.
    #[serde(default = "default_price")]
    pub price: u32,
    /// What an organization may spend in a day (UTC), in that unit.
    #[serde(default = "default_units")]
    pub units_per_day: u32,
    /// How many checks an organization may make in a day (UTC).
    #[serde(default = "default_checks")]
    pub checks_per_day: u32,
}

const fn default_rest() -> u8 {
    10
}

const fn default_price() -> u32 {
    1
}

const fn default_units() -> u32 {
    500
}

const fn default_checks() -> u32 {
    500
}

impl UpstreamSettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.insurer.as_ref().map_or(Ok(()), InsurerSettings::check)
    }
}

impl InsurerSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let refuse =
            |key: &str, advice: &str| Err(SettingsError::new(format!("upstream.insurer.{key}"), advice));
        self.check_encrypted()?;
        let plain = self.url.username().is_empty()
            && self.url.password().is_none()
            && self.url.query().is_none()
            && self.url.fragment().is_none();
        if !self.url.has_host() || !plain {
            return refuse(
                "url",
                "has no user part, query or fragment; the credential is upstream.insurer.token",
            );
        }
        if self.token.is_some() == self.token_file.is_some() {
            return refuse("token", "name either token or token_file");
        }
        if self.token.as_ref().is_some_and(|token| token.expose_secret().is_empty() || is_known(token)) {
            return refuse("token", "is a placeholder; the insurer gives out the real one");
        }
        if !(1..=60).contains(&self.rest_seconds) {
            return refuse("rest_seconds", "takes 1 to 60 seconds");
        }
        if self.price == 0 || self.price > self.units_per_day {
            return refuse("price", "is at least 1, and not more than upstream.insurer.units_per_day");
        }
        if self.checks_per_day == 0 {
            return refuse("checks_per_day", "is at least 1; leave [upstream.insurer] out to ask nobody");
        }
        Ok(())
    }

    /// Patients' data and the credential leave the house over TLS only (CWE-319; ASVS 12.3.1).
    #[enforces(UPSTREAM_TLS)]
    fn check_encrypted(&self) -> Result<(), SettingsError> {
        if self.url.scheme() == "https" {
            return Ok(());
        }
        let advice = "must start with https://; patients' data do not travel in clear";
        Err(SettingsError::new("upstream.insurer.url", advice))
    }

    /// The credential; `key` is the setting that names its file.
    ///
    /// # Errors
    /// When the file can't be read, is open to others, or holds nothing.
    pub fn credential(
        &self,
        key: &str,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<Zeroizing<String>, SettingsError> {
        let Some(file) = &self.token_file else {
            let token = self.token.as_ref().map(|token| token.expose_secret().to_owned());
            return Ok(Zeroizing::new(token.unwrap_or_default()));
        };
        let file = resolve(file);
        let refuse = |advice: String| SettingsError::new(key, format!("{} {advice}", file.display()));
        let about = std::fs::metadata(&file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
        if !about.is_file() || about.len() > LARGEST_CREDENTIAL {
            return Err(refuse("is no credential".into()));
        }
        private_file_is_private(&file)?;
        let text =
            std::fs::read_to_string(&file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
        let text = Zeroizing::new(text);
        let token = Zeroizing::new(text.trim().to_owned());
        if token.is_empty() || is_placeholder(&token) {
            return Err(refuse("holds no credential".into()));
        }
        Ok(token)
    }
}

fn is_known(token: &SecretString) -> bool {
    is_placeholder(token.expose_secret())
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn check(toml: &str) -> Result<(), String> {
        let settings: Settings = toml::from_str(toml).unwrap();
        settings.upstream.check().map_err(|error| error.to_string())
    }

    fn insurer(rest: &str) -> String {
        format!("[upstream.insurer]\nurl = 'https://insurer.example/check'\n{rest}")
    }

    #[test]
    fn an_insurer_is_named_with_a_credential_or_not_at_all() {
        check("").unwrap();
        check(&insurer("token = 'k9V2'")).unwrap();
        check(&insurer("token_file = 'insurer.token'\nprice = 15\nunits_per_day = 9000")).unwrap();
    }

    #[test]
    fn unsafe_values_are_refused_by_key() {
        for (toml, key) in [
            (insurer(""), "upstream.insurer.token"),
            (insurer("token = 'a'\ntoken_file = 'b'"), "upstream.insurer.token"),
            (insurer("token = 'changeme'"), "upstream.insurer.token"),
            (insurer("token = ''"), "upstream.insurer.token"),
            (insurer("token = 'k'\nrest_seconds = 0"), "upstream.insurer.rest_seconds"),
            (insurer("token = 'k'\nprice = 0"), "upstream.insurer.price"),
            (insurer("token = 'k'\nprice = 501"), "upstream.insurer.price"),
            (insurer("token = 'k'\nchecks_per_day = 0"), "upstream.insurer.checks_per_day"),
            ("[upstream.insurer]\nurl = 'http://i.example'\ntoken = 'k'".into(), "upstream.insurer.url"),
            ("[upstream.insurer]\nurl = 'https://u:p@i.example'\ntoken = 'k'".into(), "upstream.insurer.url"),
            ("[upstream.insurer]\nurl = 'https://i.example?k=v'\ntoken = 'k'".into(), "upstream.insurer.url"),
        ] {
            let refusal = check(&toml).unwrap_err();
            assert!(refusal.starts_with(key), "{toml}: {refusal}");
        }
        assert!(toml::from_str::<Settings>(&insurer("token = 'k'\nverify = false")).is_err());
    }

    #[test]
    fn a_credential_lies_in_a_file_of_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("upstream-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("insurer.token");
        let settings: Settings = toml::from_str(&insurer("token_file = 'insurer.token'")).unwrap();
        let credential =
            || settings.upstream.insurer.as_ref().unwrap().credential("k", |name| folder.join(name));
        assert!(credential().is_err(), "there is no such file");
        fs::write(&file, "s3cret-of-theirs\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(credential().unwrap_err().to_string().contains("insecure_key_permissions"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(credential().unwrap().as_str(), "s3cret-of-theirs");
        fs::write(&file, "  \n").unwrap();
        assert!(credential().is_err(), "it is empty");
        fs::remove_dir_all(&folder).unwrap();
    }
}
