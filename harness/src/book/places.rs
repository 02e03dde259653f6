//! Where in the service's source a protection is enforced.

use crate::marks;
use brigandine_api::protection::Protection;

/// The files in which it is enforced.
pub(crate) fn of(protection: &Protection) -> Vec<&'static str> {
    let mut places: Vec<_> = marks::of(protection).map(|mark| mark.file.as_str()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The first place and its line, counted from one: as it is now, not as some commit had it.
pub(crate) fn line_of(protection: &Protection) -> Option<(String, usize)> {
    let first = marks::of(protection).next()?;
    Some((first.file.clone(), usize::try_from(first.line).ok()?))
}
