//! Absence is not intent: which live record sets may be deleted, which are left alone.

use super::ignore::{IgnoreRule, Rules};
use super::inventory::Inventory;
use super::names::OwnerNames;
use crate::sabotage::{self, GuardName};
use dnsure_zones::zone::{SetRef, ZoneError};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Zone, ZoneBuilder, rdata};

/// What a zone's configuration says about deleting and ignoring.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `owns: zone`: whatever is live and not in the files is ours to delete.
    pub owns_zone: bool,
    /// `ignore:` rules.
    pub ignore: Vec<IgnoreRule>,
    /// `protect:` entries, as rules.
    pub protect: Vec<IgnoreRule>,
    /// The largest number of record sets a plan may destroy unasked.
    pub max_deletes: usize,
    /// The largest share of record sets a plan may destroy unasked, in per cent.
    pub max_delete_percent: usize,
    /// The owner names that may be changed (`--name`).
    pub names: OwnerNames,
}

/// Desired and live with everything taken out that is not ours to change.
#[derive(Debug)]
pub struct Owned {
    /// What shall be: the declared sets, plus the ignored members of sets that both have.
    pub desired: Zone,
    /// What is live and may be changed.
    pub live: Zone,
    /// Live, not declared, never declared here: left alone.
    pub unmanaged: Vec<RecordSet>,
    /// The number of live record sets that `ignore:` rules cover.
    pub ignored: usize,
}

/// Whether a live record set belongs to the server itself, given what the files declare.
#[must_use]
pub fn is_server_kept(set: &SetRef<'_>, declared: &Zone) -> bool {
    let rtype = set.rtype();
    rtype.is_server_kept()
        || (rtype.is_server_kept_unless_declared() && declared.get(&set.name(), rtype).is_none())
}

/// The zone without what its server keeps itself. A signature or a denial makes no name exist, so it
/// must not stand in a zone that answers are judged by.
#[must_use]
pub fn without_server_kept(zone: Zone) -> Zone {
    if zone.sets().any(|set| set.rtype().is_server_kept()) {
        zone.filtered(|set| !set.rtype().is_server_kept())
    } else {
        zone
    }
}

/// Leaves out what is not ours.
///
/// # Errors
/// [`ZoneError`] when members cannot be put together, which no valid zone causes.
pub fn settle(
    desired: &Zone,
    live: &Zone,
    inventory: &Inventory,
    policy: &Policy,
) -> Result<Owned, ZoneError> {
    if policy.ignore.is_empty() {
        return settle_whole_sets(desired, live, inventory, policy);
    }
    let apex = desired.apex();
    let rules = Rules::new(&policy.ignore, apex);
    let mut wanted = ZoneBuilder::new(apex.clone());
    let mut present = ZoneBuilder::new(apex.clone());
    let mut unmanaged = Vec::new();
    let mut ignored = 0;

    for set in live.sets() {
        if is_server_kept(&set, desired) {
            continue;
        }
        let key = set.key();
        if rules.cover_set(&key.name, key.rtype) {
            ignored += 1;
            continue;
        }
        let kept = ignored_members(&rules, &key, set.rdatas());
        ignored += usize::from(!kept.is_empty());
        let set = set.to_set();
        match desired.get_key(&key) {
            Some(_) => present.push_set(&set)?,
            None if !kept.is_empty() && kept.len() == set.rdatas().len() => {}
            None if is_owned(&key, apex, inventory, policy) => {
                present.push_set(&set)?;
                if !kept.is_empty() {
                    wanted.push_set(&with_members(&set, kept))?;
                }
            }
            // The apex NS records are the zone's own; that nobody declares them is nothing to tell.
            None if is_apex_ns(&key, apex) => {}
            None => unmanaged.push(set),
        }
    }
    for set in desired.sets() {
        let key = set.key();
        if rules.cover_set(&key.name, key.rtype) || key.rtype.is_server_kept() {
            continue;
        }
        let mut set = set.to_set();
        if let Some(live_set) = live.get_key(&key) {
            let foreign = ignored_members(&rules, &key, live_set.rdatas());
            let members = set.rdatas().iter().cloned().chain(foreign).collect();
            set = with_members(&set, members);
            if key.rtype == RecordType::SOA {
                set = with_live_serial(&set, &live_set);
            }
        }
        wanted.push_set(&set)?;
    }
    Ok(Owned {
        desired: wanted.finish(),
        live: present.finish().with_mixed_ttls_of(live),
        unmanaged,
        ignored,
    })
}

