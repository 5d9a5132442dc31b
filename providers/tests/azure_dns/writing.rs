//! Writes, each compared.

use super::*;

fn www(ttl: u32, addresses: &str) -> RecordSet {
    set(&format!("www A {ttl} {addresses}"))
}

#[tokio::test]
async fn a_set_is_created_replaced_and_deleted_by_one_conditional_call_each() {
    let fixture = Fixture::with("");
    let (one, two) = (www(300, "192.0.2.1"), www(60, "192.0.2.2, 192.0.2.3"));
    for (before, after, call) in [
        (None, Some(one.clone()), "PUT /A/www 201 upon nothing"),
        (Some(one), Some(two.clone()), "PUT /A/www 200 upon an etag"),
        (Some(two), None, "DELETE /A/www 200 upon an etag"),
    ] {
        let end = fixture.write(before, after.clone()).await;
        assert!(accepted(&end), "{end:?}");
        assert_eq!(fixture.calls(), [call]);
        assert_eq!(fixture.set("www", RecordType::A).await, after);
    }
}

#[tokio::test]
async fn every_type_comes_back_as_it_was_written() {
    let fixture = Fixture::with("");
    for text in [
        "a A 1 192.0.2.1, 192.0.2.2",
        "a AAAA 2147483647 2001:db8::1, ::ffff:192.0.2.1",
        r#"a CAA 60 0 issue "ca.example.net; a=b", 128 iodef "mailto:x@example.net""#,
        "*.w CNAME 60 Target.Example.NET.",
        "a MX 60 10 mx1, 20 mx2.example.net.",
        "child NS 60 ns.child, ns.example.net.",
        "1 PTR 60 host.example.net., other.example.net.",
        "_sip._tcp SRV 60 1 2 3 sip, 0 0 0 .",
        r#"a TXT 60 "one" "two", "a \"quote\" \\ and ; %""#,
        "* A 60 192.0.2.9",
    ] {
        let wanted = set(text);
        let end = fixture.write(None, Some(wanted.clone())).await;
        assert!(accepted(&end), "{text}: {end:?}");
        let found = fixture.live().await.zone.get_key(&wanted.key).map(|set| set.to_set());
        assert_eq!(found, Some(wanted), "{text}");
    }
}

#[tokio::test]
async fn several_writes_follow_one_reading_also_to_the_same_set() {
    let fixture = Fixture::with("other 300 A 192.0.2.9");
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    let states =
        [None, Some(www(300, "192.0.2.1")), Some(www(60, "192.0.2.1")), None, Some(www(60, "192.0.2.7"))];
    for pair in states.windows(2) {
        let end = fixture.write_upon(&live, pair[0].clone(), pair[1].clone()).await;
        assert!(accepted(&end), "{end:?}");
    }
    let end = fixture.write_upon(&live, Some(set("other A 300 192.0.2.9")), None).await;
    assert!(accepted(&end), "{end:?}");
    assert_eq!(
        fixture.calls(),
        [
            "PUT /A/www 201 upon nothing",
            "PUT /A/www 200 upon an etag",
            "DELETE /A/www 200 upon an etag",
            "PUT /A/www 201 upon nothing",
            "DELETE /A/other 200 upon an etag",
        ]
    );
}

#[tokio::test]
async fn between_writes_the_touched_sets_are_read_anew_and_a_young_listing_stands_for_the_rest() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nother 300 A 192.0.2.9");
    let keys = [RecordKey::new(name("www"), RecordType::A), RecordKey::new(name("new"), RecordType::A)];
    let touched: Vec<&RecordKey> = keys.iter().collect();
    let first = fixture.live().await;
    let end = fixture.write_upon(&first, None, Some(set("own A 60 192.0.2.3"))).await;
    assert!(accepted(&end), "{end:?}");
    fixture.cloud.by_hand(|azure| azure.edit(APEX, "www", "A", 300, &["192.0.2.66"]));
    fixture.cloud.by_hand(|azure| azure.edit(APEX, "new", "A", 300, &["192.0.2.67"]));
    fixture.cloud.forget_calls();
    let Reading::Live(again) = fixture.backend.read_for(&name("@"), &first, &touched).await.unwrap() else {
        panic!("the zone is missing")
    };
    assert_eq!(fixture.calls(), ["GET /A/www 200", "GET /A/new 200"]);
    assert_eq!(format!("{:?}", again.zone), format!("{:?}", fixture.live().await.zone));
    let end = fixture.write_upon(&again, Some(www(300, "192.0.2.66")), Some(www(300, "192.0.2.2"))).await;
    assert!(accepted(&end), "{end:?}");
}

