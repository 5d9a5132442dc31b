//! Turning a run back when what it wrote cannot stay.

use super::{Machine, State};
use crate::apply::effect::Effect;
use crate::apply::entry::{Direction, Note};
use crate::apply::outcome::Outcome;
use crate::apply::resume::reversed;
use crate::plan::step::Purpose;

impl Machine {
    /// Inside a gap nothing may stay as it is: what was taken away is put back.
    pub(super) fn end_or_heal(&mut self, step: usize, outcome: Outcome) -> (State, Effect) {
        let began = step > 0 && self.is_in_gap(step);
        if began && self.direction == Direction::Forward {
            return self.turn(outcome, step + 1);
        }
        let canary = self.steps.get(step).is_some_and(|one| one.purpose == Purpose::Canary);
        if canary && self.written && self.direction == Direction::Forward {
            return self.turn(outcome, step + 1);
        }
        self.end(outcome)
    }

    pub(super) fn turn(&self, why: Outcome, touched: usize) -> (State, Effect) {
        let note = Note::TurnBack { steps: touched };
        (State::Turning(why, touched), Effect::Append(note))
    }

    pub(super) fn turned_back(&mut self, why: Outcome, touched: usize) -> (State, Effect) {
        let aside: Vec<usize> = self.aside.drain(..).map(|aside| aside.step).collect();
        self.steps = reversed(&self.steps[..touched.min(self.steps.len())], &aside);
        self.direction = Direction::Back;
        self.next = 0;
        self.seen = 0;
        // A write whose answer was lost may still take effect on the way back.
        self.in_doubt = self.lost.take().is_some();
        self.inherited = self.in_doubt;
        // Who turns back in the run has looked until the deadline, or stands in a gap.
        self.behind = false;
        self.wary = self.repeated;
        self.written = true;
        self.turned = Some(Box::new(why));
        // In a gap every moment counts: the lock is ours, and the next look is the read.
        if self.steps.is_empty() { self.check() } else { self.read(0) }
    }
}
