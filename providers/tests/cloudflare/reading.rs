//! Listings, all or nothing.

use super::*;
use dnsure_kit::cloud::cloudflare::Access;
use dnsure_kit::{Fault, Fits};
use dnsure_providers::BackendError;

fn many(count: usize) -> String {
    (0..count).map(|number| format!("n{number} 300 A 192.0.2.{}\n", number % 250)).collect()
}

#[tokio::test]
async fn every_record_is_read_over_pages() {
    let fixture = Fixture::of(fake(&many(1_201)).pages_of(500));
    assert_eq!(fixture.live().await.zone.record_count(), 1_201);
    let pages = "GET zones/ID/dns_records";
    assert_eq!(fixture.calls(), ["GET zones", pages, pages, pages]);
    assert_eq!(fixture.backend.traffic().unwrap().calls(), 4);
}

#[tokio::test]
async fn one_zone_among_ten_thousand_takes_two_reads() {
    let fixture = Fixture::of(Fake::new().empty_zones(9_999).zone(APEX, &many(1_000)));
    assert_eq!(fixture.live().await.zone.record_count(), 1_000);
    assert_eq!(fixture.calls(), ["GET zones", "GET zones/ID/dns_records"]);
    // Once more, and the zone is known.
    fixture.live().await;
    assert_eq!(fixture.calls().len(), 3);
}

#[tokio::test]
async fn an_error_in_the_middle_of_the_pages_is_tried_again_and_never_makes_a_smaller_zone() {
    let fixture = Fixture::of(fake(&many(1_201)).pages_of(500));
    let fits = || Fits::method("GET").on("dns_records?page=2");
    fixture.cloud.fault(Fault::Fails { fits: fits(), times: 2, status: 500 });
    assert_eq!(fixture.live().await.zone.record_count(), 1_201);
    fixture.cloud.fault(Fault::Fails { fits: fits(), times: 9, status: 502 });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
    fixture.cloud.forget_calls();
}

#[tokio::test]
async fn a_storm_of_429_is_waited_out_as_long_as_it_asks() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    fixture.cloud.fault(Fault::TooMany { fits: Fits::any(), times: 2, retry_after: 1 });
    let start = std::time::Instant::now();
    assert_eq!(fixture.live().await.zone.record_count(), 1);
    assert!(start.elapsed() >= Duration::from_secs(2));
    // A wait that is too long is no wait: the plan ends and says why.
    let fits = Fits::any().on("dns_records");
    fixture.cloud.fault(Fault::TooMany { fits, times: 1, retry_after: 900 });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_zone_that_changes_between_two_pages_is_read_again_once() {
    let fixture = Fixture::of(fake(&many(1_201)).pages_of(500));
    fixture.cloud.by_hand(|fake| {
        fake.after_a_page(1, |zone| zone.remove("n7.example.test.", "A", |_| true));
    });
    assert_eq!(fixture.live().await.zone.record_count(), 1_200);
    assert_eq!(fixture.calls().len(), 1 + 2 + 3);
}

#[tokio::test]
async fn a_zone_of_the_same_size_whose_pages_have_moved_is_seen_by_its_ids() {
    let fixture = Fixture::of(fake(&many(1_201)).pages_of(500));
    // One record less on the second page and one more before it: the last of the first page comes twice.
    fixture.cloud.by_hand(|fake| {
        fake.after_a_page(1, |zone| {
            zone.remove("n999.example.test.", "A", |_| true);
            zone.add("a.example.test.", 300, "A", "192.0.2.9").unwrap();
        });
    });
    let live = fixture.live().await;
    assert_eq!(live.zone.record_count(), 1_201);
    assert!(live.zone.get(&name("a"), RecordType::A).is_some());
    assert!(fixture.calls().len() > 4, "{:?}", fixture.calls());
}

#[tokio::test]
async fn a_zone_that_never_stands_still_is_incomplete() {
    let fixture = Fixture::of(fake(&many(1_201)).pages_of(500));
    fixture.cloud.by_hand(|fake| {
        fake.after_a_page(50, |zone| {
            let count = zone.records.len();
            zone.add(&format!("more{count}.example.test."), 300, "A", "192.0.2.9").unwrap();
        });
    });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Incomplete { .. }), "{error}");
}

