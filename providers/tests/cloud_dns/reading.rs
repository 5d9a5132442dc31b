//! Listings, whole or not at all.

use super::*;
use dnsure_kit::cloud::google::RecordSet as Listed;
use dnsure_kit::cloud::{Response, google};
use dnsure_kit::{Fault, Fits};
use serde_json::json;

#[track_caller]
fn incomplete(reading: Result<Reading, BackendError>, words: &str) {
    match reading {
        Err(BackendError::Incomplete { reason, .. }) => assert!(reason.contains(words), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// 1,200 names, so that with SOA, NS and two hosts there are 1,204 record sets.
fn large() -> Google {
    let records: String = (0..1200).map(|i| format!("r{i} A 10.0.{}.{}\n", i / 250, i % 250)).collect();
    Google::new().with(zone(&records))
}

#[tokio::test]
async fn a_small_zone_costs_three_calls_also_among_ten_thousand() {
    let mut google = Google::new().with(zone("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"));
    for index in 0..10_000 {
        google.zones.push(ManagedZone::new(&format!("z{index}"), &format!("z{index}.test.")));
    }
    let fixture = Fixture::of(google);
    let live = fixture.live().await;
    let last = &format!("GET {LAST} 200");
    assert_eq!(fixture.calls(), ["GET ?dnsName=example.test. 200", last, "GET /main/rrsets 200"]);
    let www = live.zone.get(&name("www"), RecordType::A).unwrap().to_set();
    assert_eq!(www, set("www A 300 192.0.2.1, 192.0.2.2"));
    assert_eq!((live.zone.set_count(), live.locked.len()), (5, 0));
    fixture.live().await;
    assert_eq!(fixture.calls(), [last, "GET /main/rrsets 200"], "the zone is known by now");
}

#[tokio::test]
async fn a_zone_of_many_pages_is_read_whole_with_nobody_writing_meanwhile() {
    let fixture = Fixture::of(large());
    assert_eq!(fixture.live().await.zone.set_count(), 1204);
    let calls = fixture.calls();
    // The zone; then 13 pages between two looks at the changes.
    assert_eq!(calls.len(), 1 + 1 + 13 + 1, "{calls:#?}");
    assert_eq!([&calls[1], calls.last().unwrap()], [&format!("GET {LAST} 200"), &format!("GET {LAST} 200")]);
}

#[tokio::test]
async fn a_failure_in_the_middle_of_the_pages_is_repeated_and_otherwise_no_zone() {
    let fixture = Fixture::of(large());
    let middle = || Fits::method("GET").on("pageToken").after(5);
    fixture.cloud.fault(Fault::Fails { fits: middle(), times: 1, status: 500 });
    assert_eq!(fixture.live().await.zone.set_count(), 1204);
    assert!(fixture.cloud.faults_are_used_up());
    fixture.cloud.fault(Fault::Fails { fits: middle(), times: 3, status: 500 });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn pages_that_come_again_are_no_zone() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let page = json!({ "kind": "dns#resourceRecordSetsListResponse", "rrsets": [], "nextPageToken": "x" });
    let response = Response::json(200, &page);
    fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("rrsets"), times: 9, response });
    incomplete(fixture.backend.read(&name("@")).await, "one that was there before");
}

/// A page that a foreign hand has written before.
fn shift(fixture: &Fixture, times: u32) {
    // The token of a page that is gone: Google says 400 to it.
    let response = Response::json(400, &json!({ "error": { "code": 400, "message": "gone" } }));
    fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("pageToken"), times, response });
}

#[tokio::test]
async fn a_page_that_is_refused_is_no_smaller_zone() {
    let fixture = Fixture::of(large());
    shift(&fixture, 1);
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}

#[tokio::test]
async fn a_zone_that_changes_between_two_pages_is_listed_once_more() {
    let last = |id: &str| {
        let change = json!({ "kind": "dns#change", "id": id, "status": "done" });
        Response::json(200, &json!({ "kind": "dns#changesListResponse", "changes": [change] }))
    };
    let looks = |fixture: &Fixture, ids: &[&str]| {
        for id in ids {
            let fits = Fits::any().on("sortOrder");
            fixture.cloud.fault(Fault::Answers { fits, times: 1, response: last(id) });
        }
    };
    let fixture = Fixture::of(large());
    looks(&fixture, &["7", "8", "8"]);
    assert_eq!(fixture.live().await.zone.set_count(), 1204);
    assert_eq!(
        fixture.calls().len(),
        1 + 1 + 2 * (13 + 1),
        "what was last after one is last before the next"
    );
    looks(&fixture, &["7", "8", "9", "10"]);
    incomplete(fixture.backend.read(&name("@")).await, "changed between two pages, each time");
}

