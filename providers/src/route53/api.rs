//! The calls, and what their answers mean.

use super::set::{self, Listed};
use super::text;
use crate::backend::{BackendError, WriteEnd};
use crate::http::xml::{self, Element};
use crate::http::{Call, Http, Method, Reply, escaped, shown};
use dnsure_zones::{Name, RecordType};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Record sets, or protections, on a page: the most the API gives.
const PAGE: usize = 300;

/// A hosted zone as the account lists it.
#[derive(Debug, Clone)]
pub(super) struct HostedZone {
    pub(super) id: String,
    pub(super) private: bool,
    /// The service that made it and alone may change it.
    pub(super) linked: Option<String>,
}

/// What went wrong, as the API says it.
#[derive(Debug)]
pub(super) struct Failure {
    /// `InvalidChangeBatch` and so on; empty where the body says nothing.
    pub(super) code: String,
    pub(super) messages: Vec<String>,
}

impl Failure {
    /// Both forms: `ErrorResponse` with code and message, and a root named by the code with a list.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(root) = xml::parse(&String::from_utf8_lossy(body)) else {
            return Self { code: String::new(), messages: Vec::new() };
        };
        let code = root.deep("Code").first().map_or(root.name.as_str(), |code| code).to_owned();
        Self { code, messages: root.deep("Message").into_iter().flat_map(separate).collect() }
    }
}

/// Several messages come as `[one, two]` in one text.
fn separate(text: &str) -> Vec<String> {
    let Some(list) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return vec![text.to_owned()];
    };
    let mut messages: Vec<String> = Vec::new();
    for part in list.split(", ") {
        let begins = part.starts_with(|first: char| first.is_ascii_uppercase());
        match messages.last_mut() {
            Some(last) if !begins => *last = format!("{last}, {part}"),
            _ => messages.push(part.to_owned()),
        }
    }
    messages
}

/// Whether a reply says that nothing was carried out and that later may do. Too many requests come as
/// HTTP 400.
pub(super) fn turned_away(reply: &Reply) -> bool {
    const CODES: [&str; 3] = ["Throttling", "ThrottlingException", "PriorRequestNotComplete"];
    reply.status == 429 || (reply.status == 400 && CODES.contains(&Failure::of(&reply.body).code.as_str()))
}

/// One account.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: Http,
    /// Whether the API knows protections and lets these credentials list them, as far as is known.
    protects: AtomicBool,
}

impl Api {
    pub(super) fn new(http: Http) -> Self {
        Self { http, protects: AtomicBool::new(true) }
    }

    /// The zones of exactly this name, found by name so that one page does among any number of others.
    pub(super) async fn zones(&self, zone: &Name) -> Result<Vec<HostedZone>, BackendError> {
        let name = escaped(&text::of_name(zone));
        let (_, root) =
            self.get(zone, format!("/2013-04-01/hostedzonesbyname?dnsname={name}&maxitems=100")).await?;
        let mut found = Vec::new();
        for hosted in root.child("HostedZones").into_iter().flat_map(|list| list.all("HostedZone")) {
            let listed = hosted.text_of("Name").unwrap_or_default();
            let id = hosted.text_of("Id").map(|id| id.rsplit('/').next().unwrap_or(id).to_owned());
            if text::name(listed).is_ok_and(|name| name == *zone)
                && let Some(id) = id
            {
                let private = hosted.child("Config").and_then(|config| config.text_of("PrivateZone"));
                let linked = hosted.child("LinkedService").and_then(|by| by.text_of("ServicePrincipal"));
                found.push(HostedZone { id, private: private == Some("true"), linked: linked.map(shown) });
            }
        }
        Ok(found)
    }

