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
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use crate::http::{Http, HttpSettings, Rate, Traffic};
use crate::remembered::Remembered;
use crate::standing;
use api::Api;
use dnsure_zones::{Name, RecordKey, Zone, ZoneBuilder};
use listing::Records;
use normal::Beside;
use secrecy::SecretString;
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where the API is.
pub const URL: &str = "https://api.cloudflare.com/client/v4";
/// Operations of one batch on the free plan, and until the plan is known.
const FEW: usize = 200;
/// Operations of one batch on every other plan.
const MANY: usize = 3_500;
/// Up to this many touched names are listed one by one right before a write.
const LIST_BY_NAME: usize = 16;
/// 1,200 calls in five minutes are allowed: a burst now and then, and a steady pace below.
const PACE: Rate = Rate { every: Duration::from_millis(250), burst: NonZeroU32::MIN.saturating_add(99) };

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
        // A window of the rate limit may have to pass.
        let http = HttpSettings {
            rate: Some(PACE),
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
    account: Option<String>,
    ids: BTreeMap<Name, String>,
    servers: Vec<SocketAddr>,
    /// What was looked up, zone by zone.
    known: Remembered<api::Zone>,
    /// What was listed beside the data.
    beside: Remembered<Arc<Beside>>,
}

/// The records that were read, and as accepted writes have changed them since.
struct Listing(Mutex<Records>);

impl Cloudflare {
    /// A backend for the account of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or token that cannot be used.
    pub fn new(settings: CloudflareSettings) -> Result<Self, BackendError> {
        let http = Http::bearer(&settings.url, settings.token, settings.http)?;
        let CloudflareSettings { account, zones: ids, servers, .. } = settings;
        Ok(Self {
            api: Api::new(http),
            account,
            ids,
            servers,
            known: Remembered::default(),
            beside: Remembered::default(),
        })
    }

    /// Looks a zone up and remembers it; `None` where the token sees none.
    async fn look_up(&self, zone: &Name) -> Result<Option<api::Zone>, BackendError> {
        let found = match self.ids.get(zone) {
            // A token for DNS alone may not read the zone itself.
            Some(id) => match self.api.zone_of_id(zone, id).await {
                Err(BackendError::Unauthorised { .. }) => Some(api::Zone::of_id(id)),
                other => Some(other?),
            },
            None => self.api.zone(zone, self.account.as_deref()).await?,
        };
        self.known.keep(zone, found.clone());
        Ok(found)
    }

    async fn zone(&self, zone: &Name) -> Result<Option<api::Zone>, BackendError> {
        match self.known.of(zone) {
            Some(known) => Ok(Some(known)),
            None => self.look_up(zone).await,
        }
    }

    fn no_zone(&self, zone: &Name) -> BackendError {
        let reason = format!(
            "the token sees no zone {zone}: create it at Cloudflare, or let the token read it (Zone:Read)"
        );
        BackendError::Refused { server: self.api.http.base().to_owned(), reason }
    }

    /// The touched records as they are right before a write.
    async fn records_now(&self, zone: &Name, id: &str, changes: &[Change]) -> Result<Records, BackendError> {
        let names: Vec<&Name> = changes.iter().map(Change::name).collect();
        let mut raws = Vec::new();
        if names.len() > LIST_BY_NAME {
            raws = self.api.records(zone, id, None).await?;
        } else {
            for name in names {
                raws.extend(self.api.records(zone, id, Some(name)).await?);
            }
        }
        Records::new(zone, raws).map_err(|reason| self.api.http.incomplete(zone, reason))
    }

