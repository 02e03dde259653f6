//! Files, sealed piece by piece as they come, and opened piece by piece as they go.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: *Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance*, CRYPTO 2015, <https://eprint.iacr.org/2015/189>) as the crate `aead-stream` has it:
//! the nonce of each chunk is seven random bytes, the chunk's number and whether it is the last one. So a chunk that is
//! left out, doubled or moved does not open, and neither does a file that was cut at a chunk's end or had one put behind.
//! The cipher beneath is AES-256-GCM of aws-lc-rs. Every file has a random key of its own, which the keyring seals for the
//! file's row; every chunk is bound to that row besides, so that two files can't be exchanged.

use super::{Keyring, Place, Sealed, SealingError};
use crate::protection::CRYPTO_AAD_BINDING;
use aead_stream::{
    DecryptorBE32, EncryptorBE32,
    aead::{
        self, AeadCore, AeadInOut, Buffer, Nonce, Tag, TagPosition,
        consts::{U12, U16},
        inout::InOutBuf,
    },
};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, UnboundKey},
    rand::fill,
};
use brigandine_enforce::enforces;
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// The plain bytes of a chunk; the last one may be shorter, and empty.
pub const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// The version of the format, and the random part of the nonces.
const PREFIX: usize = 7;
const VERSION: u8 = 1;

/// The key of one file, wiped on drop.
pub struct FileKey(Zeroizing<[u8; 32]>);

impl FileKey {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self, SealingError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice()).map_err(|_| SealingError::Provider("no random numbers".into()))?;
        Ok(Self(bytes))
    }

    /// The key as it is kept in its file's row.
    ///
    /// # Errors
    /// As [`Keyring::seal`].
    pub fn seal(&self, keyring: &Keyring, place: Place<'_>) -> Result<Sealed, SealingError> {
        keyring.seal(place, self.0.as_slice())
    }

    /// The key that is kept in a file's row.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn open(keyring: &Keyring, place: Place<'_>, sealed: &Sealed) -> Result<Self, SealingError> {
        let bytes = keyring.open_bytes(place, sealed)?;
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(SealingError::Malformed);
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }

    fn cipher(&self) -> Result<Cipher, SealingError> {
        let key = UnboundKey::new(&AES_256_GCM, self.0.as_slice());
        key.map(|key| Cipher(LessSafeKey::new(key))).map_err(|_| SealingError::Malformed)
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FileKey([REDACTED])")
    }
}

/// Seals what is written to it.
pub struct SealingWriter<W> {
    out: W,
    encryptor: EncryptorBE32<Cipher>,
    place: Vec<u8>,
    /// Less than a chunk, or one whole: whether that is the last one is not known before more comes.
    waiting: Vec<u8>,
    taken: u64,
}

impl<W: Write> SealingWriter<W> {
    /// Begins a file that will open in this place only.
    ///
    /// # Errors
    /// When the beginning can't be written.
    pub fn new(mut out: W, key: &FileKey, place: Place<'_>) -> Result<Self, SealingError> {
        let mut prefix = [0; PREFIX];
        fill(&mut prefix).map_err(|_| SealingError::Provider("no random numbers".into()))?;
        out.write_all(&[VERSION])?;
        out.write_all(&prefix)?;
        Ok(Self {
            out,
            encryptor: EncryptorBE32::from_aead(key.cipher()?, &prefix.into()),
            place: bound(place),
            waiting: Vec::with_capacity(CHUNK + TAG),
            taken: 0,
        })
    }

