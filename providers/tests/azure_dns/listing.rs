//! What is listed in an unusual form is kept, told, and never lost.

use super::*;

async fn planted(rtype: &str, properties: Value) -> (Fixture, Live) {
    let fixture = Fixture::with("");
    fixture.cloud.by_hand(|azure| azure.plant(APEX, "odd", rtype, properties));
    let live = fixture.live().await;
    (fixture, live)
}

#[tokio::test]
async fn names_are_absolute_with_and_without_a_final_dot() {
    for spelling in ["www.example.net", "www.example.net."] {
        let properties = json!({ "TTL": 60, "CNAMERecord": { "cname": spelling }, "targetResource": {} });
        let (_, live) = planted("CNAME", properties).await;
        let odd = live.zone.get(&name("odd"), RecordType::CNAME).unwrap().to_set();
        assert_eq!(odd, set("odd CNAME 60 www.example.net."));
    }
}

#[tokio::test]
async fn a_set_without_records_is_nothing_and_is_filled_upon_its_etag() {
    for rtype in ["A", "CNAME"] {
        let properties = json!({ "TTL": 60, "metadata": { "kept": "yes" }, "targetResource": {} });
        let (fixture, live) = planted(rtype, properties).await;
        assert_eq!(live.zone.at(&name("odd")).count(), 0);
        let wanted = if rtype == "A" { "odd A 300 192.0.2.1" } else { "odd CNAME 300 example.net." };
        let wanted = with(wanted, json!({ "metadata": { "kept": "yes" } }));
        fixture.cloud.forget_calls();
        let end = fixture.write_upon(&live, None, Some(wanted)).await;
        assert!(accepted(&end), "{end:?}");
        assert_eq!(fixture.calls(), [format!("PUT /{rtype}/odd 200 upon an etag")]);
        assert_eq!(fixture.kept("odd", rtype)["metadata"], json!({ "kept": "yes" }));
    }
}

#[tokio::test]
async fn an_unknown_field_of_a_record_locks_its_set_and_one_beside_them_is_sent_back() {
    let record = json!({ "ipv4Address": "192.0.2.1", "weight": 3 });
    let (fixture, live) = planted("A", json!({ "TTL": 60, "ARecords": [record] })).await;
    let key = set("odd A 60 192.0.2.1").key;
    assert!(live.locked[&key].contains("a field `weight` that dnsure does not know"), "{:?}", live.locked);
    let end = fixture.write_upon(&live, Some(set("odd A 60 192.0.2.1")), None).await;
    refused(&end, "nothing was sent");

    let record = json!({ "ipv4Address": "192.0.2.1" });
    let beside = json!({ "TTL": 60, "ARecords": [record], "surprise": { "of": ["next", "year"] } });
    let (fixture, live) = planted("A", beside).await;
    assert!(live.locked.is_empty());
    let end =
        fixture.write_upon(&live, Some(set("odd A 60 192.0.2.1")), Some(set("odd A 30 192.0.2.2"))).await;
    assert!(accepted(&end), "{end:?}");
    let kept = fixture.kept("odd", "A");
    assert_eq!(kept["surprise"], json!({ "of": ["next", "year"] }));
    assert_eq!((&kept["TTL"], &kept["ARecords"]), (&json!(30), &json!([{ "ipv4Address": "192.0.2.2" }])));
}

#[tokio::test]
async fn a_set_of_a_traffic_manager_profile_is_kept_and_locked() {
    let profile = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/trafficManagerProfiles/p";
    let properties = json!({ "TTL": 60, "trafficManagementProfile": { "id": profile } });
    let (fixture, live) = planted("A", properties).await;
    let listed = live.zone.get(&name("odd"), RecordType::A).unwrap().to_set();
    assert_eq!(listed, with("odd A 60", json!({ "traffic-management-profile": profile })));
    assert!(live.locked[&listed.key].contains("Traffic Manager profile"));
    refused(&fixture.write_upon(&live, Some(listed), None).await, "Traffic Manager profile");
}

#[tokio::test]
async fn texts_that_could_not_be_written_back_are_shown_and_locked() {
    let properties = json!({ "TTL": 60, "TXTRecords": [{ "value": ["grüß"] }] });
    let (_, live) = planted("TXT", properties).await;
    let listed = live.zone.get(&name("odd"), RecordType::TXT).unwrap().to_set();
    assert_eq!(listed.rdatas()[0].wire(), b"\x06gr\xc3\xbc\xc3\x9f");
    assert!(live.locked[&listed.key].contains("could not write it back"));
}

#[tokio::test]
async fn types_of_the_preview_are_carried_verbatim_where_they_are_not_known_and_read_where_they_are() {
    let digest = json!({ "algorithmType": 2, "value": "AB".repeat(32) });
    let ds = json!({ "keyTag": 7, "algorithm": 13, "digest": digest });
    let (fixture, live) = planted("DS", json!({ "TTL": 60, "DSRecords": [ds] })).await;
    let wanted = set(&format!("odd DS 60 7 13 2 {}", "ab".repeat(32)));
    assert_eq!(live.zone.get(&name("odd"), RecordType::DS).unwrap().to_set(), wanted);
    let mut settings = settings(&fixture.cloud);
    settings.preview = true;
    let preview = AzureDns::new(settings).unwrap();
    let Reading::Live(live) = preview.read(&name("@")).await.unwrap() else { panic!("no zone") };
    let tlsa = set("_25._tcp TLSA 60 3 1 1 0011");
    let naptr = set(r#"n NAPTR 60 100 10 "U" "E2U+sip" "!^.*$!sip:a@b!" ."#);
    for added in [tlsa, naptr] {
        let end = preview.write(&name("@"), &changes(None, Some(added.clone())), &live).await;
        assert!(accepted(&end), "{end:?}");
        let Reading::Live(now) = preview.read(&name("@")).await.unwrap() else { panic!("no zone") };
        assert_eq!(now.zone.get_key(&added.key).unwrap().to_set(), added);
    }
    assert!(fixture.cloud.calls().iter().any(|call| call.request.target.contains("2023-07-01-preview")));
}

#[tokio::test]
async fn what_is_no_record_is_no_zone() {
    for (rtype, properties) in [
        ("A", json!({ "TTL": 60, "ARecords": [{ "ipv4Address": "2001:db8::1" }] })),
        ("A", json!({ "TTL": 60, "ARecords": [{}] })),
        ("MX", json!({ "TTL": 60, "MXRecords": [{ "preference": 70000, "exchange": "mx." }] })),
        ("TXT", json!({ "TTL": 60, "TXTRecords": [{ "value": ["x".repeat(256)] }] })),
        ("A", json!({ "TTL": null })),
    ] {
        let fixture = Fixture::with("");
        fixture.cloud.by_hand(|azure| azure.plant(APEX, "odd", rtype, properties.clone()));
        let error = fixture.error().await;
        assert!(matches!(error, BackendError::Incomplete { .. }), "{properties}: {error}");
    }
}
