//! The Cloudflare backend against the kit's fake, which Cloudflare's own SDK has found in order.
#![cfg(feature = "cloudflare")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod failing;
mod forms;
mod keeping;
mod normal;
mod reading;
mod writing;

use dnsure_kit::Cloud;
use dnsure_kit::cloud::cloudflare::{Cloudflare as Fake, Record};
use dnsure_providers::cloudflare::{Cloudflare, CloudflareSettings};
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde_json::{Value, json};
use std::time::Duration;

const APEX: &str = "example.test.";

fn name(text: &str) -> Name {
    Name::parse(text, Some(&APEX.parse().unwrap())).unwrap()
}

/// A set written as `OWNER TYPE TTL VALUE, TTL VALUE …`.
fn set(text: &str) -> RecordSet {
    let mut words = text.splitn(3, ' ');
    let key = RecordKey::new(name(words.next().unwrap()), words.next().unwrap().parse().unwrap());
    let members = words.next().unwrap().split(", ").map(|member| {
        let (ttl, value) = member.split_once(' ').unwrap();
        let wire = rdata::parse_text(key.rtype, value, &name("@")).unwrap();
        (Rdata::new(wire), Ttl::from_secs(ttl.parse().unwrap()).unwrap())
    });
    RecordSet::from_members(key.clone(), members.collect::<Vec<_>>()).unwrap()
}

/// The same with these settings of Cloudflare's.
fn with(text: &str, settings: Value) -> RecordSet {
    let mut set = set(text);
    set.settings.0.insert("cloudflare".into(), settings);
    set
}

fn proxied(text: &str) -> RecordSet {
    with(text, json!({ "proxied": true, "auto-ttl": true }))
}

fn fake(records: &str) -> Fake {
    Fake::new().zone(APEX, records)
}

/// A fake and the backend for it.
struct Fixture {
    cloud: Cloud<Fake>,
    backend: Cloudflare,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(fake(records))
    }

    fn of(fake: Fake) -> Self {
        let cloud = Cloud::start(fake, Vec::new());
        let backend = Cloudflare::new(settings(&cloud)).unwrap();
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

    /// Brings the given sets about, from what is live; `gone` are owner names and types to delete.
    async fn bring_about(&self, wanted: &[RecordSet], gone: &[&str]) -> WriteEnd {
        let live = self.live().await;
        self.upon(&live, wanted, gone).await
    }

    /// As [`Fixture::bring_about`], upon what was read before.
    async fn upon(&self, live: &Live, wanted: &[RecordSet], gone: &[&str]) -> WriteEnd {
        let changes = changes(live, wanted, gone);
        self.backend.write(&name("@"), &changes, live).await
    }

    /// The records of an owner name and type.
    fn records(&self, owner: &str, rtype: &str) -> Vec<Record> {
        let owner = name(owner).to_string();
        self.cloud.by_hand(|fake| {
            fake.zone_mut(APEX).at(&owner, rtype).into_iter().map(|record| record.clone()).collect()
        })
    }

    /// Method and path below the API of each call, the query left out.
    fn calls(&self) -> Vec<String> {
        let calls = self.cloud.calls();
        let short = |path: &str| {
            let words = path.trim_start_matches("/client/v4/").split('/');
            words.map(|word| if word.len() == 32 { "ID" } else { word }).collect::<Vec<_>>().join("/")
        };
        calls.iter().map(|call| format!("{} {}", call.request.method, short(call.request.path()))).collect()
    }

    /// The bodies of the batches so far.
    fn batches(&self) -> Vec<Value> {
        let calls = self.cloud.calls();
        let batches = calls.iter().filter(|call| call.request.path().ends_with("/batch"));
        batches.map(|call| serde_json::from_str(&call.request.body).unwrap()).collect()
    }
}

/// Deletes, patches and posts of a batch.
fn counts(batch: &Value) -> [usize; 3] {
    ["deletes", "patches", "posts"].map(|list| batch[list].as_array().map_or(0, Vec::len))
}

fn settings(cloud: &Cloud<Fake>) -> CloudflareSettings {
    let mut settings = CloudflareSettings::new(Fake::TOKEN.to_owned().into());
    settings.url = format!("{}/client/v4", cloud.url());
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.silence = Duration::from_secs(5);
    settings.http.repeats = 2;
    settings.http.longest_wait = Duration::from_secs(2);
    settings
}

fn changes(live: &Live, wanted: &[RecordSet], gone: &[&str]) -> Vec<Change> {
    let removed = gone.iter().map(|text| {
        let (owner, rtype) = text.split_once(' ').unwrap();
        (RecordKey::new(name(owner), rtype.parse().unwrap()), None)
    });
    let wanted = wanted.iter().map(|set| (set.key.clone(), Some(set.clone())));
    let mut changes: Vec<(Name, Vec<SetChange>)> = Vec::new();
    for (key, after) in wanted.chain(removed) {
        let before = live.zone.get_key(&key).map(|set| set.to_set());
        let Some(change) = SetChange::between(before, after) else { continue };
        match changes.iter_mut().find(|(name, _)| *name == key.name) {
            Some((_, list)) => list.push(change),
            None => changes.push((key.name.clone(), vec![change])),
        }
    }
    changes.into_iter().filter_map(|(_, list)| Change::new(list)).collect()
}

#[track_caller]
fn accepted(end: &WriteEnd) {
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
}

#[track_caller]
fn stale(end: &WriteEnd, words: &[&str]) {
    assert!(
        matches!(end, WriteEnd::Stale { reason } if words.iter().all(|word| reason.contains(word))),
        "{words:?}: {end:?}"
    );
}
