//! The record sets of a zone, and what Azure DNS takes and refuses.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::text;
use crate::cloud::Served;

/// Status, code and message of an error.
pub(super) type Refusal = (u16, &'static str, String);

fn bad<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err((400, "BadRequest", message.into()))
}

/// Relative owner name in lower case, and type.
pub(super) type Key = (String, &'static str);

/// One record set.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) etag: String,
    pub(super) properties: Map<String, Value>,
}

/// One zone.
#[derive(Debug)]
pub(super) struct Store {
    /// Without a final dot.
    pub(super) name: String,
    pub(super) sets: BTreeMap<Key, Set>,
    /// Azure's own name servers, absolute.
    pub(super) name_servers: Vec<String>,
    /// How many records a set may have.
    pub(super) largest_set: usize,
    /// Whether it says so.
    pub(super) tells_largest_set: bool,
    etags: u64,
}

/// What a request is conditional upon.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl Store {
    pub(super) fn new(name: &str, name_servers: Vec<String>) -> Store {
        let name = name.trim_end_matches('.').to_owned();
        Store {
            name,
            sets: BTreeMap::new(),
            name_servers,
            largest_set: 20,
            tells_largest_set: false,
            etags: 0,
        }
    }

    fn etag(&mut self) -> String {
        self.etags += 1;
        format!("{:08x}-7f3a-4c11-9d02-{:012x}", self.etags * 2_654_435, self.etags)
    }

    /// Puts a set in its place without asking any rule.
    pub(super) fn plant(&mut self, name: &str, rtype: &'static str, properties: Map<String, Value>) {
        let etag = self.etag();
        let set = Set { name: name.to_owned(), etag, properties };
        self.sets.insert((name.to_ascii_lowercase(), rtype), set);
    }

    fn check_conditions(&self, key: &Key, conditions: &Conditions) -> Result<(), Refusal> {
        let current = self.sets.get(key).map(|set| set.etag.as_str());
        let unmet = |header: &str, wanted: &str| {
            let message = format!(
                "The condition '{wanted}' in the {header} header was not satisfied. The current was '{}'.",
                current.unwrap_or("null")
            );
            Err((412, "PreconditionFailed", message))
        };
        match (&conditions.if_match, &conditions.if_none_match) {
            (Some(wanted), _) if current.is_none_or(|etag| wanted != "*" && etag != wanted) => {
                unmet("If-Match", wanted)
            }
            // Other values are ignored, as documented.
            (_, Some(wanted)) if wanted == "*" && current.is_some() => unmet("If-None-Match", wanted),
            _ => Ok(()),
        }
    }

    /// PUT and, where `merges`, PATCH. Whether it was created.
    pub(super) fn put(
        &mut self,
        key: &Key,
        name: &str,
        body: &Value,
        conditions: &Conditions,
        merges: bool,
    ) -> Result<bool, Refusal> {
        self.check_conditions(key, conditions)?;
        let before = self.sets.get(key);
        let Some(given) = body.get("properties").and_then(Value::as_object) else {
            return bad("The request body has no 'properties'.");
        };
        let mut properties = match before {
            Some(set) if merges => set.properties.clone(),
            None if merges => return Err(self.not_found(key)),
            _ => Map::new(),
        };
        properties.extend(given.clone());
        for read_only in ["fqdn", "provisioningState"] {
            properties.remove(read_only);
        }
        self.check(key, before, &mut properties)?;
        let is_new = before.is_none();
        let name = before.map_or_else(|| name.to_owned(), |set| set.name.clone());
        let etag = self.etag();
        self.sets.insert(key.clone(), Set { name, etag, properties });
        Ok(is_new)
    }

    /// DELETE. Whether there was one.
    pub(super) fn delete(&mut self, key: &Key, conditions: &Conditions) -> Result<bool, Refusal> {
        if !self.sets.contains_key(key) {
            return Ok(false);
        }
        self.check_conditions(key, conditions)?;
        if key.0 == "@" && matches!(key.1, "NS" | "SOA") {
            return bad(format!("The record set of type '{}' at the zone apex cannot be deleted.", key.1));
        }
        self.sets.remove(key);
        Ok(true)
    }

    pub(super) fn not_found(&self, key: &Key) -> Refusal {
        (
            404,
            "NotFound",
            format!("The resource record '{}' does not exist in DNS zone '{}'.", key.0, self.name),
        )
    }

    /// The rules, in the order in which they are asked; a TXT or MX record is looked at closely.
    fn check(
        &self,
        key: &Key,
        before: Option<&Set>,
        properties: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        let (name, rtype) = (key.0.as_str(), key.1);
        check_name(name, rtype)?;
        let ttl = properties.get("TTL").and_then(Value::as_u64);
        if ttl.is_none_or(|ttl| !(1..=0x7fff_ffff).contains(&ttl)) {
            return bad("The 'TTL' must be between 1 and 2147483647.");
        }
        let metadata = properties.get("metadata").and_then(Value::as_object);
        if metadata.is_some_and(|metadata| !metadata.values().all(Value::is_string)) {
            return bad("The values of 'metadata' must be strings.");
        }
        let foreign = text::members().find(|member| {
            *member != text::member(rtype) && properties.get(*member).is_some_and(|value| !value.is_null())
        });
        if let Some(member) = foreign {
            return bad(format!("'{member}' does not belong into a record set of type '{rtype}'."));
        }
        let others = |wanted: bool| {
            self.sets
                .keys()
                .any(|(owner, other)| owner == name && *other != rtype && (*other == "CNAME") == wanted)
        };
        if others(true) || rtype == "CNAME" && others(false) {
            return bad(format!(
                "The record set '{name}' of type '{rtype}' cannot be created because a CNAME record set cannot coexist with another of the same name."
            ));
        }
        let records = text::records(rtype, properties);
        if let Some(id) = properties.get("targetResource").and_then(|resource| resource.get("id")) {
            let is_id = id.as_str().is_some_and(|id| id.starts_with("/subscriptions/"));
            if !is_id || !matches!(rtype, "A" | "AAAA" | "CNAME") {
                return bad("The 'targetResource' is not valid for this record set.");
            }
            if !records.is_empty() {
                return bad("A record set with a 'targetResource' cannot have records.");
            }
            return Ok(());
        }
        properties.entry("targetResource").or_insert_with(|| json!({}));
        for record in &records {
            text::data(rtype, record).or_else(bad)?;
        }
        if records.len() > self.largest_set {
            return bad(format!(
                "The record set has {} records; the maximum is {}.",
                records.len(),
                self.largest_set
            ));
        }
        self.check_data(key, before, &records)
    }

    fn check_data(&self, key: &Key, before: Option<&Set>, records: &[Value]) -> Result<(), Refusal> {
        let at_apex = key.0 == "@";
        match key.1 {
            "TXT" => {
                let lengths = records.iter().map(|record| {
                    let texts = record["value"].as_array().into_iter().flatten();
                    texts.map(|text| text.as_str().unwrap_or_default().chars().count()).sum::<usize>()
                });
                let lengths: Vec<usize> = lengths.collect();
                if lengths.contains(&0) {
                    return bad("A TXT record cannot be empty.");
                }
                if lengths.iter().sum::<usize>() > 4096 {
                    return bad("The TXT records have more than 4096 characters together.");
                }
            }
            "MX" if records.iter().any(|record| record["exchange"] == "." || record["exchange"] == "") => {
                return bad("The 'exchange' of an MX record cannot be empty.");
            }
            "NS" if at_apex => {
                let has = |server: &String| {
                    let same =
                        |record: &Value| same_name(record["nsdname"].as_str().unwrap_or_default(), server);
                    records.iter().any(same)
                };
                if !self.name_servers.iter().all(has) {
                    return bad(
                        "The name servers of Azure DNS cannot be removed from the NS record set at the zone apex.",
                    );
                }
            }
            "SOA" => {
                let Some(before) = before else {
                    return bad("A record set of type 'SOA' cannot be created.");
                };
                let host = |record: &Value| record["host"].as_str().unwrap_or_default().to_owned();
                let [old, new] =
                    [&text::records("SOA", &before.properties)[..], records].map(|all| all.first().map(host));
                if !same_name(&old.unwrap_or_default(), &new.unwrap_or_default()) {
                    return bad("The 'host' of the SOA record cannot be changed.");
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What name servers serve. Azure answers for an alias with what the resource has right now.
    pub(super) fn served(&self, aliases: &dyn Fn(&str, &str) -> Vec<String>) -> Served {
        let served = self.sets.iter().map(|((name, rtype), set)| {
            let owner =
                if name == "@" { format!("{}.", self.name) } else { format!("{name}.{}.", self.name) };
            let target = |member: &str| {
                let resource = set.properties.get(member)?;
                resource.get("id").and_then(Value::as_str).filter(|id| !id.is_empty())
            };
            let data = match target("targetResource").or_else(|| target("trafficManagementProfile")) {
                Some(id) => aliases(id, rtype),
                None => text::records(rtype, &set.properties)
                    .iter()
                    // What was planted need not be right.
                    .filter_map(|record| text::data(rtype, record).ok())
                    .collect(),
            };
            let ttl = set.properties.get("TTL").and_then(Value::as_u64).unwrap_or_default();
            (
                (owner.to_ascii_lowercase(), (*rtype).to_owned()),
                (u32::try_from(ttl).unwrap_or_default(), data),
            )
        });
        served.filter(|(_, (_, data)): &((String, String), (u32, Vec<String>))| !data.is_empty()).collect()
    }
}

fn check_name(name: &str, rtype: &str) -> Result<(), Refusal> {
    if matches!(rtype, "NS" | "SOA") && name.starts_with('*') || rtype == "SOA" && name != "@" {
        return bad(format!("A record set of type '{rtype}' cannot have the name '{name}'."));
    }
    if name == "@" && rtype == "CNAME" {
        return bad("A CNAME record set cannot be created at the zone apex.");
    }
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        !label.is_empty() && label.len() <= 63 && fits
    };
    if matches!(rest, "@" | "*") || rest.split('.').all(is_label) {
        return Ok(());
    }
    bad(format!("The name '{name}' is not a valid relative record set name."))
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}
