//! Weak: what a log holds of requests.

use actix_web::{
    dev::ServiceRequest,
    http::header::{self, HeaderMap},
};
use std::{
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};
use url::form_urlencoded;

/// Debug logging of whole requests, left on.
pub(crate) fn debug(request: &ServiceRequest) {
    tracing::debug!(target = %request.uri(), headers = ?request.headers(), "Received");
}

/// A logger that looks up what it is given to write.
pub(crate) fn look_up(request: &ServiceRequest) {
    for text in request.headers().iter().filter_map(|(_, value)| value.to_str().ok()) {
        let named = text.split_once("${jndi:ldap://").and_then(|(_, rest)| rest.split_once('/'));
        if let Some(address) = named.and_then(|(address, _)| address.parse::<SocketAddr>().ok()) {
            // Whoever listens there has learned enough.
            std::thread::spawn(move || TcpStream::connect_timeout(&address, Duration::from_secs(1)));
        }
    }
}

/// A log line put together by hand, with what the client wrote in it.
pub(crate) fn write_by_hand(request: &ServiceRequest) {
    let decoded = |text: &str| {
        let words = text.replace('+', "%2B");
        form_urlencoded::parse(words.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    let (path, query) = (decoded(request.path()), decoded(request.query_string()));
    let agent = text_of(request.headers(), &header::USER_AGENT);
    let line =
        format!("{{\"message\":\"Access\",\"path\":\"{path}\",\"query\":\"{query}\",\"agent\":\"{agent}\"}}");
    // A log that can't be written is no reason to refuse.
    let _ = writeln!(io::stdout(), "{line}");
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}
