//! Records as Azure's JSON has them, and as wire data.
//!
//! Names in it are absolute with or without a final dot; Azure gives them back as they were
//! written. The strings of a TXT record come one by one.

use crate::forms::{self, Spelling};
use dnsure_zones::RecordType;
use serde_json::{Map, Value};

/// How the records of one type stand in the properties of a record set.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) rtype: RecordType,
    /// The member of the properties.
    pub(super) member: &'static str,
    /// Its fields, in the order of the table of record types; a dot leads into an object.
    fields: &'static [&'static str],
    /// Whether only 2023-07-01-preview has it.
    pub(super) preview: bool,
}

const fn stable(rtype: RecordType, member: &'static str, fields: &'static [&'static str]) -> Shape {
    Shape { rtype, member, fields, preview: false }
}

const fn preview(rtype: RecordType, member: &'static str, fields: &'static [&'static str]) -> Shape {
    Shape { rtype, member, fields, preview: true }
}

static SHAPES: &[Shape] = &[
    stable(RecordType::A, "ARecords", &["ipv4Address"]),
    stable(RecordType::AAAA, "AAAARecords", &["ipv6Address"]),
    stable(RecordType::CAA, "caaRecords", &["flags", "tag", "value"]),
    stable(RecordType::CNAME, "CNAMERecord", &["cname"]),
    stable(RecordType::MX, "MXRecords", &["preference", "exchange"]),
    stable(RecordType::NS, "NSRecords", &["nsdname"]),
    stable(RecordType::PTR, "PTRRecords", &["ptrdname"]),
    stable(
        RecordType::SOA,
        "SOARecord",
        &["host", "email", "serialNumber", "refreshTime", "retryTime", "expireTime", "minimumTTL"],
    ),
    stable(RecordType::SRV, "SRVRecords", &["priority", "weight", "port", "target"]),
    stable(RecordType::TXT, "TXTRecords", &["value"]),
    preview(RecordType::DS, "DSRecords", &["keyTag", "algorithm", "digest.algorithmType", "digest.value"]),
    preview(
        RecordType::NAPTR,
        "NAPTRRecords",
        &["order", "preference", "flags", "services", "regexp", "replacement"],
    ),
    preview(RecordType::TLSA, "TLSARecords", &["usage", "selector", "matchingType", "certAssociationData"]),
];

const SPELLING: Spelling = Spelling { name: |name| Ok(name.to_owned()), text };

/// JSON holds characters, not octets, and how Azure serves others than these is not documented.
fn text(octets: Vec<u8>) -> Result<String, String> {
    let is_plain = octets.iter().all(|octet| (b' '..=b'~').contains(octet));
    let text = String::from_utf8(octets).ok().filter(|_| is_plain);
    text.ok_or_else(|| {
        "Azure's API takes printable ASCII characters in texts, and this holds others: write it in ASCII"
            .to_owned()
    })
}

/// The shape of a type; `None` where Azure has no such records.
pub(super) fn shape(rtype: RecordType) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.rtype == rtype)
}

/// Whether a member of the properties holds records, of any type.
pub(super) fn is_known(member: &str) -> bool {
    SHAPES.iter().any(|shape| shape.member == member)
}

impl Shape {
    fn records<'p>(&self, properties: &'p Map<String, Value>) -> &'p [Value] {
        match properties.get(self.member) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(records)) => records,
            Some(single) => std::slice::from_ref(single),
        }
    }

    /// The records in the properties of a record set; none where there are none.
    ///
    /// # Errors
    /// The record that cannot be read, in words.
    pub(super) fn read(&self, properties: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
        let wire = |record: &Value| {
            forms::from_json(self.rtype, self.fields, record).map_err(|reason| {
                let shown = crate::http::shown(&record.to_string());
                format!("{shown} is no {} record: {reason}", self.rtype)
            })
        };
        self.records(properties).iter().map(wire).collect()
    }

    /// The records as the value of [`Shape::member`].
    ///
    /// # Errors
    /// What no JSON of Azure's can hold, in words.
    pub(super) fn write<'a>(&self, datas: impl Iterator<Item = &'a [u8]>) -> Result<Value, String> {
        let json = |wire| forms::to_json(self.rtype, self.fields, wire, SPELLING).map(Value::Object);
        let mut records = datas.map(json).collect::<Result<Vec<Value>, String>>()?;
        if self.rtype.is_single() {
            return Ok(records.pop().unwrap_or(Value::Null));
        }
        Ok(Value::Array(records))
    }

    /// A field of a listed record that a write would lose.
    pub(super) fn unknown_field(&self, properties: &Map<String, Value>) -> Option<String> {
        let field = self.records(properties).iter().find_map(|record| forms::unknown(self.fields, record));
        field.map(|field| crate::http::shown(&field))
    }
}
