//! What BIND does to names made from a wildcard, and nobody else does.
//!
//! While one atomic update changes the only record set at a wildcard, BIND 9.18 answers NXDOMAIN
//! for the names made from it, for as long as it writes its journal: its search for a wildcard
//! looks at the newest version of each record set only, and that one is not committed yet. A
//! record set at the wildcard that the update leaves alone keeps it found. Knot has no such hole.

use dnsure_kit::query::rtype;
use dnsure_kit::{Bind, Knot, Prober, Report, Server, nsupdate, prober, zone_text};
use std::time::Duration;

const ZONE: &str = "wild.example.";

/// Fifty atomic updates of the wildcard's address, and what was seen of a name made from it.
fn changed(server: &Server) -> Report {
    let settings = prober::Settings { rate: 20_000, ..prober::Settings::default() };
    let prober = Prober::watch_with(&[server.addr()], &[("made-up.w.wild.example.", rtype::A)], settings);
    for host in 1..=50 {
        let update = format!("update delete *.w.{ZONE} A\nupdate add *.w.{ZONE} 300 A 192.0.2.{host}");
        nsupdate(server.addr(), ZONE, None, &update).unwrap();
        prober.mark();
        prober.wait_for_answers(40, Duration::from_secs(30)).unwrap();
    }
    let report = prober.stop();
    dnsure_kit::tell(&format!(
        "{}: {} of {} answers missing",
        server.kind(),
        report.missing().total(),
        report.answers()
    ));
    report
}

#[test]
fn bind_hides_the_answers_of_a_wildcard_while_its_only_record_set_changes() {
    // When this fails, BIND has mended it: `Host::hides_wildcards` can go.
    changed(&Bind::builder().zone(ZONE, zone_text(ZONE, "*.w 300 A 192.0.2.99")).start()).assert_hole();
}

#[test]
fn bind_hides_nothing_while_another_record_set_stands_at_the_wildcard() {
    let text = zone_text(ZONE, "*.w 300 A 192.0.2.99\n*.w 300 TXT stays");
    changed(&Bind::builder().zone(ZONE, text).start()).assert_no_hole();
}

#[test]
fn knot_hides_nothing_while_a_wildcard_changes() {
    changed(&Knot::builder().zone(ZONE, zone_text(ZONE, "*.w 300 A 192.0.2.99")).start()).assert_no_hole();
}
