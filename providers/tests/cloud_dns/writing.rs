//! One change, compared set by set.

use super::*;
use serde_json::{Value, json};

const WWW: &str = "www A 300 192.0.2.1";

/// The body of the only change that was sent.
fn sent(fixture: &Fixture) -> Value {
    let calls = fixture.cloud.calls();
    let mut posts = calls.iter().filter(|call| call.request.method == "POST");
    let body = serde_json::from_str(&posts.next().unwrap().request.body).unwrap();
    assert!(posts.next().is_none(), "more than one write");
    body
}

#[tokio::test]
async fn a_write_is_one_change_that_deletes_what_is_there_and_adds_what_shall_be() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nold 60 TXT x\nshop 60 A 192.0.2.3\nshop 60 TXT x");
    let live = fixture.live().await;
    let swap = |before, after| SetChange::between(Option::map(before, set), Option::map(after, set)).unwrap();
    let shop = Change::new(vec![
        swap(Some("shop A 60 192.0.2.3"), None),
        swap(Some("shop TXT 60 x"), None),
        swap(None, Some("shop CNAME 60 shops.example.net.")),
    ]);
    let mut all = changes(&[
        (Some(WWW), Some("www A 60 192.0.2.1, 192.0.2.2")),
        (Some("old TXT 60 x"), None),
        (None, Some("new MX 60 10 mail.example.net.")),
    ]);
    all.extend(shop);
    fixture.calls();
    assert!(accepted(&fixture.backend.write(&name("@"), &all, &live).await));
    let record = |owner: &str, rtype: &str, ttl: u32, data: Value| {
        let name = format!("{owner}.example.test.");
        json!({ "kind": "dns#resourceRecordSet", "name": name, "type": rtype, "ttl": ttl, "rrdatas": data })
    };
    let body = sent(&fixture);
    assert_eq!(
        body["deletions"],
        json!([
            record("www", "A", 300, json!(["192.0.2.1"])),
            record("old", "TXT", 60, json!(["\"x\""])),
            record("shop", "A", 60, json!(["192.0.2.3"])),
            record("shop", "TXT", 60, json!(["\"x\""])),
        ])
    );
    assert_eq!(
        body["additions"],
        json!([
            record("www", "A", 60, json!(["192.0.2.1", "192.0.2.2"])),
            record("new", "MX", 60, json!(["10 mail.example.net."])),
            record("shop", "CNAME", 60, json!(["shops.example.net."])),
        ])
    );
    assert_eq!(
        fixture.set("shop", RecordType::CNAME).await.unwrap(),
        set("shop CNAME 60 shops.example.net.")
    );
}

#[tokio::test]
async fn a_set_that_changed_since_it_was_read_is_stale_and_named_by_its_place_in_the_change() {
    let hands =
        [("www.example.test. 60 A 192.0.2.1", "its TTL"), ("www.example.test. 300 A 192.0.2.9", "its data")];
    for (hand, what) in hands {
        let fixture = Fixture::with("www 300 A 192.0.2.1\nold 60 TXT x");
        let live = fixture.live().await;
        fixture.cloud.by_hand(|google| google.put(ID, &[hand]));
        let all = changes(&[(Some("old TXT 60 x"), None), (Some(WWW), Some("www A 300 192.0.2.2"))]);
        let end = fixture.backend.write(&name("@"), &all, &live).await;
        stale(
            &end,
            "HTTP 412: conditionNotMet Precondition not met for 'entity.change.deletions[1]'; this is www.example.test. A",
        );
        assert!(fixture.set("old", RecordType::TXT).await.is_some(), "all or nothing: {what}");
    }
}

#[tokio::test]
async fn a_set_that_appeared_or_went_since_it_was_read_is_stale_too() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|google| google.put(ID, &["new.example.test. 300 A 192.0.2.9"]));
    let end = fixture.backend.write(&name("@"), &changes(&[(None, Some("new A 60 192.0.2.1"))]), &live).await;
    stale(&end, "named 'new.example.test. (A)' already exists");
    fixture.cloud.by_hand(|google| google.remove(ID, "www.example.test.", "A"));
    let end = fixture.backend.write(&name("@"), &changes(&[(Some(WWW), None)]), &live).await;
    stale(&end, "named 'www.example.test. (A)' does not exist.; this is www.example.test. A");
}

