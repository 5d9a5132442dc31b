//! Which files make a zone.

use super::{apex, codes, show, texts};
use dnsure_zones::Name;
use dnsure_zones::source::{DirectorySource, MemorySource, Source};
use dnsure_zones::yaml::{Options, ZoneFiles};
use std::cell::Cell;
use std::path::{Path, PathBuf};

const A: &str = "www: {type: A, value: 192.0.2.1}\n";
const B: &str = "mail: {type: A, value: 192.0.2.2}\n";
const C: &str = "'': {type: TXT, value: shared}\n";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn a_zone_is_its_file_its_split_directory_and_the_shared_file() {
    let source = MemorySource::new()
        .with("z/example.com.yaml", A)
        .with("z/example.com./mail.yaml", B)
        .with("z/example.com./readme.md", "no yaml")
        .with("z/example.com./deeper/x.yaml", "not: read")
        .with("z/shared.yaml", C);
    let options = Options { shared_file: Some("shared.yaml".into()), ..Options::default() };
    let result = ZoneFiles::new(&source, "z", options).read(&apex());
    let zone = result.declared.unwrap().zone;
    assert_eq!(zone.set_count(), 3);
    assert_eq!(texts(&zone, ""), ["3600 TXT \"shared\""]);
    assert_eq!(result.files.len(), 3);

    let flat = Options { split_extension: None, ..Options::default() };
    assert_eq!(ZoneFiles::new(&source, "z", flat).read(&apex()).declared.unwrap().zone.set_count(), 1);
    let split = Options { disable_zone_file: true, ..Options::default() };
    assert_eq!(ZoneFiles::new(&source, "z", split).read(&apex()).declared.unwrap().zone.set_count(), 1);
}

#[test]
fn the_same_record_in_two_files_is_an_error_with_both_places() {
    let source = MemorySource::new()
        .with("z/example.com.yaml", format!("{A}WWW: {{type: AAAA, value: '::1'}}\n"))
        .with("z/example.com./x.yaml", "Www:\n  type: A\n  value: 192.0.2.9\n");
    let result = ZoneFiles::new(&source, "z", Options::default()).read(&apex());
    assert_eq!(codes(&result), ["1:1 error duplicate-record"]);
    let found = &result.diagnostics[0];
    assert_eq!(found.span.position.to_string(), "z/example.com.yaml:1:1");
    assert_eq!(found.related[0].0.position.to_string(), "z/example.com./x.yaml:1:1");
}

#[test]
fn unicode_and_punycode_file_names_are_the_same_zone_and_both_is_an_error() {
    let zone = name("münchen.example.");
    let unicode = MemorySource::new().with("münchen.example.yaml", A);
    let ascii = MemorySource::new().with("xn--mnchen-3ya.example.yaml", A);
    for source in [&unicode, &ascii] {
        assert!(ZoneFiles::new(source, "", Options::default()).read(&zone).declared.is_some());
    }
    let both = unicode.with("xn--mnchen-3ya.example.yaml", A);
    let result = ZoneFiles::new(&both, "", Options::default()).read(&zone);
    assert!(result.declared.is_none());
    assert_eq!(codes(&result), ["1:1 error two-spellings"]);
}

#[test]
fn a_missing_file_is_an_error_that_names_the_nearest() {
    let source = MemorySource::new().with("z/exmaple.com.yaml", A);
    let result = ZoneFiles::new(&source, "z", Options::default()).read(&apex());
    assert_eq!(
        show(&result.diagnostics[0]),
        "1:1 error no-zone-file there is no file for the zone example.com."
    );
    assert_eq!(result.diagnostics[0].help.as_deref(), Some("did you mean `exmaple.com.yaml`?"));
}

#[test]
fn an_empty_file_is_an_empty_zone_with_a_warning() {
    let source = MemorySource::new().with("z/example.com.yaml", "---\n");
    let result = ZoneFiles::new(&source, "z", Options::default()).read(&apex());
    assert!(result.declared.as_ref().unwrap().zone.is_empty());
    assert_eq!(codes(&result), ["1:1 warning empty-zone"]);
}

