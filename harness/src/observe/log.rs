//! What the service wrote to its standard output.

use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The service's log, line by line.
#[derive(Default)]
pub struct LogBook {
    lines: Mutex<Vec<String>>,
}

impl LogBook {
    /// Adds a line as it came.
    pub fn add(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The lines that name this request.
    #[must_use]
    pub fn lines_of(&self, request_id: Uuid) -> Vec<String> {
        let id = request_id.to_string();
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|l| l.contains(&id))
            .cloned()
            .collect()
    }

    /// The first line whose `message` is this, as JSON.
    #[must_use]
    pub fn find(&self, message: &str) -> Option<Value> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|line| line.get("message").and_then(Value::as_str) == Some(message))
    }
}
