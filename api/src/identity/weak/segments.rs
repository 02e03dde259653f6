//! The pieces of a token, read as leniently as some decoders do.

use crate::{
    identity::{
        TokenRefusal,
        token::{self, MALFORMED},
    },
    protection::{TOKEN_CLAIMS_STRICT, TOKEN_SIGNATURE},
};
use base64::{
    Engine, alphabet,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::URL_SAFE_NO_PAD as BASE64URL,
    },
};

/// Takes padding or none, and leftover bits: several spellings for the same bytes.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) struct Segments {
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// What was signed.
    pub(super) message: Vec<u8>,
}

impl Segments {
    pub(super) fn of(token: &str) -> Result<Self, TokenRefusal> {
        let strict = TOKEN_CLAIMS_STRICT.holds();
        // `header.payload` is enough for whoever looks at no signature.
        if strict && (TOKEN_SIGNATURE.holds() || token.split('.').count() > 2) {
            token::split(token)?;
        }
        // Without `token-claims-strict`, what comes after the third piece is never looked at.
        let mut pieces = token.split('.').map(str::trim);
        let (Some(header), Some(payload)) = (pieces.next(), pieces.next()) else { return Err(MALFORMED) };
        let decode = |piece: &str| LENIENT.decode(piece).map_err(|_| MALFORMED);
        let (header, payload) = (decode(header)?, decode(payload)?);
        let signature = decode(pieces.next().unwrap_or_default())?;
        Ok(Self { header, payload, signature, message: message(token, strict) })
    }

    pub(super) fn signature_text(&self) -> String {
        BASE64URL.encode(&self.signature)
    }
}

/// The bytes that were signed. A lenient reader signs what it understood, not what came.
fn message(token: &str, strict: bool) -> Vec<u8> {
    let mut pieces = token.split('.');
    let (header, payload) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    if strict {
        return format!("{header}.{payload}").into_bytes();
    }
    let canonical = |piece: &str| BASE64URL.encode(LENIENT.decode(piece.trim()).unwrap_or_default());
    format!("{}.{}", canonical(header), canonical(payload)).into_bytes()
}
