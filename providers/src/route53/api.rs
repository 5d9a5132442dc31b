//! The calls, and what their answers mean.

use super::names;
use super::set::{self, Listed};
use crate::backend::{BackendError, WriteEnd};
use crate::hosted::Hosted;
use crate::http::xml::{self, Element};
use crate::http::{Call, Dialect, Http, Means, Method, Says, escaped, shown};
use dnsure_zones::{Name, RecordKey};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the API's errors mean.
const SAYS: &[Says] = &[
    // Too many requests are no 429.
    Says::status(400, Means::TurnedAway).codes(&[
        "Throttling",
        "ThrottlingException",
        "PriorRequestNotComplete",
    ]),
    // Not "that target was not found", which is said of aliases.
    Says::status(400, Means::Stale).codes(&["InvalidChangeBatch"]).words(&[
        "but it was not found",
        "values provided do not match",
        "already exists",
    ]),
    Says::any(Means::Refused).codes(&["AccessDenied"]).todo("let the role do what docs/route53.md lists"),
    Says::any(Means::NotThere).codes(&["NoSuchHostedZone"]).todo("check `zones` of the provider"),
    // What is not there is no zone, but a change, or the API itself; or it has not got the operation.
    Says::status(404, Means::Refused),
    Says::status(501, Means::Refused),
];

/// A hosted zone as the account lists it.
#[derive(Debug, Clone)]
pub(super) struct HostedZone {
    pub(super) id: String,
    private: bool,
    /// The service that made it and alone may change it.
    pub(super) linked: Option<String>,
}

impl HostedZone {
    /// One of which the id is known, with or without the path that the API puts before it.
    pub(super) fn called(id: &str) -> Self {
        Self { id: bare(id), private: false, linked: None }
    }

    fn listed(hosted: &Element) -> Option<Self> {
        let linked = hosted.deep("ServicePrincipal").first().copied().map(shown);
        Some(Self { private: is_private(hosted), linked, ..Self::called(hosted.text_of("Id")?) })
    }
}

impl Hosted for HostedZone {
    fn calls(&self) -> Vec<&str> {
        vec![&self.id]
    }

    fn is_private(&self) -> bool {
        self.private
    }
}

fn is_private(hosted: &Element) -> bool {
    hosted.deep("PrivateZone").contains(&"true")
}

/// An id as it is used in paths and by users: the API often gives `/hostedzone/Z123`.
pub(super) fn bare(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

/// One account.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    /// Whether the API knows protections and lets these credentials list them, as far as is known.
    pub(super) protects: AtomicBool,
}

impl Api {
    pub(super) fn new(http: Http) -> Self {
        Self {
            http: http.speaking(Dialect { errors: xml::errors, says: SAYS }),
            protects: AtomicBool::new(true),
        }
    }

    /// The zones of exactly this name, found by name so that one page does among any number of others.
    pub(super) async fn zones(&self, zone: &Name) -> Result<Vec<HostedZone>, BackendError> {
        let path = format!("{API}/hostedzonesbyname?dnsname={}&maxitems=100", escaped(&names::of_name(zone)));
        let page = self.http.fetch_xml(zone, path).await?;
        let name = |hosted: &Element| names::name(hosted.text_of("Name").unwrap_or_default());
        let listed = page.root.entries("HostedZones").iter();
        let named = listed.filter(|hosted| name(hosted).is_ok_and(|name| name == *zone));
        Ok(named.filter_map(HostedZone::listed).collect())
    }

    /// The names of all zones, public or private.
    pub(super) async fn all_zones(&self, private: bool) -> Result<Vec<Name>, BackendError> {
        let path = format!("{API}/hostedzone?maxitems=100");
        let name = |hosted: &Element, _: &str| {
            let name = hosted.text_of("Name").unwrap_or_default();
            Ok((is_private(hosted) == private).then(|| name.to_owned()))
        };
        let names =
            self.http.list_xml(&Name::root(), path, "HostedZones", next, name).await?.unwrap_or_default();
        self.http.zone_names(names.iter().flatten().map(String::as_str))
    }

    /// Every record set of the zone; `None` where there is no such zone any more.
    pub(super) async fn record_sets(
        &self,
        zone: &Name,
        id: &str,
    ) -> Result<Option<Vec<Listed>>, BackendError> {
        let path = format!("{}/rrset?maxitems={PAGE}", of_zone(id));
        let listed = |element: &Element, document: &str| set::listed(element, document, id);
        self.http.list_xml(zone, path, "ResourceRecordSets", next, listed).await
    }

