//! Going on with an interrupted run, forward or back.

use super::entry::{Direction, Entry, Progress};
use crate::plan::TargetPlan;
use crate::plan::steps::Step;
use dnsure_providers::Change;

/// The steps of a run in its direction: all of the plan's, or the ones that may have been
/// written, reversed.
#[must_use]
pub fn steps_of(plan: &TargetPlan, progress: &Progress) -> Vec<Step> {
    match progress.direction {
        Direction::Forward => plan.steps.clone(),
        Direction::Back => {
            let touched = progress.steps.unwrap_or(0).min(plan.steps.len());
            reversed(&plan.steps[..touched])
        }
    }
}

/// The entry that turns a forward run back; `None` when it goes back already.
#[must_use]
pub fn turn_back(progress: &Progress) -> Option<Entry> {
    match progress.direction {
        Direction::Forward => Some(Entry::TurnBack { steps: progress.touched_steps() }),
        Direction::Back => None,
    }
}

/// Steps that take back what `steps` do, the last one first.
#[must_use]
pub fn reversed(steps: &[Step]) -> Vec<Step> {
    steps
        .iter()
        .rev()
        .map(|step| Step { changes: step.changes.iter().rev().map(Change::reversed).collect() })
        .collect()
}
