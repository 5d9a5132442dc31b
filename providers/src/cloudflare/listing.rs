//! The records of a zone as the API lists them, and the record sets they make.

use super::data;
use super::flags::{self, SETTINGS};
use super::normal::is_its_own;
use crate::declared::members::Own;
use crate::http::shown;
use crate::listing::{Entries, Entry};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// What an automatic TTL comes to, in seconds.
pub(super) const AUTOMATIC: u32 = 300;

/// One record, and the set that it is of. What is not here stays as it is: edits say what changes, no more.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) key: RecordKey,
    pub(super) id: String,
    pub(super) modified_on: String,
    pub(super) data: Rdata,
    pub(super) ttl: Ttl,
    pub(super) own: Own,
    /// Why the API lets nobody change it.
    locked: Option<String>,
}

impl Listed {
    /// # Errors
    /// What cannot be read, naming the record.
    pub(super) fn read(apex: &Name, record: &Value) -> Result<Self, String> {
        let text = |member: &str| record[member].as_str().unwrap_or_default();
        let fault = |reason: &dyn ToString| {
            let [name, rtype] = ["name", "type"].map(|member| shown(text(member)));
            format!("the record {name} {rtype}: {}", reason.to_string())
        };
        let name = Name::parse_unicode(text("name"), Some(&Name::root())).map_err(|error| fault(&error))?;
        let rtype: RecordType =
            text("type").parse().map_err(|error: dnsure_zones::record_type::UnknownType| fault(&error))?;
        let data = data::from_api(rtype, record).map_err(|reason| fault(&reason))?;
        let own = flags::of_record(record).map_err(|reason| fault(&reason))?;
        let ttl = record["ttl"].as_f64().ok_or_else(|| fault(&"it has no TTL"))?;
        if text("id").is_empty() {
            return Err(fault(&"it has no id"));
        }
        // A CNAME at the apex is answered with addresses: what octoDNS calls an ALIAS.
        let rtype = if rtype == RecordType::CNAME && name == *apex { RecordType::ALIAS } else { rtype };
        Ok(Self {
            key: RecordKey::new(name, rtype),
            id: text("id").to_owned(),
            modified_on: text("modified_on").to_owned(),
            data: Rdata::new(data),
            ttl: Ttl::from_wire(if own.is("auto-ttl") { AUTOMATIC } else { ttl as u32 }),
            own,
            locked: flags::locked(record),
        })
    }

    pub(super) fn is(&self, data: &Rdata) -> bool {
        let canonical = |data: &Rdata| rdata::canonical(self.key.rtype, data.wire()).into_owned();
        canonical(&self.data) == canonical(data)
    }
}

/// Record sets, each with its records.
pub(super) type Records = Entries<Vec<Listed>>;

/// The sets that these records make, but for those of the apex that are Cloudflare's own.
///
/// # Errors
/// As [`Entries::gather`].
pub(super) fn sets(apex: &Name, listed: Vec<Listed>) -> Result<Records, String> {
    let mut sets: BTreeMap<RecordKey, Vec<Listed>> = BTreeMap::new();
    let is_ours = |record: &Listed| !is_its_own(record.key.name == *apex, record.key.rtype);
    for record in listed.into_iter().filter(is_ours) {
        sets.entry(record.key.clone()).or_default().push(record);
    }
    Entries::gather(sets.into_iter().map(|(key, records)| Ok((key.clone(), entry(key, records)))))
}

/// One set, as the normal form has it.
fn entry(key: RecordKey, records: Vec<Listed>) -> Entry<Vec<Listed>> {
    let members = records.iter().map(|record| (record.data.clone(), record.ttl));
    let mut set = RecordSet::from_members(key, members);
    let mut locked = records.iter().find_map(|record| record.locked.clone());
    if let Some(set) = &mut set {
        let of = |data: &Rdata| Some(records.iter().find(|record| record.is(data))?.own.clone());
        let members: Vec<Own> = set.rdatas().iter().filter_map(of).collect();
        set.settings = SETTINGS.of_set(set, &members);
        if set.rdatas().len() < records.len() {
            locked = locked.or_else(|| Some("one of its records is listed twice, and to name servers both are one (RFC 2181 5): remove one by hand, see that it is still answered, then plan again".into()));
        }
    }
    Entry { set, locked, source: records }
}

/// The records of one set.
pub(super) fn at<'r>(records: &'r Records, key: &RecordKey) -> &'r [Listed] {
    records.get(key).map_or(&[], |entry| &entry.source)
}

/// Takes in what a batch made of the sets with these keys: the ids that are gone, and the records that it
/// answered.
pub(super) fn follow<'k>(
    records: &mut Records,
    keys: impl Iterator<Item = &'k RecordKey>,
    gone: &[String],
    answered: &[Listed],
) {
    let touched: HashSet<&String> = gone.iter().chain(answered.iter().map(|record| &record.id)).collect();
    for key in keys {
        let stay = at(records, key).iter().filter(|record| !touched.contains(&record.id));
        let now: Vec<Listed> =
            stay.chain(answered.iter().filter(|record| record.key == *key)).cloned().collect();
        records.keep(key, (!now.is_empty()).then(|| entry(key.clone(), now)));
    }
}
