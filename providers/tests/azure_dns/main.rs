//! The Azure DNS backend against the kit's fake, which Microsoft's own client finds in order.
#![cfg(feature = "azure-dns")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod alias;
mod credentials;
mod failing;
mod listing;
mod normal;
mod reading;
mod writing;

use dnsure_kit::{Azure, Cloud, zone_text};
use dnsure_providers::azure_dns::{AzureCredentials, AzureDns, AzureDnsSettings};
use dnsure_providers::{Backend, BackendError, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde_json::{Value, json};
use std::time::Duration;

const APEX: &str = "example.test.";
const PUBLIC_IP: &str =
    "/subscriptions/s/resourceGroups/web/providers/Microsoft.Network/publicIPAddresses/front";

fn name(text: &str) -> Name {
    Name::parse(text, Some(&Name::parse(APEX, None).unwrap())).unwrap()
}

/// A set written as `OWNER TYPE TTL VALUE, VALUE …`; without values where there is no more than the TTL.
fn set(text: &str) -> RecordSet {
    let mut words = text.splitn(4, ' ');
    let key = RecordKey::new(name(words.next().unwrap()), words.next().unwrap().parse().unwrap());
    let ttl = Ttl::from_secs(words.next().unwrap().parse().unwrap()).unwrap();
    let values = words.next().into_iter().flat_map(|values| values.split(", "));
    let datas = values.map(|value| Rdata::new(rdata::parse_text(key.rtype, value, &name("@")).unwrap()));
    RecordSet::new(key.clone(), ttl, datas.collect::<Vec<_>>())
}

/// The same with settings of this provider.
fn with(text: &str, own: Value) -> RecordSet {
    let mut set = set(text);
    set.settings.0.insert("azuredns".into(), own);
    set
}

fn changes(before: Option<RecordSet>, after: Option<RecordSet>) -> Vec<Change> {
    vec![Change::new(vec![SetChange::between(before, after).unwrap()]).unwrap()]
}

fn settings(cloud: &Cloud<Azure>) -> AzureDnsSettings {
    let mut settings = AzureDnsSettings::new(Azure::SUBSCRIPTION, Azure::GROUP);
    settings.url = cloud.url();
    settings.credentials = AzureCredentials::Token(Azure::TOKEN.into());
    settings.http.first_wait = Duration::from_millis(5);
    settings.http.repeats = 3;
    settings
}

/// A resource group with one zone, and the backend for it.
struct Fixture {
    cloud: Cloud<Azure>,
    backend: AzureDns,
}

impl Fixture {
    fn with(records: &str) -> Self {
        Self::of(Azure::new().zone(APEX, &zone_text(APEX, records)))
    }

    fn of(azure: Azure) -> Self {
        let cloud = Cloud::start(azure, Vec::new());
        let backend = AzureDns::new(settings(&cloud)).unwrap();
        Self { cloud, backend }
    }

    async fn live(&self) -> Live {
        match self.backend.read(&name("@")).await.unwrap() {
            Reading::Live(live) => live,
            Reading::Missing => panic!("the zone is missing"),
        }
    }

    async fn error(&self) -> BackendError {
        self.backend.read(&name("@")).await.unwrap_err()
    }

    async fn set(&self, owner: &str, rtype: RecordType) -> Option<RecordSet> {
        self.live().await.zone.get(&name(owner), rtype).map(|set| set.to_set())
    }

    /// Writes one set upon this reading.
    async fn write_upon(&self, live: &Live, before: Option<RecordSet>, after: Option<RecordSet>) -> WriteEnd {
        self.backend.write(&name("@"), &changes(before, after), live).await
    }

    /// As [`Fixture::write_upon`], upon what is live now.
    async fn write(&self, before: Option<RecordSet>, after: Option<RecordSet>) -> WriteEnd {
        let live = self.live().await;
        self.cloud.forget_calls();
        self.write_upon(&live, before, after).await
    }

    /// Method, place below the zone and status of each call, with its condition.
    fn calls(&self) -> Vec<String> {
        let calls = self.cloud.calls();
        let calls = calls.iter().map(|call| {
            let path = call.request.path();
            let place = path.split_once("/dnsZones/example.test").map_or(path, |(_, place)| place);
            let status = call.response.as_ref().map_or(0, |response| response.status);
            let condition = match (call.request.header("if-match"), call.request.header("if-none-match")) {
                (Some(_), None) => " upon an etag",
                (None, Some("*")) => " upon nothing",
                (None, None) => "",
                other => panic!("{other:?}"),
            };
            format!("{} {place} {status}{condition}", call.request.method)
        });
        calls.collect()
    }

    /// What the fake keeps of a set.
    fn kept(&self, owner: &str, rtype: &str) -> Value {
        self.cloud.by_hand(|azure| azure.properties(APEX, owner, rtype)).unwrap_or(Value::Null)
    }
}

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

#[track_caller]
fn unknown(end: &WriteEnd) {
    assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
}
