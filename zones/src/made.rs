//! Record sets whose answers are the provider's own making.
//!
//! What name servers answer for a proxied name, an alias target or a set of a routing policy is
//! not what the record set says. All that can be seen on the wire is that there is an answer.

use crate::zone::SetRef;
use crate::{RecordSet, Settings, Zone};
use serde_json::Value;
use std::sync::Arc;

/// Settings, by namespace and key, under which a provider answers something of its own when they
/// are `true`.
const SWITCHES: &[(&str, &str, &str)] = &[
    ("cloudflare", "proxied", "it is proxied: the answers are addresses of the proxy"),
    ("cloudflare", "flatten-cname", "the provider answers with the addresses that the CNAME leads to"),
];

/// octoDNS's own keys for answers that depend on who asks.
const BY_CLIENT: &[&str] = &["dynamic", "geo"];

fn made(has_members: bool, set_id: Option<&Arc<str>>, settings: Option<&Settings>) -> Option<&'static str> {
    if !has_members {
        return Some("it has no values: the provider makes the answers from its settings");
    }
    if set_id.is_some() {
        return Some("it is one of several sets of this name and type, and the provider picks one");
    }
    let settings = &settings?.0;
    if BY_CLIENT.iter().any(|key| settings.contains_key(*key)) {
        return Some("the answers depend on who asks");
    }
    let is_on =
        |space: &str, key: &str| settings.get(space).and_then(|own| own.get(key)) == Some(&Value::Bool(true));
    SWITCHES.iter().find(|(space, key, _)| is_on(space, key)).map(|(.., reason)| *reason)
}

impl RecordSet {
    /// Why name servers answer something else than the members; `None` where they answer them.
    #[must_use]
    pub fn made_by_provider(&self) -> Option<&'static str> {
        made(!self.rdatas().is_empty(), self.key.set_id.as_ref(), Some(&self.settings))
    }
}

impl SetRef<'_> {
    /// As [`RecordSet::made_by_provider`].
    #[must_use]
    pub fn made_by_provider(&self) -> Option<&'static str> {
        made(self.rdatas().len() > 0, self.set_id(), self.settings())
    }
}

impl Zone {
    /// Why name servers answer something of their provider's making for this name and type; `None`
    /// where they answer members.
    #[must_use]
    pub fn made_at(&self, name: &crate::Name, rtype: crate::RecordType) -> Option<&'static str> {
        self.at(name).filter(|set| set.rtype() == rtype).find_map(|set| set.made_by_provider())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Name, Rdata, RecordKey, RecordType, Ttl, ZoneBuilder};
    use serde_json::json;

    fn set(members: &[[u8; 4]], settings: Value) -> RecordSet {
        let key = RecordKey::new("www.example.".parse().unwrap(), RecordType::A);
        let mut set =
            RecordSet::new(key, Ttl::from_secs(60).unwrap(), members.iter().map(|data| Rdata::new(*data)));
        set.settings = serde_json::from_value(settings).unwrap();
        set
    }

    fn zone(sets: &[&RecordSet]) -> Zone {
        let mut builder = ZoneBuilder::new("example.".parse().unwrap());
        sets.iter().for_each(|set| builder.push_set(set).unwrap());
        builder.finish()
    }

    #[test]
    fn plain_sets_answer_their_members_and_settings_that_change_no_answer_do_not_matter() {
        assert_eq!(set(&[[192, 0, 2, 1]], json!({})).made_by_provider(), None);
        let proxied =
            |on: bool| set(&[[192, 0, 2, 1]], json!({ "cloudflare": { "proxied": on, "comment": "x" } }));
        assert_eq!(proxied(false).made_by_provider(), None);
        assert!(proxied(true).made_by_provider().unwrap().contains("proxied"));
    }

    #[test]
    fn a_set_without_members_stays_in_a_zone_and_differs_from_one_with_members() {
        let alias = set(&[], json!({ "azuredns": { "alias": "/some/resource" } }));
        let plain = set(&[[192, 0, 2, 1]], json!({}));
        let (with_alias, with_plain) = (zone(&[&alias]), zone(&[&plain]));
        let name: Name = "www.example.".parse().unwrap();
        let held = with_alias.get(&name, RecordType::A).unwrap();
        assert_eq!(held.to_set(), alias);
        assert_eq!(held.rdatas().len(), 0);
        assert!(held.made_by_provider().is_some());
        assert!(!held.same_rdatas(&with_plain.get(&name, RecordType::A).unwrap()));
        let key = alias.key.clone();
        let changed = with_plain.with([(&key, Some(&alias))]).unwrap();
        assert_eq!(changed.get(&name, RecordType::A).unwrap().to_set(), alias);
        let back = changed.with([(&key, Some(&plain))]).unwrap();
        assert_eq!(back.get(&name, RecordType::A).unwrap().to_set(), plain);
        assert!(with_alias.name_exists(&name));
        let written = serde_json::to_string(&alias).unwrap();
        assert_eq!(serde_json::from_str::<RecordSet>(&written).unwrap(), alias);
    }

    #[test]
    fn of_a_set_without_members_and_the_same_with_members_these_count() {
        let (alias, plain) = (set(&[], json!({})), set(&[[192, 0, 2, 1]], json!({})));
        for sets in [[&alias, &plain], [&plain, &alias]] {
            let zone = zone(&sets);
            assert_eq!(zone.sets().map(|set| set.to_set()).collect::<Vec<_>>(), std::slice::from_ref(&plain));
        }
    }
}
