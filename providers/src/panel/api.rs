//! The requests of the protocol and what their answers mean.

use super::declaration::Declaration;
use super::listing::{Listing, Page, Row};
use super::write::{Batch, Write};
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Dialect, Http, Means, Method, Reply, Says, Traffic, escaped, shown};
use dnsure_zones::{Name, Zone};
use reqwest::header::{HeaderValue, IF_MATCH};
use serde::Serialize;
use serde_json::Value;

/// How often a listing that changed between two pages is begun anew.
const BEGIN_AGAIN: usize = 1;

/// What the adapter's errors mean.
const SAYS: &[Says] = &[
    Says::status(401, Means::NotLetIn).todo("check token"),
    Says::status(403, Means::NotLetIn).todo("check token"),
];

/// The adapter.
#[derive(Debug)]
pub(super) struct Api {
    http: Http,
}

/// All rows and the version they were listed at; `None` when the zone changed between two pages.
type Rows = Option<(Vec<Row>, Option<String>)>;

impl Api {
    pub(super) fn new(http: Http) -> Self {
        Self { http: http.speaking(Dialect::json(SAYS)) }
    }

    /// What the adapter declares about `zone`; `None` when it has no such zone.
    pub(super) async fn declaration(&self, zone: &Name) -> Result<Option<Declaration>, BackendError> {
        let reply = self.http.get(zone, path(zone, "")).await?;
        if reply.status == 404 {
            return self.no_such_zone(&reply).map(|()| None);
        }
        let declared: Declaration = self.read(zone, &reply)?;
        if Name::parse(&declared.zone, None).is_ok_and(|name| name == *zone) {
            return Ok(Some(declared));
        }
        Err(self.incomplete(zone, format!("the adapter declares the zone {}", shown(&declared.zone))))
    }

    /// "Not found" may also mean that the URL is wrong; a zone never counts as missing for
    /// that, so the adapter must say it in its own form.
    fn no_such_zone(&self, reply: &Reply) -> Result<(), BackendError> {
        let says_so = serde_json::from_slice::<Value>(&reply.body)
            .is_ok_and(|value| value.get("error").is_some_and(Value::is_string));
        if says_so {
            return Ok(());
        }
        Err(BackendError::Setup {
            what: self.http.base().to_owned(),
            reason: format!(
                "there is no panel adapter here, it answers {}: check url",
                self.http.words(reply)
            ),
        })
    }

    /// Lists the zone at `place`, the live one or the draft.
    pub(super) async fn listing(
        &self,
        zone: &Name,
        declaration: Declaration,
        place: &str,
    ) -> Result<(Listing, Zone), BackendError> {
        for _ in 0..=BEGIN_AGAIN {
            if let Some((rows, version)) = self.rows(zone, place).await? {
                let listing = Listing::new(zone, declaration, version, rows);
                return listing.map_err(|reason| self.incomplete(zone, reason));
            }
        }
        Err(self.incomplete(zone, "the zone changed between two pages, each time; try again".into()))
    }

    async fn rows(&self, zone: &Name, place: &str) -> Result<Rows, BackendError> {
        let incomplete = |reason: String| self.incomplete(zone, reason);
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        let mut first: Option<(usize, Option<String>)> = None;
        loop {
            let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={}", escaped(&cursor)));
            let reply = self.http.get(zone, path(zone, &format!("{place}{query}"))).await?;
            let page: Page = self.read(zone, &reply)?;
            let empty = page.records.is_empty();
            rows.extend(page.records);
            let (total, version) = first.get_or_insert_with(|| (page.total, page.version.clone()));
            if (*total, &*version) != (page.total, &page.version) {
                return Ok(None);
            }
            let listed = rows.len();
            match page.next {
                _ if listed > page.total => {
                    return Err(incomplete(format!("it has {listed} records or more and says {total}")));
                }
                None if listed < page.total => {
                    return Err(incomplete(format!("it ends after {listed} of {total} records")));
                }
                None => return Ok(Some((rows, page.version))),
                Some(_) if empty => {
                    return Err(incomplete(format!("a page after {listed} of {total} records is empty")));
                }
                next => cursor = next,
            }
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, zone: &Name, reply: &Reply) -> Result<T, BackendError> {
        if reply.is_success() {
            return serde_json::from_slice(&reply.body).map_err(|error| {
                // The error may quote the reply.
                let error = shown(&error.to_string());
                self.incomplete(zone, format!("the reply does not follow the protocol: {error}"))
            });
        }
        Err(match self.http.means(reply) {
            Means::NotThere => {
                self.incomplete(zone, format!("{}, though the zone was declared", self.http.words(reply)))
            }
            _ => self.http.failure(reply),
        })
    }

    /// Carries out one write of a single request.
    pub(super) async fn write(
        &self,
        zone: &Name,
        write: &Write,
        version: Option<&str>,
    ) -> Result<Reply, WriteEnd> {
        let record = |id: &str| path(zone, &format!("/records/{}", escaped(id)));
        let call = match write {
            Write::Create(record) => json(Method::POST, path(zone, "/records"), record)?,
            Write::Edit(id, edited) => json(Method::PUT, record(id), edited)?,
            Write::Delete(id) => Call::new(Method::DELETE, record(id)),
            Write::Batch(batch) => json(Method::POST, path(zone, "/batch"), batch)?,
            Write::Zone(whole) => json(Method::PUT, path(zone, "/records"), whole)?,
            Write::Staged(_) => Call::new(Method::POST, path(zone, "/draft/publish")),
        };
        self.send(call, version).await
    }

    /// Makes a new draft that holds `batch`. Nothing of it is live, however it ends.
    pub(super) async fn draft(
        &self,
        zone: &Name,
        batch: &Batch,
        version: Option<&str>,
    ) -> Result<(), WriteEnd> {
        let calls = [
            Call::new(Method::POST, path(zone, "/draft")),
            json(Method::POST, path(zone, "/draft/batch"), batch)?,
        ];
        for call in calls {
            self.send(call, version).await.map_err(|end| match end {
                WriteEnd::Unknown { reason } => {
                    WriteEnd::Refused { reason: format!("{reason}; the draft was not published") }
                }
                other => other,
            })?;
        }
        Ok(())
    }

    async fn send(&self, mut call: Call, version: Option<&str>) -> Result<Reply, WriteEnd> {
        let base = self.http.base();
        if let Some(version) = version {
            let usable = !version.contains('"');
            let value = HeaderValue::from_str(&format!("\"{version}\"")).ok().filter(|_| usable);
            let value = value.ok_or_else(|| WriteEnd::Refused {
                reason: format!(
                    "{base}: no header can hold the version {}; nothing was sent",
                    shown(version)
                ),
            })?;
            call = call.header(IF_MATCH, value);
        }
        self.http.write(&call).await
    }

    pub(super) fn incomplete(&self, zone: &Name, reason: String) -> BackendError {
        self.http.incomplete(zone, reason)
    }

    pub(super) fn base(&self) -> &str {
        self.http.base()
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.http.traffic()
    }
}

fn path(zone: &Name, rest: &str) -> String {
    format!("/zones/{}{rest}", escaped(&zone.to_lower().to_string()))
}

fn json(method: Method, path: String, body: &impl Serialize) -> Result<Call, WriteEnd> {
    let body = serde_json::to_vec(body).map_err(|error| WriteEnd::Refused { reason: error.to_string() })?;
    Ok(Call::new(method, path).json(body))
}
