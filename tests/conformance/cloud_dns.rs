//! Google Cloud DNS by the kit's fake, publishing to Knot.

use crate::hosts::{Host, absolute, zone_file};
use crate::refusals::{Refused, all, some};
use crate::suite::ZONE;
use dnsure_kit::cloud::google::{Google, ManagedZone, PROJECT, RecordSet, TOKEN};
use dnsure_kit::{Cloud, Knot};
use dnsure_providers::Backend;
use dnsure_providers::cloud_dns::{CloudDns, CloudDnsSettings, GoogleAccount};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The name of the managed zone.
const ID: &str = "conformance";

/// What Google's documentation says Cloud DNS does not hold.
pub(crate) const REFUSED: &[Refused] = &[
    some("digest-at-apex", &["create", "everything", "key tag", "algorithm", "digest"], "RFC 4035 2.4"),
    some("address-alias", &["below the apex"], "ALIAS at the apex only"),
    all("zone-key", "keeps the DNSKEY records itself"),
    all("responsible-person", "holds no RP"),
    all("location", "holds no LOC"),
    all("mail-certificate", "holds no SMIMEA"),
    all("dhcp-identity", "holds no DHCID"),
    all("openpgp-key", "holds no OPENPGPKEY"),
    all("subtree-alias", "holds no DNAME"),
    all("script", "holds no PowerDnsProvider/LUA"),
    some("any-byte-in-a-label", &["a dot", "a space"], "owner names of letters, digits"),
    some("large-sets", &["101", "1,200", "1,200 others"], "hold 100 records at most"),
];

/// The fake with one zone.
pub(crate) struct GoogleHost {
    cloud: Cloud<Google>,
}

impl GoogleHost {
    pub(crate) fn start() -> Self {
        let mut google = Google::new().with(ManagedZone::from_file(ID, ZONE, &zone_file()));
        // Every change is pending for a moment.
        google.pending = 1;
        let knot = Arc::new(Knot::builder().zone(ZONE, zone_file()).start());
        Self { cloud: Cloud::start(google, vec![knot]) }
    }
}

impl Host for GoogleHost {
    fn label(&self) -> &str {
        "Google Cloud DNS, on Knot"
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let mut settings = CloudDnsSettings::new(PROJECT);
        settings.url = self.cloud.url();
        settings.account = GoogleAccount::Token(TOKEN.into());
        settings.servers = self.cloud.servers();
        // The fake is asked as fast as it goes.
        settings.http.rate = None;
        Arc::new(CloudDns::new(settings).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        self.cloud.servers()
    }

    /// Writes are calls; a hole has time to be seen.
    fn answers(&self) -> u64 {
        100
    }

    fn rate(&self) -> u32 {
        2_000
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        let before = self.cloud.troubles().len();
        for record in records {
            let [owner, ttl, rtype, data] =
                <[&str; 4]>::try_from(record.splitn(4, ' ').collect::<Vec<_>>()).unwrap();
            self.cloud.by_hand(|google| {
                let owner = absolute(owner).to_ascii_lowercase();
                let there = google.zone(ID).set(&owner, rtype).cloned();
                let mut set = there.unwrap_or_else(|| RecordSet::new(&owner, rtype, 0, &[]));
                set.ttl = ttl.parse().unwrap();
                set.rrdatas.push(data.to_owned());
                google.put_set(ID, set);
            });
        }
        match self.cloud.troubles().get(before) {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(()),
        }
    }

    fn plant_hole(&self, owner: &str) {
        self.cloud.by_hand(|google| google.remove(ID, owner, "A"));
        std::thread::sleep(Duration::from_millis(20));
        self.cloud.by_hand(|google| google.put(ID, &[&format!("{owner} 300 A 192.0.2.1")]));
    }
}
