//! The requests and what their answers mean.

use super::listing::Raw;
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Http, Method, Reply, escaped, shown};
use dnsure_zones::Name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// The most records of one page (documented for `per_page`).
const PAGE: usize = 5_000;
/// How often a listing that changed between two pages is begun anew.
const BEGIN_AGAIN: usize = 1;
/// What a token must be allowed to do.
const PERMISSIONS: &str = "an API token (not the global key) needs Zone:Read and DNS:Read to plan, DNS:Edit to apply, for this zone, and must be neither expired nor limited to other addresses";

/// Codes that say that the token is not accepted, whatever the status.
const NOT_ACCEPTED: [u64; 6] = [1000, 6003, 6111, 9106, 9109, 10000];
/// A record that is gone, or there already: another hand was quicker.
const OVERTAKEN: [u64; 3] = [81044, 81057, 81058];

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
    /// A zone of which nothing is known but its id.
    pub(super) fn of_id(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// `free`, `pro`, `business`, `enterprise`; empty where it is not known.
    pub(super) fn plan(&self) -> &str {
        self.plan.legacy_id.as_deref().unwrap_or_default()
    }
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
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    patches: Option<Vec<Raw>>,
    #[serde(default)]
    posts: Option<Vec<Raw>>,
}

impl Done {
    /// The records that were edited or created.
    pub(super) fn records(self) -> Vec<Raw> {
        self.patches.into_iter().chain(self.posts).flatten().collect()
    }
}

/// The API of one account's token.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
}

impl Api {
    pub(super) fn new(http: Http) -> Self {
        Self { http }
    }

    /// Finds a zone by its name; `None` where the token sees none.
    pub(super) async fn zone(
        &self,
        zone: &Name,
        account: Option<&str>,
    ) -> Result<Option<Zone>, BackendError> {
        let name = zone.to_lower().to_string();
        let mut path = format!("/zones?name={}&per_page=50", escaped(name.trim_end_matches('.')));
        if let Some(account) = account {
            path.push_str(&format!("&account.id={}", escaped(account)));
        }
        let mut found: Vec<Zone> = self.get(zone, path).await?.0;
        // Names in other scripts may come in their own spelling.
        found
            .retain(|found| !found.name.is_ascii() || format!("{}.", found.name).eq_ignore_ascii_case(&name));
        if let [one, other, ..] = found.as_slice() {
            return Err(BackendError::Setup {
                what: zone.to_string(),
                reason: format!(
                    "the zone is in more than one account ({} and {}): say which with `account:`, or its id under `zones:`",
                    shown(&one.account.id),
                    shown(&other.account.id)
                ),
            });
        }
        Ok(found.pop())
    }

    /// The names of all zones that the token sees, in `account` where one is named.
    pub(super) async fn zones(&self, account: Option<&str>) -> Result<Vec<Name>, BackendError> {
        let all = Name::root();
        let account = account.map(|id| format!("&account.id={}", escaped(id))).unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        for page in 1.. {
            let path = format!("/zones?per_page=50&page={page}{account}");
            let (found, info): (Vec<Zone>, _) = self.get(&all, path).await?;
            let is_last = found.is_empty();
            names.extend(found.into_iter().map(|zone| zone.name));
            if is_last || info.and_then(|info| info.total_count).is_none_or(|total| names.len() >= total) {
                break;
            }
        }
        self.http.zone_names(names.iter().map(String::as_str))
    }

    /// A zone by its id.
    pub(super) async fn zone_of_id(&self, zone: &Name, id: &str) -> Result<Zone, BackendError> {
        let found: Zone = self.get(zone, format!("/zones/{}", escaped(id))).await?.0;
        let name = zone.to_lower().to_string();
        if found.name.is_ascii() && !format!("{}.", found.name).eq_ignore_ascii_case(&name) {
            let reason = format!("the id {} under `zones:` is that of {}", shown(id), shown(&found.name));
            return Err(BackendError::Setup { what: zone.to_string(), reason });
        }
        Ok(found)
    }

    /// Every record, or those of one owner name.
    pub(super) async fn records(
        &self,
        zone: &Name,
        id: &str,
        name: Option<&Name>,
    ) -> Result<Vec<Raw>, BackendError> {
        let mut changed = String::new();
        for _ in 0..=BEGIN_AGAIN {
            match self.pages(zone, id, name).await? {
                Ok(records) => return Ok(records),
                Err(reason) => changed = reason,
            }
        }
        Err(self.http.incomplete(zone, format!("{changed}, twice; try again")))
    }

