//! What people write: zone files, `dnsure.yaml`, master files, names.

use dnsure::config::Config;
use dnsure_zones::diagnostic::{Diagnostic, Renderer};
use dnsure_zones::source::{MemorySource, Source};
use dnsure_zones::yaml::{self, Declared, Options};
use dnsure_zones::{Name, RecordType, Zone, diff, master as master_file, rdata};
use std::path::Path;

/// A line that begins another file: what follows it, up to the next one, can be included by the name
/// behind these characters.
const FILE: &str = "%%% ";

/// The files in `text`; the first has the name `main`.
fn files(text: &str, main: &str) -> MemorySource {
    let mut source = MemorySource::new();
    let (mut name, mut file) = (main, String::new());
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(FILE) {
            Some(next) => {
                source = source.with(name, std::mem::take(&mut file));
                name = next.trim_end();
            }
            None => file.push_str(line),
        }
    }
    source.with(name, file)
}

fn apex() -> Name {
    "example.com.".parse().expect("a name")
}

/// Of a file with thousands of findings so many are shown: the time is for files.
const SHOWN: usize = 100;

/// What is told about a file must be tellable, and must not let its contents through unseen.
fn told(source: &dyn Source, found: &[Diagnostic]) {
    let text = Renderer::plain(source).render_all(&found[..found.len().min(SHOWN)]);
    let hostile = |character: char| character.is_control() && character != '\n';
    assert!(!text.contains(hostile), "a control character is shown: {text:?}");
}

fn assert_same(a: &Zone, b: &Zone, text: &str) {
    let changes: Vec<String> = diff::diff(a, b).map(|change| format!("{change:?}")).collect();
    assert!(changes.is_empty(), "not the same after writing and reading: {changes:#?}\n{text}");
}

/// A YAML zone file with its includes: what is read and written reads the same, and writes the same.
pub fn zone_yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = files(text, "example.com.yaml");
    for options in [Options::default(), Options { lenient: true, ..Options::default() }] {
        let read = yaml::read_file(&source, Path::new("example.com.yaml"), &apex(), &options);
        told(&source, &read.diagnostics);
        assert_eq!(
            read.declared.is_none(),
            read.has_errors(),
            "no zone means an error, and the other way round"
        );
        if let Some(declared) = read.declared {
            written_reads_the_same(&declared, &options);
        }
    }
}

fn written_reads_the_same(declared: &Declared, options: &Options) {
    let text = yaml::write_declared(declared, options);
    // What was let through as a warning stays lenient, whatever the record says itself.
    let read = yaml::read_text(&text, "written.yaml", &apex(), options);
    let errors: Vec<String> =
        read.diagnostics.iter().filter(|found| found.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "what was written does not read: {errors:#?}\n{text}");
    let again = read.declared.expect("no error, so a zone");
    assert_same(&declared.zone, &again.zone, &text);
    assert_eq!(declared.targets, again.targets, "{text}");
    assert_eq!(declared.ignored, again.ignored, "{text}");
    assert_eq!(declared.hints, again.hints, "{text}");
    assert_eq!(text, yaml::write_declared(&again, options), "written twice, and not the same");
    let mut json = Vec::new();
    yaml::write_json(&declared.zone, &mut json).expect("memory takes all");
    serde_json::from_slice::<serde_json::Value>(&json).expect("JSON");
}

/// `dnsure.yaml`: whatever it says, it is a configuration or a list of findings.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = files(text, "dnsure.yaml");
    match Config::load(&source, Path::new("dnsure.yaml")) {
        Ok(config) => {
            for (id, entry) in config.zones.exact() {
                let _ = (config.windows(id), config.zone(id), &entry.targets);
            }
            let _ = config.zone(&apex().into());
        }
        Err(found) => {
            assert!(found.iter().any(Diagnostic::is_error), "no configuration and no error");
            told(&source, &found);
        }
    }
}

/// A master file with its includes: what is read and written reads the same, and writes the same.
pub fn master(data: &[u8]) {
    let source = match std::str::from_utf8(data) {
        Ok(text) => files(text, "example.com.zone"),
        Err(_) => MemorySource::new().with("example.com.zone", data),
    };
    let (zone, found) = master_file::read(&source, Path::new("example.com.zone"), &apex());
    told(&source, &found);
    assert_eq!(zone.is_none(), found.iter().any(Diagnostic::is_error), "no zone means an error");
    let Some(zone) = zone else { return };
    // A record set whose members differ in their TTLs is written with one of them.
    if !zone.mixed_ttls().is_empty() {
        return;
    }
    // No master file can hold these: they are written as comments.
    let zone = zone.filtered(|set| !set.rtype().is_pseudo());
    let mut text = String::new();
    master_file::write(&zone, &mut text).expect("memory takes all");
    let (again, found) = master_file::read_text(&text, "written.zone", &apex());
    let again = again.unwrap_or_else(|| panic!("what was written does not read: {found:#?}\n{text}"));
    assert_same(&zone, &again, &text);
    let mut twice = String::new();
    master_file::write(&again, &mut twice).expect("memory takes all");
    assert_eq!(text, twice);
    written_reads_the_same(&Declared::new(zone), &Options::default());
}

/// Names and record data as text: a first line with a type, a second with data; and both as names.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for line in text.lines().take(8) {
        if let Ok(name) = line.parse::<Name>() {
            let shown = name.to_string();
            assert_eq!(shown.parse::<Name>().as_ref(), Ok(&name), "{shown}");
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert_eq!(Name::from_wire(name.wire()).as_ref(), Ok(&name), "{shown}");
            let _ = (name.to_unicode(), name.shown_in(&apex()));
        }
    }
    let Some((rtype, data)) = text.split_once('\n') else { return };
    let Ok(rtype) = rtype.parse::<RecordType>() else { return };
    if let Ok(wire) = rdata::parse_text(rtype, data, &apex()) {
        let written = rdata::to_text(rtype, &wire);
        assert_eq!(rdata::parse_text(rtype, &written, &Name::root()), Ok(wire), "{rtype} {written}");
    }
}
