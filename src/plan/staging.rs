//! A change with a lowered TTL: lower, wait until the old TTL has passed, change, restore.
//!
//! One plan of three phases. What is not staged does not wait: additions and replacements
//! go with the first phase, removals with the second, since what is staged may still point
//! to what is removed.

use super::caches::longest_in_cache;
use super::step::Purpose;
use dnsure_providers::{Change, SetChange};
use dnsure_zones::{RecordKey, RecordSet, Ttl};
use std::collections::BTreeMap;

/// Which TTL is served while a record set changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staging {
    /// What files say of single record sets (`ttl: {stage: 60}`).
    pub of: BTreeMap<RecordKey, Ttl>,
    /// For all others that change (`--stage-ttl 60`).
    pub all: Option<Ttl>,
}

/// Changes that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// What they are for.
    pub purpose: Purpose,
    /// How many seconds after the phase before was served this one may start.
    pub wait: u32,
    /// The changes, in canonical order, never empty.
    pub changes: Vec<Change>,
}

/// Cuts `changes` into phases; one where nothing is staged.
#[must_use]
pub fn phases(changes: Vec<Change>, staging: &Staging) -> Vec<Phase> {
    let (mut lower, mut change, mut restore) = (Vec::new(), Vec::new(), Vec::new());
    let mut wait = 0;
    for one in changes {
        match Staged::of(&one, staging) {
            Some(staged) => {
                wait = wait.max(staged.wait);
                lower.extend(staged.lower);
                change.extend(staged.change);
                restore.extend(staged.restore);
            }
            None if one.sets().iter().all(|set| set.after().is_none()) => change.push(one),
            None => lower.push(one),
        }
    }
    if wait == 0 && restore.is_empty() {
        lower.append(&mut change);
        lower.sort_by(|a, b| a.name().cmp(b.name()));
        let only = Phase { purpose: Purpose::Change, wait: 0, changes: lower };
        return Some(only).filter(|phase| !phase.changes.is_empty()).into_iter().collect();
    }
    [(Purpose::Lower, 0, lower), (Purpose::Change, wait, change), (Purpose::Restore, 0, restore)]
        .into_iter()
        .filter(|(.., changes)| !changes.is_empty())
        .map(|(purpose, wait, changes)| Phase { purpose, wait, changes })
        .collect()
}

struct Staged {
    lower: Option<Change>,
    change: Option<Change>,
    restore: Option<Change>,
    wait: u32,
}

impl Staged {
    /// `None` when nothing at this name is staged, or nothing but TTLs and additions changes.
    fn of(change: &Change, staging: &Staging) -> Option<Self> {
        let own = change.sets().iter().find_map(|set| staging.of.get(set.key()).copied());
        let stage = own.or(staging.all)?;
        let matters = |set: &SetChange| match (set.before(), set.after()) {
            (Some(before), Some(after)) => !before.same_rdatas(after),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if !change.sets().iter().any(matters) {
            return None;
        }
        let capped = |set: &RecordSet| at_most(set, stage);
        let (mut lower, mut middle, mut restore) = (Vec::new(), Vec::new(), Vec::new());
        let mut wait = 0;
        for set in change.sets() {
            let low_before = set.before().map(capped);
            let low_after = set.after().map(capped);
            if let Some(before) = set.before()
                && before.longest_ttl() > stage
            {
                wait = wait.max(longest_in_cache(before.longest_ttl().as_secs()));
            }
            lower.extend(SetChange::between(set.before().cloned(), low_before.clone()));
            middle.extend(SetChange::between(low_before, low_after.clone()));
            restore.extend(SetChange::between(low_after, set.after().cloned()));
        }
        Some(Self {
            lower: Change::new(lower),
            change: Change::new(middle),
            restore: Change::new(restore),
            wait,
        })
    }
}

fn at_most(set: &RecordSet, stage: Ttl) -> RecordSet {
    let mut low = set.clone().with_one_ttl();
    low.ttl = set.ttl.min(stage);
    low
}
