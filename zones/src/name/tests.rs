#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn names_compare_without_case_and_keep_their_spelling() {
    assert_eq!(name("WWW.Example.com."), name("www.example.COM."));
    assert_eq!(name("WWW.Example.com.").to_string(), "WWW.Example.com.");
}

#[test]
fn canonical_order_is_that_of_rfc_4034_6_1() {
    let sorted = [
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
    ]
    .map(name);
    let mut shuffled = sorted.clone();
    shuffled.reverse();
    shuffled.sort();
    assert_eq!(shuffled, sorted);
}

#[test]
fn rfc_2317_names_and_any_byte_are_legal() {
    let text = "0/25.2.0.192.in-addr.arpa.";
    assert_eq!(name(text).to_string(), text);
    let odd = "a\\.b.\\000\\255\\032.example.";
    assert_eq!(name(odd).to_string(), odd);
}

#[test]
fn idna_labels_become_ascii_and_back() {
    assert_eq!(name("ööö.企业.").to_unicode(), "ööö.企业.");
    assert_eq!(name("münchen.example.").to_string(), "xn--mnchen-3ya.example.");
    assert_eq!(name("xn--mnchen-3ya.example.").to_unicode(), "münchen.example.");
}

#[test]
fn bad_names_say_why() {
    let origin = name("example.");
    assert!(matches!(Name::parse("a..b", Some(&origin)), Err(NameError::EmptyLabel(_))));
    assert!(matches!(Name::parse("a\\256", Some(&origin)), Err(NameError::BadEscape(_))));
    assert!(matches!(Name::parse("a", None), Err(NameError::Relative(_))));
    let long = "x".repeat(64);
    assert!(matches!(Name::parse(&long, Some(&origin)), Err(NameError::LabelTooLong { octets: 64, .. })));
    let deep = "abcdefg.".repeat(40);
    assert!(matches!(Name::parse(&deep, None), Err(NameError::TooLong(_))));
}

#[test]
fn dname_substitution_keeps_the_front() {
    let moved = name("a.b.old.example.").replace_suffix(&name("old.example."), &name("new.test."));
    assert_eq!(moved, Some(name("a.b.new.test.")));
    assert_eq!(name("old.example.").replace_suffix(&name("old.example."), &name("new.test.")), None);
}

fn any_name() -> impl Strategy<Value = Name> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..12), 0..8)
        .prop_map(|labels| Name::from_labels(labels.iter().map(Vec::as_slice)).unwrap())
}

proptest! {
    #[test]
    fn text_and_wire_round_trip(name in any_name()) {
        let text = name.to_string();
        let again = Name::parse(&text, None).unwrap();
        prop_assert_eq!(again.wire(), name.wire());
        let copy = Name::from_wire(name.wire()).unwrap();
        prop_assert_eq!(copy.wire(), name.wire());
    }

    #[test]
    fn sort_keys_round_trip_and_order_as_names(a in any_name(), b in any_name()) {
        let root = Name::root();
        let key = a.sort_key(&root).unwrap();
        prop_assert_eq!(&Name::from_sort_key(&key, &root), &a);
        prop_assert_eq!(a == b, key == b.sort_key(&root).unwrap());
    }
}
