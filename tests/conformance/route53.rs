//! Route 53: ministack, with what the service adds, publishing to Knot.

use crate::hosts::{Host, absolute, parts, zone_file};
use crate::refusals::{APEX_DS, NO_ALIAS, NO_SCRIPT, Refused, all, some};
use crate::suite::ZONE;
use dnsure_kit::cloud::route53::{self as rig, Route53 as Rig};
use dnsure_kit::{Cloud, Knot};
use dnsure_providers::Backend;
use dnsure_providers::route53::{FixedKeys, Route53, Route53Settings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const NOT_HELD: &str = "Route 53 holds no";

pub(crate) const REFUSED: &[Refused] = &[
    APEX_DS,
    NO_ALIAS,
    NO_SCRIPT,
    all("responsible-person", NOT_HELD),
    all("location", NOT_HELD),
    all("mail-certificate", NOT_HELD),
    all("dhcp-identity", NOT_HELD),
    all("zone-key", NOT_HELD),
    all("openpgp-key", NOT_HELD),
    all("subtree-alias", NOT_HELD),
    some("large-sets", &["1,200", "1,200 others"], "Route 53 holds 400 in a set at most"),
];

/// The account and the server that it publishes to.
pub(crate) struct Route53Host {
    cloud: Cloud<Rig>,
}

impl Route53Host {
    pub(crate) fn start() -> Self {
        let knot = Knot::builder().zone(ZONE, zone_file()).start();
        let rig = Rig::start().zone(ZONE, &zone_file());
        Self { cloud: Cloud::start(rig, vec![Arc::new(knot)]) }
    }

    fn by_hand(&self, hand: impl FnOnce(&mut Rig, &str)) {
        self.cloud.by_hand(|rig| {
            let id = rig.id(ZONE);
            hand(rig, &id);
        });
    }
}

impl Host for Route53Host {
    fn label(&self) -> &str {
        "Route 53 on Knot"
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let [(_, id), (_, secret), ..] = rig::variables();
        let mut settings = Route53Settings { url: self.cloud.url(), ..Route53Settings::default() };
        settings.keys = Some(FixedKeys { id: id.into(), secret: secret.into(), token: None });
        settings.http.rate = None;
        settings.http.first_wait = Duration::from_millis(5);
        Arc::new(Route53::new(settings).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        self.cloud.servers()
    }

    /// Writes are many, and each is carried out by three programs.
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
            self.by_hand(|rig, id| rig.put(id, &owner, ttl, rtype, data));
        }
        self.cloud.troubles().get(before).map_or(Ok(()), |trouble| Err(trouble.clone()))
    }

    /// A type that the service has not got, put there by force.
    fn take_back(&self, records: &[String]) -> Result<(), String> {
        for line in records.iter().filter(|line| line.contains(" TYPE")) {
            let mut words = line.splitn(4, ' ');
            let owner = absolute(words.next().unwrap());
            let rtype = words.nth(1).unwrap();
            self.by_hand(|rig, id| rig.remove(id, &owner, rtype));
        }
        Ok(())
    }

    fn plant_hole(&self, owner: &str) {
        self.by_hand(|rig, id| rig.remove(id, owner, "A"));
        std::thread::sleep(Duration::from_millis(20));
        self.by_hand(|rig, id| rig.put(id, owner, 300, "A", "192.0.2.1"));
    }
}
