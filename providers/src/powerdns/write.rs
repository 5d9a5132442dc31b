//! One PATCH: what is in it, and what is checked before it goes out.
//!
//! Everything is one transaction of the server. Deletions come first, since PowerDNS
//! compares each replacement with what stands at that point and refuses a CNAME beside an A
//! that a later line would delete.

use super::api::{ApiSet, ZoneReply};
use super::normal::{self, COMMENTS, DISABLED, NAMESPACE};
use super::text;
use crate::change::{Change, SetChange};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, rdata};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// The largest body the server takes by default: `webserver-max-bodysize`, 2 MiB.
pub(super) const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// The touched names and the SOA as they are right before the write.
#[derive(Debug)]
pub(super) struct Current {
    /// How the API moves the serial; empty: not at all.
    soa_edit_api: String,
    sets: BTreeMap<RecordKey, ApiSet>,
}

impl Current {
    /// Takes from the listing of a whole zone what stands at `names` and at the apex.
    ///
    /// # Errors
    /// A listing without record sets, or with names or types that nobody can read.
    pub(super) fn new(reply: ZoneReply, zone: &Name, names: &HashSet<&Name>) -> Result<Self, String> {
        let mut current = Self { soa_edit_api: reply.soa_edit_api, sets: BTreeMap::new() };
        for set in reply.rrsets.ok_or(NO_SETS)? {
            let key = set.key()?;
            if key.name == *zone || names.contains(&key.name) {
                current.sets.insert(key, set);
            }
        }
        Ok(current)
    }

    /// Takes in a later listing of one name: what it serves counts, and since a filtered
    /// listing leaves out what is disabled (measured), that stays as it was.
    ///
    /// # Errors
    /// As [`Current::new`].
    pub(super) fn refresh(&mut self, name: &Name, reply: ZoneReply) -> Result<(), String> {
        for (key, set) in &mut self.sets {
            if key.name == *name {
                set.records.retain(|record| record.disabled);
            }
        }
        for mut set in reply.rrsets.ok_or(NO_SETS)? {
            let key = set.key()?;
            if let Some(known) = self.sets.get(&key) {
                set.records.retain(|record| !record.disabled);
                set.records.extend(known.records.iter().cloned());
            }
            self.sets.insert(key, set);
        }
        self.sets.retain(|key, set| key.name != *name || !set.records.is_empty());
        Ok(())
    }

    fn served(&self, key: &RecordKey) -> Result<Option<RecordSet>, String> {
        self.sets.get(key).map_or(Ok(None), |set| set.served(key))
    }

    /// Whether the server leaves the serial alone, so that secondaries would see no change.
    pub(super) fn serial_stands_still(&self) -> bool {
        // Measured: empty, `OFF` and every word it does not know leave the serial alone.
        const MOVES: [&str; 5] = ["DEFAULT", "INCREASE", "EPOCH", "SOA-EDIT", "SOA-EDIT-INCREASE"];
        !MOVES.iter().any(|word| self.soa_edit_api.eq_ignore_ascii_case(word))
    }
}

const NO_SETS: &str = "the reply has no `rrsets`";

/// Why these changes must not be sent, whatever is live.
pub(super) fn refusal(zone: &Name, changes: &[Change]) -> Option<String> {
    for set in sets(changes) {
        let key = set.key();
        let is_apex = key.name == *zone;
        match set.after() {
            // The API answers 204 to both and leaves a zone without name servers, or one that
            // is REFUSED from then on.
            None if is_apex && key.rtype == RecordType::NS => {
                return Some(
                    "a zone without NS records at its apex: replace them, do not delete them".into(),
                );
            }
            None if key.rtype == RecordType::SOA => {
                return Some(
                    "a zone without SOA record is served no more: replace it, do not delete it".into(),
                );
            }
            None => {}
            Some(after) => {
                let rdatas = after.rdatas().iter().map(Rdata::wire);
                let refusal = normal::refusal(zone, key, rdatas);
                if let Some(refusal) = refusal {
                    return Some(format!("{key}: {refusal}"));
                }
            }
        }
    }
    None
}

/// The first touched set that is not what the change was made from.
///
/// # Errors
/// Live data that cannot be read.
pub(super) fn stale(changes: &[Change], current: &Current) -> Result<Option<String>, String> {
    for set in sets(changes) {
        let live = current.served(set.key())?;
        let same = match (set.before(), &live) {
            (None, None) => true,
            // Comments and disabled members are carried, so they say nothing.
            (Some(before), Some(live)) => {
                let (before, live) = (before.with_serial(0), live.with_serial(0));
                before.ttl == live.ttl && before.same_rdatas(&live)
            }
            _ => false,
        };
        if !same {
            let (was, is) = (shown(set.before()), shown(live.as_ref()));
            return Ok(Some(format!("{} was {was} when planned and is {is} now", set.key())));
        }
    }
    Ok(None)
}

