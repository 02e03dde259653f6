//! What is seen while it runs: a live line on a terminal, plain lines elsewhere.

use super::print;
use crate::{marks::MarkRun, prove::Run, twins::TwinRun};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use std::{
    fmt::Write,
    io::IsTerminal,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often plain output says how far it is.
const PLAIN_INTERVAL: Duration = Duration::from_secs(30);

/// The progress view.
pub struct Progress {
    bar: Option<ProgressBar>,
    pace: Mutex<Pace>,
}

impl Progress {
    /// For that many attacks.
    #[must_use]
    pub fn new(attacks: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(attacks as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}{left} {msg}") {
                bar.set_style(style.with_key("left", left_on_bar));
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, pace: Mutex::new(Pace::of(attacks)) }
    }

    /// A stage of the run. What is left is estimated by what was done in its stage: twins take longer than attacks.
    pub fn say(&self, stage: &'static str) {
        self.with_pace(|pace| *pace = Pace::of(pace.all));
        match &self.bar {
            Some(bar) => {
                bar.reset_eta();
                bar.set_message(stage);
            }
            None => print::error(format_args!("… {stage}")),
        }
    }

    /// An attack is over.
    pub fn attacked(&self, run: &Run) {
        self.done(format!("{:<9} {}", run.verdict.word(), run.attack.id()));
    }

    /// That many twins follow.
    pub fn expect(&self, twins: usize) {
        self.with_pace(|pace| *pace = Pace::of(twins));
        if let Some(bar) = &self.bar {
            bar.inc_length(twins as u64);
            bar.reset_eta();
        }
    }

    /// A twin is over.
    pub fn twin(&self, run: &TwinRun) {
        let off: Vec<_> = run.off.iter().map(|protection| protection.id).collect();
        self.done(format!("{:<9} twin without {}", run.word(), off.join(" + ")));
    }

    /// A mark was taken away.
    pub fn mark(&self, run: &MarkRun) {
        self.done(format!("{:<9} without {}", run.verdict.word(), run.place()));
    }

    /// Everything is over.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn done(&self, line: String) {
        let Some(bar) = &self.bar else {
            print::error(line);
            if let Some(told) = self.with_pace(Pace::done) {
                print::error(told);
            }
            return;
        };
        bar.inc(1);
        bar.set_message(line);
    }

    fn with_pace<T>(&self, change: impl FnOnce(&mut Pace) -> T) -> T {
        change(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `, 2m left`; nothing before anything is done.
fn left_on_bar(state: &ProgressState, out: &mut dyn Write) {
    if state.pos() > 0 && state.len().is_some_and(|len| state.pos() < len) {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}

/// How fast a stage goes.
struct Pace {
    begun: Instant,
    said: Instant,
    done: usize,
    all: usize,
}

impl Pace {
    fn of(all: usize) -> Self {
        let now = Instant::now();
        Self { begun: now, said: now, done: 0, all }
    }

    /// One more is done; answers a line when it is time for one.
    fn done(&mut self) -> Option<String> {
        self.done = self.done.saturating_add(1);
        if self.said.elapsed() < PLAIN_INTERVAL {
            return None;
        }
        self.said = Instant::now();
        let left = left(self.begun.elapsed(), self.done, self.all)?;
        Some(format!("… {} of {}, about {:#} left", self.done, self.all, HumanDuration(left)))
    }
}

/// The time that the rest takes if it goes on as it went; `None` when nothing is done, or nothing is left.
fn left(elapsed: Duration, done: usize, all: usize) -> Option<Duration> {
    let rest = u32::try_from(all.checked_sub(done)?).ok().filter(|rest| *rest > 0)?;
    elapsed.checked_mul(rest)?.checked_div(u32::try_from(done).ok()?)
}

#[cfg(test)]
mod tests {
    use super::left;
    use std::time::Duration;

    #[test]
    fn the_rest_takes_as_long_as_what_is_done() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(minute, 1, 3), Some(minute * 2));
        assert_eq!(left(minute, 30, 40), Some(minute / 3));
    }

    #[test]
    fn of_nothing_no_estimate_is_made() {
        assert_eq!(left(Duration::from_secs(60), 0, 3), None);
        assert_eq!(left(Duration::from_secs(60), 3, 3), None);
        assert_eq!(left(Duration::from_secs(60), 4, 3), None);
    }
}
