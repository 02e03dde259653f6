//! Each mark is a switch: without the one function, an attack gets through, or is left to the layer that the mark names.

use super::Mark;
use crate::{
    arena::{ArenaError, Away},
    attacks::Attack,
    prove::Subject,
    report::Progress,
};
use brigandine_api::protection::Protection;

/// What came of taking one marked function away.
#[derive(Debug)]
pub struct MarkRun {
    /// The function.
    pub mark: &'static Mark,
    /// What it enforces.
    pub protection: &'static Protection,
    /// What was seen.
    pub verdict: MarkVerdict,
}

/// What was seen without the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkVerdict {
    /// This attack succeeded.
    Fell(String),
    /// None did, as the layer that the mark names stands behind it; without both, this one did.
    Behind(String),
    /// None did, for this reason or for none: nobody would notice if the function were not there.
    Unproven(String),
}

impl MarkVerdict {
    /// `FELL`, `BEHIND` or `UNPROVEN`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Fell(_) => "FELL",
            Self::Behind(_) => "BEHIND",
            Self::Unproven(_) => "UNPROVEN",
        }
    }
}

impl MarkRun {
    /// `Issuer::check_audience at api/src/identity/token.rs:182`
    #[must_use]
    pub fn place(&self) -> String {
        format!("{} at {}", self.mark.function, self.mark.switch())
    }
}

/// Takes the marks of the protections that these attacks are aimed at away, one at a time; the twin is built already.
///
/// # Errors
/// When what the twins stand on can't be had: the run itself failed.
pub(crate) async fn run<'a>(
    attacks: &[&'static Attack],
    twin: impl Fn(Away) -> Subject<'a>,
    progress: &Progress,
) -> Result<Vec<MarkRun>, ArenaError> {
    progress.say("the marks");
    let mut planned = Vec::new();
    for protection in Protection::ALL.iter().copied() {
        let aimed: Vec<_> = attacks.iter().copied().filter(|it| it.protection == protection).collect();
        if !aimed.is_empty() {
            planned.extend(super::of(protection).map(|mark| (protection, mark, aimed.clone())));
        }
    }
    progress.expect(planned.len());
    let twin = &twin;
    let jobs = planned.into_iter().map(|(protection, mark, aimed)| async move {
        let verdict = verdict_on(mark, &aimed, twin).await?;
        let run = MarkRun { mark, protection, verdict };
        progress.mark(&run);
        Ok::<_, ArenaError>(run)
    });
    futures_util::future::join_all(jobs).await.into_iter().collect()
}

async fn verdict_on<'a>(
    mark: &'static Mark,
    attacks: &[&'static Attack],
    twin: &impl Fn(Away) -> Subject<'a>,
) -> Result<MarkVerdict, ArenaError> {
    let mut away = Away { off: Vec::new(), marks: vec![mark.switch()] };
    // Without some functions nothing starts: an attack can't show what these are for.
    match twin(away.clone()).first_to_fall(attacks).await {
        Ok(Some(attack)) => return Ok(MarkVerdict::Fell(attack.id())),
        Ok(None) => {}
        Err(ArenaError::Service(why)) => {
            return Ok(MarkVerdict::Unproven(format!("the twin does not start: {why}")));
        }
        Err(error) => return Err(error),
    }
    let Some(layer) = mark.layer() else {
        return Ok(MarkVerdict::Unproven("every attack is beaten all the same".into()));
    };
    away.off.push(layer.id);
    Ok(match twin(away).first_to_fall(attacks).await? {
        Some(attack) => MarkVerdict::Behind(attack.id()),
        None => MarkVerdict::Unproven(format!("every attack is beaten without {}, too", layer.id)),
    })
}
