//! The calls and what their answers mean.

use super::managed::{Managed, Visibility};
use super::quota::Quota;
use super::write::Request;
use crate::account::google::Account;
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Http, HttpSettings, Method, Reply, escaped, shown, until_done};
use dnsure_zones::Name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// The first wait between two looks at a change that is pending.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The API, for one project.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    project: String,
}

/// Pages of a listing.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) entries: Vec<Value>,
    pub(super) pages: usize,
}

#[derive(Debug, Deserialize)]
struct Changed {
    id: String,
    status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project {
    quota: Quota,
}

/// Google's form of errors.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Failure {
    error: Problem,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    message: String,
    errors: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    reason: String,
}

impl Problem {
    fn of(reply: &Reply) -> Self {
        serde_json::from_slice::<Failure>(&reply.body).unwrap_or_default().error
    }

    fn reason(&self) -> &str {
        self.errors.first().map_or("", |detail| &detail.reason)
    }
}

/// A quota of calls that is used up is 429, and in older words 403.
pub(super) fn rate_limited(reply: &Reply) -> bool {
    reply.status == 429
        || (reply.status == 403
            && matches!(Problem::of(reply).reason(), "rateLimitExceeded" | "userRateLimitExceeded"))
}

impl Api {
    pub(super) fn new(
        url: &str,
        project: &str,
        account: Arc<Account>,
        settings: HttpSettings,
    ) -> Result<Self, BackendError> {
        let http = Http::with_credentials(url, account, settings)?;
        Ok(Self { http, project: project.to_owned() })
    }

    /// For messages about a zone.
    pub(super) fn place(&self, zone: &Name) -> String {
        format!("{zone} in the project {}", shown(&self.project))
    }

    fn path(&self, rest: &str) -> String {
        format!("/dns/v1/projects/{}{rest}", escaped(&self.project))
    }

    fn zone_path(&self, managed: &Managed, rest: &str) -> String {
        self.path(&format!("/managedZones/{}{rest}", escaped(&managed.name)))
    }

    /// The server's words, and what to do where the account is not let in.
    fn words(&self, reply: &Reply) -> String {
        let words = match Problem::of(reply).message.as_str() {
            "" => self.http.words(reply),
            message => self.http.words_of(reply, message),
        };
        match reply.status {
            401 => {
                format!("{words}; check credentials or token of the provider, and that they have not run out")
            }
            403 => format!(
                "{words}; reading takes the role roles/dns.reader and writing roles/dns.admin in the project {}",
                shown(&self.project)
            ),
            _ => words,
        }
    }

    fn read<T: DeserializeOwned>(&self, zone: &Name, reply: &Reply) -> Result<T, BackendError> {
        if reply.is_success() { self.http.json(zone, reply) } else { Err(self.failure(reply)) }
    }

    fn failure(&self, reply: &Reply) -> BackendError {
        self.http.failure(reply, self.words(reply))
    }

    fn no_project(&self) -> BackendError {
        BackendError::Setup {
            what: format!("the project {}", shown(&self.project)),
            reason: format!("{} has no such project: check project and url", self.http.base()),
        }
    }

    /// One page of what is below `path`, and the token of the next; `None` where that is not there.
    async fn page(
        &self,
        zone: &Name,
        path: String,
        (kind, member): Form,
    ) -> Result<Option<(Vec<Value>, Option<String>)>, BackendError> {
        let reply = self.http.get(zone, path).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let mut page: Value = self.read(zone, &reply)?;
        let text = |name: &str| page.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text("kind") != Some(kind) {
            return Err(self.http.incomplete(zone, format!("the answer is no {kind}: check url")));
        }
        let next = text("nextPageToken").map(str::to_owned);
        match page.get_mut(member).map(Value::take) {
            None => Ok(Some((Vec::new(), next))),
            Some(Value::Array(entries)) => Ok(Some((entries, next))),
            Some(_) => Err(self.http.incomplete(zone, format!("its {member} are no list"))),
        }
    }

