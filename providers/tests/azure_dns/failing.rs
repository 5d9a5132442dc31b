//! Answers and requests that get lost, and servers that have had enough.

use super::*;
use dnsure_kit::{Fault, Fits};

const ONE: &str = "www A 300 192.0.2.1";
const TWO: &str = "www A 60 192.0.2.2";
const PUT: Fits = Fits { method: "PUT", target: "", after: 0 };

#[tokio::test]
async fn a_lost_answer_is_unknown_and_a_repetition_changes_nothing_twice() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.fault(Fault::LosesAnswer { fits: PUT, times: 1 });
    fixture.cloud.forget_calls();
    unknown(&fixture.write_upon(&live, Some(set(ONE)), Some(set(TWO))).await);
    assert_eq!(fixture.calls().len(), 1);
    // It was carried out; the same write with the old etag is refused by Azure and does no harm.
    stale(&fixture.write_upon(&live, Some(set(ONE)), Some(set(TWO))).await, "is 192.0.2.2 (TTL 60) now");
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set(TWO)));
    assert!(accepted(&fixture.write(Some(set(TWO)), Some(set(ONE))).await));
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set(ONE)));
}

#[tokio::test]
async fn a_lost_answer_to_a_creation_makes_no_duplicate() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    fixture.cloud.fault(Fault::LosesAnswer { fits: PUT, times: 1 });
    unknown(&fixture.write_upon(&live, None, Some(set(ONE))).await);
    stale(&fixture.write_upon(&live, None, Some(set(ONE))).await, "was absent when planned and is 192.0.2.1");
    let before = fixture.live().await.zone.set_count();
    assert!(accepted(&fixture.write(Some(set(ONE)), Some(set(TWO))).await));
    assert_eq!(fixture.live().await.zone.set_count(), before);
}

#[tokio::test]
async fn a_lost_request_is_unknown_and_may_be_sent_again_upon_the_same_reading() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.fault(Fault::LosesRequest { fits: PUT, times: 1 });
    unknown(&fixture.write_upon(&live, Some(set(ONE)), Some(set(TWO))).await);
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set(ONE)));
    assert!(accepted(&fixture.write_upon(&live, Some(set(ONE)), Some(set(TWO))).await));
    fixture.cloud.fault(Fault::LosesAnswer { fits: Fits::method("DELETE"), times: 1 });
    unknown(&fixture.write_upon(&live, Some(set(TWO)), None).await);
    stale(&fixture.write_upon(&live, Some(set(TWO)), None).await, "is absent now");
}

#[tokio::test]
async fn a_5xx_to_a_write_is_unknown_and_is_not_repeated() {
    for status in [500, 503, 504, 408] {
        let fixture = Fixture::with("www 300 A 192.0.2.1");
        fixture.cloud.fault(Fault::Fails { fits: PUT, times: 1, status });
        unknown(&fixture.write(Some(set(ONE)), Some(set(TWO))).await);
        assert_eq!(fixture.calls().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_write_is_let_in_after_429_and_given_up_when_it_never_is() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.fault(Fault::TooMany { fits: PUT, times: 2, retry_after: 0 });
    assert!(accepted(&fixture.write(Some(set(ONE)), Some(set(TWO))).await));
    assert_eq!(fixture.calls().len(), 3);
    fixture.cloud.fault(Fault::TooMany { fits: PUT, times: 99, retry_after: 0 });
    refused(&fixture.write(Some(set(TWO)), Some(set(ONE))).await, "it did nothing: try again later");
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set(TWO)));
}

#[tokio::test]
async fn a_limit_that_others_have_used_up_is_refused_in_its_own_words_and_counts_for_its_kind_alone() {
    let fixture = Fixture::with("");
    fixture.cloud.by_hand(|azure| azure.limit(60, 1));
    assert!(accepted(&fixture.write(None, Some(set(ONE))).await));
    // A creation more; changes and deletions have a limit of their own.
    refused(&fixture.write(None, Some(set("b A 60 192.0.2.1"))).await, "TooManyRequests");
    assert!(accepted(&fixture.write(Some(set(ONE)), Some(set(TWO))).await));
    assert!(accepted(&fixture.write(Some(set(TWO)), None).await));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_set_unknown_to_the_next_write() {
    use dnsure_kit::cloud::Response;
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    let response = Response::text(200, "text/html", "<html>");
    fixture.cloud.fault(Fault::Answers { fits: PUT, times: 1, response });
    assert!(accepted(&fixture.write_upon(&live, Some(set(ONE)), Some(set(TWO))).await));
    stale(&fixture.write_upon(&live, Some(set(TWO)), None).await, "is absent now");
}
