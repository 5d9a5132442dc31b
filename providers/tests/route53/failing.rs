//! What is lost, turned away, or answered with a failure.

use super::*;
use dnsure_kit::cloud::route53::{failure, not_complete, throttling};
use dnsure_kit::{Fault, Fits};

const WWW: &str = "www 60 A 192.0.2.1";

fn write_once(fits: Fits) -> Fault {
    Fault::LosesAnswer { fits, times: 1 }
}

#[tokio::test]
async fn a_storm_of_throttling_is_waited_out() {
    let fixture = Fixture::with(WWW);
    for fits in [Fits::method("GET"), Fits::method("POST")] {
        fixture.cloud.fault(Fault::Answers { fits, times: 3, response: throttling() });
    }
    fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response: not_complete() });
    token(&fixture.write(&replace(WWW, "www 60 A 192.0.2.2")).await);
    assert!(fixture.cloud.faults_are_used_up());
    assert_eq!(fixture.backend.traffic().unwrap().repeats, 7);
}

#[tokio::test]
async fn throttling_without_an_end_is_refused_and_did_nothing() {
    let fixture = Fixture::with(WWW);
    let live = fixture.live().await;
    fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 100, response: throttling() });
    let end = fixture.write_upon(&replace(WWW, "www 60 A 192.0.2.2"), &live).await;
    refused(&end, "it did nothing");
    assert_eq!(fixture.backend.traffic().unwrap().writes, 7);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown_and_not_sent_again() {
    for (fault, applied) in [
        (write_once(Fits::method("POST")), true),
        (Fault::LosesRequest { fits: Fits::method("POST"), times: 1 }, false),
        (Fault::Fails { fits: Fits::method("POST"), times: 1, status: 503 }, false),
    ] {
        let fixture = Fixture::with(WWW);
        fixture.cloud.fault(fault);
        let end = fixture.write(&replace(WWW, "www 60 A 192.0.2.2")).await;
        assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
        assert_eq!(fixture.backend.traffic().unwrap().writes, 1);
        let live = fixture.set("www", RecordType::A).await.unwrap();
        assert_eq!(live == set("www 60 A 192.0.2.2"), applied);
        // The same conditional write may be sent again: it is refused where it has happened.
        let again = fixture.write(&replace(WWW, "www 60 A 192.0.2.2")).await;
        assert_eq!(matches!(again, WriteEnd::Stale { .. }), applied, "{again:?}");
    }
}

#[tokio::test]
async fn nobody_there_means_that_nothing_was_sent() {
    let fixture = Fixture::with(WWW);
    let live = fixture.live().await;
    let backend = Route53::new(settings("http://127.0.0.1:1".into())).unwrap();
    refused(&backend.write(&name("@"), &replace(WWW, "www 60 A 192.0.2.2"), &live).await, "nothing was sent");
}

#[tokio::test]
async fn an_older_form_of_the_error_is_understood_and_all_its_messages_count() {
    let message = |text: &str| format!("<Message>{text}</Message>");
    let gone = message(
        "Tried to delete resource record set [name='www.example.test.', type='A'] but it was not found",
    );
    let other = message("Invalid Resource Record");
    for (messages, is_stale) in
        [(gone.clone(), true), (gone.clone() + &gone, true), (gone + &other, false), (other, false)]
    {
        let fixture = Fixture::with(WWW);
        let body =
            format!("<InvalidChangeBatch xmlns=\"x\"><Messages>{messages}</Messages></InvalidChangeBatch>");
        let response = dnsure_kit::cloud::Response::text(400, "text/xml", body);
        fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response });
        let end = fixture.write(&replace(WWW, "www 60 A 192.0.2.2")).await;
        assert_eq!(matches!(end, WriteEnd::Stale { .. }), is_stale, "{end:?}");
        assert_eq!(matches!(end, WriteEnd::Refused { .. }), !is_stale, "{end:?}");
    }
}

#[tokio::test]
async fn no_secret_gets_into_words_and_hostile_words_are_harmless() {
    let fixture = Fixture::with(WWW);
    let text = "kit-secret-that-nobody-may-see kit-token-that-nobody-may-see \u{1b}[31m\u{202e}";
    let response = failure(400, "InvalidInput", text);
    fixture.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response });
    let end = format!("{:?}", fixture.write(&replace(WWW, "www 60 A 192.0.2.2")).await);
    assert!(end.contains("[secret]") && end.contains("kit-request"), "{end}");
    assert!(!end.contains("nobody-may-see") && !end.contains('\u{1b}') && !end.contains('\u{202e}'), "{end}");
}

#[tokio::test]
async fn an_api_that_denies_or_lacks_protections_has_none() {
    let denied = failure(403, "AccessDenied", "no");
    let unknown = failure(400, "InvalidInput", "Unknown Route53 endpoint");
    let elsewhere = dnsure_kit::cloud::Response::text(404, "text/html", "<!doctype html><title>404</title>");
    for response in [denied, unknown, elsewhere] {
        let fixture = Fixture::with(WWW);
        fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("rrsetprotection"), times: 9, response });
        assert!(fixture.live().await.locked.is_empty());
        fixture.cloud.forget_calls();
        // It is not asked again.
        fixture.live().await;
        assert_eq!(fixture.calls(), ["GET rrset"]);
    }
    let fixture = Fixture::with(WWW);
    let broken = failure(500, "InternalFailure", "no");
    fixture.cloud.fault(Fault::Answers {
        fits: Fits::any().on("rrsetprotection"),
        times: 99,
        response: broken,
    });
    assert!(fixture.backend.read(&name("@")).await.is_err());
}
