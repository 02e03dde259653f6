//! An endpoint that asks somebody else. It has three parts, because nobody's transaction may wait for another's server: the
//! permission and whatever the question costs, the question, the answer's row.

use super::{answer::Answer, call::Call, input::Input, problem::Problem};
use crate::{access::Permission, audit::EventName, service::Service};

/// What comes of the first part.
pub enum Step<A, P> {
    /// The answer is known; nobody is asked.
    Known(A),
    /// Somebody is asked.
    Ask {
        /// The question.
        prepared: P,
        /// What the first part brought about, for the audit log: it lasts, whatever becomes of the question.
        event: Option<EventName>,
    },
}

/// An operation that asks somebody else.
#[expect(async_fn_in_trait, reason = "called by `dispatch` alone, on the worker's own thread")]
pub trait Errand: 'static {
    /// What the caller must be allowed.
    type Permission: Permission;
    /// What the request says.
    type Input: Input;
    /// What is known when the question is asked.
    type Prepared;
    /// What is known when it was answered.
    type Brought;
    /// The answer. Not one that says that something was made: an errand looks, and may be run again.
    type Answer: Answer + 'static;

    /// Decides whether somebody is asked, and reserves what that costs; in a transaction that is committed before the question
    /// leaves.
    ///
    /// # Errors
    /// Why not; nothing is reserved then.
    async fn prepare(
        call: &mut Call<Self::Permission>,
        input: Self::Input,
    ) -> Result<Step<Self::Answer, Self::Prepared>, Problem>;

    /// Asks, outside any transaction.
    ///
    /// # Errors
    /// What went wrong.
    async fn ask(service: &Service, prepared: Self::Prepared) -> Result<Self::Brought, Problem>;

    /// Writes down what was answered. The caller's right is looked up anew: whoever lost it meanwhile does not see the answer,
    /// and it is not kept in their name.
    ///
    /// # Errors
    /// Why not; nothing is kept then.
    async fn keep(call: &mut Call<Self::Permission>, brought: Self::Brought)
    -> Result<Self::Answer, Problem>;
}
