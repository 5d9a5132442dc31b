//! Cloudflare's API for zones and DNS records (v4), as its documentation and its SDK describe it:
//! records with ids, batches in one transaction, proxied names that are answered with addresses of
//! the proxy. Held to the official SDK by `tests/cloudflare_sdk.rs`.

mod answers;
mod checks;
mod forms;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Request, Response, Served, Service};
use crate::zone_text::read_zone;
pub use record::Record;
use record::Refusal;

/// The largest page that may be asked for.
const LARGEST_PAGE: usize = 5_000;

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Zone:Read and DNS:Edit.
    Edit,
    /// Zone:Read and DNS:Read.
    Read,
    /// DNS:Edit alone: records, and not the zones that hold them.
    Records,
    /// None of these.
    Nothing,
}

/// One zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its id.
    pub id: String,
    /// Absolute name.
    pub apex: String,
    /// Id of its account.
    pub account: String,
    /// `free`, `pro`, `business` or `enterprise`.
    pub plan: String,
    /// `full`, `partial` or `secondary`.
    pub kind: String,
    /// The records, in the order of their creation.
    pub records: Vec<Record>,
    /// Moves with every change, for ids and times.
    moves: u64,
}

/// The API.
#[derive(Debug)]
pub struct Cloudflare {
    zones: Vec<Zone>,
    tokens: BTreeMap<String, Access>,
    touched: BTreeSet<String>,
    opened: u64,
    largest_page: usize,
    /// After a page of records was answered, this happens, so many times.
    after_a_page: (u32, fn(&mut Zone)),
}

impl Default for Cloudflare {
    fn default() -> Self {
        Self {
            zones: Vec::new(),
            tokens: [(Self::TOKEN.to_owned(), Access::Edit)].into(),
            touched: BTreeSet::new(),
            opened: 0,
            largest_page: LARGEST_PAGE,
            after_a_page: (0, |_| {}),
        }
    }
}

impl Cloudflare {
    /// A token that may edit everything.
    pub const TOKEN: &str = "cfut_EditEverything-0123456789abcdefghij";

    /// An API without zones.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more token.
    #[must_use]
    pub fn token(mut self, token: &str, access: Access) -> Self {
        self.tokens.insert(token.to_owned(), access);
        self
    }

    /// One more zone, on the free plan, with these records (`owner TTL TYPE data`, one a line).
    #[must_use]
    pub fn zone(mut self, apex: &str, records: &str) -> Self {
        self.push_zone(apex);
        let text = format!("$ORIGIN {apex}\n$TTL 300\n@ SOA . . 1 1 1 1 1\n@ NS ns.invalid.\n{records}\n");
        let mut rows = read_zone(apex, &text);
        // A DS is refused where no NS is yet.
        rows.sort_by_key(|row| row.rtype != "NS");
        for row in rows {
            if !(row.name == apex && matches!(row.rtype.as_str(), "SOA" | "NS")) {
                let made = self.last().add(&row.name, row.ttl, &row.rtype, &row.data);
                made.unwrap_or_else(|words| panic!("{row:?}: {words}"));
            }
        }
        self
    }

    /// The zone added last is on this plan.
    #[must_use]
    pub fn plan(mut self, plan: &str) -> Self {
        self.last().plan = plan.to_owned();
        self
    }

