//! Azure DNS as Azure Resource Manager offers it, versions 2018-05-01 and 2023-07-01-preview: zones to
//! create, list, read and delete, record sets to list page by page, get, put, patch and delete, with etags
//! and conditions.

mod hand;
mod place;
mod store;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{Request, Response, Served, Service};
use crate::zone_text::read_zone;
use place::Place;
use store::{Conditions, Key, Refusal, Set, Store};

/// The service, for one resource group.
#[derive(Debug)]
pub struct Azure {
    subscription: String,
    group: String,
    zones: BTreeMap<String, Store>,
    touched: BTreeSet<String>,
    page: usize,
    limits: Option<(u32, u32)>,
    counted: Vec<(Instant, String)>,
    requests: u64,
    aliases: BTreeMap<String, Vec<String>>,
}

impl Azure {
    /// The token that may do everything.
    pub const TOKEN: &str = "token-of-a-contributor";
    /// The token that may read.
    pub const READER: &str = "token-of-a-reader";
    /// The subscription.
    pub const SUBSCRIPTION: &str = "0b1f6471-1bf0-4dda-aec3-111122223333";
    /// The resource group.
    pub const GROUP: &str = "dns";

    /// A resource group without zones, whose pages have 100 record sets.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Azure {
        Azure {
            subscription: Azure::SUBSCRIPTION.into(),
            group: Azure::GROUP.into(),
            zones: BTreeMap::new(),
            touched: BTreeSet::new(),
            page: 100,
            limits: None,
            counted: Vec::new(),
            requests: 0,
            aliases: BTreeMap::new(),
        }
    }

    /// With a zone in master file form; the name servers at its apex are Azure's own.
    #[must_use]
    pub fn zone(mut self, apex: &str, text: &str) -> Azure {
        let mut sets: BTreeMap<(String, String), (u32, Vec<String>)> = BTreeMap::new();
        for row in read_zone(apex, text) {
            let owner = relative(&row.name, apex);
            let set = sets.entry((owner, row.rtype)).or_insert((row.ttl, Vec::new()));
            set.1.push(row.data);
        }
        let own =
            sets.get(&("@".into(), "NS".into())).map(|(_, servers)| servers.clone()).unwrap_or_default();
        let mut store = Store::new(apex, own);
        for ((owner, rtype), (ttl, data)) in sets {
            let rtype = text::rtype(&rtype, true).unwrap_or_else(|| panic!("{owner} {rtype}"));
            let mut properties = Map::new();
            properties.insert("TTL".into(), ttl.into());
            properties.insert("targetResource".into(), json!({}));
            text::set_records(
                rtype,
                &mut properties,
                data.iter().map(|data| text::record(rtype, data)).collect(),
            );
            store.plant(&owner, rtype, properties);
        }
        self.touched.insert(absolute(&store.name));
        self.zones.insert(store.name.to_ascii_lowercase(), store);
        self
    }

    /// Of the name servers at the apex only these are Azure's own.
    #[must_use]
    pub fn own_name_servers(mut self, apex: &str, names: &[&str]) -> Azure {
        self.store(apex).name_servers = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// With so many record sets on a page.
    #[must_use]
    pub fn page(mut self, sets: usize) -> Azure {
        self.page = sets;
        self
    }

    /// Takes so many lists and so many writes of each kind in a minute and zone.
    pub fn limit(&mut self, lists: u32, writes: u32) {
        self.limits = Some((lists, writes));
    }

    /// Takes so many records in one set of this zone, 20 unless this is said, and says so: as recorded,
    /// Azure leaves the number out.
    #[must_use]
    pub fn largest_set(mut self, apex: &str, records: usize) -> Azure {
        let store = self.store(apex);
        (store.largest_set, store.tells_largest_set) = (records, true);
        self
    }

    /// What is answered for this resource, as data in presentation format.
    pub fn answers(&mut self, id: &str, data: &[&str]) {
        self.aliases.insert(id.to_owned(), data.iter().map(|data| (*data).to_owned()).collect());
    }

    /// A zone as it is created: with an SOA and four name servers.
    fn open(&mut self, name: &str) {
        let servers = ["com", "net", "org", "info"].iter().enumerate();
        let servers: Vec<String> =
            servers.map(|(at, tld)| format!("ns{}-01.azure-dns.{tld}.", at + 1)).collect();
        let soa = format!("{} azuredns-hostmaster.microsoft.com. 1 3600 300 2419200 300", servers[0]);
        let mut store = Store::new(name, servers.clone());
        for (rtype, ttl, data) in [("SOA", 3600, vec![soa]), ("NS", 172_800, servers)] {
            let mut properties = Map::new();
            properties.insert("TTL".into(), ttl.into());
            properties.insert("targetResource".into(), json!({}));
            let records = data.iter().map(|data| text::record(rtype, data)).collect();
            text::set_records(rtype, &mut properties, records);
            store.plant("@", rtype, properties);
        }
        self.zones.insert(name.to_ascii_lowercase(), store);
        self.touched.insert(absolute(name));
    }

    fn store(&mut self, apex: &str) -> &mut Store {
        let name = apex.trim_end_matches('.').to_ascii_lowercase();
        self.zones.get_mut(&name).unwrap_or_else(|| panic!("no zone {apex}"))
    }

    fn carry_out(&mut self, request: &Request) -> Result<Response, Refusal> {
        let token = request.token();
        if token != Some(Azure::TOKEN) && token != Some(Azure::READER) {
            return Err((401, "AuthenticationFailed", "Authentication failed.".into()));
        }
        let preview = match request.parameter("api-version").as_deref() {
            Some("2018-05-01") => false,
            Some("2023-07-01-preview") => true,
            Some(other) => {
                return Err((
                    400,
                    "InvalidApiVersionParameter",
                    format!("The api-version '{other}' is invalid."),
                ));
            }
            None => {
                let message = "The api-version query parameter (?api-version=) is required for all requests.";
                return Err((400, "MissingApiVersionParameter", message.into()));
            }
        };
        let place = self.place(request, preview)?;
        let method = request.method.as_str();
        if method != "GET" && token == Some(Azure::READER) {
            let message = "The client does not have authorization to perform action 'Microsoft.Network/dnszones/write'.";
            return Err((403, "AuthorizationFailed", message.into()));
        }
        match (method, place) {
            ("GET", Place::ZonesOfGroup) => {
                let zones = self.zones.values().map(|store| self.zone_object(store)).collect();
                Ok(self.one_page(request, zones))
            }
            ("PUT", Place::NewZone(zone)) => {
                self.open(&zone);
                Ok(Response::json(201, &self.zone_object(&self.zones[&zone])))
            }
            ("DELETE", Place::Zone(zone)) => {
                self.zones.remove(&zone);
                self.touched.insert(absolute(&zone));
                Ok(Response::text(200, "application/json", ""))
            }
            ("GET", Place::Zone(zone)) => Ok(Response::json(200, &self.zone_object(&self.zones[&zone]))),
            ("GET", Place::Sets(zone, rtype)) => {
                self.count(&zone, "list")?;
                Ok(self.list(request, &zone, rtype))
            }
            ("GET", Place::Set(zone, key, _)) => {
                let store = &self.zones[&zone];
                let set = store.sets.get(&key).ok_or_else(|| store.not_found(&key))?;
                Ok(self.told(200, store, key.1, set))
            }
            ("PUT" | "PATCH", Place::Set(zone, key, name)) => {
                let body: Value = serde_json::from_str(&request.body)
                    .map_err(|error| (400, "InvalidRequestContent", error.to_string()))?;
                let is_there = self.zones[&zone].sets.contains_key(&key);
                self.count(&zone, if is_there { "update" } else { "create" })?;
                let store = self.store(&zone);
                let created = store.put(&key, &name, &body, &conditions(request), method == "PATCH")?;
                self.touched.insert(absolute(&zone));
                let store = &self.zones[&zone];
                Ok(self.told(if created { 201 } else { 200 }, store, key.1, &store.sets[&key]))
            }
            ("DELETE", Place::Set(zone, key, _)) => {
                self.count(&zone, "delete")?;
                let deleted = self.store(&zone).delete(&key, &conditions(request))?;
                self.touched.insert(absolute(&zone));
                Ok(Response::text(if deleted { 200 } else { 204 }, "application/json", ""))
            }
            _ => Err((405, "MethodNotAllowed", format!("The method {method} is not allowed here."))),
        }
    }

    fn list(&self, request: &Request, zone: &str, rtype: Option<&str>) -> Response {
        let store = &self.zones[zone];
        let fits = |key: &Key| rtype.is_none_or(|rtype| rtype == key.1);
        let sets = store.sets.iter().filter(|(key, _)| fits(key));
        self.one_page(request, sets.map(|(key, set)| self.object(store, key.1, set)).collect())
    }

    /// One page; the link to the next says where it goes on.
    fn one_page(&self, request: &Request, all: Vec<Value>) -> Response {
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<usize>().ok());
        let top = number("$top").unwrap_or(self.page).min(self.page);
        let skip = number("$skipToken").unwrap_or_default();
        let next = skip + top;
        let is_last = next >= all.len();
        let page: Vec<Value> = all.into_iter().skip(skip).take(top).collect();
        let mut body = json!({ "value": page });
        if !is_last {
            let host = request.header("host").unwrap_or_default();
            let version = request.parameter("api-version").unwrap_or_default();
            let path = request.path();
            body["nextLink"] =
                format!("http://{host}{path}?api-version={version}&$top={top}&$skipToken={next}").into();
        }
        Response::json(200, &body)
    }

    fn zone_object(&self, store: &Store) -> Value {
        let servers = store.name_servers.iter().map(|name| format!("{}.", name.trim_end_matches('.')));
        json!({
            "id": format!("{}/{}", self.zones_path(), store.name),
            "name": store.name,
            "type": "Microsoft.Network/dnszones",
            "etag": "00000002-0000-0000-5ddb-d6f01be1d601",
            "location": "global",
            "tags": {},
            "properties": {
                "maxNumberOfRecordSets": 10_000,
                "maxNumberOfRecordsPerRecordSet": store.tells_largest_set.then_some(store.largest_set),
                "nameServers": servers.collect::<Vec<_>>(),
                "numberOfRecordSets": store.sets.len(),
                "zoneType": "Public",
            },
        })
    }

    fn object(&self, store: &Store, rtype: &str, set: &Set) -> Value {
        let owner = if set.name == "@" { String::new() } else { format!("{}.", set.name) };
        let mut properties = set.properties.clone();
        properties.insert("fqdn".into(), format!("{owner}{}.", store.name).into());
        properties.insert("provisioningState".into(), "Succeeded".into());
        json!({
            "id": format!("{}/{}/{rtype}/{}", self.zones_path(), store.name, set.name),
            "name": set.name,
            "type": format!("Microsoft.Network/dnszones/{rtype}"),
            "etag": set.etag,
            "properties": properties,
        })
    }

    fn told(&self, status: u16, store: &Store, rtype: &str, set: &Set) -> Response {
        Response::json(status, &self.object(store, rtype, set)).header("ETag", set.etag.clone())
    }

    fn zones_path(&self) -> String {
        let Azure { subscription, group, .. } = self;
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnszones")
    }

    /// Counts a call against the limit of its kind and zone.
    fn count(&mut self, zone: &str, kind: &str) -> Result<(), Refusal> {
        let Some((lists, writes)) = self.limits else { return Ok(()) };
        let now = Instant::now();
        self.counted.retain(|(at, _)| now.duration_since(*at) < Duration::from_secs(60));
        let what = format!("{kind} {zone}");
        let limit = if kind == "list" { lists } else { writes };
        if self.counted.iter().filter(|(_, other)| *other == what).count() >= limit as usize {
            return Err((429, "TooManyRequests", format!("The limit of {limit} per minute was reached.")));
        }
        self.counted.push((now, what));
        Ok(())
    }
}

