//! An SMTP server that takes everything and remembers what it heard, in clear and through TLS.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Offer {
    Nothing,
    Starttls,
    Implicit,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) clear: Vec<String>,
    pub(super) encrypted: Vec<String>,
}

pub(super) struct SmtpServer {
    pub(super) port: u16,
    pub(super) authority: String,
    heard: Arc<Mutex<Heard>>,
    served: Arc<Notify>,
}

impl SmtpServer {
    pub(super) async fn start(offer: Offer) -> Self {
        let (authority, config) = certificate();
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, served) = (Arc::<Mutex<Heard>>::default(), Arc::new(Notify::new()));
        let (book, done) = (heard.clone(), served.clone());
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                // A client that turns away is what some tests are about.
                let _ = serve(stream, offer, &acceptor, &book).await;
                done.notify_one();
            }
        });
        Self { port, authority, heard, served }
    }

    pub(super) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }

    pub(super) async fn served_one(&self) {
        tokio::time::timeout(Duration::from_secs(5), self.served.notified()).await.unwrap();
    }
}

pub(super) fn authority_of_nobody() -> String {
    certificate().0
}

fn certificate() -> (String, ServerConfig) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (authority, config)
}

async fn serve(
    stream: TcpStream,
    offer: Offer,
    acceptor: &TlsAcceptor,
    book: &Mutex<Heard>,
) -> io::Result<()> {
    let in_clear = |line: &str| book.lock().unwrap().clear.push(line.to_owned());
    let through_tls = |line: &str| book.lock().unwrap().encrypted.push(line.to_owned());
    let implicit = offer == Offer::Implicit;
    let stream = if implicit {
        Some(stream)
    } else {
        converse(stream, offer == Offer::Starttls, true, in_clear).await?
    };
    if let Some(stream) = stream {
        converse(acceptor.accept(stream).await?, false, implicit, through_tls).await?;
    }
    Ok(())
}

/// Talks until QUIT, or until STARTTLS, and hands the stream back then.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    starttls: bool,
    greet: bool,
    hear: impl Fn(&str),
) -> io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(b"220 test ESMTP\r\n").await?;
    }
    let (mut line, mut in_data) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let text = line.trim_end();
        hear(text);
        let answer: &[u8] = match text.split(' ').next().unwrap_or_default() {
            "." if in_data => {
                in_data = false;
                b"250 taken\r\n"
            }
            _ if in_data => continue,
            "EHLO" if starttls => b"250-test\r\n250 STARTTLS\r\n",
            "EHLO" => b"250-test\r\n250 AUTH PLAIN\r\n",
            "STARTTLS" => {
                stream.write_all(b"220 go\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => b"235 welcome\r\n",
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => return Ok(None),
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await?;
        stream.flush().await?;
    }
}
