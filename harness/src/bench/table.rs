//! The table of a measurement.

use super::{Visit, subjects::Subject};
use crate::report::line;

pub(super) fn print(subjects: &[Subject], rounds: &[Vec<Visit>]) {
    line(format_args!(
        "{:<34} {:>8} {:>7} {:>10} {:>9} {:>7}",
        "GET /v1/patients/{id} over TLS", "req/s", "x bare", "CPU us/req", "idle MiB", "errors"
    ));
    for (place, subject) in subjects.iter().enumerate() {
        let visits = |figure: &dyn Fn(&Visit, &Visit) -> f64| {
            median(
                rounds.iter().filter_map(|round| Some(figure(round.get(place)?, round.first()?))).collect(),
            )
        };
        let errors: u64 = rounds.iter().filter_map(|round| Some(round.get(place)?.measured.errors)).sum();
        line(format_args!(
            "{:<34} {:>8.0} {:>7.2} {:>10.0} {:>9.1} {:>7}",
            subject.name,
            visits(&|visit, _| rate(visit)),
            visits(&|visit, bare| rate(visit) / rate(bare)),
            visits(&|visit, _| visit.cpu_seconds * 1e6 / count(visit)),
            mebibytes(subject.idle_kib),
            errors,
        ));
    }
}

fn rate(visit: &Visit) -> f64 {
    count(visit) / visit.measured.seconds
}

/// At least one, so that a dead subject shows as slow and not as infinitely fast.
fn count(visit: &Visit) -> f64 {
    f64::from(u32::try_from(visit.measured.answers.max(1)).unwrap_or(u32::MAX))
}

pub(super) fn mebibytes(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0
}

pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
