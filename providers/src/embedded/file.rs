//! The form of a zone on disk: a header line, then one line of JSON per record set.
//!
//! ```text
//! {"format":"dnsure zone","format_version":1,"zone":"example.com.","serial":7,"sets":2,"digest":"…"}
//! {"name":"example.com.","type":"SOA","ttl":3600,"values":["ns1.example.com. …"]}
//! {"name":"example.com.","type":"NS","ttl":3600,"values":["ns1.example.com."]}
//! ```
//!
//! The digest is SHA-256 in hex over every octet after the header line, so a file that
//! was cut off or damaged is an error and never a smaller zone.

use dnsure_zones::{Name, RecordSet, RecordType, Zone, ZoneBuilder};
use std::fmt::Write as _;

const FORMAT: &str = "dnsure zone";
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Header {
    format: String,
    format_version: u32,
    /// The name of the zone.
    pub(super) zone: Name,
    /// The serial of its SOA.
    pub(super) serial: u32,
    sets: usize,
    digest: String,
}

/// Why bytes are no zone file of ours: one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damage(String);

/// Writes a zone.
pub(super) fn write(zone: &Zone) -> Result<Vec<u8>, Damage> {
    let mut body = Vec::new();
    let mut sets = 0;
    for set in zone.sets() {
        let mut set = set.to_set();
        set.position = None;
        serde_json::to_writer(&mut body, &set).map_err(|error| Damage(format!("{}: {error}", set.key)))?;
        body.push(b'\n');
        sets += 1;
    }
    let header = Header {
        format: FORMAT.into(),
        format_version: VERSION,
        zone: zone.apex().clone(),
        serial: serial(zone).unwrap_or(0),
        sets,
        digest: digest(&body),
    };
    let mut file = serde_json::to_vec(&header).map_err(|error| Damage(error.to_string()))?;
    file.push(b'\n');
    file.extend_from_slice(&body);
    Ok(file)
}

/// Reads the first line of `bytes`, which may end anywhere behind it.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Damage> {
    split(bytes).map(|(header, _)| header)
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Zone, Damage> {
    let (header, body) = split(bytes)?;
    if digest(body) != header.digest {
        return Err(Damage("the digest does not fit: it was cut off, damaged or edited by hand".into()));
    }
    let mut builder = ZoneBuilder::new(header.zone.clone());
    let mut sets = 0;
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let set: RecordSet = serde_json::from_slice(line)
            .map_err(|error| Damage(format!("record set {}: {error}", sets + 1)))?;
        builder.push_set(&set).map_err(|error| Damage(format!("record set {}: {error}", sets + 1)))?;
        sets += 1;
    }
    let zone = builder.finish();
    let held = zone.set_count();
    if sets != header.sets || held != sets {
        return Err(Damage(format!(
            "{} record sets announced, {sets} there, {held} of them apart",
            header.sets
        )));
    }
    Ok(zone)
}

/// The serial of the zone's SOA.
pub(crate) fn serial(zone: &Zone) -> Option<u32> {
    dnsure_zones::rdata::soa_serial(zone.get(zone.apex(), RecordType::SOA)?.rdatas().next()?)
}

/// SHA-256 in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in ring::digest::digest(&ring::digest::SHA256, bytes).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn split(bytes: &[u8]) -> Result<(Header, &[u8]), Damage> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or_else(|| Damage("the header line is not whole".into()))?;
    let (line, body) = bytes.split_at(end);
    let header: Header =
        serde_json::from_slice(line).map_err(|error| Damage(format!("the header line: {error}")))?;
    if header.format != FORMAT {
        return Err(Damage(format!("`{}` is another format than `{FORMAT}`", header.format)));
    }
    if header.format_version != VERSION {
        return Err(Damage(format!(
            "format version {} was written by a newer dnsure; this one reads {VERSION}",
            header.format_version
        )));
    }
    Ok((header, body.get(1..).unwrap_or_default()))
}
