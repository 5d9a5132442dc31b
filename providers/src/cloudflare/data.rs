//! Record data in the API's forms: `content` for some types, a `data` object for the others, and for
//! MX and URI a `priority` beside them.

use crate::forms::{self, Spelling};
use dnsure_zones::{Name, RecordType, rdata};
use serde_json::{Value, json};

const CONTENT: &[&str] = &["content"];
const TLSA: &[&str] = &["data.usage", "data.selector", "data.matching_type", "data.certificate"];
const SVCB: &[&str] = &["data.priority", "data.target", "data.value"];

/// Each type that the API takes: where its fields stand in a record.
#[rustfmt::skip]
const TYPES: &[(RecordType, &[&str])] = &[
    (RecordType::A, CONTENT),
    (RecordType::AAAA, CONTENT),
    (RecordType::CAA, &["data.flags", "data.tag", "data.value"]),
    (RecordType::CERT, &["data.type", "data.key_tag", "data.algorithm", "data.certificate"]),
    (RecordType::CNAME, CONTENT),
    (RecordType::DNSKEY, &["data.flags", "data.protocol", "data.algorithm", "data.public_key"]),
    (RecordType::DS, &["data.key_tag", "data.algorithm", "data.digest_type", "data.digest"]),
    (RecordType::HTTPS, SVCB),
    (RecordType::LOC, &[
        "data.lat_degrees", "data.lat_minutes", "data.lat_seconds", "data.lat_direction",
        "data.long_degrees", "data.long_minutes", "data.long_seconds", "data.long_direction",
        "data.altitude", "data.size", "data.precision_horz", "data.precision_vert",
    ]),
    (RecordType::MX, &["priority", "content"]),
    (RecordType::NAPTR, &[
        "data.order", "data.preference", "data.flags", "data.service", "data.regex", "data.replacement",
    ]),
    (RecordType::NS, CONTENT),
    (RecordType::OPENPGPKEY, CONTENT),
    (RecordType::PTR, CONTENT),
    (RecordType::SMIMEA, TLSA),
    (RecordType::SRV, &["data.priority", "data.weight", "data.port", "data.target"]),
    (RecordType::SSHFP, &["data.algorithm", "data.type", "data.fingerprint"]),
    (RecordType::SVCB, SVCB),
    (RecordType::TLSA, TLSA),
    (RecordType::TXT, CONTENT),
    (RecordType::URI, &["priority", "data.weight", "data.target"]),
];

const SPELLING: Spelling = Spelling {
    name: |name| host(name).map(str::to_owned),
    text: |octets| {
        let fault = |_| "Cloudflare's API takes text here, and these octets are none (UTF-8)".to_owned();
        String::from_utf8(octets).map_err(fault)
    },
};

fn members(rtype: RecordType) -> Option<&'static [&'static str]> {
    TYPES.iter().find(|(known, _)| *known == rtype).map(|(_, members)| *members)
}

/// The type under which the API knows a set.
pub(super) fn held_as(rtype: RecordType) -> RecordType {
    if rtype == RecordType::ALIAS { RecordType::CNAME } else { rtype }
}

/// A name as the API writes it: no final dot.
///
/// # Errors
/// Octets for which the API has no known spelling.
pub(super) fn host(name: &str) -> Result<&str, String> {
    if name.contains('\\') {
        return Err(format!(
            "Cloudflare's API has no spelling for the octets of {name} that are escaped here"
        ));
    }
    Ok(if name == "." { name } else { name.trim_end_matches('.') })
}

/// The members of a request that hold the data.
///
/// # Errors
/// Data that the API has no form for.
pub(super) fn to_api(rtype: RecordType, wire: &[u8]) -> Result<Value, String> {
    let members = members(rtype)
        .ok_or_else(|| format!("Cloudflare holds no {rtype} records: exclude this target from it"))?;
    if rtype == RecordType::TXT {
        // In presentation format, any octet.
        return Ok(json!({ "content": rdata::to_text(rtype, wire) }));
    }
    forms::to_json(rtype, members, wire, SPELLING).map(Value::Object)
}

/// The data of a listed record.
///
/// # Errors
/// What is missing or cannot be read.
pub(super) fn from_api(rtype: RecordType, record: &Value) -> Result<Vec<u8>, String> {
    let members = members(rtype).unwrap_or_default();
    let has_members = !members.is_empty()
        && (record["data"].is_object() || !members.iter().any(|member| member.starts_with("data.")));
    match record["content"].as_str() {
        // Listings had no quotes until 2024, and nothing in them was escaped.
        Some(content) if rtype == RecordType::TXT && !content.starts_with('"') => {
            let mut wire = Vec::new();
            rdata::push_chunks(content.as_bytes(), &mut wire);
            Ok(wire)
        }
        Some(content) if rtype == RecordType::TXT || !has_members => {
            rdata::parse_text(rtype, content, &Name::root()).map_err(|error| error.to_string())
        }
        _ => forms::from_json(rtype, members, record),
    }
}
