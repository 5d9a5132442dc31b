//! The backend: what docs/backends.md explains, for a service that keeps each zone as one text.

use dnsure_providers::backend::Tokens;
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use dnsure_providers::http::{
    Call, HeaderName, HeaderValue, Http, HttpSettings, Method, Reply, Traffic, escaped,
};
use dnsure_providers::{Backend, BackendError, Change, Live, Normalised, Notice, Reading, WriteEnd};
use dnsure_zones::{Name, Zone, master};

use secrecy::SecretString;
use std::net::SocketAddr;
use std::time::Instant;

/// A notebook: `GET /zones/{zone}` gives the text and its version, `PUT` writes both anew.
#[derive(Debug)]
pub(crate) struct Notebook {
    http: Http,
    servers: Vec<SocketAddr>,
}

/// The version of the text that was read, for the write that is made upon it.
struct Version(HeaderValue);

impl Notebook {
    /// The notebook at `url`, whose text `servers` serve; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or token that cannot be used.
    pub(crate) fn new(
        url: &str,
        token: SecretString,
        servers: Vec<SocketAddr>,
    ) -> Result<Self, BackendError> {
        Ok(Self { http: Http::bearer(url, token, HttpSettings::default())?, servers })
    }

    fn failed(&self, reply: &Reply) -> BackendError {
        let (server, reason) = (self.http.base().to_owned(), self.http.words(reply));
        match reply.status {
            401 | 403 => BackendError::Unauthorised { server, reason },
            status if status >= 500 => BackendError::Unreachable { server, reason },
            _ => BackendError::Refused { server, reason },
        }
    }
}

fn path(zone: &Name) -> String {
    format!("/zones/{}", escaped(&zone.to_lower().to_string()))
}

#[async_trait::async_trait]
impl Backend for Notebook {
    fn kind(&self) -> &'static str {
        "notebook"
    }

    // The promise comes first, for everything else follows from it: the planner orders its steps by the unit,
    // and says in the plan what is compared.
    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            unit: WriteUnit::WholeZone,
            compare: CompareAndSwap::ValuesAndTtl,
            limits: Limits::default(),
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: false,
            publishes_within: None,
        }
    }

    // What cannot be kept is refused while it is planned, with its place in the zone file, never in
    // the middle of an apply.
    fn normalise(&self, zone: &Zone) -> Normalised {
        let odd = |set: &dnsure_zones::zone::SetRef<'_>| {
            set.rtype().is_pseudo()
                || set.set_id().is_some()
                || set.settings().is_some()
                || set.rdatas().len() == 0
        };
        let refused = zone.sets().filter(odd).map(|set| Notice {
            key: set.key(),
            position: set.position(),
            message: "a notebook holds plain records only: exclude this target from it".into(),
        });
        let refused = refused.collect();
        Normalised { zone: zone.filtered(|set| !odd(set)), notices: Vec::new(), refused }
    }

    // All or nothing: a text that cannot be read is an error, never a smaller zone.
    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let reply = self.http.repeatable(&Call::get(path(zone))).await;
        let reply = reply.map_err(|error| self.http.unreachable(&error))?;
        if reply.status == 404 {
            return Ok(Reading::Missing);
        }
        if !reply.is_success() {
            return Err(self.failed(&reply));
        }
        let incomplete = |reason: String| BackendError::Incomplete {
            server: self.http.base().to_owned(),
            zone: zone.clone(),
            reason,
        };
        let version = reply.header("etag").and_then(|text| HeaderValue::from_str(text).ok());
        let version = version.ok_or_else(|| incomplete("the reply has no version".into()))?;
        let text = String::from_utf8(reply.body).map_err(|_| incomplete("it is no text".into()))?;
        let (read, findings) = master::read_text(&text, "the notebook", zone);
        let words = || findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
        let read = read.ok_or_else(|| incomplete(words()))?;
        Ok(Reading::Live(Live { tokens: Tokens::new(Version(version)), ..Live::new(read, None) }))
    }

    // One write, sent once. What came of it is one of four things; "nobody knows" is one of them.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        let refused = |reason: String| WriteEnd::Refused { reason };
        let Some(Version(version)) = live.tokens.get() else {
            return refused("the reading is not one of a notebook: report this as a bug".into());
        };
        let sets = changes.iter().flat_map(Change::sets).map(|set| (set.key(), set.after()));
        let after = match live.zone.with(sets) {
            Ok(after) => after,
            Err(error) => return refused(error.to_string()),
        };
        let mut text = String::new();
        if master::write(&after, &mut text).is_err() {
            return refused("the zone cannot be written as text: report this as a bug".into());
        }
        let call = Call::new(Method::PUT, path(zone)).body("text/dns", text.into_bytes());
        let started = Instant::now();
        match self
            .http
            .once_admitted(&call.header(HeaderName::from_static("if-match"), version.clone()))
            .await
        {
            Ok(reply) if reply.is_success() => {
                WriteEnd::Accepted { token: reply.header("etag").map(str::to_owned), took: started.elapsed() }
            }
            Ok(reply) if reply.status == 412 => WriteEnd::Stale { reason: self.http.words(&reply) },
            Ok(reply) if reply.status >= 500 => WriteEnd::Unknown { reason: self.http.words(&reply) },
            Ok(reply) => refused(self.http.words(&reply)),
            Err(error) => self.http.unwritten(&error),
        }
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.http.traffic())
    }

    async fn servers(&self, _zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        Ok(self.servers.clone())
    }
}