fn conditions(request: &Request) -> Conditions {
    let header = |name: &str| request.header(name).map(|text| text.trim_matches('"').to_owned());
    Conditions { if_match: header("if-match"), if_none_match: header("if-none-match") }
}

fn relative(name: &str, apex: &str) -> String {
    let apex = apex.trim_end_matches('.').to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    if name.eq_ignore_ascii_case(&apex) {
        return "@".into();
    }
    name[..name.len() - apex.len() - 1].to_owned()
}

fn absolute(zone: &str) -> String {
    format!("{}.", zone.trim_end_matches('.'))
}

impl Service for Azure {
    fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        let response = self.carry_out(request).unwrap_or_else(|(status, code, message)| {
            let response = Response::json(status, &json!({ "error": { "code": code, "message": message } }));
            match status {
                401 => response
                    .header("WWW-Authenticate", "Bearer authorization_uri=\"https://login.windows.net/\""),
                429 => response.header("Retry-After", "1"),
                _ => response,
            }
        });
        let id = format!("5d3c0f5e-0000-4000-8000-{:012x}", self.requests);
        let left = 12_000_u64.saturating_sub(self.requests).to_string();
        response
            .header("x-ms-request-id", id)
            .header("x-ms-ratelimit-remaining-subscription-resource-requests", left)
    }

    fn touched(&mut self) -> Vec<String> {
        std::mem::take(&mut self.touched).into_iter().collect()
    }

    fn served(&self, zone: &str) -> Served {
        let Some(store) = self.zones.get(zone.trim_end_matches('.')) else { return Served::new() };
        store.served(&|id, rtype| {
            self.aliases.get(id).cloned().unwrap_or_else(|| {
                let data = match rtype {
                    "A" => "203.0.113.80",
                    "AAAA" => "2001:db8:80::1",
                    _ => "profile.trafficmanager.test.",
                };
                vec![data.to_owned()]
            })
        })
    }
}
