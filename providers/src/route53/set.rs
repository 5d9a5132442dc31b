//! One record set as the API lists it, and as it is sent.

use super::fields::{self, ALIAS, HEALTH, NAMESPACE, POLICY, TARGET, ZONE_ID};
use super::text;
use crate::http::xml::{Element, leaf};
use crate::listing::Entry;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, rdata};
use serde_json::{Map, Value};

/// An alias has no TTL of its own: what it leads to has one. This one stands for it on both sides of
/// every comparison, and is the longest that a verification takes for right.
pub(super) const ALIAS_TTL: u32 = 86_400;

/// A record set as it was listed, with the whole element, its parts word for word: what a deletion must
/// repeat.
pub(super) type Listed = (RecordKey, Entry<String>);

/// Reads one `ResourceRecordSet` of `document`, in the zone with this id.
///
/// # Errors
/// What is no record set at all, in words. What only cannot be understood is locked.
pub(super) fn listed(element: &Element, document: &str, zone_id: &str) -> Result<Listed, String> {
    let name = text::name(element.text_of("Name").ok_or("a record set has no name")?)?;
    let rtype: RecordType = element
        .text_of("Type")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{name} has a record type that dnsure does not know"))?;
    let set_id = element.text_of("SetIdentifier").map(Into::into);
    let key = RecordKey { name, rtype, set_id };
    let ttl = element.text_of("TTL").map_or(Ok(ALIAS_TTL), |text| text.trim().parse::<u32>());
    let ttl = ttl.ok().and_then(|seconds| Ttl::from_secs(seconds).ok());
    let ttl = ttl.ok_or_else(|| format!("{key} has a TTL that is none"))?;
    let records = element.child("ResourceRecords").into_iter().flat_map(|list| list.all("ResourceRecord"));
    let values: Vec<&str> = records.filter_map(|record| record.text_of("Value")).collect();
    let mut locked = None;
    let mut own = fields::of_element(element).unwrap_or_else(|reason| {
        locked = Some(format!("{reason}, so that a write could lose it"));
        Map::new()
    });
    if own.contains_key(POLICY) {
        locked = Some("a traffic policy instance made it: change the traffic policy".into());
    }
    let mut members = Vec::with_capacity(values.len());
    for value in &values {
        match text::to_master(value).and_then(|text| {
            rdata::parse_text(rtype, &text, &Name::root()).map_err(|error| error.to_string())
        }) {
            Ok(wire) => members.push(Rdata::new(wire)),
            Err(error) => {
                locked = Some(format!("its value {} cannot be read: {error}", crate::http::shown(value)))
            }
        }
    }
    if members.len() < values.len() {
        members.clear();
        own.insert("values".into(), values.iter().map(|value| Value::from(*value)).collect());
    }
    let mut set = RecordSet::new(key, ttl, members);
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS)
        && let Err(reason) = normal_alias(alias, &Name::root(), Some(zone_id))
    {
        locked = Some(reason);
    }
    set.settings = Settings::of(NAMESPACE, own);
    Ok((set.key.clone(), Entry { set: Some(set), locked, source: in_order(element, document) }))
}

/// The element with its parts as they were listed, in the order of the schema.
fn in_order(element: &Element, document: &str) -> String {
    let mut parts: Vec<&Element> = element.children.iter().collect();
    parts.sort_by_key(|part| fields::place(&part.name));
    let parts: String = parts.into_iter().map(|part| &document[part.place.clone()]).collect();
    format!("<ResourceRecordSet>{parts}</ResourceRecordSet>")
}

/// An alias in its one form: an absolute target in lower case, the origin itself where there is none,
/// and no zone id where that is the zone's own.
///
/// # Errors
/// A target that is no name.
pub(super) fn normal_alias(
    alias: &mut Map<String, Value>,
    origin: &Name,
    zone_id: Option<&str>,
) -> Result<(), String> {
    let target = alias.get(TARGET).and_then(Value::as_str).unwrap_or_default();
    let target = match target {
        "" => origin.clone(),
        text => Name::parse(&text::to_master(text)?, Some(origin))
            .map_err(|error| format!("its alias leads to no name: {error}"))?,
    };
    alias.insert(TARGET.into(), text::of_name(&target).into());
    alias.entry(HEALTH).or_insert(Value::Bool(false));
    if zone_id.is_some() && alias.get(ZONE_ID).and_then(Value::as_str) == zone_id {
        alias.remove(ZONE_ID);
    }
    Ok(())
}

/// The settings under `route53`.
pub(super) fn own(set: &RecordSet) -> Map<String, Value> {
    set.settings.0.get(NAMESPACE).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The values of a set as they are sent.
pub(super) fn values(set: &RecordSet) -> impl Iterator<Item = String> {
    set.texts().map(|text| text::from_master(&text))
}

/// The `ResourceRecordSet` that creates `set`, its elements in the order of the schema.
pub(super) fn element(set: &RecordSet, zone_id: &str) -> String {
    let key = &set.key;
    let mut own = own(set);
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS) {
        alias.entry(ZONE_ID).or_insert_with(|| zone_id.into());
    }
    let (before, after) = fields::elements(&own);
    let mut out = String::from("<ResourceRecordSet>");
    out += &leaf("Name", &text::of_name(&key.name));
    out += &leaf("Type", &key.rtype.to_string());
    out += &key.set_id.as_ref().map_or_else(String::new, |id| leaf("SetIdentifier", id));
    out += &before;
    if !set.rdatas().is_empty() {
        out += &leaf("TTL", &set.ttl.to_string());
        let records =
            values(set).map(|value| format!("<ResourceRecord>{}</ResourceRecord>", leaf("Value", &value)));
        out += &format!("<ResourceRecords>{}</ResourceRecords>", records.collect::<String>());
    }
    out + &after + "</ResourceRecordSet>"
}
