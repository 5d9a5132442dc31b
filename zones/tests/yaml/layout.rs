//! The canonical layout: the same meaning, every comment kept, and nothing to do a second time.

use super::written::{comments, file};
use super::{apex, read};
use dnsure_zones::source::{DirectorySource, MemorySource, Source};
use dnsure_zones::yaml::{FormatError, Layout, LayoutError, Options, Order, Role, format, read_text};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn format_text(text: &str, sort: bool) -> Result<String, FormatError> {
    let source = MemorySource::new().with("zone.yaml", text);
    format(&source, Path::new("zone.yaml"), text, Role::Zone(&apex()), &Options::default(), sort)
}

/// The comments of a hand-written file, found without the parser: outside of quotes and blocks.
fn hand_written_comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(parent) = block {
            if line.trim().is_empty() || indent > parent {
                continue;
            }
            block = None;
        }
        let mut before = ' ';
        let mut code = line;
        for (at, c) in line.char_indices() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '#') if before.is_whitespace() => {
                    found.push(line[at..].trim_end().to_owned());
                    code = &line[..at];
                    break;
                }
                (None, '"' | '\'') if " [{,:-".contains(before) => quote = Some(c),
                _ => {}
            }
            before = c;
        }
        let last = code.trim_end().rsplit(' ').next().unwrap_or_default();
        if quote.is_none() && last.starts_with(['|', '>']) {
            block = Some(indent);
        }
    }
    found
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yaml/corpus")
}

#[test]
fn hand_written_files_keep_their_meaning_and_every_comment_in_order() {
    let root = corpus();
    let included = root.join("included");
    let mut count = 0;
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().filter(|_| path.is_file()) else { continue };
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let mut source = MemorySource::new().with(name, text.as_str());
        for part in std::fs::read_dir(&included).unwrap() {
            let part = part.unwrap().path();
            source = source.with(part.file_name().unwrap(), std::fs::read_to_string(&part).unwrap());
        }
        for sort in [false, true] {
            let shown = name.to_string_lossy();
            let pass = |text: &str| {
                format(&source, Path::new(name), text, Role::Zone(&apex()), &Options::default(), sort)
                    .unwrap_or_else(|error| {
                        let raw = dnsure_zones::yaml::layout(
                            text,
                            dnsure_zones::yaml::Layout { records: true, sort },
                        );
                        panic!("{shown}: {error}\n{raw:?}")
                    })
            };
            let formatted = pass(&text);
            let (mut before, mut after) = (hand_written_comments(&text), hand_written_comments(&formatted));
            if sort {
                before.sort();
                after.sort();
            }
            assert_eq!(before, after, "{shown} sort {sort}:\n{formatted}");
            assert_eq!(pass(&formatted), formatted, "{shown} sort {sort}, a second time");
            assert!(formatted.lines().all(|line| line.trim_end() == line), "{shown}: {formatted}");
            assert!(!formatted.replace('\r', "").contains("\n\n\n"), "{shown}: {formatted}");
            assert!(formatted.is_empty() || formatted.ends_with('\n'), "{shown}");
        }
        if !text.contains("*") && !text.contains("<<") {
            let sorted =
                format(&source, Path::new(name), &text, Role::Zone(&apex()), &Options::default(), true);
            let ordered = Options { order: Some(Order::Natural), ..Options::default() };
            let found = read_text(&sorted.unwrap(), "zone.yaml", &apex(), &ordered).diagnostics;
            assert!(!found.iter().any(|found| found.code == "key-order"), "{name:?}: {found:?}");
        }
    }
    assert!(count >= 25, "{count} files");
}

#[test]
fn files_that_are_included_are_laid_out_by_what_they_are() {
    let source = DirectorySource::new(corpus().join("included")).unwrap();
    let formatted = |name: &str| {
        let text = String::from_utf8(source.read(Path::new(name)).unwrap()).unwrap();
        format(&source, Path::new(name), &text, Role::Included, &Options::default(), false).unwrap()
    };
    assert_eq!(
        formatted("common.yaml"),
        "---\n# common to all\nns1:  # first\n  type: A\n  value: 192.0.2.51\n"
    );
    assert_eq!(formatted("record.yaml"), "---\ntype: A\nvalue: 192.0.2.7\n# a record\n");
    assert_eq!(formatted("list.yaml"), "---\n# addresses\n- 192.0.2.8\n- 192.0.2.9  # the second\n");
}

