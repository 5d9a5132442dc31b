//! What no zone may look like, before, between and after steps.

use super::order::Gap;
use crate::sabotage::{self, GuardName};
use dnsure_providers::{Change, SetChange};
use dnsure_zones::answer::{Answer, answer};
use dnsure_zones::zone::ZoneError;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Zone};

/// A state that must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// An exclusive type beside others (RFC 2181 10.1, RFC 1034 3.6.2).
    #[error(
        "{name} would have {exclusive} beside {other}: a name with a {exclusive} can have no other data; remove or ignore one of them"
    )]
    Coexists {
        /// The owner name.
        name: Name,
        /// CNAME or ALIAS.
        exclusive: RecordType,
        /// What stands beside it.
        other: RecordType,
    },
    /// Two members where one is allowed.
    #[error("{key} would have {count} members; this type has one (RFC 2181 10.1)")]
    NotSingle {
        /// The record set.
        key: RecordKey,
        /// How many it would have.
        count: usize,
    },
    /// A name that stays would be gone for a while.
    #[error(
        "{key} is there before and after and would be missing after step {step}: no order of writes avoids it"
    )]
    Hole {
        /// The record set.
        key: RecordKey,
        /// The step after which it is missing, from 1.
        step: usize,
    },
    /// A change that does not fit the zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

/// The zone after `changes`.
///
/// # Errors
/// [`Illegal::Zone`] when a name is outside the zone.
pub fn after<'a>(zone: &Zone, changes: impl IntoIterator<Item = &'a Change>) -> Result<Zone, Illegal> {
    let sets = changes.into_iter().flat_map(Change::sets).map(|set| (set.key(), set.after()));
    Ok(zone.with(sets)?)
}

/// Checks that the owner names of `changes` hold legal data in `zone`.
///
/// # Errors
/// The first [`Illegal`] found.
pub fn check_names(zone: &Zone, changes: &[Change]) -> Result<(), Illegal> {
    for change in changes {
        let sets: Vec<RecordSet> = zone.at(change.name()).map(|set| set.to_set()).collect();
        for set in &sets {
            let count = set.rdatas().len();
            if set.key.rtype.is_single() && count > 1 {
                return Err(Illegal::NotSingle { key: set.key.clone(), count });
            }
        }
        let exclusive = sets.iter().map(|set| set.key.rtype).find(|rtype| *rtype == RecordType::CNAME);
        let other = sets.iter().map(|set| set.key.rtype).find(|rtype| {
            *rtype != RecordType::CNAME
                && !rtype.is_server_kept()
                && !matches!(*rtype, RecordType::KEY | RecordType::DNSKEY)
        });
        if let (Some(exclusive), Some(other)) = (exclusive, other) {
            return Err(Illegal::Coexists { name: change.name().clone(), exclusive, other });
        }
    }
    Ok(())
}

/// Whether a server answers this question with data (or a referral) from `zone`.
#[must_use]
pub fn is_answered(zone: &Zone, name: &Name, rtype: RecordType) -> bool {
    !matches!(answer(zone, name, rtype), Answer::NoData { .. } | Answer::NameError | Answer::OutOfZone)
}

/// Checks every state between the steps: what is answered at the start and at the end
/// is answered in between, and every name holds legal data.
///
/// A set that no step removes answers in every state, and so does a name that holds an
/// answer of its own in the state right after its set was removed, as long as no later step
/// touches it. Only sets that lean on something else (a wildcard, a cut) are looked for in
/// each state, and states are only made where there are any: a full load of a large zone has
/// hundreds of steps.
///
/// At names with a gap, what is missing in between is for a reviewer to accept.
///
/// # Errors
/// [`Illegal`].
pub fn check_steps<'a>(
    start: &Zone,
    steps: impl IntoIterator<Item = &'a [Change]>,
    gaps: &[Gap],
) -> Result<(), Illegal> {
    if sabotage::is_off(GuardName::Gapless) {
        return Ok(());
    }
    let steps: Vec<&[Change]> = steps.into_iter().collect();
    let end = start
        .with(steps.iter().copied().flatten().flat_map(Change::sets).map(|set| (set.key(), set.after())))?;
    let mut names: Vec<&Name> = steps.iter().copied().flatten().map(Change::name).collect();
    names.sort();
    let touched_once = names.windows(2).all(|pair| pair[0] != pair[1]);
    let leaning: Vec<&RecordKey> = steps
        .iter()
        .copied()
        .flatten()
        .flat_map(Change::sets)
        .filter(|set| set.before().is_some() && (set.after().is_none() || !touched_once))
        .map(SetChange::key)
        .filter(|key| !touched_once || !answers_itself(&end, &key.name, key.rtype))
        .filter(|key| !gaps.iter().any(|gap| gap.name == key.name))
        .filter(|key| is_answered(start, &key.name, key.rtype) && is_answered(&end, &key.name, key.rtype))
        .collect();
    if touched_once && leaning.is_empty() {
        // What a name holds after its step is what it holds at the end.
        return steps.iter().try_for_each(|changes| check_names(&end, changes));
    }
    let mut state = start.clone();
    for (index, changes) in steps.iter().enumerate() {
        state = after(&state, *changes)?;
        check_names(&state, changes)?;
        if let Some(key) = leaning.iter().find(|key| !is_answered(&state, &key.name, key.rtype)) {
            return Err(Illegal::Hole { key: (*key).clone(), step: index + 1 });
        }
    }
    Ok(())
}

/// Whether the name holds the type, or a CNAME in its place.
fn answers_itself(zone: &Zone, name: &Name, rtype: RecordType) -> bool {
    zone.at(name).any(|set| set.rtype() == rtype || set.rtype() == RecordType::CNAME)
}
