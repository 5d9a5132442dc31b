//! What Cloudflare keeps beside the data of a record, and how it stands in the settings of a set.
//!
//! octoDNS's keys mean the same here: `proxied`, `auto-ttl`, `comment`, `tags`. Every record has them
//! for itself; where the records of one set differ, `values` says so, member by member:
//!
//! ```yaml
//! octodns: {cloudflare: {comment: web, values: [{value: 192.0.2.2, comment: the old one}]}}
//! ```
//!
//! What a file does not name stays as it is at Cloudflare, except `proxied` and `auto-ttl`: comments and
//! tags are written by people in the dashboard, and no octoDNS file says anything of the switches.

use crate::declared::{self, Field, Kind};
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Settings, rdata};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The namespace of Cloudflare's settings.
pub(super) const NAMESPACE: &str = "cloudflare";
const VALUES: &str = "values";

/// What zone files may say, with the names of those that stand under `settings` in the API.
const FIELDS: &[Field] = &[
    Field::new("auto-ttl", "", Kind::Bool),
    Field::new("comment", "", Kind::Comment),
    Field::new("flatten-cname", "flatten_cname", Kind::Bool),
    Field::new("ipv4-only", "ipv4_only", Kind::Bool),
    Field::new("ipv6-only", "ipv6_only", Kind::Bool),
    Field::new("private-routing", "", Kind::Bool),
    Field::new("proxied", "", Kind::Bool),
    Field::new("tags", "", Kind::Texts),
    // For each member.
    Field::new(VALUES, "", Kind::Apart),
];

fn keys() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.key).filter(|key| *key != VALUES)
}

fn switches() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| !field.name.is_empty())
}

/// The settings of one record; what is as Cloudflare makes it by itself is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flags(BTreeMap<String, Value>);

impl Flags {
    /// Whether a switch is on.
    pub(super) fn is(&self, key: &str) -> bool {
        self.0.get(key) == Some(&Value::Bool(true))
    }

    /// Sets `key`; a value that says nothing takes it away.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        let says_nothing = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if says_nothing {
            self.0.remove(key)
        } else {
            self.0.insert(key.to_owned(), value)
        };
    }

    /// Tags in order, each once.
    pub(super) fn set_tags(&mut self, mut tags: Vec<String>) {
        tags.sort();
        tags.dedup();
        self.set("tags", json!(tags));
    }

    fn apply(&mut self, own: &Map<String, Value>) -> Result<(), String> {
        for (key, value) in declared::checked(NAMESPACE, FIELDS, own)? {
            match value {
                Value::Array(tags) => {
                    self.set_tags(tags.iter().filter_map(Value::as_str).map(str::to_owned).collect());
                }
                value => self.set(&key, value),
            }
        }
        Ok(())
    }

    /// What a request says of these, for a record that has `before` so far.
    pub(super) fn to_api(&self, rtype: RecordType, before: Option<&Self>) -> Map<String, Value> {
        let mut fields = Map::new();
        let value = |key: &str, default: Value| self.0.get(key).cloned().unwrap_or(default);
        let nothing = Self::default();
        let was = before.unwrap_or(&nothing);
        if is_proxiable(rtype) {
            fields.insert("proxied".into(), value("proxied", Value::Bool(false)));
        }
        let plain = [
            ("comment", "comment", json!("")),
            ("tags", "tags", json!([])),
            ("private-routing", "private_routing", json!(false)),
        ];
        for (key, name, default) in plain {
            if self.0.get(key) != was.0.get(key) {
                fields.insert(name.into(), value(key, default));
            }
        }
        let switches = switches().filter(|field| self.is(field.key) != was.is(field.key));
        let settings: Map<String, Value> =
            switches.map(|field| (field.name.to_owned(), self.is(field.key).into())).collect();
        if !settings.is_empty() {
            fields.insert("settings".into(), Value::Object(settings));
        }
        fields
    }

    /// Takes what a listed record says; the words are why nobody may change it, if so.
    pub(super) fn take_settings(&mut self, settings: &Map<String, Value>) -> Option<String> {
        let mut unknown = None;
        for (name, value) in settings {
            match switches().find(|field| field.name == name) {
                Some(field) => self.set(field.key, value.clone()),
                None if matches!(value, Value::Null | Value::Bool(false)) => {}
                None => {
                    unknown = Some(format!(
                        "it has the setting `{}` at Cloudflare, which dnsure does not know and could not bring back: change the record there, or use a newer dnsure",
                        crate::http::shown(name)
                    ));
                }
            }
        }
        unknown
    }
}