    /// Takes more of the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&mut self, mut plain: &[u8]) -> Result<(), SealingError> {
        while !plain.is_empty() {
            if self.waiting.len() == CHUNK {
                self.encryptor
                    .encrypt_next_in_place(&self.place, &mut self.waiting)
                    .map_err(|_| SealingError::Integrity)?;
                self.out.write_all(&self.waiting)?;
                self.waiting.clear();
            }
            let room = CHUNK.saturating_sub(self.waiting.len());
            let (now, later) = plain.split_at(room.min(plain.len()));
            self.waiting.extend_from_slice(now);
            self.taken = self.taken.saturating_add(u64::try_from(now.len()).unwrap_or(u64::MAX));
            plain = later;
        }
        Ok(())
    }

    /// How many plain bytes it took.
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(mut self) -> Result<W, SealingError> {
        self.encryptor
            .encrypt_last_in_place(&self.place, &mut self.waiting)
            .map_err(|_| SealingError::Integrity)?;
        self.out.write_all(&self.waiting)?;
        Ok(self.out)
    }
}

/// Opens a sealed file chunk by chunk. Nothing leaves it before its chunk's tag was checked.
pub struct OpeningReader<R> {
    source: R,
    /// `None` after the last chunk, and after one that did not open.
    decryptor: Option<DecryptorBE32<Cipher>>,
    place: Vec<u8>,
    next: Vec<u8>,
}

impl<R: Read> OpeningReader<R> {
    /// Begins to open the file that was sealed for this place.
    ///
    /// # Errors
    /// When it can't be read, or is none.
    pub fn new(mut source: R, key: &FileKey, place: Place<'_>) -> Result<Self, SealingError> {
        let (mut version, mut prefix) = ([0], [0; PREFIX]);
        source.read_exact(&mut version).map_err(cut)?;
        source.read_exact(&mut prefix).map_err(cut)?;
        if version != [VERSION] {
            return Err(SealingError::Malformed);
        }
        let next = chunk(&mut source)?;
        let decryptor = DecryptorBE32::from_aead(key.cipher()?, &prefix.into());
        Ok(Self { source, decryptor: Some(decryptor), place: bound(place), next })
    }

    /// The next plain bytes; `None` at the end.
    ///
    /// # Errors
    /// [`SealingError::Integrity`], when the file is not what was sealed.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, SealingError> {
        let Some(mut decryptor) = self.decryptor.take() else { return Ok(None) };
        let after = chunk(&mut self.source)?;
        let mut now = std::mem::replace(&mut self.next, after);
        if self.next.is_empty() {
            decryptor.decrypt_last_in_place(&self.place, &mut now).map_err(|_| SealingError::Integrity)?;
        } else {
            decryptor.decrypt_next_in_place(&self.place, &mut now).map_err(|_| SealingError::Integrity)?;
            self.decryptor = Some(decryptor);
        }
        Ok(Some(now))
    }
}

/// A file without even a beginning was cut.
fn cut(error: io::Error) -> SealingError {
    if error.kind() == io::ErrorKind::UnexpectedEof { SealingError::Integrity } else { error.into() }
}

/// A sealed chunk, whole unless it is the last one.
fn chunk(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(CHUNK + TAG);
    source.take((CHUNK + TAG) as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The additional data of every chunk: the file's row, so that two files can't be exchanged (CWE-345). The key that sealed
/// the file's own key is named in the row, which can be sealed anew; the file can't.
#[enforces(CRYPTO_AAD_BINDING, answers = Vec::new())]
fn bound(place: Place<'_>) -> Vec<u8> {
    place.bytes(0)
}

/// AES-256-GCM of aws-lc-rs, as `aead-stream` wants it.
struct Cipher(LessSafeKey);

impl AeadCore for Cipher {
    type NonceSize = U12;
    type TagSize = U16;
    const TAG_POSITION: TagPosition = TagPosition::Postfix;
}

impl AeadInOut for Cipher {
    fn encrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        mut buffer: InOutBuf<'_, '_, u8>,
    ) -> aead::Result<Tag<Self>> {
        let mut data = buffer.get_in().to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(once(nonce), Aad::from(associated_data), &mut data)
            .map_err(|_| aead::Error)?;
        buffer.get_out().copy_from_slice(&data);
        Tag::<Self>::try_from(tag.as_ref()).map_err(|_| aead::Error)
    }

    fn decrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        mut buffer: InOutBuf<'_, '_, u8>,
        tag: &Tag<Self>,
    ) -> aead::Result<()> {
        let mut data = Zeroizing::new([buffer.get_in(), tag.as_slice()].concat());
        let plain = self
            .0
            .open_in_place(once(nonce), Aad::from(associated_data), &mut data)
            .map_err(|_| aead::Error)?;
        buffer.get_out().copy_from_slice(plain);
        Ok(())
    }

    /// Where it is: without the copy that the two above make.
    fn encrypt_in_place(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: &mut dyn Buffer,
    ) -> aead::Result<()> {
        let tag = self
            .0
            .seal_in_place_separate_tag(once(nonce), Aad::from(associated_data), buffer.as_mut())
            .map_err(|_| aead::Error)?;
        buffer.extend_from_slice(tag.as_ref())
    }

    fn decrypt_in_place(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: &mut dyn Buffer,
    ) -> aead::Result<()> {
        let length = self
            .0
            .open_in_place(once(nonce), Aad::from(associated_data), buffer.as_mut())
            .map_err(|_| aead::Error)?
            .len();
        buffer.truncate(length);
        Ok(())
    }
}

