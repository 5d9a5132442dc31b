//! What must hold at every instant, told by itself: it knows the plan, and shares no code with
//! what looks at servers while a plan is applied.

use crate::world::{SERVERS, Shot, number_of};
use dnsure::apply::resume::reversed;
use dnsure::plan::guards::Guard;
use dnsure::plan::step::{Purpose, Start, Step};
use dnsure::plan::union::may_coexist;
use dnsure::plan::{TargetPlan, legal};
use dnsure_providers::{Change, SetChange};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Zone};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a plan promises.
#[derive(Debug)]
struct Rules {
    /// Answered before and after.
    stays: Vec<(Name, RecordType)>,
    /// Every state of each record set on the way.
    states: BTreeMap<RecordKey, Vec<Option<RecordSet>>>,
    /// Every state of the whole zone on the way; `None` where steps may be left out.
    way: Option<BTreeSet<u64>>,
    /// Names with an accepted gap.
    gaps: BTreeSet<Name>,
    changes: Vec<Change>,
    /// What each record set is in the end.
    ends: BTreeMap<RecordKey, RecordSet>,
    /// What is staged: as it was, and the TTL it changes under.
    patience: BTreeMap<RecordKey, (RecordSet, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Oracle {
    rules: Rc<Rules>,
    /// Names whose accepted gap is open, and until when it may still be seen.
    pub(crate) open: BTreeMap<Name, Option<Timestamp>>,
    /// Names from which the provider itself has taken something.
    excused: BTreeSet<Name>,
    /// Record sets that others change.
    foreign: BTreeSet<RecordKey>,
    /// Since when each server has served the lowered TTL.
    low_since: BTreeMap<(RecordKey, usize), Option<Timestamp>>,
    /// What is staged and has not changed yet.
    was_old: BTreeSet<RecordKey>,
    /// Records reach the servers one by one: two of an accepted gap may meet there.
    pub(crate) mixes: bool,
    /// What was wrong.
    pub(crate) wrongs: Vec<String>,
    /// How often it looked.
    pub(crate) looks: usize,
}

impl Oracle {
    /// For a run that leaves nothing out: the zone is a state on the plan's way always.
    pub(crate) fn strict(start: &Zone, plan: &TargetPlan) -> Self {
        Self::new(start, plan, true)
    }

    /// For a run of which the provider may refuse a part.
    pub(crate) fn lenient(start: &Zone, plan: &TargetPlan) -> Self {
        Self::new(start, plan, false)
    }

    fn new(start: &Zone, plan: &TargetPlan, strict: bool) -> Self {
        let end = legal::after(start, plan.changes()).unwrap();
        let mut stays = BTreeSet::new();
        for set in start.sets() {
            let (name, rtype) = (set.name(), set.rtype());
            if legal::is_answered(&end, &name, rtype) {
                stays.insert((name, rtype));
            }
        }
        let gaps = plan.guards.iter().filter_map(|guard| match guard {
            Guard::Gap { gap, .. } => Some(gap.name.clone()),
            _ => None,
        });
        let mut states: BTreeMap<RecordKey, Vec<Option<RecordSet>>> = BTreeMap::new();
        for set in plan.steps.iter().flat_map(Step::sets) {
            let known = states.entry(set.key().clone()).or_default();
            known.extend([set.before().cloned(), set.after().cloned()]);
        }
        let back = reversed(&plan.steps, &[]);
        let mut way = BTreeSet::from([number_of(start)]);
        way.extend(numbers(start, &plan.steps));
        way.extend(numbers(&end, &back));
        let gap_names: BTreeSet<Name> = gaps.collect();
        let mut patience = patience(plan);
        // In an accepted gap a record set is away even while its TTL is lowered.
        patience.retain(|key, _| start.get_key(key).is_some() && !gap_names.contains(&key.name));
        let was_old = patience.keys().cloned().collect();
        let rules = Rules {
            patience,
            ends: end.sets().map(|set| (set.key(), set.to_set())).collect(),
            stays: stays.into_iter().collect(),
            states,
            way: strict.then_some(way),
            gaps: gap_names,
            changes: plan.changes().cloned().collect(),
        };
        Self {
            rules: Rc::new(rules),
            open: BTreeMap::new(),
            excused: BTreeSet::new(),
            foreign: BTreeSet::new(),
            low_since: BTreeMap::new(),
            was_old,
            mixes: false,
            wrongs: Vec::new(),
            looks: 0,
        }
    }

    /// A write goes out whose neighbour is in the same gap.
    pub(crate) fn open_gap<'a>(&mut self, names: impl Iterator<Item = &'a Name>) {
        self.open
            .extend(names.filter(|name| self.rules.gaps.contains(name)).map(|name| (name.clone(), None)));
    }

    /// dnsure says that these names are served. What was written before is published by `until`:
    /// a server that has seen neither end of the gap yet shows it still.
    pub(crate) fn close_gap<'a>(&mut self, names: impl Iterator<Item = &'a Name>, until: Timestamp) {
        for name in names {
            if let Some(open) = self.open.get_mut(name) {
                *open = Some(until);
            }
        }
    }

    /// What is missing here is the provider's doing.
    pub(crate) fn excuse(&mut self, name: &Name) {
        self.excused.insert(name.clone());
    }

    /// Somebody else changes this record set.
    pub(crate) fn allow(&mut self, key: &RecordKey) {
        self.foreign.insert(key.clone());
        self.excused.insert(key.name.clone());
    }

