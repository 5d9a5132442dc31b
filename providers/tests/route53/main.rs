//! The Route 53 backend against ministack behind the kit's rig, and against moto.
#![cfg(feature = "route53")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod aliases;
mod failing;
mod limits;
mod normal;
mod reading;
mod signing;
mod writing;

use dnsure_kit::cloud::route53::{self as rig, Route53 as Rig};
use dnsure_kit::{Cloud, zone_text};
use dnsure_providers::route53::{FixedKeys, Route53, Route53Settings};
use dnsure_providers::{Backend, BackendError, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::yaml::{Options, read_text};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use std::time::Duration;

const APEX: &str = "example.test.";

fn name(text: &str) -> Name {
    Name::parse(text, Some(&Name::parse(APEX, None).unwrap())).unwrap()
}

/// A set written as `OWNER TTL TYPE VALUE, VALUE …`.
fn set(text: &str) -> RecordSet {
    let mut words = text.splitn(4, ' ');
    let owner = name(words.next().unwrap());
    let ttl = Ttl::from_secs(words.next().unwrap().parse().unwrap()).unwrap();
    let rtype: RecordType = words.next().unwrap().parse().unwrap();
    let data = |value: &str| Rdata::new(rdata::parse_text(rtype, value, &name("@")).unwrap());
    RecordSet::new(RecordKey::new(owner, rtype), ttl, words.next().unwrap().split(", ").map(data))
}

fn changes(sets: &[(Option<RecordSet>, Option<RecordSet>)]) -> Vec<Change> {
    let change = |(before, after): &(Option<RecordSet>, Option<RecordSet>)| {
        Change::new(vec![SetChange::between(before.clone(), after.clone()).unwrap()]).unwrap()
    };
    sets.iter().map(change).collect()
}

fn replace(before: &str, after: &str) -> Vec<Change> {
    changes(&[(Some(set(before)), Some(set(after)))])
}

fn add(after: &str) -> Vec<Change> {
    changes(&[(None, Some(set(after)))])
}

/// Quick and impatient, with keys that the environment need not hold.
fn settings(url: String) -> Route53Settings {
    let [id, secret, token] = [0, 1, 2].map(|index| rig::variables()[index].1);
    let mut settings = Route53Settings { url, ..Route53Settings::default() };
    settings.keys = Some(FixedKeys { id: id.into(), secret: secret.into(), token: Some(token.into()) });
    settings.http.rate = None;
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.silence = Duration::from_secs(2);
    settings.in_sync_within = Duration::from_secs(1);
    settings
}

/// A rig with one zone, no name servers, and the backend for it.
struct Fixture {
    cloud: Cloud<Rig>,
    backend: Route53,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(Rig::start().zone(APEX, &zone_text(APEX, records)))
    }

    fn of(rig: Rig) -> Self {
        let cloud = Cloud::start(rig, Vec::new());
        let backend = Route53::new(settings(cloud.url())).unwrap();
        Self { cloud, backend }
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

    /// Writes upon what is live now.
    async fn write(&self, changes: &[Change]) -> WriteEnd {
        let live = self.live().await;
        self.write_upon(changes, &live).await
    }

    async fn write_upon(&self, changes: &[Change], live: &Live) -> WriteEnd {
        self.backend.write(&name("@"), changes, live).await
    }

    fn id(&self) -> String {
        self.cloud.by_hand(|rig| rig.id(APEX))
    }

    /// What the calls so far asked for, one word each, and how often.
    fn calls(&self) -> Vec<String> {
        let word = |target: &str| {
            let words = ["hostedzonesbyname", "rrsetprotection", "rrset", "change", "hostedzone"];
            words.into_iter().find(|word| target.contains(word)).unwrap_or("other").to_owned()
        };
        let calls = self.cloud.calls();
        calls.iter().map(|call| format!("{} {}", call.request.method, word(&call.request.target))).collect()
    }
}

/// What the backend makes of a zone file.
fn declared(yaml: &str) -> dnsure_providers::Normalised {
    let backend = Route53::new(settings("http://127.0.0.1:1".into())).unwrap();
    backend.normalise(&file(yaml))
}

fn file(yaml: &str) -> Zone {
    let read = read_text(yaml, "zones/example.test.yaml", &name("@"), &Options::default());
    assert!(!read.has_errors(), "{:?}", read.diagnostics);
    read.declared.unwrap().zone
}

#[track_caller]
fn token(end: &WriteEnd) -> String {
    match end {
        WriteEnd::Accepted { token: Some(token), .. } => token.clone(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(end: &WriteEnd, words: &str) {
    assert!(matches!(end, WriteEnd::Refused { reason } if reason.contains(words)), "{words}: {end:?}");
}

#[track_caller]
fn stale(end: &WriteEnd, words: &str) {
    assert!(matches!(end, WriteEnd::Stale { reason } if reason.contains(words)), "{words}: {end:?}");
}
