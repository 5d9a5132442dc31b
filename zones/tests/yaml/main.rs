//! Zone files: what is read, what is refused, what is written, and that octoDNS agrees.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod edit;
mod files;
mod hints;
mod layout;
mod oracle;
mod policy;
mod round_trip;
mod syntax;
mod twenty_mistakes;
mod written;

use dnsure_zones::diagnostic::{Diagnostic, Severity};
use dnsure_zones::yaml::{Declared, Options, ZoneRead, read_text};
use dnsure_zones::{Name, RecordType, Zone, rdata};

/// The apex of every zone here.
pub fn apex() -> Name {
    "example.com.".parse().unwrap()
}

pub fn read_with(text: &str, options: &Options) -> ZoneRead {
    read_text(text, "zones/example.com.yaml", &apex(), options)
}

pub fn read(text: &str) -> ZoneRead {
    read_with(text, &Options::default())
}

/// The zone of a text without errors.
#[track_caller]
pub fn declared(text: &str) -> Declared {
    let read = read(text);
    let errors: Vec<String> = read.diagnostics.iter().filter(|found| found.is_error()).map(show).collect();
    read.declared.unwrap_or_else(|| panic!("errors: {errors:#?}"))
}

/// `line:column severity code message`.
pub fn show(found: &Diagnostic) -> String {
    let position = &found.span.position;
    let severity = if found.severity == Severity::Error { "error" } else { "warning" };
    format!("{}:{} {severity} {} {}", position.line, position.column, found.code, found.message)
}

/// `line:column severity code` of everything found.
pub fn codes(read: &ZoneRead) -> Vec<String> {
    let short = |found: &Diagnostic| show(found).split(' ').take(3).collect::<Vec<_>>().join(" ");
    read.diagnostics.iter().map(short).collect()
}

/// The records of one name as text: TTL, type, data.
pub fn texts(zone: &Zone, owner: &str) -> Vec<String> {
    let owner = Name::parse_unicode(owner, Some(&apex())).unwrap();
    zone.at(&owner)
        .flat_map(|set| {
            let (ttl, rtype) = (set.ttl(), set.rtype());
            set.rdatas()
                .map(|wire| format!("{ttl} {rtype} {}", rdata::to_text(rtype, wire)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The texts of the only type at a name.
pub fn values(text: &str, owner: &str, rtype: RecordType) -> Vec<String> {
    let zone = declared(text).zone;
    let owner = Name::parse_unicode(owner, Some(&apex())).unwrap();
    let set = zone.get(&owner, rtype).unwrap();
    set.rdatas().map(|wire| rdata::to_text(rtype, wire)).collect()
}