    /// What a server answers from.
    pub(crate) fn see(&mut self, server: usize, view: &Shot, now: Timestamp) {
        self.looks += 1;
        for key in self.rules.patience.keys() {
            let ttl = view.zone.get_key(key).map(|set| set.ttl());
            let high = ttl.is_none_or(|ttl| ttl.as_secs() > self.rules.patience[key].1);
            let at = self.low_since.entry((key.clone(), server)).or_insert(None);
            *at = if high { None } else { at.or(Some(now)) };
        }
        self.open.retain(|_, until| until.is_none_or(|until| until > now));
        for (name, rtype) in &self.rules.stays {
            if !legal::is_answered(&view.zone, name, *rtype)
                && !self.open.contains_key(name)
                && !self.excused.contains(name)
            {
                self.wrongs.push(format!("{now}: {name} {rtype} is missing at a server"));
            }
        }
        self.side_by_side(&view.zone, now, "a server");
    }

    /// What the provider holds.
    pub(crate) fn hold(&mut self, rows: &Shot, now: Timestamp) {
        self.looks += 1;
        self.side_by_side(&rows.zone, now, "the provider");
        self.not_too_early(&rows.zone, now);
        let foreign = &self.foreign;
        for (key, states) in self.rules.states.iter().filter(|(key, _)| !foreign.contains(key)) {
            let live = rows.zone.get_key(key).map(|set| set.to_set());
            if !states.contains(&live) {
                self.wrongs.push(format!("{now}: {key} is in no state of the plan: {live:?}"));
            }
        }
        let way = self.rules.way.as_ref().filter(|_| foreign.is_empty());
        if way.is_some_and(|way| !way.contains(&rows.number)) {
            self.wrongs.push(format!("{now}: the zone is in no state on the plan's way"));
        }
    }

    /// What is staged changes once no cache holds its old TTL: each server has served the lowered
    /// one for so long.
    fn not_too_early(&mut self, rows: &Zone, now: Timestamp) {
        for (key, (old, _)) in &self.rules.patience {
            let live = rows.get_key(key).map(|set| set.to_set());
            let end = self.rules.ends.get(key);
            let is_new = |data: &Rdata| {
                !old.rdatas().contains(data) && end.is_some_and(|end| end.rdatas().contains(data))
            };
            let is_old = live.as_ref().is_some_and(|live| !live.rdatas().iter().any(is_new));
            if is_old || !self.was_old.contains(key) {
                continue;
            }
            self.was_old.remove(key);
            let patience = SignedDuration::from_secs(old.longest_ttl().as_secs().into());
            for server in 0..SERVERS {
                let since = self.low_since.get(&(key.clone(), server)).copied().flatten();
                if since.is_none_or(|since| now < since + patience) {
                    self.wrongs.push(format!(
                        "{now}: {key} changes while caches hold its old TTL (server {server})"
                    ));
                }
            }
        }
    }

    fn side_by_side(&mut self, zone: &Zone, now: Timestamp, place: &str) {
        let mixes = |name: &Name| self.mixes && self.rules.gaps.contains(name);
        for change in self.rules.changes.iter().filter(|change| !mixes(change.name())) {
            if let Err(illegal) = legal::check_names(zone, std::slice::from_ref(change)) {
                self.wrongs.push(format!("{now}: {place}: {illegal}"));
            }
            for key in change.sets().iter().map(SetChange::key) {
                let Some(set) = zone.get_key(key).map(|set| set.to_set()) else { continue };
                if !may_coexist(key, &set.rdatas().iter().collect::<Vec<_>>()) {
                    self.wrongs.push(format!("{now}: {place}: {key} holds records that exclude each other"));
                }
            }
        }
    }

    pub(crate) fn assert_right(&self, what: &str) {
        assert!(self.wrongs.is_empty(), "{what}:\n{}", self.wrongs.join("\n"));
    }
}

/// The record sets whose TTL is lowered before they change.
fn patience(plan: &TargetPlan) -> BTreeMap<RecordKey, (RecordSet, u32)> {
    let waits = plan.steps.iter().any(|step| matches!(step.start, Start::After { .. }));
    let mut found: BTreeMap<RecordKey, (RecordSet, u32)> = BTreeMap::new();
    for set in plan.steps.iter().filter(|step| waits && step.purpose == Purpose::Lower).flat_map(Step::sets) {
        let Some(before) = set.before() else { continue };
        // What leaves or comes in the first phase is not staged.
        let lowered = set.after().map_or(u32::MAX, |after| after.longest_ttl().as_secs());
        let (_, low) = found.entry(set.key().clone()).or_insert((before.clone(), lowered));
        *low = lowered;
    }
    let low = plan.staged_under;
    found.retain(|_, (before, after)| {
        *after = low.map_or(*after, |low| low.as_secs());
        before.longest_ttl().as_secs() > *after
    });
    found
}

/// The states after each step.
fn numbers(from: &Zone, steps: &[Step]) -> Vec<u64> {
    let mut zone = from.clone();
    let mut found = Vec::new();
    for step in steps {
        // A canary that is not there any more is not removed again.
        let gone =
            step.purpose == Purpose::Canary && step.sets().all(|set| zone.get_key(set.key()).is_none());
        if !(gone && step.sets().all(|set| set.after().is_none())) {
            zone = legal::after(&zone, &step.changes).unwrap();
        }
        found.push(number_of(&zone));
    }
    found
}
