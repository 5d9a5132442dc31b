//! A whole backend in one file, and the conformance scenarios on it:
//!
//! ```sh
//! tests/install
//! cargo run --features conformance --example tiny_backend            # a dozen groups
//! cargo run --features conformance --example tiny_backend -- all     # all of them
//! ```
//!
//! `backend.rs` is what docs/backends.md explains; `service.rs` is the DNS service it talks to, which
//! publishes to a real name server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod backend;
mod service;

use backend::Notebook;
use dnsure::conformance::{Subject, Unwatched, run};
use dnsure_kit::{Cloud, Knot};
use dnsure_providers::scenarios::groups;
use dnsure_zones::Name;
use std::process::ExitCode;
use std::sync::Arc;

const ZONE: &str = "tiny.example.";

fn zone_file() -> String {
    format!(
        "$ORIGIN {ZONE}\n$TTL 3600\n@ SOA ns1.example.org. hostmaster.example.org. 1 3600 600 604800 300\n\
         @ NS ns1.example.org.\n@ NS ns2.example.org.\n"
    )
}

fn main() -> ExitCode {
    let all = std::env::args().any(|argument| argument == "all");
    if conforms(|group| all || group <= 12) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the groups of these numbers; whether every state was reached or refused.
fn conforms(chosen: impl Fn(u8) -> bool) -> bool {
    let knot = Arc::new(Knot::builder().zone(ZONE, zone_file()).start());
    let cloud = Cloud::start(service::Notebook::new(ZONE, zone_file()), vec![knot]);
    let backend = Notebook::new(&cloud.url(), service::TOKEN.into(), cloud.servers()).unwrap();

    let zone: Name = ZONE.parse().unwrap();
    let name_servers: Vec<Name> =
        ["ns1.example.org.", "ns2.example.org."].map(|name| name.parse().unwrap()).into();
    let chosen: Vec<_> =
        groups(&zone, &name_servers).into_iter().filter(|group| chosen(group.number)).collect();
    let state = tempfile::tempdir().unwrap();
    let subject = Subject::new(Arc::new(backend), zone, name_servers, state.path());

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let report = runtime.block_on(async { run(&subject, &chosen, &mut Unwatched).await }).unwrap();
    for (group, state, why) in report.refusals() {
        println!("refused  {} / {}: {}", group.name, state.title, why[0]);
    }
    for (group, state, why) in report.failures() {
        println!("FAILED   {} / {}: {why}", group.name, state.title);
    }
    println!("{} groups, {} states reached", report.groups.len(), report.reached());
    report.failures().next().is_none() && report.reached() > 0
}

#[cfg(test)]
#[test]
fn a_dozen_groups_pass() {
    assert!(conforms(|group| group <= 12));
}
