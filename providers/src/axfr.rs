//! A server that gives zone transfers and takes nothing: what is there can be imported, compared and
//! verified, never changed.

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, WriteEnd};
use crate::change::Change;
use crate::dns::TsigKey;
use crate::guarantee::{Guarantee, WriteUnit};
use crate::rfc2136::{Rfc2136, Rfc2136Settings};
use dnsure_zones::{Name, Zone};
use std::net::SocketAddr;

const ONLY_READ: &str = "an axfr provider is only read (`dnsure import`, `dnsure drift`): name one of another type under `targets`, such as rfc2136 or zone-file";

/// How to reach one server.
#[derive(Debug, Clone)]
pub struct AxfrSettings {
    /// The server that gives the transfers.
    pub server: SocketAddr,
    /// The key for them, where it wants one.
    pub key: Option<TsigKey>,
    /// Further addresses that answer for the zones.
    pub servers: Vec<SocketAddr>,
}

/// One server that is only read.
#[derive(Debug)]
pub struct Axfr {
    server: SocketAddr,
    /// Reads as dynamic updates do; none is ever sent through it.
    reader: Rfc2136,
}

impl Axfr {
    /// The server that `settings` describe; nothing is sent yet.
    #[must_use]
    pub fn new(settings: AxfrSettings) -> Self {
        let AxfrSettings { server, key, servers } = settings;
        let reader = Rfc2136::new(Rfc2136Settings { server, key: None, transfer_key: key, servers });
        Self { server, reader }
    }
}

#[async_trait::async_trait]
impl Backend for Axfr {
    fn kind(&self) -> &'static str {
        "axfr"
    }

    fn guarantee(&self, zone: &Name) -> Guarantee {
        Guarantee { unit: WriteUnit::ReadOnly, ..self.reader.guarantee(zone) }
    }

    fn read_only(&self, _zone: &Name) -> Option<String> {
        Some(ONLY_READ.into())
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        self.reader.normalise(zone)
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        self.reader.read(zone).await
    }

    async fn write(&self, _zone: &Name, _changes: &[Change], _live: &Live) -> WriteEnd {
        WriteEnd::Refused { reason: format!("{}: nothing was sent: {ONLY_READ}", self.server) }
    }

    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        self.reader.servers(zone).await
    }
}
