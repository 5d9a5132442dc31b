//! The requests to Azure Resource Manager and what their answers mean.

use super::AzureDnsSettings;
use super::listing::{self, Listed, Listing};
use super::write::Request;
use crate::backend::{BackendError, WriteEnd};
use crate::followed::Followed;
use crate::http::{Call, Dialect, Http, Means, Method, Pages, PerMinute, Says, escaped, shown};
use crate::listing::Entries;
use dnsure_zones::{Name, RecordKey};
use reqwest::header::{HeaderValue, IF_MATCH, IF_NONE_MATCH};
use serde::Deserialize;
use serde_json::Value;

/// How often a listing that does not agree with the zone's count is begun anew.
const BEGIN_AGAIN: usize = 1;

/// Resource Manager's words for what lies above the zones.
const NOWHERE: &[&str] = &[
    "InvalidResourceType",
    "InvalidSubscriptionId",
    "MissingSubscription",
    "ResourceGroupNotFound",
    "SubscriptionNotFound",
];

const CHECK: &str = "check subscription, resource_group and url";

const SAYS: &[Says] = &[
    Says::any(Means::Refused).codes(NOWHERE).todo(CHECK),
    Says::status(404, Means::NotThere).todo(CHECK),
    Says::status(401, Means::NotLetIn).todo("check the credentials"),
    Says::status(403, Means::NotLetIn)
        .todo("reading needs the role Reader on the zone, writing DNS Zone Contributor"),
];

/// Azure Resource Manager, for one resource group.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) settings: AzureDnsSettings,
    lists: PerMinute,
    creations: PerMinute,
    changes: PerMinute,
    deletions: PerMinute,
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

impl Api {
    pub(super) fn new(http: Http, settings: AzureDnsSettings) -> Self {
        let writes = || PerMinute::of(settings.writes_a_minute);
        Self {
            http: http.speaking(Dialect::json(SAYS)),
            lists: PerMinute::of(settings.lists_a_minute),
            creations: writes(),
            changes: writes(),
            deletions: writes(),
            settings,
        }
    }

