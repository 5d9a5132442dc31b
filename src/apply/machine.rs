//! The pure machine of one target's apply.
//!
//! [`Machine::on`] takes one event and the time and gives the next effect. It performs
//! nothing and reads no clock. One effect is outstanding at a time; its event carries the
//! effect's id, and an event with another id is ignored. Verdicts, not observations, come
//! in: what is fresh is judged by [`super::fresh`], what is served by `verify`.
//!
//! ```text
//! Locking ▶ Preparing ▶ (Creating) ▶ Checking ▶ Reading ▶ Intending ▶ Writing ▶ Noting
//!                                       ▲                                         │
//!                                       │ next step                               ▼
//!                                    Serving ◀ Observing ⇄ Waiting ◀────────── Settling
//! Checking ▶ (last step done) ▶ Observing all ▶ Closing ▶ Unlocking ▶ Finished
//! ```

pub use super::entry::Note;
use super::entry::{Closed, Direction, Ended, Progress};
pub use super::pace::Pace;
use jiff::Timestamp;

/// The number of an effect.
pub type EffectId = u64;

/// What the driver shall do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Take the lock of the target.
    TakeLock,
    /// Check that the lock is still ours, and move its expiry.
    CheckLock,
    /// Make an entry durable.
    Append(Note),
    /// Find out what the provider really promises.
    Prepare,
    /// Create the zone.
    CreateZone,
    /// Read the target and compare it with this step.
    Read(usize),
    /// Carry out this step in one write, on what was just read.
    Write(usize),
    /// The backend's action after this step's write.
    Settle(usize),
    /// Ask every server about this.
    Ask(Scope),
    /// Come back at this time.
    WaitUntil(Timestamp),
    /// Give the lock back.
    Unlock,
    /// The run is over.
    Finish(Outcome),
}

/// What servers are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What one step touches.
    Step(usize),
    /// What all steps touch, on the union of all servers.
    All,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The lock is ours.
    Locked,
    /// Somebody else holds the lock, or it was lost.
    NotLocked(String),
    /// The entry is durable, the action is done, the lock is given back, the time has come.
    Done,
    /// The effect failed; the words say what and where.
    Failed(String),
    /// The provider's promise: whether it compares before it writes.
    Prepared {
        /// Whether writes are conditional.
        compares: bool,
    },
    /// What the read found.
    Read(Reading),
    /// How the write ended.
    Wrote(Ended),
    /// What the servers said.
    Asked(Verdict),
    /// The user wants to stop. May come at any time, with any id.
    Interrupt,
}

/// What is live, against one step.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Every touched value is as the step was made from.
    Before,
    /// Every touched value is as the step shall make it.
    After,
    /// Something else is there, or the step would now be illegal: one line each.
    Foreign(Vec<String>),
    /// The zone does not exist.
    Missing,
}

