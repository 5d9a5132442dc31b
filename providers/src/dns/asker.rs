//! Many questions with manners: bounded, paced, backing off.

use super::ask::ask_from;
use super::ports::Ports;
use super::{AskError, Form, Question, Reply};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The slowest pace after time-outs.
const SLOWEST: Duration = Duration::from_secs(1);

/// How many questions of a [`Line`] leave from one port on loopback: enough that the ports cost next to nothing,
/// few enough that many ports reach the server. Elsewhere questions are paced, and each has its own.
const QUESTIONS_A_PORT: u32 = 16;

/// How much an [`Asker`] asks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLimits {
    /// Questions under way in total.
    pub in_flight: usize,
    /// Questions under way per server address.
    pub in_flight_per_server: usize,
    /// Questions started per second and server address; loopback has no such limit.
    pub per_second: u32,
    /// How long to wait for one answer.
    pub timeout: Duration,
}

impl Default for AskLimits {
    fn default() -> Self {
        Self { in_flight: 256, in_flight_per_server: 32, per_second: 100, timeout: Duration::from_secs(2) }
    }
}

/// Asks servers, shared by everything that asks: the limits hold over all of it.
#[derive(Debug)]
pub struct Asker {
    limits: AskLimits,
    total: Semaphore,
    lanes: Mutex<HashMap<SocketAddr, Arc<Lane>>>,
}

/// What is under way to one server address.
#[derive(Debug)]
struct Lane {
    in_flight: Arc<Semaphore>,
    /// `None` on loopback.
    pace: Option<Mutex<Pace>>,
}

/// When the next question may start.
#[derive(Debug)]
struct Pace {
    usual: Duration,
    interval: Duration,
    next: Option<Instant>,
}

impl Asker {
    /// An asker that keeps to `limits`; a limit of nothing counts as one.
    #[must_use]
    pub fn new(limits: AskLimits) -> Self {
        Self { limits, total: Semaphore::new(limits.in_flight.max(1)), lanes: Mutex::default() }
    }

    /// How many questions one server address is asked at once: more lanes than these wait.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.limits.in_flight_per_server.max(1)
    }

    /// As [`ask()`](super::ask()), when it is this question's turn.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask(&self, server: SocketAddr, question: &Question, form: Form) -> Result<Reply, AskError> {
        self.line(server).ask(question, form).await
    }

    /// A line to one server, for many different questions one after the other.
    #[must_use]
    pub fn line(&self, server: SocketAddr) -> Line<'_> {
        let lane = self.lane(server);
        let each = if lane.pace.is_some() { 1 } else { QUESTIONS_A_PORT };
        Line { asker: self, lane, ports: Ports::new(server, each), turn: None }
    }

    async fn turn(&self, lane: &Lane) -> Turn<'_> {
        let at_server = Arc::clone(&lane.in_flight).acquire_owned().await.ok();
        if let Some(start) = lane.paced(|pace| pace.slot(Instant::now())) {
            tokio::time::sleep_until(start).await;
        }
        Turn { _at_server: at_server, _in_total: self.total.acquire().await.ok() }
    }

    fn lane(&self, server: SocketAddr) -> Arc<Lane> {
        let paced = !server.ip().is_loopback();
        // Off loopback the limit holds for the address, whatever the port.
        let key = if paced { SocketAddr::new(server.ip(), 0) } else { server };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(key).or_insert_with(|| {
            let usual = Duration::from_secs(1) / self.limits.per_second.max(1);
            Arc::new(Lane {
                in_flight: Arc::new(Semaphore::new(self.limits.in_flight_per_server.max(1))),
                pace: paced.then(|| Mutex::new(Pace { usual, interval: usual, next: None })),
            })
        });
        lane.clone()
    }
}

/// Asks one server one question after the other. On loopback some of them leave from one port, in the
/// same form: the samples of one question need a line each.
///
/// A line has its place among what is under way as long as its port is open, so that there are never more
/// ports than questions allowed at once.
#[derive(Debug)]
pub struct Line<'a> {
    asker: &'a Asker,
    lane: Arc<Lane>,
    ports: Ports,
    turn: Option<Turn<'a>>,
}

/// The right to ask. Neither semaphore is ever closed, so both always give their permit.
#[derive(Debug)]
struct Turn<'a> {
    _at_server: Option<OwnedSemaphorePermit>,
    _in_total: Option<SemaphorePermit<'a>>,
}

impl Line<'_> {
    /// As [`ask()`](super::ask()), when it is this question's turn.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask(&mut self, question: &Question, form: Form) -> Result<Reply, AskError> {
        if !self.ports.has(form) {
            self.ports.close();
            self.turn = None;
            self.turn = Some(self.asker.turn(&self.lane).await);
        }
        let result = ask_from(&mut self.ports, question, form, self.asker.limits.timeout).await;
        if !self.ports.has(form) {
            self.turn = None;
        }
        self.lane.paced(|pace| match &result {
            Err(AskError::Timeout { .. }) => pace.timed_out(),
            Ok(reply) if reply.truncated => pace.truncated(),
            Ok(_) => pace.answered(),
            Err(_) => {}
        });
        result
    }
}

impl Lane {
    fn paced<T>(&self, act: impl FnOnce(&mut Pace) -> T) -> Option<T> {
        let pace = self.pace.as_ref()?;
        Some(act(&mut pace.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Pace {
    /// Takes the next free place in the row.
    fn slot(&mut self, now: Instant) -> Instant {
        let start = self.next.map_or(now, |next| next.max(now));
        self.next = Some(start + self.interval);
        start
    }

    fn timed_out(&mut self) {
        self.interval = (self.interval * 2).min(SLOWEST.max(self.usual));
    }

    /// Servers that limit rates answer with TC; so do large sets, hence not more than half the pace.
    fn truncated(&mut self) {
        self.interval = self.interval.max(self.usual * 2);
    }

    fn answered(&mut self) {
        self.interval = (self.interval / 2).max(self.usual);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_start_one_after_the_other_and_slow_down_after_time_outs() {
        let usual = Duration::from_millis(10);
        let mut pace = Pace { usual, interval: usual, next: None };
        let now = Instant::now();
        let at = |start: Instant| start.duration_since(now).as_millis();
        assert_eq!([at(pace.slot(now)), at(pace.slot(now)), at(pace.slot(now))], [0, 10, 20]);
        pace.timed_out();
        pace.timed_out();
        assert_eq!([at(pace.slot(now)), at(pace.slot(now))], [30, 70]);
        for _ in 0..20 {
            pace.timed_out();
        }
        assert_eq!(pace.interval, SLOWEST);
        for _ in 0..20 {
            pace.answered();
        }
        assert_eq!(pace.interval, usual);
        let later = now + Duration::from_secs(60);
        assert_eq!(pace.slot(later), later);
    }

    #[test]
    fn only_addresses_off_loopback_are_paced() {
        let asker = Asker::new(AskLimits::default());
        assert!(asker.lane(SocketAddr::from(([127, 0, 0, 1], 53))).pace.is_none());
        assert!(asker.lane(SocketAddr::from(([192, 0, 2, 1], 53))).pace.is_some());
        let (one, other) = (SocketAddr::from(([192, 0, 2, 1], 53)), SocketAddr::from(([192, 0, 2, 1], 54)));
        assert!(Arc::ptr_eq(&asker.lane(one), &asker.lane(other)));
    }
}
