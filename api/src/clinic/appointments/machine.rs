//! The steps of an appointment. A status is written with a [`Transition`] only, and those come from this table only.

use crate::{
    http::problem::{Kind, Problem},
    protection::FLOW_STATE_MACHINE,
};
use brigandine_enforce::enforces;

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(as = AppointmentStatus, rename_all = "kebab-case")]
pub(super) enum State {
    /// Somebody has it for some minutes.
    Held,
    /// It is booked.
    Confirmed,
    /// The patient has come.
    CheckedIn,
    /// The patient was treated.
    Completed,
    /// It was given back.
    Cancelled,
    /// Nobody confirmed it in time.
    Expired,
}

/// What can happen to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Confirm,
    CheckIn,
    Complete,
    Cancel,
}

impl State {
    pub(super) const ALL: [Self; 6] =
        [Self::Held, Self::Confirmed, Self::CheckedIn, Self::Completed, Self::Cancelled, Self::Expired];
    /// The ones that keep the slot from everybody else; the index `appointments_one_per_slot_key` says the same.
    pub(super) const TAKING: [&str; 4] = ["held", "confirmed", "checked-in", "completed"];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::CheckedIn => "checked-in",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// From its name in the database.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// `invalid-transition` from where it can't be taken.
    pub(super) fn take(self, step: Step) -> Result<Transition, Problem> {
        self.check(step)?;
        Ok(Transition { from: self, to: step.leads_to() })
    }

    /// Each step is taken from its own places only, and none is left out: nobody completes what was cancelled, or
    /// checks in without a booking (ASVS 2.3.1).
    #[enforces(FLOW_STATE_MACHINE)]
    fn check(self, step: Step) -> Result<(), Problem> {
        match (self, step) {
            (Self::Held, Step::Confirm | Step::Cancel)
            | (Self::Confirmed, Step::CheckIn | Step::Cancel)
            | (Self::CheckedIn, Step::Complete) => Ok(()),
            _ => Err(Kind::InvalidTransition.into()),
        }
    }
}

impl Step {
    const fn leads_to(self) -> State {
        match self {
            Self::Confirm => State::Confirmed,
            Self::CheckIn => State::CheckedIn,
            Self::Complete => State::Completed,
            Self::Cancel => State::Cancelled,
        }
    }
}

/// A step that may be taken. Made by [`State::take`] only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    from: State,
    to: State,
}

impl Transition {
    pub(super) const fn from(self) -> State {
        self.from
    }

    pub(super) const fn to(self) -> State {
        self.to
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Step};

    #[test]
    fn every_step_has_its_places_and_no_others() {
        let allowed =
            |step| State::ALL.into_iter().filter(|state| state.take(step).is_ok()).collect::<Vec<_>>();
        assert_eq!(allowed(Step::Confirm), [State::Held]);
        assert_eq!(allowed(Step::CheckIn), [State::Confirmed]);
        assert_eq!(allowed(Step::Complete), [State::CheckedIn]);
        assert_eq!(allowed(Step::Cancel), [State::Held, State::Confirmed]);
    }

    #[test]
    fn a_state_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(State::named(state.name()), Some(state));
        }
        assert_eq!(State::named("paid"), None);
    }
}
