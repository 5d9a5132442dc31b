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
mod normal;
mod set;
mod text;
mod write;

use crate::account::aws::Aws;
pub use crate::account::aws::FixedKeys;
use crate::backend::{Backend, BackendError, Live, Normalised, Reading, Tokens, WriteEnd};
use crate::change::Change;
use crate::dns::hosts;
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use crate::http::{Http, HttpSettings, Rate, Traffic, until_done};
use crate::listing::Entries;
use crate::remembered::Remembered;
use crate::standing;
use api::{Api, HostedZone};
use dnsure_zones::{Name, RecordKey, Zone};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
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
        // Five requests a second for the whole account.
        let rate = Rate { every: Duration::from_millis(200), burst: NonZeroU32::MIN.saturating_add(4) };
        Self {
            url: URL.into(),
            region: "us-east-1".into(),
            profile: None,
            keys: None,
            private: false,
            zones: BTreeMap::new(),
            servers: Vec::new(),
            in_sync_within: Duration::from_secs(300),
            http: HttpSettings {
                repeats: 6,
                longest_wait: Duration::from_secs(20),
                rate: Some(rate),
                turned_away: api::turned_away,
                ..HttpSettings::default()
            },
        }
    }
}

/// One account.
#[derive(Debug)]
pub struct Route53 {
    api: Api,
    settings: Route53Settings,
    /// Hosted zones by name, as they were found.
    found: Remembered<HostedZone>,
    resolved: Remembered<Vec<SocketAddr>>,
}

impl Route53 {
    /// A backend for the account of `settings`; sends nothing yet, and asks nobody for credentials.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL that cannot be used.
    pub fn new(settings: Route53Settings) -> Result<Self, BackendError> {
        let (profile, region, keys) =
            (settings.profile.clone(), settings.region.clone(), settings.keys.clone());
        let aws = Arc::new(Aws::new(profile, region, "route53", keys));
        let http = Http::with_credentials(&settings.url, aws, settings.http)?;
        Ok(Self {
            api: Api::new(http),
            settings,
            found: Remembered::default(),
            resolved: Remembered::default(),
        })
    }

    fn known(&self, zone: &Name) -> Option<HostedZone> {
        if let Some(id) = self.settings.zones.get(zone) {
            let id = id.rsplit('/').next().unwrap_or(id).to_owned();
            return Some(HostedZone { id, private: self.settings.private, linked: None });
        }
        self.found.of(zone)
    }

    /// The one hosted zone of this name and visibility; `None` where there is none.
    async fn hosted(&self, zone: &Name) -> Result<Option<HostedZone>, BackendError> {
        if let Some(known) = self.known(zone) {
            return Ok(Some(known));
        }
        let all = self.api.zones(zone).await?;
        let (mut fit, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|hosted| hosted.private == self.settings.private);
        let ids = |zones: &[HostedZone]| {
            zones.iter().map(|hosted| hosted.id.clone()).collect::<Vec<_>>().join(", ")
        };
        let setup = |reason: String| Err(BackendError::Setup { what: zone.to_string(), reason });
        match (fit.len(), others.is_empty()) {
            (0, true) => Ok(None),
            (0, false) => {
                let (not, is) = if self.settings.private { ("private", false) } else { ("public", true) };
                setup(format!(
                    "the account has no {not} zone of this name, but {}: set `private: {is}` of the provider to manage it",
                    ids(&others)
                ))
            }
            (1, _) => {
                let hosted = fit.remove(0);
                self.found.keep(zone, Some(hosted.clone()));
                Ok(Some(hosted))
            }
            _ => setup(format!(
                "the account has several zones of this name, {}: say which under `zones` of the provider, as in {{{zone}: {}}}",
                ids(&fit),
                fit[0].id
            )),
        }
    }

    fn missing(&self, zone: &Name) -> BackendError {
        let server = self.api.http.base().to_owned();
        BackendError::Refused { server, reason: format!("there is no hosted zone {zone}: create it first") }
    }

