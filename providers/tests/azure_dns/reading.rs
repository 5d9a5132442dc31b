//! Reading a zone over pages.

use super::*;
use dnsure_kit::cloud::Response;
use dnsure_kit::{Fault, Fits};

/// A zone of so many record sets; four are there anyway.
fn large(sets: usize) -> String {
    (4..sets).map(|number| format!("h{number} A 192.0.2.1\n")).collect()
}

const LIST: Fits = Fits { method: "GET", target: "/recordsets", after: 0 };

#[tokio::test]
async fn a_small_zone_takes_two_calls() {
    let fixture = Fixture::with("www 300 A 192.0.2.10\nwww 300 A 192.0.2.11");
    let live = fixture.live().await;
    assert_eq!(fixture.calls(), ["GET  200", "GET /recordsets 200"]);
    assert_eq!(live.serial, Some(1));
    assert!(live.locked.is_empty());
    assert_eq!(
        live.zone.get(&name("www"), RecordType::A).unwrap().to_set(),
        set("www A 300 192.0.2.10, 192.0.2.11")
    );
    let ns = live.zone.get(&name("@"), RecordType::NS).unwrap().to_set();
    assert_eq!(ns, set("@ NS 3600 ns1, ns2"));
}

#[tokio::test]
async fn a_zone_of_1201_record_sets_is_read_over_13_pages() {
    let fixture = Fixture::with(&large(1_201));
    let live = fixture.live().await;
    assert_eq!(live.zone.set_count(), 1_201);
    let calls = fixture.calls();
    assert_eq!(calls.len(), 14, "{calls:?}");
    assert!(calls[1..].iter().all(|call| call == "GET /recordsets 200"));
}

#[tokio::test]
async fn a_500_in_the_middle_of_paging_is_repeated_and_many_are_an_error() {
    let fixture = Fixture::with(&large(450));
    fixture.cloud.fault(Fault::Fails { fits: LIST.after(2), times: 2, status: 500 });
    assert_eq!(fixture.live().await.zone.set_count(), 450);
    assert_eq!(fixture.calls().len(), 1 + 5 + 2);
    fixture.cloud.fault(Fault::Fails { fits: LIST.after(3), times: 100, status: 500 });
    let error = fixture.error().await;
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_storm_of_429_is_sat_out() {
    let fixture = Fixture::with(&large(250));
    fixture.cloud.fault(Fault::TooMany { fits: Fits::any(), times: 2, retry_after: 0 });
    fixture.cloud.fault(Fault::TooMany { fits: LIST.after(1), times: 3, retry_after: 0 });
    assert_eq!(fixture.live().await.zone.set_count(), 250);
    assert!(fixture.cloud.faults_are_used_up());
    assert_eq!(fixture.calls().len(), 1 + 2 + 3 + 3);
    assert_eq!(fixture.backend.traffic().unwrap().repeats, 5);
}

#[tokio::test]
async fn a_listing_that_breaks_off_or_disagrees_with_the_count_is_no_smaller_zone() {
    let fixture = Fixture::with(&large(250));
    // The second page says that it is the last; once that is a change in between, twice it is an error.
    let cut = |times| Fault::Answers {
        fits: Fits::method("GET").on("skipToken"),
        times,
        response: Response::json(200, &json!({ "value": [] })),
    };
    fixture.cloud.fault(cut(1));
    assert_eq!(fixture.live().await.zone.set_count(), 250);
    fixture.cloud.fault(cut(2));
    let error = fixture.error().await;
    assert!(matches!(error, BackendError::Incomplete { .. }), "{error}");
    assert!(error.to_string().contains("it has 100 record sets, and the zone says 250"), "{error}");
}

/// What a first page with this link to the next one is taken for.
async fn with_link(link: &str) -> (BackendError, Vec<String>) {
    let fixture = Fixture::with(&large(250));
    let page = json!({ "value": [], "nextLink": link.replace("{url}", &fixture.cloud.url()) });
    let response = Response::json(200, &page);
    fixture.cloud.fault(Fault::Answers { fits: LIST, times: 99, response });
    (fixture.error().await, fixture.calls())
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let elsewhere = Cloud::start(Azure::new(), Vec::new());
    for link in [
        elsewhere.url() + "/subscriptions/x",
        "https://management.azure.com.example.net/subscriptions/x".into(),
        "{url}@example.net/subscriptions/x".into(),
        "//example.net/x".into(),
        "file:///etc/passwd".into(),
    ] {
        let (error, calls) = with_link(&link).await;
        assert!(matches!(error, BackendError::Incomplete { .. }), "{link}: {error}");
        assert_eq!(calls.len(), 2, "{link}: {calls:?}");
    }
    assert!(elsewhere.calls().is_empty());
    let (error, _) = with_link("http://127.0.0.1:1/x").await;
    assert!(error.to_string().contains("leads to another host, which would get the token"), "{error}");
}

#[tokio::test]
async fn pages_that_go_round_in_circles_end() {
    let (error, calls) = with_link("{url}/subscriptions/again?recordsets&/recordsets").await;
    assert!(error.to_string().contains("is one that was there before"), "{error}");
    assert!(calls.len() < 5, "{calls:?}");
}

#[tokio::test]
async fn a_missing_zone_is_told_with_where_it_was_looked_for() {
    let fixture = Fixture::of(Azure::new().zone("other.test.", &zone_text("other.test.", "")));
    let error = fixture.error().await.to_string();
    for part in [
        "no public DNS zone of this name in the resource group dns",
        "az network dns zone create -g dns -n example.test",
        "privateDnsZones",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    for (subscription, group, code) in [
        (Azure::SUBSCRIPTION, "elsewhere", "ResourceGroupNotFound"),
        ("elsewhere", Azure::GROUP, "SubscriptionNotFound"),
    ] {
        let mut settings = settings(&fixture.cloud);
        (settings.subscription, settings.resource_group) = (subscription.into(), group.into());
        let backend = AzureDns::new(settings).unwrap();
        let error = backend.read(&name("@")).await.unwrap_err().to_string();
        assert!(error.contains(code) && error.contains("check subscription, resource_group"), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_never_repeated() {
    let fixture = Fixture::with("");
    let mut settings = settings(&fixture.cloud);
    settings.credentials = AzureCredentials::Token("a-secret-token".into());
    let backend = AzureDns::new(settings).unwrap();
    let echo =
        json!({ "error": { "code": "InvalidAuthenticationToken", "message": "a-secret-token is no token" } });
    fixture.cloud.fault(Fault::Answers { fits: Fits::any(), times: 1, response: Response::json(401, &echo) });
    for _ in 0..2 {
        let error = backend.read(&name("@")).await.unwrap_err();
        assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
        assert!(!error.to_string().contains("a-secret-token"), "{error}");
    }
    assert!(!format!("{backend:?}").contains("a-secret-token"));
}

#[tokio::test]
async fn lists_of_one_zone_are_held_back_and_those_of_another_are_not() {
    let azure =
        Azure::new().zone(APEX, &zone_text(APEX, "")).zone("other.test.", &zone_text("other.test.", ""));
    let fixture = Fixture::of(azure);
    let start = std::time::Instant::now();
    for _ in 0..32 {
        fixture.live().await;
    }
    // Thirty at once, then one a second.
    assert!(start.elapsed() >= Duration::from_millis(1_500), "{:?}", start.elapsed());
    let start = std::time::Instant::now();
    fixture.backend.read(&Name::parse("other.test.", None).unwrap()).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
}
