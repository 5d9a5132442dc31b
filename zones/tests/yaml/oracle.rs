//! octoDNS reads the same records from the same files. What differs on purpose is in
//! docs/deviations.md, section "Zone files".

use super::{apex, declared};
use dnsure_kit::octodns_read;
use dnsure_zones::yaml::{Options, Semicolons, read_text, write};
use dnsure_zones::{Name, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Records = BTreeMap<(String, String), (u64, Vec<Vec<u8>>)>;

fn canonical(rtype: RecordType, wire: &[u8]) -> Vec<u8> {
    rdata::canonical(rtype, wire).into_owned()
}

/// What octoDNS says about a file, its text turned into wire form.
fn octodns(text: &str, semicolons: Semicolons) -> Result<Records, String> {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("example.com.yaml"), text).unwrap();
    let lines = octodns_read(place.path(), "example.com.", semicolons == Semicolons::Escaped)?;
    let mut records = Records::new();
    for line in lines {
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        let field = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let rtype: RecordType = field("type").parse().unwrap();
        let values = record["values"].as_array().unwrap_or_else(|| panic!("{line}"));
        let wire = |value: &serde_json::Value| {
            let text = value.as_str().unwrap();
            // octoDNS leaves a missing final dot missing.
            let wire = rdata::parse_text(rtype, text, &Name::root())
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            canonical(rtype, &wire)
        };
        let mut wires: Vec<Vec<u8>> = values.iter().map(wire).collect();
        wires.sort();
        records.insert((field("name"), rtype.to_string()), (record["ttl"].as_u64().unwrap(), wires));
    }
    Ok(records)
}

fn ours(zone: &Zone) -> Records {
    zone.sets()
        .map(|set| {
            let mut wires: Vec<Vec<u8>> = set.rdatas().map(|wire| canonical(set.rtype(), wire)).collect();
            wires.sort();
            let name = set.name().to_lower().relative_to(&apex());
            ((name, set.rtype().to_string()), (u64::from(set.ttl().as_secs()), wires))
        })
        .collect()
}

#[test]
fn octodns_reads_the_same_from_a_file_with_every_form() {
    let text = include_str!("every_form.yaml");
    let zone = declared(text).zone;
    assert_eq!(octodns(text, Semicolons::Escaped).unwrap(), ours(&zone));
}

#[test]
fn octodns_ignores_a_stand_in_and_stops_at_a_stage() {
    let stand_in = "a: {type: A, value: 192.0.2.1, dnsure: {set: one, stand_in: 192.0.2.9}}\n";
    assert_eq!(octodns(stand_in, Semicolons::Escaped).unwrap(), ours(&declared(stand_in).zone));
    let stage = "a: {type: A, value: 192.0.2.1, ttl: {value: 300, stage: 60}}\n";
    declared(stage);
    let error = octodns(stage, Semicolons::Escaped).unwrap_err();
    assert!(error.contains("TypeError"), "{error}");
}

fn target() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,8}\\.[a-z]{2,8}\\.(net|org)\\."
}