    /// The names of all zones, public or private.
    pub(super) async fn all_zones(&self, private: bool) -> Result<Vec<Name>, BackendError> {
        let all = Name::root();
        let (mut names, mut marker) = (Vec::new(), String::new());
        let mut markers = HashSet::new();
        loop {
            let (_, root) = self.get(&all, format!("/2013-04-01/hostedzone?maxitems=100{marker}")).await?;
            for hosted in root.child("HostedZones").into_iter().flat_map(|list| list.all("HostedZone")) {
                let config = hosted.child("Config").and_then(|config| config.text_of("PrivateZone"));
                if (config == Some("true")) == private {
                    names.push(hosted.text_of("Name").unwrap_or_default().to_owned());
                }
            }
            let Some(next) =
                root.text_of("NextMarker").filter(|_| root.text_of("IsTruncated") == Some("true"))
            else {
                break;
            };
            marker = format!("&marker={}", escaped(next));
            if !markers.insert(marker.clone()) {
                return Err(self.http.incomplete(&all, "a page comes again and again".into()));
            }
        }
        self.http.zone_names(names.iter().map(String::as_str))
    }

    /// Every record set of the zone; `None` where there is no such zone any more.
    pub(super) async fn record_sets(
        &self,
        zone: &Name,
        id: &str,
    ) -> Result<Option<Vec<Listed>>, BackendError> {
        let incomplete = |reason: String| self.http.incomplete(zone, reason);
        let mut sets = Vec::new();
        let mut cursors = HashSet::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{}/rrset?maxitems={PAGE}{cursor}", of_zone(id));
            let (document, root) = match self.get(zone, path).await {
                Err(BackendError::Setup { .. }) if sets.is_empty() => return Ok(None),
                other => other?,
            };
            let page = root
                .child("ResourceRecordSets")
                .ok_or_else(|| incomplete("it lists no record sets".into()))?;
            for element in page.all("ResourceRecordSet") {
                sets.push(set::listed(element, &document, id).map_err(incomplete)?);
            }
            match root.text_of("IsTruncated") {
                Some("false") => return Ok(Some(sets)),
                Some("true") => {}
                _ => return Err(incomplete("a page does not say whether it is the last".into())),
            }
            // Weighted sets share name and type: without the third field a page would begin anew.
            let fields = [
                ("name", "NextRecordName"),
                ("type", "NextRecordType"),
                ("identifier", "NextRecordIdentifier"),
            ];
            let given = fields.iter().filter_map(|(key, element)| Some((key, root.text_of(element)?)));
            cursor = given.map(|(key, text)| format!("&{key}={}", escaped(text))).collect();
            if cursor.is_empty() || !cursors.insert(cursor.clone()) {
                let count = sets.len();
                return Err(incomplete(format!(
                    "after {count} record sets the next page is one that was there before"
                )));
            }
        }
    }

    /// Names and types that nobody may change before their protection is taken away. An API that does
    /// not know the operation, or denies it, has none that could be known.
    pub(super) async fn protections(
        &self,
        zone: &Name,
        id: &str,
    ) -> Result<Vec<(Name, RecordType, String)>, BackendError> {
        let mut protected = Vec::new();
        let mut token = String::new();
        let mut tokens = HashSet::new();
        while self.protects.load(Ordering::Relaxed) {
            let path = format!("{}/rrsetprotection?maxresults={PAGE}{token}", of_zone(id));
            let reply = self.http.get(zone, path).await?;
            let unknown = (400..500).contains(&reply.status) || reply.status == 501;
            if unknown && !turned_away(&reply) {
                self.protects.store(false, Ordering::Relaxed);
                break;
            }
            let (_, root) = self.document(zone, &reply)?;
            for entry in
                root.child("ResourceRecordSetProtections").into_iter().flat_map(|list| &list.children)
            {
                let name = text::name(entry.text_of("RecordName").unwrap_or_default());
                let rtype = entry.text_of("RecordType").unwrap_or_default().parse();
                if let (Ok(name), Ok(rtype)) = (name, rtype) {
                    protected.push((name, rtype, entry.text_of("Comment").unwrap_or_default().to_owned()));
                }
            }
            let Some(next) = root.text_of("NextToken").filter(|next| !next.is_empty()) else { break };
            token = format!("&nexttoken={}", escaped(next));
            if !tokens.insert(token.clone()) {
                return Err(self
                    .http
                    .incomplete(zone, "its protections come page by page without an end".into()));
            }
        }
        Ok(protected)
    }

    /// The names of the servers of the zone; none where it is private.
    pub(super) async fn name_servers(&self, zone: &Name, id: &str) -> Result<Vec<String>, BackendError> {
        let (_, root) = self.get(zone, of_zone(id)).await?;
        let servers = root.child("DelegationSet").map(|set| set.deep("NameServer")).unwrap_or_default();
        Ok(servers.into_iter().map(str::to_owned).collect())
    }

    /// Sends a batch, once, or until it is let in; the id of the change.
    pub(super) async fn change(&self, id: &str, body: String) -> Result<Option<String>, WriteEnd> {
        let call = Call::new(Method::POST, format!("{}/rrset/", of_zone(id)));
        let call = call.body("application/xml", body.into_bytes());
        let reply = self.http.once_admitted(&call).await.map_err(|error| self.http.unwritten(&error))?;
        if reply.is_success() {
            let root = xml::parse(&String::from_utf8_lossy(&reply.body)).unwrap_or_default();
            let id = root.child("ChangeInfo").and_then(|info| info.text_of("Id"));
            return Ok(id.map(|id| shown(id.rsplit('/').next().unwrap_or(id))));
        }
        let reason = self.words(&reply);
        let Failure { code, messages } = Failure::of(&reply.body);
        match code.as_str() {
            "InvalidChangeBatch" if reply.status == 400 && super::write::is_stale(&messages) => {
                Err(WriteEnd::Stale { reason })
            }
            _ => Err(self.http.unsuccessful(&reply, reason)),
        }
    }

    /// Whether a change is on all servers.
    pub(super) async fn in_sync(&self, zone: &Name, change: &str) -> Result<bool, BackendError> {
        let (_, root) = self.get(zone, format!("/2013-04-01/change/{}", escaped(change))).await?;
        Ok(root.deep("Status").contains(&"INSYNC"))
    }

    async fn get(&self, zone: &Name, path: String) -> Result<(String, Element), BackendError> {
        let reply = self.http.get(zone, path).await?;
        self.document(zone, &reply)
    }

    fn document(&self, zone: &Name, reply: &Reply) -> Result<(String, Element), BackendError> {
        if !reply.is_success() {
            return Err(self.failure(zone, reply));
        }
        let unreadable =
            |reason: String| self.http.incomplete(zone, format!("the reply is no XML of Route 53: {reason}"));
        let text = String::from_utf8(reply.body.clone()).map_err(|error| unreadable(error.to_string()))?;
        let root = xml::parse(&text).map_err(|reason| unreadable(shown(&reason)))?;
        Ok((text, root))
    }

    /// The words of a reply that is no success.
    fn words(&self, reply: &Reply) -> String {
        let Failure { code, messages } = Failure::of(&reply.body);
        let words = self.http.words_of(reply, format!("{code} {}", messages.join("; ")).trim());
        match code.as_str() {
            "AccessDenied" => format!("{words}; let the role do what docs/route53.md lists"),
            _ => words,
        }
    }

    fn failure(&self, zone: &Name, reply: &Reply) -> BackendError {
        let words = self.words(reply);
        match Failure::of(&reply.body).code.as_str() {
            "NoSuchHostedZone" => BackendError::Setup {
                what: zone.to_string(),
                reason: format!("{words}; check `zones` of the provider"),
            },
            "AccessDenied" => BackendError::Refused { server: self.http.base().to_owned(), reason: words },
            _ => self.http.failure(reply, words),
        }
    }
}

fn of_zone(id: &str) -> String {
    format!("/2013-04-01/hostedzone/{}", escaped(id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_error_are_read_with_all_their_messages() {
        let new = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code>\
            <Message>[Tried to delete resource record set [name='a.', type='A'] but it was not found, Tried to create \
            resource record set [name='b.', type='A'] but it already exists]</Message></Error></ErrorResponse>";
        let old = "<InvalidChangeBatch xmlns=\"x\"><Messages><Message>Tried to delete resource record set [name='a.', \
            type='A'] but it was not found</Message><Message>Tried to create resource record set [name='b.', type='A'] \
            but it already exists</Message></Messages></InvalidChangeBatch>";
        for form in [new, old] {
            let failure = Failure::of(form.as_bytes());
            assert_eq!(failure.code, "InvalidChangeBatch");
            assert_eq!(failure.messages.len(), 2, "{failure:?}");
            assert!(failure.messages[0].ends_with("not found") && failure.messages[1].ends_with("exists"));
        }
        assert_eq!(Failure::of(b"<html>").code, "");
    }
}
