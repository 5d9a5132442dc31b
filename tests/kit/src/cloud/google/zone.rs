//! A managed zone: its record sets and the changes it has seen.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::cloud::{Request, Served};
use crate::zone_text::read_zone;

/// A record set as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordSet {
    /// Absolute, in lower case.
    pub name: String,
    /// Mnemonic.
    pub rtype: String,
    /// Seconds.
    pub ttl: u32,
    /// Presentation format; empty where a routing policy stands in its place.
    pub rrdatas: Vec<String>,
    /// Where the answers come from instead.
    pub routing_policy: Option<Value>,
    /// Members that nobody has documented.
    pub more: Map<String, Value>,
}

/// A change that was carried out.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) additions: Vec<Value>,
    pub(super) deletions: Vec<Value>,
    /// How often it is still said to be pending.
    pub(super) pending: u32,
}

/// One zone of a project.
#[derive(Clone, Debug)]
pub struct ManagedZone {
    /// Its name in the project.
    pub name: String,
    /// Its number.
    pub id: String,
    /// Absolute.
    pub dns_name: String,
    /// `public` or `private`.
    pub visibility: &'static str,
    /// More members of the resource, as `peeringConfig` or `dnssecConfig`.
    pub more: Map<String, Value>,
    pub(super) sets: BTreeMap<(String, String), RecordSet>,
    pub(super) changes: Vec<Change>,
}

impl ManagedZone {
    /// A zone as it is created: with an SOA and four name servers.
    pub fn new(name: &str, dns_name: &str) -> ManagedZone {
        let dns_name = dns_name.to_ascii_lowercase();
        let mut zone = ManagedZone {
            name: name.to_owned(),
            id: format!(
                "88{:010}",
                name.bytes().fold(7_u64, |id, byte| id * 31 % 9_999_999 + u64::from(byte))
            ),
            dns_name: dns_name.clone(),
            visibility: "public",
            more: Map::new(),
            sets: BTreeMap::new(),
            changes: Vec::new(),
        };
        let server = |number: u8| format!("ns-cloud-a{number}.googledomains.com.");
        let soa = format!("{} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300", server(1));
        zone.put(&[&format!("{dns_name} 21600 SOA {soa}")]);
        let servers: Vec<String> =
            (1..=4).map(|number| format!("{dns_name} 21600 NS {}", server(number))).collect();
        zone.put(&servers.iter().map(String::as_str).collect::<Vec<_>>());
        zone.changes.drain(1..);
        zone
    }

