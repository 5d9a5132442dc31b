//! What Cloudflare keeps beside the data of a record, and how it stands in the settings of a set.
//!
//! octoDNS's keys mean the same here: `proxied`, `auto-ttl`, `comment`, `tags`. What a file does not name
//! stays as it is at Cloudflare, except `proxied` and `auto-ttl`: comments and tags are written by people
//! in the dashboard, and no octoDNS file says anything of the switches.

use crate::declared::members::{Own, PerRecord, VALUES};
use crate::declared::{Field, Kind};
use crate::http::shown;
use dnsure_zones::{RecordSet, RecordType};
use serde_json::Value;

pub(super) const SETTINGS: PerRecord = PerRecord {
    namespace: "cloudflare",
    fields: &[
        // In the API this is a TTL of 1.
        Field::new("auto-ttl", "", Kind::Bool),
        Field::new("comment", "comment", Kind::Comment),
        Field::new("flatten-cname", "settings.flatten_cname", Kind::Bool),
        Field::new("ipv4-only", "settings.ipv4_only", Kind::Bool),
        Field::new("ipv6-only", "settings.ipv6_only", Kind::Bool),
        Field::new("private-routing", "private_routing", Kind::Bool),
        Field::new("proxied", "proxied", Kind::Bool),
        Field::new("tags", "tags", Kind::Texts),
        Field::new(VALUES, "", Kind::Apart),
    ],
    off_unless_said: &["proxied", "auto-ttl"],
    // One proxied address makes Cloudflare proxy all of the name.
    of_one_for_all: &["proxied"],
};

/// Whether Cloudflare's proxy may answer for records of this type.
pub(super) fn is_proxiable(rtype: RecordType) -> bool {
    matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::CNAME | RecordType::ALIAS)
}

/// As [`PerRecord::of_members`]: the TTL of what is proxied is automatic.
///
/// # Errors
/// As [`PerRecord::of_members`].
pub(super) fn of_members(set: &RecordSet, live: Option<&RecordSet>) -> Result<Vec<Own>, String> {
    let mut members = SETTINGS.of_members(set, live)?;
    for own in members.iter_mut().filter(|own| own.is("proxied")) {
        own.set("auto-ttl", true.into());
    }
    Ok(members)
}

/// The settings of a listed record.
///
/// # Errors
/// As [`PerRecord::read`].
pub(super) fn of_record(record: &Value) -> Result<Own, String> {
    let mut own = SETTINGS.read(record)?;
    own.set("auto-ttl", (own.is("proxied") || record["ttl"].as_f64() == Some(1.0)).into());
    Ok(own)
}

/// Why nobody may change a listed record, if so.
pub(super) fn locked(record: &Value) -> Option<String> {
    let is_on = |place: &Value| *place == Value::Bool(true);
    if is_on(&record["meta"]["email_routing"]) {
        return Some("Cloudflare's Email Routing keeps it: turn Email Routing off, or unlock its records, to change it".into());
    }
    if is_on(&record["meta"]["read_only"]) || is_on(&record["locked"]) {
        return Some("Cloudflare says that it is read-only: one of its services keeps it".into());
    }
    let is_known =
        |name: &str| SETTINGS.fields.iter().any(|field| field.name.strip_prefix("settings.") == Some(name));
    let mut settings = record["settings"].as_object().into_iter().flatten();
    let (unknown, _) = settings
        .find(|(name, value)| !is_known(name) && !matches!(value, Value::Null | Value::Bool(false)))?;
    Some(format!(
        "it has the setting `{}` at Cloudflare, which dnsure does not know and could not bring back: change the record there, or use a newer dnsure",
        shown(unknown)
    ))
}
