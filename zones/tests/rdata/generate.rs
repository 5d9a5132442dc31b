//! Random record data, made from the fields of a row by kind alone.
//!
//! [`Wild`](Style::Wild) data is everything the wire may hold. [`Tame`](Style::Tame) data is
//! what careful servers accept: host names, printable text, digests of the right length.

use dnsure_zones::RecordType;
use dnsure_zones::rdata::{Kind, Row};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Wild,
    Tame,
}

/// One field: whether it is a name, and its uncompressed bytes.
pub(crate) type Part = (bool, Vec<u8>);

/// Data of this row, field by field.
pub(crate) fn parts(row: &'static Row, style: Style) -> BoxedStrategy<Vec<Part>> {
    let fields = row.fields.iter().map(|field| {
        let bytes = if style == Style::Tame { tame(row.rtype, field.key) } else { None };
        let bytes = bytes.unwrap_or_else(|| kind(field.kind, style));
        let is_name = field.kind == Kind::Name;
        bytes.prop_map(move |bytes| (is_name, bytes)).boxed()
    });
    let parts = fields.collect::<Vec<_>>();
    match (row.rtype, style) {
        (RecordType::SVCB | RecordType::HTTPS, Style::Tame) => parts.prop_map(consistent_service).boxed(),
        _ => parts.boxed(),
    }
}

/// Data of this row.
pub(crate) fn data(row: &'static Row, style: Style) -> BoxedStrategy<Vec<u8>> {
    parts(row, style).prop_map(|parts| parts.into_iter().flat_map(|(_, bytes)| bytes).collect()).boxed()
}

fn kind(kind: Kind, style: Style) -> BoxedStrategy<Vec<u8>> {
    match kind {
        Kind::Integer { octets, min, max, .. } => {
            (min..=max).prop_map(move |value| value.to_be_bytes()[4 - usize::from(octets)..].to_vec()).boxed()
        }
        Kind::Period | Kind::Moment | Kind::Ipv4 => octets(4..=4),
        Kind::TypeNumber => type_number(style).prop_map(|code| code.to_be_bytes().to_vec()).boxed(),
        Kind::Name => name(style),
        Kind::Ipv6 => prop_oneof![
            octets(16..=16),
            vec(prop_oneof![Just(0_u16), Just(0xffff), any::<u16>()], 8)
                .prop_map(|groups| groups.into_iter().flat_map(u16::to_be_bytes).collect())
        ]
        .boxed(),
        Kind::Eui(count) => octets(usize::from(count)..=usize::from(count)),
        Kind::Locator64 => octets(8..=8),
        Kind::String => text(style, 0..=255).prop_map(with_length).boxed(),
        Kind::Tag => match style {
            Style::Tame => "[a-zA-Z0-9]{1,15}".prop_map(|tag| with_length(tag.into_bytes())).boxed(),
            Style::Wild => text(style, 1..=255).prop_map(with_length).boxed(),
        },
        Kind::LongString => text(style, 0..=600)
            .prop_map(|text| [(text.len() as u16).to_be_bytes().as_slice(), &text].concat())
            .boxed(),
        Kind::Strings => {
            vec(text(style, 0..=255).prop_map(with_length), 1..4).prop_map(|strings| strings.concat()).boxed()
        }
        Kind::Text { min } => text(style, usize::from(min)..=600),
        Kind::Hex { min } | Kind::Base64 { min } => octets(usize::from(min)..=100),
        Kind::Salt => octets(0..=255).prop_map(with_length).boxed(),
        Kind::Hash => octets(1..=255).prop_map(with_length).boxed(),
        Kind::Types => btree_set(type_number(style), 0..12).prop_map(|types| bitmap(&types)).boxed(),
        Kind::ServiceParams => service_params(style),
        Kind::Location => location(style),
        Kind::Prefixes => vec(prefix(style), usize::from(style == Style::Tame)..4)
            .prop_map(|prefixes| prefixes.concat())
            .boxed(),
    }
}

