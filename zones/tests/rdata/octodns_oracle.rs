//! octoDNS reads our fields, and what it makes of them reads back as our bytes: both its
//! record text and the fields it would write itself.

use crate::coverage::{covered, samples};
use crate::generate::Style;
use dnsure_kit::octodns::octodns_read;
use dnsure_zones::rdata::{FieldInput, Row, canonical, from_fields, parse_text, to_fields, to_text};
use dnsure_zones::{Name, RecordType};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Types that octoDNS 1.22 does not have.
const UNKNOWN: &[RecordType] = &[
    RecordType::MD,
    RecordType::MF,
    RecordType::SOA,
    RecordType::MB,
    RecordType::MG,
    RecordType::MR,
    RecordType::HINFO,
    RecordType::MINFO,
    RecordType::RP,
    RecordType::AFSDB,
    RecordType::X25,
    RecordType::RT,
    RecordType::PX,
    RecordType::GPOS,
    RecordType::KX,
    RecordType::CERT,
    RecordType::APL,
    RecordType::RRSIG,
    RecordType::NSEC,
    RecordType::DNSKEY,
    RecordType::DHCID,
    RecordType::NSEC3,
    RecordType::NSEC3PARAM,
    RecordType::SMIMEA,
    RecordType::CDS,
    RecordType::CDNSKEY,
    RecordType::CSYNC,
    RecordType::ZONEMD,
    RecordType::DSYNC,
    RecordType::NID,
    RecordType::L32,
    RecordType::L64,
    RecordType::LP,
    RecordType::EUI48,
    RecordType::EUI64,
    RecordType::AVC,
    RecordType::RESINFO,
    RecordType::WALLET,
    RecordType::TA,
    RecordType::DLV,
    // In packages of their own.
    RecordType::LUA,
    RecordType::ROUTE53_ALIAS,
];

/// Whether octoDNS is known to refuse or change this value; see `docs/deviations.md`.
fn differs(row: &Row, wire: &[u8], fields: &FieldInput) -> bool {
    let text = to_text(row.rtype, wire);
    match row.rtype {
        RecordType::SVCB | RecordType::HTTPS => {
            // `ech` crashes it, `dohpath` is unknown, and quotes are not read as quotes.
            text.contains(" ech=") || text.contains(" dohpath") || text.contains('"') || text.contains('\\')
        }
        // Text rules of octoDNS (`\;`, quotes) belong to the YAML reader; empty text is lost.
        RecordType::TXT | RecordType::SPF => {
            !matches!(fields, FieldInput::Scalar(text) if !text.is_empty() && !text.contains(['"', '\\', ';']))
        }
        // It writes the value without escapes.
        RecordType::CAA | RecordType::NAPTR => text.contains('\\'),
        // Its URL targets come back in lower case.
        RecordType::URI => text.contains('\\') || text.contains(|letter: char| letter.is_ascii_uppercase()),
        _ => false,
    }
}

fn to_json(row: &Row, key: &str, input: &FieldInput) -> Value {
    match input {
        FieldInput::Null => Value::Null,
        FieldInput::Scalar(text) => {
            let number = row.fields.iter().any(|field| field.key == key && field.kind.is_number());
            if number { json!(text.parse::<u64>().unwrap()) } else { json!(text) }
        }
        FieldInput::List(items) => items.iter().map(|item| to_json(row, "", item)).collect(),
        FieldInput::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| (key.clone(), to_json(row, key, value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn from_json(value: &Value) -> FieldInput {
    match value {
        Value::Null => FieldInput::Null,
        Value::Bool(_) | Value::Number(_) => FieldInput::Scalar(value.to_string()),
        Value::String(text) => FieldInput::Scalar(text.clone()),
        Value::Array(items) => FieldInput::List(items.iter().map(from_json).collect()),
        Value::Object(pairs) => {
            FieldInput::Map(pairs.iter().map(|(key, value)| (key.clone(), from_json(value))).collect())
        }
    }
}

#[test]
fn octodns_understands_our_fields_and_we_understand_what_it_writes() {
    let zone: Name = "example.com.".parse().unwrap();
    let mut file = Map::new();
    let mut asked: BTreeMap<String, (&Row, Vec<u8>)> = BTreeMap::new();
    for row in covered("octodns", UNKNOWN) {
        let mut count = 0;
        for wire in samples(row, Style::Tame, 60) {
            let fields = to_fields(row.rtype, &wire);
            if differs(row, &wire, &fields) {
                continue;
            }
            let name = format!("r{count}-{}", row.rtype).to_lowercase();
            count += 1;
            let value = to_json(row, "", &fields);
            file.insert(
                name.clone(),
                json!({"type": row.rtype.to_string(), "ttl": 60, "value": value, "octodns": {"lenient": true}}),
            );
            asked.insert(name, (row, canonical(row.rtype, &wire).into_owned()));
        }
        assert!(count >= 10, "{} has {count} samples", row.rtype);
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("example.com.yaml"), Value::from(file).to_string()).unwrap();
    let lines = octodns_read(directory.path(), "example.com.", false).unwrap();
    assert_eq!(lines.len(), asked.len());
    for line in lines {
        let record: Value = serde_json::from_str(&line).unwrap();
        let (row, wire) = &asked[record["name"].as_str().unwrap()];
        let written = from_json(&record["data"]["value"]);
        let again = from_fields(row.rtype, &written, &zone)
            .unwrap_or_else(|errors| panic!("{} {written:?}: {errors:?}", row.rtype));
        assert_eq!(canonical(row.rtype, &again), wire.as_slice(), "{} {written:?}", row.rtype);
        let texts = record["values"].as_array().map_or(&[][..], Vec::as_slice);
        for text in texts.iter().map(|text| text.as_str().unwrap()) {
            let again = parse_text(row.rtype, text, &zone)
                .unwrap_or_else(|error| panic!("{} {text}: {error}", row.rtype));
            assert_eq!(canonical(row.rtype, &again), wire.as_slice(), "{} {text}", row.rtype);
        }
        assert!(row.rtype.is_pseudo() || texts.len() == 1, "{line}");
    }
}
