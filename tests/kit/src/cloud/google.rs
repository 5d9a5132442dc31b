//! Google Cloud DNS, version 1 of its REST API, as far as record sets and their changes go.
//!
//! Paths, members and their types are those of Google's discovery document, which
//! `google_schema.py` holds every call against. What that does not say is from the documentation and
//! from error messages that users have reported: a deletion must be exactly what is there (412, or 404
//! where nothing is), an addition must be new (409), a change is carried out as a whole or not at all,
//! and is `pending` before it is `done`.

mod change;
mod refusal;
mod schema;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Request, Response, Served, Service};
use refusal::Refusal;
pub use schema::schema_violations;
pub use zone::{ManagedZone, RecordSet};

/// The project of [`Google::new`].
pub const PROJECT: &str = "acme-dns";
/// The token that [`Google::new`] takes.
pub const TOKEN: &str = "ya29.a-token-for-tests";

/// What a project may do.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Record sets added by one change.
    pub additions: usize,
    /// Record sets deleted by one change.
    pub deletions: usize,
    /// Octets of record data in one change.
    pub data: usize,
    /// Records in one record set.
    pub records: usize,
    /// Record sets in one zone.
    pub sets: usize,
    /// Name servers in one delegation.
    pub delegation: usize,
}

impl Default for Quota {
    /// What the documentation says every project begins with.
    fn default() -> Quota {
        Quota { additions: 1000, deletions: 1000, data: 100_000, records: 100, sets: 10_000, delegation: 8 }
    }
}

/// One project.
#[derive(Debug)]
pub struct Google {
    /// Its zones; to be changed by foreign hands.
    pub zones: Vec<ManagedZone>,
    /// Its limits.
    pub quota: Quota,
    /// How many entries a page of a listing has.
    pub page: usize,
    /// How often a change is said to be pending before it is done.
    pub pending: u32,
    /// Whether `projects.get` is allowed.
    pub tells_quota: bool,
    /// Bearer tokens, and whether they may write.
    tokens: BTreeMap<String, bool>,
    touched: BTreeSet<String>,
}

impl Default for Google {
    fn default() -> Google {
        Google::new()
    }
}

impl Google {
    /// A project without zones, and [`TOKEN`] that may do anything in it.
    pub fn new() -> Google {
        Google {
            zones: Vec::new(),
            quota: Quota::default(),
            page: 100,
            pending: 0,
            tells_quota: true,
            tokens: [(TOKEN.to_owned(), true)].into(),
            touched: BTreeSet::new(),
        }
    }

    /// With this zone.
    #[must_use]
    pub fn with(mut self, zone: ManagedZone) -> Google {
        self.touched.insert(zone.dns_name.clone());
        self.zones.push(zone);
        self
    }

    /// From now on this token is good, for reading alone or for writing too.
    pub fn take_token(&mut self, token: &str, writes: bool) {
        self.tokens.insert(token.to_owned(), writes);
    }

    /// From now on no token is good.
    pub fn take_no_token(&mut self) {
        self.tokens.clear();
    }

    /// The zone of this name or id.
    pub fn zone(&mut self, name: &str) -> &mut ManagedZone {
        let zone = self.zones.iter_mut().find(|zone| zone.is(name));
        zone.unwrap_or_else(|| panic!("there is no zone {name}"))
    }

    /// A foreign hand's change to a zone, as anybody's: `records` (`owner TTL TYPE data`, all absolute)
    /// take the place of the sets they are members of.
    pub fn put(&mut self, zone: &str, records: &[&str]) {
        let zone = self.zone(zone);
        zone.put(records);
        let name = zone.dns_name.clone();
        self.touched.insert(name);
    }

    /// A foreign hand's record set, with all that it is made of.
    pub fn put_set(&mut self, zone: &str, set: RecordSet) {
        let zone = self.zone(zone);
        zone.put_set(set);
        let name = zone.dns_name.clone();
        self.touched.insert(name);
    }

    /// A foreign hand's deletion.
    pub fn remove(&mut self, zone: &str, owner: &str, rtype: &str) {
        let zone = self.zone(zone);
        zone.remove(owner, rtype);
        let name = zone.dns_name.clone();
        self.touched.insert(name);
    }

