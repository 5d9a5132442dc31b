//! Azure DNS, public zones, by Azure Resource Manager.
//!
//! One write is one record set, replaced whole. Every write to a set that is there carries the etag
//! it was listed with (`If-Match`), every creation says that there must be none (`If-None-Match: *`),
//! so a foreign change in between is never overwritten: Azure answers 412, and the write is stale. What
//! stands beside the records (metadata, fields of later days) goes back word for word.
//!
//! There is no write for two record sets: a name cannot change from A to CNAME without a moment in which
//! it has neither. Plans say so and ask.
//!
//! Alias records are A, AAAA or CNAME sets without values, whose settings name an Azure resource:
//! `octodns: {azuredns: {alias: /subscriptions/…}}`. `metadata` stands beside it. A set that a Traffic
//! Manager profile answers for, and sets with anything that could not be written back, are locked.
//!
//! The SOA's serial never moves by itself, no version covers a zone, and the zone's etag is about its
//! tags: what is live is found out by listing it all. Between the writes of one apply only the touched
//! sets are read anew, and the zone every 30 s.

mod api;
mod listing;
mod normal;
mod record;
mod settings;
mod write;

use crate::account::entra::entra;
pub use crate::account::entra::{AzureCredentials, CredentialKind};
use crate::backend::{Backend, BackendError, Live, Normalised, Reading, Tokens, WriteEnd};
use crate::change::{Change, SetChange};
use crate::dns::hosts;
use crate::guarantee::{CompareAndSwap, Guarantee, WriteUnit};
use crate::http::{Http, HttpSettings, Rate, Traffic};
use crate::remembered::Remembered;
use crate::standing;
use api::Api;
use dnsure_zones::{Name, RecordKey, Zone};
use listing::Listing;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// How to reach the zones of one resource group.
#[derive(Debug, Clone)]
pub struct AzureDnsSettings {
    /// Resource Manager; another one for national clouds.
    pub url: String,
    /// The id of the subscription.
    pub subscription: String,
    /// The name of the resource group.
    pub resource_group: String,
    /// Who asks.
    pub credentials: AzureCredentials,
    /// Whether the API's version 2023-07-01-preview is spoken, which has DS, TLSA and NAPTR.
    pub preview: bool,
    /// The addresses that answer questions; empty leaves it to the zone's name servers.
    pub servers: Vec<SocketAddr>,
    /// How often a zone is listed in a minute, each page counted; `None` is no limit. Azure's is 60.
    pub lists_a_minute: Option<NonZeroU32>,
    /// How many sets of a zone are created, and changed, and deleted in a minute; Azure's is 200.
    pub writes_a_minute: Option<NonZeroU32>,
    /// How old a listing may be before a write, for the sets that the write leaves alone.
    pub lists_again_after: Duration,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl AzureDnsSettings {
    /// The zones of a resource group of the public cloud.
    #[must_use]
    pub fn new(subscription: impl Into<String>, resource_group: impl Into<String>) -> Self {
        Self {
            url: "https://management.azure.com".into(),
            subscription: subscription.into(),
            resource_group: resource_group.into(),
            credentials: AzureCredentials::default(),
            preview: false,
            servers: Vec::new(),
            lists_a_minute: NonZeroU32::new(60),
            writes_a_minute: NonZeroU32::new(200),
            lists_again_after: Duration::from_secs(30),
            // What Resource Manager grants a caller and subscription: a bucket of 200 writes, refilled with 10
            // a second, and of 250 reads, refilled with 25. Both kinds count together here.
            http: HttpSettings { rate: Some(Rate::new(20, 200)), ..HttpSettings::default() },
        }
    }

    /// The same with these addresses.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = servers.into_iter().collect();
        self
    }
}

/// The zones of one resource group.
#[derive(Debug)]
pub struct AzureDns {
    api: Api,
    /// What the last reading told, zone by zone.
    known: Remembered<Arc<Listing>>,
}

