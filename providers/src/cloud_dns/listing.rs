//! Record sets as Google lists them.
//!
//! Texts are those of RFC 1035 5.1, names absolute, strings in quotes, so that `dnsure_zones` reads and
//! writes them.

use crate::backend::Live;
use crate::http::shown;
use crate::listing::{Entries, Entry};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl};
use serde_json::{Map, Value, json};

/// The namespace of Cloud DNS's own settings.
pub(super) const NAMESPACE: &str = "googlecloud";
/// In it: the routing policy of a set that has no data.
pub(super) const POLICY: &str = "routing-policy";

/// The members of a record set that this program can send back; Google makes the signatures itself.
const MEMBERS: &[&str] = &["kind", "name", "type", "ttl", "rrdatas", "routingPolicy", "signatureRrdatas"];

/// A record set as it came, member by member: what a deletion must be equal to.
pub(super) type ApiSet = Map<String, Value>;

/// A whole listing.
#[derive(Debug)]
pub(super) struct Listing {
    /// The id of the last change before it.
    pub(super) change: String,
    pub(super) sets: Entries<ApiSet>,
}

/// What is live, of what was listed after the change with this id.
///
/// # Errors
/// What makes no zone, in words.
pub(super) fn live(apex: &Name, entries: Vec<Value>, change: String) -> Result<Live, String> {
    Entries::gather(entries.into_iter().map(read))?.live(apex, |sets| Listing { change, sets })
}

/// # Errors
/// An entry without a name, type or TTL that could be one.
fn read(entry: Value) -> Result<(RecordKey, Entry<ApiSet>), String> {
    let Value::Object(entry) = entry else {
        return Err(format!("{} is no record set", shown(&entry.to_string())));
    };
    let text = |member: &str| entry.get(member).and_then(Value::as_str).unwrap_or_default();
    let fault = |reason: String| format!("{} {}: {reason}", shown(text("name")), shown(text("type")));
    let name = Name::parse(text("name"), None).map_err(|error| fault(error.to_string()))?;
    let rtype: RecordType = text("type")
        .parse()
        .map_err(|error: dnsure_zones::record_type::UnknownType| fault(shown(&error.to_string())))?;
    let ttl = entry.get("ttl").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
    let ttl = ttl.and_then(|ttl| Ttl::from_secs(ttl).ok()).ok_or_else(|| fault("it has no TTL".into()))?;
    let key = RecordKey::new(name, rtype);
    let mut own = Map::new();
    let mut lock = None;
    let data = match (entry.get("rrdatas").and_then(Value::as_array), entry.get("routingPolicy")) {
        (_, Some(policy)) => {
            own.insert(POLICY.into(), canonical(policy));
            Vec::new()
        }
        (Some(texts), None) => match texts.iter().map(|text| data(rtype, text)).collect() {
            Ok(data) => data,
            Err(reason) => {
                own.insert("rrdatas".into(), texts.clone().into());
                lock = Some(format!("dnsure cannot read it as Google lists it: {reason}"));
                Vec::new()
            }
        },
        (None, None) => Vec::new(),
    };
    let has_both =
        entry.contains_key("routingPolicy") && entry.get("rrdatas").is_some_and(|list| *list != json!([]));
    let unknown = entry.keys().find(|member| !MEMBERS.contains(&member.as_str()));
    if let Some(member) = unknown {
        own.insert(member.clone(), entry[member].clone());
        lock = Some(format!("it has a member `{}` that dnsure does not know and would lose", shown(member)));
    } else if has_both {
        lock =
            Some("it has data and a routing policy, and dnsure knows of sets with one of them only".into());
    } else if data.is_empty() && own.is_empty() {
        return Err(fault("it has neither data nor a routing policy".into()));
    }
    let mut set = RecordSet::new(key, ttl, data);
    set.settings = Settings::of(NAMESPACE, own);
    Ok((set.key.clone(), Entry { set: Some(set), locked: lock, source: entry }))
}

fn data(rtype: RecordType, text: &Value) -> Result<Rdata, String> {
    let text = text.as_str().ok_or("data that is no text")?;
    Rdata::of_text(rtype, text).map_err(|error| format!("`{}`: {}", shown(text), shown(&error.to_string())))
}

/// A routing policy as both sides are compared: without the names of its parts (`kind`) and without
/// signatures, which Google writes itself, whole numbers without a fraction.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept =
                members.iter().filter(|(name, _)| !matches!(name.as_str(), "kind" | "signatureRrdatas"));
            kept.map(|(name, value)| (name.clone(), canonical(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => match number.as_f64() {
            // Below 2^53 every whole number has its own fraction-free form.
            Some(float) if float.fract() == 0.0 && float.abs() < 9.0e15 => json!(float as i64),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}
