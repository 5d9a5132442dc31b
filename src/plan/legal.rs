//! What no zone may look like, before, between and after steps.

use dnsure_providers::Change;
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
pub fn after(zone: &Zone, changes: &[Change]) -> Result<Zone, Illegal> {
    let sets = changes.iter().flat_map(Change::sets).map(|set| (set.key(), set.after()));
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
/// is answered in between.
///
/// # Errors
/// [`Illegal`].
pub fn check_steps<'a>(start: &Zone, steps: impl IntoIterator<Item = &'a [Change]>) -> Result<(), Illegal> {
    let mut states = vec![start.clone()];
    for changes in steps {
        let next = after(&states[states.len() - 1], changes)?;
        check_names(&next, changes)?;
        states.push(next);
    }
    let end = &states[states.len() - 1];
    for (index, state) in states.iter().enumerate().skip(1).take(states.len().saturating_sub(2)) {
        for set in start.sets() {
            let (name, rtype) = (set.name(), set.rtype());
            let stays = is_answered(start, &name, rtype) && is_answered(end, &name, rtype);
            if stays && !is_answered(state, &name, rtype) {
                return Err(Illegal::Hole { key: set.key(), step: index });
            }
        }
    }
    Ok(())
}
