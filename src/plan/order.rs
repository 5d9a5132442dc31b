//! From changes to steps, by what one write of the target takes.
//!
//! | unit | one step is |
//! |---|---|
//! | zone batch, whole zone, staged | as many names as the limits allow ([`super::cut`]) |
//! | owner name | one name |
//! | record set | one record set |
//! | record; create and delete | one record ([`super::record_path`]) |
//!
//! Where a step is less than all, additions come first, what others point to before what
//! points; then what is replaced; removals last, the other way round. Where nothing avoids
//! that something is missing for a moment, the steps are put in the order that keeps the
//! moment short, and a [`Gap`] says so: nobody applies it without having accepted it.

use super::cut::{Phase, TooLarge, cut, phase_of};
use super::record_path::{Hop, NoPath, Skill, record_path};
use super::staging::{Staging, phases};
use super::step::{Start, Step};
use crate::sabotage::{self, GuardName};
use dnsure_providers::guarantee::WriteUnit;
use dnsure_providers::{Change, Guarantee, SetChange};
use dnsure_zones::{Name, Rdata, RecordKey, RecordType};
use std::collections::BTreeMap;

/// What files name to be served while a record is away to get another TTL.
pub type StandIns = BTreeMap<RecordKey, Rdata>;

/// The most additions (or removals) that are looked at together.
const CHAIN: usize = 50;

/// A moment in which data is missing that is there before and after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// The owner name.
    pub name: Name,
    /// The types that are missing.
    pub missing: Vec<RecordType>,
}

/// Steps in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ordered {
    /// The writes.
    pub steps: Vec<Step>,
    /// What no order of them avoids.
    pub gaps: Vec<Gap>,
}

/// Why changes cannot be put into steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOrder {
    /// More than one write holds.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// No row of single writes; each record set that has none.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    NoPath(Vec<NoPath>),
}

/// What files say about the way from old to new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Served while a record is away to get another TTL.
    pub stand_ins: StandIns,
    /// TTLs to change under.
    pub staging: Staging,
}

/// Puts `changes` (in canonical order) into phases and each phase into steps.
///
/// # Errors
/// [`NoOrder`].
pub fn arrange(changes: Vec<Change>, guarantee: &Guarantee, hints: &Hints) -> Result<Ordered, NoOrder> {
    if sabotage::is_off(GuardName::Gapless) {
        return Ok(Ordered { steps: careless(&changes, guarantee), gaps: Vec::new() });
    }
    let mut all = Ordered::default();
    for phase in phases(changes, &hints.staging) {
        let Ordered { steps, gaps } = order(phase.changes, guarantee, &hints.stand_ins)?;
        all.gaps.extend(gaps);
        for (index, mut step) in steps.into_iter().enumerate() {
            if index == 0 && phase.wait > 0 {
                step.start = Start::After { seconds: phase.wait };
            }
            all.steps.push(step.for_purpose(phase.purpose));
        }
    }
    all.gaps.sort();
    all.gaps.dedup();
    Ok(all)
}

/// Puts `changes` (in canonical order) into steps.
///
/// # Errors
/// [`NoOrder`] for the first change that cannot be made.
pub fn order(changes: Vec<Change>, guarantee: &Guarantee, stand_ins: &StandIns) -> Result<Ordered, NoOrder> {
    if guarantee.unit.is_whole() {
        return Ok(Ordered { steps: cut(changes, guarantee.limits)?, gaps: Vec::new() });
    }
    let mut gaps = Vec::new();
    let mut pieces = Vec::new();
    let mut pathless = Vec::new();
    for change in &changes {
        match pieces_of(change, guarantee, stand_ins, &mut gaps) {
            Ok(found) => pieces.extend(found),
            Err(NoOrder::NoPath(found)) => pathless.extend(found),
            Err(too_large) => return Err(too_large),
        }
    }
    if !pathless.is_empty() {
        return Err(NoOrder::NoPath(pathless));
    }
    pieces.sort_by_key(|piece| (piece.phase, piece.rank));
    Ok(Ordered { steps: join(pieces), gaps })
}

/// What dnsure never does: everything old away, then everything new.
fn careless(changes: &[Change], guarantee: &Guarantee) -> Vec<Step> {
    let mut steps = Vec::new();
    for set in changes.iter().flat_map(Change::sets) {
        let away = set.before().cloned().map(SetChange::Remove);
        let back = set.after().cloned().map(SetChange::Add);
        for half in away.into_iter().chain(back) {
            if guarantee.unit.is_record() {
                let hops = record_path(half.before(), half.after(), Skill::CreatesAndDeletes, None);
                steps.extend(steps_of_hops(hops.unwrap_or_default()));
            } else {
                steps.extend(Step::of_set(half));
            }
        }
    }
    steps
}

/// Steps that follow each other without another in between.
struct Piece {
    phase: Phase,
    rank: u8,
    steps: Vec<Step>,
}

