//! Zones on disk, served by an authoritative server in this process.
//!
//! The default of the quick start: nothing to install and nothing to sign up for, yet
//! verification asks real DNS over UDP and TCP from the first minute. Every process that
//! opens the backend has a server of its own at a free loopback port; [`serve`] keeps one
//! up at a known address, which the others then verify as well. Files are replaced whole,
//! so each of them serves the old or the new zone and never a hole.
//!
//! A directory holds one file per zone, named after it (`example.com.jsonl`): a header
//! line with `format_version`, name, serial, number of record sets and a digest of what
//! follows, then one record set per line as plans write them. Beside it stand a lock file
//! (`.lock`) and, while a server is kept up, its address (`serving`).

pub(crate) mod amend;
mod catalogue;
pub(crate) mod file;
mod neighbour;
mod question;
mod reply;
mod respond;
mod server;
mod store;

use crate::backend::{Backend, BackendError, Live, Normalised, Notice, Reading, WriteEnd};
use crate::change::Change;
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use amend::Rejection;
use catalogue::Catalogue;
use dnsure_zones::{Name, RecordKey, Zone};
use server::Server;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use store::{Store, StoreError};

/// Where the zones are kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// The directory of the zones, one file each; made where it is missing.
    pub directory: PathBuf,
    /// The address of [`serve`]; a free port of 127.0.0.1 where not set.
    pub listen: Option<SocketAddr>,
}

/// The embedded backend: a directory of zones with a server of its own.
#[derive(Debug)]
pub struct Embedded {
    store: Store,
    catalogue: Arc<Catalogue>,
    server: Server,
    listen: Option<SocketAddr>,
}

/// A server that stays up until it is dropped; see [`serve`].
#[derive(Debug)]
pub struct Serving {
    server: Server,
    _announced: neighbour::Announced,
}

impl Serving {
    /// The address it answers at, UDP and TCP.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }
}

/// Serves the directory at the configured address until the result is dropped, and takes
/// up what other processes write there.
///
/// # Errors
/// [`BackendError::Setup`] when the directory cannot be used or the address is taken.
pub fn serve(settings: &EmbeddedSettings) -> Result<Serving, BackendError> {
    let store = Store::open(&settings.directory).map_err(setup)?;
    let catalogue = Arc::new(Catalogue::open(store.clone()));
    let server = Server::start(catalogue, settings.listen).map_err(|error| BackendError::Setup {
        what: settings.listen.map_or_else(|| "127.0.0.1".to_owned(), |listen| listen.to_string()),
        reason: format!("cannot listen there: {error}; end the server that does, or set another `listen`"),
    })?;
    let announced = neighbour::announce(&store, server.addr()).map_err(|error| BackendError::Setup {
        what: store.directory().display().to_string(),
        reason: format!("cannot write the address of the server there: {error}"),
    })?;
    Ok(Serving { server, _announced: announced })
}

impl Embedded {
    /// Opens the directory and serves it at a free port of 127.0.0.1, so that it works
    /// beside [`serve`] and beside itself in other processes.
    ///
    /// # Errors
    /// [`BackendError::Setup`] when the directory cannot be used or no port can be had.
    pub fn open(settings: EmbeddedSettings) -> Result<Self, BackendError> {
        let store = Store::open(&settings.directory).map_err(setup)?;
        let catalogue = Arc::new(Catalogue::open(store.clone()));
        let server = Server::start(catalogue.clone(), None).map_err(|error| BackendError::Setup {
            what: "127.0.0.1".into(),
            reason: format!("no free port to serve {} at: {error}", store.directory().display()),
        })?;
        Ok(Self { store, catalogue, server, listen: settings.listen })
    }

    /// The address of this process's own server, UDP and TCP.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    fn shown(&self) -> String {
        self.store.directory().display().to_string()
    }
}

