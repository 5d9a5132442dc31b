//! hickory-proto decodes our bytes and encodes them again.

use crate::coverage::{covered, samples};
use crate::generate::Style;
use dnsure_zones::RecordType;
use dnsure_zones::rdata::{Row, canonical, to_text};
use hickory_proto::op::Message;
use hickory_proto::rr::RData;
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};

/// hickory-proto carries these as bytes; pseudo types have no number.
const UNKNOWN: &[RecordType] = &[
    RecordType::MD,
    RecordType::MF,
    RecordType::MB,
    RecordType::MG,
    RecordType::MR,
    RecordType::MINFO,
    RecordType::RP,
    RecordType::AFSDB,
    RecordType::X25,
    RecordType::RT,
    RecordType::PX,
    RecordType::GPOS,
    RecordType::LOC,
    RecordType::KX,
    RecordType::DNAME,
    RecordType::APL,
    RecordType::DHCID,
    RecordType::ZONEMD,
    RecordType::DSYNC,
    RecordType::SPF,
    RecordType::NID,
    RecordType::L32,
    RecordType::L64,
    RecordType::LP,
    RecordType::EUI48,
    RecordType::EUI64,
    RecordType::URI,
    RecordType::AVC,
    RecordType::RESINFO,
    RecordType::WALLET,
    RecordType::TA,
    RecordType::DLV,
    RecordType::ALIAS,
    RecordType::URLFWD,
    RecordType::LUA,
    RecordType::ROUTE53_ALIAS,
];

/// A response with one answer that holds `wire`.
fn message(row: &Row, wire: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    message.extend(row.rtype.code().unwrap().to_be_bytes());
    message.extend([0, 1, 0, 0, 0, 60]);
    message.extend((wire.len() as u16).to_be_bytes());
    message.extend(wire);
    message
}

fn again(row: &Row, wire: &[u8]) -> Result<Vec<u8>, String> {
    let decoded = Message::from_vec(&message(row, wire)).map_err(|error| error.to_string())?;
    let data = &decoded.answers.first().ok_or("no answer")?.data;
    if matches!(data, RData::Unknown { .. }) {
        return Err("unknown to hickory-proto".into());
    }
    let mut bytes = Vec::new();
    let mut encoder = BinEncoder::new(&mut bytes);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    encoder.set_canonical_form(true);
    data.emit(&mut encoder).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[test]
fn hickory_proto_decodes_and_encodes_our_bytes() {
    for row in covered("hickory-proto", UNKNOWN) {
        for wire in samples(row, Style::Tame, 64) {
            let again = again(row, &wire).map(|bytes| canonical(row.rtype, &bytes).into_owned());
            assert_eq!(
                again,
                Ok(canonical(row.rtype, &wire).into_owned()),
                "{} {}",
                row.rtype,
                to_text(row.rtype, &wire)
            );
        }
    }
}

#[test]
fn the_types_listed_as_unknown_to_hickory_proto_still_are() {
    for rtype in UNKNOWN.iter().filter(|rtype| !rtype.is_pseudo()) {
        let row = dnsure_zones::rdata::row(*rtype).unwrap();
        let wire = &samples(row, Style::Tame, 0)[0];
        assert_eq!(again(row, wire), Err("unknown to hickory-proto".into()), "{rtype}");
    }
}