#[tokio::test]
async fn an_old_listing_is_made_anew_before_a_write() {
    let cloud = Cloud::start(Azure::new().zone(APEX, &zone_text(APEX, "www 300 A 192.0.2.1")), Vec::new());
    let mut settings = settings(&cloud);
    settings.lists_again_after = std::time::Duration::ZERO;
    let fixture = Fixture { backend: AzureDns::new(settings).unwrap(), cloud };
    let before = fixture.live().await;
    fixture.cloud.by_hand(|azure| azure.edit(APEX, "elsewhere", "A", 300, &["192.0.2.66"]));
    let key = RecordKey::new(name("www"), RecordType::A);
    let Reading::Live(again) = fixture.backend.read_for(&name("@"), &before, &[&key]).await.unwrap() else {
        panic!("the zone is missing")
    };
    assert!(again.zone.get(&name("elsewhere"), RecordType::A).is_some());
}

#[tokio::test]
async fn a_foreign_write_between_read_and_write_is_stale_and_both_values_are_told() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let (before, after) = (Some(www(300, "192.0.2.1")), Some(www(300, "192.0.2.2")));
    let live = fixture.live().await;
    fixture.cloud.by_hand(|azure| azure.edit(APEX, "www", "A", 77, &["192.0.2.66"]));
    fixture.cloud.forget_calls();
    let end = fixture.write_upon(&live, before.clone(), after.clone()).await;
    stale(&end, "www.example.test. A was 192.0.2.1 (TTL 300) when planned and is 192.0.2.66 (TTL 77) now");
    assert_eq!(fixture.calls(), ["PUT /A/www 412 upon an etag", "GET /A/www 200"]);
    // Deletion is compared as well, and the foreign value stays.
    stale(&fixture.write_upon(&live, before.clone(), None).await, "192.0.2.66");
    assert_eq!(fixture.set("www", RecordType::A).await, Some(www(77, "192.0.2.66")));
    // With a fresh reading the difference is seen before anything is sent.
    let fresh = fixture.live().await;
    fixture.cloud.forget_calls();
    stale(&fixture.write_upon(&fresh, before, after).await, "is 192.0.2.66 (TTL 77) now");
    assert!(fixture.calls().is_empty());
}

#[tokio::test]
async fn a_foreign_write_back_and_forth_is_stale_too() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|azure| {
        azure.edit(APEX, "www", "A", 300, &["192.0.2.66"]);
        azure.edit(APEX, "www", "A", 300, &["192.0.2.1"]);
    });
    let end = fixture.write_upon(&live, Some(www(300, "192.0.2.1")), None).await;
    stale(&end, "is 192.0.2.1 (TTL 300) now");
}

#[tokio::test]
async fn creation_and_deletion_by_another_hand_are_stale() {
    let fixture = Fixture::with("gone 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.by_hand(|azure| {
        azure.edit(APEX, "www", "A", 77, &["192.0.2.66"]);
        azure.edit(APEX, "gone", "A", 0, &[]);
    });
    stale(
        &fixture.write_upon(&live, None, Some(www(300, "192.0.2.2"))).await,
        "www.example.test. A was absent when planned and is 192.0.2.66 (TTL 77) now",
    );
    let gone = set("gone A 300 192.0.2.1");
    for after in [None, Some(set("gone A 300 192.0.2.2"))] {
        stale(&fixture.write_upon(&live, Some(gone.clone()), after).await, "is absent now");
    }
    assert_eq!(fixture.set("www", RecordType::A).await, Some(www(77, "192.0.2.66")));
    assert_eq!(fixture.set("gone", RecordType::A).await, None);
}

