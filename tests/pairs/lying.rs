//! Panels that say "saved" and do not serve it: dnsure stops, names the servers, and takes back what it
//! wrote, whatever one write of the panel takes.

use crate::random::Pair;
use crate::stage::Stage;
use dnsure::apply::machine::{Outcome, Pace};
use dnsure_kit::{Bind, Knot, Nsd, Panel, Personality, Prober, Server, prober, tell};
use dnsure_zones::{Name, RecordType};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const UNITS: [&str; 7] =
    ["zone-batch", "whole-zone", "staged", "owner-name", "record-set", "record", "create-and-delete"];

/// A way to lie, and which of the three servers never get what is written.
const LIES: [(&str, Personality, &[usize]); 4] = [
    ("says yes", Personality::SaysYes(1), &[0, 1, 2]),
    ("serves on two of three", Personality::ServesOn(2), &[2]),
    ("stops after the first server", Personality::Stops(1), &[1, 2]),
    ("drops what it published", Personality::DropsAfter(Duration::from_millis(20)), &[0, 1, 2]),
];

fn pace(way: &Personality) -> Pace {
    Pace {
        // Good for so long in a row that a record that is dropped was seen to go.
        samples: if matches!(way, Personality::DropsAfter(_)) { 40 } else { 1 },
        between: SignedDuration::from_millis(10),
        deadline: SignedDuration::from_secs(6),
        ..Pace::default()
    }
}

fn zone_of(unit: &str, lie: usize) -> String {
    format!("{unit}-{lie}.example.")
}

fn zone_text(zone: &str) -> String {
    format!(
        "$ORIGIN {zone}\n@ 3600 SOA ns1.example.net. hostmaster.example.net. 1 3600 600 604800 300\n\
         @ 3600 NS ns1.example.net.\nwww 300 A 192.0.2.1\n"
    )
}

/// BIND, Knot and NSD with a zone for each unit and lie.
fn servers() -> [Arc<Server>; 3] {
    let (mut bind, mut knot, mut nsd) = (Bind::builder(), Knot::builder(), Nsd::builder());
    for unit in UNITS {
        for zone in (0..LIES.len()).map(|lie| zone_of(unit, lie)) {
            let text = zone_text(&zone);
            bind = bind.zone(&zone, text.clone());
            knot = knot.zone(&zone, text.clone());
            nsd = nsd.zone(&zone, text);
        }
    }
    [bind.start(), knot.start(), nsd.start()].map(Arc::new)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_panel_that_lies_is_found_out_its_servers_are_named_and_what_was_written_is_taken_back() {
    let servers = servers();
    let all = UNITS.map(|unit| {
        let servers = servers.clone();
        tokio::spawn(async move {
            for lie in 0..LIES.len() {
                found_out(unit, lie, &servers).await;
            }
        })
    });
    for one in all {
        one.await.unwrap();
    }
    tell(&format!("{} units, {} lies each: found out, named, taken back", UNITS.len(), LIES.len()));
}

async fn found_out(unit: &str, lie: usize, servers: &[Arc<Server>; 3]) {
    let (words, way, without) = &LIES[lie];
    let told = format!("{unit} that {words}");
    let zone = zone_of(unit, lie);
    let mut panel = Panel::builder().unit(unit).zone(&zone, zone_text(&zone)).personality(way.clone());
    if unit == "create-and-delete" {
        panel = panel.personality(Personality::Rows);
    }
    for server in servers {
        panel = panel.publish_to(Arc::clone(server));
    }
    let stage = Stage::over(panel.start(), pace(way));
    let one = |value: &str, ttl: u32| vec![(value.to_owned(), ttl)];
    let pair = Pair {
        owner: format!("www.{zone}"),
        from: RecordType::A,
        to: RecordType::A,
        before: one("192.0.2.1", 300),
        after: one("192.0.2.2", 60),
        stand_in: None,
    };
    let settings = prober::Settings { rate: 200, ..prober::Settings::default() };
    let prober = Prober::watch_with(&stage.servers, &[(&pair.owner, 1)], settings);
    let apex: Name = zone.parse().unwrap();
    let plan = stage.plan(&stage.live(&apex).await, &[&pair]).unwrap();
    let end = stage.apply(&plan).await;

    let takes_off = matches!(way, Personality::DropsAfter(_));
    let why = match &end.outcome {
        Outcome::RolledBack { why } => why.as_ref(),
        // What the panel takes off after it replaced it is gone, and what is put back too: only a
        // record that stands beside the new one lasts.
        other if takes_off && unit != "create-and-delete" => other,
        other => panic!("{told}: {other:?}"),
    };
    let Outcome::NotServed { verdict, .. } = why else { panic!("{told}: {why:?}") };
    let named: BTreeSet<SocketAddr> =
        verdict.unmet.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    let right: BTreeSet<SocketAddr> = without.iter().map(|server| stage.servers[*server]).collect();
    if takes_off {
        assert!(!named.is_empty() && named.is_subset(&right), "{told}: {named:?}");
    } else {
        assert_eq!(named, right, "{told}");
    }
    if !takes_off || unit == "create-and-delete" {
        // A name server has one TTL for a set, that of the record added last; a deletion leaves it.
        let left_behind: &[u32] = if unit == "create-and-delete" { &[60] } else { &[] };
        stage.assert_holds_or(&pair, pair.from, &pair.before, left_behind);
        prober.stop().assert_no_hole();
    }
}