fn text() -> impl Strategy<Value = String> {
    let ordinary = "[!-~]([ -~]{0,60}[!-~])?";
    prop_oneof![4 => ordinary.boxed(), 1 => "[a-z]{250,600}".boxed()].prop_filter(
        "octoDNS reads these in its own way",
        |text| {
            // Quotes that it cuts, escapes of `;` that it refuses, and `{}` templates.
            !text.starts_with('"')
                && !text.contains("\" \"")
                && !text.contains("\\;")
                && !text.contains(['{', '}'])
        },
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as strings of 255 octets, as both cut it.
fn strings(text: &str) -> String {
    let chunks = text.as_bytes().chunks(255).map(|chunk| quoted(std::str::from_utf8(chunk).unwrap()));
    chunks.collect::<Vec<_>>().join(" ")
}

/// A value in presentation format, of a type that octoDNS has.
fn value() -> impl Strategy<Value = (RecordType, String)> {
    let hex = |length: usize| {
        prop::collection::vec(prop::sample::select(b"0123456789abcdef".to_vec()), length)
            .prop_map(|digits| String::from_utf8(digits).unwrap())
    };
    prop_oneof![
        any::<[u8; 4]>().prop_map(|ip| (RecordType::A, std::net::Ipv4Addr::from(ip).to_string())),
        any::<[u8; 16]>().prop_map(|ip| (RecordType::AAAA, std::net::Ipv6Addr::from(ip).to_string())),
        target().prop_map(|name| (RecordType::CNAME, name)),
        target().prop_map(|name| (RecordType::DNAME, name)),
        target().prop_map(|name| (RecordType::NS, name)),
        target().prop_map(|name| (RecordType::PTR, name)),
        (any::<u16>(), target()).prop_map(|(n, name)| (RecordType::MX, format!("{n} {name}"))),
        (any::<u16>(), any::<u16>(), 1..=u16::MAX, target())
            .prop_map(|(a, b, port, name)| (RecordType::SRV, format!("{a} {b} {port} {name}"))),
        (any::<u8>(), "[a-z0-9]{1,9}", "[a-z0-9.:/;=@-]{1,20}").prop_map(move |(flags, tag, value)| {
            (RecordType::CAA, format!("{flags} {tag} {}", quoted(&value)))
        }),
        (any::<u16>(), any::<u8>(), hex(64))
            .prop_map(|(tag, alg, hex)| (RecordType::DS, format!("{tag} {alg} 2 {hex}"))),
        (1..=4_u8, hex(64)).prop_map(|(alg, hex)| (RecordType::SSHFP, format!("{alg} 2 {hex}"))),
        (0..=3_u8, 0..=1_u8, hex(64)).prop_map(|(a, b, hex)| (RecordType::TLSA, format!("{a} {b} 1 {hex}"))),
        (any::<u16>(), any::<u16>(), "[SAUP]", "[A-Za-z+]{1,9}", target()).prop_map(
            |(a, b, flags, service, name)| (
                RecordType::NAPTR,
                format!("{a} {b} {flags} {service} \"\" {name}")
            )
        ),
        (any::<u16>(), any::<u16>(), "[a-z/:.]{1,30}")
            .prop_map(|(a, b, uri)| (RecordType::URI, format!("{a} {b} \"{uri}\""))),
        (1..=u16::MAX, target(), any::<u16>(), any::<[u8; 4]>()).prop_map(|(priority, name, port, ip)| {
            let ip = std::net::Ipv4Addr::from(ip);
            (RecordType::HTTPS, format!("{priority} {name} alpn=h2,h3 port={port} ipv4hint={ip}"))
        }),
        target().prop_map(|name| (RecordType::SVCB, format!("0 {name}"))),
        (0..90_u8, 0..60_u8, 0..60_u8, 0..999_u16, -100..9000_i32).prop_map(|(a, b, c, d, alt)| (
            RecordType::LOC,
            format!("{a} {b} {c}.{d:03} N 4 53 32.000 E {alt}.00m 1.00m 10000.00m 10.00m")
        )),
        text().prop_map(move |text| (RecordType::TXT, strings(&text))),
        text().prop_map(move |text| (RecordType::SPF, strings(&text))),
    ]
}

/// Owner, TTL, and the type and text of each value.
type Declared = (String, Ttl, Vec<(RecordType, String)>);

fn records() -> impl Strategy<Value = Vec<Declared>> {
    let ttl = prop_oneof![Just(3600), 0..=Ttl::MAX.as_secs()].prop_map(|ttl| Ttl::from_secs(ttl).unwrap());
    let name = prop_oneof![
        5 => "[a-z0-9_]{1,10}".boxed(),
        1 => prop::sample::select(vec!["no", "010", "12:30", "on", "y", "1.10", "~", "xn--bcher-kva"]).prop_map(str::to_owned).boxed(),
    ];
    let values = value().prop_flat_map(|first| {
        let rtype = first.0;
        let more = prop::collection::vec(
            value().prop_filter("one type", move |other| other.0 == rtype && !rtype.is_single()),
            0..1,
        );
        (Just(first), more).prop_map(|(first, more)| std::iter::once(first).chain(more).collect::<Vec<_>>())
    });
    prop::collection::vec((name, ttl, values), 40..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_global_rejects: 100_000, ..ProptestConfig::default() })]
    #[test]
    fn octodns_reads_the_same_from_random_zones(records in records(), plain in any::<bool>()) {
        let mut builder = ZoneBuilder::new(apex());
        for (index, (name, ttl, values)) in records.iter().enumerate() {
            for (rtype, value) in values {
                // One name per record; services have names of their own.
                let name = match *rtype {
                    RecordType::SRV | RecordType::URI => format!("_s{index}._tcp"),
                    _ if name.starts_with("xn--") => format!("{name}.n{index}"),
                    _ => format!("{name}.n{index}"),
                };
                let owner = Name::parse(&name, Some(&apex())).unwrap();
                let wire = rdata::parse_text(*rtype, value, &apex()).unwrap_or_else(|error| panic!("{value}: {error}"));
                builder.push(&owner, *rtype, *ttl, &wire).unwrap();
            }
        }
        let zone = builder.finish();
        let semicolons = if plain { Semicolons::Plain } else { Semicolons::Escaped };
        let options = Options { semicolons, ..Options::default() };
        let file = write(&zone, &options);
        let again = read_text(&file, "example.com.yaml", &apex(), &options).declared.unwrap().zone;
        let theirs = octodns(&file, semicolons);
        prop_assert_eq!(theirs.as_ref().map_err(|error| format!("{error}\n{file}")), Ok(&ours(&again)));
    }
}
