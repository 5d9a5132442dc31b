//! Azure DNS: the fake that Microsoft's own client is at home in, publishing to Knot.

use crate::hosts::{Host, parts, zone_file};
use crate::refusals::{APEX_DS, GAP, NO_ALIAS, NO_SCRIPT, Refused, SWAP_MANY, SWAP_WILDCARD, all, some};
use crate::suite::{NAME_SERVERS, ZONE};
use dnsure_kit::cloud::unknown_to_the_sdk;
use dnsure_kit::{Azure, Cloud, Knot};
use dnsure_providers::Backend;
use dnsure_providers::azure_dns::{AzureCredentials, AzureDns, AzureDnsSettings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A resource group with one zone, of which the first name server is Azure's own.
pub(crate) struct AzureHost {
    cloud: Cloud<Azure>,
    preview: bool,
}

impl AzureHost {
    pub(crate) fn start(preview: bool) -> Self {
        // The primary name server that most of the states with an SOA name.
        let text = zone_file().replacen(NAME_SERVERS[0], "ns2.example.net.", 1);
        let knot = Knot::builder().zone(ZONE, text.clone()).start();
        let azure =
            Azure::new().zone(ZONE, &text).own_name_servers(ZONE, &NAME_SERVERS[..1]).largest_set(ZONE, 20);
        Self { cloud: Cloud::start(azure, vec![Arc::new(knot)]), preview }
    }

    fn by_hand<R>(&self, hand: impl FnOnce(&mut Azure) -> R) -> R {
        self.cloud.by_hand(hand)
    }
}

fn relative(owner: &str) -> &str {
    owner.strip_suffix(ZONE).and_then(|owner| owner.strip_suffix('.')).unwrap_or("@")
}

impl Host for AzureHost {
    fn label(&self) -> &str {
        if self.preview { "Azure DNS, preview, on Knot" } else { "Azure DNS on Knot" }
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let mut settings = AzureDnsSettings::new(Azure::SUBSCRIPTION, Azure::GROUP);
        settings.url = self.cloud.url();
        settings.credentials = AzureCredentials::Token(Azure::TOKEN.into());
        settings.preview = self.preview;
        // A thousand states in a few minutes are more than Azure would take.
        (settings.http.rate, settings.lists_a_minute, settings.writes_a_minute) = (None, None, None);
        Arc::new(AzureDns::new(settings.servers(self.cloud.servers())).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        self.cloud.servers()
    }

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
            self.by_hand(|azure| azure.add(ZONE, relative(&owner), ttl, rtype, data))?;
        }
        match self.cloud.troubles().get(before) {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(()),
        }
    }

    /// Microsoft's SDK has no types for the preview.
    fn unknown_to_the_vendor(&self) -> Vec<String> {
        if self.preview { Vec::new() } else { unknown_to_the_sdk("azure", &self.cloud.calls()) }
    }

    fn plant_hole(&self, owner: &str) {
        self.by_hand(|azure| azure.edit(ZONE, relative(owner), "A", 300, &[]));
        std::thread::sleep(Duration::from_millis(20));
        self.by_hand(|azure| azure.edit(ZONE, relative(owner), "A", 300, &["192.0.2.1"]));
    }
}

const NOT_HELD: &str = "Azure DNS does not hold";
const PREVIEW_ONLY: &str = "`preview: true`";
const NO_MAIL: &[&str] = &["no mail", "no mail again"];

pub(crate) const STABLE: &[Refused] = &[
    all("responsible-person", NOT_HELD),
    some("type-change-with-cname", &["A"], GAP),
    some("https", &["create", "priority", "target", "parameters", "no parameters", "everything"], NOT_HELD),
    all("encrypted-hello", NOT_HELD),
    some(
        "service-binding",
        &["create", "priority", "target", "parameters", "no parameters", "everything"],
        NOT_HELD,
    ),
    some("null-mail", NO_MAIL, "no null MX"),
    some("null-mail-at-apex", NO_MAIL, "no null MX"),
    some("texts-of-every-kind", &["empty"], "no empty TXT"),
    all("location", NOT_HELD),
    all("rewrite-rules", PREVIEW_ONLY),
    some("start-of-authority", &["create"], "primary name server"),
    all("ssh-fingerprint", NOT_HELD),
    all("tls-certificate", PREVIEW_ONLY),
    all("mail-certificate", NOT_HELD),
    APEX_DS,
    some("digest-at-apex", &["at a child instead", "four"], PREVIEW_ONLY),
    some(
        "digest-of-child",
        &["create", "everything", "key tag", "algorithm", "digest", "four"],
        PREVIEW_ONLY,
    ),
    some("digest-before-delegation", &["both, the digest first"], PREVIEW_ONLY),
    all("dhcp-identity", NOT_HELD),
    all("subtree-alias", NOT_HELD),
    all("zone-key", NOT_HELD),
    all("openpgp-key", NOT_HELD),
    NO_ALIAS,
    some("any-byte-in-a-label", &["a dot", "a space"], "owner names of letters"),
    some("large-sets", &["100", "101", "1,200", "1,200 others"], "this zone's quota is 20"),
    some("smallest-and-largest-ttl", &["zero", "zero again"], "TTLs from 1 second"),
    some("swap-above-others", &["A"], GAP),
    SWAP_MANY,
    SWAP_WILDCARD,
    NO_SCRIPT,
];

/// Of the groups of DS, NAPTR and TLSA, which this version holds.
pub(crate) const PREVIEW: &[Refused] = &[APEX_DS];