#[tokio::test]
async fn name_servers_of_another_provider_at_the_apex_are_read_and_are_no_part_of_a_plan() {
    let fixture = Fixture::with("sub 300 NS ns1.example.net.");
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        let mut own = zone.at("sub.example.test.", "NS")[0].clone();
        (own.id, own.name) = ("f".repeat(32), APEX.trim_end_matches('.').to_owned());
        zone.records.push(own);
    });
    let live = fixture.live().await.zone;
    assert_eq!((live.set_count(), live.get(&name("@"), RecordType::NS).is_some()), (2, true));
    let held = fixture.backend.normalise(&live);
    assert_eq!((held.zone.set_count(), held.zone.get(&name("@"), RecordType::NS).is_none()), (1, true));
    assert!(held.notices.is_empty(), "{:?}", held.notices);
}

#[tokio::test]
async fn a_zone_that_nobody_knows_is_missing_and_one_in_two_accounts_must_be_told_apart() {
    let fixture = Fixture::with("");
    assert!(matches!(fixture.backend.read(&"other.test.".parse().unwrap()).await.unwrap(), Reading::Missing));
    let both = fake("www 300 A 192.0.2.1").account("aaaa").zone(APEX, "www 300 A 192.0.2.2").account("bbbb");
    let fixture = Fixture::of(both);
    let error = fixture.backend.read(&name("@")).await.unwrap_err().to_string();
    assert!(
        ["(aaaa)", "(bbbb)", "`zones` of the provider"].iter().all(|words| error.contains(words)),
        "{error}"
    );
    let mut of_one = settings(&fixture.cloud);
    of_one.account = Some("bbbb".into());
    let one = Fixture { backend: Cloudflare::new(of_one).unwrap(), ..fixture };
    assert_eq!(one.set("www", RecordType::A).await.unwrap(), set("www A 300 192.0.2.2"));
}

#[tokio::test]
async fn the_id_of_a_zone_may_be_given_and_must_be_that_of_the_zone() {
    let fixture = Fixture::of(fake("www 300 A 192.0.2.1").zone("other.test.", ""));
    let id = fixture.cloud.by_hand(|fake| fake.zone_mut(APEX).id.clone());
    let other = fixture.cloud.by_hand(|fake| fake.zone_mut("other.test.").id.clone());
    for (id, is_right) in [(id, true), (other, false)] {
        let mut given = settings(&fixture.cloud);
        given.zones.insert(name("@"), id);
        let read = Cloudflare::new(given).unwrap().read(&name("@")).await;
        assert_eq!(read.is_ok(), is_right, "{read:?}");
    }
}

