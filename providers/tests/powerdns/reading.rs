use super::*;
use dnsure_providers::BackendError;
use dnsure_zones::diff::diff;
use dnsure_zones::{Settings, Zone, ZoneBuilder};

#[tokio::test]
async fn a_zone_is_read_with_its_serial() {
    let fixture =
        Fixture::with("www 600 A 192.0.2.1\nwww 600 A 192.0.2.2\n@ MX 10 mail\nfoo TXT \"a;b\" \"c\\\"\"");
    let live = fixture.live().await;
    assert_eq!(live.serial, Some(1));
    assert_eq!(live.zone.set_count(), 7);
    assert_eq!(live.zone.get(&name("www"), RecordType::A).unwrap().ttl().as_secs(), 600);
    assert_eq!(fixture.texts("foo", RecordType::TXT).await, ["\"a;b\" \"c\\\"\""]);
    assert_eq!(fixture.backend.servers(&name("@")).await.unwrap(), [fixture.server.addr()]);
}

#[tokio::test]
async fn the_serial_is_the_one_that_is_served() {
    let server =
        dnsure_kit::PowerDns::builder().soa_edit("INCEPTION-EPOCH").signed().zone(APEX, zone_text(APEX, ""));
    let fixture = Fixture::of(server.start());
    let live = fixture.live().await;
    let stored = live.zone.get(&name("@"), RecordType::SOA).unwrap().to_set().texts().next().unwrap();
    println!("stored {stored}, served {:?}", live.serial);
    assert!(live.serial.unwrap() > 1_000_000_000, "{:?}", live.serial);
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_missing_and_a_wrong_address_is_not() {
    let fixture = Fixture::with("");
    let other: Name = "other.test.".parse().unwrap();
    assert!(matches!(fixture.backend.read(&other).await.unwrap(), Reading::Missing));
    let mut wrong = settings(&fixture.server);
    wrong.server_id = "elsewhere".into();
    let error = PowerDns::new(wrong).unwrap().read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Setup { .. }), "{error}");
    let mut wrong = settings(&fixture.server);
    wrong.url.push_str("/dns");
    let error = PowerDns::new(wrong).unwrap().read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Setup { .. }), "{error}");
}

#[tokio::test]
async fn names_with_a_slash_and_the_root_have_their_own_ids() {
    let fixture = Fixture::with("");
    for apex in ["0/25.2.0.192.in-addr.arpa.", "."] {
        let apex: Name = apex.parse().unwrap();
        fixture.backend.create_zone(&apex, &Zone::empty(apex.clone())).await.unwrap();
        assert!(matches!(fixture.backend.read(&apex).await.unwrap(), Reading::Live(_)), "{apex}");
    }
}

#[tokio::test]
async fn a_zone_without_soa_is_incomplete() {
    let fixture = Fixture::with("www A 192.0.2.1");
    fixture.patch(r#"{"name":"example.test.","type":"SOA","changetype":"DELETE"}"#);
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Incomplete { .. }), "{error}");
}

#[tokio::test]
async fn disabled_members_are_not_served_and_take_no_part_in_a_diff() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let before = fixture.live().await;
    fixture.patch(
        r#"{"name":"www.example.test.","type":"A","ttl":300,"changetype":"REPLACE",
            "records":[{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.9","disabled":true}],
            "comments":[{"content":"ask ops","account":"ann"}]},
           {"name":"off.example.test.","type":"A","ttl":300,"changetype":"REPLACE",
            "records":[{"content":"192.0.2.8","disabled":true}]}"#,
    );
    let after = fixture.live().await;
    assert_eq!(fixture.texts("www", RecordType::A).await, ["192.0.2.1"]);
    assert!(after.zone.get(&name("off"), RecordType::A).is_none());
    let settings = after.zone.get(&name("www"), RecordType::A).unwrap().settings().unwrap();
    let shown = serde_json::to_string(settings).unwrap();
    assert_eq!(
        shown,
        r#"{"powerdns":{"comments":[{"account":"ann","content":"ask ops"}],"disabled":["192.0.2.9"]}}"#
    );
    let [before, after] = [before, after].map(|live| fixture.backend.normalise(&live.zone).zone);
    let no_soa = |zone: &Zone| zone.filtered(|set| set.rtype() != RecordType::SOA);
    assert_eq!(diff(&no_soa(&before), &no_soa(&after)).count(), 0);
}

#[tokio::test]
async fn normal_form_says_what_it_drops_and_refuses_and_is_its_own_normal_form() {
    let fixture = Fixture::with("");
    let mut builder = ZoneBuilder::new(name("@"));
    let mut proxied = set("www", RecordType::A, 300, &["192.0.2.1"]);
    proxied.settings = Settings([("cloudflare".to_owned(), serde_json::json!({"proxied": true}))].into());
    proxied.position = dnsure_zones::diagnostic::Position::parse("example.test.yaml:3:1");
    let refused = [
        set(
            "@",
            RecordType::DS,
            300,
            &["1 8 2 4b9b6b073edd97feb5bc12dc4e1b32d2c6af7ae23a293936ceb87bb10494ec44"],
        ),
        set("a\\.b", RecordType::A, 300, &["192.0.2.1"]),
        set("a.*.b", RecordType::A, 300, &["192.0.2.1"]),
        set("key", RecordType::DNSKEY, 300, &["257 3 8 AwEAAag="]),
        set("loc", RecordType::LOC, 300, &["52 N 4 E 42849672.95m"]),
        set("url", RecordType::URLFWD, 300, &["\"/\" \"https://example.net/\" 301 2 0"]),
        set("two", RecordType::CNAME, 300, &["a.", "b."]),
        set("mail", RecordType::MX, 300, &["10 mail_host.example.net."]),
        set("child", RecordType::NS, 300, &["."]),
        set("opt", RecordType::from_code(65401), 300, &["\\# 1 00"]),
    ];
    for set in refused.iter().chain([&proxied, &set("*.w", RecordType::A, 1, &["192.0.2.1"])]) {
        builder.push_set(set).unwrap();
    }
    let zone = builder.finish();
    let normal = fixture.backend.normalise(&zone);
    let names: Vec<String> = normal.refused.iter().map(|notice| notice.key.to_string()).collect();
    assert_eq!(names.len(), refused.len(), "{names:?}");
    assert_eq!(normal.notices.len(), 1, "{:?}", normal.notices);
    assert_eq!(normal.zone.set_count(), 2);
    assert!(normal.zone.sets().all(|set| set.settings().is_none()));
    assert!(normal.zone.sets().any(|set| set.position().is_some()));
    let again = fixture.backend.normalise(&normal.zone);
    assert!(again.notices.is_empty() && again.refused.is_empty());
    assert_eq!(diff(&normal.zone, &again.zone).count(), 0);
}
