//! Writes of any number of names, cut at safe borders where the target has limits.
//!
//! A name is never split. A delegation, its DS and its glue stay together, as does
//! whatever a new DNAME takes with it. Additions go first, what others point to before
//! what points; removals go last, the other way round.

use super::step::Step;
use dnsure_providers::guarantee::Limits;
use dnsure_providers::{Change, SetChange, Size};
use dnsure_zones::{Name, RecordType};

/// A group of changes larger than one write may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the changes at {name} take {} records and {} octets, more than one write of this provider holds; make the change in smaller parts",
    size.records,
    size.octets
)]
pub struct TooLarge {
    /// The first owner name of the group.
    pub name: Name,
    /// How large they are.
    pub size: Size,
}

/// What goes first: what others point to before what points, and removals the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    AddTargets,
    AddPointers,
    Replace,
    RemovePointers,
    RemoveTargets,
}

struct Group {
    phase: Phase,
    changes: Vec<Change>,
    size: Size,
}

/// The two halves of a step that are writes of their own, cut where nothing that must stay
/// together is torn; `None` where there is no such place.
#[must_use]
pub fn halves(step: &Step) -> Option<(Step, Step)> {
    let mut changes = step.changes.clone();
    changes.sort_by(|a, b| a.name().cmp(b.name()));
    let mut groups = group(changes);
    if groups.len() < 2 {
        return None;
    }
    groups.sort_by_key(|group| group.phase);
    let rest = groups.split_off(groups.len() / 2);
    let gather = |groups: Vec<Group>| groups.into_iter().flat_map(|group| group.changes).collect();
    let (first, second) = (gather(groups), gather(rest));
    Some((Step { changes: first, ..step.clone() }, Step::new(second).for_purpose(step.purpose)))
}

/// Cuts `changes` (in canonical order) into steps.
///
/// # Errors
/// [`TooLarge`] when a group that must stay whole exceeds the limits.
pub fn cut(changes: Vec<Change>, limits: Limits) -> Result<Vec<Step>, TooLarge> {
    let mut groups = group(changes);
    let all = groups.iter().map(|group| group.size).fold(Size::default(), Size::and);
    if limits.hold(&all) {
        let changes: Vec<Change> = groups.into_iter().flat_map(|group| group.changes).collect();
        return Ok(if changes.is_empty() { Vec::new() } else { vec![Step::new(changes)] });
    }
    groups.sort_by_key(|group| group.phase);
    let mut steps: Vec<Step> = Vec::new();
    let mut filled = Size::default();
    for group in groups {
        if !limits.hold(&group.size) {
            return Err(TooLarge { name: group.changes[0].name().clone(), size: group.size });
        }
        match steps.last_mut() {
            Some(step) if limits.hold(&filled.and(group.size)) => {
                step.changes.extend(group.changes);
                filled = filled.and(group.size);
            }
            _ => {
                filled = group.size;
                steps.push(Step::new(group.changes));
            }
        }
    }
    Ok(steps)
}

/// Puts together what must not be split. Canonical order keeps a subtree together, so
/// one pass is enough.
fn group(changes: Vec<Change>) -> Vec<Group> {
    let mut groups: Vec<(Option<Name>, Vec<Change>)> = Vec::new();
    for change in changes {
        if let Some((Some(cut), group)) = groups.last_mut()
            && change.name().is_at_or_below(cut)
        {
            group.push(change);
            continue;
        }
        let cuts = change.sets().iter().any(|set| {
            matches!(set.key().rtype, RecordType::DNAME | RecordType::DS)
                || (set.key().rtype == RecordType::NS)
        });
        groups.push((cuts.then(|| change.name().clone()), vec![change]));
    }
    groups
        .into_iter()
        .map(|(_, changes)| Group {
            phase: phase(&changes),
            size: changes.iter().map(Change::size).fold(Size::default(), Size::and),
            changes,
        })
        .collect()
}

fn phase(changes: &[Change]) -> Phase {
    phase_of(changes.iter().flat_map(Change::sets))
}

/// The phase of a write of these record sets.
pub(super) fn phase_of<'a>(sets: impl Iterator<Item = &'a SetChange> + Clone) -> Phase {
    let sets = || sets.clone();
    let points = sets().any(|set| {
        matches!(
            set.key().rtype,
            RecordType::CNAME
                | RecordType::DNAME
                | RecordType::NS
                | RecordType::MX
                | RecordType::SRV
                | RecordType::SVCB
                | RecordType::HTTPS
                | RecordType::PTR
        )
    });
    let adds = sets().all(|set| set.before().is_none());
    let removes = sets().all(|set| set.after().is_none());
    match (adds, removes, points) {
        (true, _, false) => Phase::AddTargets,
        (true, _, true) => Phase::AddPointers,
        (_, true, true) => Phase::RemovePointers,
        (_, true, false) => Phase::RemoveTargets,
        _ => Phase::Replace,
    }
}
