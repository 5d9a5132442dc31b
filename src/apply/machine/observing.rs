//! Looking until what was written is served, or the patience ends.

use super::{Attempt, Machine, PATIENT_ROUNDS, State, Watch};
use crate::apply::effect::{Effect, Scope, Verdict};
use crate::apply::entry::{Direction, Note};
use crate::apply::outcome::{Aside, Outcome};
use jiff::{SignedDuration, Timestamp};

impl Machine {
    pub(super) fn look_later(&self, attempt: Attempt, looks: u8, now: Timestamp) -> (State, Effect) {
        // Inside a gap the first look comes at once: what is missing is missed now.
        let wait = match looks {
            1 if self.is_in_gap(attempt.step) => SignedDuration::ZERO,
            _ => self.pace.write_deadline,
        };
        let at = now.saturating_add(wait).unwrap_or(now);
        (State::LookingLater(attempt, looks), Effect::WaitUntil(at))
    }

    pub(super) fn observe(&self, scope: Scope, now: Timestamp) -> (State, Effect) {
        let patience = match scope {
            Scope::Steps(_, last) if self.is_in_gap(last) || self.may_add_unseen(last) => {
                self.pace.heal.min(self.pace.deadline)
            }
            Scope::Listed => self.pace.heal.min(self.pace.deadline),
            _ => self.pace.deadline,
        };
        let tells_from =
            if self.puts_back(scope) { now.saturating_add(patience).unwrap_or(now) } else { now };
        let until = tells_from.saturating_add(patience).unwrap_or(tells_from);
        let watch = Watch { scope, good: 0, tells_from, until, rounds: 0, last: Verdict::default() };
        (State::Observing(watch), Effect::Ask(scope))
    }

    /// Whether these steps put back what was taken away in a gap. A server that answers it may only
    /// have been slow: then it still has to show the gap, and what was put back after it, if that came
    /// to it at all.
    fn puts_back(&self, scope: Scope) -> bool {
        let Scope::Steps(first, last) = scope else { return false };
        self.direction == Direction::Back && (first..=last).any(|step| self.is_in_gap(step))
    }

    /// Whether the run goes back and what follows this step takes nothing away.
    pub(super) fn may_add_unseen(&self, last: usize) -> bool {
        let adds = self.steps.get(last + 1).is_some_and(|next| !next.removes());
        self.direction == Direction::Back && adds
    }

    pub(super) fn weigh(&mut self, watch: Watch, verdict: Verdict, now: Timestamp) -> (State, Effect) {
        let good = if verdict.is_met() { watch.good + 1 } else { 0 };
        if watch.scope == Scope::Listed && (good >= self.pace.samples || now >= watch.until) {
            return self.read(self.next);
        }
        let tells = now >= watch.tells_from;
        if good >= self.pace.samples && tells {
            return match watch.scope {
                Scope::Steps(_, last) => {
                    (State::Serving(last), Effect::Append(Note::Served { step: last, at: now }))
                }
                Scope::All | Scope::Listed => self.end(self.verified()),
            };
        }
        // Who wants to stop does not wait long for servers that lag.
        if (good == 0 && watch.rounds >= PATIENT_ROUNDS || !tells) && self.interrupted {
            return self.end(self.stopped());
        }
        if good == 0 && now >= watch.until {
            return self.not_served(watch.scope, verdict);
        }
        // Good samples follow each other quickly; bad ones back off up to 32 times.
        let factor = match good {
            0 => 1 << watch.rounds.min(5),
            _ if tells => 1,
            _ => 8,
        };
        let rounds = if good > 0 { 0 } else { watch.rounds + 1 };
        let wait = self.pace.between.saturating_mul(factor);
        let at = now.saturating_add(wait).unwrap_or(now);
        (State::Waiting(Watch { good, rounds, last: verdict, ..watch }), Effect::WaitUntil(at))
    }

    pub(super) fn verified(&self) -> Outcome {
        match &self.turned {
            _ if !self.aside.is_empty() && self.written => {
                Outcome::Partly { aside: self.aside.clone(), done: self.steps_made() }
            }
            _ if !self.aside.is_empty() => {
                // What refuses every part says the same of each, as a check of the whole file does.
                let mut reasons: Vec<&str> = Vec::new();
                for Aside { reason, .. } in self.aside.iter().filter(|aside| !aside.is_held) {
                    if !reasons.contains(&reason.as_str()) {
                        reasons.push(reason);
                    }
                }
                self.failed(reasons.join("; "))
            }
            Some(why) => Outcome::RolledBack { why: why.clone() },
            None => Outcome::Done,
        }
    }

    /// Seen not to be served is a reason to go back; not seen at all is none.
    pub(super) fn not_served(&mut self, scope: Scope, verdict: Verdict) -> (State, Effect) {
        let step = match scope {
            Scope::Steps(_, last) => Some(last),
            Scope::All | Scope::Listed => None,
        };
        // What is next only puts back: to wait for what has gone by itself would keep it away.
        if let Some(last) = step.filter(|last| self.may_add_unseen(*last)) {
            self.seen = last + 1;
            return self.go_past(last);
        }
        let is_seen = !verdict.unmet.is_empty();
        let outcome = Outcome::NotServed { step, verdict, done: self.next };
        if is_seen && self.pace.rolls_back && self.direction == Direction::Forward {
            let touched = step.map_or(self.steps.len(), |step| step + 1);
            return self.turn(outcome, touched);
        }
        self.end(outcome)
    }
}
