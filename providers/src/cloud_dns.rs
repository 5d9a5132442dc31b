//! Google Cloud DNS by its REST API, version 1.
//!
//! One write is one `changes.create`: any number of record sets, all or nothing. A deletion must be
//! what is there in TTL, data and routing policy, and an addition must be new, so every set that is
//! touched is compared by Google itself with what this program has listed.
//!
//! The zone has no version that could be sent along. The id of its last change tells whether anybody
//! has written to it, so that a second look costs one call where nobody has.
//!
//! A change that is `done` has been sent to the name servers, no more.

mod api;
mod listing;
mod managed;
mod normal;
mod quota;
mod write;

use crate::account::google::{Account, Scopes};
use crate::backend::{Backend, BackendError, Live, Normalised, Reading, WriteEnd};
use crate::change::{Change, SetChange};
use crate::guarantee::{CompareAndSwap, Guarantee, Settle, WriteUnit};
use crate::hosted::{Hosted, HostedZones};
use crate::http::{Dialect, Http, HttpSettings, Rate, Traffic};
use crate::small;
use crate::standing;
use api::{Api, SAYS};
use dnsure_zones::{Name, RecordType, Zone};
use listing::Listing;
use managed::Managed;
use quota::Quota;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

pub use crate::account::google::GoogleAccount;

/// The API of everybody who has not been told otherwise.
pub const DEFAULT_URL: &str = "https://dns.googleapis.com";

/// The first wait between two looks at a change that is pending.
const FIRST_WAIT: Duration = Duration::from_millis(100);

const SCOPES: Scopes = Scopes {
    reading: "https://www.googleapis.com/auth/ndev.clouddns.readonly",
    writing: "https://www.googleapis.com/auth/ndev.clouddns.readwrite",
};

/// How to reach a project of Google Cloud DNS.
#[derive(Debug, Clone)]
pub struct CloudDnsSettings {
    /// The id of the project.
    pub project: String,
    /// Whether the zones are private ones.
    pub private: bool,
    /// The name or id of the managed zone, where several have one DNS name.
    pub zones: BTreeMap<Name, String>,
    /// Where the API is, up to `/dns/v1`.
    pub url: String,
    /// Who asks.
    pub account: GoogleAccount,
    /// The addresses that answer questions; empty leaves it to the name servers Google gave the zone.
    pub servers: Vec<SocketAddr>,
    /// How long a change may stay pending.
    pub settles_within: Duration,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl CloudDnsSettings {
    /// The public zones of `project`, by application default credentials.
    #[must_use]
    pub fn new(project: impl Into<String>) -> Self {
        // Projects may have other quotas; one that is used up says 429, and then waits are longer.
        let http = HttpSettings { rate: Some(Rate::new(10, 100)), ..HttpSettings::default() };
        Self {
            project: project.into(),
            private: false,
            zones: BTreeMap::new(),
            url: DEFAULT_URL.into(),
            account: GoogleAccount::Default,
            servers: Vec::new(),
            settles_within: Duration::from_secs(300),
            http,
        }
    }
}

/// One project of Google Cloud DNS.
#[derive(Debug)]
pub struct CloudDns {
    api: Api,
    account: Arc<Account>,
    private: bool,
    servers: Vec<SocketAddr>,
    settles_within: Duration,
    quota: OnceCell<Quota>,
    hosted: HostedZones<Managed>,
}

impl CloudDns {
    /// A backend for the project of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or token that cannot be used.
    pub fn new(settings: CloudDnsSettings) -> Result<Self, BackendError> {
        let CloudDnsSettings { private, servers, settles_within, .. } = settings;
        let account = Arc::new(Account::new(settings.account, SCOPES)?);
        let http = Http::with_credentials(&settings.url, account.clone(), settings.http)?;
        let api = Api::new(http.speaking(Dialect::json(SAYS)), &settings.project);
        let hosted = HostedZones::new(settings.zones, private, true);
        Ok(Self { api, account, private, servers, settles_within, quota: OnceCell::new(), hosted })
    }

    async fn there(&self, zone: &Name) -> Result<Managed, BackendError> {
        self.hosted.get(zone, &self.api.http, self.api.managed_zones(Some(zone))).await
    }

