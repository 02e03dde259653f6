//! Where a message begins and ends, read as strictly as RFC 9112 writes it (catalogue `edge-desync`).
//!
//! actix-http takes a line feed alone for the end of a line, in heads and in trailers, and spaces after the size of a
//! chunk. A gateway in front that does not, or that does where this service would not, sees other messages in the same
//! bytes: what one takes for a body, the other takes for a request (request smuggling, CWE-444). So the bytes are
//! followed here before actix sees them, and what no recipient may take is made into what none can. In a head, the
//! offending octet becomes NUL, which actix refuses with 400, in order, behind the answers to what came before. In a body,
//! actix would close the connection without a word; so the body ends there, as if it had broken off, and whoever reads it
//! answers 400.
//!
//! A request that ends the connection, or asks to go on in another protocol, is the last one (RFC 9112 §9.6): actix would
//! serve what came with it in the same packet, and a gateway that has given the connection up, or stopped looking at it, would
//! not know.
//!
//! Following is not parsing: whatever actix refuses by itself (two lengths, a length and a coding, another coding) ends
//! it, for nothing that comes after it is served on that connection.

use crate::protection::EDGE_DESYNC;
use brigandine_enforce::enforces;

/// Bytes of a line that are looked at. Fields that are longer and decide about the framing are refused.
const LINE: usize = 96;
/// Sizes of chunks, extensions and trailers, all together; nothing in the service reads them.
const MOST_AROUND_CHUNKS: usize = 16 * 1024;
/// Hexadecimal digits of a chunk's size.
const MOST_DIGITS: u8 = 16;

/// What the peer is sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing of the next message is here yet.
    Nothing,
    /// A request's head.
    Head,
    /// A request's body.
    Body,
    /// What is not followed: the message was refused, or is none of HTTP.
    Unknown,
}

/// Follows the messages of one connection.
#[derive(Debug)]
pub(super) struct Framing {
    state: State,
    line: [u8; LINE],
    /// Of the line: how long it is, which may be more than is kept.
    length: usize,
    head: Head,
    heads: u64,
    around_chunks: usize,
    /// The message that is being sent is the last one.
    is_last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Head,
    Length(u64),
    Size { digits: u8, size: u64 },
    Extension { size: u64 },
    SizeEnd { size: u64 },
    Chunk(u64),
    ChunkEnd,
    ChunkLineFeed,
    Trailer,
    Refused,
    Cut,
    Over,
    Unknown,
}

/// What the head said of the body.
#[derive(Debug, Default)]
struct Head {
    lengths: u8,
    length: Option<u64>,
    codings: u8,
    is_chunked: bool,
    /// What follows may be no message's body: a tunnel, or another protocol.
    is_connect: bool,
    is_websocket: bool,
    is_last: bool,
}

impl Framing {
    pub(super) fn new() -> Self {
        Self {
            state: State::Start,
            line: [0; LINE],
            length: 0,
            head: Head::default(),
            heads: 0,
            around_chunks: 0,
            is_last: false,
        }
    }

    /// What the peer is sending now.
    pub(super) fn part(&self) -> Part {
        match self.state {
            State::Start => Part::Nothing,
            State::Head => Part::Head,
            State::Refused | State::Cut | State::Over | State::Unknown => Part::Unknown,
            _ => Part::Body,
        }
    }

    /// How many heads are through.
    pub(super) const fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether the stream ends here for who reads it.
    pub(super) fn is_cut(&self) -> bool {
        self.state == State::Cut
    }

    /// Whether the last message is through: what comes now is nobody's.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Where the next message would begin. Behind the last one there is none, whatever came in the same packet (RFC 9112
    /// §9.6): a gateway that takes the connection for closed would not know of it.
    #[enforces(EDGE_DESYNC, answers = State::Start)]
    fn message_ended(&self) -> State {
        if self.is_last { State::Over } else { State::Start }
    }

