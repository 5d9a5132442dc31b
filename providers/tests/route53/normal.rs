//! What a zone file may say, and what it is turned into.

use super::*;
use serde_json::{Value, json};

fn alias_of(yaml: &str) -> (RecordKey, Value) {
    let normal = declared(yaml);
    assert!(normal.refused.is_empty(), "{:?}", normal.refused);
    let set = normal.zone.sets().next().unwrap().to_set();
    assert!(set.rdatas().is_empty());
    (set.key, set.settings.0["route53"]["alias"].clone())
}

#[track_caller]
fn refusal(yaml: &str, line: u32, words: &str) {
    let normal = declared(yaml);
    let [refused] = normal.refused.as_slice() else { panic!("{yaml}: {:?}", normal.refused) };
    assert!(refused.message.contains(words), "{}", refused.message);
    assert_eq!(refused.position.as_ref().unwrap().line, line);
    assert!(normal.zone.is_empty());
}

#[test]
fn octodns_s_pseudo_type_means_aliases_of_the_real_types() {
    let apex = "www: {type: Route53Provider/ALIAS, values: [{type: A}]}";
    assert_eq!(alias_of(apex).1, json!({ "name": "example.test.", "evaluate-target-health": false }));
    let relative =
        "www: {type: Route53Provider/ALIAS, values: [{type: AAAA, name: LB, evaluate-target-health: true}]}";
    let (key, alias) = alias_of(relative);
    assert_eq!(key.rtype, RecordType::AAAA);
    assert_eq!(alias, json!({ "name": "lb.example.test.", "evaluate-target-health": true }));
    let service = "www: {type: Route53Provider/ALIAS, values: [{type: A, name: x.eu-west-1.elb.amazonaws.com., hosted-zone-id: Z32O12XQLNTSW2}]}";
    let wanted = json!({ "name": "x.eu-west-1.elb.amazonaws.com.", "hosted-zone-id": "Z32O12XQLNTSW2", "evaluate-target-health": false });
    assert_eq!(alias_of(service).1, wanted);
    let both =
        declared("www: {type: Route53Provider/ALIAS, values: [{type: A, name: lb}, {type: AAAA, name: lb}]}");
    let types: Vec<RecordType> = both.zone.sets().map(|set| set.rtype()).collect();
    assert_eq!(types, [RecordType::A, RecordType::AAAA]);
    let position = both.zone.sets().next().unwrap().position().unwrap();
    assert_eq!(position.line, 1);
}

#[test]
fn a_real_type_with_the_same_settings_means_the_same() {
    let pseudo = alias_of("www: {type: Route53Provider/ALIAS, values: [{type: A, name: lb}]}");
    assert_eq!(alias_of("www: {type: A, octodns: {route53: {alias: {name: lb}}}}"), pseudo);
    assert_eq!(alias_of("www: {type: A, octodns: {route53: {alias: {name: lb.Example.test.}}}}"), pseudo);
}

#[test]
fn normal_forms_stay_as_they_are() {
    let yaml = "www:\n- {type: A, value: 192.0.2.1, dnsure: {set: blue}, octodns: {route53: {weight: 10, health-check-id: abc}}}\n\
        - {type: A, value: 192.0.2.2, dnsure: {set: green}, octodns: {route53: {weight: 0, multivalue: false}}}\n\
        cdn: {type: Route53Provider/ALIAS, ttl: 5, values: [{type: A, name: www}]}\n\
        mail: {type: MX, value: {preference: 10, exchange: mx.example.}, octodns: {cloudflare: {comment: x}, route53: {healthcheck: {measure_latency: true}}}}\n";
    let once = declared(yaml);
    assert!(once.refused.is_empty(), "{:?}", once.refused);
    let backend = Route53::new(settings("http://127.0.0.1:1".into())).unwrap();
    let twice = backend.normalise(&once.zone);
    let sets = |zone: &Zone| zone.sets().map(|set| set.to_set()).collect::<Vec<_>>();
    assert_eq!(sets(&once.zone), sets(&twice.zone));
    // Others' settings, and what octoDNS reads beside `dynamic` only, mean nothing here.
    assert!(once.zone.get(&name("mail"), RecordType::MX).unwrap().settings().is_none());
    assert_eq!(once.zone.get(&name("cdn"), RecordType::A).unwrap().ttl().as_secs(), 86_400);
}

#[test]
fn what_route53_can_never_hold_is_refused_with_its_place() {
    let routed = |own: &str, id: &str| {
        format!(
            "ok: {{type: A, value: 192.0.2.1}}\nwww: {{type: A, value: 192.0.2.1, {id} octodns: {{route53: {own}}}}}"
        )
    };
    let second = |yaml: &str, words: &str| {
        let normal = declared(yaml);
        let [refused] = normal.refused.as_slice() else { panic!("{yaml}: {:?}", normal.refused) };
        assert!(refused.message.contains(words), "{}", refused.message);
        let place = refused.position.as_ref().unwrap();
        assert_eq!((&*place.file, place.line), ("zones/example.test.yaml", 2));
    };
    second(&routed("{weight: 1}", ""), "dnsure: {set: blue}");
    second(&routed("{weight: 1, region: eu-west-1}", "dnsure: {set: a},"), "several ways");
    second(&routed("{}", "dnsure: {set: a},"), "nothing says when");
    second(&routed("{wait: 1}", "dnsure: {set: a},"), "no setting `wait`");
    second(&routed("{weight: 256}", "dnsure: {set: a},"), "from 0 to 255");
    second(&routed("{failover: third}", "dnsure: {set: a},"), "primary or secondary");
    second(&routed("{geo: EU}", "dnsure: {set: a},"), "a mapping");
    second(&routed("{geo: {planet: earth}}", "dnsure: {set: a},"), "no setting `planet`");
    second(&routed("{traffic-policy-instance-id: x}", ""), "no setting");
    second(&routed("{alias: {name: lb}}", ""), "an alias has no values");
    refusal("www: {type: DNAME, value: other.example.}", 1, "holds no DNAME records: exclude this target");
    refusal("www: {type: A, octodns: {azuredns: {alias: /x}}}", 1, "exclude this target");
    refusal(
        "www: {type: A, octodns: {route53: {alias: {name: lb.example.net.}}}}",
        1,
        "`hosted-zone-id` of the target",
    );
    refusal(
        "www: {type: A, octodns: {route53: {alias: {name: lb, hosted-zone-id: Z1}}}}",
        1,
        "end the name with a dot",
    );
    refusal(
        "www: {type: A, value: 192.0.2.1, dynamic: {pools: {a: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}}",
        1,
        "say `status: up`",
    );
    refusal("www: {type: A, value: 192.0.2.1, geo: {EU: [192.0.2.2]}}", 1, "write `dynamic`");
    let addresses: Vec<String> =
        (0..401).map(|number| format!("10.0.{}.{}", number / 250, number % 250)).collect();
    refusal(
        &format!("www: {{type: A, values: [{}]}}", addresses.join(", ")),
        1,
        "401 records, and Route 53 holds 400 in a set",
    );
    refusal(&format!("www: {{type: TXT, value: {}}}", "x".repeat(4_001)), 1, "4000 at most");
}

#[test]
fn an_alias_and_values_of_the_same_type_are_one_set_too_many() {
    let normal = declared(
        "www:\n- {type: A, value: 192.0.2.1}\n- {type: Route53Provider/ALIAS, values: [{type: A, name: lb}]}\n",
    );
    assert_eq!(normal.refused.len(), 1);
    assert!(normal.refused[0].message.contains("declared beside it"));
}
