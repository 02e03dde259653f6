//! Weak: who treats whom.

use crate::clinic::care::standing::Basis;

/// Every clinician treats everybody.
pub(crate) fn everybody_is_on_the_team(on_team: bool, broke_glass: bool) -> Option<Basis> {
    Some(if broke_glass && !on_team { Basis::BrokenGlass } else { Basis::Team })
}