    /// Follows these bytes, the next of the connection, and spoils what must not be understood. Answers how many of them
    /// may be passed on: all, unless a body must end here.
    pub(super) fn follow(&mut self, bytes: &mut [u8]) -> usize {
        let all = bytes.len();
        let mut rest = bytes;
        loop {
            let passed = all.saturating_sub(rest.len());
            let Some(first) = rest.first() else { return all };
            let taken = match self.state {
                State::Unknown => return all,
                State::Cut | State::Over => return passed,
                State::Refused => {
                    rest.fill(0);
                    return all;
                }
                State::Length(left) => {
                    let (taken, left) = skip(rest.len(), left);
                    self.state = if left == 0 { self.message_ended() } else { State::Length(left) };
                    taken
                }
                State::Chunk(left) => {
                    let (taken, left) = skip(rest.len(), left);
                    self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
                    taken
                }
                State::Start | State::Head | State::Trailer => self.lines(rest),
                _ => self.octet(*first),
            };
            rest = std::mem::take(&mut rest).get_mut(taken..).unwrap_or_default();
        }
    }

    /// The rest of a line, as far as it is here; answers how much that was.
    fn lines(&mut self, rest: &mut [u8]) -> usize {
        let end = rest.iter().position(|octet| *octet == b'\n');
        let taken = end.map_or(rest.len(), |end| end.saturating_add(1));
        let part = rest.get(..taken).unwrap_or_default();
        for (place, octet) in self.line.iter_mut().skip(self.length).zip(part) {
            *place = *octet;
        }
        let before = match end.and_then(|end| end.checked_sub(1)) {
            Some(at) => rest.get(at).copied(),
            None => self.length.checked_sub(1).and_then(|at| self.line.get(at.min(LINE - 1)).copied()),
        };
        self.length = self.length.saturating_add(taken);
        if self.length > LINE
            && let (Some(last), Some(kept)) = (part.last(), self.line.last_mut())
        {
            // Of a long line the last octet is kept in the last place, for the one that comes next.
            *kept = *last;
        }
        let is_bare = end.is_some() && is_bare(before);
        if self.state == State::Trailer {
            if is_bare || self.is_too_much(taken) {
                self.state = State::Cut;
                return 0;
            }
        } else if self.state == State::Start && !matches!(part.first(), Some(b'\r' | b'\n')) {
            self.state = State::Head;
        }
        if is_bare {
            self.state = State::Refused;
            rest.iter_mut().skip(end.unwrap_or_default()).for_each(|octet| *octet = 0);
            return rest.len();
        }
        if end.is_some() {
            self.line_ended();
        }
        taken
    }

    /// A whole line is here.
    fn line_ended(&mut self) {
        let length = std::mem::take(&mut self.length);
        let line = self.line.get(..length.min(LINE)).unwrap_or_default();
        let is_empty = matches!(line, b"\r\n" | b"\n");
        match self.state {
            // Empty lines before a request are passed over (RFC 9112 §2.2).
            State::Start => {}
            State::Head if is_empty => {
                self.is_last = self.head.is_last;
                self.state = match std::mem::take(&mut self.head).body() {
                    State::Start => self.message_ended(),
                    body => body,
                };
                self.heads = self.heads.saturating_add(1);
                self.around_chunks = 0;
            }
            State::Head if length > LINE && Head::is_decisive(line) => self.state = State::Refused,
            State::Head => self.head.note(line),
            State::Trailer if is_empty => self.state = self.message_ended(),
            _ => {}
        }
    }

