//! Cloudflare by its API (v4).
//!
//! One write is one `POST …/dns_records/batch`: deletions, edits and creations in that order, in one
//! transaction of its database, all or nothing. A plan over the limit of a batch (200 operations on the
//! free plan, 3,500 on the others) is cut.
//!
//! **What "atomic" does not cover.** The same page says that the propagation of a batch is not atomic:
//! the edge takes each record by itself. Records of one set may become visible one after the other; a
//! set that goes on is never empty all the same, since one of its records at least stays or is edited
//! in place. A name whose type is swapped (A to CNAME) is a deletion and a creation, and nothing
//! published says that no place sees the one without the other. Plans say so at each such name.
//!
//! **What is not compared.** The API has no condition to send along. The touched names are listed
//! right before the batch (the whole zone where they are more than 16), and data, settings, ids and
//! `modified_on` are compared with what was read. A foreign edit or creation between that listing and
//! the batch, one round trip, goes unseen; a foreign deletion fails the batch (81044), and so does a
//! record that another hand has made already (81058).
//!
//! | in zone files | at Cloudflare |
//! |---|---|
//! | ALIAS at the apex | CNAME at the apex, answered with addresses |
//! | NS and SOA at the apex | its own, not in the API: left out |
//! | `proxied: true` | answered with addresses of the proxy, TTL 300; the TTL in the file does not count |
//! | `auto-ttl: true` | TTL 1, which is served as 300 |
//!
//! What name servers answer does not show which record is behind the proxy. The reply to a batch does:
//! a set in it that is not what was asked for makes the end of the write unknown, so that the zone is
//! listed and looked at.
//!
//! Records that one of Cloudflare's services keeps (`meta.email_routing`, `meta.read_only`), and those
//! with settings that are not known here, are locked. Other members of a record that are not known
//! stay as they are, since an edit says only what changes.

mod api;
mod data;
mod flags;
mod listing;
mod normal;
mod write;

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, Tokens, WriteEnd};
use crate::change::Change;
use crate::dns::hosts;
use crate::followed::Followed;
use crate::guarantee::{CompareAndSwap, Guarantee, Limits, WriteUnit};
use crate::hosted::HostedZones;
use crate::http::{Dialect, Http, HttpSettings, Rate, Traffic};
use crate::records::{Record, Records};
use crate::remembered::Remembered;
use crate::standing;
use api::{Api, SAYS};
use dnsure_zones::{Name, Zone};
use flags::SETTINGS;
use normal::Beside;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where the API is.
pub const URL: &str = "https://api.cloudflare.com/client/v4";
/// Operations of one batch on the free plan, and until the plan is known.
const FEW: usize = 200;
/// Operations of one batch on every other plan.
const MANY: usize = 3_500;
/// Up to this many touched names are listed one by one right before a write.
const LIST_BY_NAME: usize = 16;

/// How to reach an account.
#[derive(Debug, Clone)]
pub struct CloudflareSettings {
    /// The base URL, [`URL`] unless a proxy stands in front.
    pub url: String,
    /// An API token; the global key is not taken.
    pub token: SecretString,
    /// The id of the account, where one zone name is in several.
    pub account: Option<String>,
    /// Ids of zones, for tokens that may not look them up.
    pub zones: BTreeMap<Name, String>,
    /// The addresses that answer questions; empty asks the API for the name servers.
    pub servers: Vec<SocketAddr>,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl CloudflareSettings {
    /// Everything that `token` may see.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        // 1,200 calls in five minutes are allowed; such a window may have to pass.
        let http = HttpSettings {
            rate: Some(Rate::within(1_200, Duration::from_secs(300), 100)),
            longest_wait: Duration::from_secs(300),
            ..HttpSettings::default()
        };
        Self { url: URL.into(), token, account: None, zones: BTreeMap::new(), servers: Vec::new(), http }
    }
}

/// One account at Cloudflare.
#[derive(Debug)]
pub struct Cloudflare {
    api: Api,
    servers: Vec<SocketAddr>,
    hosted: HostedZones<api::Zone>,
    /// What was listed beside the data.
    beside: Remembered<Arc<Beside>>,
}

/// The records that were read, and as accepted writes have changed them since.
type Listing = Followed<Vec<Record>>;

impl Cloudflare {
    /// A backend for the account of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or token that cannot be used.
    pub fn new(settings: CloudflareSettings) -> Result<Self, BackendError> {
        let CloudflareSettings { url, token, account, zones, servers, http } = settings;
        let http = Http::bearer(&url, token, http)?.speaking(Dialect::json(SAYS));
        let api = Api::new(http, account.as_deref());
        let hosted = HostedZones::new(zones, false, false);
        Ok(Self { api, servers, hosted, beside: Remembered::default() })
    }

