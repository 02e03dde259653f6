//! `contract`: whether the interface keeps what clients were promised.

use crate::{
    contract::{breaking, file, lines, own, reviewed, text},
    report,
};

/// Compares, or writes the contract anew; answers whether it is kept.
///
/// # Errors
/// From the file system.
pub(super) fn run(renew: bool) -> std::io::Result<bool> {
    let present = lines(&own());
    let reviewed = reviewed();
    let changes = breaking(&reviewed, &present);
    for change in &changes {
        report::line(change);
    }
    let new = present.difference(&reviewed).count();
    if renew {
        std::fs::write(file(), text(&present))?;
        report::line(format_args!(
            "{} promises written, {} of them broken ones to be reviewed",
            present.len(),
            changes.len()
        ));
        return Ok(true);
    }
    report::line(format_args!(
        "{} promises, {} broken, {new} not reviewed yet (contract --renew)",
        reviewed.len(),
        changes.len()
    ));
    Ok(changes.is_empty())
}