impl AzureDns {
    /// A backend for the resource group of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for settings or credentials that cannot be used.
    pub fn new(settings: AzureDnsSettings) -> Result<Self, BackendError> {
        for (what, text) in
            [("subscription", &settings.subscription), ("resource_group", &settings.resource_group)]
        {
            if matches!(text.trim(), "" | "." | "..") {
                return Err(BackendError::Setup { what: what.into(), reason: "it is empty".into() });
            }
        }
        let http = match &settings.credentials {
            AzureCredentials::Token(token) => Http::bearer(&settings.url, token.clone(), settings.http)?,
            other => {
                Http::with_credentials(&settings.url, Arc::new(entra(other, &settings.url)?), settings.http)?
            }
        };
        Ok(Self { api: Api::new(http, settings), known: Remembered::default() })
    }

    /// What is live, as far as `listing` knows it, for writes upon that.
    fn live(&self, apex: &Name, listing: &Arc<Listing>) -> Result<Live, BackendError> {
        let live = listing.sets.live(apex, Tokens::new(listing.clone()));
        live.map_err(|reason| self.api.http.incomplete(apex, reason))
    }

    async fn read_now(&self, apex: &Name) -> Result<(Arc<Listing>, Live), BackendError> {
        let listing = Arc::new(self.api.zone(apex).await?);
        let live = self.live(apex, &listing)?;
        self.known.keep(apex, Some(listing.clone()));
        Ok((listing, live))
    }

    async fn carry_out(
        &self,
        apex: &Name,
        changes: &[Change],
        live: &Live,
    ) -> Result<Option<String>, WriteEnd> {
        let listing: &Arc<Listing> = standing::listing(live)?;
        let Some(set) = changes.iter().flat_map(Change::sets).next() else { return Ok(None) };
        let request = write::request(apex, changes, &listing.sets.sets())?;
        let answered = match self.api.write(apex, set.key(), request).await {
            Err(end @ WriteEnd::Stale { .. }) => return Err(self.stale_now(apex, set, end).await),
            other => other?,
        };
        // A set whose answer could not be read is unknown, and the next write to it finds that out.
        let etag = answered.as_ref().and_then(|listed| listed.source.etag.as_ref()?.to_str().ok());
        let etag = etag.map(crate::http::shown);
        listing.sets.keep(set.key(), answered);
        Ok(etag)
    }

    /// Azure refused the condition: says what is there now.
    async fn stale_now(&self, apex: &Name, set: &SetChange, end: WriteEnd) -> WriteEnd {
        match self.api.set(apex, set.key()).await {
            Ok(now) => standing::stale(set, now.as_ref().and_then(|listed| listed.set.as_ref())),
            Err(error) => end.and(&format!("what is there now of {} could not be read: {error}", set.key())),
        }
    }
}

#[async_trait::async_trait]
impl Backend for AzureDns {
    fn kind(&self) -> &'static str {
        "azure-dns"
    }

    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            publishes_within: Some(60),
            ..Guarantee::of(WriteUnit::RecordSet, CompareAndSwap::ValuesAndTtl)
        }
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        normal::normalise(zone, self.known.of(zone.apex()).as_deref(), self.api.settings.preview)
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.all_zones().await.map(Some)
    }

    /// Lists the zone whole. A zone that is not there is an error that says where it was looked for.
    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        self.read_now(zone).await.map(|(_, live)| Reading::Live(live))
    }

    /// Reads the touched sets alone while the listing is young: the etags see to them in any case, and
    /// to list a large zone before each of many writes would take Azure's whole allowance of lists.
    async fn read_for(
        &self,
        zone: &Name,
        before: &Live,
        touched: &[&RecordKey],
    ) -> Result<Reading, BackendError> {
        let young = before
            .tokens
            .get::<Arc<Listing>>()
            .filter(|listing| listing.sets.is_younger_than(self.api.settings.lists_again_after));
        let Some(listing) = young else { return self.read(zone).await };
        for key in touched {
            listing.sets.keep(key, self.api.set(zone, key).await?);
        }
        self.live(zone, listing).map(Reading::Live)
    }

    /// Sends one PUT or DELETE with the etag of the listing, or of the last write upon it.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(self.carry_out(zone, changes, live)).await
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.http.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let names = async {
            let known = match self.known.of(zone) {
                Some(known) if !known.name_servers.is_empty() => known,
                _ => self.read_now(zone).await?.0,
            };
            Ok(known.name_servers.iter().map(Name::to_string).collect())
        };
        hosts::given_or(&self.api.settings.servers, &zone.to_string(), names).await
    }
}
