//! The insurer's listeners, and its books.

use super::{Question, Reply};
use crate::forge::ForgeError;
use rustls::ServerConfig;
use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// Larger than any question.
const LARGEST: usize = 64 * 1024;

/// What all listeners share.
pub(super) struct Desk {
    credential: String,
    replies: Mutex<HashMap<String, Reply>>,
    questions: Mutex<Vec<(String, Question)>>,
}

impl Desk {
    pub(super) fn new(credential: String) -> Self {
        Self { credential, replies: Mutex::default(), questions: Mutex::default() }
    }

    pub(super) fn credential(&self) -> &str {
        &self.credential
    }

    pub(super) fn set(&self, card: &str, reply: Reply) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).insert(card.to_owned(), reply);
    }

    pub(super) fn questions(&self, card: &str) -> Vec<Question> {
        let all = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|(of, _)| of == card).map(|(_, question)| question.clone()).collect()
    }

    /// Writes the question down; says about whom it is, and how it is answered.
    fn take(&self, question: Question) -> (String, Reply) {
        let card = question.json().get("member_no").and_then(|it| it.as_str()).unwrap_or_default().to_owned();
        let known = question.header("authorization") == Some(format!("Bearer {}", self.credential).as_str());
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).push((card.clone(), question));
        let reply = self.replies.lock().unwrap_or_else(PoisonError::into_inner).get(&card).cloned();
        (card, if known { reply.unwrap_or_default() } else { Reply::status(401) })
    }
}

/// Listens with TLS, or in clear without a configuration; answers where.
pub(super) async fn start(
    desk: Arc<Desk>,
    tls: Option<ServerConfig>,
) -> Result<(String, JoinHandle<()>), ForgeError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/v1/eligibility", listener.local_addr()?);
    let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
    let task = tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (desk, acceptor) = (desk.clone(), acceptor.clone());
            // Whoever hangs up does not want the answer.
            tokio::spawn(async move { drop(take(tcp, acceptor, &desk).await) });
        }
    });
    Ok((url, task))
}

async fn take(tcp: TcpStream, acceptor: Option<TlsAcceptor>, desk: &Desk) -> io::Result<()> {
    match acceptor {
        Some(acceptor) => converse(acceptor.accept(tcp).await?, desk).await,
        None => converse(tcp, desk).await,
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, desk: &Desk) -> io::Result<()> {
    let question = hear(&mut stream).await?;
    let (card, reply) = desk.take(question);
    reply.say(&mut stream, &card).await
}

/// One request, of which the length is known.
async fn hear<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Question> {
    let odd = || io::Error::from(io::ErrorKind::InvalidData);
    let mut heard = Vec::new();
    let end = loop {
        if let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, &mut heard).await?;
    };
    let head = String::from_utf8_lossy(heard.get(..end).unwrap_or_default()).into_owned();
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.and_then(|(_, length)| length.parse().ok()).ok_or_else(odd)?;
    let begin = end + 4;
    while heard.len() < begin + length.min(LARGEST) {
        read_more(stream, &mut heard).await?;
    }
    let body = heard.get(begin..begin + length).ok_or_else(odd)?;
    Ok(Question { headers, body: String::from_utf8_lossy(body).into_owned() })
}

async fn read_more<S: AsyncRead + Unpin>(stream: &mut S, heard: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 4096];
    let read = stream.read(&mut piece).await?;
    if read == 0 || heard.len() > LARGEST {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    heard.extend_from_slice(piece.get(..read).unwrap_or_default());
    Ok(())
}
