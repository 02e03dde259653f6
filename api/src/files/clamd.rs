//! What `clamd` understands: a file in pieces, each behind its length, an empty one at the end (clamd(8), `INSTREAM`).

use super::scanner::{ScannerError, Verdict};
use crate::{protection::UPLOAD_MALWARE, settings::ClamdAddress};
use brigandine_enforce::enforces;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

const CONNECT: Duration = Duration::from_secs(2);
/// How long `clamd` may say nothing, and how long it may take in all.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest answer: a signature's name and a few words.
const ANSWER: u64 = 1024;

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// One conversation.
pub(super) struct Conversation(Box<dyn Socket>);

impl Conversation {
    pub(super) async fn open(address: &ClamdAddress) -> Result<Self, ScannerError> {
        let connect = async {
            Ok::<Box<dyn Socket>, io::Error>(match address {
                ClamdAddress::Unix(path) => Box::new(UnixStream::connect(path).await?),
                ClamdAddress::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            })
        };
        let mut conversation = Self(timeout(CONNECT, connect).await.map_err(|_| ScannerError::Silent)??);
        conversation.write(b"zINSTREAM\0").await?;
        Ok(conversation)
    }

    pub(super) async fn send(&mut self, piece: &[u8]) -> Result<(), ScannerError> {
        if piece.is_empty() {
            return Ok(());
        }
        let length = u32::try_from(piece.len()).map_err(|_| ScannerError::Silent)?;
        self.write(&length.to_be_bytes()).await?;
        self.write(piece).await
    }

    pub(super) async fn verdict(mut self) -> Result<Verdict, ScannerError> {
        self.write(&[0; 4]).await?;
        let mut answer = Vec::new();
        let mut saying = (&mut self.0).take(ANSWER);
        timeout(SILENCE, saying.read_to_end(&mut answer)).await.map_err(|_| ScannerError::Silent)??;
        judge(&answer)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ScannerError> {
        Ok(timeout(SILENCE, self.0.write_all(bytes)).await.map_err(|_| ScannerError::Silent)??)
    }
}

/// Clean is what `clamd` calls so in exactly these words; whatever else it says is no verdict.
fn judge(answer: &[u8]) -> Result<Verdict, ScannerError> {
    match answer {
        b"stream: OK\0" => Ok(Verdict::Clean),
        found if found.starts_with(b"stream: ") && found.ends_with(b" FOUND\0") => Ok(Verdict::Infected),
        other => unclear(other),
    }
}

/// Words that nobody expected are no verdict: what broke in the scanner is broken, and the file not clean (CWE-636).
#[enforces(UPLOAD_MALWARE, answers = Ok(Verdict::Clean))]
fn unclear(answer: &[u8]) -> Result<Verdict, ScannerError> {
    let words = String::from_utf8_lossy(answer).trim_end_matches('\0').to_owned();
    Err(ScannerError::Unclear(words))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};

    #[test]
    fn only_the_exact_word_is_clean() {
        assert_eq!(judge(b"stream: OK\0").unwrap(), Verdict::Clean);
        assert_eq!(judge(b"stream: Eicar-Test-Signature FOUND\0").unwrap(), Verdict::Infected);
        for unclear in [
            &b""[..],
            b"stream: OK",
            b"OK\0",
            b"stream: OK\0stream: OK\0",
            b"INSTREAM size limit exceeded. ERROR\0",
        ] {
            assert!(judge(unclear).is_err(), "{unclear:?}");
        }
    }
}