    /// A zone that holds what a zone file has, and nothing else.
    pub fn from_file(name: &str, dns_name: &str, text: &str) -> ManagedZone {
        let mut zone = ManagedZone::new(name, dns_name);
        zone.sets.clear();
        let rows = read_zone(dns_name, text);
        let lines: Vec<String> =
            rows.iter().map(|row| format!("{} {} {} {}", row.name, row.ttl, row.rtype, row.data)).collect();
        zone.put(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        zone.changes.drain(1..);
        zone
    }

    /// The same, visible in private networks only.
    #[must_use]
    pub fn private(mut self) -> ManagedZone {
        self.visibility = "private";
        self
    }

    /// With one more member of the resource.
    #[must_use]
    pub fn having(mut self, member: &str, value: Value) -> ManagedZone {
        self.more.insert(member.to_owned(), value);
        self
    }

    /// A record set.
    pub fn set(&self, owner: &str, rtype: &str) -> Option<&RecordSet> {
        self.sets.get(&(owner.to_owned(), rtype.to_owned()))
    }

    /// The number of record sets.
    pub fn set_count(&self) -> usize {
        self.sets.len()
    }

    /// How many changes it has seen.
    pub fn change_count(&self) -> usize {
        self.changes.len()
    }

    /// A record set in the place of what is there, one change.
    pub(super) fn put_set(&mut self, set: RecordSet) {
        let key = (set.name.clone(), set.rtype.clone());
        let deletions = self.sets.get(&key).map(RecordSet::to_json).into_iter().collect();
        self.changes.push(Change { additions: vec![set.to_json()], deletions, pending: 0 });
        self.sets.insert(key, set);
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name || self.id == name
    }

    pub(super) fn put(&mut self, records: &[&str]) {
        let mut sets: BTreeMap<(String, String), RecordSet> = BTreeMap::new();
        for record in records {
            let mut words = record.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_else(|| panic!("no record: {record}"));
            let (name, ttl) = (word().to_ascii_lowercase(), word());
            let (rtype, data) = (word().to_owned(), word().to_owned());
            let ttl = ttl.parse().unwrap_or_else(|_| panic!("no TTL: {record}"));
            let key = (name.clone(), rtype.clone());
            let empty = RecordSet::new(&name, &rtype, ttl, &[]);
            sets.entry(key).or_insert(empty).rrdatas.push(data);
        }
        let deletions = sets.keys().filter_map(|key| self.sets.get(key)).map(RecordSet::to_json).collect();
        let additions = sets.values().map(RecordSet::to_json).collect();
        self.changes.push(Change { additions, deletions, pending: 0 });
        self.sets.extend(sets);
    }

    pub(super) fn remove(&mut self, owner: &str, rtype: &str) {
        let gone = self.sets.remove(&(owner.to_owned(), rtype.to_owned()));
        let gone = gone.unwrap_or_else(|| panic!("there is no {owner} {rtype}"));
        self.changes.push(Change { additions: Vec::new(), deletions: vec![gone.to_json()], pending: 0 });
    }

    pub(super) fn to_json(&self) -> Value {
        let servers: Vec<String> =
            (1..=4).map(|number| format!("ns-cloud-a{number}.googledomains.com.")).collect();
        let mut zone = json!({
            "kind": "dns#managedZone",
            "name": self.name,
            "id": self.id,
            "dnsName": self.dns_name,
            "description": "",
            "nameServers": servers,
            "creationTime": "2026-11-01T08:00:00.000Z",
            "visibility": self.visibility,
        });
        if let Some(members) = zone.as_object_mut() {
            members.extend(self.more.clone());
        }
        zone
    }

    pub(super) fn list_sets(&self, request: &Request, size: usize) -> Result<Value, Refusal> {
        let (name, rtype) = (request.parameter("name"), request.parameter("type"));
        let wanted = |set: &&RecordSet| {
            name.as_ref().is_none_or(|name| set.name.eq_ignore_ascii_case(name))
                && rtype.as_ref().is_none_or(|rtype| set.rtype == *rtype)
        };
        let sets = self.sets.values().filter(wanted);
        let entries = sets.map(|set| (format!("{} {}", set.name, set.rtype), set.to_json())).collect();
        page(request, size, "dns#resourceRecordSetsListResponse", "rrsets", entries)
    }

    pub(super) fn list_changes(&self, request: &Request, size: usize) -> Result<Value, Refusal> {
        let indices: Vec<usize> = match request.parameter("sortOrder").as_deref() {
            Some("descending") => (0..self.changes.len()).rev().collect(),
            None | Some("ascending") => (0..self.changes.len()).collect(),
            Some(other) => return Err(Refusal::invalid("parameters.sortOrder", other)),
        };
        let entries = indices.into_iter().map(|index| (index.to_string(), self.change_json(index))).collect();
        page(request, size, "dns#changesListResponse", "changes", entries)
    }

    /// Each look brings a pending change nearer to its end.
    pub(super) fn get_change(&mut self, id: &str) -> Result<Value, Refusal> {
        let index = id.parse::<usize>().ok().filter(|index| *index < self.changes.len());
        let index = index.ok_or_else(|| Refusal::missing("parameters.changeId", id))?;
        let answer = self.change_json(index);
        let pending = &mut self.changes[index].pending;
        *pending = pending.saturating_sub(1);
        Ok(answer)
    }

    pub(super) fn change_json(&self, index: usize) -> Value {
        let Change { additions, deletions, pending } = &self.changes[index];
        let mut change = json!({
            "kind": "dns#change",
            "id": index.to_string(),
            "startTime": "2026-11-23T12:00:00.000Z",
            "status": if *pending > 0 { "pending" } else { "done" },
        });
        for (member, sets) in [("additions", additions), ("deletions", deletions)] {
            if !sets.is_empty() {
                change[member] = Value::Array(sets.clone());
            }
        }
        change
    }

    /// Of a routing policy its first target is served everywhere; of an ALIAS what its target holds here.
    pub(super) fn served(&self) -> Served {
        let mut served = Served::new();
        for ((name, rtype), set) in &self.sets {
            if rtype == "ALIAS" {
                let target = set.rrdatas.first().cloned().unwrap_or_default();
                for rtype in ["A", "AAAA"] {
                    if let Some(target) = self.set(&target, rtype) {
                        served.insert((name.clone(), rtype.into()), (set.ttl, target.rrdatas.clone()));
                    }
                }
                continue;
            }
            let first = set.routing_policy.as_ref().map(first_target);
            let data = first.unwrap_or_else(|| set.rrdatas.clone());
            if !data.is_empty() {
                served.insert((name.clone(), rtype.clone()), (set.ttl, data));
            }
        }
        served
    }
}

fn first_target(policy: &Value) -> Vec<String> {
    let lists = [
        "/wrr/items/0/rrdatas",
        "/geo/items/0/rrdatas",
        "/primaryBackup/primaryTargets/externalEndpoints",
        "/primaryBackup/backupGeoTargets/items/0/rrdatas",
    ];
    let list = lists.iter().find_map(|place| policy.pointer(place)?.as_array());
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

impl RecordSet {
    /// A set of these data.
    pub fn new(name: &str, rtype: &str, ttl: u32, rrdatas: &[&str]) -> RecordSet {
        let rrdatas = rrdatas.iter().map(|data| (*data).to_owned()).collect();
        let (name, rtype) = (name.to_owned(), rtype.to_owned());
        RecordSet { name, rtype, ttl, rrdatas, routing_policy: None, more: Map::new() }
    }

    /// A set whose answers a routing policy makes.
    pub fn routed(name: &str, rtype: &str, ttl: u32, policy: Value) -> RecordSet {
        RecordSet { routing_policy: Some(policy), ..RecordSet::new(name, rtype, ttl, &[]) }
    }

    /// With one more member.
    #[must_use]
    pub fn having(mut self, member: &str, value: Value) -> RecordSet {
        self.more.insert(member.to_owned(), value);
        self
    }

    pub(super) fn to_json(&self) -> Value {
        let mut set = json!({
            "kind": "dns#resourceRecordSet", "name": self.name, "type": self.rtype, "ttl": self.ttl,
        });
        if let Some(members) = set.as_object_mut() {
            match &self.routing_policy {
                Some(policy) => members.insert("routingPolicy".into(), policy.clone()),
                None => members.insert("rrdatas".into(), self.rrdatas.clone().into()),
            };
            members.extend(self.more.clone());
        }
        set
    }
}

/// One page of a listing. The token is the key of the first entry that is missing, so that a listing goes
/// on where it stopped whatever was changed before that.
pub(super) fn page(
    request: &Request,
    size: usize,
    kind: &str,
    member: &str,
    entries: Vec<(String, Value)>,
) -> Result<Value, Refusal> {
    let size = match request.parameter("maxResults") {
        None => size,
        Some(text) => match text.parse::<usize>() {
            Ok(most) if most > 0 => most.min(size),
            _ => return Err(Refusal::invalid("parameters.maxResults", &text)),
        },
    };
    let first = match request.parameter("pageToken") {
        None => 0,
        Some(token) => {
            let place = entries.iter().position(|(key, _)| format!("~{key}") == token);
            place.ok_or_else(|| Refusal::invalid("parameters.pageToken", &token))?
        }
    };
    let mut answer = json!({ "kind": kind });
    if let Some((key, _)) = entries.get(first + size) {
        answer["nextPageToken"] = format!("~{key}").into();
    }
    answer[member] = entries.into_iter().skip(first).take(size).map(|(_, entry)| entry).collect();
    Ok(answer)
}
