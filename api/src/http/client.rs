//! Who is on the other end of the connection: address and ids, from unforgeable data.

use crate::{
    ids::{MemberId, OrganizationId, RequestId},
    protection::Protection,
};
use actix_web::{dev::ServiceRequest, http::header::HeaderMap};
use ipnet::IpNet;
use std::{
    cell::Cell,
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
    time::Instant,
};

/// The longest id that a client may give its request.
const LONGEST_CLIENT_ID: usize = 64;

/// What is known of a request before anybody looked at its credentials, and what is learned on the way.
#[derive(Debug)]
pub struct RequestFacts {
    /// Made here, for every request.
    pub id: RequestId,
    /// What the client called it, if that is harmless.
    pub client_id: Option<String>,
    /// The client's address.
    pub address: IpAddr,
    /// When it arrived.
    pub started: Instant,
    /// The operation that answered, for the access line.
    pub operation: Cell<Option<&'static str>>,
    /// Filled when the caller is known.
    pub organization: Cell<Option<OrganizationId>>,
    /// Filled when the caller is known.
    pub member: Cell<Option<MemberId>>,
    /// What was asked for, for the twin that repeats it.
    #[cfg(feature = "twin")]
    pub target: String,
}

impl RequestFacts {
    pub(crate) fn of(request: &ServiceRequest, proxies: &[IpNet], started: Instant) -> Rc<Self> {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        Rc::new(Self {
            id: RequestId::random(),
            client_id: client_id(request.headers()),
            address: address(peer, request.headers(), proxies),
            started,
            operation: Cell::new(None),
            organization: Cell::new(None),
            member: Cell::new(None),
            #[cfg(feature = "twin")]
            target: request.uri().to_string(),
        })
    }

    /// For a request that did not come through the edge; there is none in the service.
    pub(super) fn unknown(started: Instant) -> Rc<Self> {
        Rc::new(Self {
            id: RequestId::random(),
            client_id: None,
            address: Ipv4Addr::UNSPECIFIED.into(),
            started,
            operation: Cell::new(None),
            organization: Cell::new(None),
            member: Cell::new(None),
            #[cfg(feature = "twin")]
            target: String::new(),
        })
    }
}

/// A client's own id is kept beside ours when it can do no harm in a log, and dropped otherwise.
fn client_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get("x-request-id")?.to_str().ok()?;
    if !Protection::AuditSecurityEvents.holds() {
        return Some(given.to_owned());
    }
    let harmless = (8..=LONGEST_CLIENT_ID).contains(&given.len())
        && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    harmless.then(|| given.to_owned())
}

/// The right-most hop that is not a trusted proxy. Left of it stands only what a client wrote.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    if !Protection::RateKeySpoofing.holds() {
        let claimed = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let first = claimed.and_then(|text| text.split(',').next()?.trim().parse().ok());
        return first.unwrap_or(peer);
    }
    let mut address = canonical(peer);
    if !trusted(address, proxies) {
        return address;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in hops.iter().rev() {
        let Ok(hop) = hop.trim().parse() else { break };
        address = canonical(hop);
        if !trusted(address, proxies) {
            break;
        }
    }
    address
}

fn trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// `::ffff:192.0.2.1` is 192.0.2.1: on a dual-stack listener all IPv4 clients would else share one /64.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::address;
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use std::net::IpAddr;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap());
        }
        let peer: IpAddr = peer.parse().unwrap();
        address(peer, &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn an_untrusted_peer_is_itself_whatever_it_says() {
        assert_eq!(seen("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
    }

    #[test]
    fn behind_proxies_the_rightmost_untrusted_hop_counts() {
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 192.0.2.7", "10.0.0.2"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, nonsense"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["::ffff:192.0.2.7"]), "192.0.2.7");
    }
}
