//! The plain reader and the full parser on the same texts: what both read must be equal,
//! and what a zone file gives must not depend on who read it.

use super::super::loader::Loader;
use super::super::read::{Way, read_in};
use super::super::walk::{Root, Walker};
use super::super::{Options, Order, ZoneRead};
use super::{Entry, Kind, Node, Plain};
use crate::Name;
use crate::source::MemorySource;
use proptest::prelude::*;
use std::path::Path;

const FILE: &str = "zones/example.com.yaml";

/// Everything of a node that anybody can ask for.
fn shown(node: &Node, out: &mut String) {
    use std::fmt::Write as _;
    let span = node.span();
    write!(out, "{}+{} {:?} ", span.position, span.length, node.used_at()).unwrap();
    match &node.kind {
        Kind::Scalar(text, style) => writeln!(out, "{style:?} {text:?}").unwrap(),
        Kind::List(items) => {
            writeln!(out, "list").unwrap();
            items.iter().for_each(|item| shown(item, out));
            writeln!(out, "end").unwrap();
        }
        Kind::Map(entries) => {
            writeln!(out, "map").unwrap();
            for Entry { key, value } in entries {
                shown(key, out);
                shown(value, out);
            }
            writeln!(out, "end").unwrap();
        }
    }
}

fn entry_shown(entry: &Entry) -> String {
    let mut out = String::new();
    shown(&entry.key, &mut out);
    shown(&entry.value, &mut out);
    out
}

/// The entries that the plain reader gives, and whether it came to the end.
fn plainly(text: &str) -> (Vec<String>, bool) {
    let mut plain = Plain::new(text, FILE.into());
    let mut entries = Vec::new();
    let mut next = plain.open().and_then(|()| plain.entry());
    loop {
        match next {
            Ok(Some(entry)) => entries.push(entry_shown(&entry)),
            Ok(None) => return (entries, true),
            Err(_) => return (entries, false),
        }
        next = plain.entry();
    }
}

/// The entries that the full parser gives, and whether it came to the end without a finding.
fn fully(text: &str) -> (Vec<String>, bool) {
    let source = MemorySource::new();
    let mut loader = Loader::new(&source);
    let mut walker = Walker::new(&mut loader, Path::new(FILE), text);
    let mut entries = Vec::new();
    let mut whole = match walker.open(false) {
        Ok(Root::Entries) => loop {
            match walker.entry() {
                Ok(Some(entry)) => entries.push(entry_shown(&entry)),
                Ok(None) => break true,
                Err(_) => break false,
            }
        },
        Ok(Root::Empty) => true,
        _ => false,
    };
    whole &= walker.close().is_ok();
    (entries, whole && loader.found.into_sorted().is_empty())
}

/// A zone and its findings, as text.
fn zone(text: &str, way: Way, order: Option<Order>) -> String {
    let source = MemorySource::new().with(FILE, text);
    let apex: Name = "example.com.".parse().unwrap();
    let options = Options { order, ..Options::default() };
    let mut loader = Loader::new(&source);
    loader.order = order;
    // Files that the loader refuses never come to a parser.
    let declared = read_in(&mut loader, &apex, &options, &[FILE.into()], way);
    let read = ZoneRead::of(loader, declared);
    let places = |declared: &super::super::Declared| {
        declared.zone.sets().map(|set| format!("{set:?}")).collect::<Vec<_>>()
    };
    format!("{:#?}\n{:#?}\n{:#?}", read.declared, read.declared.as_ref().map(places), read.diagnostics)
}

#[track_caller]
fn both_agree(text: &str) {
    // What may not stand in a file never comes to a parser.
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        return;
    }
    let (plain, to_the_end) = plainly(text);
    let (full, is_right) = fully(text);
    // The full parser looks ahead, so that an error can come before what stands in front of it.
    let common = if is_right { plain.len() } else { plain.len().min(full.len()) };
    assert!(full.get(..common) == Some(&plain[..common]), "{text:?}\nplain: {plain:#?}\nfull: {full:#?}");
    assert!(!to_the_end || (is_right && plain.len() == full.len()), "{text:?}\n{plain:#?}\n{full:#?}");
    for order in [None, Some(Order::Simple)] {
        let (one, other) = (zone(text, Way::Plainly, order), zone(text, Way::Fully, order));
        assert!(one == other, "{text:?}\nplainly: {one}\nfully: {other}");
    }
}

