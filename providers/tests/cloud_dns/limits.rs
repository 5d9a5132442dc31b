//! What a project may do.

use super::*;
use dnsure_kit::cloud::google::Quota;

#[tokio::test]
async fn before_it_is_asked_the_documented_limits_hold_and_then_the_projects_own() {
    let mut google = Google::new().with(zone(""));
    google.quota = Quota { additions: 7, deletions: 6, data: 5000, ..Quota::default() };
    let fixture = Fixture::of(google);
    let limits = |fixture: &Fixture| fixture.backend.guarantee(&name("@")).limits;
    let documented = limits(&fixture);
    assert_eq!(
        (documented.additions, documented.deletions, documented.characters),
        (Some(1000), Some(1000), Some(100_000))
    );
    fixture.surveyed().await;
    let own = limits(&fixture);
    assert_eq!((own.additions, own.deletions, own.characters), (Some(7), Some(6), Some(5000)));
}

#[tokio::test]
async fn an_account_that_may_not_see_the_quota_goes_by_the_documented_one() {
    let mut google = Google::new().with(zone(""));
    google.tells_quota = false;
    let fixture = Fixture::of(google);
    fixture.surveyed().await;
    fixture.surveyed().await;
    assert_eq!(fixture.backend.guarantee(&name("@")).limits.additions, Some(1000));
    assert_eq!(fixture.calls().iter().filter(|call| call.contains("project")).count(), 1);
}

#[tokio::test]
async fn the_quota_is_asked_for_once_where_a_plan_could_come_near_it_and_not_for_a_small_one() {
    let a = |count: usize| {
        (0..count).map(|i| format!("n{i}: {{type: A, value: 192.0.2.1}}\n")).collect::<String>()
    };
    let long = format!("a: {{type: TXT, value: {}}}", "x".repeat(200));
    let fixture = Fixture::with("");
    let asks = async |live: &str, after: &str| {
        fixture.backend.survey(&declared(live), &declared(after)).await.unwrap();
        fixture.calls().len()
    };
    for (live, after) in
        [("", ""), ("", long.as_str()), (a(50).as_str(), ""), (&a(1000), &a(1050)), (&a(51), &a(51))]
    {
        assert_eq!(asks(live, after).await, 0);
    }
    for (live, after) in [(a(1000), a(1051)), (a(51), String::new()), (a(5001), a(5001))] {
        let fixture = Fixture::with("");
        fixture.backend.survey(&declared(&live), &declared(&after)).await.unwrap();
        assert_eq!(fixture.calls(), ["GET project 200"]);
        fixture.backend.survey(&declared(&live), &declared(&after)).await.unwrap();
        assert_eq!(fixture.calls(), [""; 0]);
    }
}

#[tokio::test]
async fn a_thousand_sets_are_one_write_and_one_more_is_refused_as_a_whole() {
    let texts: Vec<String> = (0..1001).map(|i| format!("n{i} A 60 10.0.{}.{}", i / 250, i % 250)).collect();
    let sets: Vec<(Option<&str>, Option<&str>)> =
        texts.iter().map(|text| (None, Some(text.as_str()))).collect();
    let fixture = Fixture::with("");
    let end = fixture.write(&sets).await;
    refused(&end, "Quota exceeded for 'entity.change.additions'");
    refused(&end, "have the project's quota of Cloud DNS raised");
    assert_eq!(fixture.live().await.zone.set_count(), 4);
    assert!(accepted(&fixture.write(&sets[..1000]).await));
    assert_eq!(fixture.live().await.zone.set_count(), 1004);
    let size = changes(&sets).iter().map(Change::size).fold(Default::default(), dnsure_providers::Size::and);
    let limits = fixture.backend.guarantee(&name("@")).limits;
    assert!(!limits.hold(&size));
    let border =
        changes(&sets[..1000]).iter().map(Change::size).fold(Default::default(), dnsure_providers::Size::and);
    assert!(limits.hold(&border));
}

#[tokio::test]
async fn sets_and_zones_that_are_too_large_are_refused_where_the_file_declares_them() {
    let mut google = Google::new().with(zone(""));
    google.quota = Quota { records: 3, delegation: 2, sets: 3, ..Quota::default() };
    let fixture = Fixture::of(google);
    fixture.surveyed().await;
    let zone = declared(
        "a: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]}\n\
         b: {type: NS, values: [a.example.net., b.example.net., c.example.net.]}\n\
         c: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.3]}\n\
         d: {type: A, value: 192.0.2.1}\n",
    );
    let normal = fixture.backend.normalise(&zone);
    let refused: Vec<String> = normal
        .refused
        .iter()
        .map(|notice| format!("{}: {}", notice.position.as_ref().unwrap(), notice.message))
        .collect();
    assert_eq!(
        refused,
        [
            "zone.yaml:1:23: this project's record sets hold 3 records at most, and this one has 4",
            "zone.yaml:2:24: this project's delegations have 2 name servers at most, and this one has 3",
            "zone.yaml:4:21: this project's zones hold 3 record sets at most, and there are more",
        ]
    );
    assert_eq!(normal.zone.set_count(), 1);
}
