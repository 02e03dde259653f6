//! What arrived.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// A request, or a connection that ended before one.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it arrived.
    pub place: IpAddr,
    /// The path of the request; empty when none came.
    pub path: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// The name in the TLS handshake.
    pub server_name: Option<String>,
}

impl Arrival {
    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn bears(&self, token: &str) -> bool {
        self.path.contains(token) || self.server_name.as_ref().is_some_and(|name| name.contains(token))
    }

    fn is_nameless(&self) -> bool {
        self.path.len() < 2 && self.server_name.is_none()
    }
}

/// Everything that arrived.
#[derive(Default)]
pub(super) struct Arrivals(Mutex<Vec<Arrival>>);

impl Arrivals {
    pub(super) fn add(&self, arrival: Arrival) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
    }

    pub(super) fn of(&self, token: &str) -> Vec<Arrival> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|arrival| arrival.bears(token)).cloned().collect()
    }

    /// Connections to the house of which nobody knows whose they are.
    pub(super) fn strays(&self) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|arrival| arrival.is_nameless() && !super::is_outside(arrival.place)).count()
    }
}
