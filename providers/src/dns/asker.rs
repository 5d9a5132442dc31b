//! Many questions with manners: bounded, paced, backing off.

use super::{AskError, Form, Question, Reply, ask};
use std::net::SocketAddr;
use std::time::Duration;

/// How much an [`Asker`] asks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLimits {
    /// Questions under way in total.
    pub in_flight: usize,
    /// Questions under way per server address.
    pub in_flight_per_server: usize,
    /// Questions started per second and server address; loopback has no limit.
    pub per_second: u32,
    /// How long to wait for one answer.
    pub timeout: Duration,
}

impl Default for AskLimits {
    fn default() -> Self {
        Self { in_flight: 256, in_flight_per_server: 32, per_second: 100, timeout: Duration::from_secs(2) }
    }
}

/// Asks servers, shared by everything that asks.
#[derive(Debug)]
pub struct Asker {
    limits: AskLimits,
}

impl Asker {
    /// An asker that keeps to `limits`.
    #[must_use]
    pub fn new(limits: AskLimits) -> Self {
        Self { limits }
    }

    /// As [`ask`], when it is this question's turn.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask(&self, server: SocketAddr, question: &Question, form: Form) -> Result<Reply, AskError> {
        ask(server, question, form, self.limits.timeout).await
    }
}