/// A nonce of the construction, which uses each of them once.
fn once(nonce: &Nonce<Cipher>) -> aws_lc_rs::aead::Nonce {
    aws_lc_rs::aead::Nonce::assume_unique_for_key((*nonce).into())
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, FileKey, OpeningReader, PREFIX, SealingWriter, TAG};
    use crate::{ids::OrganizationId, sealing::Place};
    use uuid::Uuid;

    fn place(row: u128) -> Place<'static> {
        Place {
            organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
            table: "documents",
            column: "content",
            row: Uuid::from_u128(row),
            version: 1,
        }
    }

    fn sealed(key: &FileKey, plain: &[u8]) -> Vec<u8> {
        let mut writer = SealingWriter::new(Vec::new(), key, place(2)).unwrap();
        plain.chunks(10_007).for_each(|piece| writer.write(piece).unwrap());
        assert_eq!(writer.taken(), plain.len() as u64);
        writer.finish().unwrap()
    }

    fn opened(key: &FileKey, row: u128, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut reader = OpeningReader::new(sealed, key, place(row)).ok()?;
        let mut plain = Vec::new();
        while let Some(piece) = reader.read().ok()? {
            plain.extend_from_slice(&piece);
        }
        Some(plain)
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_size() {
        let key = FileKey::random().unwrap();
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
            let plain: Vec<u8> = (0..=250).cycle().take(size).collect();
            assert_eq!(opened(&key, 2, &sealed(&key, &plain)).unwrap(), plain, "{size}");
        }
    }

    #[test]
    fn what_was_cut_moved_doubled_or_exchanged_does_not_open() {
        let key = FileKey::random().unwrap();
        let whole = sealed(&key, &vec![7; 3 * CHUNK]);
        let (head, chunks) = whole.split_at(1 + PREFIX);
        let chunks: Vec<&[u8]> = chunks.chunks(CHUNK + TAG).collect();
        let of = |order: &[usize]| {
            let chunks = order.iter().map(|&at| chunks[at]).collect::<Vec<_>>().concat();
            [head, &chunks].concat()
        };
        assert!(opened(&key, 2, &of(&[0, 1, 2])).is_some());
        for order in [&[0, 1][..], &[0], &[], &[1, 0, 2], &[0, 0, 1, 2], &[0, 2], &[0, 1, 2, 2]] {
            assert!(opened(&key, 2, &of(order)).is_none(), "{order:?}");
        }
        let cut = &whole[..whole.len() - 1];
        assert!(opened(&key, 2, cut).is_none());
        assert!(opened(&key, 3, &whole).is_none(), "another row's place");
        assert!(opened(&FileKey::random().unwrap(), 2, &whole).is_none(), "another file's key");
        let mut flipped = whole.clone();
        flipped[CHUNK] ^= 1;
        assert!(opened(&key, 2, &flipped).is_none());
    }
}
