//! `ClientHello`s written by hand, for what no maintained TLS library would offer.

use crate::attacks::prelude::*;

/// What a server makes of a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// A fatal alert with this description (RFC 8446 §6).
    Alert(u8),
    /// A `ServerHello`: it agreed to this version and suite.
    Agreed { version: u16, suite: u16 },
    /// It closed without a byte.
    Closed,
    /// Neither, in hex.
    Else(String),
}

/// RFC 8446 §6.2
pub(super) const PROTOCOL_VERSION: u8 = 70;
pub(super) const HANDSHAKE_FAILURE: u8 = 40;
pub(super) const ILLEGAL_PARAMETER: u8 = 47;

/// A hello to be bent.
pub(super) struct Hello {
    /// The highest version offered where `supported_versions` is not sent.
    pub(super) version: u16,
    pub(super) suites: Vec<u16>,
    pub(super) compressions: Vec<u8>,
    /// `supported_versions`; left out when empty, as clients before TLS 1.3 do.
    pub(super) versions: Vec<u16>,
}

impl Hello {
    /// As a client of that age sends it: no `supported_versions`.
    pub(super) fn old(version: u16, suites: &[u16]) -> Self {
        Self { version, suites: suites.to_vec(), compressions: vec![0], versions: Vec::new() }
    }

    /// The record's bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut hello = self.version.to_be_bytes().to_vec();
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(vector(self.suites.iter().flat_map(|suite| suite.to_be_bytes())));
        hello.push(u8::try_from(self.compressions.len()).unwrap_or(0));
        hello.extend(&self.compressions);
        hello.extend(vector(self.extensions()));
        let mut record = vec![0x16, 3, 1];
        record.extend(vector([1, 0].into_iter().chain(vector(hello))));
        record
    }

    fn extensions(&self) -> Vec<u8> {
        let name = b"api.clinic.test";
        let mut server_name = vec![0];
        server_name.extend(vector(name.iter().copied()));
        let mut all = Vec::new();
        let mut add = |kind: u16, content: Vec<u8>| {
            all.extend(kind.to_be_bytes());
            all.extend(vector(content));
        };
        add(0x0000, vector(server_name));
        // X25519, secp256r1, secp384r1; uncompressed points; ECDSA and RSA with SHA-256 and SHA-1
        add(0x000a, vector([0, 0x1d, 0, 0x17, 0, 0x18]));
        add(0x000b, vec![1, 0]);
        add(0x000d, vector([4, 3, 4, 1, 8, 4, 2, 3, 2, 1]));
        if !self.versions.is_empty() {
            let versions: Vec<u8> = self.versions.iter().flat_map(|version| version.to_be_bytes()).collect();
            let mut content = vec![u8::try_from(versions.len()).unwrap_or(0)];
            content.extend(versions);
            add(0x002b, content);
            let mut share = vec![0, 0x1d];
            share.extend(vector([9; 32]));
            add(0x0033, vector(share));
        }
        all
    }

    /// Sends it to the public listener and reads the first record that comes back.
    pub(super) async fn send(&self, scene: &Scene) -> Result<Reaction, AttackError> {
        let mut dial = scene.dial(true).await?;
        dial.write(self.bytes()).await;
        dial.closed_within(Duration::from_secs(2)).await;
        Ok(match dial.seen() {
            [] => Reaction::Closed,
            [0x15, _, _, _, _, _, description, ..] => Reaction::Alert(*description),
            [0x16, _, _, _, _, 2, _, _, _, high, low, rest @ ..] => {
                let session = rest.get(32).copied().map_or(0, usize::from);
                let suite = rest.get(33 + session..35 + session).unwrap_or_default();
                let number = |bytes: &[u8]| bytes.iter().fold(0, |n: u16, b| (n << 8) | u16::from(*b));
                Reaction::Agreed { version: number(&[*high, *low]), suite: number(suite) }
            }
            other => Reaction::Else(other.iter().take(16).map(|byte| format!("{byte:02x}")).collect()),
        })
    }
}

/// Bytes behind their two-byte length.
fn vector(content: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let content: Vec<u8> = content.into_iter().collect();
    let mut out = u16::try_from(content.len()).unwrap_or(0).to_be_bytes().to_vec();
    out.extend(content);
    out
}
