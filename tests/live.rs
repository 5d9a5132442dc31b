//! The story of `tests/live/` at real accounts, for those who have them: docs/live.md. Behind the feature
//! `live`, which nobody builds by accident; what is not set up fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "live/mod.rs"]
mod suite;

use suite::{Account, Kind, tell_it};

fn at(cloud: Kind) {
    tell_it(&Account::of_environment(cloud), |zone| {
        zone.until_answered_by(&zone.addresses());
        Vec::new()
    });
}

#[test]
fn cloud_dns() {
    at(Kind::CloudDns);
}

#[test]
fn route53() {
    at(Kind::Route53);
}

#[test]
fn cloudflare() {
    at(Kind::Cloudflare);
}

#[test]
fn azure_dns() {
    at(Kind::AzureDns);
}
