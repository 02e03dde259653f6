//! Telling classes of requests apart by the time they take, on a machine that may be as busy as it likes.
//!
//! Samples of both classes are taken by turns, so that whatever slows the machine down slows both. What they differ by is
//! held against what samples of one and the same class differ by, which can't mean anything.

use crate::{
    client::Request,
    verdict::{AttackError, Finding},
};
use std::time::Duration;

/// Standard deviations that chance reaches once in a thousand times; and a breach must show again.
const CHANCE: f64 = 3.29;
/// How much clearer it must be than what means nothing.
const CLEARLY: u32 = 3;

/// What a cheap request may take beside anything, on a machine that is idle otherwise.
const CHEAP: Duration = Duration::from_millis(300);
/// How many times longer than an unattacked process a process that is attacked may take.
const MUCH: u32 = 10;

/// Whether an attacked process goes on with its work: half of these requests are cheap still. What a busy machine does to any
/// process is seen at another one, which nobody attacks.
///
/// # Errors
/// When no answer comes.
pub(in crate::attacks) async fn goes_on(
    attacked: &Request,
    unattacked: &Request,
    times: usize,
) -> Result<Finding, AttackError> {
    let (mut took, mut would_take, mut refused) = (Vec::new(), Vec::new(), 0);
    for _ in 0..times {
        let answer = attacked.send().await?;
        took.push(answer.elapsed);
        refused += usize::from(answer.status != 200);
        would_take.push(unattacked.send().await?.elapsed);
    }
    let (took, would_take) = (median(&took), median(&would_take));
    let fine = refused == 0 && took <= CHEAP.max(would_take.saturating_mul(MUCH));
    Ok(Finding::must(
        fine,
        format!(
            "of {times} cheap requests {refused} were not served; half took over {took:?}, at another process {would_take:?}"
        ),
    ))
}

/// Whether two classes can be told apart by their times. Each holds its samples in the order they were taken.
#[must_use]
pub(in crate::attacks) fn told_apart_by_time(one: &[Duration], other: &[Duration]) -> Finding {
    if one.len() < 8 || other.len() < 8 {
        return Finding::Unclear("there are not enough samples to compare".into());
    }
    let apart = standard_deviations(one, other);
    let gap = median(one).abs_diff(median(other));
    let nulls = [split(one), split(other)];
    let noise = nulls.iter().map(|(even, odd)| standard_deviations(even, odd)).fold(0.0, f64::max);
    let shift = nulls.iter().map(|(even, odd)| median(even).abs_diff(median(odd))).max().unwrap_or_default();
    let clear = apart > CHANCE && apart > noise * 1.5 && gap > shift.saturating_mul(CLEARLY);
    Finding::must(
        !clear,
        format!(
            "medians of {:?} and {:?}, {apart:.1} standard deviations apart; what can't differ is {shift:?} and {noise:.1} apart",
            median(one),
            median(other)
        ),
    )
}

/// Every other sample, and the rest.
fn split(times: &[Duration]) -> (Vec<Duration>, Vec<Duration>) {
    let every_other = |from: usize| times.iter().skip(from).step_by(2).copied().collect();
    (every_other(0), every_other(1))
}

/// How far the two samples are apart: Mann-Whitney U, in its normal approximation.
fn standard_deviations(one: &[Duration], other: &[Duration]) -> f64 {
    let count = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    let wins: usize = one.iter().map(|time| other.iter().filter(|other| *other < time).count()).sum();
    let (m, n) = (count(one.len()), count(other.len()));
    let spread = (m * n * (m + n + 1.0) / 12.0).sqrt();
    (count(wins) - m * n / 2.0).abs() / spread
}

/// The middle one.
#[must_use]
pub(in crate::attacks) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::told_apart_by_time;
    use crate::verdict::Finding;
    use std::time::Duration;

    /// Times of a machine that is busy now and then, shifted by so much.
    fn samples(seed: u64, shift: u64) -> Vec<Duration> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 1000
        };
        (0..50)
            .map(|_| {
                let busy = if next() < 200 { next() * 100 } else { next() };
                Duration::from_micros(5_000 + busy + shift)
            })
            .collect()
    }

    #[test]
    fn a_busy_machine_is_no_difference_and_a_hash_is_one() {
        for seed in 0..50 {
            let (one, other) = (samples(seed, 0), samples(seed + 1000, 0));
            assert!(matches!(told_apart_by_time(&one, &other), Finding::Fine), "{seed}");
            let slower = samples(seed + 2000, 20_000);
            assert!(matches!(told_apart_by_time(&one, &slower), Finding::Breach(_)), "{seed}");
        }
    }

    #[test]
    fn a_few_samples_tell_nothing() {
        let few = [Duration::ZERO; 7];
        assert!(matches!(told_apart_by_time(&few, &few), Finding::Unclear(_)));
    }
}
