//! Under the prober: nothing is missing on the way, nothing old comes back.

use super::*;
use dnsure_kit::Prober;
use dnsure_kit::query::rtype;

const A: u16 = rtype::A;

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_missing_and_none_is_old_once_settled_while_a_name_swaps_types() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nx.www 300 A 192.0.2.1");
    let watched = [("www.example.test.", A), ("x.www.example.test.", A)];
    let prober = Prober::watch(&[fixture.server.addr()], &watched);
    let mut stale = 0_u64;
    for round in 0..30 {
        prober.begin_change(&watched);
        let target = format!("t{round}.example.net.");
        let address = format!("192.0.2.{}", round + 1);
        let wanted = if round % 2 == 0 {
            [set("www", RecordType::A, 300, &[]), set("www", RecordType::CNAME, 300 + round, &[&target])]
        } else {
            [set("www", RecordType::CNAME, 300, &[]), set("www", RecordType::A, 300 + round, &[&address])]
        };
        fixture.accepted(&wanted).await;
        fixture.settle().await;
        prober.declare_served(&watched);
        prober.mark();
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        stale = prober.report().old_after_new();
    }
    let report = prober.stop();
    println!("30 swaps, {stale} old answers: {report}");
    report.assert_no_hole();
    report.assert_no_change_after_served();
}

#[tokio::test(flavor = "multi_thread")]
async fn names_below_a_wildcard_show_the_new_answer_once_settled() {
    let fixture = Fixture::with("*.w 300 A 192.0.2.1");
    let names: Vec<String> = (0..10).map(|index| format!("n{index}.w.example.test.")).collect();
    let watched: Vec<(&str, u16)> = names.iter().map(|name| (name.as_str(), A)).collect();
    let prober = Prober::watch(&[fixture.server.addr()], &watched);
    for round in 0..15_u8 {
        prober.begin_change(&watched);
        let address = format!("192.0.2.{}", round + 2);
        fixture.accepted(&[set("*.w", RecordType::A, 300, &[&address])]).await;
        fixture.settle().await;
        prober.declare_served(&watched);
        prober.mark();
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        for name in &names {
            let report = prober.report();
            let last = report.last(fixture.server.addr(), name, A).unwrap().to_vec();
            assert_eq!(last, [format!("300 A {address}")]);
        }
    }
    let report = prober.stop();
    println!("15 changes of a wildcard: {report}");
    report.assert_no_hole();
    report.assert_no_change_after_served();
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_zones_are_written_like_others() {
    let builder = dnsure_kit::PowerDns::builder().signed();
    let fixture = Fixture::of(builder.zone(APEX, zone_text(APEX, "www 300 A 192.0.2.1")).start());
    let watched = [("www.example.test.", A)];
    let prober = Prober::watch(&[fixture.server.addr()], &watched);
    for round in 0..10 {
        let address = format!("192.0.2.{}", round + 2);
        fixture.accepted(&[set("www", RecordType::A, 300, &[&address])]).await;
        fixture.accepted(&[set(&format!("new{round}"), RecordType::TXT, 300, &["\"x\""])]).await;
        fixture.settle().await;
    }
    prober.mark();
    prober.wait_for_round(Duration::from_secs(10)).unwrap();
    let report = prober.stop();
    report.assert_no_hole();
    let name = dnsure_kit::query::name_wire("new9.example.test.");
    let answer = dnsure_kit::ask(
        fixture.server.addr(),
        &name,
        rtype::TXT,
        dnsure_kit::Form::EdnsDo,
        Duration::from_secs(2),
    )
    .unwrap();
    assert!(answer.answer.iter().any(|rr| rr.rtype == rtype::RRSIG), "{answer:?}");
    // What the server makes itself is not in the listing.
    assert!(fixture.live().await.zone.sets().all(|set| set.rtype() != RecordType::RRSIG));
}
