//! Records as Azure's JSON has them, and as wire data.
//!
//! Names in it are absolute with or without a final dot; Azure gives them back as they were
//! written. The strings of a TXT record come one by one.

use dnsure_zones::{Name, RecordType, rdata};
use serde_json::{Map, Value, json};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How the records of one type stand in the properties of a record set.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) rtype: RecordType,
    /// The member of the properties.
    pub(super) member: &'static str,
    /// Fields in wire order; a dot leads into an object.
    fields: &'static [(&'static str, Part)],
    /// Whether only 2023-07-01-preview has it.
    pub(super) preview: bool,
}

/// A field on the wire; the last three take the rest.
#[derive(Debug, Clone, Copy)]
enum Part {
    Number(usize),
    Name,
    /// A character string (RFC 1035 3.3).
    Text,
    Ipv4,
    Ipv6,
    Texts,
    RestOfText,
    Hex,
}

use Part::{Hex, Ipv4, Ipv6, Number, RestOfText, Text, Texts};

const fn stable(rtype: RecordType, member: &'static str, fields: &'static [(&'static str, Part)]) -> Shape {
    Shape { rtype, member, fields, preview: false }
}

const fn preview(rtype: RecordType, member: &'static str, fields: &'static [(&'static str, Part)]) -> Shape {
    Shape { rtype, member, fields, preview: true }
}

#[rustfmt::skip]
static SHAPES: &[Shape] = &[
    stable(RecordType::A, "ARecords", &[("ipv4Address", Ipv4)]),
    stable(RecordType::AAAA, "AAAARecords", &[("ipv6Address", Ipv6)]),
    stable(RecordType::CAA, "caaRecords", &[("flags", Number(1)), ("tag", Text), ("value", RestOfText)]),
    stable(RecordType::CNAME, "CNAMERecord", &[("cname", Part::Name)]),
    stable(RecordType::MX, "MXRecords", &[("preference", Number(2)), ("exchange", Part::Name)]),
    stable(RecordType::NS, "NSRecords", &[("nsdname", Part::Name)]),
    stable(RecordType::PTR, "PTRRecords", &[("ptrdname", Part::Name)]),
    stable(RecordType::SOA, "SOARecord",
        &[("host", Part::Name), ("email", Part::Name), ("serialNumber", Number(4)), ("refreshTime", Number(4)),
          ("retryTime", Number(4)), ("expireTime", Number(4)), ("minimumTTL", Number(4))]),
    stable(RecordType::SRV, "SRVRecords",
        &[("priority", Number(2)), ("weight", Number(2)), ("port", Number(2)), ("target", Part::Name)]),
    stable(RecordType::TXT, "TXTRecords", &[("value", Texts)]),
    preview(RecordType::DS, "DSRecords",
        &[("keyTag", Number(2)), ("algorithm", Number(1)), ("digest.algorithmType", Number(1)),
          ("digest.value", Hex)]),
    preview(RecordType::NAPTR, "NAPTRRecords",
        &[("order", Number(2)), ("preference", Number(2)), ("flags", Text), ("services", Text),
          ("regexp", Text), ("replacement", Part::Name)]),
    preview(RecordType::TLSA, "TLSARecords",
        &[("usage", Number(1)), ("selector", Number(1)), ("matchingType", Number(1)),
          ("certAssociationData", Hex)]),
];

/// The shape of a type; `None` where Azure has no such records.
pub(super) fn shape(rtype: RecordType) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.rtype == rtype)
}

/// The members of the properties that hold records, of all types.
pub(super) fn members() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|shape| shape.member)
}

