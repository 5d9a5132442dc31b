//! Answers that an added name takes away from others (RFC 4592 2.2, RFC 1034 4.2.1).
//!
//! Adding `_acme-challenge.foo` makes `foo` exist; when `foo` was answered by a wildcard,
//! it is NODATA from then on. A new delegation or DNAME hides everything below it.

use dnsure_providers::Change;
use dnsure_zones::answer::{is_occluded, wildcard_for};
use dnsure_zones::{Name, RecordKey, RecordType, Zone};
use std::collections::BTreeSet;

/// An answer that is there before and not after, though nobody removes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Hidden {
    /// What is not answered any more.
    pub key: RecordKey,
    /// The added name that hides it.
    pub by: Name,
}

/// Every answer that `changes` hide, from the zone before to the zone after.
#[must_use]
pub fn hidden_answers(before: &Zone, after: &Zone, changes: &[Change]) -> Vec<Hidden> {
    let mut found = BTreeSet::new();
    for change in changes {
        if change.sets().iter().all(|set| set.after().is_none()) {
            continue;
        }
        hidden_by_existing(before, after, change.name(), &mut found);
        let cuts = change.sets().iter().filter_map(|set| set.after()).any(|set| {
            set.key.rtype == RecordType::DNAME
                || (set.key.rtype == RecordType::NS && set.key.name != *before.apex())
        });
        if cuts {
            hidden_by_cut(before, after, change.name(), &mut found);
        }
    }
    found.into_iter().collect()
}

/// The name itself and every empty non-terminal above it that comes into being: what a
/// wildcard answered there is gone unless the name now has it itself.
fn hidden_by_existing(before: &Zone, after: &Zone, name: &Name, found: &mut BTreeSet<Hidden>) {
    let mut here = name.clone();
    while here.is_below(before.apex()) && !before.name_exists(&here) {
        if let Some(wildcard) = wildcard_for(before, &here).filter(|wildcard| after.name_exists(wildcard)) {
            for set in before.at(&wildcard) {
                let answered =
                    after.at(&here).any(|new| new.rtype() == set.rtype() || new.rtype() == RecordType::CNAME);
                if !answered && after.get(&wildcard, set.rtype()).is_some() {
                    let key = RecordKey::new(here.clone(), set.rtype());
                    found.insert(Hidden { key, by: name.clone() });
                }
            }
        }
        match here.parent() {
            Some(parent) => here = parent,
            None => return,
        }
    }
}

/// Everything at and below a new delegation or DNAME that stays in the zone and was
/// answered. Address records of the delegation's own servers are glue and stay useful.
fn hidden_by_cut(before: &Zone, after: &Zone, cut: &Name, found: &mut BTreeSet<Hidden>) {
    let glue: Vec<Name> = after
        .get(cut, RecordType::NS)
        .map(|ns| ns.rdatas().flat_map(|data| dnsure_zones::rdata::names(RecordType::NS, data)).collect())
        .unwrap_or_default();
    for set in before.subtree(cut) {
        let (name, rtype) = (set.name(), set.rtype());
        let is_glue = matches!(rtype, RecordType::A | RecordType::AAAA) && glue.contains(&name);
        let stays = after.get_key(&set.key()).is_some();
        if stays && !is_glue && !is_occluded(before, &name, rtype) && is_occluded(after, &name, rtype) {
            found.insert(Hidden { key: set.key(), by: cut.clone() });
        }
    }
}
