//! What a permission lets somebody bring about, and how lately they must have signed in for it.
//!
//! A permission names its effect, an endpoint's handler names its permission, and the strength follows: there is no place
//! where a row could ask for less than what it does deserves.

use super::Strength;

/// What comes of using a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Something is read; nothing changes.
    Reads,
    /// The everyday work of the role. A reviewed decision: it gives nobody rights, destroys nothing, carries nothing away.
    Ordinary,
    /// A colleague who has the role for it is given a task: one patient to treat. It is everyday work as well, it is seen by
    /// everybody who treats the patient, and the role itself was given by [`Effect::Grants`].
    Assigns,
    /// A right, a request or a credential is taken back that can be given again. It must be quick: who contains an incident
    /// has no time to sign in anew.
    Withdraws,
    /// Somebody is given rights or credentials that outlast the session of whoever gave them.
    Grants,
    /// Others are believed, or told, from now on: who vouches for people, and where events go.
    Trusts,
    /// Something ends that can't be had again.
    Erases,
    /// Data of a person leaves as a whole.
    Exports,
    /// What the policy keeps closed is opened.
    Opens,
}

impl Effect {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Reads,
        Self::Ordinary,
        Self::Assigns,
        Self::Withdraws,
        Self::Grants,
        Self::Trusts,
        Self::Erases,
        Self::Exports,
        Self::Opens,
    ];

    /// As the document calls it: `grants`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Ordinary => "ordinary",
            Self::Assigns => "assigns",
            Self::Withdraws => "withdraws",
            Self::Grants => "grants",
            Self::Trusts => "trusts",
            Self::Erases => "erases",
            Self::Exports => "exports",
            Self::Opens => "opens",
        }
    }

    /// What it demands of the sign-in. Whatever outlasts a stolen session needs more than the session.
    #[must_use]
    pub const fn strength(self) -> Strength {
        match self {
            Self::Reads | Self::Ordinary | Self::Assigns | Self::Withdraws => Strength::Usual,
            Self::Grants | Self::Trusts | Self::Erases | Self::Exports | Self::Opens => Strength::Fresh,
        }
    }
}