/// What careful servers want of single fields beyond their kind.
fn tame(rtype: RecordType, key: &str) -> Option<BoxedStrategy<Vec<u8>>> {
    let choice = |choices: &'static [&'static [u8]]| {
        proptest::sample::select(choices).prop_map(<[u8]>::to_vec).boxed()
    };
    Some(match (rtype, key) {
        (RecordType::DS | RecordType::CDS | RecordType::TA | RecordType::DLV, "digest_type") => {
            choice(&[&[2]])
        }
        (RecordType::DS | RecordType::CDS | RecordType::TA | RecordType::DLV, "digest") => octets(32..=32),
        (RecordType::SSHFP, "algorithm") => choice(&[&[1], &[3], &[4]]),
        (RecordType::SSHFP, "fingerprint_type") => choice(&[&[2]]),
        (RecordType::SSHFP, "fingerprint") => octets(32..=32),
        (RecordType::TLSA | RecordType::SMIMEA, "certificate_usage") => choice(&[&[0], &[1], &[2], &[3]]),
        (RecordType::TLSA | RecordType::SMIMEA, "selector") => choice(&[&[0], &[1]]),
        (RecordType::TLSA | RecordType::SMIMEA, "matching_type") => choice(&[&[1]]),
        (RecordType::TLSA | RecordType::SMIMEA, "certificate_association_data") => octets(32..=32),
        (RecordType::ZONEMD, "scheme" | "hash_algorithm") => choice(&[&[1]]),
        (RecordType::ZONEMD, "digest") => octets(48..=48),
        (RecordType::DNSKEY | RecordType::CDNSKEY, "flags") => choice(&[&[1, 0], &[1, 1]]),
        (RecordType::DNSKEY | RecordType::CDNSKEY, "protocol") => choice(&[&[3]]),
        (_, "algorithm") => choice(&[&[8], &[13], &[15]]),
        (RecordType::DNSKEY | RecordType::CDNSKEY, "public_key") => octets(64..=64),
        (RecordType::NAPTR, "flags") => choice(&[b"\x00", b"\x01U", b"\x01S", b"\x01A"]),
        (RecordType::NAPTR, "service") => choice(&[b"\x00", b"\x07SIP+D2U", b"\x07E2U+sip"]),
        (RecordType::NAPTR, "regexp") => {
            proptest::sample::select(["", "!^.*$!sip:info@example.com!i"].as_slice())
                .prop_map(|text| with_length(text.as_bytes().to_vec()))
                .boxed()
        }
        (RecordType::CSYNC, "flags") => choice(&[&[0, 0], &[0, 1], &[0, 2], &[0, 3]]),
        (RecordType::RRSIG, "labels") => choice(&[&[5], &[6]]),
        (RecordType::RRSIG, "signature") => octets(64..=64),
        (RecordType::NSEC, "types") => {
            btree_set(type_number(Style::Tame), 1..12).prop_map(|types| bitmap(&types)).boxed()
        }
        (RecordType::X25, _) => "[0-9]{4,20}".prop_map(|text| with_length(text.into_bytes())).boxed(),
        (RecordType::GPOS, _) => {
            "-?[0-8][0-9]\\.[0-9]{1,4}".prop_map(|text| with_length(text.into_bytes())).boxed()
        }
        (RecordType::NSEC3 | RecordType::NSEC3PARAM, "hash_algorithm") => choice(&[&[1]]),
        (RecordType::NSEC3 | RecordType::NSEC3PARAM, "flags") => choice(&[&[0], &[1]]),
        (RecordType::NSEC3 | RecordType::NSEC3PARAM, "iterations") => choice(&[&[0, 0], &[0, 12]]),
        (RecordType::NSEC3, "next") => octets(20..=20).prop_map(with_length).boxed(),
        (RecordType::SOA, "refresh" | "retry" | "expire" | "minimum") => {
            (1_u32..1_000_000).prop_map(|value| value.to_be_bytes().to_vec()).boxed()
        }
        (RecordType::URLFWD, "path") => "/[a-z/]{0,20}".prop_map(with_long_length).boxed(),
        (RecordType::URLFWD, "target") => "https://[a-z]{1,20}/".prop_map(with_long_length).boxed(),
        _ => return None,
    })
}

