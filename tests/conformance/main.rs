//! The conformance scenarios on every backend, on real servers, under the eyes of the prober.
//!
//! What a backend refuses is listed in `refusals.rs`, state by state; a refusal that is not in
//! the list fails, and so does an entry that is not refused. There is no other way to skip one.
//!
//! `CONFORMANCE_ONLY=5,16` runs these groups only, for work on one of them; the lists are then
//! not compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod hosts;
mod refusals;
mod served;
mod suite;
mod watching;
mod wildcards;

use hosts::{BindHost, EmbeddedHost, KnotHost, PowerDnsHost};
use suite::{conform, conform_signed};

#[test]
fn embedded() {
    conform(EmbeddedHost::start, refusals::EMBEDDED);
}

#[test]
fn bind() {
    conform(|| BindHost::start(false), refusals::BIND);
}

#[test]
fn bind_signing_inline() {
    conform_signed(|| BindHost::start(true), refusals::BIND_SIGNED);
}

#[test]
fn knot() {
    conform(|| KnotHost::start(false), refusals::KNOT);
}

#[test]
fn knot_signing() {
    conform_signed(|| KnotHost::start(true), refusals::KNOT_SIGNED);
}

#[test]
fn powerdns_by_api() {
    conform(|| PowerDnsHost::start(false, false), refusals::POWERDNS_API);
}

#[test]
fn powerdns_signed_by_api() {
    conform_signed(|| PowerDnsHost::start(false, true), refusals::POWERDNS_API_SIGNED);
}

#[test]
fn powerdns_by_update() {
    conform(|| PowerDnsHost::start(true, false), refusals::POWERDNS_UPDATE);
}

#[test]
fn powerdns_signed_by_update() {
    conform_signed(|| PowerDnsHost::start(true, true), refusals::POWERDNS_UPDATE_SIGNED);
}
