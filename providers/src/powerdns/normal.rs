//! What PowerDNS makes of a zone, and what it never takes (measured on 4.7.3).
//!
//! Owner names come back in lower case, which comparison does not see; data keep their
//! spelling. Comments and disabled members are the server's: a zone file cannot declare
//! them, and a write sends them back as they are, so they take no part in a diff.

use super::text;
use crate::backend::{Normalised, Notice};
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Settings, Zone, ZoneBuilder};
use serde_json::Value;

/// The namespace of PowerDNS's own settings.
pub(super) const NAMESPACE: &str = "powerdns";
/// In it: remarks on the set, `[{content, account}]`.
pub(super) const COMMENTS: &str = "comments";
/// In it: contents that are kept in the database and not served.
pub(super) const DISABLED: &str = "disabled";

const RULES: Rules = Rules {
    // The API refuses them elsewhere.
    at_apex: &[RecordType::DNSKEY, RecordType::NSEC3PARAM],
    labels: Some("-_/"),
    ..Rules::of("PowerDNS")
};

/// The zone as PowerDNS would hold it.
pub(super) fn normalise(zone: &Zone) -> Normalised {
    let mut notices = Vec::new();
    let mut refused = Vec::new();
    let mut builder: Option<ZoneBuilder> = None;
    for (index, set) in zone.sets().enumerate() {
        let refusal = refusal(zone.apex(), &set.key(), set.rdatas()).or_else(|| plain::refusal(&set));
        if let Some(message) = &refusal {
            refused.push(notice(&set, message.clone()));
        }
        if set.settings().is_some_and(|settings| !settings.is_empty()) {
            notices.extend(dropped_settings(&set));
        } else if refusal.is_none() {
            if let Some(builder) = &mut builder {
                push(builder, &set.to_set());
            }
            continue;
        }
        // The first set that cannot stay as it is: from here on a new zone is built.
        let builder = builder.get_or_insert_with(|| {
            let mut builder = ZoneBuilder::new(zone.apex().clone());
            for earlier in zone.sets().take(index) {
                push(&mut builder, &earlier.to_set());
            }
            builder
        });
        if refusal.is_none() {
            let mut set = set.to_set();
            set.settings = Settings::default();
            push(builder, &set);
        }
    }
    let zone = builder.map_or_else(|| zone.clone(), ZoneBuilder::finish);
    Normalised { zone, notices, refused }
}

/// Where the server signs, it takes declared keys and answers with its own.
pub(super) fn without_declared_keys(normal: Normalised) -> Normalised {
    let kept = |set: &SetRef<'_>| {
        let key = matches!(set.rtype(), RecordType::DNSKEY | RecordType::CDS | RecordType::CDNSKEY);
        key && set.position().is_some()
    };
    let Normalised { zone, notices, mut refused } = normal;
    let message = "the server signs this zone and keeps the record set itself: leave it out of the file";
    refused.extend(zone.sets().filter(kept).map(|set| notice(&set, message.into())));
    if refused.is_empty() {
        return Normalised { zone, notices, refused };
    }
    Normalised { zone: zone.filtered(|set| !kept(set)), notices, refused }
}

fn push(builder: &mut ZoneBuilder, set: &RecordSet) {
    // It was in a zone of the same name and size already, so it fits.
    let _ = builder.push_set(set);
}

fn notice(set: &SetRef<'_>, message: String) -> Notice {
    Notice { key: set.key(), position: set.position(), message }
}

/// Only what a file declares is worth a word: live comments are carried, not dropped.
fn dropped_settings(set: &SetRef<'_>) -> Vec<Notice> {
    if set.position().is_none() {
        return Vec::new();
    }
    let names = set.settings().into_iter().flat_map(|settings| settings.0.keys());
    names
        .map(|name| {
            let message = if name == NAMESPACE {
                "comments and disabled records of PowerDNS stay as they are on the server; a zone file cannot set them"
                    .to_owned()
            } else {
                format!("the setting `{name}` means nothing to PowerDNS and is left out there")
            };
            notice(set, message)
        })
        .collect()
}

/// Why PowerDNS can never hold a set of this key and these data, if so.
pub(super) fn refusal<'a>(
    apex: &Name,
    key: &RecordKey,
    mut rdatas: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Option<String> {
    let rtype = key.rtype;
    if key.set_id.is_some() {
        return Some("PowerDNS has no weighted or geo sets; a LUA record can do that".into());
    }
    if matches!(rtype.code(), Some(65401 | 65402)) {
        return Some(format!("no PowerDNS zone can hold {rtype}"));
    }
    RULES
        .forbids(apex, key, rdatas.len())
        .or_else(|| rdatas.find_map(|wire| no_host(rtype, wire).or_else(|| text::refusal(rtype, wire))))
}

/// Name servers, mail exchangers and services must have host names (RFC 1123 2.1), no
/// underscores; `.` for "none" is understood for MX and SRV.
fn no_host(rtype: RecordType, wire: &[u8]) -> Option<String> {
    if !matches!(rtype, RecordType::NS | RecordType::MX | RecordType::SRV) {
        return None;
    }
    let is_host = |name: &Name| {
        (!name.is_root() || rtype != RecordType::NS)
            && name.labels().all(|label| {
                label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
                    && !label.starts_with(b"-")
                    && !label.ends_with(b"-")
            })
    };
    let name = dnsure_zones::rdata::names(rtype, wire).find(|name| !is_host(name))?;
    Some(format!("PowerDNS takes host names of letters, digits and `-` only here, not {name}"))
}

/// The settings of a listed set.
pub(super) fn settings(comments: &[super::api::ApiComment], disabled: Vec<Value>) -> Settings {
    let mut own = serde_json::Map::new();
    if !comments.is_empty()
        && let Ok(value) = serde_json::to_value(comments)
    {
        own.insert(COMMENTS.into(), value);
    }
    if !disabled.is_empty() {
        own.insert(DISABLED.into(), Value::Array(disabled));
    }
    let mut settings = Settings::default();
    if !own.is_empty() {
        settings.0.insert(NAMESPACE.into(), Value::Object(own));
    }
    settings
}
