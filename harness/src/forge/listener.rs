//! The forge's HTTPS listener.

use super::{ForgeError, Issuer, Issuers, Mode, form};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer as Authority, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, PoisonError},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

/// Larger than any token request.
const LARGEST: usize = 64 * 1024;

pub(super) async fn start(issuers: Issuers) -> Result<(SocketAddr, String, JoinHandle<()>), ForgeError> {
    let (config, authority_pem) = tls()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, issuers) = (acceptor.clone(), issuers.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let service = service_fn(|request| {
                    let issuers = issuers.clone();
                    async move { Ok::<_, Infallible>(answer(&issuers, request).await) }
                });
                // A client that hangs up is its own business.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok((address, authority_pem, server))
}

fn tls() -> Result<(ServerConfig, String), ForgeError> {
    authority("Brigandine forge", vec!["127.0.0.1".to_owned()])
}

/// A TLS server for these names, and the authority that vouches for it, in PEM.
pub(crate) fn authority(common_name: &str, names: Vec<String>) -> Result<(ServerConfig, String), ForgeError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, common_name);
    let authority_key = KeyPair::generate()?;
    let authority_pem = params.self_signed(&authority_key)?.pem();
    let authority = Authority::new(params, authority_key);
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    Ok((config, authority_pem))
}

async fn answer(issuers: &Issuers, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let (name, document) = path.split_once('/').unwrap_or((&path, ""));
    let issuer = issuers.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    let Some(issuer) = issuer else { return plain(StatusCode::NOT_FOUND, String::new()) };
    match document {
        "jwks" => {
            issuer.asked_for_jwks();
            behave(&issuer, issuer.jwks().to_string(), true).await
        }
        ".well-known/openid-configuration" => {
            issuer.asked_for_discovery();
            let discovery = issuer.discovery().to_string();
            behave(&issuer, discovery, false).await
        }
        "authorize" => {
            let query = form::decode(request.uri().query().unwrap_or_default());
            issuer.authorize(&query).map_or_else(|| plain(StatusCode::BAD_REQUEST, String::new()), redirect)
        }
        "token" => token(&issuer, request).await,
        "userinfo" => match issuer.userinfo() {
            Some(said) => plain(StatusCode::OK, said.to_string()),
            None => plain(StatusCode::NOT_FOUND, String::new()),
        },
        _ => plain(StatusCode::NOT_FOUND, String::new()),
    }
}

async fn token(issuer: &Issuer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if let Mode::Slow(delay) = issuer.mode() {
        tokio::time::sleep(delay).await;
    }
    let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let authorization = authorization.map(str::to_owned);
    let body = Limited::new(request.into_body(), LARGEST).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let (status, document) =
        issuer.token(authorization.as_deref(), &form::decode(&String::from_utf8_lossy(&body)));
    plain(StatusCode::from_u16(status).unwrap_or_default(), document.to_string())
}

async fn behave(issuer: &Issuer, honest: String, is_jwks: bool) -> Response<Full<Bytes>> {
    match issuer.mode() {
        Mode::Slow(delay) => {
            tokio::time::sleep(delay).await;
            plain(StatusCode::OK, honest)
        }
        Mode::Status(status) => {
            plain(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), String::new())
        }
        // Blanks are valid JSON whitespace: only a limit on size stops this one.
        Mode::Huge(bytes) => plain(StatusCode::OK, format!("{}{honest}", " ".repeat(bytes))),
        Mode::Jwks(text) if is_jwks => plain(StatusCode::OK, text),
        Mode::Discovery(text) if !is_jwks => plain(StatusCode::OK, text),
        Mode::Redirect(to) => redirect(to),
        Mode::Honest | Mode::Jwks(_) | Mode::Discovery(_) => plain(StatusCode::OK, honest),
    }
}

fn redirect(to: String) -> Response<Full<Bytes>> {
    let mut response = plain(StatusCode::FOUND, String::new());
    if let Ok(value) = to.parse() {
        response.headers_mut().insert("location", value);
    }
    response
}

fn plain(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}
