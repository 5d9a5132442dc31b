//! YAML itself: anchors, merges, includes, limits, exact places.

use super::{codes, declared, read, show, texts};
use dnsure_zones::source::MemorySource;
use dnsure_zones::yaml::{Document, Options, ZoneFiles};
use std::path::Path;

fn load(source: &MemorySource, file: &str) -> Result<Document, Vec<String>> {
    Document::load(source, Path::new(file)).map_err(|found| found.iter().map(show).collect())
}

fn one(text: &str) -> Result<Document, Vec<String>> {
    load(&MemorySource::new().with("f.yaml", text), "f.yaml")
}

#[test]
fn places_are_exact_with_crlf_byte_order_mark_and_wide_characters() {
    let text = "\u{feff}---\r\n# é企\r\nkey: ü\r\nlist: [a, 'b c', \"d\"]\r\n'企': {x: 1}\r\n";
    let root = one(text).unwrap().root;
    let at = |node: &dnsure_zones::yaml::Node| {
        let span = node.span();
        (span.position.line, span.position.column, span.length)
    };
    assert_eq!(at(root.get("key").unwrap()), (3, 6, 1));
    let list = root.get("list").unwrap().items().unwrap();
    assert_eq!(at(&list[1]), (4, 11, 5));
    assert_eq!(at(&list[2]), (4, 18, 3));
    assert_eq!(at(root.get("企").unwrap().get("x").unwrap()), (5, 10, 1));
}

#[test]
fn a_duplicate_key_shows_both_places() {
    let found = one("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n").unwrap_err();
    assert_eq!(found, ["5:3 error duplicate-key the key `c` is here twice"]);
    let many: String = (0..40).map(|n| format!("k{n}: 1\n")).collect();
    assert_eq!(one(&format!("{many}k3: 2\nk39: 2\n")).unwrap_err().len(), 2);
}

#[test]
fn merges_follow_the_order_of_the_file() {
    let text = "base: &b {x: 1, y: 1}\nmore: &m {y: 2, z: 2}\n\
                first: {<<: *b, y: 9}\nlast: {y: 9, <<: *b}\ntwo: {<<: *b, <<: *m}\nlist: {<<: [*b, *m]}\n";
    let document = one(text).unwrap();
    let get =
        |map: &str, key: &str| document.root.get(map).unwrap().get(key).unwrap().text().unwrap().to_owned();
    assert_eq!(get("first", "y"), "9");
    // Here octoDNS differs from the merge key of YAML; so this is worth a warning.
    assert_eq!(get("last", "y"), "1");
    assert_eq!(document.warnings.iter().map(show).collect::<Vec<_>>().len(), 1);
    assert_eq!(document.warnings[0].code, "merge-replaces");
    assert_eq!(get("two", "y"), "2");
    assert_eq!(get("list", "y"), "1");
    assert_eq!(one("a: {<<: 3}").unwrap_err().len(), 1);
}

#[test]
fn aliases_keep_the_place_of_their_anchor_and_of_their_use() {
    let document = one("a: &x [1, 2]\nb: *x\n").unwrap();
    let alias = document.root.get("b").unwrap();
    assert_eq!(alias.position().to_string(), "f.yaml:1:4");
    assert_eq!(alias.used_at().unwrap().position.to_string(), "f.yaml:2:4");
    assert_eq!(
        one("a: &x [*x]").unwrap_err(),
        ["1:8 error alias-loop this alias stands inside the value it refers to"]
    );
    assert!(one("a: *nowhere").unwrap_err()[0].contains("unknown anchor"));
}

#[test]
fn billion_laughs_and_deep_nesting_are_stopped() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
    }
    assert!(one(&text).unwrap_err()[0].contains("too-many-copies"));
    // Found by fuzzing: each mapping merges all before it, 30 kB that became a million values.
    let mut merges = String::from("a0: &a0 {k0: x}\n");
    for level in 1..1500 {
        merges.push_str(&format!("a{level}: &a{level} {{<<: *a{}, k{level}: x}}\n", level - 1));
    }
    assert!(one(&merges).unwrap_err()[0].contains("too-many-copies"));
    assert!(one(&"[".repeat(200)).unwrap_err()[0].contains("too-deep"));
    assert!(one(&"- ".repeat(100_000)).unwrap_err()[0].contains("too-deep"));
    let mut chain = String::from("a0: &a0 [[[[[[[[x]]]]]]]]\n");
    for level in 1..12 {
        chain.push_str(&format!("a{level}: &a{level} [[[[[[[[*a{}]]]]]]]]\n", level - 1));
    }
    assert!(one(&chain).unwrap_err()[0].contains("too-deep"));
}

#[test]
fn includes_are_relative_to_their_file_and_stay_inside() {
    let source = MemorySource::new()
        .with("zones/main.yaml", "a: !include ../common/part.yaml\nb: !include more/list.yaml\n")
        .with("common/part.yaml", "x: !include deeper.yaml\n")
        .with("common/deeper.yaml", "[1, 2]\n")
        .with("zones/more/list.yaml", "[3]\n");
    let document = load(&source, "zones/main.yaml").unwrap();
    let inner = &document.root.get("a").unwrap().get("x").unwrap().items().unwrap()[1];
    assert_eq!(inner.position().to_string(), "common/deeper.yaml:1:5");
    assert_eq!(document.files.len(), 4);

    for (text, says) in [
        ("a: !include ../../secret\n", "leads out"),
        ("a: !include /etc/passwd\n", "relative to the file"),
        ("a: !include ~/x\n", "relative to the file"),
        ("a: !include absent.yaml\n", "no such file"),
        ("a: !include loop.yaml\n", "circle: zones/loop.yaml → zones/loop.yaml"),
        ("a: !exec x\n", "unknown tag `!exec`"),
        ("a: !!python/object:os.system x\n", "unknown tag"),
    ] {
        let source =
            source.clone().with("zones/bad.yaml", text).with("zones/loop.yaml", "!include loop.yaml");
        let found = load(&source, "zones/bad.yaml").unwrap_err();
        assert!(found.iter().any(|found| found.contains(says)), "{text}: {found:?}");
    }
}