impl Shape {
    /// The records in the properties of a record set; none where there are none.
    ///
    /// # Errors
    /// The record that cannot be read, in words.
    pub(super) fn read(&self, properties: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
        let records = match properties.get(self.member) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(records)) => records.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        records.iter().map(|record| self.wire(record)).collect()
    }

    /// The records as the value of [`Shape::member`].
    ///
    /// # Errors
    /// What no JSON of Azure's can hold, in words.
    pub(super) fn write<'a>(&self, datas: impl Iterator<Item = &'a [u8]>) -> Result<Value, String> {
        let mut records = datas.map(|wire| self.json(wire)).collect::<Result<Vec<Value>, String>>()?;
        if self.rtype.is_single() {
            return Ok(records.pop().unwrap_or(Value::Null));
        }
        Ok(Value::Array(records))
    }

    /// A field of a listed record that a write would lose.
    pub(super) fn unknown_field(&self, properties: &Map<String, Value>) -> Option<String> {
        let record = match properties.get(self.member)? {
            Value::Array(records) => records.iter().find_map(|record| self.unknown_in(record, "")),
            single => self.unknown_in(single, ""),
        };
        record.map(|field| crate::http::shown(&field))
    }

    fn unknown_in(&self, record: &Value, above: &str) -> Option<String> {
        record.as_object()?.iter().find_map(|(key, value)| {
            let path = format!("{above}{key}");
            let inside = format!("{path}.");
            if self.fields.iter().any(|(field, _)| *field == path) || value.is_null() {
                return None;
            }
            match self.fields.iter().any(|(field, _)| field.starts_with(&inside)) {
                true => self.unknown_in(value, &inside),
                false => Some(path),
            }
        })
    }

    fn wire(&self, record: &Value) -> Result<Vec<u8>, String> {
        let mut wire = Vec::new();
        for (path, part) in self.fields {
            let value = path.split('.').try_fold(record, |value, key| value.get(key));
            let value = value.unwrap_or(&Value::Null);
            part.read(value, &mut wire).ok_or_else(|| {
                let shown = crate::http::shown(&record.to_string());
                format!("{shown} is no {} record: its `{path}` cannot be read", self.rtype)
            })?;
        }
        rdata::check(self.rtype, &wire).map_err(|error| error.to_string())?;
        Ok(wire)
    }

    fn json(&self, wire: &[u8]) -> Result<Value, String> {
        let mut record = json!({});
        let mut rest = wire;
        for (path, part) in self.fields {
            let value = part.write(&mut rest)?;
            let place = path.split('.').fold(&mut record, |place, key| &mut place[key]);
            *place = value;
        }
        Ok(record)
    }
}

impl Part {
    fn read(self, value: &Value, wire: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Number(octets) => {
                let number = u32::try_from(value.as_u64()?).ok()?.to_be_bytes();
                if number[..4 - octets].iter().any(|octet| *octet != 0) {
                    return None;
                }
                wire.extend_from_slice(&number[4 - octets..]);
            }
            Self::Name => {
                // Empty in a NAPTR record without replacement.
                let text = value.as_str()?.trim_end_matches('.');
                wire.extend_from_slice(Name::parse(&format!("{text}."), None).ok()?.wire());
            }
            Self::Text => string(value.as_str()?.as_bytes(), wire)?,
            Self::Ipv4 => wire.extend_from_slice(&value.as_str()?.parse::<Ipv4Addr>().ok()?.octets()),
            Self::Ipv6 => wire.extend_from_slice(&value.as_str()?.parse::<Ipv6Addr>().ok()?.octets()),
            Self::Texts => {
                for text in value.as_array()? {
                    string(text.as_str()?.as_bytes(), wire)?;
                }
            }
            Self::RestOfText => wire.extend_from_slice(value.as_str()?.as_bytes()),
            Self::Hex => {
                let hex = data_encoding::HEXLOWER_PERMISSIVE.decode(value.as_str()?.as_bytes()).ok()?;
                wire.extend_from_slice(&hex);
            }
        }
        Some(())
    }

    fn write(self, rest: &mut &[u8]) -> Result<Value, String> {
        Ok(match self {
            Self::Number(octets) => {
                take(rest, octets)?.iter().fold(0_u32, |all, octet| all << 8 | u32::from(*octet)).into()
            }
            Self::Name => {
                let length = dnsure_zones::name::wire_length(rest).map_err(|error| error.to_string())?;
                Name::from_wire(take(rest, length)?).map_err(|error| error.to_string())?.to_string().into()
            }
            Self::Text => {
                let length = take(rest, 1)?.first().copied().unwrap_or_default();
                text(take(rest, usize::from(length))?)?.into()
            }
            Self::Ipv4 => std::net::IpAddr::from(array::<4>(take(rest, 4)?)?).to_string().into(),
            Self::Ipv6 => std::net::IpAddr::from(array::<16>(take(rest, 16)?)?).to_string().into(),
            Self::Texts => {
                let mut texts = Vec::new();
                while !rest.is_empty() {
                    texts.push(Self::Text.write(rest)?);
                }
                texts.into()
            }
            Self::RestOfText => text(std::mem::take(rest))?.into(),
            Self::Hex => data_encoding::HEXLOWER.encode(std::mem::take(rest)).into(),
        })
    }
}

const CUT: &str = "the data is cut short";

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (head, tail) = rest.split_at_checked(count).ok_or(CUT)?;
    *rest = tail;
    Ok(head)
}

fn array<const N: usize>(octets: &[u8]) -> Result<[u8; N], String> {
    octets.try_into().map_err(|_| CUT.to_owned())
}

fn string(bytes: &[u8], wire: &mut Vec<u8>) -> Option<()> {
    wire.push(u8::try_from(bytes.len()).ok()?);
    wire.extend_from_slice(bytes);
    Some(())
}

/// JSON holds characters, not octets, and how Azure serves others than these is not documented.
fn text(bytes: &[u8]) -> Result<String, String> {
    let is_plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_plain);
    text.map(str::to_owned).ok_or_else(|| {
        "Azure's API takes printable ASCII characters in texts, and this holds others: write it in ASCII"
            .to_owned()
    })
}
