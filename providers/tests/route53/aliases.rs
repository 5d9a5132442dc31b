//! Sets without values, and several sets of one name and type.

use super::*;
use serde_json::json;

fn alias(owner: &str, target: &str, zone: Option<&str>) -> RecordSet {
    let mut alias = set(&format!("{owner} 86400 A 192.0.2.1"));
    alias = RecordSet::new(alias.key, alias.ttl, []);
    let mut own = json!({ "name": target, "evaluate-target-health": false });
    if let Some(zone) = zone {
        own["hosted-zone-id"] = zone.into();
    }
    alias.settings.0.insert("route53".into(), json!({ "alias": own }));
    alias
}

fn weighted(owner: &str, id: &str, weight: u32, value: &str) -> RecordSet {
    let mut weighted = set(&format!("{owner} 60 A {value}"));
    weighted.key.set_id = Some(id.into());
    weighted.settings.0.insert("route53".into(), json!({ "weight": weight }));
    weighted
}

#[tokio::test]
async fn aliases_within_the_zone_and_out_of_it_come_back_as_they_were_written() {
    let fixture = Fixture::with("lb 60 A 192.0.2.1\n");
    let inside = alias("www", "lb.example.test.", None);
    let outside = alias("cdn", "d111111abcdef8.cloudfront.net.", Some("Z2FDTNDATAQYW2"));
    token(&fixture.write(&changes(&[(None, Some(inside.clone())), (None, Some(outside.clone()))])).await);
    let live = fixture.live().await;
    for wanted in [inside, outside.clone()] {
        assert_eq!(live.zone.get_key(&wanted.key).unwrap().to_set(), wanted);
    }
    // A neighbour's change leaves them alone; their own goes through, compared.
    token(&fixture.write(&replace("lb 60 A 192.0.2.1", "lb 60 A 192.0.2.2")).await);
    assert_eq!(fixture.live().await.zone.get_key(&outside.key).unwrap().to_set(), outside);
    let other = alias("cdn", "d222222abcdef8.cloudfront.net.", Some("Z2FDTNDATAQYW2"));
    let live = fixture.live().await;
    token(&fixture.write_upon(&changes(&[(Some(outside.clone()), Some(other.clone()))]), &live).await);
    stale(&fixture.write_upon(&changes(&[(Some(outside), Some(other))]), &live).await, "do not match");
}

#[tokio::test]
async fn what_an_alias_leads_to_is_created_before_it_and_deleted_after_it() {
    let fixture = Fixture::with("");
    // In the order of names the aliases come first; the rig refuses one whose target is not there.
    let sets =
        [alias("a", "b.example.test.", None), alias("b", "c.example.test.", None), set("c 60 A 192.0.2.1")];
    let all: Vec<_> = sets.iter().map(|set| (None, Some(set.clone()))).collect();
    token(&fixture.write(&changes(&all)).await);
    fixture.cloud.forget_calls();
    let all: Vec<_> = sets.iter().map(|set| (Some(set.clone()), None)).collect();
    token(&fixture.write(&changes(&all)).await);
    let calls = fixture.cloud.calls();
    let body = &calls.last().unwrap().request.body;
    let place = |owner: &str| body.find(&format!("<Name>{owner}.example.test.</Name>"));
    assert!(place("a") < place("b") && place("b") < place("c"), "{body}");
}

/// The first pool falls back to one that comes later in the order of names: the service takes each alias
/// only when something stands at its target.
#[tokio::test]
async fn the_sets_of_a_dynamic_record_are_created_and_deleted_in_one_batch() {
    let fixture = Fixture::with("");
    let yaml = "www:\n  type: A\n  ttl: 60\n  value: 192.0.2.9\n  dynamic:\n    pools:\n      \
        a: {fallback: b, values: [{value: 192.0.2.1, status: up}]}\n      \
        b: {fallback: c, values: [{value: 192.0.2.2, status: up}]}\n      \
        c: {values: [{value: 192.0.2.3, status: up}]}\n    rules:\n    - {geos: [EU], pool: a}\n    - {pool: b}\n";
    let normal = declared(yaml);
    assert!(normal.refused.is_empty(), "{:?}", normal.refused);
    let sets: Vec<RecordSet> = normal.zone.sets().map(|set| set.to_set()).collect();
    assert_eq!(sets.len(), 12);
    let all: Vec<_> = sets.iter().map(|set| (None, Some(set.clone()))).collect();
    // One change a name, as plans have it.
    token(&fixture.write(&changes(&all)).await);
    let live = fixture.live().await;
    for set in &sets {
        assert_eq!(live.zone.get_key(&set.key).map(|live| live.to_set()).as_ref(), Some(set));
    }
    let all: Vec<_> = sets.into_iter().map(|set| (Some(set), None)).collect();
    token(&fixture.write_upon(&changes(&all), &live).await);
    let calls = fixture.cloud.calls();
    let body = &calls.last().unwrap().request.body;
    let place = |label: &str| body.find(&format!("<Name>{label}www.example.test.</Name>"));
    assert!(place("") < place("_octodns-a-pool.") && place("_octodns-a-pool.") < place("_octodns-a-value."));
}

#[tokio::test]
async fn an_alias_takes_the_place_of_values_in_one_batch() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\nlb 60 A 192.0.2.2\n");
    let after = alias("www", "lb.example.test.", None);
    token(&fixture.write(&changes(&[(Some(set("www 60 A 192.0.2.1")), Some(after.clone()))])).await);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), after);
}

