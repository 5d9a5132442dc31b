//! Lost answers, waits, refusals, pending changes.

use super::*;
use dnsure_kit::{Fault, Fits};

const NEW: &[(Option<&str>, Option<&str>)] = &[(None, Some("a TXT 60 x"))];

fn post() -> Fits {
    Fits::method("POST")
}

fn posts(fixture: &Fixture) -> usize {
    fixture.cloud.calls().iter().filter(|call| call.request.method == "POST").count()
}

#[tokio::test]
async fn a_lost_answer_is_unknown_the_write_is_not_repeated_and_reading_shows_it_once() {
    for (fault, happened) in [
        (Fault::LosesAnswer { fits: post(), times: 1 }, true),
        (Fault::LosesRequest { fits: post(), times: 1 }, false),
        (Fault::Fails { fits: post(), times: 1, status: 500 }, false),
        (Fault::Fails { fits: post(), times: 1, status: 503 }, false),
    ] {
        let fixture = Fixture::with("www 300 A 192.0.2.1");
        fixture.backend.prepare(&name("@")).await.unwrap();
        let before = fixture.live().await;
        fixture.cloud.fault(fault.clone());
        let end = fixture.backend.write(&name("@"), &changes(NEW), &before).await;
        assert!(matches!(end, WriteEnd::Unknown { .. }), "{fault:?}: {end:?}");
        assert_eq!(posts(&fixture), 1);
        fixture.calls();
        let after = fixture.again(&before).await;
        assert_eq!(after.zone.get(&name("a"), RecordType::TXT).is_some(), happened, "{fault:?}");
        assert_eq!(fixture.calls().len(), if happened { 3 } else { 1 }, "{fault:?}");
        let seen = fixture.cloud.by_hand(|google| google.zone(ID).change_count());
        assert_eq!(seen, if happened { 2 } else { 1 });
        // Said once more on what is live, it is refused by comparison or happens once.
        let again = fixture.backend.write(&name("@"), &changes(NEW), &before).await;
        match happened {
            true => stale(&again, "already exists"),
            false => assert!(accepted(&again), "{again:?}"),
        }
    }
}

#[tokio::test]
async fn a_storm_of_429_is_waited_out_as_long_as_it_asks_and_the_write_happens_once() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let storm = |times| Fault::TooMany { fits: Fits::any().on("/main/"), times, retry_after: 1 };
    fixture.cloud.fault(storm(2));
    let started = std::time::Instant::now();
    let live = fixture.live().await;
    assert!(started.elapsed() >= Duration::from_secs(2));
    fixture.cloud.fault(storm(1));
    assert!(accepted(&fixture.backend.write(&name("@"), &changes(NEW), &live).await));
    assert_eq!(posts(&fixture), 2);
    assert_eq!(fixture.cloud.by_hand(|google| google.zone(ID).change_count()), 2);
    fixture.cloud.fault(storm(3));
    let live = fixture.backend.read(&name("@")).await;
    assert!(matches!(live, Err(BackendError::Unreachable { .. })), "{live:?}");
    assert!(fixture.cloud.faults_are_used_up());
}

#[tokio::test]
async fn the_old_way_of_saying_too_many_is_understood_and_other_403_are_not_repeated() {
    use dnsure_kit::cloud::Response;
    let said = |reason: &str| {
        let error = serde_json::json!({ "message": "no", "domain": "usageLimits", "reason": reason });
        Response::json(
            403,
            &serde_json::json!({ "error": { "code": 403, "message": "no", "errors": [error] } }),
        )
    };
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    let answers = |reason| Fault::Answers { fits: post(), times: 1, response: said(reason) };
    fixture.cloud.fault(answers("rateLimitExceeded"));
    assert!(accepted(&fixture.backend.write(&name("@"), &changes(NEW), &live).await));
    assert_eq!(posts(&fixture), 2);
    fixture.cloud.fault(answers("forbidden"));
    let end = fixture.write(&[(None, Some("b TXT 60 x"))]).await;
    refused(&end, "in the project, writing roles/dns.admin");
    assert_eq!(posts(&fixture), 3);
}

#[tokio::test]
async fn googles_refusals_come_with_its_own_words_and_nothing_is_done() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let end = fixture.write(&[(None, Some("www CNAME 60 a.example.net.")), (None, Some("b TXT 60 x"))]).await;
    refused(&end, "may have either one CNAME resource record set or resource record sets of other types");
    refused(
        &fixture.write(&[(None, Some("l LOC 60 1 N 1 E 0m"))]).await,
        "Invalid value for 'entity.change.additions[0].type'",
    );
    assert!(fixture.set("b", RecordType::TXT).await.is_none());
    let live = fixture.live().await;
    fixture.cloud.by_hand(|google| google.zones.clear());
    let end = fixture.backend.write(&name("@"), &changes(NEW), &live).await;
    refused(&end, "The 'parameters.managedZone' resource named 'main' does not exist");
}

#[tokio::test]
async fn a_change_is_asked_for_until_it_is_done() {
    let mut google = Google::new().with(zone("www 300 A 192.0.2.1"));
    google.pending = 2;
    let fixture = Fixture::of(google);
    let WriteEnd::Accepted { token, .. } = fixture.write(NEW).await else { panic!("it was refused") };
    assert_eq!(token.as_deref(), Some("1"));
    fixture.calls();
    fixture.backend.settle(&name("@"), &[name("a")], token.as_deref()).await.unwrap();
    assert_eq!(fixture.calls(), ["GET /main/changes/1 200"; 3]);
}

#[tokio::test]
async fn after_a_lost_answer_the_last_change_is_asked_for() {
    let mut google = Google::new().with(zone("www 300 A 192.0.2.1"));
    google.pending = 1;
    let fixture = Fixture::of(google);
    assert!(accepted(&fixture.write(NEW).await));
    fixture.calls();
    fixture.backend.settle(&name("@"), &[name("a")], None).await.unwrap();
    assert_eq!(
        fixture.calls(),
        [&format!("GET {LAST} 200"), "GET /main/changes/1 200", "GET /main/changes/1 200"]
    );
}

#[tokio::test]
async fn a_change_that_stays_pending_is_said_with_its_id() {
    let mut google = Google::new().with(zone("www 300 A 192.0.2.1"));
    google.pending = u32::MAX;
    let fixture = Fixture::set_up(google, |settings| settings.settles_within = Duration::from_millis(500));
    let WriteEnd::Accepted { token, .. } = fixture.write(NEW).await else { panic!("it was refused") };
    let error = fixture.backend.settle(&name("@"), &[name("a")], token.as_deref()).await.unwrap_err();
    assert!(
        error.to_string().contains("the change 1 of the managed zone main was accepted and is still pending"),
        "{error}"
    );
    assert!(fixture.calls().len() < 12, "the waits grow");
}
