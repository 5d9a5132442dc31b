//! The requests and what their answers mean.

use super::listing;
use super::write::Batch;
use crate::backend::{BackendError, WriteEnd};
use crate::hosted::Hosted;
use crate::http::{Call, Http, Means, Method, Numbered, Says, escaped, shown};
use crate::records::Record;
use dnsure_zones::Name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The records of one page; the service may give fewer, and its OpenAPI document would allow more.
const PAGE: usize = 5_000;
/// What a token must be allowed to do.
const PERMISSIONS: &str = "an API token (not the global key) needs Zone:Read and DNS:Read to plan, DNS:Edit to apply, for this zone, and must be neither expired nor limited to other addresses";

/// What Cloudflare's errors mean.
pub(super) const SAYS: &[Says] = &[
    // A record that is gone, or there already.
    Says::any(Means::Stale)
        .codes(&["81044", "81057", "81058"])
        .todo("somebody else changed these records a moment ago, and nothing was done"),
    // A token that is malformed is a bad request to this API.
    Says::status(400, Means::NotLetIn)
        .codes(&["1000", "6003", "6111", "9106", "9109", "10000"])
        .todo(PERMISSIONS),
    Says::status(401, Means::NotLetIn).todo(PERMISSIONS),
    Says::status(403, Means::NotLetIn).todo(PERMISSIONS),
];

/// A zone, as far as it matters here.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Zone {
    pub(super) id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    pub(super) name_servers: Vec<String>,
    /// `full`, `partial`, `secondary` or `internal`.
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    plan: Plan,
    #[serde(default)]
    account: Account,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Plan {
    legacy_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Account {
    #[serde(default)]
    id: String,
}

impl Zone {
    /// `free`, `pro`, `business`, `enterprise`; empty where it is not known.
    pub(super) fn plan(&self) -> &str {
        self.plan.legacy_id.as_deref().unwrap_or_default()
    }

    /// Names in other scripts may come in their own spelling.
    fn may_be(&self, zone: &Name) -> bool {
        !self.name.is_ascii() || self.name.eq_ignore_ascii_case(&bare(zone))
    }
}

impl Hosted for Zone {
    const SEEN_BY: &'static str = "let the token read it (Zone:Read)";

    fn calls(&self) -> Vec<&str> {
        vec![&self.id, &self.account.id]
    }
}

/// A name without its final dot.
fn bare(name: &Name) -> String {
    name.to_lower().to_string().trim_end_matches('.').to_owned()
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    #[serde(default)]
    success: bool,
    result_info: Option<Info>,
}

#[derive(Deserialize)]
struct Info {
    total_count: Option<usize>,
}

/// What a batch did.
#[derive(Default, Deserialize)]
struct Done {
    patches: Option<Vec<Value>>,
    posts: Option<Vec<Value>>,
}

/// The API of one account's token.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    /// What zones are looked up with.
    query: String,
}

impl Api {
    /// For all zones that the token sees, or those of one account.
    pub(super) fn new(http: Http, account: Option<&str>) -> Self {
        let account = account.map(|id| format!("&account.id={}", escaped(id))).unwrap_or_default();
        Self { http, query: format!("per_page=50{account}") }
    }

    /// The zones of this name that the token sees.
    pub(super) async fn zones_called(&self, zone: &Name) -> Result<Vec<Zone>, BackendError> {
        let query = format!("{}&name={}", self.query, escaped(&bare(zone)));
        let mut found = self.list(zone, "/zones", &query, "zones", with_id).await?;
        found.retain(|found| found.may_be(zone));
        Ok(found)
    }

    /// The names of all zones that the token sees.
    pub(super) async fn zones(&self) -> Result<Vec<Name>, BackendError> {
        let found = self.list(&Name::root(), "/zones", &self.query, "zones", with_id).await?;
        self.http.zone_names(found.iter().map(|zone| zone.name.as_str()))
    }

    /// A zone by its id; no more than the id where the token is for its records alone.
    pub(super) async fn zone_of_id(&self, zone: &Name, id: &str) -> Result<Zone, BackendError> {
        let found: Zone = match self.get(zone, format!("/zones/{}", escaped(id))).await {
            Err(BackendError::Unauthorised { .. }) => {
                return Ok(Zone { id: id.to_owned(), ..Zone::default() });
            }
            found => found?.0,
        };
        if found.may_be(zone) {
            return Ok(found);
        }
        let reason = format!("the id {} under `zones:` is that of {}", shown(id), shown(&found.name));
        Err(BackendError::Setup { what: zone.to_string(), reason })
    }

    /// Every record, or those of one owner name.
    pub(super) async fn records(
        &self,
        zone: &Name,
        id: &str,
        name: Option<&Name>,
    ) -> Result<Vec<Record>, BackendError> {
        let name = name.map(|name| format!("&name.exact={}", escaped(&bare(name)))).unwrap_or_default();
        let query = format!("per_page={PAGE}&order=name&direction=asc{name}");
        let read = |record: Value| listing::read(zone, &record).map(|listed| (listed.id.clone(), listed));
        self.list(zone, &format!("/zones/{}/dns_records", escaped(id)), &query, "records", read).await
    }

    /// What all pages list, each with its id.
    async fn list<Raw: DeserializeOwned, T>(
        &self,
        zone: &Name,
        path: &str,
        query: &str,
        what: &'static str,
        read: impl Fn(Raw) -> Result<(String, T), String>,
    ) -> Result<Vec<T>, BackendError> {
        let mut pages = Numbered::of(what);
        while let Some(page) = pages.turn() {
            let (found, info) = self.get::<Vec<Raw>>(zone, format!("{path}?page={page}&{query}")).await?;
            let found: Result<Vec<_>, _> = found.into_iter().map(&read).collect();
            let taken = found.and_then(|found| pages.then(found, info.and_then(|info| info.total_count)));
            taken.map_err(|reason| self.http.incomplete(zone, reason))?;
        }
        Ok(pages.all())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        zone: &Name,
        path: String,
    ) -> Result<(T, Option<Info>), BackendError> {
        let reply = self.http.get(zone, path).await?;
        if reply.is_success()
            && let Answer { result: Some(result), success: true, result_info } =
                self.http.json(zone, &reply)?
        {
            return Ok((result, result_info));
        }
        Err(self.http.failure(&reply))
    }

    /// Sends a batch once, or until it is let in; the records as it has edited or created them.
    pub(super) async fn batch(&self, zone: &Name, id: &str, batch: &Batch) -> Result<Vec<Record>, WriteEnd> {
        let path = format!("/zones/{}/dns_records/batch", escaped(id));
        let reply = self.http.write(&Call::new(Method::POST, path).json(batch.body())).await?;
        let answer: Answer<Done> = serde_json::from_slice(&reply.body)
            .map_err(|_| self.accepted_but("its reply is not in the form of this API"))?;
        if !answer.success {
            return Err(self.http.unsuccessful(&reply));
        }
        let Done { patches, posts } = answer.result.unwrap_or_default();
        let records = patches.into_iter().chain(posts).flatten().map(|record| listing::read(zone, &record));
        records.collect::<Result<_, _>>().map_err(|reason: String| self.accepted_but(&reason))
    }

    /// The end of a write whose reply was a success and shows something else.
    pub(super) fn accepted_but(&self, reason: &str) -> WriteEnd {
        let reason = format!("{}: the batch was accepted, and {reason}", self.http.base());
        WriteEnd::Unknown { reason }
    }
}

fn with_id(zone: Zone) -> Result<(String, Zone), String> {
    Ok((zone.id.clone(), zone))
}