#[tokio::test]
async fn a_set_that_is_not_what_the_change_was_made_from_is_stale_without_a_call() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.calls();
    for (before, after) in [
        (Some("www A 300 192.0.2.7"), None),
        (Some("gone A 300 192.0.2.7"), None),
        (None, Some("www A 300 192.0.2.2")),
    ] {
        let end = fixture.backend.write(&name("@"), &changes(&[(before, after)]), &live).await;
        stale(&end, "when planned and is");
    }
    assert_eq!(fixture.calls(), [""; 0]);
}

#[tokio::test]
async fn a_foreign_change_to_other_sets_does_not_stop_a_write() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|google| google.put(ID, &["other.example.test. 300 A 192.0.2.9"]));
    let all = changes(&[(Some(WWW), Some("www A 300 192.0.2.2"))]);
    assert!(accepted(&fixture.backend.write(&name("@"), &all, &live).await));
    assert!(fixture.set("other", RecordType::A).await.is_some());
}

#[tokio::test]
async fn soa_and_apex_ns_are_replaced_and_never_deleted_and_the_serial_moves_on() {
    let fixture = Fixture::with("");
    let soa = "@ SOA 3600 ns1 hostmaster 1 3600 600 604800 300";
    let other = "@ SOA 3600 ns1 hostmaster 1 3600 600 604800 60";
    let ns = "@ NS 3600 ns1, ns2";
    for gone in [soa, ns] {
        let end = fixture.write(&[(Some(gone), None)]).await;
        refused(&end, "can be replaced and never be deleted");
    }
    assert!(accepted(&fixture.write(&[(Some(ns), Some("@ NS 60 ns1, ns2, ns3.example.net."))]).await));
    assert!(accepted(&fixture.write(&[(Some(soa), Some(other))]).await));
    let serial = |zone: &ManagedZone| zone.set(APEX, "SOA").unwrap().rrdatas[0].clone();
    let held = fixture.cloud.by_hand(|google| serial(google.zone(ID)));
    assert_eq!(held, "ns1.example.test. hostmaster.example.test. 2 3600 600 604800 60");
}

#[tokio::test]
async fn names_are_sent_in_lower_case_and_texts_in_quotes() {
    let fixture = Fixture::with("");
    let text = r#"_X.Y TXT 60 "a b" "c;\"\\" "\195\164""#;
    assert!(accepted(&fixture.write(&[(None, Some(text)), (None, Some("*.W A 60 192.0.2.1"))]).await));
    let body = sent(&fixture);
    assert_eq!(body["additions"][0]["name"], "_x.y.example.test.");
    assert_eq!(body["additions"][0]["rrdatas"][0], r#""a b" "c;\"\\" "\195\164""#);
    assert_eq!(body["additions"][1]["name"], "*.w.example.test.");
    assert_eq!(fixture.set("_x.y", RecordType::TXT).await.unwrap(), set(text));
}

#[tokio::test]
async fn every_type_that_cloud_dns_holds_comes_back_as_it_was_sent() {
    let fixture = Fixture::with("");
    let texts = [
        "a A 60 192.0.2.1",
        "aaaa AAAA 60 ::ffff:192.0.2.1, 2001:db8::1",
        "caa CAA 60 0 issue \"ca.example; x=y\", 128 iodef \"mailto:a@b.example\"",
        "ds NS 60 ns.example.net.",
        "ds DS 60 60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
        "https HTTPS 60 1 . alpn=h2,h3 ipv4hint=192.0.2.1 ech=AAAA",
        "naptr NAPTR 60 100 10 \"u\" \"sip+E2U\" \"!^.*$!sip:info@foo.se!i\" .",
        "ptr PTR 60 a.example.net.",
        "spf SPF 60 \"v=spf1 -all\"",
        "srv SRV 60 0 5 5060 sip.example.net.",
        "sshfp SSHFP 60 2 1 123456789abcdef67890123456789abcdef67890",
        "svcb SVCB 60 0 foo.example.net.",
        "tlsa TLSA 60 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
        "@ ALIAS 60 www.example.net.",
    ];
    let sets: Vec<(Option<&str>, Option<&str>)> = texts.iter().map(|text| (None, Some(*text))).collect();
    assert!(accepted(&fixture.write(&sets).await));
    let live = fixture.live().await;
    for text in texts {
        let wanted = set(text);
        assert_eq!(live.zone.get_key(&wanted.key).unwrap().to_set(), wanted);
    }
    assert!(live.locked.is_empty());
}
