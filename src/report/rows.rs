//! The lines of a plan, before they are laid out.

use crate::plan::caches::CacheView;
use crate::plan::guards::Guard;
use crate::plan::target::TargetPlan;
use crate::report::steps_text::staged_ttls;
use crate::report::words;
use dnsure_providers::{Change, SetChange};
use dnsure_zones::diagnostic::Position;
use dnsure_zones::{Name, RecordKey, RecordSet, Ttl};
use std::collections::BTreeMap;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Something new.
    Add,
    /// Something other.
    Change,
    /// Something gone.
    Destroy,
    /// Something left alone.
    Unmanaged,
}

impl Sign {
    /// The character in front of the line.
    #[must_use]
    pub fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Change => '~',
            Self::Destroy => '-',
            Self::Unmanaged => '!',
        }
    }
}

/// One line of a plan: raw text, to be made safe by whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub sign: Sign,
    /// The owner name inside the zone.
    pub name: String,
    /// The type, or both types of a swap.
    pub rtype: String,
    /// The old value, if any.
    pub before: Option<String>,
    /// The new value, if any.
    pub after: Option<String>,
    /// Where the file declares it.
    pub position: Option<Position>,
    /// TTLs, caches, settings.
    pub notes: Vec<String>,
}

/// How many lines of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// To add.
    pub add: usize,
    /// To change.
    pub change: usize,
    /// To destroy.
    pub destroy: usize,
    /// Left alone.
    pub unmanaged: usize,
}

impl Tally {
    /// Counts the rows of all targets.
    #[must_use]
    pub fn of(targets: &[TargetPlan]) -> Self {
        let mut tally = Self::default();
        for row in targets.iter().flat_map(rows) {
            match row.sign {
                Sign::Add => tally.add += 1,
                Sign::Change => tally.change += 1,
                Sign::Destroy => tally.destroy += 1,
                Sign::Unmanaged => tally.unmanaged += 1,
            }
        }
        tally
    }
}

/// The TTL under which each staged record set changes.
type Staged<'p> = BTreeMap<&'p RecordKey, Ttl>;

/// The rows of one target: changes in canonical order of their names, then what is left alone.
#[must_use]
pub fn rows(target: &TargetPlan) -> Vec<Row> {
    let changes = target.net_changes();
    let staged = staged_ttls(&target.steps);
    let mut rows: Vec<Row> = changes.iter().flat_map(|change| change_rows(target, change, &staged)).collect();
    rows.extend(target.unmanaged.iter().map(|set| Row {
        sign: Sign::Unmanaged,
        name: set.key.name.shown_in(&target.zone),
        rtype: type_of(set),
        before: Some(values(set)),
        after: None,
        position: None,
        notes: vec!["live, not in the files, never declared here: left alone".into()],
    }));
    rows
}

fn change_rows(target: &TargetPlan, change: &Change, staged: &Staged<'_>) -> Vec<Row> {
    let removed: Vec<&RecordSet> =
        change.sets().iter().filter(|set| set.after().is_none()).filter_map(SetChange::before).collect();
    let added: Vec<&RecordSet> =
        change.sets().iter().filter(|set| set.before().is_none()).filter_map(SetChange::after).collect();
    if removed.is_empty() || added.is_empty() {
        return change.sets().iter().map(|set| set_row(target, set, staged)).collect();
    }
    let join = |sets: &[&RecordSet], show: fn(&RecordSet) -> String| {
        sets.iter().map(|set| show(set)).collect::<Vec<_>>().join(", ")
    };
    let swap = Row {
        sign: Sign::Change,
        name: change.name().shown_in(&target.zone),
        rtype: format!("{} → {}", join(&removed, type_of), join(&added, type_of)),
        before: Some(join(&removed, values)),
        after: Some(join(&added, values)),
        position: added[0].position.clone(),
        notes: vec![
            swap_words(target, change),
            match removed.iter().filter_map(|set| staged.get(&set.key).copied()).max() {
                Some(stage) => staged_words(stage),
                None => format!("caches: old answer up to {}", words::seconds(longest_ttl(&removed))),
            },
        ],
    };
    let replaced = change.sets().iter().filter(|set| set.before().is_some() && set.after().is_some());
    std::iter::once(swap).chain(replaced.map(|set| set_row(target, set, staged))).collect()
}

