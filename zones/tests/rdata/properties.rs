//! What holds for any data of any type.

use crate::generate::{self, Part, Style};
use dnsure_zones::diagnostic::Severity;
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::rdata::{self, Row, rows};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, ZoneBuilder, master};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

/// Cases for each row and property; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(32)
}

fn origin() -> Name {
    "example.com.".parse().unwrap()
}

/// Runs `property` on random data of every row.
fn for_each_row<T: std::fmt::Debug>(
    strategy: impl Fn(&'static Row) -> BoxedStrategy<T>,
    property: impl Fn(&'static Row, T) -> TestCaseResult,
) {
    for row in rows() {
        let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&strategy(row), |value| property(row, value));
        if let Err(failure) = result {
            panic!("{}: {failure}", row.rtype);
        }
    }
}

fn wild(row: &'static Row) -> BoxedStrategy<Vec<u8>> {
    generate::data(row, Style::Wild)
}

#[test]
fn text_of_any_data_reads_back_as_the_same_bytes() {
    for_each_row(wild, |row, wire| {
        prop_assert_eq!(rdata::check(row.rtype, &wire), Ok(()));
        let text = rdata::to_text(row.rtype, &wire);
        prop_assert!(text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)), "{}", text);
        let again = rdata::parse_text(row.rtype, &text, &origin());
        prop_assert_eq!(again.as_ref(), Ok(&wire), "{}", text);
        let generic = format!("\\# {} {}", wire.len(), hex(&wire));
        prop_assert_eq!(rdata::parse_text(row.rtype, &generic, &origin()), Ok(wire));
        Ok(())
    });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn fields_of_any_data_read_back_as_the_same_bytes() {
    for_each_row(wild, |row, wire| {
        let fields = rdata::to_fields(row.rtype, &wire);
        match rdata::from_fields(row.rtype, &fields, &origin()) {
            Ok(again) => prop_assert_eq!(again, wire, "{:?}", fields),
            // Fields are what people write, and there contradictions are refused.
            Err(errors) => prop_assert!(
                matches!(row.rtype, RecordType::SVCB | RecordType::HTTPS)
                    && errors.iter().all(|error| error.message.contains("RFC 9460")),
                "{:?}: {:?}",
                fields,
                errors
            ),
        }
        Ok(())
    });
}

#[test]
fn most_data_is_expressed_in_text_and_fields_of_its_own() {
    for_each_row(
        |row| generate::data(row, Style::Tame),
        |row, wire| {
            let text = rdata::to_text(row.rtype, &wire);
            prop_assert!(!text.starts_with("\\#"), "{}", text);
            let fields = rdata::to_fields(row.rtype, &wire);
            prop_assert!(!format!("{fields:?}").contains("\"rdata\""), "{:?}", fields);
            prop_assert_eq!(rdata::from_fields(row.rtype, &fields, &origin()), Ok(wire), "{:?}", fields);
            Ok(())
        },
    );
}

#[test]
fn names_are_decompressed_wherever_they_stand() {
    let case = |row| (generate::parts(row, Style::Wild), generate::name(Style::Wild), any::<bool>()).boxed();
    for_each_row(case, |row, (parts, before, compress)| {
        let (message, range) = message(&parts, &before, compress);
        let wire: Vec<u8> = parts.into_iter().flat_map(|(_, bytes)| bytes).collect();
        prop_assert_eq!(rdata::decompress(row.rtype, &message, range), Ok(wire));
        Ok(())
    });
}

/// A message with the names of `parts` in front of the data, which points to them or to
/// their parents where `compress` says so.
fn message(parts: &[Part], before: &[u8], compress: bool) -> (Vec<u8>, std::ops::Range<usize>) {
    let mut message = [&[0; 12], before].concat();
    let mut places = Vec::new();
    for (_, name) in parts.iter().filter(|(is_name, _)| *is_name) {
        places.push(message.len());
        message.extend_from_slice(name);
    }
    let start = message.len();
    let mut places = places.into_iter();
    for (is_name, bytes) in parts {
        let place = if *is_name { places.next() } else { None };
        match place {
            Some(place) if compress => {
                // The first label stands here, the rest is pointed to.
                let label = usize::from(bytes[0]) + 1;
                let skipped = if bytes.len() > 1 { label } else { 0 };
                message.extend_from_slice(&bytes[..skipped]);
                let target = place + skipped;
                message.extend_from_slice(&[0xc0 | (target >> 8) as u8, target as u8]);
            }
            _ => message.extend_from_slice(bytes),
        }
    }
    let end = message.len();
    message.extend_from_slice(b"what follows");
    (message, start..end)
}

