//! What is written reads back as the same zone.

use super::{apex, codes, declared, read_with, show};
use dnsure_zones::rdata;
use dnsure_zones::yaml::{
    Declared, Options, Order, Semicolons, Targets, closest, read_text, write, write_declared, write_json,
};
use dnsure_zones::{Name, RecordKey, RecordType, Settings, Ttl, Zone, ZoneBuilder};
use proptest::prelude::*;
use std::sync::Arc;

fn label() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-z0-9_-]{1,12}".prop_map(String::into_bytes),
        1 => prop::sample::select(vec!["*", "no", "010", "on", "12:30", "xn--mnchen-3ya", "@", "y", "~", "1.10", "<<", "A"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..8),
    ]
}

fn owner() -> impl Strategy<Value = Name> {
    prop::collection::vec(label(), 0..4)
        .prop_map(|labels| labels.iter().rev().fold(apex(), |name, label| name.child(label).unwrap()))
}

/// Data of every type that has a row, from its examples; and texts of any kind.
fn data() -> impl Strategy<Value = (RecordType, Vec<u8>)> {
    let examples: Vec<(RecordType, Vec<u8>)> = rdata::rows()
        .flat_map(|row| {
            row.examples.iter().map(|text| (row.rtype, rdata::parse_text(row.rtype, text, &apex()).unwrap()))
        })
        .filter(|(rtype, _)| !matches!(*rtype, RecordType::CNAME | RecordType::DNAME | RecordType::ALIAS))
        .collect();
    let string = prop_oneof![
        "[ -~]{0,40}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            "no",
            "010",
            "\"quoted\"",
            "\"half",
            "a\" \"b",
            "a;b",
            "a\\;b",
            "a\\\\;b",
            "; x",
            "~",
            "",
            " lead",
            "trail ",
            "multi\nline",
            "\u{202e}",
            "grüße",
            "it's",
            "{rdata: x}",
            "- x",
            "a: b",
            "x #y",
            "v=DKIM1; k=rsa; p=",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| bytes.into_iter().take(255).collect()),
    ];
    let text = prop::collection::vec(string, 1..4).prop_map(|strings| {
        let wire: Vec<u8> = strings
            .iter()
            .flat_map(|string| std::iter::once(string.len() as u8).chain(string.iter().copied()))
            .collect();
        (RecordType::TXT, wire)
    });
    let unknown =
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|wire| (RecordType::from_code(65280), wire));
    prop_oneof![6 => prop::sample::select(examples), 4 => text, 1 => unknown]
}

fn settings() -> impl Strategy<Value = Settings> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9..1e9_f64).prop_map(Into::into),
        "[ -~]{0,10}".prop_map(Into::into),
        prop::sample::select(vec!["no", "010", "2020-01-01", "1e3", ""]).prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::btree_map("[a-z0-9 :#-]{0,6}", inner, 0..3)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    });
    let object = prop::collection::btree_map("[a-z_-]{1,8}", value, 1..3)
        .prop_map(|map| {
            serde_json::Value::Object(
                map.into_iter().filter(|(key, _)| closest(key, ["set", "stand_in"]).is_none()).collect(),
            )
        })
        .prop_filter("not empty", |value| value.as_object().is_some_and(|object| !object.is_empty()));
    let name = prop::sample::select(vec!["cloudflare", "route53", "dnsure", "dynamic", "geo", "powerdns"]);
    prop_oneof![
        3 => Just(Settings::default()),
        1 => prop::collection::btree_map(name.prop_map(str::to_owned), object, 1..3).prop_map(Settings),
    ]
}

type Sets = Vec<(Name, RecordType, u32, Vec<Vec<u8>>, Settings, Option<Arc<str>>)>;

fn sets() -> impl Strategy<Value = Sets> {
    let set = (owner(), data(), prop_oneof![Just(3600), 0..=Ttl::MAX.as_secs()], settings(), any::<bool>());
    prop::collection::vec(set, 0..12).prop_map(|sets| {
        sets.into_iter()
            .map(|(name, (rtype, wire), ttl, settings, weighted)| {
                let id = (weighted && !settings.is_empty()).then(|| Arc::from("no"));
                (name, rtype, ttl, vec![wire], settings, id)
            })
            .collect()
    })
}