/// Pieces of YAML, right and wrong.
const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\n-",
    " ",
    "  ",
    ": ",
    ":",
    ": ",
    ":\n  ",
    "- ",
    "-",
    "a",
    "b",
    "www",
    "'*'",
    "''",
    "\"q r\"",
    "'it''s'",
    "\"\\n\"",
    "'",
    "\"",
    "[",
    "]",
    "[a, b]",
    "[a,b ]",
    "[ 'x', \"y\" ]",
    "[]",
    "{",
    "}",
    "{a: b}",
    "{type: A, value: 1.2.3.4}",
    "{a: {b: [c]}}",
    "{a: 1, a: 2}",
    "{}",
    ", ",
    ",",
    "#",
    " # note",
    "\n# note",
    "&x",
    "&x ",
    "*x",
    "!t ",
    "!include x",
    "| ",
    "|",
    ">",
    "?",
    "? ",
    "%",
    "@",
    "`",
    "<<",
    "<<: ",
    "---",
    "\n---",
    "\n---\n",
    "...",
    "\n...\n",
    "\t",
    "\r\n",
    "\r",
    "é",
    "企",
    "-1",
    "::",
    "2001:db8::1",
    "a:b",
    "a#b",
    "~",
    "null",
    "no",
    "010",
    "type: A",
    "\n  type: A\n  value: 192.0.2.1",
    "\nwww:\n  type: A\n  values: [192.0.2.1, 192.0.2.2]",
    "\nmx:\n- type: MX\n  value: {preference: 1, exchange: x.}",
    "\n  octodns: {cloudflare: {proxied: true}}",
    "\ntxt:\n  type: TXT\n  value: v=spf1 -all",
    "v=DKIM1\\; k=rsa",
    "\n  values:\n  - preference: 10\n    exchange: mx.",
    "\n  values:\n    - x\n    - y",
    "$x",
    "(",
    "=",
    "a b c",
    "\n\n",
    "\n  # note\n",
    "--- ",
    "--",
    "-- a",
    "\u{a0}",
    "\n'':\n  type: NS\n  values: [a.b., c.d.]",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

/// A zone file in which something was put in, or taken out.
fn spoiled() -> impl Strategy<Value = String> {
    let texts = texts();
    (prop::sample::select(texts), any::<prop::sample::Index>(), 0..12_usize, prop::option::of(soup()))
        .prop_map(|(text, at, length, piece)| {
            // Long texts say no more than their ends.
            let mut chars: Vec<char> = text.chars().collect();
            let from = at.index(chars.len() + 1);
            let to = (from + length).min(chars.len());
            chars.splice(from..to, piece.unwrap_or_default().chars());
            let start = from.saturating_sub(400);
            let start = (0..=start).rev().find(|&at| at == 0 || chars[at - 1] == '\n').unwrap_or(0);
            chars[start..].iter().take(1200).collect()
        })
}

/// The zone files of the tests and examples, and one of every form.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![
        "www:\n  type: A\n  value: 192.0.2.1\n'*':\n- type: A\n  ttl: 60\n  values: [192.0.2.1, 192.0.2.2]\n\
         - type: MX\n  values:\n  - preference: 10 # first\n    exchange: mx.example.net.\n  - {preference: 20, exchange: b.}\n\
         \"q\": {type: TXT, value: 'a b'}\nk: # a note\n  # and one more\n  octodns:\n    cloudflare:\n      proxied: true\n  type: CNAME\n\
         \n  value: www.example.com.\n"
            .to_owned(),
    ];
    let mut directories = vec![root.join("tests"), root.join("../examples"), root.join("../tests")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                texts.extend(std::fs::read_to_string(path));
            }
        }
    }
    texts
}

#[test]
fn every_zone_file_of_tests_and_examples_is_read_alike() {
    let texts = texts();
    assert!(texts.len() > 5);
    texts.iter().for_each(|text| both_agree(text));
}

#[test]
fn what_zone_files_are_made_of_is_plain() {
    let text = &texts()[0];
    assert!(plainly(text).1, "{:#?}", plainly(text).0);
    assert!(plainly(&text.replace('\n', "\r\n")).1);
    assert!(plainly("---\n# only a note\n").1);
}

#[test]
fn what_is_not_plain_is_left_to_the_full_parser_from_its_entry_on() {
    for odd in [
        "b: &x {type: A}\nc: *x\n",
        "b: |\n  text\n",
        "b: !include x.yaml\n",
        "b: one\n  two\n",
        "b: 'one\n\n  two'\n",
        "b:\n  type: [A,\n    B]\n",
        "<<: {type: A}\n",
        "? b\n: c\n",
        "b:\n",
    ] {
        let text =
            format!("# note\na:\n  type: A\n  value: 192.0.2.1\n{odd}d:\n  type: A\n  value: 192.0.2.1\n");
        let (entries, to_the_end) = plainly(&text);
        assert_eq!((entries.len(), to_the_end), (1, false), "{text}");
        both_agree(&text);
    }
}

#[test]
fn a_directive_after_the_first_entry_starts_no_new_file() {
    let entry = |name: &str| format!("{name}: {{type: A, value: 192.0.2.1}}\n");
    for between in ["%YAML 1.2\n---\n", "%TAG ! x\n--- \n", "# note\n\n%YAML 1.2\n---\n", "%\n"] {
        let text = format!("{}{between}{}", entry("www"), entry("mail"));
        both_agree(&text);
        assert!(zone(&text, Way::Plainly, None).starts_with("None\n"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_yaml_in_any_order_are_read_alike(text in soup()) {
        both_agree(&text);
    }

    #[test]
    fn zone_files_with_one_change_are_read_alike(text in spoiled()) {
        both_agree(&text);
    }
}
