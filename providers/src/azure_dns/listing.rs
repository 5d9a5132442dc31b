//! Record sets as Azure lists them: what they hold, and what a write upon them needs.

use super::api::Condition;
use super::record::{self, Shape};
use super::settings;
use crate::backend::WriteEnd;
use crate::change::Change;
use crate::http::shown;
use crate::listing::{Entries, Entry};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, rdata};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a write to a set needs.
#[derive(Debug, Clone)]
pub(super) struct Around {
    /// Changes with every write to the set, also with those of others.
    pub(super) etag: String,
    /// Its properties word for word: a write sends back what it does not mean to change.
    properties: Map<String, Value>,
}

/// One record set and what stands around it.
pub(super) type Listed = Entry<Around>;

/// What is known of the record sets of one zone: as listed, and as accepted writes have changed
/// them since, so that several may follow one reading.
#[derive(Debug)]
pub(super) struct Listing {
    sets: Mutex<Entries<Around>>,
    listed_at: Instant,
}

impl Listing {
    pub(super) fn new(sets: Entries<Around>) -> Self {
        Self { sets: Mutex::new(sets), listed_at: Instant::now() }
    }

    pub(super) fn sets(&self) -> MutexGuard<'_, Entries<Around>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The write that carries out one change: what it is compared with, and what shall be, if anything.
    ///
    /// # Errors
    /// As [`Entries::upon`], and what Azure's JSON cannot hold.
    pub(super) fn request(
        &self,
        apex: &Name,
        changes: &[Change],
    ) -> Result<(Condition, Option<Vec<u8>>), WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason: format!("{reason}; nothing was sent") };
        let sets = self.sets();
        let upon = sets.upon(apex, changes)?;
        let [upon] = upon.as_slice() else {
            let reason = "one write to Azure DNS takes one record set; please report this as a bug of dnsure";
            return Err(refused(reason.into()));
        };
        let etag = upon.listed.map(|listed| Condition::Etag(listed.source.etag.clone()));
        let body = upon.after(rdata::next_serial).map(|after| body(&after, upon.listed)).transpose();
        let body = body.map_err(|reason| refused(format!("{}: {reason}", upon.change.key())))?;
        Ok((etag.unwrap_or(Condition::Absent), body))
    }

    /// How long ago the zone was listed whole.
    pub(super) fn age(&self) -> Duration {
        self.listed_at.elapsed()
    }
}

/// Reads a record set.
///
/// # Errors
/// What cannot be read, in words.
pub(super) fn read(object: &Value, apex: &Name) -> Result<(RecordKey, Listed), String> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let fault = |what: &str| format!("{} has no {what} that can be read", shown(&object.to_string()));
    let name = text("name").and_then(|name| Name::parse(name, Some(apex)).ok());
    let name = name.filter(|name| name.is_at_or_below(apex)).ok_or_else(|| fault("name"))?;
    let rtype = text("type").and_then(|path| path.rsplit('/').next()?.parse::<RecordType>().ok());
    let key = RecordKey::new(name, rtype.ok_or_else(|| fault("type"))?);
    let mut properties =
        object.get("properties").and_then(Value::as_object).cloned().ok_or_else(|| fault("properties"))?;
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
            "a Traffic Manager profile makes its answers, and that is changed there, or in the portal".into(),
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
    Ok((key, Entry { set, locked, source: Around { etag: etag.unwrap_or_default(), properties } }))
}

/// The body of a PUT that makes `after` of what is listed, if anything is: all that is listed
/// beside records, TTL, metadata and alias goes back word for word.
///
/// # Errors
/// What Azure's JSON cannot hold, in words.
fn body(after: &RecordSet, listed: Option<&Listed>) -> Result<Vec<u8>, String> {
    let shape: &Shape = record::shape(after.key.rtype)
        .ok_or_else(|| format!("Azure DNS holds no {} records", after.key.rtype))?;
    let mut properties = listed.map(|listed| listed.source.properties.clone()).unwrap_or_default();
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
            let records = shape.write(after.rdatas().iter().map(Rdata::wire))?;
            properties.insert(shape.member.into(), records);
        }
    }
    serde_json::to_vec(&json!({ "properties": properties })).map_err(|error| error.to_string())
}

fn without_state(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = properties.clone();
    kept.retain(|name, _| !matches!(name.as_str(), "TTL" | "fqdn" | "provisioningState"));
    kept
}

/// The settings of each record set that has any, those without records included.
pub(super) fn settings_of(sets: &Entries<Around>) -> BTreeMap<RecordKey, Settings> {
    let settings = sets.iter().map(|(key, listed)| (key.clone(), settings::of(&listed.source.properties)));
    settings.filter(|(_, settings)| !settings.is_empty()).collect()
}
