//! Bytes as they are: writing what no HTTP library would, and reading what comes back.

use super::{Answer, ClientError, Peer};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A two-way byte stream, TLS or not.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection.
pub(super) struct Stream {
    pub(super) io: Box<dyn Io>,
    pub(super) peer: Peer,
}

pub(super) async fn exchange(
    mut stream: Stream,
    bytes: &[u8],
    patience: Duration,
) -> Result<Answer, ClientError> {
    let started = Instant::now();
    // A server may refuse and close before everything is written; what it said is still worth reading.
    let written = stream.io.write_all(bytes).await;
    let _ = stream.io.flush().await;
    let seen = read_answer(stream.io.as_mut(), patience).await;
    match parse(&seen) {
        Some(mut answer) => {
            answer.elapsed = started.elapsed();
            answer.peer = stream.peer;
            Ok(answer)
        }
        None if seen.is_empty() => Err(ClientError::Closed(match written {
            Ok(()) => "the server closed without a byte".into(),
            Err(error) => error.to_string(),
        })),
        None => Err(ClientError::Closed(format!(
            "{} bytes that are no HTTP answer: {:?}",
            seen.len(),
            String::from_utf8_lossy(seen.get(..seen.len().min(80)).unwrap_or_default())
        ))),
    }
}

/// Reads until the answer is whole and nothing more comes for a moment, the peer closes, or patience ends.
async fn read_answer(io: &mut dyn Io, patience: Duration) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    let deadline = Instant::now() + patience;
    loop {
        let whole = parse(&seen).is_some();
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = if whole { left.min(Duration::from_millis(60)) } else { left };
        match tokio::time::timeout(wait, io.read(&mut chunk)).await {
            Ok(Ok(read)) if read > 0 => seen.extend_from_slice(chunk.get(..read).unwrap_or_default()),
            _ => return seen,
        }
    }
}

/// The first answer in the bytes, if whole; what follows it is in `rest`.
pub(super) fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let after = bytes.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let value = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let chunked = value("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let (body, rest) = if chunked {
        dechunk(after)?
    } else {
        let length = value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        (after.get(..length)?.to_vec(), after.get(length..)?.to_vec())
    };
    Some(Answer { status, headers, body, rest, elapsed: Duration::ZERO, peer: Peer::default() })
}

fn dechunk(mut bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(bytes.get(..line)?).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        bytes = bytes.get(line + 2..)?;
        body.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some((body, bytes.to_vec()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_with_a_length_is_whole_when_all_of_it_came() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab").is_none());
        let answer = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP").unwrap();
        assert_eq!((answer.body.as_slice(), answer.rest.as_slice()), (&b"abc"[..], &b"HTTP"[..]));
    }

    #[test]
    fn a_chunked_answer_is_put_together() {
        let answer =
            parse(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
                .unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (400, "abc"));
    }

    #[test]
    fn what_is_no_http_is_no_answer() {
        assert!(parse(b"SSH-2.0-x\r\n\r\n").is_none());
    }
}