/// How the types are swapped.
fn swap_words(target: &TargetPlan, change: &Change) -> String {
    let gap = target.guards.iter().any(|guard| match guard {
        Guard::Gap { gap, .. } => gap.name == *change.name(),
        _ => false,
    });
    match (gap, target.unit.swaps_types()) {
        (true, _) => "with a gap".into(),
        // Something is said about how this very name comes to be served.
        (false, true) if has_notice(target, change.name()) => "one write, with a notice".into(),
        (false, true) => "one write, no gap".into(),
        (false, false) => "added before removed".into(),
    }
}

fn has_notice(target: &TargetPlan, name: &Name) -> bool {
    let about = format!("{name}: ");
    target.notices.iter().any(|notice| notice.starts_with(&about))
}

fn longest_ttl(sets: &[&RecordSet]) -> u32 {
    sets.iter().map(|set| set.longest_ttl().as_secs()).max().unwrap_or(0)
}

fn set_row(target: &TargetPlan, set: &SetChange, staged: &Staged<'_>) -> Row {
    let (before, after) = (set.before(), set.after());
    let sign = match set {
        SetChange::Add(_) => Sign::Add,
        SetChange::Replace { .. } => Sign::Change,
        SetChange::Remove(_) => Sign::Destroy,
    };
    let mut notes = Vec::new();
    match (before, after) {
        (Some(before), Some(after)) => {
            if before.ttl != after.ttl && !before.has_mixed_ttls() {
                notes.push(format!("ttl {} → {}", before.ttl, after.ttl));
            }
            if before.has_mixed_ttls() {
                notes.push(format!("members with different TTLs → {}", after.ttl));
            }
            if before.settings != after.settings {
                let (old, new) = (setting_text(before), setting_text(after));
                notes.push(format!("settings {old} → {new}"));
            }
        }
        (None, Some(after)) => {
            notes.push(format!("ttl {}", after.ttl));
            if !after.settings.is_empty() {
                notes.push(format!("settings {}", setting_text(after)));
            }
        }
        _ => {}
    }
    notes.extend(match staged.get(set.key()) {
        Some(stage) => Some(staged_words(*stage)),
        None => target.caches.get(set.key()).and_then(|view| cache_words(*view)),
    });
    let same_values = matches!((before, after), (Some(a), Some(b)) if a.same_rdatas(b));
    Row {
        sign,
        name: set.key().name.shown_in(&target.zone),
        rtype: before.or(after).map(type_of).unwrap_or_default(),
        before: if same_values { None } else { before.map(values) },
        after: after.map(values),
        position: after.and_then(|set| set.position.clone()),
        notes,
    }
}

pub(super) fn type_of(set: &RecordSet) -> String {
    match &set.key.set_id {
        Some(id) => format!("{} ({id})", set.key.rtype),
        None => set.key.rtype.to_string(),
    }
}

pub(super) fn values(set: &RecordSet) -> String {
    if set.rdatas().is_empty() {
        return "made by the provider".into();
    }
    set.texts().collect::<Vec<_>>().join(", ")
}

pub(super) fn setting_text(set: &RecordSet) -> String {
    serde_json::to_string(&set.settings).unwrap_or_default()
}

fn staged_words(stage: Ttl) -> String {
    format!("caches: old answer up to {} after the change", words::seconds(stage.as_secs()))
}

fn cache_words(view: CacheView) -> Option<String> {
    match view {
        CacheView::Old(seconds) => Some(format!("caches: old answer up to {}", words::seconds(seconds))),
        CacheView::Absent(seconds) => {
            Some(format!("absent answers cached up to {}", words::seconds(seconds)))
        }
        CacheView::Wildcard(seconds) => {
            Some(format!("caches: the wildcard's answer up to {}", words::seconds(seconds)))
        }
        CacheView::Unknown => None,
    }
}
