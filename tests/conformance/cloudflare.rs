//! Cloudflare: the kit's fake of its API, publishing to Knot.

use crate::hosts::{Host, parts};
use crate::refusals::{APEX_DS, Refused, all, some};
use crate::suite::ZONE;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::cloud::unknown_to_the_sdk;
use dnsure_kit::{Cloud, Knot};
use dnsure_providers::Backend;
use dnsure_providers::cloudflare::{self, CloudflareSettings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The API and the name server it publishes to.
pub(crate) struct CloudflareHost {
    cloud: Cloud<Cloudflare>,
}

impl CloudflareHost {
    pub(crate) fn start() -> Self {
        let service = Cloudflare::new().zone(ZONE, "");
        let knot = Knot::builder().zone(ZONE, service.zone_file(ZONE)).start();
        Self { cloud: Cloud::start(service, vec![Arc::new(knot)]) }
    }
}

impl Host for CloudflareHost {
    fn label(&self) -> &str {
        "Cloudflare, on Knot"
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let mut settings = CloudflareSettings::new(Cloudflare::TOKEN.to_owned().into());
        settings.url = format!("{}/client/v4", self.cloud.url());
        settings.servers = self.cloud.servers();
        // The pace of the real API would take most of the time.
        settings.http.rate = None;
        Arc::new(cloudflare::Cloudflare::new(settings).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        self.cloud.servers()
    }

    /// Writes are many and each is read before; a hole has time to be seen.
    fn answers(&self) -> u64 {
        100
    }

    fn rate(&self) -> u32 {
        2_000
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        let before = self.cloud.troubles().len();
        for record in records {
            let (owner, ttl, rtype, data) = parts(record);
            self.cloud.by_hand(|fake| fake.zone_mut(ZONE).add(&owner, ttl, rtype, data).map(drop))?;
        }
        self.cloud.troubles().get(before).map_or(Ok(()), |trouble| Err(trouble.clone()))
    }

    fn unknown_to_the_vendor(&self) -> Vec<String> {
        unknown_to_the_sdk("cloudflare", &self.cloud.calls())
    }

    fn plant_hole(&self, owner: &str) {
        self.cloud.by_hand(|fake| fake.zone_mut(ZONE).remove(owner, "A", |_| true));
        std::thread::sleep(Duration::from_millis(20));
        self.cloud.by_hand(|fake| fake.zone_mut(ZONE).add(owner, 300, "A", "192.0.2.1").map(drop)).unwrap();
    }
}

/// Groups that make no sense here: the NS and SOA records at the apex are Cloudflare's own and not in its
/// API, so that what files say of them is no change (25, 41), and no other hand can put a record there
/// whose type Cloudflare does not know (64).
pub(crate) const SENSELESS: &[u8] = &[25, 41, 64];

const NO_RECORDS: &str = "exclude this target";

/// What Cloudflare cannot hold.
pub(crate) const REFUSED: &[Refused] = &[
    APEX_DS,
    all("responsible-person", NO_RECORDS),
    all("dhcp-identity", NO_RECORDS),
    all("subtree-alias", NO_RECORDS),
    all("script", NO_RECORDS),
    some("address-alias", &["below the apex"], "flatten-cname: true"),
    some("any-byte-in-a-label", &["a dot", "a space"], "no spelling for the octets"),
    some("large-sets", &["1,200", "1,200 others"], "8192 at most"),
];
