//! One indivisible write of a plan, when it may start, and what it is for.

use super::order::swap;
use dnsure_providers::{Change, SetChange};
use dnsure_zones::{Name, RecordKey};

/// One indivisible write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it changes; never empty. Where the provider writes single records, one record.
    pub changes: Vec<Change>,
    /// When it may start.
    pub start: Start,
    /// What it is for.
    pub purpose: Purpose,
}

/// When a step may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Start {
    /// When everything before it is served everywhere.
    #[default]
    Served,
    /// When the write before it was accepted: both add only, or both remove only, and are
    /// looked at together.
    AtOnce,
    /// Right after the write before it: between the two, something is missing, and a
    /// reviewer has accepted that.
    InGap,
    /// This many seconds after everything before it was served everywhere: until then
    /// caches may hold the old TTL.
    After {
        /// The wait.
        seconds: u32,
    },
}

impl Start {
    /// Whether it follows the write before it without a look at the servers.
    #[must_use]
    pub fn is_chained(self) -> bool {
        matches!(self, Self::AtOnce | Self::InGap)
    }
}

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To get to what the files declare.
    #[default]
    Change,
    /// To see that what is written gets served, before a live name is touched.
    Canary,
    /// To lower a TTL before a change.
    Lower,
    /// To bring a lowered TTL to what the files declare.
    Restore,
}

impl Step {
    /// A step towards the files that waits for what is before it.
    #[must_use]
    pub fn new(changes: Vec<Change>) -> Self {
        Self { changes, start: Start::Served, purpose: Purpose::Change }
    }

    /// A step of one record set.
    #[must_use]
    pub fn of_set(set: SetChange) -> Option<Self> {
        Some(Self::new(vec![Change::new(vec![set])?]))
    }

    /// The same step with another start.
    #[must_use]
    pub fn starting(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// The same step for another purpose.
    #[must_use]
    pub fn for_purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// Every record set it changes.
    pub fn sets(&self) -> impl Iterator<Item = &SetChange> {
        self.changes.iter().flat_map(Change::sets)
    }

    /// The keys of the record sets it changes.
    pub fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.sets().map(SetChange::key)
    }

    /// The owner names it changes.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.changes.iter().map(Change::name)
    }

    /// Whether it takes a record set away, or members out of one and brings none: others may
    /// have needed them. What takes the place of something else in the same write does not count.
    #[must_use]
    pub fn removes(&self) -> bool {
        let shrinks = |set: &SetChange| match (set.before(), set.after()) {
            (Some(_), None) => true,
            (Some(before), Some(after)) => {
                after.rdatas().len() < before.rdatas().len()
                    && after.rdatas().iter().all(|data| before.rdatas().contains(data))
            }
            _ => false,
        };
        self.changes.iter().any(|change| change.sets().iter().any(shrinks) && swap(change).is_none())
    }
}

/// What a row of steps changes from before the first to after the last, by owner name in
/// canonical order; what ends as it began is left out.
#[must_use]
pub fn net_changes<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<Change> {
    use std::collections::BTreeMap;
    type Ends<'a> = (Option<&'a dnsure_zones::RecordSet>, Option<&'a dnsure_zones::RecordSet>);
    let mut ends: BTreeMap<&RecordKey, Ends<'a>> = BTreeMap::new();
    for set in steps.into_iter().filter(|step| step.purpose != Purpose::Canary).flat_map(Step::sets) {
        ends.entry(set.key()).or_insert((set.before(), None)).1 = set.after();
    }
    let mut names: Vec<Vec<SetChange>> = Vec::new();
    for (before, after) in ends.into_values() {
        let Some(set) = net_change(before, after) else { continue };
        match names.last_mut() {
            Some(sets) if sets[0].key().name == set.key().name => sets.push(set),
            _ => names.push(vec![set]),
        }
    }
    names.into_iter().filter_map(Change::new).collect()
}

fn net_change(
    before: Option<&dnsure_zones::RecordSet>,
    after: Option<&dnsure_zones::RecordSet>,
) -> Option<SetChange> {
    SetChange::between(before.cloned(), after.cloned())
}
