//! The live suite at the kit's fakes: the same story, the same vendors' SDKs.

#[path = "live/mod.rs"]
mod suite;

use dnsure_kit::cloud::Service;
use dnsure_kit::cloud::azure::Azure;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::cloud::google::{self, Google};
use dnsure_kit::cloud::route53::{self, Route53};
use dnsure_kit::{Knot, tell};
use std::collections::BTreeMap;
use std::sync::Arc;
use suite::{Account, Cloud, script, tell_it};

const PARENT: &str = "rehearsal.test";

/// Two zones left over, one of which is old, and two that no test has made.
const OLD: &str = "dnsure-live-20200101t0000-0123abcd.rehearsal.test.";
const NEW: &str = "dnsure-live-29990101t0000-0123abcd.rehearsal.test.";
const OTHERS: [&str; 2] = ["rehearsal.test.", "dnsure-live.rehearsal.test."];

/// The zone file of a new zone, as the cloud has filled it.
fn zone_file<S: Service>(service: &S, zone: &str) -> String {
    let served = service.served(zone);
    let sets = served.iter().flat_map(|((name, rtype), (ttl, data))| {
        data.iter().map(move |data| format!("{name} {ttl} IN {rtype} {data}\n"))
    });
    sets.collect()
}

fn account(cloud: Cloud, provider: String, secrets: &[(&str, &str)]) -> Account {
    let mut environment: BTreeMap<String, String> =
        secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    environment.insert("PATH".into(), std::env::var("PATH").unwrap_or_default());
    Account {
        cloud,
        provider,
        environment,
        parent: PARENT.into(),
        zone: None,
        verify: "{samples: 1, deadline: 20s, write_deadline: 200ms}",
    }
}

/// The whole story, and the broom.
fn rehearse<S: Service>(
    cloud: Cloud,
    service: S,
    secrets: &[(&str, &str)],
    provider: impl Fn(&str) -> String,
) {
    let mut fake = dnsure_kit::Cloud::start(service, Vec::new());
    let account = account(cloud, provider(&fake.url()), secrets);
    sweeping_takes_old_zones_of_tests_and_no_others(&account);
    fake.forget_calls();
    tell_it(&account, |zone| {
        let text = fake.by_hand(|service| zone_file(service, &zone.name));
        let server = Arc::new(Knot::builder().zone(&zone.name, text).start());
        let addr = server.addr();
        fake.publish_to(server);
        vec![addr]
    });
    assert_eq!(fake.troubles(), Vec::<String>::new());
    let calls = fake.calls();
    tell(&format!("{}  {} calls in all, SDK included", cloud.name(), calls.len()));
    // The last ones deleted the zone.
    assert!(calls.iter().rev().take(3).any(|call| call.request.method == "DELETE"));
}

fn sweeping_takes_old_zones_of_tests_and_no_others(account: &Account) {
    let list = |arguments: &[&str]| -> Vec<String> {
        let ran = script(account, arguments);
        ran.ends(0);
        serde_json::from_str(&ran.out).unwrap()
    };
    for zone in [OLD, NEW] {
        script(account, &["create", zone]).ends(0).shows(&["name_servers"]);
    }
    for zone in OTHERS {
        script(account, &["create", zone]).ends(1).tells(&["is no throw-away zone"]);
        script(account, &["delete", zone]).ends(1).tells(&["is no throw-away zone"]);
    }
    assert_eq!(list(&["list-old"]), [OLD]);
    assert_eq!(list(&["sweep"]), [OLD]);
    assert_eq!(list(&["list-old"]), [""; 0]);
    script(account, &["delete", NEW]).ends(0);
    // One that is gone is gone.
    script(account, &["delete", NEW]).ends(0);
}

#[test]
fn cloud_dns() {
    let mut google = Google::new();
    google.pending = 2;
    rehearse(Cloud::CloudDns, google, &[("SECRET", google::TOKEN)], |url| {
        format!("{{type: cloud-dns, project: {}, url: \"{url}\", token: \"env:SECRET\"}}", google::PROJECT)
    });
}

#[test]
fn route53() {
    rehearse(Cloud::Route53, Route53::start(), &route53::variables(), |url| {
        format!("{{type: route53, url: \"{url}\"}}")
    });
}

#[test]
fn cloudflare() {
    rehearse(Cloud::Cloudflare, Cloudflare::new(), &[("SECRET", Cloudflare::TOKEN)], |url| {
        format!("{{type: cloudflare, url: \"{url}/client/v4\", token: \"env:SECRET\"}}")
    });
}

#[test]
fn azure_dns() {
    rehearse(Cloud::AzureDns, Azure::new(), &[("SECRET", Azure::TOKEN)], |url| {
        format!(
            "{{type: azure-dns, url: \"{url}\", subscription: {}, resource_group: {}, token: \"env:SECRET\"}}",
            Azure::SUBSCRIPTION,
            Azure::GROUP
        )
    });
}

#[test]
fn a_story_that_fails_deletes_its_zone_all_the_same() {
    let fake = dnsure_kit::Cloud::start(Cloudflare::new(), Vec::new());
    let provider = format!("{{type: cloudflare, url: \"{}/client/v4\", token: \"env:SECRET\"}}", fake.url());
    let account = account(Cloud::Cloudflare, provider, &[("SECRET", Cloudflare::TOKEN)]);
    let ended = std::panic::catch_unwind(|| tell_it(&account, |zone| panic!("{} has no server", zone.name)));
    assert!(ended.is_err());
    let calls: Vec<String> = fake.calls().into_iter().map(|call| call.request.method).collect();
    assert_eq!((calls.first(), calls.last()), (Some(&"POST".into()), Some(&"DELETE".into())));
}