#[test]
fn a_file_that_is_one_block_text_keeps_its_header() {
    let source = MemorySource::new();
    let path = Path::new("dkim.yaml");
    let formatted =
        |text: &str| format(&source, path, text, Role::Included, &Options::default(), false).unwrap();
    for (text, wanted) in [
        ("--- |\n  v=DKIM1; k=rsa;\n  p=MIIB\n", "--- |\n  v=DKIM1; k=rsa;\n  p=MIIB\n"),
        ("--- |\n v=DKIM1\n", "--- |\n  v=DKIM1\n"),
        (">-\n    v=DKIM1;\n    p=MIIB\n\n\n", "--- >-\n  v=DKIM1;\n  p=MIIB\n"),
        ("--- |+\n  a\n\n  b\n\n", "--- |+\n  a\n\n  b\n\n"),
        ("--- |2\n    deep\n  a\n", "--- |2\n    deep\n  a\n"),
        ("--- &key |-\n  a\n", "--- &key |-\n  a\n"),
        (
            "# top\n---  # marker\n# head\n|  # header\n  a\n# foot\n",
            "# top\n# marker\n# head\n--- |  # header\n  a\n# foot\n",
        ),
    ] {
        assert_eq!(formatted(text), wanted, "{text}");
        assert_eq!(formatted(wanted), wanted);
    }
}

#[test]
fn a_line_that_ends_with_cr_alone_is_no_place_to_lay_out_or_edit() {
    for text in ["a: 1 # c\rb: &x 2\nc: 3\n", "a: &x 1\r", "a: 1\r\r\nb: *x\n", "a: |\r  é\rb: !t x"] {
        let error = dnsure_zones::yaml::layout(text, Layout::default()).unwrap_err().to_string();
        assert!(error.contains("line 1: a line that ends with CR alone can be read, and not be"), "{error}");
    }
}

#[test]
fn the_layout_is_that_of_octodns() {
    let text = std::fs::read_to_string(corpus().join("01-header.yaml")).unwrap();
    insta::assert_snapshot!("header", format_text(&text, false).unwrap());
    let text = std::fs::read_to_string(corpus().join("21-many-types.yaml")).unwrap();
    insta::assert_snapshot!("many_types_sorted", format_text(&text, true).unwrap());
    let text = std::fs::read_to_string(corpus().join("17-sections.yaml")).unwrap();
    insta::assert_snapshot!("sections_sorted", format_text(&text, true).unwrap());
}

#[test]
fn what_octodns_would_write_stays_as_it_is() {
    let text = include_str!("every_form.yaml");
    if let Some(declared) = read(text).declared {
        let written = dnsure_zones::yaml::write_declared(&declared, &Options::default());
        assert_eq!(format_text(&written, true).unwrap(), written);
    }
}

#[test]
fn anchors_are_never_used_before_they_are_defined() {
    let text = "z: &z {type: A, value: 192.0.2.1}\na: *z\n";
    match format_text(text, true) {
        Err(FormatError::Layout(error @ LayoutError::AnchorOrder { .. })) => {
            assert!(error.to_string().contains("`*z` at `a` would stand before `&z` at `z`"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(format_text(text, false).unwrap(), "---\nz: &z\n  type: A\n  value: 192.0.2.1\na: *z\n");
}

#[test]
fn files_with_errors_are_told_with_their_findings() {
    for text in [
        "a: {type: A, value: nonsense}\n",
        "a: [\n",
        "a: 1\na: 2\n",
        "a: {type: A, value: 192.0.2.1, no: x}\n",
    ] {
        match format_text(text, false) {
            Err(FormatError::Findings(found)) => assert!(!found.is_empty(), "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn any_file_keeps_meaning_and_comments_and_is_done_after_once(seed in any::<u64>(), sort in any::<bool>()) {
        let text = file(seed, true);
        let formatted = match format_text(&text, sort) {
            Err(FormatError::Layout(LayoutError::AnchorOrder { .. })) if sort => return Ok(()),
            Err(FormatError::Findings(found)) => panic!("the generator is wrong: {found:#?}\n{text}"),
            other => other.unwrap_or_else(|error| panic!("{error}\n{text}")),
        };
        let (mut before, mut after) = (comments(&text), comments(&formatted));
        if sort {
            before.sort();
            after.sort();
        }
        prop_assert_eq!(before, after, "{}\n=====\n{}", text, formatted);
        prop_assert_eq!(&format_text(&formatted, sort).unwrap(), &formatted, "{}", text);
    }

    #[test]
    fn no_text_makes_the_layout_panic(text in "(\\PC|\n| |:|-|\\{|\\}|\\[|\\]|&a|\\*a|<<|!include |type|value|A|'|\"|#|,|\\?|\\||>){0,60}") {
        let _ = format_text(&text, true);
        let _ = dnsure_zones::yaml::layout(&text, dnsure_zones::yaml::Layout { records: true, sort: true });
    }
}
