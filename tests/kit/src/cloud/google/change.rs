//! `changes.create`: what is checked before anything is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

use super::Quota;
use super::refusal::Refusal;
use super::zone::{Change, ManagedZone, RecordSet};

/// The types of the documentation, "Supported DNS record types".
const TYPES: &[&str] = &[
    "A", "AAAA", "ALIAS", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "IPSECKEY", "MX", "NAPTR", "NS", "PTR",
    "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT",
];

impl ManagedZone {
    /// Carries out a change as a whole, or refuses it.
    pub(super) fn change(&mut self, body: &str, quota: &Quota, pending: u32) -> Result<Value, Refusal> {
        let change: Value = serde_json::from_str(body)
            .map_err(|error| Refusal::new(400, "parseError", &error.to_string()))?;
        let additions = list(&change, "additions")?;
        let deletions = list(&change, "deletions")?;
        if additions.is_empty() && deletions.is_empty() {
            let words = "The 'entity.change' parameter is required but was missing.";
            return Err(Refusal::new(400, "required", words));
        }
        within(quota, additions, deletions)?;
        let mut sets = self.sets.clone();
        let deleted = deletions.iter().enumerate();
        let mut gone = BTreeSet::new();
        for (index, deletion) in deleted {
            let place = format!("entity.change.deletions[{index}]");
            let set = read(deletion, &place)?;
            let key = (set.name.clone(), set.rtype.clone());
            let Some(live) = sets.remove(&key) else {
                return Err(Refusal::missing(&place, &format!("{} ({})", set.name, set.rtype)));
            };
            if !is_same(&live, &set) {
                return Err(Refusal::differs(&place));
            }
            gone.insert(key);
        }
        for (index, addition) in additions.iter().enumerate() {
            let place = format!("entity.change.additions[{index}]");
            let set = read(addition, &place)?;
            self.check(&set, &place, quota)?;
            let key = (set.name.clone(), set.rtype.clone());
            if sets.contains_key(&key) {
                // The words are those of a message that users have reported.
                let place = format!("entity.change.additions[{}][{}]", set.name, set.rtype);
                return Err(Refusal::exists(&place, &format!("{} ({})", set.name, set.rtype)));
            }
            sets.insert(key, set);
        }
        self.check_zone(&sets, quota)?;
        self.sets = sets;
        self.changes.push(Change { additions: additions.clone(), deletions: deletions.clone(), pending });
        Ok(self.change_json(self.changes.len() - 1))
    }

    fn check(&self, set: &RecordSet, place: &str, quota: &Quota) -> Result<(), Refusal> {
        let invalid = |member: &str, value: &str| Err(Refusal::invalid(&format!("{place}.{member}"), value));
        let (name, apex) = (&set.name, &self.dns_name);
        let is_apex = name == apex;
        if !is_apex && !name.ends_with(&format!(".{apex}")) || !has_usable_labels(name) {
            return invalid("name", name);
        }
        if !TYPES.contains(&set.rtype.as_str()) {
            return invalid("type", &set.rtype);
        }
        let forbidden = match set.rtype.as_str() {
            "ALIAS" => !is_apex || self.visibility == "private",
            "NS" => name.starts_with("*."),
            "SOA" => !is_apex,
            "DS" => is_apex,
            "DNSKEY" => {
                self.more.get("dnssecConfig").and_then(|config| config.get("state"))
                    != Some(&Value::from("transfer"))
            }
            _ => false,
        };
        if forbidden {
            return invalid("type", &set.rtype);
        }
        if set.routing_policy.is_some() != set.rrdatas.is_empty() {
            return invalid("rrdata", &set.rrdatas.join(", "));
        }
        if set.rrdatas.len() > quota.records {
            return Err(Refusal::over(&format!("{place}.rrdata"), quota.records));
        }
        if set.rtype == "NS" && set.rrdatas.len() > quota.delegation {
            return Err(Refusal::over(&format!("{place}.rrdata"), quota.delegation));
        }
        let single = ["CNAME", "SOA", "ALIAS"].contains(&set.rtype.as_str());
        match set.rrdatas.iter().find(|data| !is_usable(&set.rtype, data)) {
            Some(data) => invalid("rrdata", data),
            None if single && set.rrdatas.len() > 1 => invalid("rrdata", &set.rrdatas.join(", ")),
            None => Ok(()),
        }
    }

