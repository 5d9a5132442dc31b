//! A zone at each of the clouds, with the hand of a stranger and what goes wrong on the way.

use crate::lab::{Host, Project, ZONE};
use dnsure_kit::cloud::azure::Azure;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::cloud::google::{self, Google, ManagedZone};
use dnsure_kit::cloud::route53::{self, Route53};
use dnsure_kit::cloud::{Call, Service};
use dnsure_kit::prober::Settings;
use dnsure_kit::{Cloud, Fault, Knot, Prober, Server, zone_text};
use std::sync::Arc;
use std::time::Duration;

/// A cloud as the plays need it, whichever it is.
trait At {
    fn fault(&self, fault: Fault);
    fn faults_are_used_up(&self) -> bool;
    fn calls(&self) -> Vec<Call>;
    fn publishes_after(&self, delay: Duration);
    fn troubles(&self) -> Vec<String>;
    /// Somebody else's change of the A records at `owner`, relative to the zone.
    fn edit(&self, owner: &str, address: &str);
}

/// One service with the hand that changes it.
struct Place<S: Service> {
    cloud: Cloud<S>,
    hand: fn(&mut S, &str, &str),
}

impl<S: Service> At for Place<S> {
    fn fault(&self, fault: Fault) {
        self.cloud.fault(fault);
    }

    fn faults_are_used_up(&self) -> bool {
        self.cloud.faults_are_used_up()
    }

    fn calls(&self) -> Vec<Call> {
        self.cloud.calls()
    }

    fn publishes_after(&self, delay: Duration) {
        self.cloud.publishes_after(delay);
    }

    fn troubles(&self) -> Vec<String> {
        self.cloud.troubles()
    }

    fn edit(&self, owner: &str, address: &str) {
        self.cloud.by_hand(|service| (self.hand)(service, owner, address));
    }
}

/// Which cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    CloudDns,
    Route53,
    Cloudflare,
    AzureDns,
}

impl Which {
    pub(crate) const ALL: [Self; 4] = [Self::CloudDns, Self::Route53, Self::Cloudflare, Self::AzureDns];

    /// Whether the types at a name can swap in one write.
    pub(crate) fn swaps_types(self) -> bool {
        self != Self::AzureDns
    }

    /// A part of the path of a listing.
    pub(crate) fn listing(self) -> &'static str {
        match self {
            Self::CloudDns => "/rrsets",
            Self::Route53 => "/rrset?",
            Self::Cloudflare => "/dns_records",
            Self::AzureDns => "recordsets",
        }
    }
}

/// A zone at one of the clouds, published to Knot, and a project for it.
pub(crate) struct Site {
    pub(crate) which: Which,
    pub(crate) project: Project,
    at: Box<dyn At>,
    servers: Vec<std::net::SocketAddr>,
}

fn absolute(owner: &str) -> String {
    format!("{owner}.{ZONE}")
}

fn knot(text: &str) -> Arc<Server> {
    Arc::new(Knot::builder().zone(ZONE, text.to_owned()).start())
}

