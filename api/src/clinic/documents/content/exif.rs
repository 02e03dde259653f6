//! The one thing that a camera writes beside a picture and that belongs to it: which way up it is.
//!
//! Exif is a TIFF (Exif 3.0 §4.5.2): a byte order, a directory, entries of twelve bytes. Only the orientation's is read, and
//! what is written anew holds nothing else.

/// The tag of the orientation (Exif 3.0 §4.6.5.1.6), of one SHORT.
const TAG: u16 = 0x0112;
const SHORT: u16 = 3;
/// More entries than a first directory has.
const MOST_ENTRIES: usize = 512;

/// How a picture is turned and mirrored before it is shown: 2 to 8, for 1 is as it lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// The orientation in a TIFF, if it has one that changes anything.
    pub(super) fn read(tiff: &[u8]) -> Option<Self> {
        let reader = Reader::new(tiff)?;
        let directory = usize::try_from(reader.long(4)?).ok()?;
        let entries = usize::from(reader.short(directory)?).min(MOST_ENTRIES);
        let first = directory.checked_add(2)?;
        (0..entries).find_map(|number| {
            let at = first.checked_add(number.checked_mul(12)?)?;
            let is_it = reader.short(at)? == TAG
                && reader.short(at.checked_add(2)?)? == SHORT
                && reader.long(at.checked_add(4)?)? == 1;
            let value = reader.short(at.checked_add(8)?).filter(|_| is_it)?;
            u8::try_from(value).ok().filter(|value| (2..=8).contains(value)).map(Self)
        })
    }

    /// A TIFF that says this and nothing else.
    pub(super) fn tiff(self) -> [u8; 26] {
        let head = *b"MM\0*\0\0\0\x08";
        let mut tiff = [0; 26];
        let entry = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, self.0, 0, 0, 0, 0, 0, 0];
        tiff.iter_mut().zip(head.into_iter().chain(entry)).for_each(|(place, byte)| *place = byte);
        tiff
    }
}

/// Numbers in the order of bytes that the TIFF says.
struct Reader<'a> {
    tiff: &'a [u8],
    is_little: bool,
}

impl<'a> Reader<'a> {
    fn new(tiff: &'a [u8]) -> Option<Self> {
        let is_little = match tiff.first_chunk::<4>()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { tiff, is_little })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.tiff.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.tiff.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::Orientation;
    use proptest::prelude::*;

    /// As cameras write it: another entry before, the place behind.
    fn by_camera(value: u16, is_little: bool) -> Vec<u8> {
        let short = |number: u16| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        let long = |number: u32| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        let entry =
            |tag: u16, kind: u16, value: [u8; 4]| [&short(tag)[..], &short(kind), &long(1), &value].concat();
        let [v0, v1] = short(value);
        [
            if is_little { &b"II*\0"[..] } else { b"MM\0*" },
            &long(8),
            &short(3),
            &entry(0x010f, 2, *b"Cam\0"),
            &entry(0x0112, 3, [v0, v1, 0, 0]),
            &entry(0x8825, 4, long(50)),
            &long(0),
            b"GPS 52.52N",
        ]
        .concat()
    }

    #[test]
    fn every_orientation_is_read_in_both_orders_and_written_so_that_it_is_read_again() {
        for is_little in [true, false] {
            for value in 2..=8_u8 {
                let read = Orientation::read(&by_camera(value.into(), is_little));
                assert_eq!(read, Some(Orientation(value)));
                assert_eq!(Orientation::read(&Orientation(value).tiff()), read);
            }
            for value in [0, 1, 9, 256, 0xffff] {
                assert_eq!(Orientation::read(&by_camera(value, is_little)), None, "{value}");
            }
        }
    }

    #[test]
    fn what_is_cut_or_points_nowhere_has_none() {
        let whole = by_camera(6, true);
        for length in 0..32 {
            assert_eq!(Orientation::read(&whole[..length]), None, "{length}");
        }
        assert_eq!(Orientation::read(b"II*\0\xff\xff\xff\xff"), None);
        assert_eq!(Orientation::read(b"Exif\0\0II*\0"), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), is_little: bool) {
            let start = if is_little { b"II*\0\x08\0\0\0" } else { b"MM\0*\0\0\0\x08" };
            let _ = Orientation::read(&[&start[..], &bytes].concat());
        }
    }
}
