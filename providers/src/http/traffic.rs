//! What the calls to one account came to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The calls so far, each try counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Calls that change nothing.
    pub reads: u64,
    /// Calls that may change something.
    pub writes: u64,
    /// Of all these, those that repeated one that was turned away or lost.
    pub repeats: u64,
    /// Octets of the bodies sent.
    pub sent: u64,
    /// Octets of the bodies received.
    pub received: u64,
    /// How long calls were held back by the rate limit of the account, in milliseconds.
    pub held_back_ms: u64,
    /// How long answers took, in milliseconds.
    pub answered_ms: u64,
    /// How many seconds the server's clock was ahead of ours at its last answer with a date.
    pub clock_ahead_s: Option<i64>,
}

impl Traffic {
    /// Reads and writes.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.reads + self.writes
    }
}

/// The counters behind [`Traffic`].
#[derive(Debug, Default)]
pub(super) struct Meter {
    reads: AtomicU64,
    writes: AtomicU64,
    repeats: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    held_back_us: AtomicU64,
    answered_us: AtomicU64,
    clock_ahead_s: Mutex<Option<i64>>,
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Meter {
    pub(super) fn call(&self, is_read: bool, sent: usize, held_back: Duration) {
        add(if is_read { &self.reads } else { &self.writes }, 1);
        add(&self.sent, sent as u64);
        add(&self.held_back_us, micros(held_back));
    }

    pub(super) fn repeat(&self) {
        add(&self.repeats, 1);
    }

    pub(super) fn answer(&self, received: usize, took: Duration) {
        add(&self.received, received as u64);
        add(&self.answered_us, micros(took));
    }

    pub(super) fn dated(&self, ahead: i64) {
        *self.clock_ahead_s.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    }

    pub(super) fn so_far(&self) -> Traffic {
        let at = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            reads: at(&self.reads),
            writes: at(&self.writes),
            repeats: at(&self.repeats),
            sent: at(&self.sent),
            received: at(&self.received),
            held_back_ms: at(&self.held_back_us) / 1000,
            answered_ms: at(&self.answered_us) / 1000,
            clock_ahead_s: *self.clock_ahead_s.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}