impl Piece {
    /// Steps that make the changes `goal`.
    fn new(goal: &[SetChange], steps: Vec<Step>) -> Self {
        let phase = phase_of(goal.iter());
        // A DS stands only beside NS records.
        let is_signer = goal.iter().all(|set| set.key().rtype == RecordType::DS);
        match (is_signer, phase) {
            (true, Phase::AddTargets) => Self { phase: Phase::AddPointers, rank: 1, steps },
            (true, Phase::RemoveTargets) => Self { phase: Phase::RemovePointers, rank: 0, steps },
            _ => Self { phase, rank: u8::from(phase == Phase::RemovePointers), steps },
        }
    }
}

fn pieces_of(
    change: &Change,
    guarantee: &Guarantee,
    stand_ins: &StandIns,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Piece>, NoOrder> {
    if guarantee.unit == WriteUnit::OwnerName {
        check_size(std::slice::from_ref(change), guarantee)?;
        return Ok(vec![Piece::new(change.sets(), vec![Step::new(vec![change.clone()])])]);
    }
    if let Some(gap) = swap(change) {
        gaps.push(gap);
        let mut steps = Vec::new();
        let removed = change.sets().iter().filter(|set| set.after().is_none());
        let rest = change.sets().iter().filter(|set| set.after().is_some());
        for set in removed.chain(rest) {
            steps.extend(steps_of_set(set, guarantee, stand_ins, gaps)?);
        }
        for step in steps.iter_mut().skip(1) {
            step.start = Start::InGap;
        }
        return Ok(vec![Piece { phase: Phase::Replace, rank: 0, steps }]);
    }
    let mut pieces = Vec::new();
    for set in change.sets() {
        pieces.push(Piece::new(std::slice::from_ref(set), steps_of_set(set, guarantee, stand_ins, gaps)?));
    }
    Ok(pieces)
}

fn check_size(changes: &[Change], guarantee: &Guarantee) -> Result<(), NoOrder> {
    cut(changes.to_vec(), guarantee.limits)?;
    Ok(())
}

fn steps_of_set(
    set: &SetChange,
    guarantee: &Guarantee,
    stand_ins: &StandIns,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Step>, NoOrder> {
    let skill = match guarantee.unit {
        WriteUnit::Record => Skill::Edits,
        WriteUnit::CreateAndDelete => Skill::CreatesAndDeletes,
        _ => {
            let steps: Vec<Step> = Step::of_set(set.clone()).into_iter().collect();
            check_size(steps.first().map_or(&[], |step| &step.changes), guarantee)?;
            return Ok(steps);
        }
    };
    let hops = record_path(set.before(), set.after(), skill, stand_ins.get(set.key()))
        .map_err(|none| NoOrder::NoPath(vec![none]))?;
    if hops.iter().any(|hop| hop.in_gap) {
        gaps.push(Gap { name: set.key().name.clone(), missing: vec![set.key().rtype] });
    }
    Ok(steps_of_hops(hops))
}

fn steps_of_hops(hops: Vec<Hop>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(hops.len());
    for hop in hops {
        let Some(step) = Step::of_set(hop.change) else { continue };
        let start = match steps.last() {
            _ if hop.in_gap => Start::InGap,
            Some(last) if same_way(last, &step) => Start::AtOnce,
            _ => Start::Served,
        };
        steps.push(step.starting(start));
    }
    steps
}

/// Whether both steps only add or both only remove.
fn same_way(a: &Step, b: &Step) -> bool {
    let adds = |step: &Step| step.sets().all(|set| records(set.after()) > records(set.before()));
    let removes = |step: &Step| step.sets().all(|set| records(set.after()) < records(set.before()));
    (adds(a) && adds(b)) || (removes(a) && removes(b))
}

fn records(set: Option<&dnsure_zones::RecordSet>) -> usize {
    set.map_or(0, |set| set.rdatas().len())
}

/// Puts pieces one after the other. Within a phase of additions or removals the writes are
/// looked at together.
fn join(pieces: Vec<Piece>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut last_phase = None;
    let mut chain = 0;
    for piece in pieces {
        let together = piece.phase != Phase::Replace && last_phase == Some(piece.phase);
        last_phase = Some(piece.phase);
        for (index, mut step) in piece.steps.into_iter().enumerate() {
            if index == 0 && together {
                step.start = Start::AtOnce;
            }
            chain = if step.start == Start::AtOnce { chain + 1 } else { 0 };
            if chain >= CHAIN {
                step.start = Start::Served;
                chain = 0;
            }
            steps.push(step);
        }
    }
    steps
}

/// The types at one name that exclude each other, where one goes and the other comes.
pub(crate) fn swap(change: &Change) -> Option<Gap> {
    let removed: Vec<RecordType> =
        change.sets().iter().filter(|set| set.after().is_none()).map(|set| set.key().rtype).collect();
    let added: Vec<RecordType> =
        change.sets().iter().filter(|set| set.before().is_none()).map(|set| set.key().rtype).collect();
    let clash = removed.iter().any(|old| added.iter().any(|new| exclude_each_other(*old, *new)));
    clash.then(|| Gap { name: change.name().clone(), missing: removed.into_iter().chain(added).collect() })
}

fn exclude_each_other(a: RecordType, b: RecordType) -> bool {
    let alias = |one: RecordType, other: RecordType| {
        one == RecordType::ALIAS && matches!(other, RecordType::A | RecordType::AAAA)
    };
    a == RecordType::CNAME || b == RecordType::CNAME || alias(a, b) || alias(b, a)
}