    /// The zone added last is of this kind.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.last().kind = kind.to_owned();
        self
    }

    /// The zone added last belongs to this account.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.last().account = account.to_owned();
        self
    }

    /// Answers with pages of so many records at most, whatever is asked for.
    #[must_use]
    pub fn pages_of(mut self, records: usize) -> Self {
        self.largest_page = records;
        self
    }

    /// After each of the next `times` pages of records: somebody else's hand.
    pub fn after_a_page(&mut self, times: u32, hand: fn(&mut Zone)) {
        self.after_a_page = (times, hand);
    }

    /// So many more zones without records.
    #[must_use]
    pub fn empty_zones(mut self, count: usize) -> Self {
        for number in 0..count {
            self.push_zone(&format!("zone{number}.example."));
        }
        self
    }

    /// An empty zone. Its id is never used again.
    fn push_zone(&mut self, apex: &str) {
        self.opened += 1;
        self.zones.push(Zone {
            id: format!("{:032x}", 0xa000_0000_u64 + self.opened),
            apex: apex.to_owned(),
            account: format!("{:032x}", 0xacc0_u64),
            plan: "free".into(),
            kind: "full".into(),
            records: Vec::new(),
            moves: 0,
        });
        self.touched.insert(apex.to_owned());
    }

    fn create_zone(&mut self, body: &str) -> Result<Value, Refusal> {
        let body: Value = serde_json::from_str(body)
            .map_err(|_| Refusal::new(400, 6007, "Malformed JSON in request body"))?;
        let name = body["name"].as_str().filter(|name| name.contains('.'));
        let name = name.ok_or_else(|| Refusal::new(400, 1001, "Invalid zone name"))?;
        let apex = format!("{}.", name.to_ascii_lowercase());
        if self.zones.iter().any(|zone| zone.apex == apex) {
            return Err(Refusal::new(400, 1061, format!("{name} already exists")));
        }
        self.push_zone(&apex);
        if let Some(account) = body.pointer("/account/id").and_then(Value::as_str) {
            self.last().account = account.to_owned();
        }
        Ok(json!({ "result": self.last().json() }))
    }

    /// With everything that is in it.
    fn delete_zone(&mut self, id: &str) -> Result<Value, Refusal> {
        let apex = self.by_id(id)?.apex.clone();
        self.zones.retain(|zone| zone.id != id);
        self.touched.insert(apex);
        Ok(json!({ "result": { "id": id } }))
    }

    fn last(&mut self) -> &mut Zone {
        self.zones.last_mut().unwrap_or_else(|| panic!("there is no zone yet"))
    }

    /// The zone of this absolute name. Looking counts as a change.
    pub fn zone_mut(&mut self, apex: &str) -> &mut Zone {
        self.touched.insert(apex.to_owned());
        let zone = self.zones.iter_mut().find(|zone| zone.apex == apex);
        zone.unwrap_or_else(|| panic!("there is no zone {apex}"))
    }

    /// The zone file with which a name server begins.
    pub fn zone_file(&self, apex: &str) -> String {
        let served = self.served(apex);
        let lines = served.iter().flat_map(|((name, rtype), (ttl, data))| {
            data.iter().map(move |data| format!("{name} {ttl} IN {rtype} {data}\n"))
        });
        lines.collect()
    }

    fn route(&mut self, request: &Request) -> Result<Value, Refusal> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["client", "v4", path @ ..] = path.as_slice() else {
            return Err(Refusal::new(404, 7000, "No route for that URI"));
        };
        let access = self.access(request, path)?;
        if path == ["user", "tokens", "verify"] {
            return Ok(json!({ "result": { "id": format!("{:032x}", 7), "status": "active" } }));
        }
        let is_of_records = path.get(2) == Some(&"dns_records");
        if access == Access::Nothing
            || (access == Access::Read && request.method != "GET")
            || (access == Access::Records && !is_of_records)
        {
            return Err(Refusal::new(403, 10000, "Authentication error"));
        }
        match (request.method.as_str(), path) {
            ("GET", ["zones"]) => self.list_zones(request),
            ("POST", ["zones"]) => self.create_zone(&request.body),
            ("DELETE", ["zones", id]) => self.delete_zone(id),
            ("GET", ["zones", id]) => Ok(json!({ "result": self.by_id(id)?.json() })),
            ("GET", ["zones", id, "dns_records"]) => self.list_records(id, request),
            (method, ["zones", id, "dns_records", rest @ ..]) => {
                let body = if request.body.is_empty() {
                    Ok(Value::Null)
                } else {
                    serde_json::from_str(&request.body)
                };
                let body = body.map_err(|_| Refusal::new(400, 9207, "Request body is invalid."))?;
                let apex = self.by_id(id)?.apex.clone();
                let zone = self.zone_mut(&apex);
                let mut draft = zone.clone();
                let result = match (method, rest) {
                    ("POST", []) => draft.create(&body)?.json(),
                    ("POST", ["batch"]) => draft.batch(&body)?,
                    ("GET", [record]) => draft.get(record)?.json(),
                    ("PUT", [record]) => draft.overwrite(record, &body)?.json(),
                    ("PATCH", [record]) => draft.patch(record, &body)?.json(),
                    ("DELETE", [record]) => json!({ "id": draft.delete(record)?.id }),
                    _ => {
                        return Err(Refusal::new(
                            405,
                            10405,
                            "Method not allowed for this authentication scheme",
                        ));
                    }
                };
                *zone = draft;
                Ok(json!({ "result": result }))
            }
            _ => Err(Refusal::new(404, 7000, "No route for that URI")),
        }
    }

    fn access(&self, request: &Request, path: &[&str]) -> Result<Access, Refusal> {
        let Some(token) = request.token() else {
            return Err(Refusal::new(400, 6003, "Invalid request headers"));
        };
        if token.len() < 38 {
            return Err(Refusal::new(400, 6111, "Invalid format for Authorization header"));
        }
        match self.tokens.get(token) {
            Some(access) => Ok(*access),
            None if path.first() == Some(&"user") => Err(Refusal::new(401, 1000, "Invalid API Token")),
            None => Err(Refusal::new(403, 9109, "Invalid access token")),
        }
    }

    fn by_id(&self, id: &str) -> Result<&Zone, Refusal> {
        let zone = self.zones.iter().find(|zone| zone.id == id);
        zone.ok_or_else(|| Refusal::new(404, 1001, "Invalid zone identifier"))
    }

    fn list_zones(&self, request: &Request) -> Result<Value, Refusal> {
        let name = request.parameter("name").map(|name| format!("{name}."));
        let account = request.parameter("account.id");
        let fits = self.zones.iter().filter(|zone| {
            name.as_ref().is_none_or(|name| *name == zone.apex)
                && account.as_ref().is_none_or(|account| *account == zone.account)
        });
        paged(request, fits.map(Zone::json).collect(), 50, 20)
    }

    fn list_records(&mut self, id: &str, request: &Request) -> Result<Value, Refusal> {
        let zone = self.by_id(id)?;
        let name = request.parameter("name.exact").or_else(|| request.parameter("name"));
        let rtype = request.parameter("type");
        let mut fits: Vec<&Record> = zone.records.iter().collect();
        fits.retain(|record| {
            name.as_ref().is_none_or(|name| record.name.eq_ignore_ascii_case(name))
                && rtype.as_ref().is_none_or(|rtype| *rtype == record.rtype)
        });
        match request.parameter("order").as_deref() {
            None | Some("type") => fits.sort_by(|a, b| a.rtype.cmp(&b.rtype)),
            Some("name") => fits.sort_by(|a, b| a.name.cmp(&b.name)),
            Some("content") => fits.sort_by(|a, b| a.content.cmp(&b.content)),
            Some("ttl") => fits.sort_by_key(|record| record.ttl),
            Some("proxied") => fits.sort_by_key(|record| record.proxied),
            Some(_) => return Err(Refusal::new(400, 1004, "order is not one of the fields")),
        }
        let page = paged(request, fits.into_iter().map(Record::json).collect(), self.largest_page, 100);
        if self.after_a_page.0 > 0 {
            self.after_a_page.0 -= 1;
            let hand = self.after_a_page.1;
            let apex = self.by_id(id)?.apex.clone();
            hand(self.zone_mut(&apex));
        }
        page
    }
}

