//! The pure machine of one target's apply.
//!
//! [`Machine::on`] takes one event and the time and gives the next effect. It performs
//! nothing and reads no clock. One effect is outstanding at a time; its event carries the
//! effect's id, and an event with another id is ignored. Verdicts, not observations, come
//! in: what is fresh is judged by [`super::fresh`], what is served by `verify`.
//!
//! ```text
//! Locking ▶ Preparing ▶ (Creating) ▶ Checking ▶ (Resting) ▶ Reading ▶ Intending ▶ Fencing ▶ Writing ▶ Noting
//!                                       ▲                                ▲                              │
//!                                       │ next step                      │ next step of a gap           ▼
//!                                    Serving ◀ Observing ⇄ Waiting ◀─────┴──────────────────────── Settling
//! Checking ▶ (last step done) ▶ Observing all ▶ Closing ▶ Unlocking ▶ Finished
//! ```
//!
//! Four ways lead off the straight one. What is seen not to be served by the deadline, and
//! what fails inside an accepted gap, turns the run back (`Turning`): its steps are reversed
//! and carried out like any others. A refused write of several groups is split (`Splitting`),
//! and one that cannot be split is set aside (`SettingAside`), with whatever depends on it.
//! A phase that may not start yet is rested for, or ends the process and keeps the run open.
//!
//! | room | idea |
//! |---|---|
//! | `writing` | what a read and a write came to |
//! | `refusing` | splitting and setting aside |
//! | `observing` | looking until what was written is served |
//! | `turning` | going back |

mod observing;
mod refusing;
mod turning;
mod writing;

pub use super::effect::{Effect, EffectId, Event, Reading, Scope, Verdict};
pub use super::entry::Note;
use super::entry::{Closed, Direction, Ended, Progress};
pub use super::outcome::{Aside, Outcome};
pub use super::pace::Pace;
use crate::plan::step::{Purpose, Start, Step};
use jiff::{SignedDuration, Timestamp};

/// How often a write is tried whose answer was lost and that did not happen.
const MAX_ATTEMPTS: u32 = 3;

/// How often servers that lag are asked once the user wants to stop.
const PATIENT_ROUNDS: u32 = 4;

/// How many writes a provider may refuse before the run ends without trying more.
const MAX_REFUSALS: usize = 64;

/// How long a run rests before it renews its lock.
const NAP: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone, PartialEq)]
enum State {
    Locking,
    Preparing,
    NotingCreation,
    Creating,
    NotingCreated,
    Checking,
    /// Waiting for the time at which the next phase may start.
    /// Until the next phase may begin.
    Resting(Timestamp),
    Reading(Attempt),
    Intending(Attempt),
    /// The provider does not refuse every late write: the lock is looked at once more before it.
    Fencing(Attempt),
    Writing(Attempt),
    Noting(Attempt, Ended),
    /// The answer of a write without compare-and-swap was lost: waiting before a look.
    LookingLater(Attempt, u8),
    Settling(usize),
    Observing(Watch),
    Waiting(Watch),
    /// Observing takes long: the lock is renewed.
    Renewing(Watch),
    Serving(usize),
    Splitting(usize),
    SettingAside(Aside),
    Turning(Outcome, usize),
    Closing(Outcome),
    Unlocking(Outcome),
    Finished,
}

/// One step and how often it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Attempt {
    step: usize,
    writes: u32,
    /// A write of ours may have happened.
    in_doubt: bool,
    /// One before the last may have.
    in_doubt_before: bool,
    /// Reads since the answer was lost, for providers that do not compare.
    looks: u8,
}