/// As [`settle`] without `ignore:` rules: sets are kept or left out as they stand.
fn settle_whole_sets(
    desired: &Zone,
    live: &Zone,
    inventory: &Inventory,
    policy: &Policy,
) -> Result<Owned, ZoneError> {
    let apex = desired.apex();
    let mut unmanaged = Vec::new();
    let mut declared = desired.sets().peekable();
    let present = live.filtered(|set| {
        // Both are in canonical order, so that one walk finds what both have.
        while declared.next_if(|earlier| earlier.cmp_key(set).is_lt()).is_some() {}
        let is_declared = declared.peek().is_some_and(|same| same.cmp_key(set).is_eq());
        if is_server_kept(set, desired) {
            return false;
        }
        if is_declared {
            return true;
        }
        let key = set.key();
        let ours = is_owned(&key, apex, inventory, policy);
        // As in `settle`: undeclared apex NS records are nothing to tell.
        if !ours && !is_apex_ns(&key, apex) {
            unmanaged.push(set.to_set());
        }
        ours
    });
    let wanted = desired.filtered(|set| !set.rtype().is_server_kept());
    let soa = RecordKey::new(apex.clone(), RecordType::SOA);
    let numbered = match (wanted.get_key(&soa), live.get_key(&soa)) {
        (Some(set), Some(live_set)) => Some(with_live_serial(&set.to_set(), &live_set)),
        _ => None,
    };
    let wanted = match &numbered {
        Some(set) => wanted.with([(&soa, Some(set))])?,
        None => wanted,
    };
    Ok(Owned { desired: wanted, live: present, unmanaged, ignored: 0 })
}

/// The apex NS records belong to the zone, not to its files, until the files declare them.
fn is_owned(key: &RecordKey, apex: &Name, inventory: &Inventory, policy: &Policy) -> bool {
    let owned = policy.owns_zone || inventory.contains(key) || sabotage::is_off(GuardName::Ownership);
    !is_apex_ns(key, apex) && owned
}

pub(super) fn is_apex_ns(key: &RecordKey, apex: &Name) -> bool {
    key.rtype == RecordType::NS && key.name == *apex
}

/// The members, on the wire, that are ignored.
pub(super) fn ignored_members<'m>(
    rules: &Rules<'_>,
    key: &RecordKey,
    members: impl Iterator<Item = &'m [u8]>,
) -> Vec<Rdata> {
    members.filter(|wire| rules.cover_member(&key.name, key.rtype, wire)).map(Rdata::new).collect()
}

pub(super) fn with_members(set: &RecordSet, members: Vec<Rdata>) -> RecordSet {
    let mut new = RecordSet::new(set.key.clone(), set.ttl, members);
    new.settings = set.settings.clone();
    new.position = set.position.clone();
    new
}

/// A declared SOA takes the live serial: the serial is never compared or taken from files.
fn with_live_serial(set: &RecordSet, live: &SetRef<'_>) -> RecordSet {
    let serial = live.rdatas().next().and_then(rdata::soa_serial);
    serial.map_or_else(|| set.clone(), |serial| set.with_serial(serial))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::Ttl;

    #[test]
    fn a_denial_that_the_server_keeps_makes_no_name_exist() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let mut builder = ZoneBuilder::new(name("example."));
        let ttl = Ttl::from_wire(60);
        builder.push(&name("www.example."), RecordType::A, ttl, &[192, 0, 2, 1]).unwrap();
        builder.push(&name("gone.example."), RecordType::NSEC, ttl, b"\0\0\x01\x40").unwrap();
        builder.push(&name("gone.example."), RecordType::RRSIG, ttl, &[0; 19]).unwrap();
        let zone = without_server_kept(builder.finish());
        assert!(zone.name_exists(&name("www.example.")) && !zone.name_exists(&name("gone.example.")));
    }
}