/// A zone that a file may declare: no DS at the apex, one TTL per set, one member where the type has one.
fn zone_of(sets: &Sets) -> Zone {
    let mut builder = ZoneBuilder::new(apex());
    let mut ttls = std::collections::HashMap::new();
    for (name, rtype, ttl, wires, settings, id) in sets {
        if *rtype == RecordType::DS && *name == apex() {
            continue;
        }
        let key = RecordKey { name: name.clone(), rtype: *rtype, set_id: id.clone() };
        if rtype.is_single() && ttls.contains_key(&key) {
            continue;
        }
        let ttl = Ttl::from_secs(*ttls.entry(key.clone()).or_insert(*ttl)).unwrap();
        for wire in wires {
            builder.push_record(name, *rtype, id.as_ref(), ttl, wire, None).unwrap();
        }
        builder.set_settings(key, settings.clone());
    }
    builder.finish()
}

#[track_caller]
fn same(a: &Zone, b: &Zone, text: &str) {
    let sets = |zone: &Zone| -> Vec<String> {
        zone.sets()
            .map(|set| {
                let wires: Vec<&[u8]> = set.rdatas().collect();
                format!("{} {:?} {} {wires:?} {:?}", set.key(), set.name().wire(), set.ttl(), set.settings())
            })
            .collect()
    };
    assert_eq!(sets(a), sets(b), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn any_zone_reads_back_as_itself(sets in sets(), plain in any::<bool>()) {
        let zone = zone_of(&sets);
        let semicolons = if plain { Semicolons::Plain } else { Semicolons::Escaped };
        let options = Options { semicolons, ..Options::default() };
        let text = write(&zone, &options);
        let read = read_text(&text, "z.yaml", &apex(), &options);
        let errors: Vec<String> = read.diagnostics.iter().filter(|found| found.is_error()).map(show).collect();
        prop_assert!(errors.is_empty(), "{errors:?}\n{text}");
        same(&zone, &read.declared.unwrap().zone, &text);
        let sorted = Options { order: Some(Order::Natural), ..options };
        let found = read_text(&text, "z.yaml", &apex(), &sorted).diagnostics;
        prop_assert!(!found.iter().any(|found| found.code == "key-order"), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|\n| |:|-|\\{|\\}|&a|\\*a|<<|!include |type|value|A|'|\"){0,60}") {
        let _ = read_text(&text, "z.yaml", &apex(), &Options::default());
    }
}

#[test]
fn files_are_written_as_octodns_sorts_them() {
    let text = "---\n'':\n- type: MX\n  values:\n  - exchange: mx1.example.net.\n    preference: 10\n  - exchange: mx2.example.net.\n    preference: 20\n\
                - type: TXT\n  value: v=spf1 -all\n'*':\n  ttl: 60\n  type: A\n  value: 192.0.2.1\na2:\n  type: TXT\n  value: v=DKIM1\\; p=x\n\
                a10:\n  octodns:\n    cloudflare:\n      proxied: true\n    excluded:\n    - two\n    lenient: true\n  type: AAAA\n  values:\n  - 2001:db8::1\n  - 2001:db8::2\n\
                bücher:\n  type: CNAME\n  value: www.example.net.\n'no':\n  type: TXT\n  values:\n  - - one\n    - two\n";
    let declared = declared(text);
    assert_eq!(write_declared(&declared, &Options::default()), text);
    let again = read_with(&write_declared(&declared, &Options::default()), &Options::default());
    assert_eq!(codes(&again), [""; 0]);
    assert_eq!(again.declared.unwrap().targets.len(), 1);
}

#[test]
fn what_files_say_about_targets_is_written_back() {
    let mut declared = Declared::new(declared("a: {type: A, value: 192.0.2.1}\n").zone);
    let key = declared.zone.sets().next().unwrap().key();
    declared.ignored.insert(key.clone());
    declared.targets.insert(key, Targets { included: vec!["no".into()], excluded: vec![] });
    let text = write_declared(&declared, &Options::default());
    assert_eq!(
        text,
        "---\na:\n  octodns:\n    ignored: true\n    included:\n    - 'no'\n  type: A\n  value: 192.0.2.1\n"
    );
}

#[test]
fn an_empty_zone_and_json_are_written() {
    assert_eq!(write(&Zone::empty(apex()), &Options::default()), "---\n{}\n");
    let zone =
        declared("a: {type: A, ttl: 60, value: 192.0.2.1, octodns: {cloudflare: {proxied: true}}}\n").zone;
    let mut json = Vec::new();
    write_json(&zone, &mut json).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        value,
        serde_json::json!({"zone": "example.com.", "records": [{
            "name": "a.example.com.", "type": "A", "ttl": 60, "values": ["192.0.2.1"],
            "settings": {"cloudflare": {"proxied": true}},
        }]})
    );
}
