//! The panel backend against the kit's panel.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod adapter;
mod failing;
mod hostile;
mod normal;
mod openapi;
mod reading;
mod writing;

use dnsure_kit::panel::PanelBuilder;
use dnsure_kit::{Panel as Fake, zone_text};
use dnsure_providers::panel::{Panel, PanelSettings};
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use std::time::Duration;

const APEX: &str = "example.test.";
/// Every write unit, as the protocol writes it.
const UNITS: [&str; 7] =
    ["zone-batch", "whole-zone", "staged", "owner-name", "record-set", "record", "create-and-delete"];

fn name(text: &str) -> Name {
    Name::parse(text, Some(&Name::parse(APEX, None).unwrap())).unwrap()
}

fn data(rtype: RecordType, text: &str) -> Rdata {
    Rdata::new(rdata::parse_text(rtype, text, &name("@")).unwrap())
}

/// A set written as `OWNER TYPE TTL VALUE, TTL VALUE …`.
fn set(text: &str) -> RecordSet {
    let mut words = text.splitn(3, ' ');
    let key = RecordKey::new(name(words.next().unwrap()), words.next().unwrap().parse().unwrap());
    let members = words.next().unwrap().split(", ").map(|member| {
        let (ttl, value) = member.split_once(' ').unwrap();
        (data(key.rtype, value), Ttl::from_secs(ttl.parse().unwrap()).unwrap())
    });
    RecordSet::from_members(key.clone(), members.collect::<Vec<_>>()).unwrap()
}

fn changes(before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    let change = SetChange::between(before.map(set), after.map(set)).unwrap();
    vec![Change::new(vec![change]).unwrap()]
}

fn panel(records: &str) -> PanelBuilder {
    Fake::builder().zone(APEX, zone_text(APEX, records))
}

/// A panel and the backend for it.
struct Fixture {
    panel: Fake,
    backend: Panel,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(panel(records))
    }

    fn of(builder: PanelBuilder) -> Self {
        let panel = builder.start();
        let backend = Panel::new(settings(&panel)).unwrap();
        Self { panel, backend }
    }

    /// As [`Fixture::of`], with a backend that soon takes silence for a lost answer.
    fn impatient(builder: PanelBuilder) -> Self {
        let panel = builder.start();
        let mut settings = settings(&panel);
        settings.http.silence = Duration::from_millis(700);
        Self { backend: Panel::new(settings).unwrap(), panel }
    }

    async fn live(&self) -> Live {
        match self.backend.read(&name("@")).await.unwrap() {
            Reading::Live(live) => live,
            Reading::Missing => panic!("the zone is missing"),
        }
    }

    async fn set(&self, owner: &str, rtype: RecordType) -> Option<RecordSet> {
        self.live().await.zone.get(&name(owner), rtype).map(|set| set.to_set())
    }

    /// Writes one set, upon what is live now.
    async fn write(&self, before: Option<&str>, after: Option<&str>) -> WriteEnd {
        let live = self.live().await;
        self.backend.write(&name("@"), &changes(before, after), &live).await
    }

    /// Method, path below the zone and status of the calls that were no reads.
    fn writes(&self) -> Vec<String> {
        let calls = self.panel.calls();
        let calls = calls.into_iter().filter(|call| call.method != "GET");
        calls
            .map(|call| {
                let path = call.path.strip_prefix("/zones/example.test./").unwrap_or(&call.path).to_owned();
                format!("{} {path} {}", call.method, call.status.unwrap_or(0))
            })
            .collect()
    }
}

fn settings(panel: &Fake) -> PanelSettings {
    let mut settings = PanelSettings::new(panel.url(), panel.token().into());
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.repeats = 2;
    settings
}

fn accepted(end: &WriteEnd) -> bool {
    matches!(end, WriteEnd::Accepted { .. })
}

#[track_caller]
fn refused(end: &WriteEnd, words: &str) {
    assert!(matches!(end, WriteEnd::Refused { reason } if reason.contains(words)), "{words}: {end:?}");
}
