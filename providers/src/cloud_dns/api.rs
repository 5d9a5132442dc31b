//! The calls and what their answers mean.

use super::managed::Managed;
use super::quota::Quota;
use super::write::Request;
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Http, Means, Method, Pages, Says, escaped, shown};
use dnsure_zones::Name;
use serde::Deserialize;
use serde_json::Value;

/// The API, for one project.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    project: String,
}

/// What Google's errors mean. A quota of calls that is used up is 429, and in older words 403.
pub(super) const SAYS: &[Says] = &[
    Says::status(403, Means::TurnedAway).codes(&["rateLimitExceeded", "userRateLimitExceeded"]),
    Says::status(403, Means::Refused)
        .codes(&["quotaExceeded"])
        .todo("have the project's quota of Cloud DNS raised, or change less at once"),
    Says::status(401, Means::NotLetIn)
        .todo("check credentials or token of the provider, and that they have not run out"),
    Says::status(403, Means::NotLetIn)
        .todo("reading takes the role roles/dns.reader in the project, writing roles/dns.admin"),
    // What was to be added is there, or what was to be deleted is not; without a place in the change it is
    // the zone that is not there.
    Says::status(409, Means::Stale).codes(&["alreadyExists"]),
    Says::status(404, Means::Stale).words(&["entity.change"]),
];

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

impl Api {
    pub(super) fn new(http: Http, project: &str) -> Self {
        Self { http, project: project.to_owned() }
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

    fn no_project(&self) -> BackendError {
        BackendError::Setup {
            what: format!("the project {}", shown(&self.project)),
            reason: format!("{} has no such project: check project and url", self.http.base()),
        }
    }

    /// One page, and the token of the next; `None` where what it is about is not there.
    async fn page(
        &self,
        zone: &Name,
        path: String,
        (kind, member): Form,
    ) -> Result<Option<(Vec<Value>, Option<String>)>, BackendError> {
        let Some(mut page) = self.http.find::<Value>(zone, path).await? else { return Ok(None) };
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

    /// What all pages list, and how many they are.
    async fn list(&self, zone: &Name, path: String, form: Form) -> Result<Option<Listed>, BackendError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut entries = Vec::new();
        let mut pages = Pages::from(path.clone());
        while let Some(page) = pages.turn() {
            let Some((found, token)) = self.page(zone, page, form).await? else { return Ok(None) };
            entries.extend(found);
            let next = token.map(|token| format!("{path}{separator}pageToken={}", escaped(&token)));
            pages.then(next).map_err(|reason| self.http.incomplete(zone, reason))?;
        }
        Ok(Some((entries, pages.count())))
    }

    /// Every managed zone, or those of this DNS name.
    pub(super) async fn managed_zones(&self, named: Option<&Name>) -> Result<Vec<Managed>, BackendError> {
        let all = Name::root();
        let query = named.map(|zone| format!("?dnsName={}", escaped(&zone.to_lower().to_string())));
        let path = self.path(&format!("/managedZones{}", query.unwrap_or_default()));
        let zone = named.unwrap_or(&all);
        let (listed, _) = self.list(zone, path, ZONES).await?.ok_or_else(|| self.no_project())?;
        let unreadable = |error: serde_json::Error| {
            self.http
                .incomplete(zone, format!("a managed zone cannot be read: {}", shown(&error.to_string())))
        };
        let mut found: Vec<Managed> = serde_json::from_value(listed.into()).map_err(unreadable)?;
        found.retain(|managed| named.is_none_or(|zone| managed.is_called(zone)));
        Ok(found)
    }

    /// The record sets; `None` where the zone is not there.
    pub(super) async fn sets(&self, zone: &Name, managed: &Managed) -> Result<Option<Listed>, BackendError> {
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
        match self.http.find::<Project>(zone, self.path("")).await {
            Err(BackendError::Unauthorised { .. }) => Ok(Quota::default()),
            found => found?.map(|project| project.quota).ok_or_else(|| self.no_project()),
        }
    }

    /// Sends a change; the id it was given.
    pub(super) async fn change(
        &self,
        managed: &Managed,
        request: &Request,
    ) -> Result<Option<String>, WriteEnd> {
        let call = Call::new(Method::POST, self.zone_path(managed, "/changes")).json(request.body.clone());
        let reply = self.http.write(&call).await.map_err(|end| match request.culprit(&end) {
            Some(key) => end.and(&format!("this is {key}")),
            None => end,
        })?;
        Ok(serde_json::from_slice::<Changed>(&reply.body).ok().map(|change| shown(&change.id)))
    }

    /// Whether a change is no longer pending.
    pub(super) async fn is_done(
        &self,
        zone: &Name,
        managed: &Managed,
        id: &str,
    ) -> Result<bool, BackendError> {
        let path = self.zone_path(managed, &format!("/changes/{}", escaped(id)));
        Ok(self.http.fetch::<Changed>(zone, path).await?.status.as_deref() == Some("done"))
    }

    /// Creates a managed zone.
    pub(super) async fn create_zone(&self, body: &Value) -> Result<(), BackendError> {
        let call = Call::new(Method::POST, self.path("/managedZones")).json(body.to_string().into_bytes());
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unreachable(&error))?;
        if reply.is_success() { Ok(()) } else { Err(self.http.failure(&reply)) }
    }
}

/// What was listed, on how many pages.
pub(super) type Listed = (Vec<Value>, usize);

/// The `kind` of a listing and the member that holds its entries.
type Form = (&'static str, &'static str);
const SETS: Form = ("dns#resourceRecordSetsListResponse", "rrsets");
const CHANGES: Form = ("dns#changesListResponse", "changes");
const ZONES: Form = ("dns#managedZonesListResponse", "managedZones");