/// What a round of questions found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Answers that are not what they should be, one line each.
    pub unmet: Vec<String>,
    /// Servers that gave no answer that could be judged, one line each.
    pub unknown: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done and verified.
    Done,
    /// Somebody else holds the lock.
    Locked(String),
    /// What is live is not what the plan was made from; the lines say where.
    Stale {
        /// Both values of each difference.
        lines: Vec<String>,
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
    /// A write or a call failed.
    Failed {
        /// What and where.
        reason: String,
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
    /// Written, and not served everywhere by the deadline.
    NotServed {
        /// The step, or `None` for the final look at everything.
        step: Option<usize>,
        /// What was seen.
        verdict: Verdict,
        /// How many steps are done.
        done: usize,
    },
    /// Stopped on request between two steps.
    Interrupted {
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
}

/// How often a write is tried whose answer was lost and that did not happen.
const MAX_ATTEMPTS: u32 = 3;

/// How often servers that lag are asked once the user wants to stop.
const PATIENT_ROUNDS: u32 = 4;

#[derive(Debug, Clone, PartialEq)]
enum State {
    Locking,
    Preparing,
    NotingCreation,
    Creating,
    NotingCreated,
    Checking,
    Reading(Attempt),
    Intending(Attempt),
    Writing(Attempt),
    Noting(Attempt, Ended),
    /// The answer of a write without compare-and-swap was lost: waiting before a look.
    LookingLater(Attempt, u8),
    Settling(usize),
    Observing(Watch),
    Waiting(Watch),
    Serving(usize),
    Closing(Outcome),
    Unlocking(Outcome),
    Finished,
}

/// One step and how often it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attempt {
    step: usize,
    writes: u32,
    /// An earlier write of ours may have happened.
    in_doubt: bool,
    /// Reads since the answer was lost, for providers that do not compare.
    looks: u8,
}

#[derive(Debug, Clone, PartialEq)]
struct Watch {
    scope: Scope,
    good: u32,
    until: Timestamp,
    rounds: u32,
    last: Verdict,
}

/// The machine of one target.
#[derive(Debug, Clone)]
pub struct Machine {
    steps: usize,
    direction: Direction,
    creates_zone: bool,
    pace: Pace,
    compares: bool,
    next: usize,
    in_doubt: bool,
    written: bool,
    /// Why the last answer to a write was lost.
    lost: String,
    interrupted: bool,
    state: State,
    effect: EffectId,
}

impl Machine {
    /// A machine for `steps` steps that goes on from `progress`.
    #[must_use]
    pub fn new(steps: usize, creates_zone: bool, progress: &Progress, pace: Pace) -> Self {
        Self {
            steps: progress.steps.unwrap_or(steps),
            direction: progress.direction,
            creates_zone: creates_zone && progress.direction == Direction::Forward,
            pace,
            compares: false,
            next: progress.next,
            in_doubt: progress.in_doubt,
            written: progress.has_written(),
            lost: String::new(),
            interrupted: false,
            state: State::Locking,
            effect: 0,
        }
    }

    /// The first effect.
    pub fn start(&mut self) -> (EffectId, Effect) {
        self.effect += 1;
        (self.effect, Effect::TakeLock)
    }

    /// Whether the run is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// The number of steps that are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.next
    }

    /// Takes one event. Events for another effect than the outstanding one are ignored.
    pub fn on(&mut self, id: EffectId, event: Event, now: Timestamp) -> Option<(EffectId, Effect)> {
        if event == Event::Interrupt {
            self.interrupted = true;
            return None;
        }
        if id != self.effect || self.is_finished() {
            return None;
        }
        let state = std::mem::replace(&mut self.state, State::Finished);
        let (state, effect) = self.advance(state, event, now);
        self.state = state;
        self.effect += 1;
        Some((self.effect, effect))
    }

    fn advance(&mut self, state: State, event: Event, now: Timestamp) -> (State, Effect) {
        match (state, event) {
            (State::Locking, Event::Locked) => (State::Preparing, Effect::Prepare),
            (State::Locking, Event::NotLocked(by)) => {
                let outcome = Outcome::Locked(by);
                (State::Finished, Effect::Finish(outcome))
            }
            (State::Preparing, Event::Prepared { compares }) => {
                self.compares = compares;
                if self.creates_zone { self.note_creation() } else { self.check() }
            }
            (State::NotingCreation, Event::Done) => (State::Creating, Effect::CreateZone),
            (State::Creating, Event::Done) => (State::NotingCreated, Effect::Append(Note::Created)),
            (State::NotingCreated, Event::Done) => {
                self.creates_zone = false;
                self.check()
            }
            (State::Checking, Event::Locked) => self.next_step(now),
            (State::Checking, Event::NotLocked(by)) => {
                let reason = format!("the lock was lost to {by}");
                (State::Finished, Effect::Finish(self.failed(reason)))
            }
            (State::Reading(attempt), Event::Read(reading)) => self.judge(attempt, reading, now),
            (State::Intending(attempt), Event::Done) => {
                self.written = true;
                (State::Writing(attempt), Effect::Write(attempt.step))
            }
            (State::Writing(attempt), Event::Wrote(end)) => {
                (State::Noting(attempt, end.clone()), Effect::Append(Note::Wrote(attempt.step, end)))
            }
            (State::Noting(attempt, end), Event::Done) => self.after_write(attempt, end, now),
            (State::LookingLater(attempt, looks), Event::Done) => {
                let attempt = Attempt { looks, ..attempt };
                (State::Reading(attempt), Effect::Read(attempt.step))
            }
            (State::Settling(step), Event::Done) => self.observe(Scope::Step(step), now),
            (State::Observing(watch), Event::Asked(verdict)) => self.weigh(watch, verdict, now),
            (State::Waiting(watch), Event::Done) => {
                let scope = watch.scope;
                (State::Observing(watch), Effect::Ask(scope))
            }
            (State::Serving(step), Event::Done) => {
                self.next = step + 1;
                self.in_doubt = false;
                self.check()
            }
            (State::Closing(outcome), Event::Done) => (State::Unlocking(outcome), Effect::Unlock),
            // The run itself is over and well: a journal that cannot be closed or a lock that
            // cannot be given back is told, and what was done stays done.
            (State::Closing(outcome), Event::Failed(_)) => (State::Unlocking(outcome), Effect::Unlock),
            (State::Unlocking(outcome), _) => (State::Finished, Effect::Finish(outcome)),
            (State::Finished, _) => (State::Finished, Effect::Finish(self.stopped())),
            (_, Event::Failed(reason)) => self.end(self.failed(reason)),
            (state, event) => {
                let reason = format!("unexpected {event:?} while {state:?}; please report this");
                self.end(self.failed(reason))
            }
        }
    }

    fn failed(&self, reason: String) -> Outcome {
        Outcome::Failed { reason, done: self.next, written: self.written }
    }

    fn stale(&self, lines: Vec<String>) -> Outcome {
        Outcome::Stale { lines, done: self.next, written: self.written }
    }

    fn stopped(&self) -> Outcome {
        Outcome::Interrupted { done: self.next, written: self.written }
    }

    fn note_creation(&mut self) -> (State, Effect) {
        self.written = true;
        (State::NotingCreation, Effect::Append(Note::Creating))
    }

    fn check(&self) -> (State, Effect) {
        (State::Checking, Effect::CheckLock)
    }

    fn next_step(&mut self, now: Timestamp) -> (State, Effect) {
        if self.next >= self.steps {
            return self.observe(Scope::All, now);
        }
        if self.interrupted {
            return self.end(self.stopped());
        }
        let attempt = Attempt { step: self.next, writes: 0, in_doubt: self.in_doubt, looks: 0 };
        (State::Reading(attempt), Effect::Read(attempt.step))
    }

    fn judge(&mut self, attempt: Attempt, reading: Reading, now: Timestamp) -> (State, Effect) {
        let Attempt { step, writes, in_doubt, looks } = attempt;
        // An earlier process died with a write under way at a provider that does not compare: it
        // may still take effect, so that "not there" is believed after the deadline only.
        let under_way = in_doubt && writes == 0 && looks == 0 && !self.compares;
        let back = self.direction == Direction::Back;
        match reading {
            Reading::Before if under_way => self.look_later(attempt, 1, now),
            Reading::After if back && (under_way || looks == 1) => self.look_later(attempt, looks + 1, now),
            Reading::Before if looks == 1 => self.look_later(attempt, 2, now),
            // Two reads after the deadline of a provider that does not compare are as good as a
            // comparison: it did not happen.
            Reading::Before if writes >= MAX_ATTEMPTS => {
                let lost = &self.lost;
                let reason =
                    format!("the write was tried {writes} times and did not happen; at last: {lost}");
                self.end(self.failed(reason))
            }
            Reading::Before => {
                let attempt = Attempt { writes: writes + 1, in_doubt: true, looks: 0, step };
                (State::Intending(attempt), Effect::Append(Note::Intent(step)))
            }
            // On the way back, a step that never happened needs nothing.
            Reading::After if in_doubt || back => {
                let end = Ended::Found;
                (State::Noting(attempt, end.clone()), Effect::Append(Note::Wrote(step, end)))
            }
            Reading::After => {
                let line = "what the plan wants is live already; somebody else did it: plan again";
                self.end(self.stale(vec![line.into()]))
            }
            Reading::Foreign(lines) => self.end(self.stale(lines)),
            Reading::Missing => self.end(self.failed("the provider has no such zone any more".into())),
        }
    }

    fn after_write(&mut self, attempt: Attempt, end: Ended, now: Timestamp) -> (State, Effect) {
        let step = attempt.step;
        match end {
            Ended::Accepted { .. } | Ended::Found => (State::Settling(step), Effect::Settle(step)),
            Ended::Stale { reason } => {
                self.forget_this_write();
                self.end(self.stale(vec![reason]))
            }
            Ended::Refused { reason } => {
                self.forget_this_write();
                self.end(self.failed(reason))
            }
            Ended::Unknown { reason } => {
                self.lost = reason;
                if self.compares {
                    return (State::Reading(attempt), Effect::Read(step));
                }
                self.look_later(attempt, 1, now)
            }
        }
    }

    /// The provider said that nothing changed: without earlier steps nothing is written.
    fn forget_this_write(&mut self) {
        self.written = self.next > 0 || self.in_doubt || self.direction == Direction::Back;
    }

    fn look_later(&self, attempt: Attempt, looks: u8, now: Timestamp) -> (State, Effect) {
        let at = now.saturating_add(self.pace.write_deadline).unwrap_or(now);
        (State::LookingLater(attempt, looks), Effect::WaitUntil(at))
    }

    fn observe(&self, scope: Scope, now: Timestamp) -> (State, Effect) {
        let until = now.saturating_add(self.pace.deadline).unwrap_or(now);
        let watch = Watch { scope, good: 0, until, rounds: 0, last: Verdict::default() };
        (State::Observing(watch), Effect::Ask(scope))
    }

    fn weigh(&mut self, watch: Watch, verdict: Verdict, now: Timestamp) -> (State, Effect) {
        let good = if verdict.unmet.is_empty() && verdict.unknown.is_empty() { watch.good + 1 } else { 0 };
        if good >= self.pace.samples {
            return match watch.scope {
                Scope::Step(step) => (State::Serving(step), Effect::Append(Note::Served(step))),
                Scope::All => self.end(Outcome::Done),
            };
        }
        // Who wants to stop does not wait long for servers that lag.
        if good == 0 && self.interrupted && watch.rounds >= PATIENT_ROUNDS {
            return self.end(self.stopped());
        }
        if good == 0 && now >= watch.until {
            let step = match watch.scope {
                Scope::Step(step) => Some(step),
                Scope::All => None,
            };
            return self.end(Outcome::NotServed { step, verdict, done: self.next });
        }
        // Good samples follow each other quickly; bad ones back off up to 32 times.
        let factor = if good > 0 { 1 } else { 1 << watch.rounds.min(5) };
        let rounds = if good > 0 { 0 } else { watch.rounds + 1 };
        let wait = self.pace.between.saturating_mul(factor);
        let at = now.saturating_add(wait).unwrap_or(now);
        (State::Waiting(Watch { good, rounds, last: verdict, ..watch }), Effect::WaitUntil(at))
    }

    /// Ends the run: closes the journal where nothing is left to do, gives the lock back.
    fn end(&self, outcome: Outcome) -> (State, Effect) {
        let closed = match (&outcome, self.direction) {
            (Outcome::Done, Direction::Forward) => Some(Closed::Applied),
            (Outcome::Done, Direction::Back) => Some(Closed::RolledBack),
            _ if !self.written => Some(Closed::Unchanged),
            _ => None,
        };
        match closed {
            Some(closed) => (State::Closing(outcome), Effect::Append(Note::Close(closed))),
            None => (State::Unlocking(outcome), Effect::Unlock),
        }
    }
}
