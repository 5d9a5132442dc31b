//! Writes that meet another hand, or whose answer is lost.

use super::*;
use dnsure_kit::{Fault, Fits};

#[tokio::test]
async fn a_foreign_edit_between_reading_and_writing_is_stale_with_both_values() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nother 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        zone.edit("www.example.test.", "A", |record| record.content = "192.0.2.66".into());
        zone.edit("other.example.test.", "A", |record| record.content = "192.0.2.67".into());
    });
    let end = fixture.upon(&live, &[set("www A 300 192.0.2.2")], &[]).await;
    stale(&end, &["was 192.0.2.1 (TTL 300)", "is 192.0.2.66 (TTL 300)"]);
    // A change elsewhere in the zone is nobody's business.
    let live = fixture.live().await;
    fixture
        .cloud
        .by_hand(|fake| fake.zone_mut(APEX).edit("other.example.test.", "A", |record| record.ttl = 60));
    accepted(&fixture.upon(&live, &[set("www A 300 192.0.2.2")], &[]).await);
}

#[tokio::test]
async fn a_foreign_creation_of_the_same_set_is_stale() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    fixture
        .cloud
        .by_hand(|fake| drop(fake.zone_mut(APEX).add("www.example.test.", 300, "A", "192.0.2.66").map(drop)));
    let end = fixture.upon(&live, &[set("www A 300 192.0.2.1")], &[]).await;
    stale(&end, &["was absent", "is 192.0.2.66"]);
    assert!(fixture.batches().is_empty());
}

#[tokio::test]
async fn a_foreign_deletion_or_another_comment_is_stale() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nnote 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        zone.remove("www.example.test.", "A", |_| true);
        zone.edit("note.example.test.", "A", |record| record.comment = Some("mine".into()));
    });
    stale(&fixture.upon(&live, &[set("www A 300 192.0.2.2")], &[]).await, &["is absent now"]);
    stale(&fixture.upon(&live, &[set("note A 300 192.0.2.2")], &[]).await, &["mine"]);
}

#[tokio::test]
async fn a_record_that_was_touched_and_put_back_is_stale_too() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|fake| fake.zone_mut(APEX).edit("www.example.test.", "A", |_| {}));
    stale(&fixture.upon(&live, &[set("www A 300 192.0.2.2")], &[]).await, &["touched by another hand"]);
}

#[tokio::test]
async fn what_happens_between_the_look_and_the_batch_is_seen_where_ids_vanish_or_records_are_the_same() {
    let fixture = Fixture::with("gone 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture
        .cloud
        .by_hand(|fake| fake.after_a_page(1, |zone| zone.remove("gone.example.test.", "A", |_| true)));
    stale(&fixture.upon(&live, &[set("gone A 300 192.0.2.2")], &[]).await, &["81044", "nothing was done"]);
    fixture.cloud.by_hand(|fake| {
        fake.after_a_page(1, |zone| drop(zone.add("new.example.test.", 300, "A", "192.0.2.1").map(drop)));
    });
    let live = fixture.live().await;
    fixture.cloud.by_hand(|fake| {
        fake.zone_mut(APEX).remove("new.example.test.", "A", |_| true);
        fake.after_a_page(1, |zone| drop(zone.add("new.example.test.", 300, "A", "192.0.2.1").map(drop)));
    });
    stale(&fixture.upon(&live, &[set("new A 300 192.0.2.1")], &[]).await, &["81058"]);
    assert_eq!(fixture.records("new", "A").len(), 1);
}

/// The window that the guarantee says is open: a concurrent creation of another record of the set.
#[tokio::test]
async fn a_creation_between_the_look_and_the_batch_goes_unseen_as_unguarded_says() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|fake| {
        fake.after_a_page(1, |zone| drop(zone.add("new.example.test.", 300, "A", "192.0.2.66").map(drop)));
    });
    accepted(&fixture.upon(&live, &[set("new A 300 192.0.2.1")], &[]).await);
    assert_eq!(fixture.set("new", RecordType::A).await.unwrap().rdatas().len(), 2);
    assert_eq!(fixture.backend.guarantee(&name("@")).to_string(), "atomic, unguarded");
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_reading_back_shows_it_done_once() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.fault(Fault::LosesAnswer { fits: Fits::method("POST"), times: 1 });
    let wanted = [set("www A 300 192.0.2.2"), set("new A 300 192.0.2.1, 300 192.0.2.2")];
    let end = fixture.bring_about(&wanted, &[]).await;
    assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
    assert_eq!(fixture.batches().len(), 1, "a batch is never sent twice");
    for set in wanted {
        assert_eq!(fixture.live().await.zone.get_key(&set.key).unwrap().to_set(), set);
    }
    assert_eq!(fixture.records("new", "A").len(), 2);
}