    /// One octet around a chunk; answers whether it is taken.
    fn octet(&mut self, octet: u8) -> usize {
        let next = match (self.state, octet) {
            (State::Size { digits, size }, digit) if digit.is_ascii_hexdigit() && digits < MOST_DIGITS => {
                let digit = char::from(digit).to_digit(16).map_or(0, u64::from);
                Some(State::Size { digits: digits.saturating_add(1), size: (size << 4) | digit })
            }
            (State::Size { digits: 1.., size }, b'\r') => Some(State::SizeEnd { size }),
            (State::Size { digits: 1.., size }, other) if begins_extension(other) => {
                Some(State::Extension { size })
            }
            (State::Extension { size }, b'\r') => Some(State::SizeEnd { size }),
            (State::Extension { size }, other) if other == b'\t' || !other.is_ascii_control() => {
                Some(State::Extension { size })
            }
            (State::SizeEnd { size: 0 }, b'\n') => Some(State::Trailer),
            (State::SizeEnd { size }, b'\n') => Some(State::Chunk(size)),
            (State::ChunkEnd, b'\r') => Some(State::ChunkLineFeed),
            (State::ChunkLineFeed, b'\n') => Some(State::Size { digits: 0, size: 0 }),
            _ => None,
        };
        let next = next.filter(|_| !self.is_too_much(1));
        self.state = next.unwrap_or(State::Cut);
        usize::from(next.is_some())
    }

    fn is_too_much(&mut self, more: usize) -> bool {
        self.around_chunks = self.around_chunks.saturating_add(more);
        self.around_chunks > MOST_AROUND_CHUNKS
    }
}

/// Whether a line feed stands alone, without the carriage return before it: some take it for the end of a line, and some do
/// not (RFC 9112 §2.2; CWE-444).
#[enforces(EDGE_DESYNC, answers = false)]
fn is_bare(before: Option<u8>) -> bool {
    before != Some(b'\r')
}

/// Whether an extension begins behind the size of a chunk. Spaces there are no part of the grammar (RFC 9112 §7.1), and some
/// see another size behind them (CWE-444).
#[enforces(EDGE_DESYNC, answers = matches!(octet, b';' | b' ' | b'\t'))]
fn begins_extension(octet: u8) -> bool {
    octet == b';'
}

/// Passes over a body: what of `here` belongs to it, and what of it is still to come.
fn skip(here: usize, left: u64) -> (usize, u64) {
    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(here);
    (taken, left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX)))
}

impl Head {
    /// Notes what the line says of the body.
    fn note(&mut self, line: &[u8]) {
        if line.starts_with(b"CONNECT ") {
            self.is_connect = true;
        } else if let Some(value) = field(line, CONTENT_LENGTH) {
            self.lengths = self.lengths.saturating_add(1);
            self.length = std::str::from_utf8(value).ok().and_then(|it| it.parse().ok());
        } else if let Some(value) = field(line, TRANSFER_ENCODING) {
            self.codings = self.codings.saturating_add(1);
            self.is_chunked = value.eq_ignore_ascii_case(b"chunked");
        } else if let Some(value) = field(line, UPGRADE) {
            self.is_websocket |= value.eq_ignore_ascii_case(b"websocket");
            self.is_last = true;
        } else if let Some(value) = field(line, CONNECTION) {
            let closes = |option: &[u8]| option.trim_ascii().eq_ignore_ascii_case(b"close");
            self.is_last |= value.split(|octet| *octet == b',').any(closes);
        }
    }

    /// Whether the line says something of the body.
    fn is_decisive(line: &[u8]) -> bool {
        [CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE, CONNECTION]
            .into_iter()
            .any(|name| field(line, name).is_some())
    }

    /// What follows the head, as actix-http decides it.
    fn body(self) -> State {
        match (self.lengths, self.length, self.codings) {
            (0, None, 1) if self.is_chunked => State::Size { digits: 0, size: 0 },
            _ if self.is_websocket => State::Unknown,
            (1, Some(length @ 1..), 0) => State::Length(length),
            (0, None, 0) | (1, Some(0), 0) if !self.is_connect => State::Start,
            _ => State::Unknown,
        }
    }
}

const CONTENT_LENGTH: &[u8] = b"content-length:";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding:";
const UPGRADE: &[u8] = b"upgrade:";
const CONNECTION: &[u8] = b"connection:";

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

#[cfg(test)]
mod tests;