/// Whether Cloudflare's proxy may answer for records of this type.
pub(super) fn is_proxiable(rtype: RecordType) -> bool {
    matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::CNAME | RecordType::ALIAS)
}

/// The settings of each member of a set, in the order of its members. A member of a set that a file
/// declares keeps what it has at Cloudflare, in `live`, where the file says nothing of it: all but whether
/// it is proxied and its TTL automatic.
///
/// # Errors
/// A setting that is unknown or of another kind, and a value that is none of the set.
pub(super) fn of_members(set: &RecordSet, live: Option<&RecordSet>) -> Result<Vec<Flags>, String> {
    let nothing = Map::new();
    let own = match set.settings.0.get(NAMESPACE) {
        None | Some(Value::Null) => &nothing,
        Some(Value::Object(own)) => own,
        Some(_) => return Err(format!("`{NAMESPACE}:` must be a mapping")),
    };
    let mut members = kept(set, live)?;
    if members.is_empty() {
        Flags::default().apply(own)?;
    }
    for flags in &mut members {
        flags.apply(own)?;
    }
    let rtype = set.key.rtype;
    let entries = match own.get(VALUES) {
        None => &[][..],
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(format!("`{NAMESPACE}: {VALUES}` must be a list")),
    };
    for entry in entries {
        let fault = || {
            format!(
                "`{NAMESPACE}: {VALUES}` must be a list of mappings, each with a `value` of the record set"
            )
        };
        let Value::Object(entry) = entry else { return Err(fault()) };
        let mut own = entry.clone();
        let Some(Value::String(text)) = own.remove("value") else { return Err(fault()) };
        let wire = rdata::parse_text(rtype, &text, &Name::root())
            .map_err(|error| format!("{}: {error}", fault()))?;
        let wanted = rdata::canonical(rtype, &wire);
        let place = set.rdatas().iter().position(|data| rdata::canonical(rtype, data.wire()) == wanted);
        members.get_mut(place.ok_or_else(fault)?).ok_or_else(fault)?.apply(&own)?;
    }
    for flags in &mut members {
        if flags.is("proxied") {
            flags.set("auto-ttl", true.into());
        }
    }
    Ok(members)
}

/// What stays of the settings of `live`: a member that is new gets what all others have.
fn kept(set: &RecordSet, live: Option<&RecordSet>) -> Result<Vec<Flags>, String> {
    let Some(live) = live else { return Ok(vec![Flags::default(); set.rdatas().len()]) };
    let mut there = of_members(live, None)?;
    for flags in &mut there {
        flags.0.retain(|key, _| !matches!(key.as_str(), "proxied" | "auto-ttl"));
    }
    let mut common = there.first().cloned().unwrap_or_default();
    common.0.retain(|key, value| there.iter().all(|flags| flags.0.get(key) == Some(value)));
    let rtype = set.key.rtype;
    let canonical = |data: &Rdata| rdata::canonical(rtype, data.wire()).into_owned();
    let of = |data: &Rdata| live.rdatas().iter().position(|other| canonical(other) == canonical(data));
    let members = set.rdatas().iter().map(|data| of(data).and_then(|place| there.get(place).cloned()));
    Ok(members.map(|flags| flags.unwrap_or_else(|| common.clone())).collect())
}

/// The settings of a set whose members have these: always the same for the same members.
pub(super) fn of_set(set: &RecordSet, members: &[Flags]) -> Settings {
    let mut common = Flags::default();
    for key in keys() {
        let first = members.first().and_then(|flags| flags.0.get(key));
        // One proxied address makes Cloudflare proxy all of the name.
        let of_all = if key == "proxied" {
            members.iter().find_map(|flags| flags.0.get(key))
        } else {
            first.filter(|_| members.iter().all(|flags| flags.0.get(key) == first))
        };
        if let Some(value) = of_all {
            common.set(key, value.clone());
        }
    }
    let mut values = Vec::new();
    for (flags, text) in members.iter().zip(set.texts()) {
        let mut own = Map::new();
        for key in keys().filter(|key| flags.0.get(*key) != common.0.get(*key)) {
            let off = match key {
                "comment" => json!(""),
                "tags" => json!([]),
                _ => json!(false),
            };
            own.insert(key.to_owned(), flags.0.get(key).cloned().unwrap_or(off));
        }
        if !own.is_empty() {
            own.insert("value".into(), text.into());
            values.push(Value::Object(own));
        }
    }
    let mut own: Map<String, Value> = common.0.into_iter().collect();
    if !values.is_empty() {
        own.insert(VALUES.into(), Value::Array(values));
    }
    Settings::of(NAMESPACE, own)
}
