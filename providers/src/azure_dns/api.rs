//! The requests to Azure Resource Manager and what their answers mean.

use super::listing::{self, Listed, Listing};
use super::normal::Known;
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Http, Method, Reply, escaped, shown};
use crate::listing::Entries;
use dnsure_zones::{Name, RecordKey, RecordType, Zone};
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use reqwest::Url;
use reqwest::header::{HeaderValue, IF_MATCH, IF_NONE_MATCH};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;

/// How often a listing that does not agree with the zone's count is begun anew.
const BEGIN_AGAIN: usize = 1;

/// Calls a minute and zone.
type PerZone = RateLimiter<Name, HashMapStateStore<Name>, DefaultClock>;

/// Azure Resource Manager, for one resource group.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    /// The path of the zones.
    zones: String,
    group: String,
    version: &'static str,
    lists: Option<PerZone>,
    /// Creations, changes and deletions have a limit each.
    writes: Option<[PerZone; 3]>,
}

/// A zone without its record sets.
#[derive(Debug, Deserialize)]
struct ZoneObject {
    properties: ZoneProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ZoneProperties {
    #[serde(default)]
    name_servers: Vec<String>,
    number_of_record_sets: Option<usize>,
    max_number_of_records_per_record_set: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    value: Vec<Value>,
    next_link: Option<String>,
}

/// What a write is to be compared with.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// The set as it was listed.
    Etag(String),
    /// There is no such set.
    Absent,
}

/// What was read of a zone.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) zone: Zone,
    pub(super) locked: BTreeMap<RecordKey, String>,
    pub(super) listing: Listing,
    pub(super) known: Known,
}

