//! What the panel is at one moment, and how its writes leave for the servers.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::Call;
use super::personality::Behaviour;
use super::protocol::{End, undone};
use super::rows::Store;
use crate::publish::{Op, Publisher};

/// What does not change while the panel runs.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) token: String,
    pub(super) unit: String,
    pub(super) compare: String,
    pub(super) records: Option<usize>,
    pub(super) publishes_within: Option<u32>,
    pub(super) ttl: Option<(u32, u32)>,
    pub(super) types: Vec<String>,
    pub(super) page: usize,
    pub(super) servers: Vec<SocketAddr>,
}

/// What is to be published later.
#[derive(Debug)]
pub(super) struct Job {
    due: Instant,
    zone: String,
    ops: Vec<Op>,
    servers: usize,
    row_by_row: bool,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) stores: Vec<Store>,
    pub(super) behaviour: Behaviour,
    pub(super) publishers: Vec<Publisher>,
    pub(super) calls: Vec<Call>,
    pub(super) troubles: Vec<String>,
    pub(super) later: Vec<Job>,
    pub(super) stopped: bool,
}

impl State {
    /// The answer of a write that was carried out, unless this one gets lost.
    pub(super) fn answered(&self, end: End) -> End {
        if self.behaviour.loses_answer() { End::Close } else { end }
    }

    /// Publishes as this panel's personality has it.
    pub(super) fn publish(&mut self, store: usize, ops: &[Op], row_by_row: bool) {
        let zone = self.stores[store].apex.clone();
        let servers = self.behaviour.served(self.publishers.len());
        let due = Instant::now() + self.behaviour.delay().unwrap_or_default();
        let job = Job { due, zone, ops: ops.to_vec(), servers, row_by_row };
        if let Some(time) = self.behaviour.drops_after() {
            let drop = Job { due: due + time, ops: undone(ops), zone: job.zone.clone(), ..job };
            self.later.push(drop);
        }
        if self.behaviour.delay().is_some() { self.later.push(job) } else { self.carry_out(&job) }
    }

    fn carry_out(&mut self, job: &Job) {
        if job.ops.is_empty() {
            return;
        }
        let publishers = self.publishers.iter_mut().take(job.servers);
        let troubles: Vec<String> = thread::scope(|scope| {
            let all: Vec<_> = publishers
                .map(|publisher| scope.spawn(|| publisher.publish(&job.zone, &job.ops, job.row_by_row)))
                .collect();
            let ends = all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a panic".into())));
            ends.filter_map(Result::err).collect()
        });
        // As panels do: the answer says nothing of it.
        self.troubles.extend(troubles);
    }
}

/// The state, shared by the threads of one panel.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(state: State) -> Shared {
        Shared { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something may be due earlier now, or the panel stops.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Publishes what is due, until the panel stops.
    pub(super) fn publish_later(&self) {
        let mut state = self.lock();
        while !state.stopped {
            let next = (0..state.later.len()).min_by_key(|index| state.later[*index].due);
            let now = Instant::now();
            state = match next.map(|index| (index, state.later[index].due)) {
                Some((index, due)) if due <= now => {
                    let job = state.later.remove(index);
                    state.carry_out(&job);
                    state
                }
                Some((_, due)) => {
                    let waited = self.changed.wait_timeout(state, due - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