    /// All pages; the inner error is what shows that the zone changed between two of them.
    async fn pages(
        &self,
        zone: &Name,
        id: &str,
        name: Option<&Name>,
    ) -> Result<Result<Vec<Raw>, String>, BackendError> {
        let mut query = format!("per_page={PAGE}&order=name&direction=asc");
        if let Some(name) = name {
            let name = name.to_lower().to_string();
            query.push_str(&format!("&name.exact={}", escaped(name.trim_end_matches('.'))));
        }
        let mut records: Vec<Raw> = Vec::new();
        let mut ids = HashSet::new();
        let mut first = None;
        for page in 1.. {
            let path = format!("/zones/{}/dns_records?page={page}&{query}", escaped(id));
            let (found, info): (Vec<Raw>, _) = self.get(zone, path).await?;
            let total = info.and_then(|info| info.total_count);
            let total = total.ok_or_else(|| {
                self.http.incomplete(zone, "a page does not say how many records there are".into())
            })?;
            let is_empty = found.is_empty();
            if *first.get_or_insert(total) != total {
                return Ok(Err("the number of its records changed between two pages".into()));
            }
            if !found.iter().all(|raw| ids.insert(raw.id().to_owned())) {
                return Ok(Err("one record was on two pages".into()));
            }
            records.extend(found);
            if records.len() == total {
                break;
            }
            if is_empty || records.len() > total {
                return Ok(Err(format!("it has {} records and says {total}", records.len())));
            }
        }
        Ok(Ok(records))
    }

    async fn get<T: DeserializeOwned>(
        &self,
        zone: &Name,
        path: String,
    ) -> Result<(T, Option<Info>), BackendError> {
        let reply = self.http.get(zone, path).await?;
        if !reply.is_success() {
            return Err(self.failure(&reply));
        }
        let answer: Answer<T> = self.http.json(zone, &reply)?;
        match answer.result {
            Some(result) if answer.success => Ok((result, answer.result_info)),
            _ => Err(self.failure(&reply)),
        }
    }

    /// Sends a batch once, or until it is let in.
    pub(super) async fn batch(&self, id: &str, body: Vec<u8>) -> Result<Done, WriteEnd> {
        let call = Call::new(Method::POST, format!("/zones/{}/dns_records/batch", escaped(id))).json(body);
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unwritten(&error))?;
        if !reply.is_success() {
            return Err(self.judge(&reply));
        }
        match serde_json::from_slice::<Answer<Done>>(&reply.body) {
            Ok(answer) if answer.success => Ok(answer.result.unwrap_or_default()),
            Ok(_) => Err(self.judge(&reply)),
            Err(_) => Err(WriteEnd::Unknown {
                reason: format!("{}: the reply is not in the form of this API", self.http.base()),
            }),
        }
    }

    fn judge(&self, reply: &Reply) -> WriteEnd {
        let mut reason = format!("{}: {}", self.http.base(), self.http.words(reply));
        if (400..500).contains(&reply.status) && codes(reply).iter().any(|code| OVERTAKEN.contains(code)) {
            reason.push_str("; somebody else changed these records a moment ago, and nothing was done");
            return WriteEnd::Stale { reason };
        }
        if is_not_accepted(reply) {
            reason = format!("{reason}; {PERMISSIONS}");
        }
        self.http.unsuccessful(reply, reason)
    }

    fn failure(&self, reply: &Reply) -> BackendError {
        let words = self.http.words(reply);
        if is_not_accepted(reply) {
            let reason = format!("{words}; {PERMISSIONS}");
            return BackendError::Unauthorised { server: self.http.base().to_owned(), reason };
        }
        self.http.failure(reply, words)
    }
}

/// A token that is malformed is a bad request to this API.
fn is_not_accepted(reply: &Reply) -> bool {
    let says_so = || codes(reply).iter().any(|code| NOT_ACCEPTED.contains(code));
    matches!(reply.status, 401 | 403) || (reply.status == 400 && says_so())
}

/// The codes of the errors in a reply.
fn codes(reply: &Reply) -> Vec<u64> {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<Code>,
    }
    #[derive(Deserialize)]
    struct Code {
        code: u64,
    }
    let errors = serde_json::from_slice::<Errors>(&reply.body);
    errors.map_or_else(|_| Vec::new(), |errors| errors.errors.iter().map(|error| error.code).collect())
}