    /// Record sets and protections together: neither needs the other.
    async fn live(&self, zone: &Name, hosted: &HostedZone) -> Result<Option<Live>, BackendError> {
        let id = hosted.id.clone();
        let (protected, listed) =
            tokio::try_join!(self.api.protections(zone, &id), self.api.record_sets(zone, &id))?;
        let Some(listed) = listed else { return Ok(None) };
        let incomplete = |reason: String| self.api.http.incomplete(zone, reason);
        let sets = Entries::gather(listed.into_iter().map(Ok)).map_err(incomplete)?;
        let (live, mut locked) = sets.zone(zone).map_err(incomplete)?;
        for (name, rtype, comment) in protected {
            let comment = crate::http::shown(&comment);
            let why = if comment.is_empty() { String::new() } else { format!(" ({comment})") };
            let reason = format!(
                "Route 53 protects it{why}: take the protection away first (`aws route53 delete-resource-record-set-protections`)"
            );
            let keys = live.at(&name).filter(|set| set.rtype() == rtype).map(|set| set.key());
            let plain = RecordKey::new(name.clone(), rtype);
            for key in keys.chain([plain]) {
                locked.insert(key, reason.clone());
            }
        }
        Ok(Some(Live { tokens: Tokens::new(Listing { id, sets }), locked, ..Live::new(live, None) }))
    }

    async fn carry_out(
        &self,
        zone: &Name,
        changes: &[Change],
        live: &Live,
    ) -> Result<Option<String>, WriteEnd> {
        let listing: &Listing = standing::listing(live)?;
        match write::batch(zone, changes, listing)? {
            Some(body) => self.api.change(&listing.id, body).await,
            None => Ok(None),
        }
    }
}

#[async_trait::async_trait]
impl Backend for Route53 {
    fn kind(&self) -> &'static str {
        "route53"
    }

    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            unit: WriteUnit::ZoneBatch,
            compare: CompareAndSwap::ValuesAndTtl,
            limits: Limits {
                records: Some(write::MOST_RECORDS),
                characters: Some(write::MOST_CHARACTERS),
                ..Limits::default()
            },
            settle: Settle::Action("the change is awaited on all of Route 53's servers (INSYNC)"),
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: false,
            publishes_within: Some(60),
        }
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        let hosted = self.hosted(zone).await?.ok_or_else(|| self.missing(zone))?;
        match hosted.linked {
            Some(service) => Err(BackendError::Setup {
                what: zone.to_string(),
                reason: format!("{service} made this hosted zone, and it alone may change it"),
            }),
            None => Ok(self.guarantee(zone)),
        }
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        normal::normalise(zone, self.known(zone.apex()).as_ref().map(|hosted| hosted.id.as_str()))
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.all_zones(self.settings.private).await.map(Some)
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let Some(hosted) = self.hosted(zone).await? else { return Ok(Reading::Missing) };
        match self.live(zone, &hosted).await? {
            Some(live) => Ok(Reading::Live(live)),
            None if self.settings.zones.contains_key(zone) => Err(BackendError::Setup {
                what: zone.to_string(),
                reason: format!(
                    "the account has no hosted zone {}: check `zones` of the provider",
                    hosted.id
                ),
            }),
            None => {
                // It was deleted since it was found; another of this name has another id.
                self.found.keep(zone, None);
                Ok(Reading::Missing)
            }
        }
    }

    /// One change batch, made from the listing of `live`.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(self.carry_out(zone, changes, live)).await
    }

    /// Asks until the change is on all servers.
    async fn settle(&self, zone: &Name, _touched: &[Name], token: Option<&str>) -> Result<(), BackendError> {
        let Some(change) = token else { return Ok(()) };
        let (first, within) = (self.settings.http.first_wait * 2, self.settings.in_sync_within);
        if until_done(first, within, || self.api.in_sync(zone, change)).await? {
            return Ok(());
        }
        Err(BackendError::Refused {
            server: self.api.http.base().to_owned(),
            reason: format!(
                "the change {change} of {zone} was accepted and is still PENDING after {} s; see `aws route53 get-change --id {change}`",
                within.as_secs()
            ),
        })
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.http.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        if !self.settings.servers.is_empty() {
            return Ok(self.settings.servers.clone());
        }
        if let Some(known) = self.resolved.of(zone) {
            return Ok(known);
        }
        let hosted = self.hosted(zone).await?.ok_or_else(|| self.missing(zone))?;
        let names = self.api.name_servers(zone, &hosted.id).await?;
        if names.is_empty() {
            return Err(BackendError::Setup {
                what: zone.to_string(),
                reason: "a private zone has no name servers of its own: list the addresses of a resolver in its VPC under `servers:` of the provider".into(),
            });
        }
        let addresses = hosts::addresses(&zone.to_string(), &names).await?;
        self.resolved.keep(zone, Some(addresses.clone()));
        Ok(addresses)
    }
}
