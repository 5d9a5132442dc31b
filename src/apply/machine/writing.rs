//! What a read and a write came to: try, repeat, look later, go on.

use super::{Attempt, MAX_ATTEMPTS, Machine, State};
use crate::apply::effect::{Effect, Reading, Scope};
use crate::apply::entry::{Direction, Ended, Note};
use crate::apply::outcome::Aside;
use crate::plan::cut::halves;
use crate::plan::step::Step;
use dnsure_providers::SetChange;
use jiff::Timestamp;

impl Machine {
    pub(super) fn judge(&mut self, attempt: Attempt, reading: Reading, now: Timestamp) -> (State, Effect) {
        let Attempt { step, writes, in_doubt, looks, .. } = attempt;
        let back = self.direction == Direction::Back;
        // The write that was in doubt when the run turned: there it is, or it may still come.
        let turned = back && self.inherited;
        match reading {
            // What is not published yet would be taken for what was taken back.
            Reading::Before if self.behind => {
                self.behind = false;
                self.observe(Scope::Listed, now)
            }
            Reading::Before | Reading::After if self.wary && looks < 2 => {
                self.look_later(attempt, looks + 1, now)
            }
            Reading::Before if turned => self.intend(attempt),
            Reading::After if turned && looks < 2 => self.look_later(attempt, looks + 1, now),
            // A write of ours may still be under way, so that "not there" is believed after the
            // deadline only.
            Reading::Before if in_doubt && looks == 0 && !self.may_repeat(step) => {
                self.look_later(attempt, 1, now)
            }
            Reading::Before if looks == 1 => self.look_later(attempt, 2, now),
            // Two reads after the deadline of a provider that does not compare are as good as a
            // comparison: it did not happen.
            Reading::Before if writes >= MAX_ATTEMPTS => {
                let lost = self.lost.as_deref().unwrap_or("no answer");
                let reason =
                    format!("the write was tried {writes} times and did not happen; at last: {lost}");
                self.end_or_heal(step, self.failed(reason))
            }
            Reading::Before => self.intend(attempt),
            // On the way back, a step that never happened needs nothing.
            Reading::After if in_doubt || back => {
                (self.inherited, self.wary) = (false, false);
                let end = Ended::Found;
                (State::Noting(attempt, end.clone()), Effect::Append(Note::Wrote(step, end)))
            }
            Reading::After => {
                let line = "what the plan wants is live already; somebody else did it: plan again";
                self.end_or_heal(step, self.stale(vec![line.into()]))
            }
            Reading::Foreign(lines) => self.end_or_heal(step, self.stale(lines)),
            Reading::Depends(_) if self.steps.get(step).and_then(halves).is_some() => {
                (State::Splitting(step), Effect::Append(Note::Split(step)))
            }
            Reading::Depends(reason) => self.set_aside(Aside { step, reason, is_held: true }),
            Reading::Missing => self.end(self.failed("the provider has no such zone any more".into())),
        }
    }

    /// Whether a write whose answer was lost may be repeated at once: the provider compares, and
    /// no later step brings back what it compares with. Else a write that arrives late would do
    /// again what has been taken back since: a canary, a stand-in.
    pub(super) fn may_repeat(&self, step: usize) -> bool {
        let comes_again = |set: &SetChange| {
            let later = self.steps[step + 1..].iter().flat_map(Step::sets);
            later.filter(|other| other.key() == set.key()).any(|other| match (other.after(), set.before()) {
                (Some(then), Some(now)) => then.same_rdatas(now),
                (then, now) => then.is_none() && now.is_none(),
            })
        };
        self.compares && !self.steps[step].sets().any(comes_again)
    }

    pub(super) fn after_write(&mut self, attempt: Attempt, end: Ended, now: Timestamp) -> (State, Effect) {
        let step = attempt.step;
        match end {
            Ended::Accepted { .. } | Ended::Found => {
                self.lost = None;
                self.after_success(step, &end)
            }
            // It may be our own earlier write that the provider saw.
            Ended::Stale { reason } if attempt.in_doubt_before && attempt.writes < MAX_ATTEMPTS => {
                self.lost = Some(reason);
                (State::Reading(attempt), Effect::Read(step))
            }
            Ended::Stale { reason } => {
                self.forget_this_write();
                self.end_or_heal(step, self.stale(vec![reason]))
            }
            Ended::Refused { reason } => {
                self.forget_this_write();
                self.refused(step, reason)
            }
            Ended::Unknown { reason } => {
                self.lost = Some(reason);
                if self.compares {
                    return (State::Reading(attempt), Effect::Read(step));
                }
                self.look_later(attempt, 1, now)
            }
        }
    }

    /// The next step of a chain follows at once; else it is time to look at the servers.
    pub(super) fn after_success(&mut self, step: usize, end: &Ended) -> (State, Effect) {
        let next = step + 1;
        if !self.start_of(next).is_chained() || next >= self.steps.len() {
            return (State::Settling(step), Effect::Settle(step));
        }
        self.next = next;
        self.in_doubt = false;
        // Only what this process has just done is known without a look: the read before the first
        // step of a gap has compared what the others touch.
        let known = matches!(end, Ended::Accepted { .. }) && !self.compares && self.aside.is_empty();
        match (self.is_in_gap(next), known) {
            (true, true) => self.intend(Attempt::at(next)),
            (true, false) => self.read(next),
            // What this step touches was compared with nothing yet.
            (false, _) => self.check(),
        }
    }
}
