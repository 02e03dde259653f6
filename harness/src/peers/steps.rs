//! The steps of a story, as they come out.

use crate::{
    client::{Answer, Request},
    report::line,
};

/// What was tried, and whether it came out.
#[derive(Debug, Default)]
pub struct Steps {
    failed: usize,
    tried: usize,
}

impl Steps {
    /// Records a step.
    pub fn step(&mut self, story: &str, outcome: Result<(), String>) {
        self.tried += 1;
        match outcome {
            Ok(()) => line(format_args!("  ok    {story}")),
            Err(why) => {
                self.failed += 1;
                line(format_args!("  FAIL  {story}: {why}"));
            }
        }
    }

    /// The request must be answered so: status, and the problem's name, or nothing where it succeeds.
    pub async fn answers(
        &mut self,
        story: &str,
        request: Request,
        status: u16,
        slug: Option<&str>,
    ) -> Option<Answer> {
        let answer = request.send().await;
        let outcome = match &answer {
            Ok(answer) if answer.status == status && answer.slug().as_deref() == slug => Ok(()),
            Ok(answer) => Err(format!("answered {}", answer.summary())),
            Err(error) => Err(error.to_string()),
        };
        self.step(story, outcome);
        answer.ok()
    }

    /// Whether something was tried, and everything came out.
    #[must_use]
    pub fn all_fine(&self) -> bool {
        self.tried > 0 && self.failed == 0
    }
}