    /// What must hold of the zone afterwards.
    fn check_zone(&self, sets: &BTreeMap<(String, String), RecordSet>, quota: &Quota) -> Result<(), Refusal> {
        for rtype in ["SOA", "NS"] {
            if !sets.contains_key(&(self.dns_name.clone(), rtype.to_owned())) {
                let words = format!(
                    "The resource record set 'entity.change.deletions[{}][{rtype}]' is invalid because a zone must \
                     contain exactly one resource record set of type '{rtype}' at the apex.",
                    self.dns_name
                );
                return Err(Refusal::new(400, "invalidZoneApex", &words));
            }
        }
        for (name, rtype) in sets.keys().filter(|(_, rtype)| rtype == "CNAME") {
            if sets.keys().any(|(other, another)| other == name && another != rtype) {
                let words = format!(
                    "The resource record set 'entity.change.additions[{name}][CNAME]' is invalid because the DNS \
                     name '{name}' may have either one CNAME resource record set or resource record sets of other \
                     types, but not both."
                );
                return Err(Refusal::new(400, "cnameResourceRecordSetConflict", &words));
            }
        }
        if sets.len() > quota.sets && sets.len() > self.sets.len() {
            return Err(Refusal::over("entity.managedZone.rrsets", quota.sets));
        }
        Ok(())
    }
}

fn list<'a>(change: &'a Value, member: &str) -> Result<&'a Vec<Value>, Refusal> {
    static NONE: Vec<Value> = Vec::new();
    match change.get(member) {
        None => Ok(&NONE),
        Some(Value::Array(list)) => Ok(list),
        Some(other) => Err(Refusal::invalid(&format!("entity.change.{member}"), &other.to_string())),
    }
}

fn within(quota: &Quota, additions: &[Value], deletions: &[Value]) -> Result<(), Refusal> {
    if additions.len() > quota.additions {
        return Err(Refusal::over("entity.change.additions", quota.additions));
    }
    if deletions.len() > quota.deletions {
        return Err(Refusal::over("entity.change.deletions", quota.deletions));
    }
    let data = additions.iter().chain(deletions).filter_map(|set| set.get("rrdatas")?.as_array()).flatten();
    let octets: usize = data.filter_map(Value::as_str).map(str::len).sum();
    if octets > quota.data {
        return Err(Refusal::over("entity.change", quota.data));
    }
    Ok(())
}

fn read(value: &Value, place: &str) -> Result<RecordSet, Refusal> {
    let missing = |member: &str| {
        let words = format!("The '{place}.{member}' parameter is required but was missing.");
        Refusal::new(400, "required", &words)
    };
    let text = |member: &str| value.get(member).and_then(Value::as_str).ok_or_else(|| missing(member));
    let name = text("name")?.to_ascii_lowercase();
    if !name.ends_with('.') {
        return Err(Refusal::invalid(&format!("{place}.name"), &name));
    }
    // As protocol buffers read JSON: google-cloud-dns writes the number as a text.
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let ttl = value.get("ttl").and_then(number).ok_or_else(|| missing("ttl"))?;
    let ttl = u32::try_from(ttl).ok().filter(|ttl| *ttl <= i32::MAX as u32);
    let ttl = ttl.ok_or_else(|| Refusal::invalid(&format!("{place}.ttl"), "too large"))?;
    let data = value.get("rrdatas").and_then(Value::as_array);
    let rrdatas = data.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let routing_policy = value.get("routingPolicy").cloned();
    Ok(RecordSet { name, rtype: text("type")?.to_owned(), ttl, rrdatas, routing_policy, more: Map::new() })
}

/// A deletion is what is there: TTL, every datum in any order, and the routing policy.
fn is_same(live: &RecordSet, deletion: &RecordSet) -> bool {
    let sorted = |set: &RecordSet| {
        let mut data = set.rrdatas.clone();
        data.sort();
        data
    };
    live.ttl == deletion.ttl
        && sorted(live) == sorted(deletion)
        && live.routing_policy == deletion.routing_policy
}

/// Users have reported that other characters are refused.
fn has_usable_labels(name: &str) -> bool {
    let labels = name.strip_prefix("*.").unwrap_or(name).trim_end_matches('.').split('.');
    let usable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    labels.into_iter().all(|label| !label.is_empty() && label.len() <= 63 && label.bytes().all(usable))
}

fn is_usable(rtype: &str, data: &str) -> bool {
    match rtype {
        "A" => data.parse::<Ipv4Addr>().is_ok(),
        "AAAA" => data.parse::<Ipv6Addr>().is_ok(),
        "CNAME" | "NS" | "PTR" | "ALIAS" | "MX" | "SRV" => data.ends_with('.'),
        "TXT" | "SPF" => data.starts_with('"') && data.ends_with('"') && data.len() > 1,
        _ => !data.is_empty() && !data.starts_with("\\#"),
    }
}