    async fn carry_out(
        &self,
        zone: &Name,
        changes: &[Change],
        live: &Live,
    ) -> Result<Option<String>, WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason };
        let unread = |error: BackendError| {
            refused(format!("nothing was sent, since reading it before failed: {error}"))
        };
        let Listing(read) = standing::listing(live)?;
        let Some(found) = self.zone(zone).await.map_err(unread)? else {
            return Err(refused(self.no_zone(zone).to_string()));
        };
        let now = self.records_now(zone, &found.id, changes).await.map_err(unread)?;
        write::check(changes, &read.lock().unwrap_or_else(PoisonError::into_inner), &now)?;
        let batch = write::batch(changes, &now).map_err(refused)?;
        let limit = limit(&found);
        if batch.len() > limit {
            return Err(refused(format!(
                "{} operations in one batch, and this zone's plan takes {limit}; nothing was sent: plan again",
                batch.len()
            )));
        }
        if batch.len() == 0 {
            return Ok(None);
        }
        let body = serde_json::to_vec(&batch).map_err(|error| refused(error.to_string()))?;
        let done = self.api.batch(&found.id, body).await?;
        let gone: HashSet<&str> = batch.deletes.iter().map(|one| one.id.as_str()).collect();
        let mut records = read.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = records.follow(zone, &gone, done.records());
        let shown = followed.and_then(|()| write::read_back(changes, &records));
        shown.map(|()| None).map_err(|reason| WriteEnd::Unknown {
            reason: format!("{}: the batch was accepted, and {reason}", self.api.http.base()),
        })
    }
}

fn limit(zone: &api::Zone) -> usize {
    if matches!(zone.plan(), "pro" | "business" | "enterprise") { MANY } else { FEW }
}

#[async_trait::async_trait]
impl Backend for Cloudflare {
    fn kind(&self) -> &'static str {
        "cloudflare"
    }

    fn guarantee(&self, zone: &Name) -> Guarantee {
        let edits = self.known.of(zone).map_or(FEW, |zone| limit(&zone));
        Guarantee {
            unit: WriteUnit::ZoneBatch,
            compare: CompareAndSwap::None,
            limits: Limits { edits: Some(edits), ..Limits::default() },
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: false,
            publishes_within: None,
        }
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        let found = self.look_up(zone).await?.ok_or_else(|| self.no_zone(zone))?;
        if found.kind == "secondary" {
            let reason = "it is a secondary zone at Cloudflare, and the next transfer would undo the change: write to its primary";
            return Err(BackendError::Setup { what: zone.to_string(), reason: reason.into() });
        }
        Ok(self.guarantee(zone))
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let known = self.known.of(zone.apex()).unwrap_or_default();
        normal::normalise(zone, known.plan(), &self.beside.of(zone.apex()).unwrap_or_default())
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.zones(self.account.as_deref()).await.map(Some)
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let Some(found) = self.zone(zone).await? else { return Ok(Reading::Missing) };
        let incomplete = |reason: String| self.api.http.incomplete(zone, reason);
        let raws = self.api.records(zone, &found.id, None).await?;
        let records = Records::new(zone, raws).map_err(incomplete)?;
        let mut builder = ZoneBuilder::new(zone.clone());
        let mut locked: BTreeMap<RecordKey, String> = BTreeMap::new();
        let mut beside = Beside::new();
        for key in records.keys() {
            if let Some(set) = records.set(key) {
                builder.push_set(&set).map_err(|error| incomplete(error.to_string()))?;
                if !set.settings.is_empty() {
                    beside.insert(key.clone(), set);
                }
            }
            locked.extend(records.locked(key).map(|reason| (key.clone(), reason)));
        }
        self.beside.keep(zone, Some(Arc::new(beside)));
        let tokens = Tokens::new(Listing(Mutex::new(records)));
        Ok(Reading::Live(Live { tokens, locked, ..Live::new(builder.finish(), None) }))
    }

    /// Lists the touched names once more, gives [`WriteEnd::Stale`] where one is not what its change
    /// was made from, and sends one batch.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(self.carry_out(zone, changes, live)).await
    }

    fn caveats(&self, changes: &[Change]) -> Vec<String> {
        let swapped = write::swaps(changes);
        let swapped = swapped.iter().map(|name| {
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
        if !self.servers.is_empty() {
            return Ok(self.servers.clone());
        }
        let found = self.zone(zone).await?.ok_or_else(|| self.no_zone(zone))?;
        hosts::addresses(&zone.to_string(), &found.name_servers).await
    }
}