#[test]
fn comparison_ignores_the_case_of_names_and_nothing_else_moves() {
    let case = |row| generate::parts(row, Style::Wild);
    for_each_row(case, |row, parts| {
        let join = |change: &dyn Fn(&Part) -> Vec<u8>| parts.iter().flat_map(change).collect::<Vec<u8>>();
        let wire = join(&|(_, bytes)| bytes.clone());
        let upper =
            join(&|(is_name, bytes)| if *is_name { bytes.to_ascii_uppercase() } else { bytes.clone() });
        let canonical = rdata::canonical(row.rtype, &wire);
        // A length octet of a label is never a letter, so nothing else changed.
        prop_assert_eq!(&canonical, &rdata::canonical(row.rtype, &upper));
        prop_assert!(canonical.eq_ignore_ascii_case(&wire));
        prop_assert_eq!(rdata::check(row.rtype, &canonical), Ok(()));
        let names = parts.iter().filter(|(is_name, _)| *is_name).count();
        prop_assert_eq!(rdata::names(row.rtype, &wire).count(), names);
        Ok(())
    });
}

/// Calls everything that takes bytes.
fn touch(rtype: RecordType, bytes: &[u8], range: std::ops::Range<usize>) -> TestCaseResult {
    let text = rdata::to_text(rtype, bytes);
    if rdata::check(rtype, bytes).is_ok() {
        let again = rdata::parse_text(rtype, &text, &origin());
        prop_assert_eq!(again.as_deref(), Ok(bytes), "{}", text);
    }
    let _ = rdata::canonical(rtype, bytes);
    let _ = rdata::names(rtype, bytes).count();
    let fields = rdata::to_fields(rtype, bytes);
    let _ = rdata::from_fields(rtype, &fields, &origin());
    if let Ok(wire) = rdata::decompress(rtype, bytes, range) {
        prop_assert_eq!(rdata::check(rtype, &wire), Ok(()));
    }
    Ok(())
}

#[test]
fn hostile_bytes_never_panic() {
    let case = |row| {
        let broken = (wild(row), any::<prop::sample::Index>(), any::<u8>(), any::<prop::sample::Index>());
        let broken = broken.prop_map(|(mut wire, index, byte, cut)| {
            if !wire.is_empty() {
                let at = index.index(wire.len());
                wire[at] = byte;
                wire.truncate(cut.index(wire.len() + 1).max(wire.len() / 2));
            }
            wire
        });
        let random =
            proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xc0), Just(0), 0_u8..20], 0..80);
        (prop_oneof![broken, random], 0..80_usize, 0..90_usize).boxed()
    };
    for_each_row(case, |row, (bytes, start, end)| touch(row.rtype, &bytes, start..end));
    // A range that runs backwards.
    #[allow(clippy::reversed_empty_ranges)]
    let backwards = 5..2;
    assert!(rdata::decompress(RecordType::MX, &[0; 12], backwards).is_err());
}

#[test]
fn hostile_text_never_panics() {
    let word = prop_oneof![
        "[0-9]{1,12}",
        "[a-z.*@\\\\\"=,();!:/-]{0,20}",
        Just("\\#".to_owned()),
        Just("alpn=\"".to_owned()),
        Just("key1=".to_owned()),
        Just("52 N".to_owned()),
        Just("1:1.2.3.4/3".to_owned()),
        any::<String>(),
    ];
    let case = proptest::collection::vec(word, 0..9).prop_map(|words| words.join(" "));
    for_each_row(
        |_| case.clone().boxed(),
        |row, text| {
            if let Ok(wire) = rdata::parse_text(row.rtype, &text, &origin()) {
                prop_assert_eq!(rdata::check(row.rtype, &wire), Ok(()), "{}", text);
            }
            let _ = rdata::from_fields(row.rtype, &rdata::FieldInput::Scalar(text), &origin());
            Ok(())
        },
    );
}

