use super::{Framing, LINE, Part};
use proptest::prelude::*;

/// What is left of the bytes, and what is being sent at the end, when they come in pieces of this size.
fn followed(bytes: &[u8], size: usize) -> (Vec<u8>, Part) {
    let mut framing = Framing::new();
    let mut passed = Vec::new();
    for piece in bytes.chunks(size) {
        let mut piece = piece.to_vec();
        let length = framing.follow(&mut piece);
        piece.truncate(length);
        passed.extend(piece);
    }
    (passed, framing.part())
}

/// Passed unchanged, whatever the pieces.
fn is_fine(bytes: &[u8]) -> Option<Part> {
    let whole = followed(bytes, bytes.len());
    for size in 1..bytes.len() {
        assert_eq!(followed(bytes, size), whole, "in pieces of {size}: {:?}", String::from_utf8_lossy(bytes));
    }
    (whole.0 == bytes).then_some(whole.1)
}

const GET: &[u8] = b"GET /v1/me HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn whole_messages_pass_one_after_the_other() {
    for message in [
        GET,
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nb",
        b"POST / HTTP/1.1\r\ncontent-length:0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n\n\n\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0a;x=y\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
    ] {
        assert_eq!(is_fine(message), Some(Part::Nothing), "{:?}", String::from_utf8_lossy(message));
        assert_eq!(is_fine(&[message, message, GET].concat()), Some(Part::Nothing));
    }
}

#[test]
fn it_is_known_what_is_being_sent() {
    assert_eq!(is_fine(b"GET / HTTP/1.1\r\nX-Slow: y"), Some(Part::Head));
    assert_eq!(is_fine(&[GET, b"G"].concat()), Some(Part::Head));
    assert_eq!(is_fine(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab"), Some(Part::Body));
    assert_eq!(is_fine(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"), Some(Part::Body));
    assert_eq!(is_fine(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b"), Some(Part::Body));
}

#[test]
fn lines_end_in_both_octets() {
    for wrong in [
        &b"GET / HTTP/1.1\nHost: a\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
    ] {
        for size in 1..=wrong.len() {
            let (passed, part) = followed(&[GET, wrong, GET].concat(), size);
            assert_eq!(part, Part::Unknown, "{:?}", String::from_utf8_lossy(wrong));
            assert!(passed.starts_with(GET), "what came before it is served");
            assert!(!passed.ends_with(GET), "nothing after it is");
        }
    }
    let long = [b"GET / HTTP/1.1\r\nX: ", &[b'y'; LINE][..], b"\n\r\n"].concat();
    assert_eq!(is_fine(&long), None);
}

#[test]
fn chunks_are_as_the_standard_has_them() {
    for wrong in
        ["5 \r\nhello", " 5\r\nhello", "5\nhello", "x\r\n", "\r\n", "-1\r\n", "3\r\nabcd\r\n", "3\r\nabc\n0"]
    {
        let message = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{wrong}");
        assert_eq!(is_fine(message.as_bytes()), None, "{wrong:?}");
    }
    let start = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    let endless = [start, &"A: b\r\n".repeat(5000)].concat();
    let (passed, _) = followed(endless.as_bytes(), 1000);
    assert!(passed.len() < 20_000, "trailers without an end: {}", passed.len());
}

#[test]
fn a_field_that_decides_is_short_enough_to_be_read() {
    let spaces = " ".repeat(LINE);
    for name in ["Content-Length", "Transfer-Encoding", "Upgrade", "Connection"] {
        let message = format!("POST / HTTP/1.1\r\n{name}:{spaces}1\r\n\r\nx");
        assert_eq!(is_fine(message.as_bytes()), None, "{name}");
    }
    let message = format!("GET / HTTP/1.1\r\nX:{spaces}1\r\n\r\n");
    assert_eq!(is_fine(message.as_bytes()), Some(Part::Nothing));
}

#[test]
fn nothing_passes_behind_the_last_message() {
    for last in [
        &b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nconnection: keep-alive, Close\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ] {
        let behind = [GET, last, GET].concat();
        for size in 1..=behind.len() {
            let passed = followed(&behind, size).0;
            assert_eq!(passed, [GET, last].concat(), "in pieces of {size}");
        }
    }
    assert_eq!(is_fine(b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n"), Some(Part::Nothing));
}

#[test]
fn what_actix_refuses_by_itself_is_followed_no_further() {
    for head in ["Content-Length: 1\r\nContent-Length: 1", "Content-Length: x", "Transfer-Encoding: xchunked"]
    {
        let message = format!("POST / HTTP/1.1\r\n{head}\r\n\r\n");
        assert_eq!(is_fine(message.as_bytes()), Some(Part::Unknown), "{head}");
    }
}

proptest! {
    /// Bodies may hold anything; none of it is taken for a head.
    #[test]
    fn bodies_pass_whatever_they_hold(body in prop::collection::vec(any::<u8>(), 1..200), size in 1..64_usize) {
        let length = body.len();
        let mut bytes = format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(GET);
        prop_assert_eq!(followed(&bytes, size), (bytes.clone(), Part::Nothing));
        let mut bytes = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n").into_bytes();
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(b"\r\n0\r\n\r\n");
        bytes.extend_from_slice(GET);
        prop_assert_eq!(followed(&bytes, size), (bytes.clone(), Part::Nothing));
    }
}