    fn respond(&mut self, request: &Request) -> Result<Value, Refusal> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["dns", "v1", "projects", project, rest @ ..] = path.as_slice() else {
            return Err(Refusal::new(404, "notFound", "Not Found"));
        };
        let writes = request.method != "GET";
        match request.token().and_then(|token| self.tokens.get(token)) {
            None => return Err(Refusal::new(401, "authError", "Invalid Credentials")),
            Some(false) if writes => {
                let words = "Request had insufficient authentication scopes.";
                return Err(Refusal::new(403, "insufficientPermissions", words));
            }
            Some(_) => {}
        }
        if *project != PROJECT {
            return Err(Refusal::missing("parameters.project", project));
        }
        match (request.method.as_str(), rest) {
            ("GET", []) => self.project(),
            ("GET", ["managedZones"]) => self.list_zones(request),
            ("POST", ["managedZones"]) => self.create_zone(&request.body),
            ("DELETE", ["managedZones", name]) => self.delete_zone(name),
            ("GET", ["managedZones", name]) => Ok(self.managed(name)?.to_json()),
            ("GET", ["managedZones", name, "rrsets"]) => {
                let page = self.page;
                self.managed(name)?.list_sets(request, page)
            }
            ("GET", ["managedZones", name, "changes"]) => {
                let page = self.page;
                self.managed(name)?.list_changes(request, page)
            }
            ("GET", ["managedZones", name, "changes", id]) => self.managed(name)?.get_change(id),
            ("POST", ["managedZones", name, "changes"]) => {
                let (quota, pending) = (self.quota, self.pending);
                let zone = self.managed(name)?;
                let done = zone.change(&request.body, &quota, pending)?;
                let name = zone.dns_name.clone();
                self.touched.insert(name);
                Ok(done)
            }
            _ => Err(Refusal::new(404, "notFound", "Not Found")),
        }
    }

    fn managed(&mut self, name: &str) -> Result<&mut ManagedZone, Refusal> {
        let zone = self.zones.iter_mut().find(|zone| zone.is(name));
        zone.ok_or_else(|| Refusal::missing("parameters.managedZone", name))
    }

    fn project(&self) -> Result<Value, Refusal> {
        if !self.tells_quota {
            return Err(Refusal::new(403, "forbidden", "Forbidden"));
        }
        let quota = &self.quota;
        Ok(json!({
            "kind": "dns#project",
            "id": PROJECT,
            "number": "460512345678",
            "quota": {
                "kind": "dns#quota",
                "managedZones": 10_000,
                "rrsetsPerManagedZone": quota.sets,
                "rrsetAdditionsPerChange": quota.additions,
                "rrsetDeletionsPerChange": quota.deletions,
                "totalRrdataSizePerChange": quota.data,
                "resourceRecordsPerRrset": quota.records,
                "nameserversPerDelegation": quota.delegation,
            },
        }))
    }

    fn list_zones(&self, request: &Request) -> Result<Value, Refusal> {
        let wanted = request.parameter("dnsName");
        let zones = self
            .zones
            .iter()
            .filter(|zone| wanted.as_ref().is_none_or(|wanted| zone.dns_name.eq_ignore_ascii_case(wanted)));
        let entries = zones.map(|zone| (zone.name.clone(), zone.to_json())).collect();
        zone::page(request, self.page, "dns#managedZonesListResponse", "managedZones", entries)
    }

    fn create_zone(&mut self, body: &str) -> Result<Value, Refusal> {
        let wanted: Value = serde_json::from_str(body)
            .map_err(|error| Refusal::new(400, "parseError", &error.to_string()))?;
        let text = |member: &str| wanted.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, dns_name) = (text("name"), text("dnsName"));
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let usable = (1..=63).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && !name.ends_with('-')
            && name.bytes().all(letters);
        if !usable {
            return Err(Refusal::invalid("entity.managedZone.name", &name));
        }
        if !dns_name.ends_with('.') || dns_name.len() < 2 {
            return Err(Refusal::invalid("entity.managedZone.dnsName", &dns_name));
        }
        if self.zones.iter().any(|zone| zone.name == name) {
            return Err(Refusal::exists("entity.managedZone", &name));
        }
        let mut zone = ManagedZone::new(&name, &dns_name);
        zone.visibility = match text("visibility").as_str() {
            "private" => "private",
            _ => "public",
        };
        zone.id = format!("7700{:06}", self.zones.len() + 1);
        let created = zone.to_json();
        self.touched.insert(dns_name);
        self.zones.push(zone);
        Ok(created)
    }

    /// Only a zone that holds nothing but what every zone holds can be deleted.
    fn delete_zone(&mut self, name: &str) -> Result<Value, Refusal> {
        let zone = self.managed(name)?;
        let is_kept = |(owner, rtype): &(String, String)| {
            *owner == zone.dns_name && matches!(rtype.as_str(), "SOA" | "NS")
        };
        if !zone.sets.keys().all(is_kept) {
            let words = format!(
                "The resource named '{name}' cannot be deleted because it contains one or more 'resource records'."
            );
            return Err(Refusal::new(400, "containerNotEmpty", &words));
        }
        let dns_name = zone.dns_name.clone();
        self.zones.retain(|zone| !zone.is(name));
        self.touched.insert(dns_name);
        Ok(Value::Null)
    }
}

impl Service for Google {
    fn answer(&mut self, request: &Request) -> Response {
        match self.respond(request) {
            Ok(Value::Null) => Response::text(204, "application/json", ""),
            Ok(body) => Response::json(200, &body),
            Err(refusal) => refusal.response(),
        }
    }

    fn touched(&mut self) -> Vec<String> {
        std::mem::take(&mut self.touched).into_iter().collect()
    }

    /// Private zones are not served to the world.
    fn served(&self, zone: &str) -> Served {
        let zone = self.zones.iter().find(|one| one.dns_name == zone && one.visibility == "public");
        zone.map(ManagedZone::served).unwrap_or_default()
    }
}