impl Attempt {
    /// The first attempt at a step.
    fn at(step: usize) -> Self {
        Self { step, ..Self::default() }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Watch {
    scope: Scope,
    good: u32,
    /// Before this, good samples show nothing.
    tells_from: Timestamp,
    until: Timestamp,
    rounds: u32,
    last: Verdict,
}

/// The machine of one target.
#[derive(Debug, Clone)]
pub struct Machine {
    steps: Vec<Step>,
    direction: Direction,
    creates_zone: bool,
    pace: Pace,
    compares: bool,
    guards: bool,
    next: usize,
    in_doubt: bool,
    /// The doubt is about a write on the way forward, and the run goes back now.
    inherited: bool,
    /// The run goes back, and what was written last on the way forward was never seen served.
    behind: bool,
    /// A write was repeated while an earlier try could still take effect.
    repeated: bool,
    /// On the way back nothing was written yet: what was repeated may still take effect.
    wary: bool,
    /// How many steps were seen served, what was set aside included.
    seen: usize,
    written: bool,
    /// When the lock was last seen to be ours.
    locked_at: Timestamp,
    /// When everything before the next step was seen served.
    served_at: Option<Timestamp>,
    aside: Vec<Aside>,
    refusals: usize,
    /// Why the run was turned back.
    turned: Option<Box<Outcome>>,
    /// Why the last answer to a write was lost, until it is known what came of the write.
    lost: Option<String>,
    interrupted: bool,
    state: State,
    effect: EffectId,
}

impl Machine {
    /// A machine for `steps`, in the direction of the run, that goes on from `progress`.
    #[must_use]
    pub fn new(steps: Vec<Step>, creates_zone: bool, progress: &Progress, pace: Pace) -> Self {
        Self {
            steps,
            direction: progress.direction,
            // What was seen served stood in the zone: one that is gone since is not made a second time.
            creates_zone: creates_zone && progress.seen == 0 && progress.direction == Direction::Forward,
            pace,
            compares: false,
            guards: false,
            next: progress.next,
            in_doubt: progress.in_doubt,
            inherited: progress.inherited,
            behind: progress.behind && progress.direction == Direction::Back,
            repeated: progress.repeated,
            wary: progress.repeated && progress.direction == Direction::Back,
            seen: progress.seen,
            locked_at: Timestamp::MIN,
            written: progress.has_written(),
            served_at: progress.served_at,
            aside: progress.detours().aside.clone(),
            refusals: 0,
            turned: None,
            lost: None,
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

    /// The steps, in the direction of the run; they change when it turns or splits one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The direction of the run.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The steps that were set aside.
    #[must_use]
    pub fn aside(&self) -> &[Aside] {
        &self.aside
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
        if event == Event::Locked {
            self.locked_at = now;
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
            (State::Locking, Event::Reserved(by)) => self.end(Outcome::Reserved(by)),
            (State::Locking, Event::Unfinished(what)) => self.end(Outcome::Unfinished(what)),
            (State::Preparing, Event::Prepared { compares, guards }) => {
                self.compares = compares;
                self.guards = guards;
                if self.creates_zone { self.note_creation() } else { self.check() }
            }
            (State::NotingCreation, Event::Done) => (State::Creating, Effect::CreateZone),
            (State::Creating, Event::Done) => (State::NotingCreated, Effect::Append(Note::Created)),
            (State::NotingCreated, Event::Done) => {
                self.creates_zone = false;
                self.check()
            }
            (State::Checking, Event::Locked) => self.next_step(now),
            (State::Checking, Event::NotLocked(by)) => self.lost_lock(&by),
            (State::Resting(_), Event::Done) => self.check(),
            (State::Reading(attempt), Event::Read(reading)) => self.judge(attempt, reading, now),
            (State::Reading(attempt), Event::Failed(reason)) => {
                self.end_or_heal(attempt.step, self.failed(reason))
            }
            (State::Intending(attempt), Event::Done) if self.guards || self.is_in_gap(attempt.step) => {
                self.write(attempt)
            }
            (State::Intending(attempt), Event::Done) => (State::Fencing(attempt), Effect::CheckLock),
            (State::Fencing(attempt), Event::Locked) => self.write(attempt),
            (State::Fencing(_), Event::NotLocked(by)) => self.lost_lock(&by),
            (State::Writing(attempt), Event::Wrote(end)) => {
                (State::Noting(attempt, end.clone()), Effect::Append(Note::Wrote(attempt.step, end)))
            }
            (State::Noting(attempt, end), Event::Done) => self.after_write(attempt, end, now),
            (State::LookingLater(attempt, looks), Event::Done) => {
                let attempt = Attempt { looks, ..attempt };
                (State::Reading(attempt), Effect::Read(attempt.step))
            }
            (State::Settling(step), Event::Done) => self.observe(self.chain(step), now),
            (State::Observing(watch), Event::Asked(verdict)) => self.weigh(watch, verdict, now),
            (State::Waiting(watch), Event::Done) if now.duration_since(self.locked_at) > NAP => {
                (State::Renewing(watch), Effect::CheckLock)
            }
            (State::Waiting(watch), Event::Done) | (State::Renewing(watch), Event::Locked) => {
                let scope = watch.scope;
                (State::Observing(watch), Effect::Ask(scope))
            }
            (State::Renewing(_), Event::NotLocked(by)) => self.lost_lock(&by),
            (State::Serving(step), Event::Done) => {
                self.served_at = Some(now);
                self.seen = step + 1;
                self.go_past(step)
            }
            (State::Splitting(step), Event::Done) => self.split(step),
            (State::SettingAside(aside), Event::Done) => {
                let step = aside.step;
                self.aside.push(aside);
                self.go_past(step)
            }
            (State::Turning(why, touched), Event::Done) => self.turned_back(why, touched),
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

    /// Whoever took the lock over may be writing: nothing more is written. A run that has
    /// written nothing closes its journal, so that nobody has to finish it.
    fn lost_lock(&self, by: &str) -> (State, Effect) {
        let outcome = self.failed(format!("the lock was lost to {by}"));
        if self.written { (State::Finished, Effect::Finish(outcome)) } else { self.end(outcome) }
    }

    fn note_creation(&mut self) -> (State, Effect) {
        self.written = true;
        (State::NotingCreation, Effect::Append(Note::Creating))
    }

    fn check(&self) -> (State, Effect) {
        (State::Checking, Effect::CheckLock)
    }

    fn go_past(&mut self, step: usize) -> (State, Effect) {
        self.next = step + 1;
        let is_canary = |step: &Step| step.purpose == Purpose::Canary;
        let was_canary = self.steps.get(step).is_some_and(is_canary);
        if was_canary && !self.steps.get(self.next).is_some_and(is_canary) {
            // The canary is gone and seen to be: nothing that was there is touched.
            self.written = self.direction == Direction::Back;
        }
        self.in_doubt = false;
        self.check()
    }

    fn start_of(&self, step: usize) -> Start {
        self.steps.get(step).map_or(Start::Served, |step| step.start)
    }

    fn is_in_gap(&self, step: usize) -> bool {
        self.start_of(step) == Start::InGap
    }

    /// The steps that are looked at together when `last` is written.
    fn chain(&self, last: usize) -> Scope {
        let mut first = last;
        while first > 0 && self.start_of(first).is_chained() {
            first -= 1;
        }
        Scope::Steps(first, last)
    }

    fn next_step(&mut self, now: Timestamp) -> (State, Effect) {
        if self.next >= self.steps.len() {
            return self.observe(Scope::All, now);
        }
        if self.interrupted && !self.is_in_gap(self.next) {
            return self.end(self.stopped());
        }
        // The rest of a chain whose last steps were left out is looked at before what comes next.
        let unseen = |step: usize| self.aside.iter().all(|aside| aside.step != step);
        if !self.start_of(self.next).is_chained() && (self.seen..self.next).any(unseen) {
            let last = self.next - 1;
            return (State::Settling(last), Effect::Settle(last));
        }
        // Where nothing was written, no cache holds anything back.
        let written = self.next > self.aside.len();
        if let Start::After { seconds } = self.start_of(self.next)
            && !self.in_doubt
            && written
        {
            let served = self.served_at.unwrap_or(now);
            let ready = served.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(served);
            if ready > now {
                return self.rest(ready, now);
            }
        }
        self.read(self.next)
    }

    /// When the next phase may begin, while it is rested for.
    #[must_use]
    pub fn rests_until(&self) -> Option<Timestamp> {
        match self.state {
            State::Resting(ready) => Some(ready),
            _ => None,
        }
    }

    fn rest(&self, ready: Timestamp, now: Timestamp) -> (State, Effect) {
        if ready.duration_since(now) > self.pace.stay {
            return self.end(Outcome::Waiting { until: ready, done: self.next });
        }
        let nap = now.saturating_add(NAP).unwrap_or(now).min(ready);
        (State::Resting(ready), Effect::WaitUntil(nap))
    }

    fn read(&self, step: usize) -> (State, Effect) {
        let attempt = Attempt { in_doubt: self.in_doubt, ..Attempt::at(step) };
        (State::Reading(attempt), Effect::Read(step))
    }

    fn intend(&mut self, attempt: Attempt) -> (State, Effect) {
        // Two reads after the deadline: what was lost did not happen.
        let in_doubt_before = attempt.in_doubt && attempt.looks < 2 && !self.inherited;
        if attempt.looks >= 2 {
            self.lost = None;
        }
        self.repeated |= in_doubt_before;
        (self.inherited, self.wary) = (false, false);
        let writes = attempt.writes + 1;
        let attempt = Attempt { writes, in_doubt: true, in_doubt_before, looks: 0, ..attempt };
        (State::Intending(attempt), Effect::Append(Note::Intent(attempt.step)))
    }

    fn write(&mut self, attempt: Attempt) -> (State, Effect) {
        self.written = true;
        (State::Writing(attempt), Effect::Write(attempt.step))
    }

    /// Ends the run: closes the journal where nothing is left to do, gives the lock back.
    fn end(&self, outcome: Outcome) -> (State, Effect) {
        let closed = match (&outcome, self.direction) {
            (Outcome::Done, Direction::Forward) => Some(Closed::Applied),
            (Outcome::Done | Outcome::RolledBack { .. }, _) => Some(Closed::RolledBack),
            (Outcome::Partly { .. }, _) => Some(Closed::Partly),
            (Outcome::Waiting { .. }, _) => None,
            _ if !self.written => Some(Closed::Unchanged),
            _ => None,
        };
        match closed {
            Some(closed) => (State::Closing(outcome), Effect::Append(Note::Close(closed))),
            None => (State::Unlocking(outcome), Effect::Unlock),
        }
    }
}
