//! PowerDNS's HTTP API: requests and the shapes of its JSON.

use super::text;
use crate::backend::{BackendError, WriteEnd};
use crate::http::{Call, Dialect, Http, HttpError, Means, Method, Reply, Says, Traffic, escaped};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write as _;

/// A zone as `GET …/zones/{id}` gives it; what this program has no use for is left out.
#[derive(Debug, Deserialize)]
pub(super) struct ZoneReply {
    /// `Native`, `Master`, `Slave`, `Producer`, `Consumer`, newer: `Primary`, `Secondary`.
    #[serde(default)]
    pub(super) kind: String,
    /// The serial in the database.
    pub(super) serial: Option<u32>,
    /// The serial as it is served, after SOA-EDIT.
    pub(super) edited_serial: Option<u32>,
    /// How the API itself moves the serial; empty: not at all.
    #[serde(default)]
    pub(super) soa_edit_api: String,
    /// Whether the server signs it.
    #[serde(default)]
    pub(super) dnssec: bool,
    pub(super) rrsets: Option<Vec<ApiSet>>,
}

impl ZoneReply {
    /// Why this zone is not to be written to here.
    pub(super) fn not_writable(&self) -> Option<String> {
        let kind = self.kind.to_ascii_lowercase();
        match kind.as_str() {
            "slave" | "secondary" => Some(
                "it is a secondary zone here, and the next transfer would undo the change: write to its primary"
                    .into(),
            ),
            "producer" | "consumer" => {
                Some("it is a catalog zone (RFC 9432), which the server maintains itself".into())
            }
            _ => None,
        }
    }
}

/// A record set in the API's form.
#[derive(Debug, Clone)]
pub(super) struct ApiSet {
    pub(super) name: String,
    pub(super) rtype: String,
    pub(super) ttl: u32,
    pub(super) records: Vec<ApiRecord>,
    pub(super) comments: Vec<ApiComment>,
    /// The first field that newer servers may have added.
    pub(super) unknown: Option<String>,
}

/// One member.
#[derive(Debug, Clone)]
pub(super) struct ApiRecord {
    pub(super) content: String,
    /// Kept in the database, not served.
    pub(super) disabled: bool,
    /// As [`ApiSet::unknown`].
    pub(super) unknown: Option<String>,
}

/// A remark on a record set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ApiComment {
    pub(super) content: String,
    #[serde(default)]
    pub(super) account: String,
}

impl ApiSet {
    /// Owner name and type.
    pub(super) fn key(&self) -> Result<RecordKey, String> {
        let name = Name::parse(&self.name, None)
            .map_err(|error| format!("owner name {}: {error}", crate::http::shown(&self.name)))?;
        let rtype = text::type_from_api(&self.rtype)
            .ok_or_else(|| format!("{name} has the unknown type {}", crate::http::shown(&self.rtype)))?;
        Ok(RecordKey::new(name, rtype))
    }

    /// What it serves; `None` when all members are disabled.
    pub(super) fn served(&self, key: &RecordKey) -> Result<Option<RecordSet>, String> {
        let rdatas: Vec<Rdata> =
            self.members(key).map(|wire| wire.map(Rdata::new)).collect::<Result<_, String>>()?;
        Ok((!rdatas.is_empty()).then(|| RecordSet::new(key.clone(), self.ttl(), rdatas)))
    }

    /// The wire forms of what it serves.
    pub(super) fn members(&self, key: &RecordKey) -> impl Iterator<Item = Result<Vec<u8>, String>> {
        self.records.iter().filter(|record| !record.disabled).map(move |record| {
            text::from_api(key.rtype, &record.content)
                .map_err(|error| format!("{key} {}: {error}", crate::http::shown(&record.content)))
        })
    }

    /// The TTL; one above 2^31 - 1 is accepted here and counts as 0 (RFC 2181 8).
    pub(super) fn ttl(&self) -> Ttl {
        Ttl::from_wire(self.ttl)
    }

    /// The contents that are kept and not served.
    pub(super) fn disabled(&self) -> impl Iterator<Item = &str> {
        self.records.iter().filter(|record| record.disabled).map(|record| record.content.as_str())
    }

    /// A field that a write could not send back.
    pub(super) fn unknown_field(&self) -> Option<&str> {
        let of_members = || self.records.iter().find_map(|record| record.unknown.as_deref());
        self.unknown.as_deref().or_else(of_members)
    }
}

