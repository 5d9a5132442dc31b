//! One record set as the API lists it, and as it is sent.

use super::fields::{ALIAS, FIELDS, HEALTH, NAMESPACE, POLICY, TARGET, ZONE_ID};
use super::names;
use crate::declared::xml;
use crate::http::shown;
use crate::http::xml::{Element, leaf, within};
use crate::listing::Entry;
use crate::octal;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, rdata};
use serde_json::{Map, Value};

/// An alias has no TTL of its own: what it leads to has one. This one stands for it on both sides of
/// every comparison, and is the longest that a verification takes for right.
pub(super) const ALIAS_TTL: u32 = 86_400;

/// The element of a record set.
const SET: &str = "ResourceRecordSet";

/// A record set as it was listed, with the whole element, its parts word for word: what a deletion must
/// repeat.
pub(super) type Listed = (RecordKey, Entry<String>);

/// Reads one `ResourceRecordSet` of `document`, in the zone with this id.
///
/// # Errors
/// What is no record set at all, in words. What only cannot be understood is locked.
pub(super) fn listed(element: &Element, document: &str, zone_id: &str) -> Result<Listed, String> {
    let name = names::name(element.text_of("Name").ok_or("a record set has no name")?)?;
    let rtype = element.text_of("Type").and_then(|text| text.parse().ok());
    let rtype: RecordType =
        rtype.ok_or_else(|| format!("{name} has a record type that dnsure does not know"))?;
    let set_id = element.text_of("SetIdentifier").map(Into::into);
    let key = RecordKey { name, rtype, set_id };
    let seconds = element.text_of("TTL").map_or(Some(ALIAS_TTL), |text| text.trim().parse().ok());
    let ttl = seconds.and_then(|seconds| Ttl::from_secs(seconds).ok());
    let ttl = ttl.ok_or_else(|| format!("{key} has a TTL that is none"))?;
    let mut locked = None;
    let mut own = xml::read(FIELDS, element).unwrap_or_else(|reason| {
        locked = Some(format!("{reason}, so that a write could lose it"));
        Map::new()
    });
    if own.contains_key(POLICY) {
        locked = Some("a traffic policy instance made it: change the traffic policy".into());
    }
    let records = element.entries("ResourceRecords").iter();
    let values: Vec<&str> = records.filter_map(|record| record.text_of("Value")).collect();
    let members: Result<Vec<Rdata>, String> = values.iter().map(|value| data(rtype, value)).collect();
    let members = members.unwrap_or_else(|reason| {
        locked = Some(reason);
        own.insert("values".into(), values.into());
        Vec::new()
    });
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS)
        && let Err(reason) = normal_alias(alias, &Name::root(), Some(zone_id))
    {
        locked = Some(reason);
    }
    let mut set = RecordSet::new(key.clone(), ttl, members);
    set.settings = Settings::of(NAMESPACE, own);
    let source = within(SET, &xml::in_order(FIELDS, element, document));
    Ok((key, Entry { set: Some(set), locked, source }))
}

fn data(rtype: RecordType, value: &str) -> Result<Rdata, String> {
    let unreadable = |error: rdata::RdataError| format!("its value {} cannot be read: {error}", shown(value));
    Rdata::of_text(rtype, &octal::to_master(value)?).map_err(unreadable)
}

/// An alias in its one form: an absolute target in lower case, the origin itself where there is none,
/// and no zone id where that is the zone's own. The target.
///
/// # Errors
/// A target that is no name.
pub(super) fn normal_alias(
    alias: &mut Map<String, Value>,
    origin: &Name,
    zone_id: Option<&str>,
) -> Result<Name, String> {
    let target = match alias.get(TARGET).and_then(Value::as_str).unwrap_or_default() {
        "" => origin.clone(),
        text => {
            names::name_in(text, origin).map_err(|error| format!("its alias leads to no name: {error}"))?
        }
    };
    alias.insert(TARGET.into(), names::of_name(&target).into());
    alias.entry(HEALTH).or_insert(Value::Bool(false));
    if zone_id.is_some() && alias.get(ZONE_ID).and_then(Value::as_str) == zone_id {
        alias.remove(ZONE_ID);
    }
    Ok(target)
}

/// The values of a set as they are sent.
pub(super) fn values(set: &RecordSet) -> impl Iterator<Item = String> {
    set.texts().map(|text| octal::from_master(&text))
}

/// The `ResourceRecordSet` that creates `set`.
pub(super) fn element(set: &RecordSet, zone_id: &str) -> String {
    let RecordKey { name, rtype, set_id } = &set.key;
    let mut own = set.settings.0.get(NAMESPACE).and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS) {
        alias.entry(ZONE_ID).or_insert_with(|| zone_id.into());
    }
    let record = |value: String| within("ResourceRecord", &leaf("Value", &value));
    let plain = |part: &str| match part {
        "Name" => Some(leaf(part, &names::of_name(name))),
        "Type" => Some(leaf(part, &rtype.to_string())),
        "SetIdentifier" => set_id.as_ref().map(|id| leaf(part, id)),
        _ if set.rdatas().is_empty() => None,
        "TTL" => Some(leaf(part, &set.ttl.to_string())),
        "ResourceRecords" => Some(within(part, &values(set).map(record).collect::<String>())),
        _ => None,
    };
    within(SET, &xml::written(FIELDS, &own, &plain))
}