#[test]
fn bad_syntax_bad_bytes_and_second_documents_have_places() {
    assert!(one("a: [1, 2\nb: 3\n").unwrap_err()[0].contains("yaml-syntax"));
    assert!(one("a:\n\tb: 1\n").unwrap_err()[0].starts_with("2:"));
    assert_eq!(one("a: 1\n---\nb: 2\n").unwrap_err()[0].split(' ').nth(2).unwrap(), "second-document");
    let bytes = MemorySource::new().with("f.yaml", b"a: 1\nb: \xff\n".to_vec());
    assert!(load(&bytes, "f.yaml").unwrap_err()[0].starts_with("2:4 error not-utf8"));
    assert!(one("a: b\x1b[2J\n").unwrap_err()[0].starts_with("1:5 error bad-character"));
    assert!(one("a: b\u{2028}c\n").unwrap_err()[0].starts_with("1:5 error bad-character"));
    assert!(one("? [a]\n: 1\n").unwrap_err()[0].contains("expected a text as key"));
    assert!(load(&MemorySource::new(), "f.yaml").unwrap_err()[0].contains("cannot read f.yaml"));
    assert!(one("").unwrap().root.is_null() && one("--- \n...\n").unwrap().root.is_null());
}

#[test]
fn accessors_say_what_they_expected() {
    let root = one("n: 010\nt: 12\nb: on\nx: {tagets: 1}\nm: ~\n").unwrap().root;
    let message = |found: dnsure_zones::diagnostic::Diagnostic| {
        format!("{} / {}", show(&found), found.help.unwrap_or_default())
    };
    assert!(root.get("n").unwrap().expect_integer::<u16>().unwrap_err().message.contains("`010` as 8"));
    assert_eq!(root.get("t").unwrap().expect_integer::<u8>(), Ok(12));
    assert_eq!(root.get("b").unwrap().expect_bool(), Ok(true));
    assert!(root.get("b").unwrap().expect_str().unwrap_err().help.unwrap().contains("'on'"));
    assert_eq!(
        root.get("m").unwrap().expect_map().unwrap_err().message,
        "expected a mapping, found nothing (null)"
    );
    let unknown: Vec<String> =
        root.get("x").unwrap().unknown_keys(&["targets", "owns"]).map(message).collect();
    assert_eq!(unknown, ["4:5 error unknown-key unknown key `tagets` / did you mean `targets`?"]);
}

#[test]
fn records_may_use_anchors_merges_and_includes() {
    let source = MemorySource::new()
        .with(
            "zones/example.com.yaml",
            "<<: !include ../common.yaml\na: &a\n  type: A\n  ttl: 60\n  value: 192.0.2.1\n\
             b:\n  <<: *a\n  ttl: 90\nc: *a\nmail: {type: A, value: 192.0.2.9}\nd: !include ../d.yaml\n",
        )
        .with("common.yaml", "www: {type: A, value: 192.0.2.7}\nmail: {type: A, value: 192.0.2.8}\n")
        .with("d.yaml", "- {type: TXT, value: from d}\n");
    let files = ZoneFiles::new(&source, "zones", Options::default());
    let result = files.read(&super::apex());
    let zone = result.declared.unwrap_or_else(|| panic!("{:?}", result.diagnostics)).zone;
    assert_eq!(texts(&zone, "b"), ["90 A 192.0.2.1"]);
    assert_eq!(texts(&zone, "c"), ["60 A 192.0.2.1"]);
    assert_eq!(texts(&zone, "www"), ["3600 A 192.0.2.7"]);
    assert_eq!(texts(&zone, "mail"), ["3600 A 192.0.2.9"]);
    assert_eq!(texts(&zone, "d"), ["3600 TXT \"from d\""]);
    assert_eq!(result.files.len(), 3);
    let set = zone.get(&"d.example.com.".parse().unwrap(), dnsure_zones::RecordType::TXT).unwrap();
    assert_eq!(set.position().unwrap().to_string(), "d.yaml:1:22");
}

#[test]
fn an_include_that_fails_is_told_once_and_the_rest_is_still_checked() {
    let result =
        read("a: !include absent.yaml\nb: {type: A, value: !include gone.yaml}\nc: {type: A, value: x}\n");
    assert_eq!(codes(&result), ["1:4 error bad-include", "2:21 error bad-include", "3:21 error bad-value"]);
}

#[test]
fn block_scalars_and_question_mark_keys_are_read() {
    let zone =
        declared("? ''\n: type: TXT\n  value: >-\n    one\n    two\n? www\n: {type: A, value: 192.0.2.1}\n")
            .zone;
    assert_eq!(texts(&zone, ""), ["3600 TXT \"one two\""]);
    assert_eq!(texts(&zone, "www").len(), 1);
}
