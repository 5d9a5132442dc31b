//! The records of a zone as the API lists them, and the record sets they make.

use super::data;
use super::flags::{self, Flags};
use crate::http::shown;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// What an automatic TTL (1) comes to, in seconds.
pub(super) const AUTOMATIC: u32 = 300;

/// A record of a reply. Members that are not here stay as they are: edits say what changes, no more.
#[derive(Debug, Deserialize)]
pub(super) struct Raw {
    id: String,
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    content: Option<String>,
    data: Option<Map<String, Value>>,
    priority: Option<f64>,
    ttl: f64,
    #[serde(default)]
    proxied: bool,
    comment: Option<String>,
    tags: Option<Vec<String>>,
    settings: Option<Map<String, Value>>,
    private_routing: Option<bool>,
    meta: Option<Map<String, Value>>,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    modified_on: String,
}

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) modified_on: String,
    pub(super) data: Rdata,
    pub(super) ttl: Ttl,
    pub(super) flags: Flags,
    /// Why the API lets nobody change it.
    locked: Option<String>,
}

impl Raw {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// # Errors
    /// What cannot be read, naming the record.
    fn read(self, apex: &Name) -> Result<(RecordKey, Listed), String> {
        let fault =
            |reason: String| format!("the record {} {}: {reason}", shown(&self.name), shown(&self.rtype));
        let name =
            Name::parse_unicode(&self.name, Some(&Name::root())).map_err(|error| fault(error.to_string()))?;
        let rtype: RecordType = self
            .rtype
            .parse()
            .map_err(|error: dnsure_zones::record_type::UnknownType| fault(error.to_string()))?;
        let wire = data::from_api(rtype, self.content.as_deref(), self.data.as_ref(), self.priority)
            .map_err(fault)?;
        if self.id.is_empty() {
            return Err(fault("it has no id".into()));
        }
        let mut flags = Flags::default();
        flags.set("proxied", self.proxied.into());
        flags.set("auto-ttl", (self.ttl == 1.0).into());
        flags.set("private-routing", self.private_routing.unwrap_or_default().into());
        flags.set("comment", self.comment.unwrap_or_default().into());
        flags.set_tags(self.tags.unwrap_or_default());
        let unknown = flags.take_settings(&self.settings.unwrap_or_default());
        let is_on = |key: &str| self.meta.as_ref().and_then(|meta| meta.get(key)) == Some(&Value::Bool(true));
        let locked = if is_on("email_routing") {
            Some("Cloudflare's Email Routing keeps it: turn Email Routing off, or unlock its records, to change it".into())
        } else if is_on("read_only") || self.locked {
            Some("Cloudflare says that it is read-only: one of its services keeps it".into())
        } else {
            unknown
        };
        let ttl = if flags.is("auto-ttl") { AUTOMATIC } else { self.ttl as u32 };
        // A CNAME at the apex is answered with addresses: what octoDNS calls an ALIAS.
        let rtype = if rtype == RecordType::CNAME && name == *apex { RecordType::ALIAS } else { rtype };
        let listed = Listed {
            id: self.id,
            modified_on: self.modified_on,
            data: Rdata::new(wire),
            ttl: Ttl::from_wire(ttl),
            flags,
            locked,
        };
        Ok((RecordKey::new(name, rtype), listed))
    }
}

/// Records by record set.
#[derive(Debug, Default)]
pub(super) struct Records(BTreeMap<RecordKey, Vec<Listed>>);

impl Records {
    /// # Errors
    /// As [`Raw::read`], and an id that is listed twice.
    pub(super) fn new(apex: &Name, raws: Vec<Raw>) -> Result<Self, String> {
        let mut records = Self::default();
        let mut ids = HashSet::with_capacity(raws.len());
        for raw in raws {
            if !ids.insert(raw.id.clone()) {
                return Err(format!("the record {} is listed twice", shown(&raw.id)));
            }
            records.insert(apex, raw)?;
        }
        Ok(records)
    }

    fn insert(&mut self, apex: &Name, raw: Raw) -> Result<(), String> {
        let (key, listed) = raw.read(apex)?;
        self.0.entry(key).or_default().push(listed);
        Ok(())
    }

    /// Takes in what a batch answered: the ids that are gone, and the records as they are now.
    pub(super) fn follow(&mut self, apex: &Name, gone: &HashSet<&str>, now: Vec<Raw>) -> Result<(), String> {
        let fresh: HashSet<String> = now.iter().map(|raw| raw.id.clone()).collect();
        for records in self.0.values_mut() {
            records.retain(|record| !gone.contains(record.id.as_str()) && !fresh.contains(&record.id));
        }
        now.into_iter().try_for_each(|raw| self.insert(apex, raw))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.0.keys()
    }

    /// The records of one set.
    pub(super) fn at(&self, key: &RecordKey) -> &[Listed] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// One record set, as the normal form has it.
    pub(super) fn set(&self, key: &RecordKey) -> Option<RecordSet> {
        let records = self.at(key);
        let mut set = RecordSet::from_members(
            key.clone(),
            records.iter().map(|record| (record.data.clone(), record.ttl)),
        )?;
        let of = |data: &Rdata| {
            records.iter().find(|record| record.is(key.rtype, data)).map(|record| record.flags.clone())
        };
        let members: Vec<Flags> = set.rdatas().iter().filter_map(of).collect();
        set.settings = flags::of_set(&set, &members);
        Some(set)
    }

    /// Why nobody may change a set, if so.
    pub(super) fn locked(&self, key: &RecordKey) -> Option<String> {
        let records = self.at(key);
        if let Some(reason) = records.iter().find_map(|record| record.locked.clone()) {
            return Some(reason);
        }
        let twice = records
            .iter()
            .enumerate()
            .any(|(index, one)| records[index + 1..].iter().any(|other| other.is(key.rtype, &one.data)));
        twice.then(|| {
            "one of its records is listed twice, and to name servers both are one (RFC 2181 5): remove one by hand, see that it is still answered, then plan again".into()
        })
    }
}

impl Listed {
    pub(super) fn is(&self, rtype: RecordType, data: &Rdata) -> bool {
        rdata::canonical(rtype, self.data.wire()) == rdata::canonical(rtype, data.wire())
    }
}
