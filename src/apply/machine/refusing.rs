//! What a provider refuses: split it, set it aside, hold what builds on it.

use super::{MAX_REFUSALS, Machine, State};
use crate::apply::effect::Effect;
use crate::apply::entry::{Direction, Note};
use crate::apply::outcome::Aside;
use crate::plan::cut::halves;
use crate::plan::step::Purpose;
use crate::sabotage::{self, GuardName};

impl Machine {
    /// A refused write: inside a gap the run turns back; elsewhere what can be told apart from
    /// it goes on.
    pub(super) fn refused(&mut self, step: usize, reason: String) -> (State, Effect) {
        self.refusals += 1;
        let is_canary = self.steps.get(step).is_some_and(|step| step.purpose == Purpose::Canary);
        let others = self.steps.len() > 1 || self.written;
        if sabotage::is_off(GuardName::Isolation) {
            return self.end(self.failed(reason));
        }
        if self.is_in_gap(step) || is_canary || self.refusals > MAX_REFUSALS {
            return self.end_or_heal(step, self.failed(reason));
        }
        if self.steps.get(step).and_then(halves).is_some() {
            return (State::Splitting(step), Effect::Append(Note::Split(step)));
        }
        let aside = Aside { step, reason: reason.clone(), is_held: false };
        if others { self.set_aside(aside) } else { self.end(self.failed(reason)) }
    }

    /// How many steps are done that were not set aside and are no canary's.
    pub(super) fn steps_made(&self) -> usize {
        let is_made = |index: &usize| {
            let is_aside = self.aside.iter().any(|aside| aside.step == *index);
            !is_aside && self.steps[*index].purpose != Purpose::Canary
        };
        (0..self.next.min(self.steps.len())).filter(is_made).count()
    }

    pub(super) fn split(&mut self, step: usize) -> (State, Effect) {
        if let Some((first, second)) = self.steps.get(step).and_then(halves) {
            self.steps.splice(step..=step, [first, second]);
        }
        self.in_doubt = false;
        self.check()
    }

    pub(super) fn set_aside(&self, aside: Aside) -> (State, Effect) {
        (State::SettingAside(aside.clone()), Effect::Append(Note::SetAside(aside)))
    }

    /// The provider said that nothing changed: without earlier steps nothing is written.
    pub(super) fn forget_this_write(&mut self) {
        let others = self.steps_made() > 0 || self.direction == Direction::Back;
        self.written = others || self.in_doubt || self.lost.is_some();
    }
}
