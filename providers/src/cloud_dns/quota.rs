//! What a project may do.

use crate::guarantee::Limits;
use dnsure_zones::RecordType;
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
    rrsets_per_managed_zone: usize,
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

    /// What a set of so many records, in the place `index` of its zone, is too much for.
    pub(super) fn exceeded_by(&self, rtype: RecordType, records: usize, index: usize) -> Option<String> {
        let (what, most, is) = match rtype {
            _ if index > self.rrsets_per_managed_zone => {
                return Some(format!(
                    "this project's zones hold {} record sets at most, and there are more",
                    self.rrsets_per_managed_zone
                ));
            }
            RecordType::NS => ("delegations have", self.nameservers_per_delegation, "name servers"),
            _ => ("record sets hold", self.resource_records_per_rrset, "records"),
        };
        (records > most)
            .then(|| format!("this project's {what} {most} {is} at most, and this one has {records}"))
    }
}
