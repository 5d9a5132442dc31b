//! PowerDNS Authoritative Server by its HTTP API.
//!
//! One write is one PATCH, one transaction of the server: any number of names, all or
//! nothing, type swaps included. The API has no condition to send along, so the touched sets
//! are read again right before it; between that reply and the PATCH a foreign change would
//! be overwritten unseen. That window is one round trip for up to 16 names, a few
//! milliseconds on loopback; for more names it is the time it takes to read a whole zone.
//!
//! Measured on 4.7.3, and handled here:
//!
//! * The server empties its caches for the zone itself after a PATCH, yet a question that was
//!   under way puts the old answer back in, for up to `cache-ttl` (20 s). With questions coming
//!   in all the time this happened after 8 of 60 writes, and after none of 60 that were followed
//!   by [`Backend::settle`]. It empties the whole zone, since answers made from a wildcard are cached under the names
//!   they were asked for and `domain=*.example.` does not reach them.
//! * Comments and disabled records hang on a record set. A write sends disabled records back
//!   and lets the server keep the comments; a field that this program does not know blocks
//!   the write of that set. A listing filtered by `rrset_name` leaves the disabled records
//!   out, so each write lists the whole zone first (1.1 to 1.6 s for 100,000 sets, where the
//!   PATCH itself takes 2 to 4 s).
//! * Members of one set with different TTLs are listed with the smallest one. Only a question
//!   to the server shows that they differ.
//! * Deletion of the apex NS or of the SOA is answered 204. It is refused here.
//! * Zones not created by the API have no `SOA-EDIT-API`; there the serial stands still and
//!   secondaries would never notice. The PATCH then carries the SOA with the next serial.

mod api;
mod fields;
mod normal;
mod text;
mod write;

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, WriteEnd};
use crate::change::Change;
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use crate::http::{Http, HttpSettings, Reply, Traffic};
use api::{Api, Filter, ZoneReply};
use dnsure_zones::{Name, RecordType, Zone, ZoneBuilder};
use reqwest::header::HeaderName;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use write::Current;

/// Up to this many touched names are read once more, one by one, right before a write.
const READ_BY_NAME: usize = 16;

/// The wait between the two times the caches are emptied: a question that was under way
/// during the PATCH has put its old answer into the cache by then.
const STRAGGLERS: Duration = Duration::from_millis(50);

/// JSON takes at most five octets for one of wire data (`\\DDD`), and no fixed part of a
/// change grows more than that.
const JSON_GROWTH: usize = 5;

/// Whether PowerDNS knows this type; it answers FORMERR to updates of others.
pub(crate) fn takes_updates_of(rtype: dnsure_zones::RecordType) -> bool {
    text::knows(rtype)
}

/// How to reach a PowerDNS server.
#[derive(Debug, Clone)]
pub struct PowerDnsSettings {
    /// Where the web server is, without `/api`, as in `https://ns1.example.net:8081`. Over
    /// plain `http` anyone on the way reads the key.
    pub url: String,
    /// The `api-key` of the server.
    pub api_key: SecretString,
    /// The id of the server in its own API; `localhost` unless a proxy serves several.
    pub server_id: String,
    /// The addresses that answer questions; empty leaves it to the zone's NS records.
    pub servers: Vec<SocketAddr>,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl PowerDnsSettings {
    /// The server at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>, api_key: SecretString) -> Self {
        Self {
            url: url.into(),
            api_key,
            server_id: "localhost".into(),
            servers: Vec::new(),
            http: HttpSettings::default(),
        }
    }

    /// The same with these addresses.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = servers.into_iter().collect();
        self
    }
}

/// One PowerDNS server.
#[derive(Debug)]
pub struct PowerDns {
    api: Api,
    servers: Vec<SocketAddr>,
    /// Zones that the server was seen to sign.
    signed: Mutex<BTreeSet<Name>>,
}

impl PowerDns {
    /// A backend for the server of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or key that cannot be used.
    pub fn new(settings: PowerDnsSettings) -> Result<Self, BackendError> {
        let key = (HeaderName::from_static("x-api-key"), settings.api_key);
        let http = Http::new(&settings.url, Some(key), settings.http)?;
        Ok(Self {
            api: Api::new(http, &settings.server_id),
            servers: settings.servers,
            signed: Mutex::default(),
        })
    }