    /// Names and types that nobody may change before their protection is taken away, and why; `None` where
    /// the API does not know the operation or denies it, so that none could be known.
    pub(super) async fn protections(
        &self,
        zone: &Name,
        id: &str,
    ) -> Result<Option<Vec<(RecordKey, String)>>, BackendError> {
        if !self.protects.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let path = format!("{}/rrsetprotection?maxresults={PAGE}", of_zone(id));
        let protected = |entry: &Element, _: &str| {
            let text = |part| entry.text_of(part).unwrap_or_default();
            let (name, rtype) = (names::name(text("RecordName")).ok(), text("RecordType").parse().ok());
            let key = name.zip(rtype).map(|(name, rtype)| RecordKey::new(name, rtype));
            Ok(key.map(|key| (key, protection(text("Comment")))))
        };
        match self.http.list_xml(zone, path, PROTECTIONS, next, protected).await {
            Err(BackendError::Refused { .. } | BackendError::Unauthorised { .. }) => Ok(None),
            listed => Ok(Some(listed?.into_iter().flatten().flatten().collect())),
        }
    }

    /// The names of the servers of the zone; none where it is private.
    pub(super) async fn name_servers(&self, zone: &Name, id: &str) -> Result<Vec<String>, BackendError> {
        let hosted = self.http.fetch_xml(zone, of_zone(id)).await?;
        Ok(hosted.root.deep("NameServer").into_iter().map(str::to_owned).collect())
    }

    /// Sends a batch, once, or until it is let in; the id of the change.
    pub(super) async fn change(&self, id: &str, body: String) -> Result<Option<String>, WriteEnd> {
        let call = Call::new(Method::POST, format!("{}/rrset/", of_zone(id)));
        let reply = self.http.write(&call.body("application/xml", body.into_bytes())).await?;
        let root = xml::parse(&String::from_utf8_lossy(&reply.body)).unwrap_or_default();
        Ok(root.deep("Id").first().map(|id| shown(&bare(id))))
    }

    /// Whether a change is on all servers.
    pub(super) async fn in_sync(&self, zone: &Name, change: &str) -> Result<bool, BackendError> {
        let change = self.http.fetch_xml(zone, format!("{API}/change/{}", escaped(change))).await?;
        Ok(change.root.deep("Status").contains(&"INSYNC"))
    }
}

/// The version of the API.
const API: &str = "/2013-04-01";
/// Record sets, or protections, on a page: the most the API gives.
const PAGE: usize = 300;
/// The list of protections.
const PROTECTIONS: &str = "ResourceRecordSetProtections";

fn of_zone(id: &str) -> String {
    format!("{API}/hostedzone/{}", escaped(id))
}

/// What to add to the path of a listing for the page after this one.
///
/// # Errors
/// A page that is no such list, or does not say whether it is the last.
fn next(page: &Element, list: &str) -> Result<Option<String>, String> {
    // Weighted sets share name and type: without the third field a page would begin anew.
    const CURSORS: [(&str, &str); 5] = [
        ("marker", "NextMarker"),
        ("name", "NextRecordName"),
        ("type", "NextRecordType"),
        ("identifier", "NextRecordIdentifier"),
        ("nexttoken", "NextToken"),
    ];
    let given = CURSORS.iter().filter_map(|(key, element)| Some((key, page.text_of(element)?)));
    let given = given.filter(|(_, text)| !text.is_empty());
    let cursor: String = given.map(|(key, text)| format!("&{key}={}", escaped(text))).collect();
    match (list, page.child(list), page.text_of("IsTruncated")) {
        // They have a token where there is more.
        (PROTECTIONS, ..) => Ok(Some(cursor).filter(|cursor| !cursor.is_empty())),
        (_, None, _) => Err(format!("a page has no {list}")),
        (_, _, Some("false")) => Ok(None),
        (_, _, Some("true")) => Ok(Some(cursor)),
        _ => Err("a page does not say whether it is the last".into()),
    }
}

/// Why a protected set is never written to.
fn protection(comment: &str) -> String {
    let why = if comment.is_empty() { String::new() } else { format!(" ({})", shown(comment)) };
    format!(
        "Route 53 protects it{why}: take the protection away first (`aws route53 delete-resource-record-set-protections`)"
    )
}
