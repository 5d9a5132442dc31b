//! boto3 finds in the rig what it would find at the service, as far as its users look.

use dnsure_kit::cloud::route53::Route53;
use dnsure_kit::query::{Form, ask, name_wire, rtype};
use dnsure_kit::{Aws, Cloud, Knot, oracle_script, zone_text};
use std::sync::Arc;
use std::time::Duration;

const APEX: &str = "example.test.";

#[test]
fn boto3_lists_writes_and_hits_the_errors() {
    let text = zone_text(APEX, "lb 60 A 192.0.2.20\n");
    let knot = Arc::new(Knot::builder().zone(APEX, text.clone()).start());
    let cloud = Cloud::start(Route53::start().zone(APEX, &text), vec![Arc::clone(&knot)]);
    let id = cloud.by_hand(|rig| {
        rig.pending(4);
        rig.id(APEX)
    });
    let said = oracle_script("route53_client.py", &[&cloud.url(), &id, APEX, "full"], "");
    let said = said.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.lines().count(), 8, "{said}");
    // What it wrote is served: one of the weighted sets.
    let answer = |owner: &str| {
        let name = name_wire(&format!("{owner}.{APEX}"));
        ask(knot.addr(), &name, rtype::A, Form::Udp, Duration::from_secs(5)).map(|answer| answer.texts())
    };
    assert!(answer("www").is_ok_and(|texts| texts.len() == 1));
    assert!(answer("weighted").is_ok_and(|texts| texts.len() == 1));
    assert_eq!(cloud.troubles(), [""; 0]);
}

#[test]
fn moto_itself_counts_the_records_of_a_batch() {
    let moto = Arc::new(Aws::moto());
    let mut rig = Route53::before(Arc::clone(&moto));
    let id = rig.create(APEX, false);
    let said = oracle_script("route53_client.py", &[&moto.url(), &id, APEX, "limits"], "");
    assert!(said.unwrap_or_else(|error| panic!("{error}")).contains("a thousand records"));
}

#[test]
fn an_alias_is_served_as_what_it_leads_to() {
    let text = zone_text(APEX, "lb 60 A 192.0.2.20\n");
    let knot = Arc::new(Knot::builder().zone(APEX, text.clone()).start());
    let cloud = Cloud::start(Route53::start().zone(APEX, &text), vec![Arc::clone(&knot)]);
    let alias = |owner: &str, zone: &str, target: &str| {
        format!(
            "<ResourceRecordSet><Name>{owner}.{APEX}</Name><Type>A</Type><AliasTarget><HostedZoneId>{zone}</HostedZoneId>\
             <DNSName>{target}</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>"
        )
    };
    cloud.by_hand(|rig| {
        let id = rig.id(APEX);
        rig.by_hand(&id, &[("CREATE", alias("www", &id, "LB.example.test"))]);
        rig.by_hand(&id, &[("CREATE", alias("cdn", "Z2FDTNDATAQYW2", "d1.cloudfront.net"))]);
    });
    let answer = |owner: &str| {
        let name = name_wire(&format!("{owner}.{APEX}"));
        ask(knot.addr(), &name, rtype::A, Form::Udp, Duration::from_secs(5)).map(|answer| answer.texts())
    };
    assert!(answer("www").is_ok_and(|texts| texts.concat().contains("192.0.2.20")));
    assert!(answer("cdn").is_ok_and(|texts| texts.concat().contains("192.0.2.253")));
}
