//! Going on with an interrupted run, forward or back.

use super::entry::{Detours, Direction, Entry, Progress};
use crate::plan::TargetPlan;
use crate::plan::cut::halves;
use crate::plan::step::{Purpose, Start, Step};
use dnsure_providers::{Change, SetChange};
use dnsure_zones::RecordSet;

/// The steps of a run in its direction: all of the plan's, or the ones that may have been
/// written, reversed; split where the journal says so.
#[must_use]
pub fn steps_of(plan: &TargetPlan, progress: &Progress) -> Vec<Step> {
    let mut steps = plan.steps.clone();
    split(&mut steps, &progress.forward);
    if progress.direction == Direction::Back {
        let touched = progress.steps.unwrap_or(0).min(steps.len());
        let aside: Vec<usize> = progress.forward.aside.iter().map(|aside| aside.step).collect();
        steps = reversed(&steps[..touched], &aside);
        split(&mut steps, &progress.back);
    }
    steps
}

fn split(steps: &mut Vec<Step>, detours: &Detours) {
    for &step in &detours.splits {
        if let Some((first, second)) = steps.get(step).and_then(halves) {
            steps.splice(step..=step, [first, second]);
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

/// Steps that take back what `steps` do, the last one first; those `aside` were never done.
///
/// A canary is not written again: what is left of it is removed.
#[must_use]
pub fn reversed(steps: &[Step], aside: &[usize]) -> Vec<Step> {
    let mut back: Vec<Step> = Vec::with_capacity(steps.len());
    // How the step that is taken back next is bound to the one that was taken back before it.
    let mut start = Start::Served;
    for (index, step) in steps.iter().enumerate().rev() {
        let bound = if step.start.is_chained() { step.start } else { Start::Served };
        if aside.contains(&index) {
            if bound != Start::InGap {
                start = Start::Served;
            }
            continue;
        }
        if step.purpose == Purpose::Canary {
            back.extend(undo_canary(steps, index));
            start = Start::Served;
            continue;
        }
        back.push(Step {
            changes: step.changes.iter().rev().map(undo).collect(),
            start,
            purpose: step.purpose,
        });
        start = bound;
    }
    if let Some(first) = back.first_mut() {
        first.start = Start::Served;
    }
    back
}

/// What is left to do about a canary of which `steps` may have been written: its last step is
/// done again; where no more than the new text may be there, that is removed.
fn undo_canary(steps: &[Step], index: usize) -> Option<Step> {
    let canary = || steps.iter().filter(|step| step.purpose == Purpose::Canary);
    let removes_all = |step: &Step| step.sets().all(|set| set.after().is_none());
    let step = steps[index].clone().starting(Start::Served);
    if removes_all(&step) {
        return Some(step);
    }
    let is_first = index == 0 || steps[index - 1].purpose != Purpose::Canary;
    let is_young = canary().count() <= 2 && !canary().any(removes_all);
    let changes = step.changes.iter().map(Change::reversed).collect();
    (is_first && is_young).then_some(Step { changes, ..step })
}

/// The change that takes this one back. Members with different TTLs, which a change of a
/// whole set mended, come back with one TTL: no write of a whole set can bring back more.
fn undo(change: &Change) -> Change {
    let mends = |set: &SetChange| {
        set.before().is_some_and(RecordSet::has_mixed_ttls) && set.as_record_write().is_none()
    };
    let undone = change.sets().iter().map(|set| {
        if !mends(set) {
            return set.reversed();
        }
        let before = set.before().cloned().map(RecordSet::with_one_ttl);
        SetChange::between(set.after().cloned(), before).unwrap_or_else(|| set.reversed())
    });
    Change::new(undone.collect()).unwrap_or_else(|| change.reversed())
}
