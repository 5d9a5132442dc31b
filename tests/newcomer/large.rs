//! A hundred thousand records by zone transfer.

use crate::lab::Host;
use dnsure_kit::{Bind, tell, zone_text};
use std::fmt::Write as _;
use std::time::Instant;

const NAMES: usize = 100_000;

#[test]
fn a_hundred_thousand_records_are_transferred_written_and_plan_to_nothing() {
    let zone = "large.test.";
    let mut records = String::new();
    for number in 0..NAMES {
        let (high, low) = (number / 250, number % 250);
        writeln!(records, "host{number} 300 A 198.{}.{}.{low}", 18 + high / 250, high % 250).unwrap();
    }
    let host = Host::bind(Bind::builder().zone(zone, zone_text(zone, &records)));
    let project = host.project(zone);
    let began = Instant::now();
    let server = host.addr().to_string();
    let ran = project.run(&["import", zone, "--axfr", &server, "--key", "ci.:hmac-sha256:env:LAB_SECRET"]);
    ran.ends(0).shows(&["100 004 record sets live", "100 003 written", "plan: no changes"]);
    let imported = began.elapsed();
    project.run(&["plan", "--detailed-exitcode"]).ends(0);
    tell(&format!(
        "100,000 records: imported in {imported:.1?}, planned in {:.1?}",
        began.elapsed() - imported
    ));
}
