//! What a write must not destroy.

use super::*;

const WITH_EXTRAS: &str = r#"{"name":"www.example.test.","type":"A","ttl":300,"changetype":"REPLACE",
    "records":[{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.9","disabled":true}],
    "comments":[{"content":"ask ops","account":"ann"}]}"#;

fn listed(fixture: &Fixture, rtype: &str) -> Option<serde_json::Value> {
    let zone: serde_json::Value = serde_json::from_str(&fixture.listing()).unwrap();
    let sets = zone["rrsets"].as_array().unwrap().clone();
    sets.into_iter().find(|set| set["name"] == "www.example.test." && set["type"] == rtype)
}

fn contents(set: &serde_json::Value) -> Vec<(String, bool)> {
    let records = set["records"].as_array().unwrap();
    let mut contents: Vec<(String, bool)> = records
        .iter()
        .map(|record| (record["content"].as_str().unwrap().to_owned(), record["disabled"].as_bool().unwrap()))
        .collect();
    contents.sort();
    contents
}

#[tokio::test]
async fn comments_and_disabled_members_survive_a_replacement() {
    let fixture = Fixture::with("");
    fixture.patch(WITH_EXTRAS);
    let comment = listed(&fixture, "A").unwrap()["comments"].clone();
    fixture.accepted(&[set("www", RecordType::A, 60, &["192.0.2.2"])]).await;
    let now = listed(&fixture, "A").unwrap();
    assert_eq!(contents(&now), [("192.0.2.2".into(), false), ("192.0.2.9".into(), true)]);
    assert_eq!(now["comments"], comment);
}

#[tokio::test]
async fn a_disabled_member_that_is_declared_becomes_enabled() {
    let fixture = Fixture::with("");
    fixture.patch(WITH_EXTRAS);
    fixture.accepted(&[set("www", RecordType::A, 300, &["192.0.2.9"])]).await;
    assert_eq!(contents(&listed(&fixture, "A").unwrap()), [("192.0.2.9".into(), false)]);
}

#[tokio::test]
async fn disabled_members_survive_the_deletion_of_their_set_and_a_swap_of_types() {
    let fixture = Fixture::with("");
    fixture.patch(WITH_EXTRAS);
    fixture
        .accepted(&[
            set("www", RecordType::A, 300, &[]),
            set("www", RecordType::CNAME, 300, &["www.example.net."]),
        ])
        .await;
    let kept = listed(&fixture, "A").unwrap();
    assert_eq!(contents(&kept), [("192.0.2.9".into(), true)]);
    assert_eq!(kept["comments"][0]["content"], "ask ops");
    fixture
        .accepted(&[set("www", RecordType::CNAME, 300, &[]), set("www", RecordType::A, 300, &["192.0.2.3"])])
        .await;
    let now = listed(&fixture, "A").unwrap();
    assert_eq!(contents(&now), [("192.0.2.3".into(), false), ("192.0.2.9".into(), true)]);
    assert!(listed(&fixture, "CNAME").is_none());
}

#[tokio::test]
async fn the_way_back_of_a_deletion_brings_the_comments_back() {
    let fixture = Fixture::with("");
    fixture.patch(
        r#"{"name":"www.example.test.","type":"A","ttl":300,"changetype":"REPLACE",
            "records":[{"content":"192.0.2.1","disabled":false}],
            "comments":[{"content":"ask ops","account":"ann"}]}"#,
    );
    let live = fixture.live().await;
    let changes = changes(&live, &[set("www", RecordType::A, 300, &[])]);
    let end = fixture.backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    assert!(listed(&fixture, "A").is_none());
    let back: Vec<Change> = changes.iter().map(Change::reversed).collect();
    let end = fixture.backend.write(&name("@"), &back, &fixture.live().await).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    let now = listed(&fixture, "A").unwrap();
    assert_eq!(
        (&now["comments"][0]["content"], &now["comments"][0]["account"]),
        (&"ask ops".into(), &"ann".into())
    );
}

#[tokio::test]
async fn a_set_that_changed_meanwhile_is_stale_and_nothing_is_written() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nother 300 A 192.0.2.1");
    let live = fixture.live().await;
    let wanted =
        [set("www", RecordType::A, 300, &["192.0.2.2"]), set("other", RecordType::A, 300, &["192.0.2.2"])];
    let changes = changes(&live, &wanted);
    for foreign in [
        r#""ttl":300,"records":[{"content":"192.0.2.66","disabled":false}]"#,
        r#""ttl":301,"records":[{"content":"192.0.2.1","disabled":false}]"#,
        r#""ttl":300,"records":[]"#,
    ] {
        fixture
            .patch(&format!(r#"{{"name":"www.example.test.","type":"A","changetype":"REPLACE",{foreign}}}"#));
        let end = fixture.backend.write(&name("@"), &changes, &live).await;
        assert!(
            matches!(&end, WriteEnd::Stale { reason } if reason.contains("www.example.test. A was 192.0.2.1 (TTL 300) when planned and is")),
            "{end:?}"
        );
        assert_eq!(fixture.texts("other", RecordType::A).await, ["192.0.2.1"]);
    }
}

#[tokio::test]
async fn a_foreign_change_elsewhere_makes_nothing_stale() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    let changes = changes(&live, &[set("www", RecordType::A, 300, &["192.0.2.2"])]);
    fixture.patch(
        r#"{"name":"www.example.test.","type":"TXT","ttl":1,"changetype":"REPLACE","records":[{"content":"\"x\"","disabled":false}]}"#,
    );
    let end = fixture.backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    assert_eq!(fixture.texts("www", RecordType::TXT).await, ["\"x\""]);
}
