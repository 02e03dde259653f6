//! The proof of the proof: without its protection, the attack must succeed.

mod plan;

use crate::{
    arena::{ArenaError, Away, Database},
    attacks::Attack,
    prove::{Run, Subject, Tried, Watch},
    report::Progress,
};
use brigandine_api::protection::Protection;

pub use plan::{Expected, TwinPlan, plans};

/// What came of one twin.
#[derive(Debug)]
pub struct TwinRun {
    /// Whose attacks ran.
    pub protection: &'static Protection,
    /// What was taken away.
    pub off: Vec<&'static Protection>,
    /// What the attacks had to do.
    pub expected: Expected,
    /// What they did.
    pub runs: Vec<Run>,
}

impl TwinRun {
    /// Whether every attack did as expected.
    #[must_use]
    pub fn as_expected(&self) -> bool {
        self.runs.iter().all(|run| match self.expected {
            Expected::Fall => run.verdict.fell(),
            Expected::Hold => run.verdict.held(),
        })
    }

    /// `FELL` only if every attack fell; else the word of one that did not.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let others = self.runs.iter().map(|run| run.verdict.word()).find(|word| match self.expected {
            Expected::Fall => *word != "FELL",
            Expected::Hold => *word != "HELD",
        });
        others.unwrap_or(match self.expected {
            Expected::Fall => "FELL",
            Expected::Hold => "HELD",
        })
    }
}

/// Runs every twin that these attacks call for; the twin is built already.
///
/// # Errors
/// When a twin can't be started: the run itself failed.
pub(crate) async fn run<'a>(
    attacks: &[&'static Attack],
    database: Database,
    twin: impl Fn(Away) -> Subject<'a>,
    progress: &Progress,
) -> Result<Vec<TwinRun>, ArenaError> {
    progress.say("the twins");
    let plans = plans(attacks, database);
    progress.expect(plans.len());
    let twin = &twin;
    let jobs = plans.into_iter().map(|plan| async move {
        let watch = Watch { exchange: None, tried: &|_| {} };
        let twin = twin(Away::protections(&plan.off));
        let Tried { runs, .. } = twin.tries(&plan.attacks, plan.expected, &watch).await?;
        let run = TwinRun { protection: plan.protection, off: plan.off, expected: plan.expected, runs };
        progress.twin(&run);
        Ok::<_, ArenaError>(run)
    });
    futures_util::future::join_all(jobs).await.into_iter().collect()
}
