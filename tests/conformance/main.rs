//! The conformance scenarios on every backend, on real servers, under the eyes of the prober.
//!
//! What a backend refuses is listed in `refusals.rs`, state by state; a refusal that is not in
//! the list fails, and so does an entry that is not refused. There is no other way to skip one.
//!
//! `CONFORMANCE_ONLY=5,16` runs these groups only, for work on one of them; the lists are then
//! not compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "azure-dns")]
mod azure_dns;
#[cfg(feature = "cloud-dns")]
mod cloud_dns;
mod cloudflare;
mod files;
mod hosts;
mod panels;
mod refusals;
#[cfg(feature = "route53")]
mod route53;
mod served;
mod suite;
mod watching;
mod wildcards;

use cloudflare::CloudflareHost;
use dnsure_kit::Personality;
use files::FileHost;
use hosts::{BindHost, EmbeddedHost, KnotHost, PowerDnsHost};
use panels::PanelHost;
use std::time::Duration;
use suite::{conform, conform_in, conform_signed, conform_without};

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

#[cfg(feature = "cloud-dns")]
#[test]
fn cloud_dns() {
    conform(cloud_dns::GoogleHost::start, cloud_dns::REFUSED);
}

// One panel for each write unit, publishing to Knot, one of them to NSD as well. Thousands of names and of
// members (34 to 36, 74) go through one unit: where a write takes less, they are only more of the same, and
// slow. What single records look like does not hang on what a write takes, so that three units see them all:
// the strongest, and the two that write record by record.

const MANY: &[u8] = &[34, 35, 36, 74];
/// Besides those: every part of every record type, every kind of text, every spelling of a name.
const MANY_AND_LOOKS: &[u8] = &[
    17, 18, 19, 26, 27, 31, 32, 34, 35, 36, 37, 38, 39, 40, 42, 44, 45, 46, 50, 52, 53, 66, 68, 69, 70, 72,
    73, 74,
];

#[test]
fn panel_zone_batch() {
    conform(|| PanelHost::on_knot("zone-batch"), refusals::PANEL_BATCH);
}

#[test]
fn panel_whole_zone() {
    conform_without(MANY_AND_LOOKS, || PanelHost::on_knot("whole-zone"), refusals::PANEL);
}

#[test]
fn panel_staged() {
    conform_without(MANY_AND_LOOKS, || PanelHost::on_knot_and_nsd("staged"), refusals::PANEL);
}

#[test]
fn panel_owner_name() {
    conform_without(MANY_AND_LOOKS, || PanelHost::on_knot("owner-name"), refusals::PANEL);
}

#[test]
fn panel_record_set() {
    conform_without(MANY_AND_LOOKS, || PanelHost::on_knot("record-set"), refusals::PANEL_BY_SET);
}

#[test]
fn panel_record() {
    conform_without(MANY, || PanelHost::on_knot("record"), refusals::PANEL_BY_SET);
}

#[test]
fn panel_create_and_delete() {
    let refused = refusals::PANEL_CREATE_AND_DELETE;
    conform_without(MANY, || PanelHost::on_knot("create-and-delete"), refused);
}

#[cfg(feature = "route53")]
#[test]
fn route53_on_knot() {
    conform(route53::Route53Host::start, route53::REFUSED);
}

#[test]
fn files_on_bind() {
    conform(FileHost::on_bind, refusals::FILES_ON_BIND);
}

#[test]
fn files_on_nsd() {
    conform_without(MANY, FileHost::on_nsd, refusals::FILES);
}

#[test]
fn files_on_knot() {
    conform_in(FILES_IN_SHORT, FileHost::on_knot, &[]);
}

// The ways of misbehaving with which a panel can still hold what it is told to.

/// Groups of sets of one and of several members, of values and of TTLs.
const BY_RECORD: &[u8] = &[1, 3, 7, 9, 10, 11, 12, 13, 14, 29, 30, 42, 43, 67, 81];
const FEW: &[u8] = &[1, 7, 9, 10, 11];
/// Values, TTLs, swaps, wildcards, delegations, and every kind of text and name.
const FILES_IN_SHORT: &[u8] = &[1, 2, 3, 5, 7, 9, 10, 13, 16, 26, 32, 42, 66];

#[test]
fn panel_that_keeps_rows() {
    let start = || PanelHost::misbehaving("create-and-delete", &[Personality::Rows]);
    conform_in(BY_RECORD, start, refusals::PANEL_ROWS);
}

#[test]
fn panel_that_takes_duplicates() {
    let ways = [Personality::Rows, Personality::Duplicates];
    conform_in(BY_RECORD, || PanelHost::misbehaving("record", &ways), &[]);
}

#[test]
fn panel_that_is_slow() {
    let way = Personality::Slow(Duration::from_millis(300));
    conform_in(FEW, || PanelHost::misbehaving("record-set", &[way]), &[]);
}

#[test]
fn panel_that_asks_for_patience() {
    conform_in(FEW, || PanelHost::misbehaving("owner-name", &[Personality::TooMany(10)]), &[]);
}

#[test]
fn panel_that_loses_answers() {
    let ways: Vec<Personality> = (2..60).step_by(5).map(Personality::LosesAnswer).collect();
    conform_in(FEW, || PanelHost::misbehaving("create-and-delete", &ways), &[]);
}

// Thousands of names (34 to 36) are thousands of writes here, one a record set, so one of these groups stands for
// all three; nobody can put a type without a name (64) or octets that are no text (66) into the JSON of Azure.

#[cfg(feature = "azure-dns")]
#[test]
fn azure_dns() {
    conform_without(&[34, 35, 36, 64, 66], || azure_dns::AzureHost::start(false), azure_dns::STABLE);
}

#[cfg(feature = "azure-dns")]
#[test]
fn azure_dns_many() {
    conform_in(&[35], || azure_dns::AzureHost::start(false), &[]);
}

#[cfg(feature = "azure-dns")]
#[test]
fn azure_dns_preview() {
    conform_in(&[39, 45, 47, 48, 49], || azure_dns::AzureHost::start(true), azure_dns::PREVIEW);
}

#[test]
fn cloudflare() {
    conform_without(cloudflare::SENSELESS, CloudflareHost::start, cloudflare::REFUSED);
}