#[tokio::test]
async fn with_the_id_of_a_zone_a_token_for_its_records_alone_will_do() {
    let token = "cfut_RecordsAlone-0123456789abcdefghijklm";
    let fixture = Fixture::of(fake("www 300 A 192.0.2.1").plan("pro").token(token, Access::Records));
    let mut given = settings(&fixture.cloud);
    given.token = token.to_owned().into();
    let error = Cloudflare::new(given.clone()).unwrap().read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
    given.zones.insert(name("@"), fixture.cloud.by_hand(|fake| fake.zone_mut(APEX).id.clone()));
    let one = Fixture { backend: Cloudflare::new(given).unwrap(), ..fixture };
    accepted(&one.bring_about(&[set("www A 300 192.0.2.2")], &[]).await);
    // The plan of the zone stays unknown, and batches small.
    assert_eq!(one.backend.guarantee(&name("@")).limits.edits, Some(200));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_what_it_needs_and_never_shown() {
    let nobody = "cfut_Nobody-0123456789abcdefghijklmnopqrst";
    let nothing = "cfut_Nothing-0123456789abcdefghijklmnopqr";
    let fixture = Fixture::of(fake("").token(nothing, Access::Nothing));
    for token in [nobody, nothing, "short"] {
        let mut other = settings(&fixture.cloud);
        other.token = token.to_owned().into();
        let backend = Cloudflare::new(other.clone()).unwrap();
        let error = backend.read(&name("@")).await.unwrap_err();
        assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
        let text = format!("{error} {error:?} {backend:?} {other:?}");
        assert!(text.contains("DNS:Edit") && text.contains("Zone:Read") && !text.contains(token), "{text}");
    }
}

#[tokio::test]
async fn a_token_that_a_reply_repeats_is_blotted_out() {
    let fixture = Fixture::with("");
    let body = json!({ "success": false, "errors": [{ "code": 9109, "message": format!("{} is bad", Fake::TOKEN) }] });
    let response = dnsure_kit::cloud::Response::json(403, &body);
    fixture.cloud.fault(Fault::Answers { fits: Fits::any(), times: 1, response });
    let error = fixture.backend.read(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains("9109 [secret] is bad"), "{error}");
}

#[tokio::test]
async fn text_is_read_with_quotes_and_as_it_was_listed_before_2024() {
    let fixture = Fixture::with("new 300 TXT \"one\" \"two\"\nold 300 TXT x\nlong 300 TXT x");
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        zone.edit("old.example.test.", "TXT", |record| record.content = "v=DKIM1; k=\"rsa\"".into());
        zone.edit("long.example.test.", "TXT", |record| record.content = "x".repeat(300));
    });
    assert_eq!(fixture.set("new", RecordType::TXT).await.unwrap(), set("new TXT 300 \"one\" \"two\""));
    let old = fixture.set("old", RecordType::TXT).await.unwrap();
    assert_eq!(old.texts().collect::<Vec<_>>(), [r#""v=DKIM1; k=\"rsa\"""#]);
    let long = fixture.set("long", RecordType::TXT).await.unwrap();
    assert_eq!(long.rdatas()[0].wire().len(), 302);
}

#[tokio::test]
async fn records_of_cloudflares_services_and_unknown_settings_are_locked_with_the_reason() {
    let fixture = Fixture::with(
        "@ 300 MX 10 route1.mx.example.net.\ndkim 300 TXT x\nodd 300 A 192.0.2.1\nfree 300 A 192.0.2.1\ntwice 300 CNAME a.example.net.",
    );
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        zone.edit(APEX, "MX", |record| drop(record.meta.insert("email_routing".into(), true.into())));
        zone.edit("dkim.example.test.", "TXT", |record| {
            drop(record.meta.insert("read_only".into(), true.into()))
        });
        zone.edit("odd.example.test.", "A", |record| {
            drop(record.settings.insert("quantum".into(), json!("on")))
        });
        zone.edit("free.example.test.", "A", |record| {
            drop(record.more.insert("new_in_2027".into(), json!({"a": 1})))
        });
        let mut again = zone.at("twice.example.test.", "CNAME")[0].clone();
        again.id = "f".repeat(32);
        zone.records.push(again);
    });
    let live = fixture.live().await;
    let reasons: Vec<String> = live.locked.iter().map(|(key, reason)| format!("{key}: {reason}")).collect();
    for words in [
        "test. MX: Cloudflare's Email Routing",
        "dkim.example.test. TXT: Cloudflare says",
        "setting `quantum`",
        "twice.example.test. CNAME: one of its records is listed twice",
    ] {
        assert!(reasons.iter().any(|reason| reason.contains(words)), "{words}: {reasons:?}");
    }
    assert_eq!(live.locked.len(), 4, "{reasons:?}");
    let end = fixture.bring_about(&[set("odd A 300 192.0.2.2")], &[]).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("quantum")), "{end:?}");
    assert!(fixture.batches().is_empty());
}

#[tokio::test]
async fn the_name_servers_are_cloudflares_unless_they_are_given() {
    let fixture = Fixture::with("");
    let mut given = settings(&fixture.cloud);
    given.servers = vec!["192.0.2.53:53".parse().unwrap()];
    let backend = Cloudflare::new(given.clone()).unwrap();
    assert_eq!(backend.servers(&name("@")).await.unwrap(), given.servers);
    assert!(fixture.calls().is_empty());
    // Those of the fake have no address, and none is left out silently.
    let error = fixture.backend.servers(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains("ns.cloudflare.example") && error.contains("servers:"), "{error}");
}
