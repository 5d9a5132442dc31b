//! What counts as declared at a target once a run is over: what the run did there and what it found done,
//! not whatever the files say by then.

use super::ignore::{IgnoreRule, Rules};
use super::inventory::Inventory;
use super::names::OwnerNames;
use super::ownership::{ignored_members, is_apex_ns, with_members};
use super::step::{Purpose, Step};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What a run wrote, each record set as it left it.
pub type Written = BTreeMap<RecordKey, Option<RecordSet>>;

/// What a run is about.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The owner names that it keeps to.
    pub names: OwnerNames,
    /// `ignore:` rules: what they cover is nobody's here.
    pub ignore: Vec<IgnoreRule>,
    /// Record sets that this run knows nothing about: what counted before counts still.
    pub open: BTreeSet<RecordKey>,
}

/// The end of a run. Zones are in the target's form.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// The zone.
    pub apex: &'a Name,
    /// What the files declare; `None` where nobody has read them.
    pub declared: Option<&'a Zone>,
    /// What is live, before or after what the run wrote; `None` where nobody knows.
    pub live: Option<&'a Zone>,
    /// What the run wrote.
    pub written: &'a Written,
}

/// What becomes of one entry of an inventory.
enum Entry {
    /// This was applied.
    Applied(RecordSet),
    /// What was noted before is all that is known.
    AsBefore,
    /// It does not count any more.
    Gone,
}

/// What steps wrote, those `aside` left out. On the way back only what could not be taken back counts:
/// the rest is as it was before the run.
#[must_use]
pub fn written(steps: &[Step], aside: &BTreeSet<usize>, back: bool) -> Written {
    let mut ends: BTreeMap<&RecordKey, Option<&RecordSet>> = BTreeMap::new();
    let mut counts: BTreeSet<&RecordKey> = BTreeSet::new();
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.purpose != Purpose::Canary) {
        let is_done = !aside.contains(&index);
        for set in step.sets() {
            let end = ends.entry(set.key()).or_insert(set.before());
            if is_done {
                *end = set.after();
            }
            if is_done != back {
                counts.insert(set.key());
            }
        }
    }
    ends.retain(|key, _| counts.contains(key));
    ends.into_iter().map(|(key, set)| (key.clone(), set.cloned())).collect()
}

impl Scope {
    /// What counts as declared after a run that ended like this, and what counted `before`.
    #[must_use]
    pub fn after(&self, mut before: Inventory, end: End<'_>) -> Inventory {
        let rules = Rules::new(&self.ignore, end.apex);
        let mut keys = before.keys().clone();
        keys.extend(end.declared.into_iter().flat_map(Zone::sets).map(|set| set.key()));
        keys.extend(end.written.keys().cloned());
        for key in &keys {
            if !self.names.cover(end.apex, &key.name) || self.open.contains(key) {
                continue;
            }
            match entry(key, end, &rules) {
                Entry::Applied(set) => before.note(&set),
                Entry::AsBefore => {}
                Entry::Gone => before.forget(key),
            }
        }
        before
    }
}

fn entry(key: &RecordKey, end: End<'_>, rules: &Rules<'_>) -> Entry {
    if rules.cover_set(&key.name, key.rtype) {
        return Entry::Gone;
    }
    let declared = end.declared.map(|zone| zone.get_key(key));
    let written = end.written.get(key);
    // So it is with nearly everything in a large zone.
    if let (Some(Some(set)), None, Some(live)) =
        (declared, written, end.live.and_then(|live| live.get_key(key)))
        && set.same(&live)
    {
        return Entry::Applied(set.to_set());
    }
    let declared = declared.map(|set| set.map(|set| set.to_set()));
    let live = match (written, end.live) {
        (Some(left), _) => Some(left.clone()),
        (None, Some(live)) => Some(live.get_key(key).map(|set| set.to_set())),
        (None, None) => None,
    };
    let own = live.as_ref().map(|live| live.as_ref().and_then(|set| own_members(set, rules)));
    match (declared, live, own) {
        (Some(Some(set)), Some(Some(live)), _) if is_held(&set, &live, rules) => Entry::Applied(set),
        // The files have changed since the plan was made, or were not read: what was applied counts.
        (_, _, Some(Some(own))) if written.is_some() => Entry::Applied(own),
        (_, _, Some(None)) if written.is_some() => Entry::Gone,
        // It was once declared: the next plan deletes it.
        (Some(None), _, Some(Some(_)) | None) if !is_the_zones(key, end.apex) => Entry::AsBefore,
        (Some(None), _, _) => Entry::Gone,
        // Declared and not applied, or nobody knows what is declared.
        (Some(Some(_)) | None, _, _) => Entry::AsBefore,
    }
}

/// Whether `live` is what the files declare, with whatever else is ignored there.
fn is_held(declared: &RecordSet, live: &RecordSet, rules: &Rules<'_>) -> bool {
    let foreign = foreign_members(live, rules);
    let members = declared.rdatas().iter().cloned().chain(foreign).collect();
    with_members(declared, members).same_but_serial(live)
}

/// The set without the members that are ignored; `None` where nothing else is in it.
fn own_members(set: &RecordSet, rules: &Rules<'_>) -> Option<RecordSet> {
    let foreign = foreign_members(set, rules);
    if foreign.is_empty() {
        return Some(set.clone());
    }
    let own: Vec<_> = set.rdatas().iter().filter(|data| !foreign.contains(data)).cloned().collect();
    (!own.is_empty()).then(|| with_members(set, own))
}

fn foreign_members(set: &RecordSet, rules: &Rules<'_>) -> Vec<Rdata> {
    ignored_members(rules, &set.key, set.rdatas().iter().map(Rdata::wire))
}

/// What belongs to the zone or its server as soon as no file declares it.
fn is_the_zones(key: &RecordKey, apex: &Name) -> bool {
    key.rtype.is_server_kept_unless_declared() || is_apex_ns(key, apex)
}

#[cfg(test)]
mod tests;
