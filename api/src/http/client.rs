//! Who is on the other end of the connection: address and ids, from unforgeable data.

use crate::{
    audit::Reason,
    http::problem::Kind,
    ids::{MemberId, OrganizationId, RequestId},
    protection::{AUDIT_SECURITY_EVENTS, RATE_KEY_SPOOFING},
};
use actix_web::{
    dev::ServiceRequest,
    http::{Uri, header::HeaderMap},
};
use brigandine_enforce::enforces;
use ipnet::IpNet;
use std::{
    cell::Cell,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
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
    /// How the answer says no, for the access line.
    pub problem: Cell<Option<Kind>>,
    /// Why, for the access line: the word of the audit log.
    pub reason: Cell<Option<Reason>>,
    /// Filled when the caller is known.
    pub organization: Cell<Option<OrganizationId>>,
    /// Filled when the caller is known.
    pub member: Cell<Option<MemberId>>,
    /// What was asked for. Neither an answer nor a log repeats it.
    pub target: Uri,
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
            problem: Cell::new(None),
            reason: Cell::new(None),
            organization: Cell::new(None),
            member: Cell::new(None),
            target: request.uri().clone(),
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
            problem: Cell::new(None),
            reason: Cell::new(None),
            organization: Cell::new(None),
            member: Cell::new(None),
            target: Uri::default(),
        })
    }
}

/// A client's own id is kept beside ours when it can do no harm in a log, and dropped otherwise.
fn client_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get("x-request-id")?.to_str().ok()?;
    is_harmless(given).then(|| given.to_owned())
}

/// Whether an id can stand in a log: nothing of it can be taken for another line, and it takes little room (CWE-117).
#[enforces(AUDIT_SECURITY_EVENTS, answers = true)]
fn is_harmless(id: &str) -> bool {
    (8..=LONGEST_CLIENT_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The right-most hop that is not a trusted proxy. Left of it stands only what a client wrote, who would else be another
/// stranger to the rate limits with every request (CWE-348).
#[enforces(RATE_KEY_SPOOFING, otherwise = crate::vulnerable::http::claimed_address)]
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut address = canonical(peer);
    if !trusted(address, proxies) {
        return address;
    }
    // As octets: what a client wrote to the left may be no text, and must not hide what a proxy wrote to the right of it.
    let hops: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .flat_map(|value| value.as_bytes().split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|hop| !hop.is_empty())
        .collect();
    for hop in hops.iter().rev() {
        let Some(hop) = hop_address(hop) else { break };
        address = canonical(hop);
        if !trusted(address, proxies) {
            break;
        }
    }
    address
}

/// The address in one element: by itself or with a port, an IPv6 address also in brackets, and all of it also in quotes, as
/// gateways write it.
fn hop_address(element: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(element).ok()?;
    let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::from);
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port)
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

    #[test]
    fn a_hop_may_have_a_port_brackets_and_quotes() {
        for (written, address) in [
            ("192.0.2.7:5678", "192.0.2.7"),
            ("\"192.0.2.7:5678\"", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("[::ffff:192.0.2.7]:1", "192.0.2.7"),
            ("6.6.6.6, 192.0.2.7 , ", "192.0.2.7"),
            ("6.6.6.6:1, 192.0.2.7:2, 10.0.0.2:3", "192.0.2.7"),
        ] {
            assert_eq!(seen("10.0.0.1", &[written]), address, "{written}");
        }
        for wrong in [
            "unknown",
            "_hidden",
            "192.0.2.7:",
            "192.0.2.7:99999",
            "[192.0.2.7]",
            "[2001:db8::1",
            "host:1",
            "\"\"",
        ] {
            assert_eq!(seen("10.0.0.1", &[&format!("6.6.6.6, {wrong}")]), "10.0.0.1", "{wrong}");
        }
    }

    #[test]
    fn octets_that_are_no_text_hide_nothing() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"\xff\xfe, 192.0.2.7").unwrap();
        headers.append(HeaderName::from_static("x-forwarded-for"), value);
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(address("10.0.0.1".parse().unwrap(), &headers, &proxies).to_string(), "192.0.2.7");
    }
}
