//! Declarations and listings.

use super::*;
use dnsure_kit::Personality;
use dnsure_providers::BackendError;
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};

#[tokio::test]
async fn before_it_is_asked_an_adapter_promises_nothing() {
    let fixture = Fixture::of(panel("").unit("zone-batch").compare("values-and-ttl").limit_records(100));
    let weakest = fixture.backend.guarantee(&name("@"));
    assert_eq!((weakest.unit, weakest.compare), (WriteUnit::CreateAndDelete, CompareAndSwap::None));
    let declared = fixture.backend.prepare(&name("@")).await.unwrap();
    assert_eq!(declared, fixture.backend.guarantee(&name("@")));
    assert_eq!((declared.unit, declared.compare), (WriteUnit::ZoneBatch, CompareAndSwap::ValuesAndTtl));
    assert_eq!(declared.limits.records, Some(100));
    assert_eq!(fixture.backend.guarantee(&name("other.example.")), weakest);
}

#[tokio::test]
async fn every_unit_and_comparison_is_understood() {
    for unit in UNITS {
        let fixture = Fixture::of(panel("").unit(unit).compare("values").publishes_within(7));
        let guarantee = fixture.backend.prepare(&name("@")).await.unwrap();
        assert_eq!(serde_json::to_value(guarantee.unit).unwrap(), unit);
        assert_eq!((guarantee.compare, guarantee.publishes_within), (CompareAndSwap::Values, Some(7)));
    }
    let fixture = Fixture::of(panel("").unit("everything-at-once"));
    let error = fixture.backend.prepare(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("everything-at-once"), "{error}");
}

#[tokio::test]
async fn a_zone_is_read_with_the_ttl_of_each_row() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\n@ MX 10 mail\nfoo TXT \"a;b\" \"c\\\"\"");
    fixture.panel.plant_row("www.example.test.", 60, "A", "192.0.2.2");
    let live = fixture.live().await;
    assert_eq!(live.zone.record_count(), 9);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), set("www A 300 192.0.2.1, 60 192.0.2.2"));
    assert_eq!(fixture.set("foo", RecordType::TXT).await.unwrap(), set("foo TXT 3600 \"a;b\" \"c\\\"\""));
}

#[tokio::test]
async fn a_zone_of_many_pages_is_read_whole() {
    let records: String = (0..1201).map(|i| format!("r{i} A 10.0.{}.{}\n", i / 250, i % 250)).collect();
    let fixture = Fixture::of(panel(&records).page(100));
    assert_eq!(fixture.live().await.zone.record_count(), 1201 + 5);
    assert_eq!(fixture.panel.calls().len(), 1 + 13);
}

#[track_caller]
fn incomplete(reading: Result<Reading, BackendError>, words: &str) {
    match reading {
        Err(BackendError::Incomplete { reason, .. }) => assert!(reason.contains(words), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_that_is_short_is_never_a_smaller_zone() {
    for page in [3, 100] {
        let fixture =
            Fixture::of(panel("a A 192.0.2.1\nb A 192.0.2.1").page(page).personality(Personality::ShortPage));
        incomplete(fixture.backend.read(&name("@")).await, "it ends after 6 of 7 records");
    }
}

#[tokio::test]
async fn a_zone_that_changes_between_pages_is_read_once_more_and_then_given_up() {
    let fixture = Fixture::of(panel("a A 192.0.2.1").page(3));
    fixture.panel.behave(Personality::ShiftingPages(1));
    assert_eq!(fixture.live().await.zone.record_count(), 6);
    fixture.panel.behave(Personality::ShiftingPages(2));
    incomplete(fixture.backend.read(&name("@")).await, "changed between two pages");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_makes_the_listing_incomplete_and_is_named() {
    for (ttl, rtype, data) in [(300, "A", "no address"), (300, "MADEUP", "1"), (u32::MAX, "A", "192.0.2.1")] {
        let fixture = Fixture::with("www 300 A 192.0.2.1");
        fixture.panel.plant_row("odd.example.test.", ttl, rtype, data);
        incomplete(
            fixture.backend.read(&name("@")).await,
            &format!("odd.example.test. {ttl} {rtype} {data}"),
        );
    }
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_missing_and_a_wrong_address_is_not() {
    let fixture = Fixture::with("");
    let other: Name = "other.test.".parse().unwrap();
    assert!(matches!(fixture.backend.read(&other).await.unwrap(), Reading::Missing));
    let error = fixture.backend.prepare(&other).await.unwrap_err();
    assert!(error.to_string().contains("create it at the provider"), "{error}");
    // A web server that is no adapter.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut wrong = settings(&fixture.panel);
    wrong.url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 404 .\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<h1>no</h")
                .await;
        }
    });
    let error = Panel::new(wrong).unwrap().read(&name("@")).await.unwrap_err();
    assert!(matches!(&error, BackendError::Setup { .. }), "{error}");
    assert!(error.to_string().contains("check url"), "{error}");
}

#[tokio::test]
async fn addresses_come_from_the_settings_or_else_from_the_declaration() {
    let server = std::sync::Arc::new(dnsure_kit::Bind::builder().zone(APEX, zone_text(APEX, "")).start());
    let fixture = Fixture::of(panel("").publish_to(std::sync::Arc::clone(&server)));
    assert_eq!(fixture.backend.servers(&name("@")).await.unwrap(), [server.addr()]);
    let own = "192.0.2.1:5353".parse().unwrap();
    let backend = Panel::new(settings(&fixture.panel).servers([own])).unwrap();
    assert_eq!(backend.servers(&name("@")).await.unwrap(), [own]);
}
