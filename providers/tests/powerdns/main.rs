//! The PowerDNS backend against a real PowerDNS.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod failing;
mod keeping;
mod reading;
mod scenarios;
mod serving;
mod writing;

use dnsure_kit::zone_text;
use dnsure_providers::powerdns::{PowerDns, PowerDnsSettings};
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use std::time::Duration;

const APEX: &str = "example.test.";

fn name(text: &str) -> Name {
    Name::parse(text, Some(&Name::parse(APEX, None).unwrap())).unwrap()
}

fn set(owner: &str, rtype: RecordType, ttl: u32, values: &[&str]) -> RecordSet {
    let apex = name("@");
    let rdatas = values.iter().map(|value| Rdata::new(rdata::parse_text(rtype, value, &apex).unwrap()));
    RecordSet::new(RecordKey::new(name(owner), rtype), Ttl::from_secs(ttl).unwrap(), rdatas)
}

/// A server with one zone and its default caches, and the backend for it.
struct Fixture {
    server: dnsure_kit::PowerDns,
    backend: PowerDns,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(dnsure_kit::PowerDns::builder().zone(APEX, zone_text(APEX, records)).start())
    }

    fn of(server: dnsure_kit::PowerDns) -> Self {
        let backend = PowerDns::new(settings(&server)).unwrap();
        Self { server, backend }
    }

    async fn live(&self) -> Live {
        match self.backend.read(&name("@")).await.unwrap() {
            Reading::Live(live) => live,
            Reading::Missing => panic!("the zone is missing"),
        }
    }

    async fn texts(&self, owner: &str, rtype: RecordType) -> Vec<String> {
        let live = self.live().await;
        live.zone.get(&name(owner), rtype).map_or_else(Vec::new, |set| set.to_set().texts().collect())
    }

    /// Brings the given sets about, from what is live; sets of no members go.
    async fn bring_about(&self, wanted: &[RecordSet]) -> WriteEnd {
        let live = self.live().await;
        let changes = changes(&live, wanted);
        self.backend.write(&name("@"), &changes, &live).await
    }

    /// As [`Fixture::bring_about`], and it must be accepted.
    async fn accepted(&self, wanted: &[RecordSet]) -> Duration {
        match self.bring_about(wanted).await {
            WriteEnd::Accepted { took, .. } => took,
            other => panic!("{other:?}"),
        }
    }

    async fn settle(&self) {
        self.backend.settle(&name("@"), &[], None).await.unwrap();
    }

    fn patch(&self, rrsets: &str) {
        let path = format!("/api/v1/servers/localhost/zones/{APEX}");
        let (status, body) = self.server.api("PATCH", &path, &format!("{{\"rrsets\":[{rrsets}]}}"));
        assert_eq!(status, 204, "{body}");
    }

    fn listing(&self) -> String {
        self.server.api("GET", &format!("/api/v1/servers/localhost/zones/{APEX}"), "").1
    }
}

fn settings(server: &dnsure_kit::PowerDns) -> PowerDnsSettings {
    let mut settings =
        PowerDnsSettings::new(server.api_url(), server.api_key().into()).servers([server.addr()]);
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.repeats = 2;
    settings
}

fn changes(live: &Live, wanted: &[RecordSet]) -> Vec<Change> {
    let mut changes: Vec<(Name, Vec<SetChange>)> = Vec::new();
    for set in wanted {
        let before = live.zone.get_key(&set.key).map(|set| set.to_set());
        let after = (!set.rdatas().is_empty()).then(|| set.clone());
        let Some(change) = SetChange::between(before, after) else { continue };
        match changes.iter_mut().find(|(name, _)| *name == set.key.name) {
            Some((_, list)) => list.push(change),
            None => changes.push((set.key.name.clone(), vec![change])),
        }
    }
    changes.into_iter().filter_map(|(_, list)| Change::new(list)).collect()
}