#[tokio::test]
async fn a_listing_that_makes_no_zone_is_incomplete_and_says_which_set() {
    let faulty = [
        (json!({ "name": "www.example.test.", "type": "A", "rrdatas": ["192.0.2.1"] }), "no TTL"),
        (json!({ "name": "www.example.test.", "type": "FOO", "ttl": 1, "rrdatas": ["x"] }), "FOO"),
        (json!({ "name": "www.example.test.", "type": "A", "ttl": 1 }), "neither data nor"),
        (json!({ "name": "www.elsewhere.", "type": "A", "ttl": 1, "rrdatas": ["192.0.2.1"] }), "elsewhere"),
        (json!("www"), "is no record set"),
    ];
    for (entry, words) in faulty {
        let fixture = Fixture::with("");
        let page = json!({ "kind": "dns#resourceRecordSetsListResponse", "rrsets": [entry] });
        let response = Response::json(200, &page);
        fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("rrsets"), times: 1, response });
        incomplete(fixture.backend.read(&name("@")).await, words);
    }
    let fixture = Fixture::with("");
    let page = json!({ "kind": "dns#resourceRecordSetsListResponse" });
    let response = Response::json(200, &page);
    fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("rrsets"), times: 1, response });
    incomplete(fixture.backend.read(&name("@")).await, "no SOA");
}

#[tokio::test]
async fn what_dnsure_does_not_understand_is_kept_and_locked_and_its_neighbours_go_on() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let odd = Listed::new("odd.example.test.", "A", 60, &["192.0.2.1"]).having("newThing", json!({ "x": 1 }));
    let strange = Listed::new("strange.example.test.", "CAA", 60, &["a new form of CAA"]);
    fixture.cloud.by_hand(|google| {
        google.put_set(ID, odd);
        google.put_set(ID, strange);
    });
    let live = fixture.live().await;
    let reasons: Vec<String> = live.locked.iter().map(|(key, reason)| format!("{key}: {reason}")).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].starts_with("odd.example.test. A: it has a member `newThing`"), "{reasons:?}");
    assert!(reasons[1].starts_with("strange.example.test. CAA: dnsure cannot read it"), "{reasons:?}");
    let strange = live.zone.get(&name("strange"), RecordType::CAA).unwrap().to_set();
    assert_eq!(strange.settings.0["googlecloud"], json!({ "rrdatas": ["a new form of CAA"] }));
    for gone in ["odd A 60 192.0.2.1", "strange CAA 60 0 issue \"x\""] {
        let end = fixture.backend.write(&name("@"), &changes(&[(Some(gone), None)]), &live).await;
        refused(&end, "nothing was sent");
    }
    assert!(accepted(&fixture.write(&[(Some("www A 300 192.0.2.1"), None)]).await));
    assert!(fixture.cloud.by_hand(|google| google.zone(ID).set("odd.example.test.", "A").is_some()));
}

#[tokio::test]
async fn a_project_that_is_not_there_and_a_wrong_address_are_no_missing_zone() {
    let fixture = Fixture::set_up(Google::new().with(zone("")), |settings| settings.project = "other".into());
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("the project other: "), "{error}");
    let fixture = Fixture::of(Google::new());
    for body in [json!({}), json!({ "kind": "storage#objects", "items": [] })] {
        let response = Response::json(200, &body);
        fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("dnsName"), times: 1, response });
        incomplete(fixture.backend.read(&name("@")).await, "check url");
    }
    assert!(matches!(fixture.reading().await, Reading::Missing));
}

#[tokio::test]
async fn a_zone_that_is_deleted_and_made_anew_is_found_again_and_a_deleted_one_is_missing() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.live().await;
    fixture.cloud.by_hand(|google| google.zone(ID).name = "another".into());
    assert_eq!(fixture.live().await.zone.set_count(), 5);
    fixture.cloud.by_hand(|google| google.zones.clear());
    assert!(matches!(fixture.reading().await, Reading::Missing));
    let error = fixture.backend.prepare(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("create it there"), "{error}");
}

#[tokio::test]
async fn addresses_come_from_the_settings_or_else_from_the_names_google_gave() {
    let own = "192.0.2.1:5353".parse().unwrap();
    let fixture = Fixture::set_up(Google::new().with(zone("")), |settings| settings.servers = vec![own]);
    assert_eq!(fixture.backend.servers(&name("@")).await.unwrap(), [own]);
    assert_eq!(fixture.calls(), [""; 0]);
    let here = google::ManagedZone::new("here", "here.test.").having("nameServers", json!(["localhost"]));
    let nowhere =
        google::ManagedZone::new("no", "no.test.").having("nameServers", json!(["no.such.invalid."]));
    let fixture = Fixture::of(Google::new().with(here).with(nowhere));
    let found = fixture.backend.servers(&"here.test.".parse().unwrap()).await.unwrap();
    assert!(found.contains(&"127.0.0.1:53".parse().unwrap()), "{found:?}");
    let error = fixture.backend.servers(&"no.test.".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("no.such.invalid."), "{error}");
}
