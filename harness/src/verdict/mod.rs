//! What an attack may conclude. HELD and FELL can be concluded only by a [`Trial`], which makes the control requests,
//! judges each refusal by its mechanism, and has the state re-read by the independent observer.

mod control;
mod refusal;
#[cfg(test)]
mod tests;
mod trial;

pub use control::Control;
pub use refusal::Refusal;
pub use trial::Trial;

use crate::{arena::ArenaError, client::ClientError, forge::ForgeError, observe::ObserveError};
use std::fmt;

/// The conclusion of one attack.
#[derive(Clone, Debug)]
pub struct Verdict(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Held,
    Fell(Vec<String>),
    Unproven(Doubt),
}

/// Why nothing is proven.
#[derive(Clone, Debug)]
pub enum Doubt {
    /// The honest request did not succeed as documented, before or after.
    ControlFailed(String),
    /// Refused, but not by what the attack is about.
    WrongMechanism(String),
    /// No request, or no answer: nothing reached the protection.
    Unreached(String),
    /// What came back allows no conclusion.
    Unclear(String),
    /// On a twin: another layer still refused.
    Masked(String),
    /// The harness itself failed.
    Error(String),
}

impl Doubt {
    /// The reason's name in reports: `control-failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ControlFailed(_) => "control-failed",
            Self::WrongMechanism(_) => "wrong-mechanism",
            Self::Unreached(_) => "unreached",
            Self::Unclear(_) => "unclear",
            Self::Masked(_) => "masked",
            Self::Error(_) => "error",
        }
    }

    /// What happened.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::ControlFailed(why)
            | Self::WrongMechanism(why)
            | Self::Unreached(why)
            | Self::Unclear(why)
            | Self::Masked(why)
            | Self::Error(why) => why,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.detail())
    }
}

impl Verdict {
    /// Nothing is proven. The only conclusion that needs no trial, as it is never green.
    #[must_use]
    pub fn unproven(doubt: Doubt) -> Self {
        Self(Kind::Unproven(doubt))
    }

    /// A breach that did not show again.
    #[must_use]
    pub(crate) fn flickered(breaches: &[String]) -> Self {
        let told = format!("the breach flickered, it did not show again: {}", breaches.join("; "));
        Self::unproven(Doubt::Unclear(told))
    }

    /// By its first letter, for tests of what is made of it.
    #[cfg(test)]
    pub(crate) fn example(letter: char) -> Self {
        match letter {
            'H' => Self(Kind::Held),
            'F' => Self(Kind::Fell(vec!["it fell".into()])),
            _ => Self::unproven(Doubt::Unclear("perhaps".into())),
        }
    }

    /// Whether the attack was beaten.
    #[must_use]
    pub fn held(&self) -> bool {
        matches!(self.0, Kind::Held)
    }

    /// Whether the attack succeeded.
    #[must_use]
    pub fn fell(&self) -> bool {
        matches!(self.0, Kind::Fell(_))
    }

    /// `HELD`, `FELL` or `UNPROVEN`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.0 {
            Kind::Held => "HELD",
            Kind::Fell(_) => "FELL",
            Kind::Unproven(_) => "UNPROVEN",
        }
    }

    /// Why it is not HELD; empty when it is.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        match &self.0 {
            Kind::Held => Vec::new(),
            Kind::Fell(breaches) => breaches.clone(),
            Kind::Unproven(doubt) => vec![doubt.to_string()],
        }
    }

    /// The worst of several: FELL before UNPROVEN before HELD; `None` of none.
    pub fn worst<'a>(verdicts: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        verdicts.into_iter().max_by_key(|verdict| match verdict.0 {
            Kind::Held => 0,
            Kind::Unproven(_) => 1,
            Kind::Fell(_) => 2,
        })
    }
}

/// What a judge says of an answer that is not a plain refusal.
#[derive(Clone, Debug)]
pub enum Finding {
    /// As it must be.
    Fine,
    /// The attack succeeded.
    Breach(String),
    /// Neither: the attack proves nothing.
    Unclear(String),
}

impl Finding {
    /// Fine when the condition holds, else a breach.
    #[must_use]
    pub fn must(condition: bool, breach: impl Into<String>) -> Self {
        if condition { Self::Fine } else { Self::Breach(breach.into()) }
    }

    /// The worse of two: breach, unclear, fine. For judging several things about one answer.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Breach(why), _) | (_, Self::Breach(why)) => Self::Breach(why),
            (Self::Unclear(why), _) | (_, Self::Unclear(why)) => Self::Unclear(why),
            (Self::Fine, Self::Fine) => Self::Fine,
        }
    }
}

/// Why an attack could not be carried through; becomes UNPROVEN.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The control request did not succeed as documented.
    #[error("{0}")]
    Control(String),
    /// A request of the attack's preparation failed.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// The observer could not look.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// The forge could not sign.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// A process of the attack's preparation failed.
    #[error(transparent)]
    Arena(#[from] ArenaError),
    /// A file or process of the attack's preparation failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The attack's preparation failed otherwise.
    #[error("{0}")]
    Setup(String),
}

impl From<AttackError> for Verdict {
    fn from(error: AttackError) -> Self {
        let why = error.to_string();
        Self::unproven(match error {
            AttackError::Control(_) => Doubt::ControlFailed(why),
            AttackError::Client(_) => Doubt::Unreached(why),
            _ => Doubt::Error(why),
        })
    }
}
