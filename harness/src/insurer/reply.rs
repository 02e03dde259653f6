//! How the insurer answers: as a partner does, or as one that was broken into.

use serde_json::{Value, json};
use std::{io, time::Duration};
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// How long a silence lasts, and how long between two bytes of a trickle.
const SILENCE: Duration = Duration::from_secs(60);
const DRIP: Duration = Duration::from_secs(1);
/// What an endless answer ends at: an attacked service must not take this machine with it.
const ENDLESS: usize = 512;
const PIECE: usize = 64 * 1024;

/// How questions about one card are answered.
#[derive(Clone, Debug, Default)]
pub enum Reply {
    /// As a partner does.
    #[default]
    Honest,
    /// This JSON, with everything else in order.
    Json(Value),
    /// This status, these fields, this body.
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Nothing, ever.
    Hang,
    /// One byte a second.
    Trickle,
    /// An honest beginning, and then blanks without end.
    Endless,
    /// The announcement of ten gigabytes, and the first of them.
    Huge,
    /// The connection is cut.
    Reset,
}

impl Reply {
    /// This text, said to be JSON.
    #[must_use]
    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::Http(200, vec![("content-type", "application/json".to_owned())], body.into())
    }

    /// This status, and nothing else.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Http(status, Vec::new(), Vec::new())
    }

    /// What a partner says of somebody with this card.
    #[must_use]
    pub fn honest(card: &str) -> Value {
        json!({
            "member_no": card,
            "status": "active",
            "plan": "Basis Plus",
            "valid_from": "2024-01-01",
            "valid_until": "2031-12-31",
            "copay_cents": 1500,
        })
    }

    /// Says it.
    pub(super) async fn say<S: AsyncWrite + Unpin>(self, stream: &mut S, card: &str) -> io::Result<()> {
        const JSON: &str = "content-type: application/json\r\n";
        match self {
            Self::Honest => respond(stream, 200, JSON, Self::honest(card).to_string().as_bytes()).await,
            Self::Json(value) => respond(stream, 200, JSON, value.to_string().as_bytes()).await,
            Self::Http(status, fields, body) => {
                let fields: String =
                    fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                respond(stream, status, &fields, &body).await
            }
            Self::Hang => {
                tokio::time::sleep(SILENCE).await;
                Ok(())
            }
            Self::Trickle => {
                let head = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 400\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                for _ in 0..SILENCE.as_secs() {
                    stream.write_all(b" ").await?;
                    stream.flush().await?;
                    tokio::time::sleep(DRIP).await;
                }
                Ok(())
            }
            Self::Endless => {
                let head = format!("HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: chunked\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                let piece = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE));
                for _ in 0..ENDLESS {
                    stream.write_all(piece.as_bytes()).await?;
                }
                tokio::time::sleep(SILENCE).await;
                Ok(())
            }
            Self::Huge => {
                let head = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 10737418240\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                let piece = " ".repeat(PIECE);
                for _ in 0..ENDLESS {
                    stream.write_all(piece.as_bytes()).await?;
                }
                tokio::time::sleep(SILENCE).await;
                Ok(())
            }
            Self::Reset => Ok(()),
        }
    }
}

async fn respond<S: AsyncWrite + Unpin>(
    stream: &mut S,
    status: u16,
    fields: &str,
    body: &[u8],
) -> io::Result<()> {
    // 204 has no length (RFC 9110 §8.6).
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} Answer\r\n{fields}{length}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await?;
    stream.shutdown().await
}
