//! Sending much and counting what was let through.

use crate::attacks::prelude::*;
use std::time::Instant;

/// What the clock of a limiter, which counts the processor's ticks, may run ahead of the harness's.
const CLOCKS: f64 = 1.05;

/// What came of a flood.
pub(in crate::attacks) struct Flood {
    /// Answers other than 429.
    pub(in crate::attacks) admitted: usize,
    /// The 429 answers.
    pub(in crate::attacks) refused: Vec<Answer>,
    /// From the first request to the last answer.
    pub(in crate::attacks) lasted: Duration,
}

/// Sends all requests, `lanes` at once, each lane one after the other.
pub(in crate::attacks) async fn flood(requests: Vec<Request>, lanes: usize) -> Result<Flood, AttackError> {
    let started = Instant::now();
    let per_lane = requests.len().div_ceil(lanes.max(1)).max(1);
    let lanes = requests.chunks(per_lane).map(|lane| async move {
        let mut answers = Vec::with_capacity(lane.len());
        for request in lane {
            answers.push(request.send().await?);
        }
        Ok::<_, AttackError>(answers)
    });
    let mut flood = Flood { admitted: 0, refused: Vec::new(), lasted: Duration::ZERO };
    for answers in futures_util::future::join_all(lanes).await {
        for answer in answers? {
            if answer.status == 429 {
                flood.refused.push(answer);
            } else {
                flood.admitted += 1;
            }
        }
    }
    flood.lasted = started.elapsed();
    Ok(flood)
}

impl Flood {
    fn sent(&self) -> usize {
        self.admitted + self.refused.len()
    }

    /// How many came through; far below 2^52, so the count is exact as a float.
    fn admitted(&self) -> f64 {
        f64::from(u32::try_from(self.admitted).unwrap_or(u32::MAX))
    }

    /// Whether as much came through as a bucket of this size gives, with what flowed into it meanwhile, and no more.
    pub(in crate::attacks) fn within(&self, burst: f64, per_second: f64) -> Finding {
        if self.admitted() < burst {
            return Finding::Unclear(format!("only {} of {} came through", self.admitted, self.sent()));
        }
        self.at_most(burst, per_second)
    }

    /// Whether no more came through than such a bucket gives.
    pub(in crate::attacks) fn at_most(&self, burst: f64, per_second: f64) -> Finding {
        let allowed = burst + per_second * self.lasted.as_secs_f64() * CLOCKS + 1.0;
        let (admitted, sent) = (self.admitted(), self.sent());
        let (admitted_text, lasted) = (self.admitted, self.lasted);
        if admitted > allowed {
            return Finding::Breach(format!("{admitted_text} of {sent} came through in {lasted:?}"));
        }
        if self.refused.is_empty() {
            return Finding::Unclear(format!("{sent} in {lasted:?} were too slow to reach the limit"));
        }
        Finding::Fine
    }

    /// Whether every refusal is the limiter's own, with a wait that is worth waiting.
    pub(in crate::attacks) fn refused_properly(&self) -> Finding {
        let proper = |answer: &Answer| {
            let wait = answer.header("retry-after").and_then(|wait| wait.parse::<u64>().ok());
            answer.slug().as_deref() == Some("quota-exceeded") && wait.is_some_and(|wait| wait >= 1)
        };
        match self.refused.iter().find(|answer| !proper(answer)) {
            Some(answer) => Finding::Unclear(format!("{} without type or Retry-After", answer.summary())),
            None => Finding::Fine,
        }
    }
}

/// Whether the flood's refusals left rows, and no more than a budget of this size gives, with what flowed into it meanwhile.
pub(in crate::attacks) async fn written(
    scene: &Scene,
    flood: &Flood,
    filter: &str,
    burst: f64,
    per_second: f64,
) -> Result<Finding, AttackError> {
    let rows = scene.observer().rows("audit_events", filter).await?.len();
    // Far below 2^52, so the count is exact as a float.
    let count = f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    let told = format!("{} requests in {:?} left {rows} rows", flood.sent(), flood.lasted);
    Ok(if count < burst {
        Finding::Unclear(format!("{told}: not the first {burst}"))
    } else {
        // One more for a moment between two clocks, and one that a limiter's own refusal leaves.
        Finding::must(count <= burst + per_second * flood.lasted.as_secs_f64() + 2.0, told)
    })
}

/// Whether the flood left at least one audit event of this reason, and far fewer than it had refusals.
pub(in crate::attacks) async fn sampled(
    scene: &Scene,
    flood: &Flood,
    filter: &str,
    reason: &str,
) -> Result<Finding, AttackError> {
    let filter = format!("event = 'excess_rate_limit_exceeded' AND reason = '{reason}' AND {filter}");
    let mut events = 0;
    let mut patience = Patience::new();
    while events == 0 && !flood.refused.is_empty() && patience.lasts().await {
        events = scene.observer().rows("audit_events", &filter).await?.len();
    }
    Ok(if events == 0 && !flood.refused.is_empty() {
        // What floods the log otherwise at this moment is sampled with it.
        Finding::Unclear("the flood left no audit event".into())
    } else {
        Finding::must(
            events <= 1 + flood.refused.len() / 4,
            format!("{} refusals left {events} audit events: a flood of rows", flood.refused.len()),
        )
    })
}
