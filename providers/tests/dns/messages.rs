//! Reading messages: against hickory-proto, and against anything at all.

use crate::question;
use dnsure_providers::dns::ask::read_reply;
use dnsure_providers::dns::message::{Reader, Section, read_name};
use dnsure_zones::RecordType;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::{CNAME, MX, NS, NULL, SOA, SRV, TXT};
use hickory_proto::rr::{Name, RData, Record};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};
use proptest::prelude::*;

fn names() -> impl Strategy<Value = Name> {
    let label = prop_oneof![
        Just(b"example".to_vec()),
        Just(b"Www".to_vec()),
        Just(b"www".to_vec()),
        prop::collection::vec(any::<u8>(), 1..20),
    ];
    prop::collection::vec(label, 0..6).prop_map(|labels| Name::from_labels(labels).unwrap())
}

fn rdata() -> impl Strategy<Value = RData> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..40);
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| RData::A(std::net::Ipv4Addr::from(octets).into())),
        any::<[u8; 16]>().prop_map(|octets| RData::AAAA(std::net::Ipv6Addr::from(octets).into())),
        names().prop_map(|name| RData::NS(NS(name))),
        names().prop_map(|name| RData::CNAME(CNAME(name))),
        (any::<u16>(), names()).prop_map(|(preference, name)| RData::MX(MX::new(preference, name))),
        (names(), names(), any::<u32>())
            .prop_map(|(one, other, serial)| RData::SOA(SOA::new(one, other, serial, 1, 2, 3, 4))),
        (any::<u16>(), names()).prop_map(|(port, name)| RData::SRV(SRV::new(1, 2, port, name))),
        prop::collection::vec(bytes(), 1..4)
            .prop_map(|parts| RData::TXT(TXT::from_bytes(parts.iter().map(Vec::as_slice).collect()))),
        bytes().prop_map(|data| RData::Unknown { code: 65_280.into(), rdata: NULL::with(data) }),
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let records = || prop::collection::vec((names(), any::<u32>(), rdata()), 0..8);
    (any::<u16>(), names(), records(), records(), records()).prop_map(
        |(id, name, answers, authorities, more)| {
            let mut message = Message::new(id, MessageType::Response, OpCode::Query);
            message.add_query(Query::query(name, 1.into()));
            let made = |records: Vec<(Name, u32, RData)>| {
                records
                    .into_iter()
                    .map(|(name, ttl, data)| Record::from_rdata(name, ttl, data))
                    .collect::<Vec<_>>()
            };
            message.answers = made(answers);
            message.authorities = made(authorities);
            message.additionals = made(more);
            message
        },
    )
}

fn uncompressed(data: &impl BinEncodable) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = BinEncoder::new(&mut octets);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    data.emit(&mut encoder).unwrap();
    octets
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_hickory_writes_is_read_as_it_was_meant(message in messages()) {
        let octets = message.to_vec().unwrap();
        let mut reader = Reader::new(&octets).unwrap();
        prop_assert_eq!(reader.header().id, message.metadata.id);
        let asked = reader.question().unwrap().unwrap();
        prop_assert_eq!(asked.name.wire(), uncompressed(message.queries[0].name()));
        for (section, records) in [
            (Section::Answer, &message.answers),
            (Section::Authority, &message.authorities),
            (Section::Additional, &message.additionals),
        ] {
            for record in records {
                let (here, raw) = reader.record().unwrap().unwrap();
                prop_assert_eq!(here, section);
                prop_assert_eq!(raw.name.wire(), uncompressed(&record.name));
                prop_assert_eq!(raw.rtype.code(), Some(u16::from(record.record_type())));
                prop_assert_eq!(raw.ttl, record.ttl);
                prop_assert_eq!(raw.class, 1);
                prop_assert_eq!(raw.data(&octets).unwrap(), uncompressed(&record.data));
            }
        }
        prop_assert_eq!(reader.record().unwrap(), None);
        reader.finish().unwrap();
    }

    #[test]
    fn hostile_bytes_never_panic(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        walk(&octets);
    }

    #[test]
    fn broken_messages_never_panic(
        message in messages(),
        breaks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = message.to_vec().unwrap();
        for (at, byte) in breaks {
            let at = at.index(octets.len());
            octets[at] = byte;
        }
        walk(&octets);
        octets.truncate(cut.index(octets.len()));
        walk(&octets);
    }
}

/// Reads everything there is.
fn walk(octets: &[u8]) {
    for start in 0..octets.len().min(40) {
        if let Ok((_, end)) = read_name(octets, start) {
            assert!(end <= octets.len());
        }
    }
    let Ok(mut reader) = Reader::new(octets) else { return };
    let id = reader.header().id;
    let _ = read_reply(octets, id, &question("example.", RecordType::A));
    while let Ok(Some((_, record))) = reader.record() {
        let _ = record.to_record(octets);
    }
    let _ = reader.finish();
}

#[test]
fn compression_pointers_that_loop_or_lead_forward_are_refused() {
    let at =
        |pointer: &[u8]| read_name(&[&[0; 12][..], pointer].concat(), 12).map(|(name, _)| name.to_string());
    assert!(at(&[0xc0, 12]).is_err(), "to itself");
    assert!(at(&[0xc0, 14, 0xc0, 12]).is_err(), "forward");
    assert!(at(&[1, b'a', 0xc0, 12]).is_err(), "a label that repeats itself");
    assert!(at(&[0x40, 0]).is_err(), "an extended label type");
    assert_eq!(at(&[1, b'a', 0xc0, 0]).unwrap(), "a.");
}
