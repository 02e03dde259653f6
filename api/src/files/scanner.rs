//! Who looks for malware. Whatever goes wrong, a file is not clean before somebody said so.

use super::clamd::Conversation;
use crate::{
    http::problem::{Kind, Problem},
    protection::UPLOAD_MALWARE,
    sealing::{OpeningReader, SealingError},
    settings::{ClamdAddress, ScannerChoice, SettingsError},
};
use brigandine_enforce::enforces;
use std::{fs::File, io};

/// The door to the scanner.
#[derive(Clone, Debug)]
pub enum Scanner {
    /// The settings name none: nothing is taken in.
    Missing,
    /// The operator wants none: files are kept as nobody has seen them.
    Declined,
    /// A `clamd`.
    Clamd(ClamdAddress),
}

/// What the scanner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was.
    Infected,
}

/// There is no verdict; the file has to wait.
#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    /// There is nobody to ask.
    #[error("there is no scanner")]
    Nobody,
    /// It says nothing in time.
    #[error("the scanner does not answer")]
    Silent,
    /// It said something else.
    #[error("the scanner gave no verdict: {0:?}")]
    Unclear(String),
    /// It can't be reached.
    #[error("the scanner can't be reached: {0}")]
    Unreachable(#[from] io::Error),
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] SealingError),
    /// The thread that reads the file broke.
    #[error("the file's reader broke")]
    Broken,
}

/// What the scanner finds is found, and nobody gets the file (ASVS 5.4.3).
#[enforces(UPLOAD_MALWARE, answers = Verdict::Clean)]
fn infected() -> Verdict {
    Verdict::Infected
}

/// A scanner that is down keeps files waiting: whoever breaks it must not get theirs past it (CWE-636).
#[enforces(UPLOAD_MALWARE, answers = Ok(Verdict::Clean))]
fn no_verdict(error: ScannerError) -> Result<Verdict, ScannerError> {
    Err(error)
}

impl Scanner {
    pub(super) fn new(choice: Option<&ScannerChoice>) -> Result<Self, SettingsError> {
        Ok(match choice {
            None => Self::Missing,
            Some(ScannerChoice::Word(_)) => Self::Declined,
            Some(ScannerChoice::Clamd { clamd }) => Self::Clamd(
                clamd.parse().map_err(|()| SettingsError::new("documents.scanner.clamd", "is no address"))?,
            ),
        })
    }

    pub(super) fn announce(&self) {
        match self {
            Self::Missing => tracing::warn!(
                "Nothing can be uploaded: name a scanner in documents.scanner, or \"none\" to keep files that nobody looked at"
            ),
            Self::Declined => {
                tracing::warn!(
                    "documents.scanner is \"none\": files are kept and served as nobody has seen them"
                );
            }
            Self::Clamd(address) => tracing::info!(clamd = ?address, "Files are scanned"),
        }
    }

    /// Refuses a file that nobody could look at.
    ///
    /// # Errors
    /// `uploads-unavailable`.
    #[enforces(UPLOAD_MALWARE)]
    pub fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Missing => {
                tracing::error!("Refused an upload: documents.scanner is not set");
                Err(Kind::UploadsUnavailable.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether the operator wants files unseen.
    #[must_use]
    pub const fn is_declined(&self) -> bool {
        matches!(self, Self::Declined)
    }

    /// Has a file looked at.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn judge(&self, file: OpeningReader<File>) -> Result<Verdict, ScannerError> {
        match self.ask(file).await {
            Ok(Verdict::Clean) => Ok(Verdict::Clean),
            Ok(Verdict::Infected) => Ok(infected()),
            Err(error) => no_verdict(error),
        }
    }

    async fn ask(&self, mut file: OpeningReader<File>) -> Result<Verdict, ScannerError> {
        let Self::Clamd(address) = self else { return Err(ScannerError::Nobody) };
        let mut conversation = Conversation::open(address).await?;
        loop {
            let read = tokio::task::spawn_blocking(move || {
                let piece = file.read();
                (file, piece)
            });
            let (reader, piece) = read.await.map_err(|_| ScannerError::Broken)?;
            file = reader;
            match piece? {
                Some(piece) => conversation.send(&piece).await?,
                None => return conversation.verdict().await,
            }
        }
    }
}
