//! Record sets as Azure lists them: what they hold, and what a write upon them needs.

use super::record;
use super::settings;
use crate::followed::Followed;
use crate::http::shown;
use crate::listing::Entry;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, rdata};
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What was read of a zone.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) sets: Followed<Around>,
    /// Azure's own name servers: they stay in the NS records of the apex whatever is written.
    pub(super) name_servers: Vec<Name>,
    /// How many records a set may have; a quota of the zone, which Azure mostly leaves unsaid.
    pub(super) largest_set: Option<usize>,
}

impl Listing {
    /// What stands beside the data of a set, also of one without records.
    pub(super) fn settings(&self, key: &RecordKey) -> Settings {
        self.sets.sets().get(key).map(|listed| listed.source.settings.clone()).unwrap_or_default()
    }

    /// The primary name server of the SOA, which nobody may change.
    pub(super) fn primary(&self, apex: &Name) -> Option<Name> {
        let sets = self.sets.sets();
        let soa = sets.get(&RecordKey::new(apex.clone(), RecordType::SOA))?.set.as_ref()?;
        soa.rdatas().iter().find_map(|soa| primary(soa.wire()))
    }
}

/// The primary name server in an SOA.
pub(super) fn primary(soa: &[u8]) -> Option<Name> {
    rdata::names(RecordType::SOA, soa).next()
}

/// What a write to a set needs.
#[derive(Debug, Clone)]
pub(super) struct Around {
    /// Changes with every write to the set, also with those of others; a set without one is locked.
    pub(super) etag: Option<HeaderValue>,
    settings: Settings,
    /// The properties that are neither records nor TTL nor settings: a write sends them back word for word.
    pub(super) others: Map<String, Value>,
}

/// One record set and what stands around it.
pub(super) type Listed = Entry<Around>;

/// A record set as it comes.
#[derive(Deserialize)]
struct Object {
    name: String,
    /// A path; the last part of it is the type.
    #[serde(rename = "type")]
    rtype: String,
    etag: Option<String>,
    properties: Map<String, Value>,
}

/// Reads a record set.
///
/// # Errors
/// What cannot be read, in words.
pub(super) fn read(object: &Value, apex: &Name) -> Result<(RecordKey, Listed), String> {
    let fault = |reason: &str| format!("{} cannot be read: {}", shown(&object.to_string()), shown(reason));
    let read = Object::deserialize(object).map_err(|error| fault(&error.to_string()))?;
    let Object { name, rtype, etag, mut properties } = read;
    let name = Name::parse(&name, Some(apex)).ok().filter(|name| name.is_at_or_below(apex));
    let name = name.ok_or_else(|| fault("its name is none of the zone"))?;
    let rtype = rtype.rsplit('/').next().and_then(|rtype| rtype.parse().ok());
    let key = RecordKey::new(name, rtype.ok_or_else(|| fault("it is of no type"))?);
    let ttl = properties.remove("TTL").and_then(|ttl| u32::try_from(ttl.as_u64()?).ok());
    let ttl = Ttl::from_wire(ttl.ok_or_else(|| fault("it has no TTL"))?);
    properties.retain(|member, _| !matches!(member.as_str(), "fqdn" | "provisioningState"));

    let settings = settings::of(&properties);
    let shape = record::shape(key.rtype);
    let datas = match shape {
        // Of an alias record the resource is what counts; addresses beside it are Azure's.
        Some(shape) if settings::target(&settings).is_none() => {
            shape.read(&properties).map_err(|reason| format!("{key}: {reason}"))?
        }
        _ => Vec::new(),
    };
    let mut set = RecordSet::new(key.clone(), ttl, datas.into_iter().map(Rdata::new));
    set.settings = if shape.is_some() { settings.clone() } else { settings::verbatim(&properties) };
    let etag = etag.filter(|etag| !etag.is_empty()).and_then(|etag| HeaderValue::try_from(etag).ok());
    let locked = match etag {
        Some(_) => lock(&set, &properties),
        None => Some("Azure gave no etag for it that a write could be compared with".into()),
    };
    properties.retain(|member, _| !record::is_known(member) && !settings::is_known(member));
    let serves = !set.rdatas().is_empty() || settings::makes_answers(&set.settings);
    let source = Around { etag, settings, others: properties };
    Ok((key, Entry { set: Some(set).filter(|_| serves), locked, source }))
}

/// Why a set with these properties is never written to, if so.
fn lock(set: &RecordSet, properties: &Map<String, Value>) -> Option<String> {
    if settings::has_profile(&set.settings) {
        let words =
            "a Traffic Manager profile makes its answers, and that is changed there, or in the portal";
        return Some(words.into());
    }
    let rtype = set.key.rtype;
    let Some(shape) = record::shape(rtype) else {
        return Some(format!("dnsure does not know how Azure writes {rtype} records"));
    };
    if let Err(reason) = shape.write(set.rdatas().iter().map(Rdata::wire)) {
        return Some(format!("dnsure could not write it back as it is: {reason}"));
    }
    let field = shape.unknown_field(properties)?;
    Some(format!("it has a field `{field}` that dnsure does not know and a write would lose"))
}
