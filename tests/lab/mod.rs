//! A project of `dnsure` against a real server, in a few lines: a directory with `dnsure.yaml` and zone
//! files, a server that serves the zone, the program run with arguments and environment, the zone as
//! served, and the hand of a stranger who changes it behind dnsure's back.

// Each test program uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod project;
mod running;
mod server;
mod stranger;

pub use project::Project;
pub use running::{Background, Ran};
pub use server::{Host, Kind};

/// The zone of most tests.
pub const ZONE: &str = "example.test.";

/// The secret of the TSIG key of all servers here, as the environment carries it.
pub const SECRET: &str = "b25lIHNlY3JldCBmb3IgdGVzdHMgb2Ygb25lIGtleS4=";

/// A server of `kind` with `records` (`owner TTL TYPE rdata`, one a line) in [`ZONE`], and a project
/// that declares nothing yet.
pub fn on(kind: Kind, records: &str) -> Project {
    Host::start(kind, &[(ZONE, records)]).project(ZONE)
}

/// The name servers that every zone here has, in octoDNS's format.
pub fn apex(zone: &str) -> String {
    format!(
        "'': {{type: NS, values: [ns1.{zone}, ns2.{zone}]}}\n\
         ns1: {{type: A, value: 127.0.0.1}}\nns2: {{type: A, value: 127.0.0.2}}\n"
    )
}