    /// The path of the zones of the group, or of what is below them.
    fn path(&self, rest: &str) -> String {
        let [subscription, group] =
            [&self.settings.subscription, &self.settings.resource_group].map(|text| escaped(text));
        let version = if self.settings.preview { "2023-07-01-preview" } else { "2018-05-01" };
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones{rest}?api-version={version}"
        )
    }

    fn zone_path(&self, apex: &Name, rest: &str) -> String {
        self.path(&format!("/{}{rest}", escaped(&zone_name(apex))))
    }

    fn set_path(&self, apex: &Name, key: &RecordKey) -> String {
        let owner = escaped(&key.name.to_lower().shown_in(apex));
        self.zone_path(apex, &format!("/{}/{owner}", key.rtype))
    }

    /// Reads a zone with all its record sets.
    pub(super) async fn zone(&self, apex: &Name) -> Result<Listing, BackendError> {
        let mut reason = String::new();
        for _ in 0..=BEGIN_AGAIN {
            let zone = self.properties(apex).await?;
            let objects = self.every_page(apex, self.zone_path(apex, "/recordsets")).await?;
            match zone.number_of_record_sets {
                Some(count) if count != objects.len() => {
                    reason = format!("it has {} record sets, and the zone says {count}", objects.len());
                }
                _ => {
                    let listing = listing(apex, &zone, &objects);
                    return listing.map_err(|reason| self.http.incomplete(apex, reason));
                }
            }
        }
        Err(self.http.incomplete(apex, format!("{reason}, twice; try again")))
    }

    async fn properties(&self, apex: &Name) -> Result<ZoneProperties, BackendError> {
        let found: Option<ZoneObject> = self.http.find(apex, self.zone_path(apex, "")).await?;
        let missing = || BackendError::Setup {
            what: format!("{} {apex}", self.http.base()),
            reason: format!(
                "there is no public DNS zone of this name in the resource group {group}: create it (`az network dns zone create -g {group} -n {zone}`), or check subscription, resource_group and url; private zones (privateDnsZones) are another kind of resource, and this provider does not read them",
                group = shown(&self.settings.resource_group),
                zone = zone_name(apex),
            ),
        };
        found.map(|zone| zone.properties).ok_or_else(missing)
    }

    /// The names of all zones of the resource group.
    pub(super) async fn all_zones(&self) -> Result<Vec<Name>, BackendError> {
        let objects = self.every_page(&Name::root(), self.path("")).await?;
        let name = |object| Value::get(object, "name").and_then(Value::as_str).unwrap_or_default();
        self.http.zone_names(objects.iter().map(name))
    }

    /// Every page. The pages have the size that Azure chooses.
    async fn every_page(&self, apex: &Name, first: String) -> Result<Vec<Value>, BackendError> {
        let incomplete = |reason: String| self.http.incomplete(apex, reason);
        let mut objects = Vec::new();
        let mut pages = Pages::from(first);
        while let Some(path) = pages.turn() {
            self.lists.ready(apex).await;
            let page: Page = self.http.fetch(apex, path).await?;
            objects.extend(page.value);
            let link = page.next_link.filter(|link| !link.is_empty());
            let next = link.map(|link| self.http.path_of(&link)).transpose().map_err(incomplete)?;
            pages.then(next).map_err(incomplete)?;
        }
        Ok(objects)
    }

    /// One record set as it is now; `None` where there is none.
    pub(super) async fn set(&self, apex: &Name, key: &RecordKey) -> Result<Option<Listed>, BackendError> {
        let found: Option<Value> = self.http.find(apex, self.set_path(apex, key)).await?;
        let read = found.map(|object| listing::read(&object, apex)).transpose();
        let read = read.map_err(|reason| self.http.incomplete(apex, reason))?;
        Ok(read.map(|(_, listed)| listed))
    }

    /// Sends one write. The answer's record set is returned, where it has one.
    pub(super) async fn write(
        &self,
        apex: &Name,
        key: &RecordKey,
        Request { etag, body }: Request,
    ) -> Result<Option<Listed>, WriteEnd> {
        let (method, pace) = match (&etag, &body) {
            (_, None) => (Method::DELETE, &self.deletions),
            (None, Some(_)) => (Method::PUT, &self.creations),
            (Some(_), Some(_)) => (Method::PUT, &self.changes),
        };
        let mut call = Call::new(method, self.set_path(apex, key));
        call = match etag {
            Some(etag) => call.header(IF_MATCH, etag),
            None => call.header(IF_NONE_MATCH, HeaderValue::from_static("*")),
        };
        let deletes = body.is_none();
        if let Some(body) = body {
            call = call.json(body.to_string().into_bytes());
        }
        pace.ready(apex).await;
        let reply = self.http.write(&call).await?;
        if deletes && reply.status == 204 {
            return Err(WriteEnd::Stale { reason: "somebody deleted it before".into() });
        }
        let object: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let answered = object.and_then(|object| listing::read(&object, apex).ok());
        Ok(answered.filter(|(answered, _)| answered == key).map(|(_, listed)| listed))
    }
}

fn listing(apex: &Name, zone: &ZoneProperties, objects: &[Value]) -> Result<Listing, String> {
    let sets = Entries::gather(objects.iter().map(|object| listing::read(object, apex)))?;
    let name = |text: &String| Name::parse(text, Some(&Name::root())).map_err(|error| error.to_string());
    Ok(Listing {
        sets: Followed::new(sets),
        name_servers: zone.name_servers.iter().map(name).collect::<Result<_, _>>()?,
        largest_set: zone.max_number_of_records_per_record_set,
    })
}

/// The name of a zone, as a resource has it: without the final dot.
fn zone_name(apex: &Name) -> String {
    apex.to_lower().to_string().trim_end_matches('.').to_owned()
}