#[test]
fn hostile_fields_never_panic() {
    use rdata::FieldInput::{self, List, Map, Null, Scalar};
    let leaf = prop_oneof![Just(Null), any::<String>().prop_map(Scalar), "[0-9.-]{0,9}".prop_map(Scalar)];
    fn tree(leaf: BoxedStrategy<FieldInput>, keys: &'static Row) -> BoxedStrategy<FieldInput> {
        let mut known: Vec<String> = keys.fields.iter().map(|field| field.key.to_owned()).collect();
        known.extend(["alpn", "mandatory", "key1", "port", "rdata", "lat_degrees", "x"].map(str::to_owned));
        let key = proptest::sample::select(known);
        leaf.prop_recursive(3, 20, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(List),
                proptest::collection::vec((key.clone(), inner), 0..8).prop_map(Map),
            ]
        })
        .boxed()
    }
    for_each_row(
        |row| tree(leaf.clone().boxed(), row),
        |row, input| {
            if let Ok(wire) = rdata::from_fields(row.rtype, &input, &origin()) {
                prop_assert_eq!(rdata::check(row.rtype, &wire), Ok(()));
            }
            let _ = rdata::missing_final_dot(row.rtype, &input);
            Ok(())
        },
    );
}

#[test]
fn a_zone_of_any_data_is_written_and_read_back() {
    let mut runner = TestRunner::default();
    let mut builder = ZoneBuilder::new(origin());
    for row in rows().filter(|row| !row.rtype.is_pseudo()) {
        for index in 0..20_u32 {
            let wire = wild(row).new_tree(&mut runner).unwrap().current();
            let label = generate::name(Style::Wild).new_tree(&mut runner).unwrap().current();
            let label = &label[1..usize::from(label[0]) + 1];
            let owner = if label.is_empty() { origin() } else { origin().child(label).unwrap() };
            builder.push(&owner, row.rtype, Ttl::from_secs(index).unwrap(), &wire).unwrap();
        }
    }
    let zone = builder.finish();
    let mut text = String::new();
    master::write(&zone, &mut text).unwrap();
    let (again, diagnostics) = master::read_text(&text, "zone", &origin());
    let again = again.unwrap_or_else(|| panic!("{:#?}", diagnostics.first()));
    assert_eq!(again.record_count(), zone.record_count());
    let different = diff(&zone, &again).find(|difference| match difference {
        // The zone knows of members that came with different TTLs; the text does not.
        Difference::Changed(before, after) => !before.same_rdatas(after) || before.ttl() != after.ttl(),
        _ => true,
    });
    assert!(different.is_none(), "{different:#?}");
}

#[test]
fn hostile_master_files_never_panic() {
    let piece = prop_oneof![
        "[a-z@$]{1,4} ",
        Just("\n".to_owned()),
        Just("$ORIGIN ".to_owned()),
        Just("$TTL ".to_owned()),
        Just("$INCLUDE ".to_owned()),
        Just("$GENERATE 1-3 a${0,3,n} A ".to_owned()),
        Just("IN 60 TXT ".to_owned()),
        Just("MX 10 ".to_owned()),
        "[\\(\\)\";\\\\ \\t\\r\\n]{1,4}",
        any::<String>(),
    ];
    let config = Config { cases: 32 * cases(), failure_persistence: None, ..Config::default() };
    let files = proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let property = |text: String| {
        let (zone, diagnostics) = master::read_text(&text, "zone", &origin());
        let lines = text.lines().count().max(1) as u32;
        for diagnostic in &diagnostics {
            prop_assert!((1..=lines + 1).contains(&diagnostic.span.position.line), "{:?}", diagnostic);
            prop_assert!(diagnostic.span.length >= 1 && diagnostic.span.position.column >= 1);
        }
        prop_assert_eq!(
            zone.is_none(),
            diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
        );
        Ok(())
    };
    if let Err(failure) = TestRunner::new(config).run(&files, property) {
        panic!("{failure}");
    }
}

/// Found by fuzzing: a TXT record without a string, as a broken server may hold it, could be written into
/// a plan and not be read back.
#[test]
fn data_that_does_not_fit_its_type_is_carried_through_documents() {
    let name: Name = "www.example.com.".parse().unwrap();
    for (rtype, data) in [
        (RecordType::TXT, &[][..]),
        (RecordType::A, &[192, 0, 2]),
        (RecordType::SVCB, &[0]),
        (RecordType::CAA, &[]),
        (RecordType::SVCB, &[0, 1, 0, 0xff, 0xff, 0, 0]),
    ] {
        let key = RecordKey::new(name.clone(), rtype);
        let set = RecordSet::new(key, Ttl::from_wire(300), [Rdata::new(data.to_vec())]);
        let json = serde_json::to_string(&set).unwrap();
        let again: RecordSet = serde_json::from_str(&json).unwrap();
        assert_eq!(again, set, "{json}");
    }
    let wrong = r#"{"name":"www.example.com.","type":"A","ttl":300,"values":["192.0.2.256"]}"#;
    assert!(serde_json::from_str::<RecordSet>(wrong).is_err());
}