impl Site {
    /// The zone with these records (`owner TTL TYPE data`).
    pub(crate) fn start(which: Which, records: &str) -> Self {
        let text = zone_text(ZONE, records);
        match which {
            Which::CloudDns => {
                let mut google = Google::new().with(ManagedZone::from_file("main", ZONE, &text));
                google.pending = 1;
                let entry = format!("project: {}", google::PROJECT);
                Self::of(which, google, &text, "", &entry, google::TOKEN, |google, owner, address| {
                    google.put("main", &[&format!("{} 300 A {address}", absolute(owner))]);
                })
            }
            Which::Route53 => {
                let route53 = Route53::start().zone(ZONE, &text);
                let mut site = Self::of(which, route53, &text, "", "", "", |route53, owner, address| {
                    let id = route53.id(ZONE);
                    let set = route53::plain(&absolute(owner), 300, "A", &[address.to_owned()]);
                    route53.by_hand(&id, &[("UPSERT", set)]);
                });
                for (name, value) in route53::variables() {
                    site.project.set(name, value);
                }
                site
            }
            Which::Cloudflare => {
                let lines =
                    text.lines().filter(|line| !line.contains(" SOA ")).collect::<Vec<_>>().join("\n");
                let cloudflare = Cloudflare::new().zone(ZONE, &lines);
                let served = cloudflare.zone_file(ZONE);
                Self::of(
                    which,
                    cloudflare,
                    &served,
                    "/client/v4",
                    "",
                    Cloudflare::TOKEN,
                    |fake, owner, address| {
                        let zone = fake.zone_mut(ZONE);
                        zone.remove(&absolute(owner), "A", |_| true);
                        zone.add(&absolute(owner), 300, "A", address).map(drop).unwrap();
                    },
                )
            }
            Which::AzureDns => {
                let azure = Azure::new().zone(ZONE, &text);
                let entry =
                    format!("subscription: {}, resource_group: {}", Azure::SUBSCRIPTION, Azure::GROUP);
                Self::of(which, azure, &text, "", &entry, Azure::TOKEN, |azure, owner, address| {
                    azure.edit(ZONE, owner, "A", 300, &[address]);
                })
            }
        }
    }

    fn of<S: Service>(
        which: Which,
        service: S,
        served: &str,
        path: &str,
        entry: &str,
        token: &str,
        hand: fn(&mut S, &str, &str),
    ) -> Self {
        let knot = knot(served);
        let cloud = Cloud::start(service, vec![Arc::clone(&knot)]);
        let kind = match which {
            Which::CloudDns => "cloud-dns",
            Which::Route53 => "route53",
            Which::Cloudflare => "cloudflare",
            Which::AzureDns => "azure-dns",
        };
        let entry = if entry.is_empty() { String::new() } else { format!(", {entry}") };
        let token_entry = if token.is_empty() { "" } else { ", token: \"env:LAB_SECRET\"" };
        let provider = format!(
            "{{type: {kind}, url: \"{}{path}\", servers: [\"{}\"]{entry}{token_entry}}}",
            cloud.url(),
            knot.addr()
        );
        let servers = vec![knot.addr()];
        let project = Host::cloud(provider, token, vec![knot]).project(ZONE);
        project.configure(", canary: never", "");
        Self { which, project, at: Box::new(Place { cloud, hand }), servers }
    }

    /// Declares these records and nothing but the name servers beside them.
    pub(crate) fn declare(&self, lines: &str) {
        self.project.declare(lines);
    }

    /// Somebody else's change of the A records at `owner`.
    pub(crate) fn stranger(&self, owner: &str, address: &str) {
        self.at.edit(owner, address);
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.at.fault(fault);
    }

    /// From now on name servers see a change this much later than the API, which calls it done all the same.
    pub(crate) fn publishes_after(&self, delay: Duration) {
        self.at.publishes_after(delay);
    }

    pub(crate) fn faults_are_used_up(&self) -> bool {
        self.at.faults_are_used_up()
    }

    /// The calls that may have changed something.
    pub(crate) fn writes(&self) -> usize {
        self.at.calls().iter().filter(|call| call.request.method != "GET").count()
    }

    /// The last answer to a listing.
    pub(crate) fn last_listing(&self) -> dnsure_kit::cloud::Response {
        let calls = self.at.calls();
        let listings =
            calls.into_iter().rev().filter(|call| call.request.target.contains(self.which.listing()));
        listings.filter(|call| call.request.method == "GET").find_map(|call| call.response).unwrap()
    }

    pub(crate) fn watch(&self, names: &[(&str, u16)]) -> Prober {
        Prober::watch_with(&self.servers, names, Settings { rate: 400, ..Settings::default() })
    }

    /// The prober saw nothing missing, and name servers took everything.
    pub(crate) fn nothing_was_missing(&self, prober: Prober) {
        let report = prober.stop();
        report.assert_no_hole();
        dnsure_kit::tell(&format!(
            "{:?}: {} of {} answers were missing",
            self.which,
            report.missing().total(),
            report.answers()
        ));
        assert_eq!(self.at.troubles(), Vec::<String>::new(), "{:?}", self.which);
    }
}
