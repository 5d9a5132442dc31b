//! Zones, changes and questions for the tests of the embedded backend.

use dnsure_kit::query::{Answer, Form, ask};
use dnsure_providers::embedded::{Embedded, EmbeddedSettings};
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

pub(crate) const WAIT: Duration = Duration::from_secs(5);

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn apex() -> Name {
    name("example.")
}

/// A record set from `owner TTL TYPE rdata`, names relative to `example.`.
pub(crate) fn set(line: &str) -> RecordSet {
    sets(&[line]).remove(0)
}

/// Record sets from lines `owner TTL TYPE rdata`, names relative to `example.`.
pub(crate) fn sets(lines: &[&str]) -> Vec<RecordSet> {
    let mut found: BTreeMap<RecordKey, (Ttl, Vec<Rdata>)> = BTreeMap::new();
    for line in lines {
        let mut fields = line.splitn(4, ' ');
        let owner = Name::parse(fields.next().unwrap(), Some(&apex())).unwrap();
        let ttl = Ttl::from_secs(fields.next().unwrap().parse().unwrap()).unwrap();
        let rtype: RecordType = fields.next().unwrap().parse().unwrap();
        let data = rdata::parse_text(rtype, fields.next().unwrap(), &apex());
        let data = Rdata::new(data.unwrap_or_else(|error| panic!("{line}: {error}")));
        found.entry(RecordKey::new(owner, rtype)).or_insert((ttl, Vec::new())).1.push(data);
    }
    found.into_iter().map(|(key, (ttl, rdatas))| RecordSet::new(key, ttl, rdatas)).collect()
}

pub(crate) fn zone(lines: &[&str]) -> Zone {
    let mut builder = ZoneBuilder::new(apex());
    for set in sets(lines) {
        builder.push_set(&set).unwrap();
    }
    builder.finish()
}

pub(crate) fn add(line: &str) -> SetChange {
    SetChange::Add(set(line))
}

pub(crate) fn remove(line: &str) -> SetChange {
    SetChange::Remove(set(line))
}

pub(crate) fn replace(before: &str, after: &str) -> SetChange {
    SetChange::Replace { before: set(before), after: set(after) }
}

/// One change per owner name.
pub(crate) fn changes(sets: Vec<SetChange>) -> Vec<Change> {
    let mut names: BTreeMap<Name, Vec<SetChange>> = BTreeMap::new();
    for set in sets {
        names.entry(set.key().name.clone()).or_default().push(set);
    }
    names.into_values().map(|sets| Change::new(sets).unwrap()).collect()
}

pub(crate) fn open(directory: &Path) -> Embedded {
    let settings = EmbeddedSettings { directory: directory.into(), listen: None };
    Embedded::open(settings).unwrap()
}

/// A backend with the zone `example.` of these lines and what `create_zone` makes.
pub(crate) async fn backend(directory: &Path, lines: &[&str]) -> Embedded {
    let backend = open(directory);
    let zone = zone(lines);
    backend.create_zone(&apex(), &zone).await.unwrap();
    let others =
        zone.sets().filter(|set| !(set.is_apex() && matches!(set.rtype(), RecordType::SOA | RecordType::NS)));
    let adds: Vec<SetChange> = others.map(|set| SetChange::Add(set.to_set())).collect();
    accepted(write(&backend, adds).await);
    backend
}

pub(crate) async fn live(backend: &Embedded) -> Live {
    match backend.read(&apex()).await.unwrap() {
        Reading::Live(live) => live,
        Reading::Missing => panic!("the zone is missing"),
    }
}

pub(crate) async fn write(backend: &Embedded, sets: Vec<SetChange>) -> WriteEnd {
    let live = live(backend).await;
    backend.write(&apex(), &changes(sets), &live).await
}

pub(crate) fn accepted(end: WriteEnd) {
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
}

pub(crate) fn question(server: SocketAddr, owner: &str, rtype: RecordType, form: Form) -> Answer {
    let code = rtype.code().unwrap();
    let answer = ask(server, name(owner).wire(), code, form, WAIT);
    answer.unwrap_or_else(|error| panic!("{server} {owner} {rtype} over {form}: {error}"))
}

/// The answer section of `owner rtype`, sorted.
pub(crate) fn texts(server: SocketAddr, owner: &str, rtype: RecordType) -> Vec<String> {
    question(server, owner, rtype, Form::Udp).texts()
}
