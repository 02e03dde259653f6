//! Lists of what stands in the service's source, which a reviewer reads and a test compares.

use std::{collections::BTreeSet, path::Path};

/// Compares what is present with the list in `docs/`, or writes it where `BRIGANDINE_RENEW` is set.
///
/// # Panics
/// When they differ.
pub(crate) fn compare(name: &str, present: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(name);
    if std::env::var_os("BRIGANDINE_RENEW").is_some() {
        return std::fs::write(&file, present).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    let all = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (present, reviewed) = (all(present), all(&reviewed));
    let new: Vec<_> = present.difference(&reviewed).collect();
    let gone: Vec<_> = reviewed.difference(&present).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "docs/{name} is otherwise (BRIGANDINE_RENEW=1 writes it): not reviewed {new:#?}; there no more {gone:#?}"
    );
}
