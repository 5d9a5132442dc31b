//! Record sets that a provider lets nobody change, told before anything is changed.

use super::target::TargetPlan;
use dnsure_zones::RecordKey;
use std::collections::BTreeMap;

/// What stands in the way of a plan, one line each, with the place in the files where there is one:
/// every record set that it would change and that is `locked`.
#[must_use]
pub fn in_the_way(target: &TargetPlan, locked: &BTreeMap<RecordKey, String>) -> Vec<String> {
    if locked.is_empty() {
        return Vec::new();
    }
    let changes = target.net_changes();
    let sets = changes.iter().flat_map(dnsure_providers::Change::sets);
    sets.filter_map(|set| {
        let reason = locked.get(set.key())?;
        let position = set.after().and_then(|after| after.position.as_ref());
        let place = position.map_or_else(String::new, |position| format!("{position}: "));
        Some(format!("{place}{} at {} cannot be changed: {reason}", set.key(), target.provider))
    })
    .collect()
}
