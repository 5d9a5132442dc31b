//! domain's zone file reader reads our text to our bytes.

use crate::coverage::{covered, samples};
use crate::generate::Style;
use dnsure_zones::RecordType;
use dnsure_zones::rdata::{Row, canonical, to_text};
use domain::base::rdata::ComposeRecordData;
use domain::zonefile::inplace::{Entry, Zonefile};

/// Types that domain reads only in the form of RFC 3597; pseudo types have no number.
const UNKNOWN: &[RecordType] = &[
    RecordType::AFSDB,
    RecordType::X25,
    RecordType::RT,
    RecordType::PX,
    RecordType::GPOS,
    RecordType::LOC,
    RecordType::KX,
    RecordType::CERT,
    RecordType::APL,
    RecordType::DHCID,
    RecordType::SMIMEA,
    RecordType::CSYNC,
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

/// Whether domain is known to read this text in another way; see `docs/deviations.md`.
fn differs(row: &Row, text: &str) -> bool {
    let service = matches!(row.rtype, RecordType::SVCB | RecordType::HTTPS);
    let key_with_9 = text.split(' ').any(|word| {
        word.split_once('=')
            .map_or(word, |(key, _)| key)
            .strip_prefix("key")
            .is_some_and(|key| key.contains('9'))
    });
    service && (text.contains("=\"") || key_with_9)
}

fn read(row: &Row, text: &str) -> Result<Vec<u8>, String> {
    let mut file = Zonefile::new();
    file.extend_from_slice(format!("example. 60 IN {} {text}\n", row.rtype).as_bytes());
    match file.next_entry() {
        Ok(Some(Entry::Record(record))) => {
            let mut wire = Vec::new();
            record.data().compose_rdata(&mut wire).unwrap();
            Ok(wire)
        }
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn domain_reads_our_text_to_our_bytes() {
    for row in covered("domain", UNKNOWN) {
        for wire in samples(row, Style::Tame, 64) {
            let text = to_text(row.rtype, &wire);
            let again = read(row, &text).map(|wire| canonical(row.rtype, &wire).into_owned());
            if !differs(row, &text) {
                assert_eq!(again, Ok(canonical(row.rtype, &wire).into_owned()), "{} {text}", row.rtype);
            }
        }
    }
}

#[test]
fn the_types_listed_as_unknown_to_domain_still_are() {
    for rtype in UNKNOWN.iter().filter(|rtype| !rtype.is_pseudo()) {
        let row = dnsure_zones::rdata::row(*rtype).unwrap();
        let wire = &samples(row, Style::Tame, 0)[0];
        assert!(read(row, &to_text(*rtype, wire)).is_err(), "{rtype}");
    }
}

#[test]
fn domain_reads_any_bytes_in_the_form_of_rfc_3597() {
    for row in dnsure_zones::rdata::rows().filter(|row| !row.rtype.is_pseudo()) {
        for wire in samples(row, Style::Wild, 16) {
            let hex: String = wire.iter().map(|byte| format!("{byte:02x}")).collect();
            let again = read(row, &format!("\\# {} {hex}", wire.len()));
            assert_eq!(again.as_ref(), Ok(&wire), "{}", row.rtype);
        }
    }
}
