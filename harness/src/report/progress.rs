//! What is seen while it runs: a live line on a terminal, plain lines elsewhere.

use super::print;
use crate::{prove::Run, twins::TwinRun};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// The progress view.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For that many attacks.
    #[must_use]
    pub fn new(attacks: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(attacks as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// A stage of the run.
    pub fn say(&self, stage: &'static str) {
        match &self.bar {
            Some(bar) => bar.set_message(stage),
            None => print::error(format_args!("… {stage}")),
        }
    }

    /// An attack is over.
    pub fn attacked(&self, run: &Run) {
        let line = format!("{:<9} {}", run.verdict.word(), run.attack.id());
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(line);
            }
            None => print::error(line),
        }
    }

    /// That many twins follow.
    pub fn expect_twins(&self, twins: usize) {
        if let Some(bar) = &self.bar {
            bar.inc_length(twins as u64);
        }
    }

    /// A twin is over.
    pub fn twin(&self, run: &TwinRun) {
        let off: Vec<_> = run.off.iter().map(|protection| protection.id()).collect();
        let line = format!("{:<9} twin without {}", run.word(), off.join(" + "));
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(line);
            }
            None => print::error(line),
        }
    }

    /// Everything is over.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
