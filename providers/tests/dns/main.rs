//! The DNS client: on real servers, on servers that misbehave, on hostile bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod asking;
mod axfr;
mod increments;
mod messages;
mod proxy;
mod transfers;
mod tsig;

use dnsure_kit::zone_text;
use dnsure_zones::{Name, RecordType};

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn question(text: &str, rtype: RecordType) -> dnsure_providers::dns::Question {
    dnsure_providers::dns::Question { name: name(text), rtype }
}

/// `example.` with so many hosts.
pub(crate) fn large_zone(hosts: usize) -> String {
    let records: String = (0..hosts)
        .map(|host| format!("host{host} 300 A 10.{}.{}.{}\n", host >> 16, host >> 8 & 255, host & 255))
        .collect();
    zone_text("example.", &records)
}
