//! Record sets as Azure lists them: what they hold, and what a write upon them needs.

use super::record::{self, Shape};
use super::settings;
use crate::http::shown;
use dnsure_zones::zone::ZoneError;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, Zone, ZoneBuilder, rdata};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One record set and what stands around it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Changes with every write to the set, also with those of others.
    pub(super) etag: String,
    /// Its properties word for word: a write sends back what it does not mean to change.
    properties: Map<String, Value>,
    /// What it holds; `None` where it is kept without records and nothing is served.
    pub(super) set: Option<RecordSet>,
    /// Why it is never written to.
    pub(super) locked: Option<String>,
}

/// What is known of the record sets of one zone: as listed, and as accepted writes have changed
/// them since, so that several may follow one reading.
#[derive(Debug)]
pub(super) struct Listing {
    sets: Mutex<HashMap<RecordKey, Listed>>,
    listed_at: Instant,
}

impl Listing {
    pub(super) fn new(sets: HashMap<RecordKey, Listed>) -> Self {
        Self { sets: Mutex::new(sets), listed_at: Instant::now() }
    }

    pub(super) fn sets(&self) -> MutexGuard<'_, HashMap<RecordKey, Listed>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long ago the zone was listed whole.
    pub(super) fn age(&self) -> Duration {
        self.listed_at.elapsed()
    }

    /// Takes over what is known of a set now.
    pub(super) fn keep(&self, key: &RecordKey, now: Option<Listed>) {
        match now {
            Some(listed) => self.sets().insert(key.clone(), listed),
            None => self.sets().remove(key),
        };
    }

    /// The zone as it is known now, and what of it is locked.
    ///
    /// # Errors
    /// A set that is not in the zone.
    pub(super) fn zone(&self, apex: &Name) -> Result<(Zone, BTreeMap<RecordKey, String>), ZoneError> {
        let mut builder = ZoneBuilder::new(apex.clone());
        let mut locked = BTreeMap::new();
        for (key, listed) in self.sets().iter() {
            if let Some(set) = &listed.set {
                builder.push_set(set)?;
            }
            locked.extend(listed.locked.clone().map(|reason| (key.clone(), reason)));
        }
        Ok((builder.finish(), locked))
    }
}

impl Listed {
    /// Reads a record set.
    ///
    /// # Errors
    /// What cannot be read, in words.
    pub(super) fn read(object: &Value, apex: &Name) -> Result<(RecordKey, Self), String> {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let fault = |what: &str| format!("{} has no {what} that can be read", shown(&object.to_string()));
        let name = text("name").and_then(|name| Name::parse(name, Some(apex)).ok());
        let name = name.filter(|name| name.is_at_or_below(apex)).ok_or_else(|| fault("name"))?;
        let rtype = text("type").and_then(|path| path.rsplit('/').next()?.parse::<RecordType>().ok());
        let key = RecordKey::new(name, rtype.ok_or_else(|| fault("type"))?);
        let mut properties = object
            .get("properties")
            .and_then(Value::as_object)
            .cloned()
            .ok_or_else(|| fault("properties"))?;
        let ttl = properties.get("TTL").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
        let ttl = Ttl::from_wire(ttl.ok_or_else(|| fault("TTL"))?);
        let settings = settings::of(&properties);
        let alias = settings::target(&settings);
        let shape = record::shape(key.rtype);
        let mut locked = None;
        let datas = match shape {
            // Of an alias record the resource is what counts; addresses beside it are Azure's.
            _ if alias.is_some() => Vec::new(),
            Some(shape) => shape.read(&properties).map_err(|reason| format!("{key}: {reason}"))?,
            None => Vec::new(),
        };
        let mut set = RecordSet::new(key.clone(), ttl, datas.into_iter().map(Rdata::new));
        set.settings = settings;
        match shape {
            None => {
                locked = Some(format!("dnsure does not know how Azure writes {} records", key.rtype));
                set.settings.0.insert(
                    settings::NAMESPACE.into(),
                    json!({ settings::VERBATIM: Value::Object(without_state(&properties)) }),
                );
            }
            Some(shape) => {
                if let Some(field) = shape.unknown_field(&properties) {
                    locked = Some(format!(
                        "it has a field `{field}` that dnsure does not know and a write would lose"
                    ));
                }
                let datas = set.rdatas().iter().map(Rdata::wire);
                if let Err(reason) = shape.write(datas) {
                    locked = Some(format!("dnsure could not write it back as it is: {reason}"));
                }
            }
        }
        if settings::profile(&set.settings).is_some() {
            locked = Some(
                "a Traffic Manager profile makes its answers, and that is changed there, or in the portal"
                    .into(),
            );
        }
        let etag = text("etag").filter(|etag| !etag.is_empty()).map(str::to_owned);
        if etag.is_none() {
            locked = Some("Azure gave no etag for it, so a write could not be compared".into());
        }
        properties.remove("fqdn");
        properties.remove("provisioningState");
        let serves = !set.rdatas().is_empty() || settings::makes_answers(&set.settings);
        let set = Some(set).filter(|_| serves);
        Ok((key, Self { etag: etag.unwrap_or_default(), properties, set, locked }))
    }
}

/// The body of a PUT that makes `after` of what is listed, if anything is: all that is listed
/// beside records, TTL, metadata and alias goes back word for word.
///
/// # Errors
/// What Azure's JSON cannot hold, in words.
pub(super) fn body(after: &RecordSet, listed: Option<&Listed>) -> Result<Vec<u8>, String> {
    let shape: &Shape = record::shape(after.key.rtype)
        .ok_or_else(|| format!("Azure DNS holds no {} records", after.key.rtype))?;
    let mut properties = listed.map(|listed| listed.properties.clone()).unwrap_or_default();
    properties.retain(|name, _| !record::members().any(|member| member == name.as_str()));
    properties.insert("TTL".into(), after.ttl.as_secs().into());
    match settings::metadata(&after.settings) {
        Some(metadata) => properties.insert("metadata".into(), metadata.clone()),
        None => properties.remove("metadata"),
    };
    match settings::target(&after.settings) {
        Some(id) => {
            properties.insert("targetResource".into(), json!({ "id": id }));
        }
        None => {
            properties.remove("targetResource");
            let mut records = shape.write(after.rdatas().iter().map(Rdata::wire))?;
            if after.key.rtype == RecordType::SOA {
                records["serialNumber"] = next_serial(listed).into();
            }
            properties.insert(shape.member.into(), records);
        }
    }
    serde_json::to_vec(&json!({ "properties": properties })).map_err(|error| error.to_string())
}

/// A declared SOA goes out with the live serial plus one (RFC 1982); Azure itself never moves it.
fn next_serial(listed: Option<&Listed>) -> u32 {
    let soa = listed.and_then(|listed| listed.properties.get("SOARecord"));
    let serial = soa.and_then(|soa| soa.get("serialNumber")).and_then(Value::as_u64);
    let live = serial.and_then(|serial| u32::try_from(serial).ok()).unwrap_or_default();
    rdata::next_serial(live)
}

fn without_state(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = properties.clone();
    kept.retain(|name, _| !matches!(name.as_str(), "TTL" | "fqdn" | "provisioningState"));
    kept
}

/// The settings of each record set that has any, those without records included.
pub(super) fn settings_of(sets: &HashMap<RecordKey, Listed>) -> BTreeMap<RecordKey, Settings> {
    let settings = sets.iter().map(|(key, listed)| (key.clone(), settings::of(&listed.properties)));
    settings.filter(|(_, settings)| !settings.is_empty()).collect()
}
