//! Amazon Route 53 by its REST/XML API, version 2013-04-01.
//!
//! One write is one change batch, which the service carries out whole or not at all. A deletion must
//! repeat the set exactly as it is and a creation must find none, so that a batch of both is compared
//! with what is live by the service itself: values, TTL and routing. An accepted change is `PENDING`
//! until all servers have it ([`Backend::settle`] waits for that), and the SOA serial never moves.
//!
//! An alias, and a set that a traffic policy made, has no values: it is kept as its settings under
//! `route53`. Names and values have octal escapes. All facts that were looked up, and where the fakes of
//! the tests differ from the service, stand in `docs/route53.md`.

mod api;
mod dynamic;
mod fields;
mod names;
mod normal;
mod set;
mod write;

use crate::account::aws::Aws;
pub use crate::account::aws::FixedKeys;
use crate::backend::{Backend, BackendError, Live, Normalised, Reading, WriteEnd};
use crate::change::Change;
use crate::guarantee::{CompareAndSwap, Guarantee, Limits, Settle, WriteUnit};
use crate::hosted::HostedZones;
use crate::http::{Http, HttpSettings, Rate, Traffic};
use crate::listing::Entries;
use crate::remembered::Remembered;
use crate::standing;
use api::{Api, HostedZone};
use dnsure_zones::{Name, Zone};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use write::Listing;

/// Where the service is.
pub const URL: &str = "https://route53.amazonaws.com";

/// How to reach an account.
#[derive(Debug, Clone)]
pub struct Route53Settings {
    /// Where the API is.
    pub url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The profile of the shared configuration files; the default chain without.
    pub profile: Option<String>,
    /// Keys to use; the default chain of credentials without.
    pub keys: Option<FixedKeys>,
    /// Whether the zones are private ones.
    pub private: bool,
    /// The id of the hosted zone, where several share a name.
    pub zones: BTreeMap<Name, String>,
    /// The addresses that answer questions; empty leaves it to the delegation set.
    pub servers: Vec<SocketAddr>,
    /// How long a change may take until it is on all servers.
    pub in_sync_within: Duration,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl Default for Route53Settings {
    fn default() -> Self {
        Self {
            url: URL.into(),
            region: "us-east-1".into(),
            profile: None,
            keys: None,
            private: false,
            zones: BTreeMap::new(),
            servers: Vec::new(),
            in_sync_within: Duration::from_secs(300),
            // Five requests a second for the whole account.
            http: HttpSettings {
                repeats: 6,
                longest_wait: Duration::from_secs(20),
                rate: Some(Rate::within(5, Duration::from_secs(1), 2)),
                ..HttpSettings::default()
            },
        }
    }
}

/// One account.
#[derive(Debug)]
pub struct Route53 {
    api: Api,
    private: bool,
    servers: Vec<SocketAddr>,
    /// The first wait between two looks at a change, and the longest that all of them take.
    in_sync: (Duration, Duration),
    hosted: HostedZones<HostedZone>,
    resolved: Remembered<Vec<SocketAddr>>,
}

impl Route53 {
    /// A backend for the account of `settings`; sends nothing yet, and asks nobody for credentials.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL that cannot be used.
    pub fn new(settings: Route53Settings) -> Result<Self, BackendError> {
        let Route53Settings { profile, region, keys, private, servers, .. } = settings;
        let aws = Arc::new(Aws::new(profile, region, "route53", keys));
        let api = Api::new(Http::with_credentials(&settings.url, aws, settings.http)?);
        let chosen = settings.zones.into_iter().map(|(zone, id)| (zone, api::bare(&id))).collect();
        let hosted = HostedZones::new(chosen, private, false).taking_choices(HostedZone::called);
        let in_sync = (settings.http.first_wait * 2, settings.in_sync_within);
        Ok(Self { api, private, servers, in_sync, hosted, resolved: Remembered::default() })
    }

    /// The one hosted zone of this name and visibility.
    async fn there(&self, zone: &Name) -> Result<HostedZone, BackendError> {
        self.hosted.get(zone, &self.api.http, self.api.zones(zone)).await
    }

    /// Record sets and protections together: neither needs the other.
    async fn live(
        &self,
        zone: &Name,
        HostedZone { id, .. }: HostedZone,
    ) -> Result<Option<Live>, BackendError> {
        let (protected, listed) =
            tokio::try_join!(self.api.protections(zone, &id), self.api.record_sets(zone, &id))?;
        let Some(listed) = listed else { return Ok(None) };
        // By now it is not the credentials that are refused.
        self.api.protects.store(protected.is_some(), Ordering::Relaxed);
        let sets = Entries::gather(listed.into_iter().map(Ok));
        let live = sets.and_then(|sets| sets.live(zone, |sets| Listing { id, sets }));
        let mut live = live.map_err(|reason| self.api.http.incomplete(zone, reason))?;
        for (plain, reason) in protected.into_iter().flatten() {
            let named = live.zone.at(&plain.name).filter(|set| set.rtype() == plain.rtype);
            let keys = named.map(|set| set.key()).chain([plain.clone()]);
            live.locked.extend(keys.map(|key| (key, reason.clone())));
        }
        Ok(Some(live))
    }
}

#[async_trait::async_trait]
impl Backend for Route53 {
    fn kind(&self) -> &'static str {
        "route53"
    }

    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            limits: Limits {
                records: Some(write::MOST_RECORDS),
                characters: Some(write::MOST_CHARACTERS),
                ..Limits::default()
            },
            settle: Settle::Action("the change is awaited on all of Route 53's servers (INSYNC)"),
            publishes_within: Some(60),
            ..Guarantee::of(WriteUnit::ZoneBatch, CompareAndSwap::ValuesAndTtl)
        }
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        match self.there(zone).await?.linked {
            Some(service) => Err(BackendError::Setup {
                what: zone.to_string(),
                reason: format!("{service} made this hosted zone, and it alone may change it"),
            }),
            None => Ok(self.guarantee(zone)),
        }
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let hosted = self.hosted.known(zone.apex());
        normal::normalise(zone, hosted.as_ref().map(|hosted| hosted.id.as_str()))
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.all_zones(self.private).await.map(Some)
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let (listed, live) = (|| self.api.zones(zone), |hosted| self.live(zone, hosted));
        self.hosted.read(zone, &self.api.http, listed, live).await
    }

    /// One change batch, made from the listing of `live`.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(async {
            let listing: &Listing = standing::listing(live)?;
            match write::batch(zone, changes, listing)? {
                Some(body) => self.api.change(&listing.id, body).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// Asks until the change is on all servers.
    async fn settle(&self, zone: &Name, _touched: &[Name], token: Option<&str>) -> Result<(), BackendError> {
        let Some(id) = token else { return Ok(()) };
        let change = format!("the change {id} of {zone} (`aws route53 get-change --id {id}`)");
        let (first, within) = self.in_sync;
        self.api.http.settled(&change, first, within, || self.api.in_sync(zone, id)).await
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.http.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let named = async { self.api.name_servers(zone, &self.there(zone).await?.id).await };
        let whose = zone.to_string();
        self.resolved.or_learn(zone, self.hosted.servers(&whose, &self.servers, named)).await
    }
}