#[test]
fn zones_are_files_with_two_dots_and_split_directories() {
    let source = MemorySource::new()
        .with("z/example.com.yaml", "")
        .with("z/config.yaml", "")
        .with("z/example.org./www.yaml", "")
        .with("z/münchen.example.yaml", "")
        .with("z/notes.d.txt", "");
    let zones = ZoneFiles::new(&source, "z", Options::default()).list_zones().unwrap();
    assert_eq!(zones, [name("example.com."), name("münchen.example."), name("example.org.")]);
}

#[test]
fn what_a_killed_run_leaves_is_no_zone_file() {
    let source = MemorySource::new()
        .with("z/.tmp-17-example.org.yaml", A)
        .with("z/example.com./.tmp-17-mail.yaml", "mail: {type: A, val")
        .with("z/example.com./.tmp-18-www.yaml.part", A)
        .with("z/example.com./www.yaml", A);
    let files = ZoneFiles::new(&source, "z", Options::default());
    let result = files.read(&apex());
    assert_eq!((result.files.len(), result.declared.unwrap().zone.set_count()), (1, 1));
    assert_eq!(files.list_names().unwrap(), ["example.com"]);
}

/// A source that counts how often a file is read.
struct Counting(MemorySource, Cell<usize>);

impl Source for Counting {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.1.set(self.1.get() + 1);
        self.0.read(path)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<PathBuf>> {
        self.0.list(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }
}

#[test]
fn many_files_that_merge_are_not_read_once_for_each() {
    let merging = |n: usize| {
        format!("<<: {{m{n}: {{type: A, value: 192.0.2.1}}}}\nn{n}: {{type: A, value: 192.0.2.2}}\n")
    };
    let all = (0..100)
        .fold(MemorySource::new(), |source, n| source.with(format!("z/example.com./n{n}.yaml"), merging(n)));
    let source = Counting(all, Cell::new(0));
    let result = ZoneFiles::new(&source, "z", Options::default()).read(&apex());
    assert_eq!(result.declared.unwrap().zone.set_count(), 200);
    assert_eq!(result.files.len(), 100);
    assert!(source.1.get() < 500, "{} reads", source.1.get());
}

// The two below end in seconds, or, where each thing is looked for among all others, hardly ever.

#[test]
fn a_hundred_thousand_names_written_twice_are_all_told() {
    let text = "a: {type: A, value: 192.0.2.1}\n".repeat(100_000);
    let result = super::read(&text);
    let errors = result.diagnostics.iter().filter(|found| found.code == "duplicate-key");
    assert_eq!(errors.count(), 99_999);
    assert!(result.diagnostics.iter().all(|found| found.code != "duplicate-record"));
}

#[test]
fn ten_thousand_files_of_one_zone_are_read() {
    let all = (0..10_000).fold(MemorySource::new(), |source, n| {
        let record = "octodns: {lenient: true, ignored: true}, type: A, value: 192.0.2.1";
        source.with(format!("z/example.com./n{n}.yaml"), format!("n{n}: {{{record}}}\n"))
    });
    let result = ZoneFiles::new(&all, "z", Options::default()).read(&apex());
    let declared = result.declared.unwrap();
    assert_eq!((result.files.len(), declared.zone.set_count()), (10_000, 10_000));
    assert_eq!(declared.for_target("any").set_count(), 0);
}

#[test]
fn a_link_that_leaves_the_root_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("repository");
    std::fs::create_dir_all(root.join("z")).unwrap();
    std::fs::write(place.path().join("secret.yaml"), A).unwrap();
    std::os::unix::fs::symlink("../../secret.yaml", root.join("z/example.com.yaml")).unwrap();
    std::fs::write(root.join("z/example.org.yaml"), "www: !include ../../secret.yaml\n").unwrap();
    let source = DirectorySource::new(&root).unwrap();
    let files = ZoneFiles::new(&source, "z", Options::default());
    let result = files.read(&apex());
    assert!(show(&result.diagnostics[0]).contains("leads out of the directory"), "{:?}", result.diagnostics);
    let result = files.read(&name("example.org."));
    assert!(show(&result.diagnostics[0]).contains("leads out of the directory"), "{:?}", result.diagnostics);
}