#[tokio::test]
async fn metadata_is_kept_edited_and_taken_away() {
    let owner = |text: &str| json!({ "metadata": { "owner": text } });
    let fixture = Fixture::with("");
    let first = with("www A 300 192.0.2.1", owner("web"));
    assert!(accepted(&fixture.write(None, Some(first.clone())).await));
    assert_eq!(fixture.kept("www", "A")["metadata"], json!({ "owner": "web" }));
    let value = with("www A 300 192.0.2.2", owner("web"));
    assert!(accepted(&fixture.write(Some(first.clone()), Some(value.clone())).await));
    let edited = with("www A 300 192.0.2.2", owner("shop"));
    assert!(accepted(&fixture.write(Some(value), Some(edited.clone())).await));
    assert_eq!(fixture.set("www", RecordType::A).await, Some(edited.clone()));
    // A foreign hand on the metadata alone is as stale as any.
    let live = fixture.live().await;
    let mut properties = fixture.kept("www", "A");
    properties["metadata"]["owner"] = "mail".into();
    fixture.cloud.by_hand(|azure| azure.plant(APEX, "www", "A", properties));
    let plain = www(300, "192.0.2.2");
    let end = fixture.write_upon(&live, Some(edited), Some(plain.clone())).await;
    stale(&end, r#"with {"azuredns":{"metadata":{"owner":"shop"}}} when planned"#);
    stale(&end, r#"with {"azuredns":{"metadata":{"owner":"mail"}}} now"#);
    let now = with("www A 300 192.0.2.2", owner("mail"));
    assert!(accepted(&fixture.write(Some(now), Some(plain.clone())).await));
    assert_eq!(fixture.set("www", RecordType::A).await, Some(plain));
}

#[tokio::test]
async fn the_soa_goes_out_with_the_next_serial_and_the_apex_loses_neither_soa_nor_ns() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    let [soa, ns] =
        [RecordType::SOA, RecordType::NS].map(|rtype| live.zone.get(&name("@"), rtype).unwrap().to_set());
    let wanted = set("@ SOA 600 ns1 hostmaster 99 3600 600 604800 77");
    let end = fixture.write_upon(&live, Some(soa.clone()), Some(wanted)).await;
    assert!(accepted(&end), "{end:?}");
    let kept = fixture.kept("@", "SOA");
    assert_eq!((&kept["TTL"], &kept["SOARecord"]["serialNumber"]), (&json!(600), &json!(2)));
    assert_eq!(kept["SOARecord"]["minimumTTL"], 77);
    for apex in [soa, ns] {
        refused(&fixture.write(Some(apex), None).await, "never be deleted");
        assert!(fixture.calls().is_empty());
    }
}

#[tokio::test]
async fn what_azure_refuses_is_refused_with_its_words_and_more_than_one_set_is_not_sent() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let end = fixture.write(None, Some(set("www CNAME 300 example.net."))).await;
    refused(&end, "HTTP 400 (request 5d3c0f5e");
    refused(&end, "BadRequest The record set 'www' of type 'CNAME' cannot be created");
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    let both = [changes(None, Some(set("a A 60 192.0.2.1"))), changes(None, Some(set("b A 60 192.0.2.1")))];
    refused(&fixture.backend.write(&name("@"), &both.concat(), &live).await, "takes one record set");
    refused(&fixture.write_upon(&live, None, Some(set("a TXT 60 \"\\255\""))).await, "printable ASCII");
    assert!(fixture.calls().is_empty());
    assert!(accepted(&fixture.backend.write(&name("@"), &[], &live).await));
}

#[tokio::test]
async fn a_reader_is_told_which_role_is_missing() {
    let fixture = Fixture::with("");
    let mut settings = settings(&fixture.cloud);
    settings.credentials = AzureCredentials::Token(Azure::READER.into());
    let reader = AzureDns::new(settings).unwrap();
    let Reading::Live(live) = reader.read(&name("@")).await.unwrap() else { panic!("no zone") };
    let end = reader.write(&name("@"), &changes(None, Some(www(60, "192.0.2.1"))), &live).await;
    refused(&end, "AuthorizationFailed");
    refused(&end, "DNS Zone Contributor");
}
