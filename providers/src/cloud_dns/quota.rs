//! What a project may do.

use crate::guarantee::Limits;
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::{RecordType, Zone};
use serde::Deserialize;

/// The limits of a project, as `projects.get` tells them; the documented ones where it does not.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Quota {
    rrset_additions_per_change: usize,
    rrset_deletions_per_change: usize,
    /// Octets of record data; that those of deletions count too is assumed.
    total_rrdata_size_per_change: usize,
    resource_records_per_rrset: usize,
    pub(super) rrsets_per_managed_zone: usize,
    nameservers_per_delegation: usize,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            rrset_additions_per_change: 1000,
            rrset_deletions_per_change: 1000,
            total_rrdata_size_per_change: 100_000,
            resource_records_per_rrset: 100,
            rrsets_per_managed_zone: 10_000,
            nameservers_per_delegation: 8,
        }
    }
}

impl Quota {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            additions: Some(self.rrset_additions_per_change),
            deletions: Some(self.rrset_deletions_per_change),
            characters: Some(self.total_rrdata_size_per_change),
            ..Limits::default()
        }
    }

    /// What a set of so many records is too large for.
    pub(super) fn exceeded_by(&self, rtype: RecordType, count: usize) -> Option<String> {
        let (servers, records) = (self.nameservers_per_delegation, self.resource_records_per_rrset);
        if rtype == RecordType::NS && count > servers {
            return Some(format!(
                "this project's delegations have {servers} name servers at most, and this one {count}"
            ));
        }
        (count > records).then(|| {
            format!("this project's record sets hold {records} records at most, and this one has {count}")
        })
    }
}

/// What is far below the quota of any project: record sets that change in one plan, their records and
/// the octets of these, and the record sets of a zone.
const FEW_SETS: usize = 50;
const FEW_RECORDS: usize = 4;
const FEW_OCTETS: usize = 5_000;
const SMALL_ZONE: usize = 5_000;

/// Whether a plan from `live` to `declared` comes near no quota.
pub(super) fn is_far_from(live: &Zone, declared: &Zone) -> bool {
    let mut octets = 0;
    let is_small = |(count, difference)| {
        let sets = match difference {
            Difference::Added(set) | Difference::Removed(set) => [Some(set), None],
            Difference::Changed(before, after) => [Some(before), Some(after)],
        };
        let mut sets = sets.into_iter().flatten();
        sets.all(|set| {
            octets += set.rdatas().map(<[u8]>::len).sum::<usize>();
            set.rdatas().len() <= FEW_RECORDS && octets <= FEW_OCTETS && count < FEW_SETS
        })
    };
    declared.set_count().max(live.set_count()) <= SMALL_ZONE && diff(live, declared).enumerate().all(is_small)
}
