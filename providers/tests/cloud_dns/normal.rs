//! What Cloud DNS can hold.

use super::*;
use dnsure_kit::cloud::google::ManagedZone;
use serde_json::json;

async fn refusals(google: Google, yaml: &str) -> Vec<String> {
    let fixture = Fixture::of(google);
    fixture.live().await;
    let normal = fixture.backend.normalise(&declared(yaml));
    let again = fixture.backend.normalise(&normal.zone);
    assert!(again.refused.is_empty(), "{:?}", again.refused);
    assert_eq!(format!("{:?}", again.zone), format!("{:?}", normal.zone), "twice is once");
    for notice in &normal.refused {
        assert!(notice.position.is_some());
    }
    normal.refused.iter().map(|notice| format!("{}: {}", notice.key, notice.message)).collect()
}

async fn is_refused(yaml: &str, words: &str) {
    let found = refusals(Google::new().with(zone("")), yaml).await;
    assert_eq!(found.len(), 1, "{yaml}: {found:?}");
    assert!(found[0].contains(words), "{found:?}");
}

#[tokio::test]
async fn types_and_places_that_google_does_not_take_are_refused() {
    is_refused("a: {type: HINFO, value: {cpu: x, os: y}}", "holds no HINFO").await;
    is_refused("a: {type: IPSECKEY, value: '\\# 4 0a010200'}", "no text of their type").await;
    is_refused("a: {type: DNAME, value: b.example.net.}", "holds no DNAME").await;
    is_refused("a: {type: ALIAS, value: b.example.net.}", "ALIAS at the apex only").await;
    is_refused("'*': {type: NS, value: b.example.net.}", "no NS records at a wildcard").await;
    is_refused("'': {type: DS, octodns: {lenient: true}, value: {key_tag: 1, algorithm: 13, digest_type: 2, digest: 'd2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971'}}", "RFC 4035 2.4").await;
    is_refused("'a$b': {type: A, value: 192.0.2.1}", "owner names of letters").await;
}

#[tokio::test]
async fn what_a_zone_holds_may_hang_on_who_sees_it_and_who_signs_it() {
    let alias = "'': {type: ALIAS, value: b.example.net.}";
    let key = "'': {type: DNSKEY, value: {flags: 257, protocol: 3, algorithm: 13, public_key: 'mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=='}}";
    let signed = |state: &str| zone("").having("dnssecConfig", json!({ "state": state }));
    assert_eq!(refusals(Google::new().with(zone("")), alias).await, [""; 0]);
    let found = refusals(Google::new().with(signed("on")), alias).await;
    assert!(found[0].contains("no ALIAS in a zone that it signs"), "{found:?}");
    let found = refusals(Google::new().with(zone("")), key).await;
    assert!(found[0].contains("keeps the DNSKEY records itself"), "{found:?}");
    assert_eq!(refusals(Google::new().with(signed("transfer")), key).await, [""; 0]);
    let private = Fixture::set_up(Google::new().with(zone("").private()), |settings| {
        settings.private = true;
    });
    let normal = private.backend.normalise(&declared(alias));
    assert!(normal.refused[0].message.contains("public zones only"), "{:?}", normal.refused);
}

#[tokio::test]
async fn settings_of_other_providers_are_left_out_and_unknown_own_ones_are_refused() {
    let fixture = Fixture::with("");
    let normal = fixture.backend.normalise(&declared(
        "a: {type: A, value: 192.0.2.1, octodns: {cloudflare: {proxied: true}, route53: {healthcheck: {request_interval: 10}}}}",
    ));
    assert!(normal.refused.is_empty() && normal.notices.is_empty(), "{normal:?}");
    assert!(normal.zone.get(&name("a"), RecordType::A).unwrap().settings().is_none());
    is_refused(
        "a: {type: A, value: 192.0.2.1, octodns: {googlecloud: {colour: red}}}",
        "`googlecloud` has no setting `colour`: it has routing-policy",
    )
    .await;
    is_refused(
        "a: {type: A, value: 192.0.2.1, octodns: {googlecloud: {routing-policy: {wrr: {items: []}}}}}",
        "leave out the other",
    )
    .await;
    is_refused("a: {type: A, octodns: {googlecloud: {routing-policy: fast}}}", "must be a mapping").await;
    is_refused("a: {type: A, octodns: {azuredns: {alias: /x}}}", "another provider's").await;
    is_refused("a: {type: A, value: 192.0.2.1, dnsure: {set: blue}}", "weighted or geo sets").await;
    is_refused(
        "a: {type: A, value: 192.0.2.1, dynamic: {pools: {}, rules: []}}",
        "cannot be carried to this provider",
    )
    .await;
}

#[tokio::test]
async fn what_is_live_is_never_refused() {
    let records: Vec<String> = (0..200).map(|i| format!("big.example.test. 60 A 10.0.0.{i}")).collect();
    let mut records: Vec<&str> = records.iter().map(String::as_str).collect();
    records.push("example.test. 60 DNSKEY 257 3 13 AAAA");
    let fixture = Fixture::of(Google::new().with(ManagedZone::new(ID, APEX)));
    fixture.cloud.by_hand(|google| google.put(ID, &records));
    let live = fixture.live().await;
    let normal = fixture.backend.normalise(&live.zone);
    assert!(normal.refused.is_empty(), "{:?}", normal.refused);
    assert_eq!(normal.zone.set_count(), live.zone.set_count());
}
