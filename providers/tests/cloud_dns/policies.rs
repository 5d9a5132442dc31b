//! Record sets whose answers a routing policy makes.

use super::*;
use dnsure_kit::cloud::google::RecordSet as Listed;
use serde_json::{Value, json};

fn weighted(weight: f64) -> Value {
    let item = |weight: f64, data: &str| {
        json!({
            "kind": "dns#rRSetRoutingPolicyWrrPolicyWrrPolicyItem",
            "weight": weight,
            "rrdatas": [data],
            "signatureRrdatas": ["A 13 3 60 20261201000000 20261123000000 1 example.test. AAAA"],
        })
    };
    json!({
        "kind": "dns#rRSetRoutingPolicy",
        "wrr": {
            "kind": "dns#rRSetRoutingPolicyWrrPolicy",
            "items": [item(weight, "192.0.2.1"), item(0.5, "192.0.2.2")],
        },
    })
}

fn backup() -> Value {
    json!({
        "kind": "dns#rRSetRoutingPolicy",
        "healthCheck": "https://www.googleapis.com/compute/v1/projects/p/global/healthChecks/h",
        "primaryBackup": {
            "trickleTraffic": 0.1,
            "primaryTargets": { "externalEndpoints": ["192.0.2.1"] },
            "backupGeoTargets": { "enableFencing": true, "items": [{ "location": "us-east1", "rrdatas": ["192.0.2.2"] }] },
        },
    })
}

fn fixture() -> Fixture {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.by_hand(|google| {
        google.put_set(ID, Listed::routed("w.example.test.", "A", 60, weighted(1.0)));
        google.put_set(ID, Listed::routed("b.example.test.", "A", 30, backup()));
    });
    fixture
}

/// What the file says of both.
const FILE: &str = "w:\n  type: A\n  ttl: 60\n  octodns:\n    googlecloud:\n      routing-policy:\n        wrr:\n          items:\n          - {weight: 1, rrdatas: [192.0.2.1]}\n          - {weight: 0.5, rrdatas: [192.0.2.2]}\n\
b:\n  type: A\n  ttl: 30\n  octodns:\n    googlecloud:\n      routing-policy:\n        healthCheck: https://www.googleapis.com/compute/v1/projects/p/global/healthChecks/h\n        primaryBackup:\n          trickleTraffic: 0.1\n          primaryTargets: {externalEndpoints: [192.0.2.1]}\n          backupGeoTargets:\n            enableFencing: true\n            items:\n            - {location: us-east1, rrdatas: [192.0.2.2]}\n";

fn normal(fixture: &Fixture, zone: &Zone, owner: &str) -> RecordSet {
    let normal = fixture.backend.normalise(zone);
    assert!(normal.refused.is_empty(), "{:?}", normal.refused);
    normal.zone.get(&name(owner), RecordType::A).unwrap().to_set()
}

#[tokio::test]
async fn a_policy_is_a_set_without_values_and_a_file_can_say_the_same() {
    let fixture = fixture();
    let (live, file) = (fixture.live().await, declared(FILE));
    for owner in ["w", "b"] {
        let (here, there) = (normal(&fixture, &file, owner), normal(&fixture, &live.zone, owner));
        assert_eq!(here, there, "the second plan is empty");
        assert!(here.rdatas().is_empty() && here.made_by_provider().is_some());
    }
    assert!(live.locked.is_empty());
}

#[tokio::test]
async fn a_neighbours_change_leaves_policies_as_they_are() {
    let fixture = fixture();
    let held = |google: &mut Google| {
        ["w.example.test.", "b.example.test."].map(|owner| google.zone(ID).set(owner, "A").cloned())
    };
    let before = fixture.cloud.by_hand(held);
    assert!(accepted(&fixture.write(&[(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1"))]).await));
    assert_eq!(fixture.cloud.by_hand(held), before);
}

/// Changes one set of the file against what is live.
async fn change(fixture: &Fixture, live: &Live, yaml: &str, owner: &str) -> WriteEnd {
    let (before, after) = (normal(fixture, &live.zone, owner), normal(fixture, &declared(yaml), owner));
    let change = Change::new(vec![SetChange::between(Some(before), Some(after)).unwrap()]).unwrap();
    fixture.backend.write(&name("@"), &[change], live).await
}

#[tokio::test]
async fn a_policy_is_edited_and_becomes_plain_data_and_back() {
    let fixture = fixture();
    let edited = FILE.replace("weight: 1,", "weight: 3,");
    let live = fixture.live().await;
    assert!(accepted(&change(&fixture, &live, &edited, "w").await));
    let live = fixture.live().await;
    assert_eq!(normal(&fixture, &live.zone, "w"), normal(&fixture, &declared(&edited), "w"));
    assert!(accepted(&change(&fixture, &live, "w: {type: A, ttl: 60, value: 192.0.2.1}", "w").await));
    let live = fixture.live().await;
    assert_eq!(normal(&fixture, &live.zone, "w"), set("w A 60 192.0.2.1"));
    assert!(accepted(&change(&fixture, &live, FILE, "w").await));
    let live = fixture.live().await;
    assert_eq!(normal(&fixture, &live.zone, "w"), normal(&fixture, &declared(FILE), "w"));
}

#[tokio::test]
async fn a_policy_that_somebody_changed_meanwhile_is_stale() {
    let fixture = fixture();
    let live = fixture.live().await;
    fixture.cloud.by_hand(|google| {
        google.put_set(ID, Listed::routed("w.example.test.", "A", 60, weighted(2.0)));
    });
    let end = change(&fixture, &live, &FILE.replace("weight: 1,", "weight: 3,"), "w").await;
    stale(&end, "this is w.example.test. A");
}

#[tokio::test]
async fn a_set_with_data_and_a_policy_is_locked() {
    let fixture = fixture();
    let both =
        Listed::routed("w.example.test.", "A", 60, weighted(1.0)).having("rrdatas", json!(["192.0.2.1"]));
    fixture.cloud.by_hand(|google| google.put_set(ID, both));
    let live = fixture.live().await;
    assert_eq!(live.locked.len(), 1);
    refused(
        &change(&fixture, &live, &FILE.replace("weight: 1,", "weight: 3,"), "w").await,
        "with one of them only; nothing was sent",
    );
}