fn shown(set: Option<&RecordSet>) -> String {
    match set {
        None => "absent".into(),
        Some(set) => format!("{} (TTL {})", set.texts().collect::<Vec<_>>().join(" + "), set.ttl),
    }
}

fn sets(changes: &[Change]) -> impl Iterator<Item = &SetChange> {
    changes.iter().flat_map(Change::sets)
}

/// The body of the PATCH.
///
/// # Errors
/// What would be lost or cannot be written, in words.
pub(super) fn body(zone: &Name, changes: &[Change], current: &Current) -> Result<Vec<u8>, String> {
    let mut deletions = Vec::new();
    let mut replacements = Vec::new();
    for set in sets(changes) {
        let key = set.key();
        let live = current.sets.get(key);
        if let Some(field) = live.and_then(ApiSet::unknown_field) {
            return Err(format!(
                "{key} has a field `{}` on the server that dnsure does not know and a write would lose",
                crate::http::shown(field)
            ));
        }
        match set.after() {
            Some(after) => replacements.push(replacement(after, live, current)?),
            // Disabled members are nobody's to delete: the set stays with them alone.
            None => match live.filter(|live| live.disabled().next().is_some()) {
                Some(live) => {
                    let kept = live.disabled().map(|content| member(content, true)).collect();
                    deletions.push(entry(key, Some((live.ttl, kept))));
                }
                None => deletions.push(entry(key, None)),
            },
        }
    }
    if current.serial_stands_still() {
        let soa = RecordKey::new(zone.clone(), RecordType::SOA);
        if !sets(changes).any(|set| *set.key() == soa) {
            let live = current.served(&soa)?.ok_or("the zone has no SOA record")?;
            replacements.push(replacement(&live, current.sets.get(&soa), current)?);
        }
    }
    deletions.append(&mut replacements);
    let body = serde_json::to_vec(&json!({ "rrsets": deletions })).map_err(|error| error.to_string())?;
    if body.len() > LARGEST_BODY {
        return Err(format!(
            "the request has {} octets, PowerDNS takes {LARGEST_BODY}: apply it in parts",
            body.len()
        ));
    }
    Ok(body)
}

fn replacement(after: &RecordSet, live: Option<&ApiSet>, current: &Current) -> Result<Value, String> {
    let key = &after.key;
    let mut members = Vec::with_capacity(after.rdatas().len());
    // A declared SOA goes out with the live serial plus one: the API would take any, an older one
    // included, and secondaries would stop following.
    let serial = match key.rtype {
        RecordType::SOA => current.served(key)?.and_then(|soa| soa.serial()),
        _ => None,
    };
    let sent = serial.map(|serial| after.with_serial(rdata::next_serial(serial)));
    for data in sent.as_ref().unwrap_or(after).rdatas() {
        let content = text::to_api(key.rtype, data.wire()).map_err(|reason| format!("{key}: {reason}"))?;
        members.push(member(&content, false));
    }
    let kept: Vec<String> = match live {
        Some(live) => live.disabled().map(str::to_owned).collect(),
        None => {
            own_setting(after, DISABLED).filter_map(|content| content.as_str().map(str::to_owned)).collect()
        }
    };
    for content in kept {
        // A disabled member that is declared now is enabled by that.
        let declared = text::from_api(key.rtype, &content)
            .is_ok_and(|wire| after.rdatas().iter().any(|data| data.wire() == wire));
        if !declared {
            members.push(member(&content, true));
        }
    }
    let mut value = entry(key, Some((after.ttl.as_secs(), members)));
    // Without `comments` the server keeps those it has. A set that comes back brings its own.
    let comments: Vec<Value> = own_setting(after, COMMENTS).cloned().collect();
    if live.is_none() && !comments.is_empty() {
        value["comments"] = Value::Array(comments);
    }
    Ok(value)
}

fn own_setting<'a>(set: &'a RecordSet, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let list = set.settings.0.get(NAMESPACE).and_then(|own| own.get(name)).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn member(content: &str, disabled: bool) -> Value {
    json!({ "content": content, "disabled": disabled })
}

fn entry(key: &RecordKey, records: Option<(u32, Vec<Value>)>) -> Value {
    let name = key.name.to_lower().to_string();
    let rtype = text::type_to_api(key.rtype);
    match records {
        Some((ttl, records)) => {
            json!({ "name": name, "type": rtype, "ttl": ttl, "changetype": "REPLACE", "records": records })
        }
        None => json!({ "name": name, "type": rtype, "changetype": "DELETE" }),
    }
}
