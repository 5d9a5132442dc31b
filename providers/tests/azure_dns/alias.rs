//! Alias records: sets without values, whose answers are an Azure resource's.

use super::*;

fn alias(text: &str) -> RecordSet {
    with(text, json!({ "alias": PUBLIC_IP }))
}

#[tokio::test]
async fn an_alias_is_made_of_a_plain_set_and_back_in_one_write_each() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let plain = set("www A 300 192.0.2.1");
    let (made, edited) = (alias("www A 300"), alias("www A 60"));
    for (before, after) in [(plain.clone(), made.clone()), (made, edited.clone()), (edited, plain)] {
        let end = fixture.write(Some(before), Some(after.clone())).await;
        assert!(accepted(&end), "{end:?}");
        assert_eq!(fixture.calls(), ["PUT /A/www 200 upon an etag"]);
        assert_eq!(fixture.set("www", RecordType::A).await, Some(after));
    }
    assert_eq!(fixture.kept("www", "A")["targetResource"], json!({}));
}

#[tokio::test]
async fn aliases_of_every_type_are_created_led_elsewhere_and_deleted() {
    for text in ["@ A 60", "@ AAAA 60", "www CNAME 60"] {
        let fixture = Fixture::with("");
        let made = alias(text);
        assert!(accepted(&fixture.write(None, Some(made.clone())).await), "{text}");
        let mut elsewhere = made.clone();
        elsewhere
            .settings
            .0
            .insert("azuredns".into(), json!({ "alias": "/subscriptions/x", "metadata": { "a": "b" } }));
        assert!(accepted(&fixture.write(Some(made), Some(elsewhere.clone())).await), "{text}");
        let live = fixture.live().await;
        assert_eq!(live.zone.get_key(&elsewhere.key).unwrap().to_set(), elsewhere);
        assert!(accepted(&fixture.write(Some(elsewhere.clone()), None).await), "{text}");
        assert!(fixture.live().await.zone.get_key(&elsewhere.key).is_none());
    }
}

#[tokio::test]
async fn a_foreign_hand_that_leads_an_alias_elsewhere_is_seen() {
    let fixture = Fixture::with("");
    assert!(accepted(&fixture.write(None, Some(alias("www A 60"))).await));
    let live = fixture.live().await;
    fixture.cloud.by_hand(|azure| {
        let properties = json!({ "TTL": 60, "targetResource": { "id": "/subscriptions/stranger" } });
        azure.plant(APEX, "www", "A", properties);
    });
    let end = fixture.write_upon(&live, Some(alias("www A 60")), Some(set("www A 60 192.0.2.1"))).await;
    stale(&end, &format!(r#"was (TTL 60) with {{"azuredns":{{"alias":"{PUBLIC_IP}"}}}} when planned"#));
    stale(&end, r#"and is (TTL 60) with {"azuredns":{"alias":"/subscriptions/stranger"}} now"#);
}

#[tokio::test]
async fn addresses_that_azure_lists_beside_an_alias_are_its_own() {
    let fixture = Fixture::with("");
    fixture.cloud.by_hand(|azure| {
        let properties = json!({
            "TTL": 60, "targetResource": { "id": PUBLIC_IP }, "ARecords": [{ "ipv4Address": "203.0.113.9" }],
        });
        azure.plant(APEX, "www", "A", properties);
    });
    assert_eq!(fixture.set("www", RecordType::A).await, Some(alias("www A 60")));
    assert!(accepted(&fixture.write(Some(alias("www A 60")), Some(alias("www A 30"))).await));
}