fn with_long_length(text: String) -> Vec<u8> {
    [(text.len() as u16).to_be_bytes().as_slice(), text.as_bytes()].concat()
}

fn octets(count: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Vec<u8>> {
    vec(any::<u8>(), count).boxed()
}

fn text(style: Style, count: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Vec<u8>> {
    let printable = vec(0x20_u8..0x7f, count.clone());
    match style {
        Style::Tame => {
            let plain = proptest::sample::select(b"abcdefghijklmnopqrstuvwxyz0123456789 =:/._-".as_slice());
            prop_oneof![printable, vec(plain, count)].boxed()
        }
        Style::Wild => prop_oneof![
            printable,
            octets(count.clone()),
            vec(proptest::sample::select(b"a\"\\;() \t\n$@0".as_slice()), count),
        ]
        .boxed(),
    }
}

fn with_length(bytes: Vec<u8>) -> Vec<u8> {
    [&[bytes.len() as u8], bytes.as_slice()].concat()
}

/// A domain name in uncompressed wire form.
pub(crate) fn name(style: Style) -> BoxedStrategy<Vec<u8>> {
    let host = "[a-zA-Z0-9_]([a-zA-Z0-9-]{0,12}[a-zA-Z0-9])?".prop_map(String::into_bytes);
    let label = match style {
        Style::Tame => host.boxed(),
        Style::Wild => prop_oneof![4 => host, 1 => octets(1..=63)].boxed(),
    };
    let labels = match style {
        Style::Tame => vec(label, 2..5),
        Style::Wild => vec(label, 0..6),
    };
    labels
        .prop_map(|labels| {
            let mut wire = Vec::new();
            for label in labels {
                if wire.len() + label.len() + 2 <= 255 {
                    wire.extend(with_length(label));
                }
            }
            wire.push(0);
            wire
        })
        .boxed()
}

fn type_number(style: Style) -> BoxedStrategy<u16> {
    match style {
        Style::Tame => {
            proptest::sample::select([1, 2, 5, 6, 15, 16, 28, 33, 46, 47, 52, 257, 1234].as_slice()).boxed()
        }
        Style::Wild => prop_oneof![0_u16..300, any::<u16>()].boxed(),
    }
}

fn bitmap(types: &BTreeSet<u16>) -> Vec<u8> {
    let mut windows: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    for rtype in types {
        let window = windows.entry(rtype / 256).or_default();
        let octet = usize::from(rtype % 256 / 8);
        window.resize(window.len().max(octet + 1), 0);
        window[octet] |= 1 << (7 - rtype % 8);
    }
    windows.into_iter().flat_map(|(number, bits)| [vec![number as u8], with_length(bits)].concat()).collect()
}

fn service_params(style: Style) -> BoxedStrategy<Vec<u8>> {
    let known = move |key: u16| -> BoxedStrategy<Vec<u8>> {
        match key {
            0 => btree_set(1_u16..8, 1..4)
                .prop_map(|keys| keys.into_iter().flat_map(u16::to_be_bytes).collect())
                .boxed(),
            1 => vec(text(style, 1..=20).prop_map(with_length), 1..4).prop_map(|list| list.concat()).boxed(),
            2 | 8 => Just(Vec::new()).boxed(),
            3 => octets(2..=2),
            4 => vec(octets(4..=4), 1..4).prop_map(|list| list.concat()).boxed(),
            5 => octets(1..=60),
            6 => vec(octets(16..=16), 1..4).prop_map(|list| list.concat()).boxed(),
            7 => Just(b"/dns-query{?dns}".to_vec()).boxed(),
            _ => vec(octets(2..=2), 1..4).prop_map(|list| list.concat()).boxed(),
        }
    };
    let last: u16 = if style == Style::Tame { 7 } else { 9 };
    let named = btree_set(0..=last, 0..5)
        .prop_flat_map(move |keys| keys.into_iter().map(|key| (Just(key), known(key))).collect::<Vec<_>>());
    let unknown = btree_map(65_280_u16..65_535, text(style, 0..=60), 0..3);
    (named, unknown)
        .prop_map(|(named, unknown)| named.into_iter().chain(unknown).map(param).collect::<Vec<_>>().concat())
        .boxed()
}

fn param((key, value): (u16, Vec<u8>)) -> Vec<u8> {
    [&key.to_be_bytes(), (value.len() as u16).to_be_bytes().as_slice(), &value].concat()
}

/// Makes parameters agree with each other: `alpn` beside `no-default-alpn`, only keys that
/// are there in `mandatory`, a priority that is no alias.
fn consistent_service(mut parts: Vec<Part>) -> Vec<Part> {
    let mut params: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    let mut rest = parts[2].1.as_slice();
    while let [a, b, c, d, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        params.insert(u16::from_be_bytes([*a, *b]), tail[..length].to_vec());
        rest = &tail[length..];
    }
    if params.contains_key(&2) {
        params.entry(1).or_insert_with(|| b"\x02h2".to_vec());
    }
    if let Some(protocols) = params.get_mut(&1) {
        // Commas in protocols are legal and read differently by every reader.
        *protocols = protocols.iter().map(|&byte| if b",\\".contains(&byte) { b'-' } else { byte }).collect();
    }
    let keys: Vec<u16> = params.keys().copied().filter(|key| *key != 0).collect();
    if params.contains_key(&0) {
        match keys.first() {
            Some(key) => params.insert(0, key.to_be_bytes().to_vec()),
            None => params.remove(&0),
        };
    }
    parts[2].1 = params.into_iter().map(param).collect::<Vec<_>>().concat();
    if parts[0].1 == [0, 0] {
        parts[0].1 = vec![0, 1];
    }
    parts
}

fn location(style: Style) -> BoxedStrategy<Vec<u8>> {
    // Zero times a power of ten is zero, and there is one right way to say it.
    let tame = style == Style::Tame;
    let size = (0_u8..10, 0_u8..10).prop_map(move |(digit, power)| match (digit, tame) {
        (0, true) => 0,
        _ => digit << 4 | power,
    });
    let angle = |limit: u32| (0..=2 * limit).prop_map(move |angle| (1 << 31) - limit + angle);
    let degree = 3_600_000;
    ([size.clone(), size.clone(), size], angle(90 * degree), angle(180 * degree), any::<u32>())
        .prop_map(|(sizes, latitude, longitude, altitude)| {
            let numbers = [latitude, longitude, altitude].into_iter().flat_map(u32::to_be_bytes);
            [0].into_iter().chain(sizes).chain(numbers).collect()
        })
        .boxed()
}

fn prefix(style: Style) -> BoxedStrategy<Vec<u8>> {
    let families = if style == Style::Tame { 1..=2_u16 } else { 1..=3 };
    families
        .prop_flat_map(|family| {
            let (bits, octets) = [(32, 4), (128, 16), (255, 20)][usize::from(family) - 1];
            (Just(family), 0..=bits as u8, vec(any::<u8>(), 0..=octets), any::<bool>())
        })
        .prop_map(|(family, bits, mut address, negated)| {
            // Zero octets at the end are left out.
            let used = address.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
            address.truncate(used);
            let head = [0, family as u8, bits, u8::from(negated) << 7 | used as u8];
            [head.as_slice(), &address].concat()
        })
        .boxed()
}