    /// The zones of this name, or the one whose id settings give.
    async fn called(&self, zone: &Name) -> Result<Vec<api::Zone>, BackendError> {
        match self.hosted.chosen(zone) {
            Some(id) => self.api.zone_of_id(zone, id).await.map(|zone| vec![zone]),
            None => self.api.zones_called(zone).await,
        }
    }

    async fn there(&self, zone: &Name) -> Result<api::Zone, BackendError> {
        self.hosted.get(zone, &self.api.http, self.called(zone)).await
    }

    /// The records of these owner names, or of all.
    async fn records(
        &self,
        zone: &Name,
        id: &str,
        names: impl IntoIterator<Item = Option<&Name>>,
    ) -> Result<Records, BackendError> {
        let mut listed = Vec::new();
        for name in names {
            listed.extend(self.api.records(zone, id, name).await?);
        }
        Records::of(listed, &SETTINGS).map_err(|reason| self.api.http.incomplete(zone, reason))
    }

    async fn carry_out(
        &self,
        zone: &Name,
        changes: &[Change],
        live: &Live,
    ) -> Result<Option<String>, WriteEnd> {
        let listing: &Listing = standing::listing(live)?;
        let unsent = |error: BackendError| WriteEnd::unsent(&error);
        let found = self.there(zone).await.map_err(unsent)?;
        let mut names: Vec<Option<&Name>> = changes.iter().map(|change| Some(change.name())).collect();
        if names.len() > LIST_BY_NAME {
            names = vec![None];
        }
        let now = self.records(zone, &found.id, names).await.map_err(unsent)?;
        let batch = write::batch(zone, changes, &listing.sets(), &now)?;
        let (count, limit) = (batch.len(), most_edits(&found));
        if count > limit {
            let reason = format!(
                "{count} operations in one batch, and this zone's plan takes {limit}; nothing was sent: plan again"
            );
            return Err(WriteEnd::Refused { reason });
        }
        if count > 0 {
            let answered = self.api.batch(zone, &found.id, &batch).await?;
            let shown = listing.sets().follow(changes, &batch.deletes, &answered, &SETTINGS);
            shown.map_err(|reason| self.api.accepted_but(&reason))?;
        }
        Ok(None)
    }
}

fn most_edits(zone: &api::Zone) -> usize {
    if matches!(zone.plan(), "pro" | "business" | "enterprise") { MANY } else { FEW }
}

#[async_trait::async_trait]
impl Backend for Cloudflare {
    fn kind(&self) -> &'static str {
        "cloudflare"
    }

    fn guarantee(&self, zone: &Name) -> Guarantee {
        let edits = self.hosted.known(zone).map_or(FEW, |zone| most_edits(&zone));
        Guarantee {
            limits: Limits { edits: Some(edits), ..Limits::default() },
            ..Guarantee::of(WriteUnit::ZoneBatch, CompareAndSwap::None)
        }
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        let found = self.hosted.anew(zone, &self.api.http, self.called(zone)).await?;
        if found.kind == "secondary" {
            let reason = "it is a secondary zone at Cloudflare, and the next transfer would undo the change: write to its primary";
            return Err(BackendError::Setup { what: zone.to_string(), reason: reason.into() });
        }
        Ok(self.guarantee(zone))
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let known = self.hosted.known(zone.apex()).unwrap_or_default();
        normal::normalise(zone, known.plan(), &self.beside.of(zone.apex()).unwrap_or_default())
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.zones().await.map(Some)
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let found = self.hosted.find(zone, self.called(zone)).await?;
        let Some(found) = found else { return Ok(Reading::Missing) };
        let records = self.records(zone, &found.id, [None]).await?;
        let (live, locked) = records.zone(zone).map_err(|reason| self.api.http.incomplete(zone, reason))?;
        let with_settings = live.sets().filter(|set| set.settings().is_some());
        let beside = with_settings.map(|set| (set.key(), set.to_set())).collect();
        self.beside.keep(zone, Some(Arc::new(beside)));
        let tokens = Tokens::new(Listing::new(records));
        Ok(Reading::Live(Live { tokens, locked, ..Live::new(live, None) }))
    }

    /// Lists the touched names once more, gives [`WriteEnd::Stale`] where one is not what its change
    /// was made from, and sends one batch.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(self.carry_out(zone, changes, live)).await
    }

    fn caveats(&self, changes: &[Change]) -> Vec<String> {
        let swapped = write::swaps(changes).map(|name| {
            format!("{name}: Cloudflare deletes the old type and creates the new one in one transaction, but does not promise that they become visible together: for a moment an edge may answer neither")
        });
        let many = changes.iter().map(|change| change.size().edits).sum::<usize>() > 1;
        let apart = "Cloudflare takes a batch whole or not at all, and publishes it record by record: records of one write become visible one after the other";
        swapped.chain(many.then(|| apart.to_owned())).collect()
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.http.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let names = async { Ok(self.there(zone).await?.name_servers) };
        hosts::given_or(&self.servers, &zone.to_string(), names).await
    }
}
