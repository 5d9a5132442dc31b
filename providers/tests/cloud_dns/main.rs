//! The Google Cloud DNS backend against the kit's.
#![cfg(feature = "cloud-dns")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod accounts;
mod described;
mod failing;
mod following;
mod limits;
mod normal;
mod policies;
mod reading;
mod writing;
mod zones;

use dnsure_kit::cloud::google::{Google, ManagedZone, PROJECT, TOKEN};
use dnsure_kit::{Cloud, zone_text};
use dnsure_providers::cloud_dns::{CloudDns, CloudDnsSettings, GoogleAccount};
use dnsure_providers::{Backend, BackendError, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::diagnostic::Severity;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use std::time::Duration;

const APEX: &str = "example.test.";
/// The name of the managed zone.
const ID: &str = "main";

fn name(text: &str) -> Name {
    Name::parse(text, Some(&Name::parse(APEX, None).unwrap())).unwrap()
}

/// A set written as `OWNER TYPE TTL VALUE, VALUE …`.
fn set(text: &str) -> RecordSet {
    let mut words = text.splitn(4, ' ');
    let key = RecordKey::new(name(words.next().unwrap()), words.next().unwrap().parse().unwrap());
    let ttl = Ttl::from_secs(words.next().unwrap().parse().unwrap()).unwrap();
    let values = words.next().unwrap().split(", ");
    let data = |text| Rdata::new(rdata::parse_text(key.rtype, text, &name("@")).unwrap());
    RecordSet::new(key.clone(), ttl, values.map(data).collect::<Vec<_>>())
}

/// The change of each set, from the first to the second text; one owner name each.
fn changes(sets: &[(Option<&str>, Option<&str>)]) -> Vec<Change> {
    let change = |(before, after): &(Option<&str>, Option<&str>)| {
        Change::new(vec![SetChange::between(before.map(set), after.map(set)).unwrap()]).unwrap()
    };
    sets.iter().map(change).collect()
}

fn zone(records: &str) -> ManagedZone {
    ManagedZone::from_file(ID, APEX, &zone_text(APEX, records))
}

/// A project and the backend for it.
struct Fixture {
    cloud: Cloud<Google>,
    backend: CloudDns,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(Google::new().with(zone(records)))
    }

    fn of(google: Google) -> Self {
        Self::set_up(google, |_| {})
    }

    fn set_up(google: Google, amend: impl FnOnce(&mut CloudDnsSettings)) -> Self {
        let cloud = Cloud::start(google, Vec::new());
        let mut settings = settings(&cloud);
        amend(&mut settings);
        Self { backend: CloudDns::new(settings).unwrap(), cloud }
    }

    async fn reading(&self) -> Reading {
        self.backend.read(&name("@")).await.unwrap()
    }

    async fn live(&self) -> Live {
        match self.reading().await {
            Reading::Live(live) => live,
            Reading::Missing => panic!("the zone is missing"),
        }
    }

    async fn again(&self, before: &Live) -> Live {
        match self.backend.read_again(&name("@"), before).await.unwrap() {
            Reading::Live(live) => live,
            Reading::Missing => panic!("the zone is missing"),
        }
    }

    /// As before a plan of a set so large that the quota counts.
    async fn surveyed(&self) {
        let values: Vec<String> = (1..=5).map(|i| format!("192.0.2.{i}")).collect();
        let large = declared(&format!("a: {{type: A, values: [{}]}}", values.join(", ")));
        self.backend.survey(&Zone::empty(name("@")), &large).await.unwrap();
    }

    async fn set(&self, owner: &str, rtype: RecordType) -> Option<RecordSet> {
        self.live().await.zone.get(&name(owner), rtype).map(|set| set.to_set())
    }

    /// Writes upon what is live now.
    async fn write(&self, sets: &[(Option<&str>, Option<&str>)]) -> WriteEnd {
        let live = self.live().await;
        self.backend.write(&name("@"), &changes(sets), &live).await
    }

    /// The calls since they were last asked for: method, path below the project and status.
    fn calls(&self) -> Vec<String> {
        let calls = self.cloud.calls();
        self.cloud.forget_calls();
        let below = format!("/dns/v1/projects/{PROJECT}");
        let shown = calls.iter().map(|call| {
            let path = call.request.target.strip_prefix(&below).unwrap_or(&call.request.target);
            let path = path.strip_prefix("/managedZones").unwrap_or(path);
            let status = call.response.as_ref().map_or(0, |response| response.status);
            format!("{} {} {status}", call.request.method, if path.is_empty() { "project" } else { path })
        });
        shown.collect()
    }
}

fn settings(cloud: &Cloud<Google>) -> CloudDnsSettings {
    let mut settings = CloudDnsSettings::new(PROJECT);
    settings.url = cloud.url();
    settings.account = GoogleAccount::Token(TOKEN.into());
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.repeats = 2;
    settings.http.silence = Duration::from_millis(700);
    settings
}

const LAST: &str = "/main/changes?sortBy=changeSequence&sortOrder=descending&maxResults=1";

fn accepted(end: &WriteEnd) -> bool {
    matches!(end, WriteEnd::Accepted { .. })
}

#[track_caller]
fn refused(end: &WriteEnd, words: &str) {
    assert!(matches!(end, WriteEnd::Refused { reason } if reason.contains(words)), "{words}: {end:?}");
}

#[track_caller]
fn stale(end: &WriteEnd, words: &str) {
    assert!(matches!(end, WriteEnd::Stale { reason } if reason.contains(words)), "{words}: {end:?}");
}

/// A zone file as dnsure reads it.
fn declared(yaml: &str) -> Zone {
    let options = dnsure_zones::yaml::Options::default();
    let read = dnsure_zones::yaml::read_text(yaml, "zone.yaml", &name("@"), &options);
    let is_error = |found: &dnsure_zones::diagnostic::Diagnostic| found.severity == Severity::Error;
    assert!(!read.diagnostics.iter().any(is_error), "{:?}", read.diagnostics);
    read.declared.unwrap().zone
}