impl Api {
    pub(super) fn new(http: Http, settings: &super::AzureDnsSettings) -> Self {
        let (subscription, group) = (escaped(&settings.subscription), escaped(&settings.resource_group));
        let per_minute = |limit: NonZeroU32| {
            // Half at once: what comes after a pause is then not all of the next minute.
            let burst = NonZeroU32::new(limit.get() / 2).unwrap_or(limit);
            RateLimiter::hashmap(Quota::per_minute(limit).allow_burst(burst))
        };
        let writes = settings.writes_a_minute.map(|limit| [(); 3].map(|()| per_minute(limit)));
        Self {
            http,
            zones: format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones"
            ),
            group: settings.resource_group.clone(),
            version: if settings.preview { "2023-07-01-preview" } else { "2018-05-01" },
            lists: settings.lists_a_minute.map(per_minute),
            writes,
        }
    }

    /// Reads a zone with all its record sets.
    pub(super) async fn zone(&self, apex: &Name) -> Result<Read, BackendError> {
        let mut reason = String::new();
        for _ in 0..=BEGIN_AGAIN {
            let object = self.zone_object(apex).await?;
            let objects = self.record_sets(apex).await?;
            match object.properties.number_of_record_sets {
                Some(count) if count != objects.len() => {
                    reason = format!("it has {} record sets, and the zone says {count}", objects.len());
                }
                _ => return self.read_all(apex, object, &objects),
            }
        }
        Err(self.http.incomplete(apex, format!("{reason}, twice; try again")))
    }

    fn read_all(&self, apex: &Name, object: ZoneObject, objects: &[Value]) -> Result<Read, BackendError> {
        let incomplete = |reason: String| self.http.incomplete(apex, reason);
        let sets = Entries::gather(objects.iter().map(|object| listing::read(object, apex)));
        let sets = sets.map_err(incomplete)?;
        let (zone, locked) = sets.zone(apex).map_err(incomplete)?;
        let name = |text: &String| Name::parse(&format!("{}.", text.trim_end_matches('.')), None);
        let name_servers: Result<Vec<Name>, _> = object.properties.name_servers.iter().map(name).collect();
        let known = Known {
            name_servers: name_servers.map_err(|error| incomplete(error.to_string()))?,
            host: zone
                .get(apex, RecordType::SOA)
                .and_then(|soa| soa.rdatas().find_map(super::normal::primary)),
            largest_set: object.properties.max_number_of_records_per_record_set,
            settings: listing::settings_of(&sets),
        };
        Ok(Read { zone, locked, listing: Listing::new(sets), known })
    }

    async fn zone_object(&self, apex: &Name) -> Result<ZoneObject, BackendError> {
        let reply = self.http.get(apex, self.path(apex, "")).await?;
        if reply.status == 404 && code(&reply).as_deref() == Some("ResourceNotFound") {
            return Err(BackendError::Setup {
                what: format!("{} {apex}", self.http.base()),
                reason: format!(
                    "there is no public DNS zone of this name in the resource group {group}: create it (`az network dns zone create -g {group} -n {zone}`), or check subscription and resource_group; private zones (privateDnsZones) are another kind of resource, and this provider does not read them",
                    group = shown(&self.group),
                    zone = zone_name(apex),
                ),
            });
        }
        self.read(apex, &reply)
    }

    /// The names of all zones of the resource group.
    pub(super) async fn all_zones(&self) -> Result<Vec<Name>, BackendError> {
        let all = Name::root();
        let objects = self.every_page(&all, format!("{}?api-version={}", self.zones, self.version)).await?;
        let name = |object| Value::get(object, "name").and_then(Value::as_str).unwrap_or_default();
        self.http.zone_names(objects.iter().map(name))
    }

    async fn record_sets(&self, apex: &Name) -> Result<Vec<Value>, BackendError> {
        self.every_page(apex, self.path(apex, "/recordsets")).await
    }

    /// Every page. The pages have the size that Azure chooses.
    async fn every_page(&self, apex: &Name, first: String) -> Result<Vec<Value>, BackendError> {
        let mut path = first;
        let mut seen = HashSet::new();
        let mut objects = Vec::new();
        loop {
            if let Some(lists) = &self.lists {
                lists.until_key_ready(apex).await;
            }
            let reply = self.http.get(apex, path.clone()).await?;
            let page: Page = self.read(apex, &reply)?;
            objects.extend(page.value);
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else { return Ok(objects) };
            let next = self.on_this_host(&link).map_err(|reason| self.http.incomplete(apex, reason))?;
            if !seen.insert(std::mem::replace(&mut path, next)) || seen.contains(&path) {
                return Err(self.http.incomplete(apex, "a page leads back to an earlier one".into()));
            }
        }
    }

    /// The path of a link to the next page. It must lead to the same host: the token goes along.
    fn on_this_host(&self, link: &str) -> Result<String, String> {
        let fault = |what: &str| format!("the link to the next page {what}: {}", shown(link));
        let base = Url::parse(self.http.base()).map_err(|error| error.to_string())?;
        let url = Url::parse(link).map_err(|_| fault("is no URL"))?;
        let has_name = !url.username().is_empty() || url.password().is_some();
        if url.origin() != base.origin() || has_name {
            return Err(fault("leads to another host, which would get the token"));
        }
        let path =
            url.path().strip_prefix(base.path().trim_end_matches('/')).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| fault("leads out of `url`"))?;
        Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// One record set as it is now; `None` where there is none.
    pub(super) async fn set(&self, apex: &Name, key: &RecordKey) -> Result<Option<Listed>, BackendError> {
        let reply = self.http.get(apex, self.path(apex, &place(apex, key))).await?;
        if reply.status == 404 && code(&reply).as_deref() != Some("ResourceGroupNotFound") {
            return Ok(None);
        }
        let object: Value = self.read(apex, &reply)?;
        listing::read(&object, apex)
            .map(|(_, listed)| Some(listed))
            .map_err(|reason| self.http.incomplete(apex, reason))
    }

    /// Sends one write; `body` is what shall be, none for a deletion. The answer's record set is
    /// returned, where it has one.
    pub(super) async fn write(
        &self,
        apex: &Name,
        key: &RecordKey,
        condition: &Condition,
        body: Option<Vec<u8>>,
    ) -> Result<Option<Listed>, WriteEnd> {
        let refused = |reason: String| WriteEnd::Refused { reason };
        let method = if body.is_some() { Method::PUT } else { Method::DELETE };
        let mut call = Call::new(method, self.path(apex, &place(apex, key)));
        let (header, value, limiter) = match condition {
            Condition::Absent => (IF_NONE_MATCH, "*", 0),
            Condition::Etag(etag) => (IF_MATCH, etag.as_str(), if body.is_some() { 1 } else { 2 }),
        };
        let value = HeaderValue::from_str(value)
            .map_err(|_| refused(format!("{key}: its etag fits into no header; nothing was sent")))?;
        call = call.header(header, value);
        let deletes = body.is_none();
        if let Some(body) = body {
            call = call.json(body);
        }
        if let Some(writes) = &self.writes {
            writes[limiter].until_key_ready(apex).await;
        }
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unwritten(&error))?;
        match reply.status {
            204 if deletes => Err(WriteEnd::Stale { reason: "somebody deleted it before".into() }),
            200..300 => Ok(serde_json::from_slice::<Value>(&reply.body)
                .ok()
                .and_then(|object| listing::read(&object, apex).ok())
                .filter(|(answered, _)| answered == key)
                .map(|(_, listed)| listed)),
            _ => Err(self
                .http
                .unsuccessful(&reply, self.words(&reply, "writing needs the role DNS Zone Contributor", ""))),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, apex: &Name, reply: &Reply) -> Result<T, BackendError> {
        if reply.is_success() {
            return self.http.json(apex, reply);
        }
        let other = "; check subscription, resource_group and url";
        Err(self.http.failure(reply, self.words(reply, "reading needs the role Reader on the zone", other)))
    }

    /// The server's words, and what to do: `role` where that is missing.
    fn words(&self, reply: &Reply, role: &str, other: &str) -> String {
        let words = self.http.words(reply);
        match reply.status {
            401 => format!("{words}; check the credentials"),
            403 => format!("{words}; {role}"),
            _ => words + other,
        }
    }

    fn path(&self, apex: &Name, rest: &str) -> String {
        format!("{}/{}{rest}?api-version={}", self.zones, escaped(&zone_name(apex)), self.version)
    }
}

/// A record set below its zone.
fn place(apex: &Name, key: &RecordKey) -> String {
    format!("/{}/{}", key.rtype, escaped(&key.name.to_lower().shown_in(apex)))
}

/// The name of a zone, as a resource has it: without the final dot.
pub(super) fn zone_name(apex: &Name) -> String {
    apex.to_lower().to_string().trim_end_matches('.').to_owned()
}

/// Resource Manager's word for an error.
fn code(reply: &Reply) -> Option<String> {
    let value: Value = serde_json::from_slice(&reply.body).ok()?;
    let error = value.get("error").unwrap_or(&value);
    error.get("code").and_then(Value::as_str).map(str::to_owned)
}