#[tokio::test]
async fn a_lost_request_is_unknown_and_nothing_was_done() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.fault(Fault::LosesRequest { fits: Fits::method("POST"), times: 1 });
    let end = fixture.bring_about(&[set("www A 300 192.0.2.2")], &[]).await;
    assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
    assert_eq!(fixture.records("www", "A")[0].content, "192.0.2.1");
}

#[tokio::test]
async fn a_success_that_says_it_is_none_is_unknown() {
    for body in [json!({}), json!({ "success": false, "errors": [{ "code": 1000, "message": "odd" }] })] {
        let fixture = Fixture::with("www 300 A 192.0.2.1");
        let response = dnsure_kit::cloud::Response::json(200, &body);
        fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response });
        let end = fixture.bring_about(&[set("www A 300 192.0.2.2")], &[]).await;
        assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
    }
}

#[tokio::test]
async fn a_server_error_to_a_batch_is_unknown_and_a_429_is_tried_again() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.fault(Fault::Fails { fits: Fits::method("POST"), times: 1, status: 502 });
    let end = fixture.bring_about(&[set("www A 300 192.0.2.2")], &[]).await;
    assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
    fixture.cloud.forget_calls();
    fixture.cloud.fault(Fault::TooMany { fits: Fits::method("POST"), times: 2, retry_after: 0 });
    accepted(&fixture.bring_about(&[set("www A 300 192.0.2.2")], &[]).await);
    assert_eq!(fixture.batches().len(), 3);
}

#[tokio::test]
async fn what_the_api_refuses_is_refused_whole() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    // A CNAME beside an A that nobody deletes.
    let end =
        fixture.bring_about(&[set("new A 300 192.0.2.1"), set("www CNAME 300 x.example.net.")], &[]).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("81053")), "{end:?}");
    assert!(fixture.records("new", "A").is_empty());
}

#[tokio::test]
async fn a_reading_before_the_write_that_fails_is_a_refusal_since_nothing_was_sent() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.fault(Fault::Fails { fits: Fits::method("GET"), times: 9, status: 500 });
    let end = fixture.upon(&live, &[set("www A 300 192.0.2.2")], &[]).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("nothing was sent")), "{end:?}");
}

#[tokio::test]
async fn a_batch_that_is_accepted_and_shows_something_else_is_unknown() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let id = fixture.records("www", "A")[0].id.clone();
    for shown in [
        json!({ "id": id, "name": "www.example.test", "type": "A", "content": "192.0.2.2", "ttl": 1, "proxied": false }),
        json!({ "id": id, "name": "www.example.test", "type": "A", "content": "192.0.2.1", "ttl": 1, "proxied": true }),
    ] {
        let body = json!({ "success": true, "errors": [], "messages": [], "result": { "patches": [shown] } });
        let response = dnsure_kit::cloud::Response::json(200, &body);
        fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response });
        let end = fixture.bring_about(&[proxied("www A 300 192.0.2.2")], &[]).await;
        assert!(
            matches!(&end, WriteEnd::Unknown { reason } if reason.contains("in its reply, not 192.0.2.2")),
            "{end:?}"
        );
    }
}