/// Which sets a listing shall hold. Only a whole one has the disabled records (measured).
pub(super) enum Filter<'a> {
    Everything,
    Name(&'a Name),
    Set(&'a Name, RecordType),
}

/// The API of one server.
#[derive(Debug)]
pub(super) struct Api {
    http: Http,
    server: String,
}

/// What the server's errors mean.
const NOT_LET_IN: &str = "check api_key and the server's webserver-allow-from";
const SAYS: &[Says] = &[
    Says::status(401, Means::NotLetIn).todo(NOT_LET_IN),
    Says::status(403, Means::NotLetIn).todo(NOT_LET_IN),
];

impl Api {
    pub(super) fn new(http: Http, server_id: &str) -> Self {
        let http = http.speaking(Dialect::json(SAYS));
        Self { http, server: format!("/api/v1/servers/{}", escaped(server_id)) }
    }

    pub(super) fn base(&self) -> &str {
        self.http.base()
    }

    pub(super) fn words(&self, reply: &Reply) -> String {
        self.http.words(reply)
    }

    pub(super) fn unwritten(&self, error: &HttpError) -> WriteEnd {
        self.http.unwritten(error)
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.http.traffic()
    }

    /// Reads a zone; `None` when the server has none of this name.
    pub(super) async fn zone(
        &self,
        zone: &Name,
        filter: Filter<'_>,
    ) -> Result<Option<ZoneReply>, BackendError> {
        let mut path = self.zone_path(zone);
        match filter {
            Filter::Everything => {}
            Filter::Name(name) => {
                let _ = write!(path, "?rrset_name={}", escaped(&name.to_lower().to_string()));
            }
            Filter::Set(name, rtype) => {
                let name = escaped(&name.to_lower().to_string());
                let _ = write!(path, "?rrset_name={name}&rrset_type={}", text::type_to_api(rtype));
            }
        }
        let reply = self.http.get(zone, path).await?;
        if reply.status == 404 {
            self.check_server().await?;
            return Ok(None);
        }
        if !reply.is_success() {
            return Err(self.failure(&reply));
        }
        serde_json::from_slice(&reply.body).map(Some).map_err(|error| {
            self.incomplete(zone, format!("the reply of {} octets is no zone: {error}", reply.body.len()))
        })
    }

    /// The names of all zones.
    pub(super) async fn zones(&self) -> Result<Vec<Name>, BackendError> {
        #[derive(Deserialize)]
        struct Listed {
            name: String,
        }
        let all = Name::root();
        let reply = self.http.get(&all, format!("{}/zones?dnssec=false", self.server)).await?;
        if reply.status == 404 {
            self.check_server().await?;
        }
        if !reply.is_success() {
            return Err(self.failure(&reply));
        }
        let listed: Vec<Listed> = self.http.json(&all, &reply)?;
        self.http.zone_names(listed.iter().map(|zone| zone.name.as_str()))
    }

    /// "Not found" may also mean that the URL or the server id is wrong; a zone must never
    /// count as missing for that.
    async fn check_server(&self) -> Result<(), BackendError> {
        let reply = self
            .http
            .repeatable(&Call::new(Method::GET, self.server.clone()))
            .await
            .map_err(|error| self.unreachable(&error))?;
        let is_server = reply.is_success()
            && serde_json::from_slice::<Value>(&reply.body)
                .is_ok_and(|value| value.get("type").and_then(Value::as_str) == Some("Server"));
        if is_server {
            return Ok(());
        }
        if matches!(reply.status, 401 | 403) {
            return Err(self.failure(&reply));
        }
        Err(BackendError::Setup {
            what: format!("{}{}", self.base(), self.server),
            reason: "there is no PowerDNS API here: check url and server_id".into(),
        })
    }

    /// Sends a PATCH once.
    pub(super) async fn patch(&self, zone: &Name, body: Vec<u8>) -> Result<Reply, HttpError> {
        self.http.once(&Call::new(Method::PATCH, self.zone_path(zone)).json(body)).await
    }

    /// Creates a zone.
    pub(super) async fn create(&self, body: Vec<u8>) -> Result<Reply, BackendError> {
        let call = Call::new(Method::POST, format!("{}/zones", self.server)).json(body);
        self.http.once(&call).await.map_err(|error| self.unreachable(&error))
    }

    /// Empties the caches for `name` and everything below it; doing it twice does no harm.
    pub(super) async fn flush(&self, name: &Name) -> Result<(), BackendError> {
        let path = format!("{}/cache/flush?domain={}", self.server, escaped(&name.to_lower().to_string()));
        let reply = self
            .http
            .repeatable(&Call::new(Method::PUT, path))
            .await
            .map_err(|error| self.unreachable(&error))?;
        if reply.is_success() { Ok(()) } else { Err(self.failure(&reply)) }
    }

    pub(super) fn incomplete(&self, zone: &Name, reason: String) -> BackendError {
        self.http.incomplete(zone, reason)
    }

    fn unreachable(&self, error: &HttpError) -> BackendError {
        self.http.unreachable(error)
    }

    /// The error for a reply that is no success.
    pub(super) fn failure(&self, reply: &Reply) -> BackendError {
        self.http.failure(reply)
    }

    fn zone_path(&self, zone: &Name) -> String {
        format!("{}/zones/{}", self.server, zone_id(zone))
    }
}

/// The id PowerDNS makes of a zone's name: letters, digits, `_`, `.` and `-`, all else as
/// `=` and two hex digits.
fn zone_id(zone: &Name) -> String {
    if zone.is_root() {
        return "=2E".into();
    }
    let mut id = String::new();
    for byte in zone.to_lower().to_string().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' => id.push(char::from(byte)),
            other => {
                let _ = write!(id, "={other:02X}");
            }
        }
    }
    id
}
