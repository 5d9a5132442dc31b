//! The live suite at the kit's fakes: the same story, the same vendors' SDKs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "live/mod.rs"]
mod suite;

use dnsure_kit::cloud::Service;
use dnsure_kit::cloud::azure::Azure;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::cloud::google::{self, Google};
use dnsure_kit::cloud::route53::{self, Route53};
use dnsure_kit::{Knot, tell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use suite::{Account, Kind, ThrowAway, script, tell_it};

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

fn account(cloud: Kind, provider: String, secrets: &[(&str, &str)]) -> Account {
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
    cloud: Kind,
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
        zone.until_answered_by(&[addr]);
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
    rehearse(Kind::CloudDns, google, &[("SECRET", google::TOKEN)], |url| {
        format!("{{type: cloud-dns, project: {}, url: \"{url}\", token: \"env:SECRET\"}}", google::PROJECT)
    });
}

#[test]
fn route53() {
    rehearse(Kind::Route53, Route53::start(), &route53::variables(), |url| {
        format!("{{type: route53, url: \"{url}\"}}")
    });
}

#[test]
fn cloudflare() {
    rehearse(Kind::Cloudflare, Cloudflare::new(), &[("SECRET", Cloudflare::TOKEN)], |url| {
        format!("{{type: cloudflare, url: \"{url}/client/v4\", token: \"env:SECRET\"}}")
    });
}

#[test]
fn azure_dns() {
    rehearse(Kind::AzureDns, Azure::new(), &[("SECRET", Azure::TOKEN)], |url| {
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
    let account = account(Kind::Cloudflare, provider, &[("SECRET", Cloudflare::TOKEN)]);
    let ended = std::panic::catch_unwind(|| tell_it(&account, |zone| panic!("{} has no server", zone.name)));
    assert!(ended.is_err());
    let calls: Vec<String> = fake.calls().into_iter().map(|call| call.request.method).collect();
    assert_eq!((calls.first(), calls.last()), (Some(&"POST".into()), Some(&"DELETE".into())));
}

#[test]
fn a_cloud_that_takes_records_and_does_not_serve_them_fails_the_story() {
    let fake = dnsure_kit::Cloud::start(Cloudflare::new(), Vec::new());
    let provider = format!("{{type: cloudflare, url: \"{}/client/v4\", token: \"env:SECRET\"}}", fake.url());
    let account = Account {
        verify: "{samples: 1, deadline: 2s, write_deadline: 200ms}",
        ..account(Kind::Cloudflare, provider, &[("SECRET", Cloudflare::TOKEN)])
    };
    let mut server = None;
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| {
        tell_it(&account, |zone| {
            let text = fake.by_hand(|service| zone_file(service, &zone.name));
            let knot = server.insert(Knot::builder().zone(&zone.name, text).start());
            vec![knot.addr()]
        });
    }));
    let words = ended.unwrap_err().downcast::<String>().unwrap();
    assert!(words.contains("Some(13)"), "{words}");
}

#[test]
fn a_zone_set_aside_is_emptied_and_one_with_records_is_not_taken() {
    let service = Cloudflare::new().zone("aside.test.", "").zone("full.test.", "www 300 A 192.0.2.1");
    let fake = dnsure_kit::Cloud::start(service, Vec::new());
    let held = |zone: &str| fake.by_hand(|service| service.zone_mut(zone).records.len());
    let provider = format!("{{type: cloudflare, url: \"{}/client/v4\", token: \"env:SECRET\"}}", fake.url());
    let set_aside = |zone: &str| Account {
        zone: Some(zone.into()),
        ..account(
            Kind::Cloudflare,
            provider.clone(),
            &[("SECRET", Cloudflare::TOKEN), ("DNSURE_LIVE_CLOUDFLARE_ZONE", zone)],
        )
    };
    let account = set_aside("aside.test");
    let zone = ThrowAway::at(&account);
    zone.change("www", "A", 300, "192.0.2.7");
    assert_eq!(held("aside.test."), 1);
    drop(zone);
    assert_eq!(held("aside.test."), 0);
    script(&account, &["empty", "full.test"]).ends(1).tells(&["is not the zone"]);
    script(&account, &["delete", "aside.test"]).ends(1).tells(&["no throw-away zone"]);
    let full = set_aside("full.test");
    assert!(std::panic::catch_unwind(|| ThrowAway::at(&full)).is_err());
    script(&full, &["adopt", "full.test"]).ends(1).tells(&["full.test. has records"]);
    assert_eq!(held("full.test."), 1);
}
