//! Google's discovery document describes every call there is, and every answer of the kit's Google.

use super::*;
use dnsure_kit::cloud::google::{RecordSet as Listed, schema_violations};
use serde_json::json;

#[tokio::test]
async fn every_request_and_answer_is_as_google_describes_it_and_every_method_is_used() {
    let mut google = Google::new().with(zone("www 300 A 192.0.2.1\nold 60 TXT x"));
    google.page = 3;
    google.pending = 1;
    let fixture = Fixture::of(google);
    let policy = json!({ "geo": { "items": [{ "location": "us-east1", "rrdatas": ["192.0.2.1"] }] } });
    fixture.cloud.by_hand(|google| google.put_set(ID, Listed::routed("g.example.test.", "A", 60, policy)));
    fixture.backend.prepare(&name("@")).await.unwrap();
    fixture.surveyed().await;
    let before = fixture.live().await;
    let www =
        changes(&[(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1")), (Some("old TXT 60 x"), None)]);
    let WriteEnd::Accepted { token, .. } = fixture.backend.write(&name("@"), &www, &before).await else {
        panic!("it was refused")
    };
    fixture.backend.settle(&name("@"), &[name("www")], token.as_deref()).await.unwrap();
    stale(&fixture.backend.write(&name("@"), &www, &before).await, "412");
    fixture.again(&before).await;
    refused(&fixture.write(&[(None, Some("x LOC 60 1 N 1 E 0m"))]).await, "Invalid value");
    let live = fixture.live().await;
    let routed = live.zone.get(&name("g"), RecordType::A).unwrap().to_set();
    let mut other = routed.clone();
    other.ttl = Ttl::from_secs(30).unwrap();
    let change = Change::new(vec![SetChange::between(Some(routed), Some(other)).unwrap()]).unwrap();
    assert!(accepted(&fixture.backend.write(&name("@"), &[change], &live).await));
    let new: Name = "new.test.".parse().unwrap();
    fixture.backend.create_zone(&new, &Zone::empty(new.clone())).await.unwrap();
    let calls = fixture.cloud.calls();
    let methods = [
        "dns.changes.create",
        "dns.changes.get",
        "dns.changes.list",
        "dns.managedZones.create",
        "dns.managedZones.list",
        "dns.projects.get",
        "dns.resourceRecordSets.list",
    ];
    assert_eq!(schema_violations(&calls, &methods), Vec::<String>::new());
    println!("{} calls as the discovery document describes them", calls.len());
}