    /// All pages of what is below `path`.
    async fn list(&self, zone: &Name, path: String, form: Form) -> Result<Option<Entries>, BackendError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut listed = Entries::default();
        let mut seen = HashSet::new();
        let mut next = path.clone();
        loop {
            let Some((entries, token)) = self.page(zone, next, form).await? else { return Ok(None) };
            listed.entries.extend(entries);
            listed.pages += 1;
            let Some(token) = token else { return Ok(Some(listed)) };
            next = format!("{path}{separator}pageToken={}", escaped(&token));
            if !seen.insert(token) {
                return Err(self.http.incomplete(zone, "a page comes again and again".into()));
            }
        }
    }

    /// Every managed zone of this DNS name.
    pub(super) async fn managed_zones(&self, zone: &Name) -> Result<Vec<Managed>, BackendError> {
        let path = self.path(&format!("/managedZones?dnsName={}", escaped(&zone.to_lower().to_string())));
        let listed = self.list(zone, path, ZONES).await?.ok_or_else(|| self.no_project())?;
        let zones =
            listed.entries.into_iter().map(serde_json::from_value).collect::<Result<Vec<Managed>, _>>();
        zones.map_err(|error| {
            self.http
                .incomplete(zone, format!("a managed zone cannot be read: {}", shown(&error.to_string())))
        })
    }

    /// The DNS names of all managed zones that are seen from there.
    pub(super) async fn zones(&self, visibility: Visibility) -> Result<Vec<Name>, BackendError> {
        let all = Name::root();
        let listed = self.list(&all, self.path("/managedZones"), ZONES).await?;
        let entries = listed.ok_or_else(|| self.no_project())?.entries;
        let is_seen = |entry: &&Value| {
            let private = entry.get("visibility").and_then(Value::as_str) == Some("private");
            private == (visibility == Visibility::Private)
        };
        let name = |entry| Value::get(entry, "dnsName").and_then(Value::as_str).unwrap_or_default();
        self.http.zone_names(entries.iter().filter(is_seen).map(name))
    }

    /// The record sets; `None` where the zone is not there.
    pub(super) async fn sets(&self, zone: &Name, managed: &Managed) -> Result<Option<Entries>, BackendError> {
        self.list(zone, self.zone_path(managed, "/rrsets"), SETS).await
    }

    /// The id of the zone's last change, empty where it has seen none; `None` where the zone is not there.
    pub(super) async fn last_change(
        &self,
        zone: &Name,
        managed: &Managed,
    ) -> Result<Option<String>, BackendError> {
        let query = "/changes?sortBy=changeSequence&sortOrder=descending&maxResults=1";
        let page = self.page(zone, self.zone_path(managed, query), CHANGES).await?;
        let id = |changes: Vec<Value>| Some(changes.first()?.get("id")?.as_str()?.to_owned());
        Ok(page.map(|(changes, _)| id(changes).unwrap_or_default()))
    }

    /// The limits of the project; the documented ones where the account may not see them.
    pub(super) async fn quota(&self, zone: &Name) -> Result<Quota, BackendError> {
        let reply = self.http.get(zone, self.path("")).await?;
        if reply.status == 403 && !rate_limited(&reply) {
            return Ok(Quota::default());
        }
        if reply.status == 404 {
            return Err(self.no_project());
        }
        self.read::<Project>(zone, &reply).map(|project| project.quota)
    }

    /// Sends a change; the id it was given.
    pub(super) async fn change(
        &self,
        managed: &Managed,
        request: &Request,
    ) -> Result<Option<String>, WriteEnd> {
        let call = Call::new(Method::POST, self.zone_path(managed, "/changes")).json(request.body.clone());
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unwritten(&error))?;
        if reply.is_success() {
            return Ok(serde_json::from_slice::<Changed>(&reply.body).ok().map(|change| shown(&change.id)));
        }
        let problem = Problem::of(&reply);
        let mut reason = self.words(&reply);
        if let Some(key) = request.culprit(&problem.message) {
            reason.push_str(&format!("; this is {key}"));
        }
        // What was to be added is there, or what was to be deleted is not; without a place in the
        // change it is the zone that is not there.
        let stale = match reply.status {
            409 => problem.reason() == "alreadyExists",
            404 => problem.message.contains("entity.change"),
            _ => false,
        };
        Err(if stale { WriteEnd::Stale { reason } } else { self.http.unsuccessful(&reply, reason) })
    }

    /// Asks for a change until it is done.
    pub(super) async fn until_done(
        &self,
        zone: &Name,
        managed: &Managed,
        id: &str,
        within: Duration,
    ) -> Result<(), BackendError> {
        let path = self.zone_path(managed, &format!("/changes/{}", escaped(id)));
        let look = || async {
            let reply = self.http.get(zone, path.clone()).await?;
            Ok(self.read::<Changed>(zone, &reply)?.status.as_deref() == Some("done"))
        };
        if until_done(FIRST_WAIT, within, look).await? {
            return Ok(());
        }
        let (id, name, seconds) = (shown(id), shown(&managed.name), within.as_secs());
        let reason = format!(
            "the change {id} of the managed zone {name} is still pending after {seconds} s, though it was taken"
        );
        Err(BackendError::Unreachable { server: self.http.base().to_owned(), reason })
    }

    /// Creates a managed zone.
    pub(super) async fn create_zone(&self, body: &Value) -> Result<(), BackendError> {
        let call = Call::new(Method::POST, self.path("/managedZones")).json(body.to_string().into_bytes());
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unreachable(&error))?;
        if reply.is_success() { Ok(()) } else { Err(self.failure(&reply)) }
    }
}

/// The `kind` of a listing and the member that holds its entries.
type Form = (&'static str, &'static str);
const SETS: Form = ("dns#resourceRecordSetsListResponse", "rrsets");
const CHANGES: Form = ("dns#changesListResponse", "changes");
const ZONES: Form = ("dns#managedZonesListResponse", "managedZones");
