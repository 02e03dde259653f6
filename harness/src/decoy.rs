//! What is no service, for the harness to prove nothing by: a TLS server with one answer, or a closed port.

use crate::{
    arena::{Arena, ArenaError},
    catcher::Catcher,
    client::{Target, trusting},
    forge::{Forge, ForgeError},
    observe::Observer,
};
use rcgen::{Certificate, CertificateParams, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// The name in the test server's certificate.
const HOST: &str = "api.clinic.test";

/// What the server does with every request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Nothing listens.
    Dead,
    /// 404 with a perfect problem document.
    AlwaysNotFound,
    /// 200 with an empty object.
    AlwaysFine,
}

impl Behaviour {
    fn answer(self) -> String {
        let problem = format!(
            r#"{{"type":"https://{HOST}/problems/not-found","status":404,"instance":"urn:uuid:{}"}}"#,
            uuid::Uuid::new_v4()
        );
        let (line, kind, body) = match self {
            Self::AlwaysFine => ("200 OK", "application/json", "{}".to_owned()),
            _ => ("404 Not Found", "application/problem+json", problem),
        };
        format!("HTTP/1.1 {line}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }
}

/// An arena around such a server, with a real forge and an observer that sees nothing.
///
/// # Errors
/// When there is no certificate or no port for it.
pub(crate) async fn arena(behaviour: Behaviour) -> Result<Arc<Arena>, ArenaError> {
    let (key, certificate) = identity().map_err(ForgeError::from)?;
    let authority = certificate.pem().into_bytes();
    let public = serve(behaviour, certificate.der().to_vec(), key.serialize_der()).await?;
    let target = Target {
        public,
        operations: public,
        host: HOST.into(),
        tls: trusting(&authority)?,
        authority: authority.into(),
    };
    Ok(Arc::new(Arena {
        target,
        forge: Forge::start().await?,
        catcher: Catcher::start().await?,
        observer: Observer::blank(),
        service: None,
        insurer: None,
        scanner: None,
        data_directory: PathBuf::from("/nonexistent"),
    }))
}

fn identity() -> Result<(KeyPair, Certificate), rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![HOST.to_owned()])?.self_signed(&key)?;
    Ok((key, certificate))
}

async fn serve(behaviour: Behaviour, certificate: Vec<u8>, key: Vec<u8>) -> Result<SocketAddr, ForgeError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    if behaviour == Behaviour::Dead {
        return Ok(address);
    }
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)))?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                let mut buffer = [0; 65536];
                while let Ok(1..) = stream.read(&mut buffer).await {
                    if stream.write_all(behaviour.answer().as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}
