//! What an open rollout holds while it waits for its next phase: its names, not the zone.

use super::entry::{Direction, Progress};
use super::resume::steps_of;
use crate::plan::TargetPlan;
use crate::plan::step::{Purpose, Start, Step};
use dnsure_zones::{Name, RecordKey, RecordSet};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A rollout that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The run that began it.
    pub run: String,
    /// When it may go on.
    pub until: Timestamp,
    /// What the next phase is for.
    pub next: Purpose,
    /// How many steps are done, and of how many.
    pub done: (usize, usize),
    /// The record sets of the phases to come: as they are meant to be now, and at the end.
    sets: BTreeMap<RecordKey, Ends>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ends {
    now: Option<RecordSet>,
    end: Option<RecordSet>,
}

impl Reservation {
    /// The reservation of `run`, where its next step is one that waits for time to pass.
    #[must_use]
    pub fn of(run: &str, plan: &TargetPlan, progress: &Progress) -> Option<Self> {
        if progress.closed.is_some() || progress.in_doubt || progress.direction == Direction::Back {
            return None;
        }
        let steps = steps_of(plan, progress);
        let next = steps.get(progress.next)?;
        let Start::After { seconds } = next.start else { return None };
        let served = progress.served_at?;
        let mut sets: BTreeMap<RecordKey, Ends> = BTreeMap::new();
        for set in steps[progress.next..].iter().flat_map(Step::sets) {
            let first = || Ends { now: set.before().cloned(), end: None };
            sets.entry(set.key().clone()).or_insert_with(first).end = set.after().cloned();
        }
        Some(Self {
            run: run.to_owned(),
            until: served.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(served),
            next: next.purpose,
            done: (progress.next, steps.len()),
            sets,
        })
    }

    /// Whether `name` is held.
    #[must_use]
    pub fn holds(&self, name: &Name) -> bool {
        self.sets.keys().any(|key| key.name == *name)
    }

    /// The record sets that are held.
    pub fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.sets.keys()
    }

    /// Whether the files still want for `key` what the rollout leads to, and live is what its
    /// phase left: then nothing but the rollout is to be done about it.
    #[must_use]
    pub fn covers(&self, key: &RecordKey, live: Option<&RecordSet>, desired: Option<&RecordSet>) -> bool {
        self.sets.get(key).is_some_and(|ends| ends.now.as_ref() == live && ends.end.as_ref() == desired)
    }

    /// Why another run may not touch `name`.
    #[must_use]
    pub fn refusal(&self, name: &Name, target: &impl std::fmt::Display) -> String {
        format!(
            "{name} is held by the open rollout {} of {target}: it goes on at {} with `dnsure apply --resume`, or is taken back with `dnsure rollback`",
            self.run, self.until
        )
    }
}
