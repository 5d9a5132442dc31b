//! Zones that the server signs.

use crate::stage::{Kind, Running, Stage, apex, changes, listed};
use dnsure_kit::{Bind, Knot, PowerDns, Prober, nsupdate, zone_text};
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_providers::{Backend, WriteEnd};
use dnsure_zones::RecordType;
use std::time::Duration;

const RECORDS: &str = "www 300 A 192.0.2.1\nweb 300 A 192.0.2.9\nmail 300 MX 10 web";

fn signed(kind: Kind) -> Stage {
    let text = zone_text("example.", RECORDS);
    Stage::new(match kind {
        Kind::Bind => Running::Plain(Bind::builder().zone("example.", text).inline_signing().start()),
        Kind::Knot => Running::Plain(Knot::builder().zone("example.", text).signing().start()),
        Kind::PowerDns => {
            Running::PowerDns(PowerDns::builder().zone("example.", text).signed().without_caches().start())
        }
    })
}

async fn until_signed(stage: &Stage) {
    for _ in 0..200 {
        let live = stage.live().await.zone;
        if live.get(&apex(), RecordType::DNSKEY).is_some() && live.get(&apex(), RecordType::RRSIG).is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} does not sign", stage.server.kind());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_zones_are_changed_without_touching_what_the_server_keeps() {
    for kind in Kind::ALL {
        let stage = signed(kind);
        until_signed(&stage).await;
        let compare = stage.prepare().await;
        println!("{kind:?} signed: {compare:?}");
        let prober = Prober::watch(&[stage.addr()], &[("www.example.", 1)]);
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        for edits in [
            [("www", "A", ""), ("www", "CNAME", "60 web")],
            [("www", "CNAME", "60 mail"), ("mail", "A", "60 192.0.2.7")],
            [("www", "CNAME", "30 mail"), ("more", "CNAME", "60 web")],
            [("more", "CNAME", "60 web.example.org."), ("www", "CNAME", "30 web")],
            [("www", "CNAME", ""), ("www", "A", "60 192.0.2.7\n60 192.0.2.8")],
            [("www", "A", "30 192.0.2.7\n30 192.0.2.8"), ("new.ent", "TXT", "60 \"x\"")],
        ] {
            let live = stage.live().await;
            let planned = changes(&live.zone, &edits);
            let end = stage.backend.write(&apex(), &planned, &live).await;
            assert!(matches!(end, WriteEnd::Accepted { .. }), "{kind:?}: {end:?}");
            let wanted = listed(&crate::stage::edited(&live.zone, &edits));
            served(&stage, &wanted).await;
            prober.wait_for_round(Duration::from_secs(10)).unwrap();
        }
        let live = stage.live().await.zone;
        assert!(live.get(&apex(), RecordType::DNSKEY).is_some());
        assert!(live.sets().any(|set| set.rtype() == RecordType::RRSIG));
        let report = prober.stop();
        println!("{kind:?}: {report}");
        report.assert_no_hole();
    }
}

/// The zone as signed may follow the write a little later.
async fn served(stage: &Stage, wanted: &[String]) {
    let started = std::time::Instant::now();
    loop {
        let live = listed(&stage.live().await.zone);
        if live == wanted {
            println!("{}: in the transfer after {:?}", stage.server.kind(), started.elapsed());
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{live:#?}\n{wanted:#?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn the_soa_does_not_hold_where_the_served_serial_is_not_the_stored_one() {
    let stage = signed(Kind::Bind);
    until_signed(&stage).await;
    // One more change, so that the signed zone's serial is ahead for certain.
    nsupdate(stage.addr(), "example.", None, "update add more.example. 300 A 192.0.2.1").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.prepare().await, CompareAndSwap::Values, "BIND inline-signing");

    let text = zone_text("example.", RECORDS);
    let pdns = PowerDns::builder().zone("example.", text).soa_edit("INCEPTION-EPOCH").signed().start();
    let stage = Stage::new(Running::PowerDns(pdns));
    assert_eq!(stage.prepare().await, CompareAndSwap::Values, "PowerDNS with SOA-EDIT");

    let stage = signed(Kind::Knot);
    until_signed(&stage).await;
    assert_eq!(stage.prepare().await, CompareAndSwap::ValuesAndTtl, "Knot signing");
}

#[tokio::test]
async fn stale_values_are_refused_on_signed_zones_too() {
    for kind in Kind::ALL {
        let stage = signed(kind);
        until_signed(&stage).await;
        stage.prepare().await;
        let live = stage.live().await;
        let planned = changes(&live.zone, &[("www", "A", "300 192.0.2.2")]);
        let foreign = "update delete www.example. A\nupdate add www.example. 300 A 192.0.2.99";
        nsupdate(stage.addr(), "example.", None, foreign).unwrap();
        let end = stage.backend.write(&apex(), &planned, &live).await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        println!("{kind:?}: {reason}");
    }
}
