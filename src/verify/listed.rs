//! What no answer can show: record sets whose answers their provider makes, by what it lists.

use crate::plan::drift::Drifted;
use dnsure_zones::Zone;

/// Of what differs between files and listing, the declared sets that no question would find: proxied names, alias
/// targets, routing policies, and types that are resolved before anybody sees them.
#[must_use]
pub fn out_of_sight(differing: Vec<Drifted>, desired: &Zone) -> Vec<Drifted> {
    let is_made =
        |one: &Drifted| one.key.rtype.is_pseudo() || desired.made_at(&one.key.name, one.key.rtype).is_some();
    differing.into_iter().filter(|one| one.files.is_some() && is_made(one)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plan::drift::Cause;
    use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Ttl, ZoneBuilder};
    use serde_json::json;

    fn set(owner: &str, last: u8, is_proxied: bool) -> RecordSet {
        let key = RecordKey::new(owner.parse().unwrap(), RecordType::A);
        let data = [Rdata::new([192, 0, 2, last])];
        let mut set = RecordSet::new(key, Ttl::from_secs(300).unwrap(), data);
        set.settings = serde_json::from_value(json!({ "cloudflare": { "proxied": is_proxied } })).unwrap();
        set
    }

    #[test]
    fn what_servers_answer_themselves_is_left_to_the_questions() {
        let sets = [set("front.example.", 1, true), set("plain.example.", 1, false)];
        let mut desired = ZoneBuilder::new("example.".parse().unwrap());
        sets.iter().for_each(|set| desired.push_set(set).unwrap());
        let differing = sets.map(|files| {
            let live = set(&files.key.name.to_string(), 9, false);
            Drifted { key: files.key.clone(), cause: Cause::Live, files: Some(files), live: Some(live) }
        });
        let found = out_of_sight(differing.into(), &desired.finish());
        assert_eq!(found.iter().map(|one| one.key.name.to_string()).collect::<Vec<_>>(), ["front.example."]);
    }
}
