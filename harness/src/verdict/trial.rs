//! The five steps of an attack, in the only order there is: control, attack, refusal by the right mechanism, state
//! re-read, control.

use super::{AttackError, Control, Doubt, Finding, Kind, Refusal, Verdict};
use crate::{
    attacks::Scene,
    client::{Answer, Request},
    observe::Digest,
};
use std::time::Duration;

/// How long an audit row may take to be seen by the observer. The service waits for it before it answers, so this
/// only covers the observer's own snapshot.
const AUDIT_PATIENCE: [u64; 4] = [0, 20, 100, 400];

/// A running attack. Begin it, attack as often as the story needs, conclude it.
#[must_use = "a trial that is not concluded proves nothing"]
pub struct Trial<'a> {
    scene: &'a Scene,
    control: Control<'a>,
    before: Digest,
    attempts: usize,
    breaches: Vec<String>,
    doubts: Vec<Doubt>,
}

impl<'a> Trial<'a> {
    /// Makes the control request, which must succeed, and takes the state.
    ///
    /// # Errors
    /// When the control fails (the attack is then UNPROVEN), or the observer can't look.
    pub async fn begin(scene: &'a Scene, control: Control<'a>) -> Result<Self, AttackError> {
        if !scene.is_judged_leniently() {
            control.succeeds("before").await?;
        }
        let before = scene.digest().await?;
        Ok(Self { scene, control, before, attempts: 0, breaches: Vec::new(), doubts: Vec::new() })
    }

    /// Sends a request that must be refused in exactly this way. `story` names the attempt in reports.
    ///
    /// 2xx (or the refusal's own breach predicate) is the attack's success. Any other answer than the expected
    /// refusal proves nothing.
    pub async fn refused(&mut self, story: &str, request: Request, refusal: Refusal) -> Option<Answer> {
        self.attempts += 1;
        let sent = match refusal.status() {
            503 => request.send().await,
            429 => request.send_patiently().await,
            _ => request.send_leisurely().await,
        };
        let answer = match sent {
            Ok(answer) if self.scene.is_judged_leniently() && answer.status >= 400 => return Some(answer),
            Err(_) if self.scene.is_judged_leniently() => return None,
            Ok(answer) => answer,
            Err(_) if refusal.hang_up => return None,
            Err(error) => {
                self.doubts.push(Doubt::Unreached(format!("{story}: {}: {error}", request.describe())));
                return None;
            }
        };
        if refusal.is_breached_by(&answer) {
            self.breaches.push(format!("{story}: {} answered {}", request.describe(), answer.summary()));
        } else if let Some(mismatch) = refusal.mismatch(&answer) {
            self.doubts.push(Doubt::WrongMechanism(format!("{story}: {mismatch}")));
        } else if let Some(mismatch) = self.audit_mismatch(&answer, &refusal).await {
            self.doubts.push(Doubt::WrongMechanism(format!("{story}: {mismatch}")));
        }
        Some(answer)
    }

    /// Sends a request and lets the attack judge the answer.
    pub async fn check(
        &mut self,
        story: &str,
        request: Request,
        judge: impl FnOnce(&Answer) -> Finding,
    ) -> Option<Answer> {
        match request.send_patiently().await {
            Ok(answer) => {
                self.found(story, judge(&answer));
                Some(answer)
            }
            Err(error) => {
                self.attempts += 1;
                self.doubts.push(Doubt::Unreached(format!("{story}: {}: {error}", request.describe())));
                None
            }
        }
    }

    /// Records what the attack found by its own means: files, rows, log lines, handshakes, timings.
    pub fn found(&mut self, story: &str, finding: Finding) {
        self.attempts += 1;
        match finding {
            Finding::Fine => {}
            Finding::Breach(why) => self.breaches.push(format!("{story}: {why}")),
            Finding::Unclear(why) => self.doubts.push(Doubt::Unclear(format!("{story}: {why}"))),
        }
    }

    /// Demands that answers can't be told apart, but for request ids and rate-limit counters.
    pub fn alike(&mut self, story: &str, answers: &[Option<Answer>]) {
        let essences: Vec<String> = answers.iter().flatten().map(Answer::essence).collect();
        if essences.len() < 2 || essences.len() < answers.len() {
            self.found(story, Finding::Unclear("there are not enough answers to compare".into()));
            return;
        }
        let alike = essences.windows(2).all(|pair| pair.first() == pair.last());
        self.found(story, Finding::must(alike, "the answers differ"));
    }

    /// For attacks with honest changes of their own in between (or whose control changes state): takes the state anew,
    /// after checking that nothing had changed until now.
    ///
    /// Make the honest change by `honest`, so that nothing else hides behind it.
    ///
    /// # Errors
    /// When the observer can't look, or the honest change fails.
    pub async fn honestly<T, E: Into<AttackError>>(
        &mut self,
        change: impl Future<Output = Result<T, E>>,
    ) -> Result<T, AttackError> {
        self.compare().await?;
        let done = change.await.map_err(Into::into)?;
        self.before = self.scene.digest().await?;
        Ok(done)
    }

    /// Re-reads the state, repeats the control, and concludes.
    ///
    /// # Errors
    /// When the observer can't look.
    pub async fn conclude(mut self) -> Result<Verdict, AttackError> {
        self.compare().await?;
        if !self.breaches.is_empty() {
            return Ok(Verdict(Kind::Fell(self.breaches)));
        }
        if self.attempts == 0 {
            self.doubts.push(Doubt::Unreached("the attack attempted nothing".into()));
        }
        if self.scene.is_judged_leniently() {
            return Ok(Verdict(Kind::Held));
        }
        if let Some(doubt) = self.doubts.into_iter().next() {
            return Ok(Verdict(Kind::Unproven(doubt)));
        }
        self.control.succeeds("after").await?;
        Ok(Verdict(Kind::Held))
    }

    async fn compare(&mut self) -> Result<(), AttackError> {
        let now = self.scene.digest().await?;
        let differences = self.before.differences(&now);
        if !differences.is_empty() {
            self.breaches.push(format!("the state changed: {}", differences.join(", ")));
        }
        Ok(())
    }

    async fn audit_mismatch(&self, answer: &Answer, refusal: &Refusal) -> Option<String> {
        let (event, reason) = refusal.audit.as_ref()?;
        let Some(id) = answer.request_id() else {
            return Some(format!("{} names no request id to look its audit row up", answer.summary()));
        };
        let mut seen = Vec::new();
        for wait in AUDIT_PATIENCE {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let rows = match self.scene.observer().audit_events_of(id).await {
                Ok(rows) => rows,
                Err(error) => return Some(error.to_string()),
            };
            seen = rows.iter().map(|row| (row.text("event"), row.text("reason"))).collect();
            let fits = |(e, r): &(Option<String>, Option<String>)| {
                e.as_ref() == Some(event) && (reason.is_none() || r == reason)
            };
            if seen.iter().any(fits) {
                return None;
            }
        }
        let wanted = format!("{event} ({})", reason.as_deref().unwrap_or("any reason"));
        Some(format!("refused as expected, but the audit has {seen:?} instead of {wanted}"))
    }
}
