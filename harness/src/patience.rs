//! Waiting for what happens by itself: a mail, a line of the log, a delivery. On an idle machine it comes at once, on a busy
//! one when it can; only what never comes takes the whole patience.

use std::time::Duration;
use tokio::time::{Instant, sleep};

const WHOLE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// One wait. `while patience.lasts().await { look }` looks at once, and then again and again.
#[derive(Debug)]
pub(crate) struct Patience {
    until: Instant,
    looked: bool,
}

impl Patience {
    /// Begins to wait.
    pub(crate) fn new() -> Self {
        Self::of(WHOLE)
    }

    fn of(whole: Duration) -> Self {
        Self { until: Instant::now() + whole, looked: false }
    }

    /// Whether to look once more; pauses between two looks.
    pub(crate) async fn lasts(&mut self) -> bool {
        if !std::mem::replace(&mut self.looked, true) {
            return true;
        }
        sleep(PAUSE).await;
        Instant::now() < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::Patience;
    use std::time::Duration;

    #[tokio::test]
    async fn it_looks_at_least_once_and_ends() {
        let mut patience = Patience::of(Duration::ZERO);
        let mut looks = 0;
        while patience.lasts().await {
            looks += 1;
        }
        assert_eq!(looks, 1);
    }
}
