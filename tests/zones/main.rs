//! Zones of all kinds: lists and globs, aliases, views, reverse zones, parts of zones, many of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../lab/mod.rs"]
mod lab;

mod aliases;
mod changed;
mod entries;
mod many;
mod names;
mod reverse;
mod targets;
mod unread;
mod views;

use lab::{Host, Kind, Project};
use std::sync::Arc;

/// Writes `dnsure.yaml` of the project: these providers and zones.
fn configure(project: &Project, providers: &[(&str, &Host)], zones: &str) {
    let mut text = String::from("providers:\n");
    for (name, host) in providers {
        text.push_str(&format!("  {name}: {}\n", host.provider()));
    }
    text.push_str("zones:\n");
    for line in zones.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("verify: {samples: 1, deadline: 20s, write_deadline: 200ms}\n");
    project.write("dnsure.yaml", &text);
}

/// An embedded server with these zones, and a project without zone files.
fn embedded(zones: &[(&str, &str)]) -> (Arc<Host>, Project) {
    let host = Host::start(Kind::Embedded, zones);
    let project = host.project(zones[0].0);
    (host, project)
}
