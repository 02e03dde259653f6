//! Where in the service's source a protection is enforced.

use crate::{
    marks::{self, Mark},
    sources::{self, Source},
};
use brigandine_api::protection::Protection;

/// The files in which it is enforced.
pub(crate) fn of(protection: &Protection) -> Vec<&'static str> {
    let marked = marks::of(protection).map(|mark| mark.file.as_str());
    let mut places: Vec<_> = marked.chain(asking(protection).map(|source| source.file.as_str())).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The files that ask whether it holds, where no function is marked yet.
pub(super) fn asking(protection: &Protection) -> impl Iterator<Item = &'static Source> {
    let question = question(protection);
    sources::all().iter().filter(move |source| source.text.contains(&question))
}

/// The first place and its line, counted from one: as it is now, not as some commit had it.
pub(crate) fn line_of(protection: &Protection) -> Option<(String, usize)> {
    if let Some(Mark { file, line, .. }) = marks::of(protection).next() {
        return Some((file.clone(), usize::try_from(*line).ok()?));
    }
    let Source { file, text } = asking(protection).next()?;
    let question = question(protection);
    let line = text.lines().position(|line| line.contains(&question))?;
    Some((file.clone(), line + 1))
}

fn question(protection: &Protection) -> String {
    format!("{}.holds()", marks::name_of(protection))
}