    /// The whole listing, and the last change before it. The API gives pages of different moments, which
    /// the last change after them alone can tell.
    async fn live(&self, zone: &Name, managed: Managed) -> Result<Option<Live>, BackendError> {
        let mut last = self.api.last_change(zone, &managed).await?;
        for _ in 0..=2 {
            let Some(before) = last else { return Ok(None) };
            let Some((listed, pages)) = self.api.sets(zone, &managed).await? else { return Ok(None) };
            last = match pages {
                1 => Some(before.clone()),
                _ => self.api.last_change(zone, &managed).await?,
            };
            if last.as_ref() == Some(&before) {
                let live = listing::live(zone, listed, before);
                return live.map(Some).map_err(|reason| self.api.http.incomplete(zone, reason));
            }
        }
        Err(self.api.http.incomplete(zone, "it changed between two pages, each time; try again".into()))
    }
}

#[async_trait::async_trait]
impl Backend for CloudDns {
    fn kind(&self) -> &'static str {
        "cloud-dns"
    }

    /// The limits are the project's own as soon as they are known, until then the documented ones.
    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            limits: self.quota.get().copied().unwrap_or_default().limits(),
            settle: Settle::Action("Cloud DNS is asked until the change is done"),
            // A private zone also needs to know its networks, which nothing here says.
            creates_zones: !self.private,
            ..Guarantee::of(WriteUnit::ZoneBatch, CompareAndSwap::ValuesAndTtl)
        }
    }

    /// From here on tokens may write.
    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        self.account.will_write();
        self.there(zone).await?;
        Ok(self.guarantee(zone))
    }

    /// Asks for the project's quota, where what is to change could come near it.
    async fn survey(&self, live: &Zone, declared: &Zone) -> Result<(), BackendError> {
        if small::is_small(live, declared) {
            return Ok(());
        }
        self.quota.get_or_try_init(|| self.api.quota(live.apex())).await.map(drop)
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let managed = self.hosted.known(zone.apex());
        normal::normalise(zone, managed.as_ref(), self.private, self.quota.get())
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let listed = || self.api.managed_zones(Some(zone));
        self.hosted.read(zone, &self.api.http, listed, |managed| self.live(zone, managed)).await
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        let mut all = self.api.managed_zones(None).await?;
        all.retain(|managed| managed.is_private() == self.private);
        self.api.http.zone_names(all.iter().map(|managed| managed.dns_name.as_str())).map(Some)
    }

    /// Where the last change is still the one before `before`, nobody has written since.
    async fn read_again(&self, zone: &Name, before: &Live) -> Result<Reading, BackendError> {
        let known = before.tokens.get::<Listing>().map(|listing| &listing.change);
        if let (Some(change), Some(managed)) = (known, self.hosted.known(zone))
            && self.api.last_change(zone, &managed).await?.as_ref() == Some(change)
        {
            return Ok(Reading::Live(before.clone()));
        }
        self.read(zone).await
    }

    /// Deletes what was listed and adds what shall be, in one change.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        WriteEnd::of(async {
            let listing: &Listing = standing::listing(live)?;
            let managed = self.there(zone).await.map_err(|error| WriteEnd::unsent(&error))?;
            match write::request(zone, changes, listing)? {
                Some(request) => self.api.change(&managed, &request).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// Waits until the change, or where its answer was lost the last one, is done.
    async fn settle(&self, zone: &Name, _touched: &[Name], token: Option<&str>) -> Result<(), BackendError> {
        let managed = self.there(zone).await?;
        let id = match token {
            Some(id) => id.to_owned(),
            None => self.api.last_change(zone, &managed).await?.unwrap_or_default(),
        };
        let change = format!("the change {id} of the managed zone {}", managed.name);
        let look = || self.api.is_done(zone, &managed, &id);
        self.api.http.settled(&change, FIRST_WAIT, self.settles_within, look).await
    }

    /// Creates a public zone, to which Google gives name servers and an SOA; then the declared ones
    /// take their place.
    async fn create_zone(&self, zone: &Name, initial: &Zone) -> Result<(), BackendError> {
        self.account.will_write();
        self.api.create_zone(&managed::creation(zone)?).await?;
        let Reading::Live(live) = self.read(zone).await? else {
            return Err(self.api.http.incomplete(zone, "it was created and is not there".into()));
        };
        let at = |zone: &Zone, rtype| zone.get(zone.apex(), rtype).map(|set| set.to_set());
        let sets = [RecordType::SOA, RecordType::NS]
            .into_iter()
            .filter_map(|rtype| SetChange::between(at(&live.zone, rtype), Some(at(initial, rtype)?)));
        let changes: Vec<Change> = Change::new(sets.collect()).into_iter().collect();
        let end = self.write(zone, &changes, &live).await;
        end.reason().map_or(Ok(()), |reason| {
            let words = format!("{zone} was created, and its SOA and NS records were not set: {reason}");
            Err(self.api.http.refused(words))
        })
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.http.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let names = async { Ok(self.there(zone).await?.name_servers) };
        self.hosted.servers(&self.api.place(zone), &self.servers, names).await
    }
}
