//! Any provider for which somebody writes a small HTTP adapter.
//!
//! The adapter declares what its provider can promise (`docs/panel.openapi.yaml`), lists the
//! zone row by row, and takes writes of that unit. It may be as weak as "create one record,
//! delete one record, nothing is compared": dnsure then plans sequences in which every step
//! is seen served before the next.
//!
//! A provider that keeps rows may hold the same record twice with different TTLs. To name
//! servers that is one record (RFC 2181 5), and deleting one of the rows may take it away; so
//! this backend never writes to a set with such rows, and never makes one.

mod api;
mod declaration;
mod listing;
mod normal;
mod write;

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, Tokens, WriteEnd};
use crate::change::Change;
use crate::guarantee::{CompareAndSwap, Guarantee};
use crate::http::{Http, HttpSettings, Reply, Traffic};
use crate::remembered::Remembered;
use crate::standing;
use api::Api;
use declaration::Declaration;
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::{Name, RecordKey, RecordType, Zone};
use listing::Listing;
use secrecy::SecretString;
use std::collections::HashSet;
use std::net::SocketAddr;
use write::{Batch, Write};

/// How to reach an adapter.
#[derive(Debug, Clone)]
pub struct PanelSettings {
    /// Where it is, up to `/zones`. Over plain `http` anyone on the way reads the token.
    pub url: String,
    /// Its bearer token.
    pub token: SecretString,
    /// The addresses that answer questions; empty leaves it to the adapter's declaration.
    pub servers: Vec<SocketAddr>,
    /// Waits and limits.
    pub http: HttpSettings,
}

impl PanelSettings {
    /// The adapter at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>, token: SecretString) -> Self {
        Self { url: url.into(), token, servers: Vec::new(), http: HttpSettings::default() }
    }

    /// The same with these addresses.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = servers.into_iter().collect();
        self
    }
}

/// One provider behind an adapter.
#[derive(Debug)]
pub struct Panel {
    api: Api,
    servers: Vec<SocketAddr>,
    /// What was declared last, zone by zone.
    declared: Remembered<Declaration>,
}

impl Panel {
    /// A backend for the adapter of `settings`; sends nothing yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or token that cannot be used.
    pub fn new(settings: PanelSettings) -> Result<Self, BackendError> {
        let http = Http::bearer(&settings.url, settings.token, settings.http)?;
        Ok(Self { api: Api::new(http), servers: settings.servers, declared: Remembered::default() })
    }

    /// Asks for the declaration and remembers it.
    async fn declaration(&self, zone: &Name) -> Result<Option<Declaration>, BackendError> {
        let declaration = self.api.declaration(zone).await?;
        self.declared.keep(zone, declaration.clone());
        Ok(declaration)
    }

    fn no_zone(&self, zone: &Name) -> BackendError {
        let server = self.api.base().to_owned();
        BackendError::Refused {
            server,
            reason: format!("there is no zone {zone}: create it at the provider"),
        }
    }

    async fn carry_out(
        &self,
        zone: &Name,
        changes: &[Change],
        live: &Live,
    ) -> Result<Option<Reply>, WriteEnd> {
        let listing: &Listing = standing::listing(live)?;
        let Some(write) = write::request(changes, listing)? else { return Ok(None) };
        let compares = listing.declaration.guarantee().compare != CompareAndSwap::None;
        let version = listing.version.as_deref().filter(|_| compares);
        if let Write::Staged(batch) = &write {
            self.stage(zone, changes, batch, live, listing, version).await?;
        }
        let reply = self.api.write(zone, &write, version).await?;
        match &write {
            Write::Create(record) => {
                // Without an id the row stays unknown, and the next write to its set finds that out.
                if let Some(id) = member(&reply, "id") {
                    listing.rows().created(&id, record);
                }
            }
            Write::Delete(id) => listing.rows().deleted(id),
            Write::Edit(..) | Write::Batch(_) | Write::Zone(_) | Write::Staged(_) => {}
        }
        Ok(Some(reply))
    }

