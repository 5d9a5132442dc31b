//! The story of `tests/live/` at real accounts, for those who have them: docs/live.md. Behind the feature
//! `live`, which nobody builds by accident; what is not set up fails.

#[path = "live/mod.rs"]
mod suite;

use suite::{Account, Cloud, tell_it};

fn at(cloud: Cloud) {
    tell_it(&Account::of_environment(cloud), |_| Vec::new());
}

#[test]
fn cloud_dns() {
    at(Cloud::CloudDns);
}

#[test]
fn route53() {
    at(Cloud::Route53);
}

#[test]
fn cloudflare() {
    at(Cloud::Cloudflare);
}

#[test]
fn azure_dns() {
    at(Cloud::AzureDns);
}
