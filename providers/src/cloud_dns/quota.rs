//! What a project may do.

use crate::guarantee::Limits;
use serde::Deserialize;

/// The limits of a project, as `projects.get` tells them; the documented ones where it does not.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Quota {
    rrset_additions_per_change: usize,
    rrset_deletions_per_change: usize,
    /// Octets of record data; that those of deletions count too is assumed.
    total_rrdata_size_per_change: usize,
    pub(super) resource_records_per_rrset: usize,
    pub(super) rrsets_per_managed_zone: usize,
    pub(super) nameservers_per_delegation: usize,
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
}