    /// Fills a draft and reads it back: it must be the live zone with `changes`, and no more.
    async fn stage(
        &self,
        zone: &Name,
        changes: &[Change],
        batch: &Batch,
        live: &Live,
        listing: &Listing,
        version: Option<&str>,
    ) -> Result<(), WriteEnd> {
        let refused =
            |reason: String| WriteEnd::Refused { reason: format!("{reason}; it was not published") };
        self.api.draft(zone, batch, version).await?;
        let drafted = self.api.listing(zone, listing.declaration.clone(), "/draft/records").await;
        let (_, draft) =
            drafted.map_err(|error| refused(format!("the draft could not be read back: {error}")))?;
        let sets = || changes.iter().flat_map(Change::sets);
        for set in sets().filter(|set| set.key().rtype != RecordType::SOA) {
            if draft.get_key(set.key()).map(|set| set.to_set()).as_ref() != set.after() {
                return Err(refused(format!("the draft does not hold {} as it was written", set.key())));
            }
        }
        let touched: HashSet<&RecordKey> = sets().map(|set| set.key()).collect();
        match foreign(&live.zone, &draft, &touched) {
            Some(key) => {
                Err(WriteEnd::Stale { reason: format!("{key} in the draft is not what it was when planned") })
            }
            None => Ok(()),
        }
    }
}

/// A record set that differs and that nobody meant to touch; the serial of the SOA moves by itself.
fn foreign(live: &Zone, draft: &Zone, touched: &HashSet<&RecordKey>) -> Option<RecordKey> {
    let keys = diff(live, draft).map(|difference| match difference {
        Difference::Added(set) | Difference::Removed(set) | Difference::Changed(set, _) => set.key(),
    });
    keys.into_iter().find(|key| key.rtype != RecordType::SOA && !touched.contains(key))
}

/// The version after a write, as its receipt.
fn receipt(reply: &Reply) -> Option<String> {
    member(reply, "version").map(|version| crate::http::shown(&version))
}

/// A text in a reply.
fn member(reply: &Reply, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

#[async_trait::async_trait]
impl Backend for Panel {
    fn kind(&self) -> &'static str {
        "panel"
    }

    /// What the adapter declared last; before that the weakest promise there is.
    fn guarantee(&self, zone: &Name) -> Guarantee {
        self.declared.of(zone).map_or_else(declaration::weakest, |declared| declared.guarantee())
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        let declared = self.declaration(zone).await?.ok_or_else(|| self.no_zone(zone))?;
        Ok(declared.guarantee())
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        normal::normalise(zone, self.declared.of(zone.apex()).as_ref())
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let Some(declaration) = self.declaration(zone).await? else { return Ok(Reading::Missing) };
        let compares = declaration.guarantee().compare != CompareAndSwap::None;
        let (listing, live) = self.api.listing(zone, declaration, "/records").await?;
        if compares && listing.version.is_none() {
            return Err(self.api.incomplete(zone, "it has no version, and writes are to be compared".into()));
        }
        Ok(Reading::Live(Live { tokens: Tokens::new(listing), ..Live::new(live, None) }))
    }

    /// Compares the touched rows with what the changes were made from, then sends one write
    /// with the version of the listing, where the adapter compares it.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        let sent = async { Ok(self.carry_out(zone, changes, live).await?.as_ref().and_then(receipt)) };
        WriteEnd::of(sent).await
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.api.traffic())
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        if !self.servers.is_empty() {
            return Ok(self.servers.clone());
        }
        let known = self.declared.of(zone);
        let declared = match known {
            Some(declared) => declared,
            None => self.declaration(zone).await?.ok_or_else(|| self.no_zone(zone))?,
        };
        declared.servers().map_err(|text| BackendError::Setup {
            what: format!("{}: servers of {zone}", self.api.base()),
            reason: format!(
                "{} is no address: the adapter must declare 192.0.2.1:53",
                crate::http::shown(&text)
            ),
        })
    }
}
