//! Azure DNS with the program as it is used: the fake that Microsoft's own client is at home in publishes
//! to Knot, and the prober watches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod entra;
#[path = "../lab/mod.rs"]
mod lab;
mod refusing;
mod running;

use dnsure_kit::prober::{Prober, Settings};
use dnsure_kit::query::rtype;
use dnsure_kit::{Azure, Cloud, Knot, zone_text};
use lab::{Host, Project, ZONE};
use serde_json::json;
use std::sync::Arc;

const BEFORE: &str = "www 300 A 192.0.2.10\nslow 3600 A 192.0.2.11\nold 300 A 192.0.2.13\n\
                      host 300 CNAME www\nmail 300 MX 10 mx.example.net.";

/// A value, a TTL, an alias in place of addresses, an addition with metadata, a removal.
const AFTER: &str = "host: {type: CNAME, ttl: 300, value: www.example.test.}\n\
    mail: {type: MX, ttl: 300, value: {preference: 10, exchange: mx.example.net.}}\n\
    new: {octodns: {azuredns: {metadata: {owner: web}}}, type: A, ttl: 300, value: 192.0.2.15}\n\
    slow: {type: A, ttl: 60, value: 192.0.2.11}\n\
    www: {octodns: {azuredns: {alias: /subscriptions/s/resourceGroups/web/front}}, type: A, ttl: 300}";

const STAYS: [(&str, u16); 5] = [
    ("www.example.test.", rtype::A),
    ("slow.example.test.", rtype::A),
    ("host.example.test.", rtype::A),
    ("mail.example.test.", rtype::MX),
    ("example.test.", rtype::NS),
];

/// A resource group, its zone on a Knot, and a project.
struct Stage {
    cloud: Cloud<Azure>,
    project: Project,
}

impl Stage {
    fn new() -> Self {
        Self::with("token: \"env:LAB_SECRET\"")
    }

    /// With these credentials in the configuration.
    fn with(credentials: &str) -> Self {
        let text = zone_text(ZONE, BEFORE);
        let knot = Arc::new(Knot::builder().zone(ZONE, text.clone()).start());
        let cloud = Cloud::start(Azure::new().zone(ZONE, &text), vec![Arc::clone(&knot)]);
        let provider = format!(
            "{{type: azure-dns, subscription: {}, resource_group: {}, url: \"{}\", {credentials}, servers: [\"{}\"]}}",
            Azure::SUBSCRIPTION,
            Azure::GROUP,
            cloud.url(),
            knot.addr()
        );
        let project = Host::cloud(provider, Azure::TOKEN, vec![knot]).project(ZONE);
        project.configure(", owns: zone, canary: never, guards: {max_delete_percent: 100}", "");
        project.declare(AFTER);
        Self { cloud, project }
    }

    fn watch(&self) -> Prober {
        let settings = Settings { rate: 400, ..Settings::default() };
        Prober::watch_with(&self.cloud.servers(), &STAYS, settings)
    }

    /// The writes so far: method, type and name, condition, status.
    fn writes(&self) -> Vec<String> {
        let calls = self.cloud.calls();
        let writes = calls.iter().filter(|call| call.request.method != "GET");
        writes
            .map(|call| {
                let place = call.request.path().rsplit("example.test/").next().unwrap_or_default();
                let condition = if call.request.header("if-match").is_some() { "etag" } else { "absent" };
                let status = call.response.as_ref().map_or(0, |response| response.status);
                format!("{} {place} {condition} {status}", call.request.method)
            })
            .collect()
    }

    /// Somebody else's change of an address.
    fn stranger(&self, owner: &str, address: &str) {
        self.cloud.by_hand(|azure| azure.edit(ZONE, owner, "A", 300, &[address]));
    }

    fn is_as_before(&self) -> bool {
        let lines = ["www.example.test. 300 IN A 192.0.2.10", "old.example.test. 300 IN A 192.0.2.13"];
        lines.iter().all(|line| self.project.serves(line))
            && self.cloud.by_hand(|azure| azure.properties(ZONE, "new", "A")).is_none()
    }

    fn is_as_declared(&self) -> bool {
        let kept = |owner: &str| self.cloud.by_hand(|azure| azure.properties(ZONE, owner, "A"));
        self.project.serves("www.example.test. 300 IN A 203.0.113.80")
            && kept("new").is_some_and(|new| new["metadata"] == json!({ "owner": "web" }))
            && kept("www").is_some_and(|www| www["targetResource"]["id"].is_string())
            && kept("old").is_none()
    }
}
