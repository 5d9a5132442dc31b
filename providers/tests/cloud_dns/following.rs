//! Who has written since: the id of the last change.

use super::*;

#[tokio::test]
async fn under_the_lock_a_second_look_costs_one_call_where_nobody_has_written() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.backend.prepare(&name("@")).await.unwrap();
    assert_eq!(fixture.calls(), ["GET ?dnsName=example.test. 200"]);
    let before = fixture.live().await;
    assert_eq!(fixture.calls(), [&format!("GET {LAST} 200"), "GET /main/rrsets 200"], "the id comes first");
    for _ in 0..3 {
        let after = fixture.again(&before).await;
        assert_eq!(fixture.calls(), [format!("GET {LAST} 200")]);
        assert_eq!(format!("{:?}", after.zone), format!("{:?}", before.zone));
    }
    // What a second look gave can be written upon.
    let after = fixture.again(&before).await;
    let all = changes(&[(Some("www A 300 192.0.2.1"), None)]);
    assert!(accepted(&fixture.backend.write(&name("@"), &all, &after).await));
}

#[tokio::test]
async fn a_foreign_hand_at_any_record_set_is_noticed_and_the_zone_listed_anew() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nother 300 A 192.0.2.1");
    fixture.backend.prepare(&name("@")).await.unwrap();
    let before = fixture.live().await;
    fixture.cloud.by_hand(|google| google.put(ID, &["other.example.test. 60 A 192.0.2.9"]));
    fixture.calls();
    let after = fixture.again(&before).await;
    assert_eq!(fixture.calls().len(), 3);
    assert_eq!(after.zone.get(&name("other"), RecordType::A).unwrap().to_set(), set("other A 60 192.0.2.9"));
    let again = fixture.again(&after).await;
    assert_eq!(fixture.calls().len(), 1);
    assert_eq!(again.zone.set_count(), 6);
}

#[tokio::test]
async fn the_own_write_moves_the_id_as_any_other() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.backend.prepare(&name("@")).await.unwrap();
    let before = fixture.live().await;
    let all = changes(&[(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1"))]);
    assert!(accepted(&fixture.backend.write(&name("@"), &all, &before).await));
    fixture.calls();
    let after = fixture.again(&before).await;
    assert_eq!(fixture.calls().len(), 3);
    assert_eq!(after.zone.get(&name("www"), RecordType::A).unwrap().to_set(), set("www A 60 192.0.2.1"));
}

#[tokio::test]
async fn a_reading_from_before_the_preparation_is_compared_as_well() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let before = fixture.live().await;
    fixture.cloud.by_hand(|google| google.put(ID, &["www.example.test. 60 A 192.0.2.9"]));
    fixture.backend.prepare(&name("@")).await.unwrap();
    let after = fixture.again(&before).await;
    assert_eq!(after.zone.get(&name("www"), RecordType::A).unwrap().to_set(), set("www A 60 192.0.2.9"));
}

#[tokio::test]
async fn a_zone_of_many_pages_is_followed_as_well() {
    let records: String = (0..300).map(|i| format!("r{i} A 10.0.{}.{}\n", i / 250, i % 250)).collect();
    let fixture = Fixture::with(&records);
    fixture.backend.prepare(&name("@")).await.unwrap();
    fixture.calls();
    let before = fixture.live().await;
    assert_eq!(fixture.calls().len(), 1 + 4 + 1, "four pages between two looks at the changes");
    fixture.again(&before).await;
    assert_eq!(fixture.calls().len(), 1);
}

#[tokio::test]
async fn a_followed_zone_that_is_deleted_is_missing() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.backend.prepare(&name("@")).await.unwrap();
    let before = fixture.live().await;
    fixture.cloud.by_hand(|google| google.zones.clear());
    assert!(matches!(fixture.backend.read_again(&name("@"), &before).await.unwrap(), Reading::Missing));
}

#[tokio::test]
async fn an_answer_of_another_service_never_says_that_nobody_has_written() {
    use dnsure_kit::cloud::Response;
    use dnsure_kit::{Fault, Fits};
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.backend.prepare(&name("@")).await.unwrap();
    let before = fixture.live().await;
    let response = Response::json(200, &serde_json::json!({}));
    fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("changes"), times: 1, response });
    let error = fixture.backend.read_again(&name("@"), &before).await.unwrap_err();
    assert!(error.to_string().contains("check url"), "{error}");
}