#[tokio::test]
async fn weighted_sets_are_told_apart_and_edited_one_by_one() {
    let fixture = Fixture::with("");
    let (blue, green) = (weighted("www", "blue", 90, "192.0.2.1"), weighted("www", "green", 10, "192.0.2.2"));
    token(&fixture.write(&changes(&[(None, Some(blue.clone())), (None, Some(green.clone()))])).await);
    let less = weighted("www", "blue", 0, "192.0.2.1");
    token(&fixture.write(&changes(&[(Some(blue), Some(less.clone()))])).await);
    let live = fixture.live().await;
    assert_eq!(live.zone.get_key(&less.key).unwrap().to_set(), less);
    assert_eq!(live.zone.get_key(&green.key).unwrap().to_set(), green);
    assert_eq!(live.zone.at(&name("www")).count(), 2);
}

#[tokio::test]
async fn an_alias_may_be_one_of_several_sets() {
    let fixture = Fixture::with("lb 60 A 192.0.2.1\n");
    let mut one = alias("www", "lb.example.test.", None);
    one.key.set_id = Some("first".into());
    one.settings.0.get_mut("route53").unwrap()["failover"] = "primary".into();
    let mut other = weighted("www", "second", 1, "192.0.2.2");
    other.settings.0.insert("route53".into(), json!({ "failover": "secondary" }));
    token(&fixture.write(&changes(&[(None, Some(one.clone())), (None, Some(other.clone()))])).await);
    in_order(&fixture);
    let live = fixture.live().await;
    assert_eq!(live.zone.get_key(&one.key).unwrap().to_set(), one);
    assert_eq!(live.zone.get_key(&other.key).unwrap().to_set(), other);
    token(&fixture.write(&changes(&[(Some(one), None)])).await);
}

/// The elements of what was written last stand in the order of botocore's model.
fn in_order(fixture: &Fixture) {
    const ORDER: [&str; 15] = [
        "Name",
        "Type",
        "SetIdentifier",
        "Weight",
        "Region",
        "GeoLocation",
        "Failover",
        "MultiValueAnswer",
        "TTL",
        "ResourceRecords",
        "AliasTarget",
        "HealthCheckId",
        "TrafficPolicyInstanceId",
        "CidrRoutingConfig",
        "GeoProximityLocation",
    ];
    let body = fixture.cloud.calls().last().unwrap().request.body.clone();
    for set in body.split("<ResourceRecordSet>").skip(1) {
        let places = ORDER.iter().filter_map(|name| set.find(&format!("<{name}>")));
        assert!(places.is_sorted(), "{set}");
    }
}

#[tokio::test]
async fn every_way_of_choosing_comes_back_as_it_was_written() {
    let ways = [
        json!({ "weight": 0 }),
        json!({ "region": "eu-central-1" }),
        json!({ "geo": { "continent": "EU" } }),
        json!({ "geo": { "country": "US", "subdivision": "CA" } }),
        json!({ "geo": { "country": "*" }, "health-check-id": "abc-1" }),
        json!({ "failover": "secondary" }),
        json!({ "multivalue": true }),
        json!({ "cidr": { "collection-id": "01234567-89ab-cdef-0123-456789abcdef", "location-name": "*" } }),
        json!({ "geoproximity": { "region": "eu-west-1", "bias": -10 } }),
        json!({ "geoproximity": { "coordinates": { "latitude": "47.37", "longitude": "8.54" } } }),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let fixture = Fixture::with("");
        let mut one = weighted("www", &format!("one-{number}"), 1, "192.0.2.1");
        one.settings.0.insert("route53".into(), way.clone());
        token(&fixture.write(&changes(&[(None, Some(one.clone()))])).await);
        in_order(&fixture);
        let live = fixture.live().await;
        assert_eq!(live.zone.get_key(&one.key).unwrap().to_set(), one, "{way}");
        assert!(live.locked.is_empty());
        let mut two = one.clone();
        two.ttl = Ttl::from_secs(30).unwrap();
        token(&fixture.write(&changes(&[(Some(one), Some(two))])).await);
        in_order(&fixture);
    }
}

#[tokio::test]
async fn what_a_traffic_policy_made_and_what_nobody_knows_is_locked() {
    let fixture = Fixture::with("policy 60 A 192.0.2.1\nnew 60 A 192.0.2.1\n");
    let id = "<TrafficPolicyInstanceId>d1f0a1b2-0000-4000-8000-000000000001</TrafficPolicyInstanceId>";
    fixture.cloud.by_hand(|rig| {
        rig.show(APEX, "policy.example.test.", "A", id);
        rig.show(APEX, "new.example.test.", "A", "<QuantumRouting>yes</QuantumRouting>");
    });
    let live = fixture.live().await;
    let locked = |owner: &str| live.locked[&RecordKey::new(name(owner), RecordType::A)].clone();
    assert!(locked("policy").contains("traffic policy"));
    assert!(locked("new").contains("QuantumRouting"));
    fixture.cloud.forget_calls();
    refused(
        &fixture.write_upon(&replace("new 60 A 192.0.2.1", "new 60 A 192.0.2.2"), &live).await,
        "QuantumRouting",
    );
    assert!(fixture.cloud.calls().is_empty());
}
