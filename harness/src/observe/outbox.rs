//! The mails that the attacked service sent, read from the folder where it leaves them.

use crate::patience::Patience;
use std::{fs, io, path::PathBuf, time::Duration};

/// How long to wait for one that must not come.
const LULL: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// The folder with mails.
#[derive(Clone, Debug)]
pub struct Outbox(PathBuf);

/// A mail that was sent.
#[derive(Clone, Debug)]
pub struct SeenMail {
    /// Its subject.
    pub subject: String,
    /// Its header section.
    pub head: String,
    /// Its text.
    pub text: String,
}

impl SeenMail {
    fn parse(mail: &str) -> Option<(String, Self)> {
        let (headers, text) = mail.split_once("\r\n\r\n")?;
        let header = |name: &str| {
            headers.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        Some((
            header("To:")?,
            Self { subject: header("Subject:")?, head: headers.to_owned(), text: text.to_owned() },
        ))
    }

    /// The link in it.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.text.lines().find(|line| line.starts_with("http"))
    }

    /// The secret in its link.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.link()?.split_once("token=").map(|(_, token)| token)
    }
}

impl Outbox {
    /// The mails in this folder.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Every mail to an address, in the order in which they were sent.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn mails_to(&self, address: &str) -> io::Result<Vec<SeenMail>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                files.push(path);
            }
        }
        // The names begin with the time.
        files.sort();
        let mut mails = Vec::new();
        for file in files {
            let read = fs::read_to_string(file)?;
            mails.extend(SeenMail::parse(&read).filter(|(to, _)| to == address).map(|(_, mail)| mail));
        }
        Ok(mails)
    }

    /// The mails to an address with this subject, once there are so many; fewer when they don't come.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub async fn wait_for(&self, address: &str, subject: &str, count: usize) -> io::Result<Vec<SeenMail>> {
        let mut found = Vec::new();
        let mut patience = Patience::new();
        while found.len() < count && patience.lasts().await {
            found = self.with_subject(address, subject)?;
        }
        Ok(found)
    }

    /// The same where so many must not come: waits for less long.
    ///
    /// # Errors
    /// As [`Outbox::wait_for`].
    pub async fn unless(&self, address: &str, subject: &str, count: usize) -> io::Result<Vec<SeenMail>> {
        let mut found = self.with_subject(address, subject)?;
        for _ in 0..LULL {
            if found.len() >= count {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            found = self.with_subject(address, subject)?;
        }
        Ok(found)
    }

    fn with_subject(&self, address: &str, subject: &str) -> io::Result<Vec<SeenMail>> {
        let mut found = self.mails_to(address)?;
        found.retain(|mail| mail.subject == subject);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::SeenMail;

    #[test]
    fn a_mail_is_read() {
        let text = "From: a@b.example\r\nTo: ada@b.example\r\nSubject: Hello\r\n\r\nOpen\r\nhttps://x/y?token=s3\r\n";
        let (to, mail) = SeenMail::parse(text).unwrap();
        assert_eq!(
            (to.as_str(), mail.subject.as_str(), mail.token()),
            ("ada@b.example", "Hello", Some("s3"))
        );
    }
}
