//! What the prober's threads share: the watch list and everything seen.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::observation::{Observation, Outcome, Watch};
use super::report::{Absence, Example, Missing, Report, Seen};
use super::timeline::Timeline;
use crate::query::Form;

/// Examples kept of each sort.
const EXAMPLES: usize = 8;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    stopped: AtomicBool,
}

#[derive(Debug)]
pub(super) struct State {
    servers: Vec<SocketAddr>,
    started: Instant,
    watched: Arc<Vec<Watch>>,
    answers: BTreeMap<(usize, Form), u64>,
    missing: Missing,
    unanswered: Vec<u64>,
    missing_examples: Vec<Example>,
    unanswered_examples: Vec<Example>,
    timelines: BTreeMap<(usize, Watch), Timeline>,
    absences: BTreeMap<(usize, Watch), Absence>,
    marked: Instant,
    answers_since_mark: Vec<u64>,
    rounds_since_mark: Vec<u64>,
}

impl Shared {
    pub(super) fn new(servers: &[SocketAddr], forms: usize) -> Shared {
        let now = Instant::now();
        let state = State {
            servers: servers.to_vec(),
            started: now,
            watched: Arc::default(),
            answers: BTreeMap::new(),
            missing: Missing::default(),
            unanswered: vec![0; servers.len()],
            missing_examples: Vec::new(),
            unanswered_examples: Vec::new(),
            timelines: BTreeMap::new(),
            absences: BTreeMap::new(),
            marked: now,
            answers_since_mark: vec![0; servers.len()],
            rounds_since_mark: vec![0; servers.len() * forms],
        };
        Shared { state: Mutex::new(state), changed: Condvar::new(), stopped: AtomicBool::new(false) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn record(&self, watch: &Watch, observation: Observation) {
        self.lock().record(watch, observation);
        self.changed.notify_all();
    }

    /// A thread has asked for all names; it began at `since`.
    pub(super) fn round_done(&self, thread: usize, since: Instant) {
        let mut state = self.lock();
        if since >= state.marked {
            state.rounds_since_mark[thread] += 1;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until `lacking` says nothing is lacking.
    pub(super) fn wait_until(
        &self,
        timeout: Duration,
        lacking: impl Fn(&State) -> Option<String>,
    ) -> Result<(), String> {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        while let Some(what) = lacking(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("after {timeout:?}: {what}"));
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

impl State {
    pub(super) fn watched(&self) -> Arc<Vec<Watch>> {
        Arc::clone(&self.watched)
    }

    pub(super) fn watch(&mut self, watch: Watch) {
        if !self.watched.contains(&watch) {
            Arc::make_mut(&mut self.watched).push(watch);
        }
    }

    pub(super) fn forget(&mut self, watch: &Watch) {
        Arc::make_mut(&mut self.watched).retain(|other| other != watch);
    }

    pub(super) fn mark(&mut self) {
        self.marked = Instant::now();
        self.answers_since_mark.fill(0);
        self.rounds_since_mark.fill(0);
    }

    pub(super) fn missing(&self) -> Missing {
        self.missing
    }

    pub(super) fn declare(&mut self, names: &[(&str, u16)], served: Option<Instant>) {
        for (name, rtype) in names {
            for server in 0..self.servers.len() {
                let timeline = self.timelines.entry((server, Watch::new(name, *rtype)));
                timeline.or_default().declare(served);
            }
        }
    }

    pub(super) fn lacking_answers(&self, count: u64) -> Option<String> {
        let short = self.servers.iter().zip(&self.answers_since_mark).find(|(_, answers)| **answers < count);
        short.map(|(server, answers)| format!("{server} gave {answers} answers of {count}"))
    }

    pub(super) fn lacking_rounds(&self) -> Option<String> {
        let waiting = self.rounds_since_mark.iter().filter(|rounds| **rounds == 0).count();
        (waiting > 0).then(|| {
            format!("{waiting} of {} askers have not asked for all names", self.rounds_since_mark.len())
        })
    }

    fn record(&mut self, watch: &Watch, seen: Observation) {
        if !self.watched.contains(watch) {
            return;
        }
        let (started, server) = (self.started, self.servers[seen.server]);
        let example = |what: String| Example {
            at: seen.received.duration_since(started),
            server,
            question: watch.to_string(),
            form: seen.form,
            what,
        };
        let keep = |examples: &mut Vec<Example>, example: Example| {
            if examples.len() < EXAMPLES {
                examples.push(example);
            }
        };
        match seen.outcome {
            Outcome::Unanswered(error) => {
                self.unanswered[seen.server] += 1;
                keep(&mut self.unanswered_examples, example(error));
                return;
            }
            Outcome::Missing(lack, what) => {
                self.missing.count(lack);
                let at = seen.received.duration_since(started);
                let absence = self.absences.entry((seen.server, watch.clone()));
                let absence = absence.or_insert_with(|| Absence {
                    server,
                    question: watch.to_string(),
                    first: at,
                    last: at,
                    count: 0,
                });
                absence.last = absence.last.max(at);
                absence.count += 1;
                keep(&mut self.missing_examples, example(what));
            }
            Outcome::Present(records) => {
                let timeline = self.timelines.entry((seen.server, watch.clone())).or_default();
                timeline.record(records, seen.form, seen.sent, seen.received);
            }
        }
        *self.answers.entry((seen.server, seen.form)).or_default() += 1;
        if seen.sent >= self.marked {
            self.answers_since_mark[seen.server] += 1;
        }
    }

    pub(super) fn report(&self) -> Report {
        let mut report = Report {
            servers: self.servers.clone(),
            elapsed: self.started.elapsed(),
            answers: self
                .answers
                .iter()
                .map(|((server, form), count)| ((self.servers[*server], *form), *count))
                .collect(),
            missing: self.missing,
            unanswered: self.servers.iter().copied().zip(self.unanswered.iter().copied()).collect(),
            missing_examples: self.missing_examples.clone(),
            unanswered_examples: self.unanswered_examples.clone(),
            absences: self.absences.values().cloned().collect(),
            ..Report::default()
        };
        for ((server, watch), timeline) in &self.timelines {
            report.old_after_new += timeline.old_after_new;
            report.changes_after_served += timeline.changes_after_served;
            let addr = self.servers[*server];
            for (at, what) in &timeline.examples {
                report
                    .order_examples
                    .push(format!("{:?} {addr} {watch} {what}", at.duration_since(self.started)));
            }
            let seen = timeline.runs.iter().map(|run| Seen {
                records: timeline.records(run).to_vec(),
                first: run.first_received.duration_since(self.started),
                last: run.last_received.duration_since(self.started),
                count: run.count,
            });
            report.history.insert((addr, watch.name.clone(), watch.rtype), seen.collect());
        }
        report
    }
}