#[async_trait::async_trait]
impl Backend for Embedded {
    fn kind(&self) -> &'static str {
        "embedded"
    }

    fn guarantee(&self, _zone: &Name) -> Guarantee {
        Guarantee {
            unit: WriteUnit::ZoneBatch,
            compare: CompareAndSwap::ValuesAndTtl,
            limits: Limits::default(),
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: true,
            publishes_within: None,
        }
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let refused = amend::obstacles(zone);
        if refused.is_empty() {
            return Normalised::unchanged(zone);
        }
        let refused = refused.into_iter().map(|(key, message)| {
            let position = zone.get_key(&key).and_then(|set| set.position());
            Notice { key, position, message }
        });
        let refused: Vec<Notice> = refused.collect();
        let keys: BTreeSet<&RecordKey> = refused.iter().map(|notice| &notice.key).collect();
        let kept = zone.filtered(|set| !keys.contains(&set.key()));
        Normalised { zone: kept, notices: Vec::new(), refused }
    }

    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        let store = self.store.clone();
        let listed = tokio::task::spawn_blocking(move || store.zones()).await;
        let all = Name::root();
        let listed = listed.map_err(|error| self.broken(&all, error.to_string()))?;
        listed.map(Some).map_err(|error| self.broken(&all, error.to_string()))
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        let (store, apex) = (self.store.clone(), zone.clone());
        let loaded = tokio::task::spawn_blocking(move || store.load(&apex)).await;
        match loaded.map_err(|error| self.broken(zone, error.to_string()))? {
            Ok(None) => Ok(Reading::Missing),
            Ok(Some(zone)) => {
                let serial = file::serial(&zone);
                Ok(Reading::Live(Live::new(zone, serial)))
            }
            Err(error) => Err(self.broken(zone, error.to_string())),
        }
    }

    async fn write(&self, zone: &Name, changes: &[Change], _live: &Live) -> WriteEnd {
        let started = Instant::now();
        let (store, catalogue) = (self.store.clone(), self.catalogue.clone());
        let (apex, changes) = (zone.clone(), changes.to_vec());
        let writing = tokio::task::spawn_blocking(move || {
            let written = write(&store, &apex, &changes);
            catalogue.refresh_zone(&apex);
            written
        });
        match writing.await {
            Ok(Ok(serial)) => {
                WriteEnd::Accepted { token: Some(format!("serial {serial}")), took: started.elapsed() }
            }
            Ok(Err(Failure::Rejected(Rejection::Stale(reason)))) => WriteEnd::Stale { reason },
            Ok(Err(Failure::Rejected(Rejection::Refused(reason)))) => WriteEnd::Refused { reason },
            Ok(Err(Failure::Store(error @ StoreError::NotDurable { .. }))) => {
                WriteEnd::Unknown { reason: error.to_string() }
            }
            Ok(Err(Failure::Store(error))) => WriteEnd::Refused { reason: error.to_string() },
            Err(error) => WriteEnd::Unknown { reason: format!("the write broke off: {error}") },
        }
    }

    async fn create_zone(&self, zone: &Name, initial: &Zone) -> Result<(), BackendError> {
        let (store, catalogue) = (self.store.clone(), self.catalogue.clone());
        let (apex, initial) = (zone.clone(), initial.clone());
        let creating = tokio::task::spawn_blocking(move || {
            let created = create(&store, &apex, &initial);
            catalogue.refresh_zone(&apex);
            created
        });
        let server = self.shown();
        match creating.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Failure::Rejected(Rejection::Refused(reason) | Rejection::Stale(reason)))) => {
                Err(BackendError::Refused { server, reason })
            }
            Ok(Err(Failure::Store(error))) => Err(setup(error)),
            Err(error) => Err(BackendError::Unreachable { server, reason: error.to_string() }),
        }
    }

    /// This process's own server and the one of [`serve`], where it runs.
    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let mut servers = neighbour::serving(&self.store, self.listen, zone).await;
        servers.retain(|server| *server != self.addr());
        servers.push(self.addr());
        Ok(servers)
    }
}

impl Embedded {
    fn broken(&self, zone: &Name, reason: String) -> BackendError {
        BackendError::Incomplete { server: self.shown(), zone: zone.clone(), reason }
    }
}

enum Failure {
    Rejected(Rejection),
    Store(StoreError),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Reads, compares, changes and writes under the lock; the new serial.
fn write(store: &Store, apex: &Name, changes: &[Change]) -> Result<u32, Failure> {
    let held = store.lock(apex)?;
    let zone = store.load(apex)?;
    let zone = zone.ok_or_else(|| Rejection::Stale(format!("the zone {apex} is gone")))?;
    if changes.is_empty() {
        return Ok(file::serial(&zone).unwrap_or(0));
    }
    let next = amend::amended(&zone, changes)?;
    store.save(&held, &next)?;
    Ok(file::serial(&next).unwrap_or(0))
}

fn create(store: &Store, apex: &Name, initial: &Zone) -> Result<(), Failure> {
    let held = store.lock(apex)?;
    if store.load(apex)?.is_some() {
        return Err(Rejection::Refused(format!("the zone {apex} is already there")).into());
    }
    store.save(&held, &amend::created(apex, initial)?)?;
    Ok(())
}

fn setup(error: StoreError) -> BackendError {
    BackendError::Setup { what: "embedded provider".into(), reason: error.to_string() }
}