/// The page that is asked for, of `largest` at most.
fn paged(request: &Request, all: Vec<Value>, largest: usize, default: usize) -> Result<Value, Refusal> {
    let number = |name: &str, default: usize| match request.parameter(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if (1..=LARGEST_PAGE).contains(&number) || name == "page" => Ok(number),
            _ => Err(Refusal::new(400, 1004, "Invalid pagination parameters")),
        },
    };
    let (page, per_page) = (number("page", 1)?.max(1), number("per_page", default)?.min(largest));
    let total = all.len();
    let result: Vec<Value> = all.into_iter().skip((page - 1) * per_page).take(per_page).collect();
    let info = json!({
        "page": page, "per_page": per_page, "count": result.len(), "total_count": total,
        "total_pages": total.div_ceil(per_page),
    });
    Ok(json!({ "result": result, "result_info": info }))
}

impl Zone {
    fn json(&self) -> Value {
        let Zone { id, apex, account, plan, kind, .. } = self;
        json!({
            "id": id,
            "name": apex.trim_end_matches('.'),
            "status": "active",
            "paused": false,
            "type": kind,
            "development_mode": 0,
            "name_servers": answers::NAME_SERVERS.map(|name| name.trim_end_matches('.')),
            "original_name_servers": ["ns1.example.org"],
            "original_registrar": null,
            "original_dnshost": null,
            "modified_on": "2026-01-01T00:00:00.000000Z",
            "created_on": "2026-01-01T00:00:00.000000Z",
            "activated_on": "2026-01-01T00:00:00.000000Z",
            "meta": { "step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3, "phishing_detected": false },
            "owner": { "id": null, "type": "user", "name": null },
            "account": { "id": account, "name": "An account" },
            "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
            "plan": {
                "id": format!("{:032x}", 0xf1), "name": plan, "price": 0, "currency": "USD", "frequency": "",
                "is_subscribed": false, "can_subscribe": false, "legacy_id": plan, "legacy_discount": false,
                "externally_managed": false,
            },
        })
    }
}

impl Service for Cloudflare {
    fn answer(&mut self, request: &Request) -> Response {
        match self.route(request) {
            Ok(mut body) => {
                body["success"] = json!(true);
                body["errors"] = json!([]);
                body["messages"] = json!([]);
                Response::json(200, &body)
            }
            Err(refusal) => refusal.response(),
        }
        .header("CF-RAY", "8f1e2d3c4b5a6978-FRA")
    }

    fn touched(&mut self) -> Vec<String> {
        std::mem::take(&mut self.touched).into_iter().collect()
    }

    fn served(&self, zone: &str) -> Served {
        self.zones.iter().find(|known| known.apex == zone).map(answers::of).unwrap_or_default()
    }
}