    /// Reads the zone for what a write must send back, then, unless they are many, the
    /// touched names once more for what it is compared with.
    async fn current(&self, zone: &Name, changes: &[Change]) -> Result<Current, WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason };
        let names: HashSet<&Name> = changes.iter().map(Change::name).collect();
        let listing = self.again(zone, Filter::Everything).await?;
        let mut current = Current::new(listing, zone, &names).map_err(refused)?;
        if names.len() <= READ_BY_NAME {
            for name in names {
                let reply = self.again(zone, Filter::Name(name)).await?;
                current.refresh(name, reply).map_err(refused)?;
            }
        }
        Ok(current)
    }

    async fn again(&self, zone: &Name, filter: Filter<'_>) -> Result<ZoneReply, WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason };
        let reply = self
            .api
            .zone(zone, filter)
            .await
            .map_err(|error| refused(format!("nothing was sent, since reading it before failed: {error}")))?
            .ok_or_else(|| refused(format!("the server has no zone {zone} any more")))?;
        match reply.not_writable() {
            Some(reason) => Err(refused(format!("{zone}: {reason}"))),
            None => Ok(reply),
        }
    }

    async fn carry_out(&self, zone: &Name, changes: &[Change]) -> Result<Option<Reply>, WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason };
        if changes.is_empty() {
            return Ok(None);
        }
        if let Some(reason) = write::refusal(zone, changes) {
            return Err(refused(reason));
        }
        let current = self.current(zone, changes).await?;
        if let Some(reason) = write::stale(changes, &current).map_err(refused)? {
            return Err(WriteEnd::Stale { reason });
        }
        let body = write::body(zone, changes, &current).map_err(refused)?;
        self.api.patch(zone, body).await.map(Some).map_err(|error| self.api.unwritten(&error))
    }

    fn judge(&self, zone: &Name, reply: &Reply) -> Result<Option<String>, WriteEnd> {
        if reply.is_success() {
            return Ok(None);
        }
        let words = self.api.words(reply);
        let reason = match reply.status {
            401 | 403 => format!("{words}; the API key was not accepted: check api_key"),
            404 => format!("{words}; the server has no zone {zone} any more"),
            400 | 413 => format!("{words}; the request may be over webserver-max-bodysize (2 MB by default)"),
            status if status >= 500 => return Err(WriteEnd::Unknown { reason: words }),
            _ => words,
        };
        Err(WriteEnd::Refused { reason })
    }

    fn remember(&self, zone: &Name, signed: bool) {
        let mut known = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if signed {
            known.insert(zone.clone());
        } else {
            known.remove(zone);
        }
    }

    fn listed(&self, zone: &Name, reply: ZoneReply) -> Result<Live, BackendError> {
        self.remember(zone, reply.dnssec);
        let incomplete = |reason: String| self.api.incomplete(zone, reason);
        let sets = reply.rrsets.ok_or_else(|| incomplete("it has no `rrsets`".into()))?;
        let mut builder = ZoneBuilder::new(zone.clone());
        for listed in sets {
            let key = listed.key().map_err(incomplete)?;
            let mut is_served = false;
            for member in listed.members(&key) {
                is_served = true;
                let pushed = builder.push(&key.name, key.rtype, listed.ttl(), &member.map_err(incomplete)?);
                pushed.map_err(|error| incomplete(error.to_string()))?;
            }
            if is_served {
                let disabled = listed.disabled().map(|content| Value::String(content.to_owned())).collect();
                builder.set_settings(key, normal::settings(&listed.comments, disabled));
            }
        }
        let live = builder.finish();
        if live.get(zone, RecordType::SOA).is_none() {
            return Err(incomplete("it holds no SOA record, so the zone is not served".into()));
        }
        Ok(Live::new(live, reply.edited_serial.or(reply.serial)))
    }
}

#[async_trait::async_trait]
impl Backend for PowerDns {
    fn kind(&self) -> &'static str {
        "powerdns"
    }

    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            unit: WriteUnit::ZoneBatch,
            compare: CompareAndSwap::None,
            limits: Limits { octets: Some(write::LARGEST_BODY / JSON_GROWTH), ..Limits::default() },
            settle: Settle::Action("the server's caches are emptied for the zone"),
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: true,
            publishes_within: None,
        }
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        if let Some(reply) = self.api.zone(zone, Filter::Set(zone, RecordType::SOA)).await?
            && let Some(reason) = reply.not_writable()
        {
            return Err(BackendError::Setup { what: zone.to_string(), reason });
        }
        Ok(self.guarantee(zone))
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let normal = normal::normalise(zone);
        let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner).contains(zone.apex());
        if signed { normal::without_declared_keys(normal) } else { normal }
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        match self.api.zone(zone, Filter::Everything).await? {
            Some(reply) => self.listed(zone, reply).map(Reading::Live),
            None => Ok(Reading::Missing),
        }
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        self.api.zones().await.map(Some)
    }

    /// Reads the touched names once more, gives [`WriteEnd::Stale`] when one is not what its
    /// change was made from, and sends one PATCH.
    async fn write(&self, zone: &Name, changes: &[Change], _live: &Live) -> WriteEnd {
        let sent = async {
            match self.carry_out(zone, changes).await? {
                Some(reply) => self.judge(zone, &reply),
                None => Ok(None),
            }
        };
        WriteEnd::of(sent).await
    }

    /// Empties the caches for the whole zone, twice.
    async fn settle(&self, zone: &Name, _touched: &[Name], _token: Option<&str>) -> Result<(), BackendError> {
        self.api.flush(zone).await?;
        tokio::time::sleep(STRAGGLERS).await;
        self.api.flush(zone).await
    }

    /// Creates a native zone whose serial the API moves, with the SOA and apex NS records of
    /// `initial`; the server makes an SOA of its own where that has none.
    async fn create_zone(&self, zone: &Name, initial: &Zone) -> Result<(), BackendError> {
        let mut sets = Vec::new();
        for rtype in [RecordType::SOA, RecordType::NS] {
            let Some(set) = initial.get(zone, rtype) else { continue };
            let mut records = Vec::new();
            for wire in set.rdatas() {
                let content = text::to_api(rtype, wire)
                    .map_err(|reason| BackendError::Setup { what: format!("{zone} {rtype}"), reason })?;
                records.push(json!({ "content": content, "disabled": false }));
            }
            let ttl = set.ttl().as_secs();
            let name = zone.to_lower().to_string();
            sets.push(json!({ "name": name, "type": rtype.to_string(), "ttl": ttl, "records": records }));
        }
        let body = json!({
            "name": zone.to_lower().to_string(),
            "kind": "Native",
            "soa_edit_api": "DEFAULT",
            "nameservers": [],
            "rrsets": sets,
        });
        let body = serde_json::to_vec(&body)
            .map_err(|error| BackendError::Setup { what: zone.to_string(), reason: error.to_string() })?;
        let reply = self.api.create(body).await?;
        if !reply.is_success() {
            return Err(self.api.failure(&reply));
        }
        // "No such zone" may be in the packet cache.
        self.api.flush(zone).await
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.traffic())
    }

    async fn servers(&self, _zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        Ok(self.servers.clone())
    }
}
