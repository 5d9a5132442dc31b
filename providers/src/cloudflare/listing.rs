//! The records of a zone as the API lists them. What is not read here stays as it is: edits say what
//! changes, no more.

use super::{data, flags};
use crate::http::shown;
use crate::records::Record;
use dnsure_zones::{Name, Rdata, RecordKey, RecordType, Ttl};
use serde_json::Value;

/// What an automatic TTL comes to, in seconds.
pub(super) const AUTOMATIC: u32 = 300;

/// One record of the zone `apex`.
///
/// # Errors
/// What cannot be read, naming the record.
pub(super) fn read(apex: &Name, record: &Value) -> Result<Record, String> {
    let text = |member: &str| record[member].as_str().unwrap_or_default();
    let fault = |reason: &dyn ToString| {
        let [name, rtype] = ["name", "type"].map(|member| shown(text(member)));
        format!("the record {name} {rtype}: {}", reason.to_string())
    };
    let name = Name::parse_unicode(text("name"), Some(&Name::root())).map_err(|error| fault(&error))?;
    let rtype = text("type").parse::<RecordType>().map_err(|error| fault(&error))?;
    let data = data::from_api(rtype, record).map_err(|reason| fault(&reason))?;
    let own = flags::of_record(record).map_err(|reason| fault(&reason))?;
    let ttl = record["ttl"].as_f64().ok_or_else(|| fault(&"it has no TTL"))?;
    if text("id").is_empty() {
        return Err(fault(&"it has no id"));
    }
    // A CNAME at the apex is answered with addresses: what octoDNS calls an ALIAS.
    let rtype = if rtype == RecordType::CNAME && name == *apex { RecordType::ALIAS } else { rtype };
    Ok(Record {
        key: RecordKey::new(name, rtype),
        id: text("id").to_owned(),
        version: text("modified_on").to_owned(),
        data: Rdata::new(data),
        ttl: Ttl::from_wire(if own.is("auto-ttl") { AUTOMATIC } else { ttl as u32 }),
        own,
        locked: flags::locked(record),
    })
}
