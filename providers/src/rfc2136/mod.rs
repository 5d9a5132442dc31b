//! BIND, Knot, PowerDNS and others by zone transfer and dynamic update (RFC 2136, RFC 5936, RFC 8945).
//!
//! | module | idea |
//! |---|---|
//! | `batch` | changes as one update message: prerequisites, then deletes and adds in the order that servers take |
//! | `outcome` | what a response code means once the zone has been looked at again |
//! | `normal` | what such a server can hold |
//! | `software` | what one program never takes |
//!
//! A write is one message, so it happens whole or not at all. Every touched record set is a
//! prerequisite with its exact members. Prerequisites carry no TTL (RFC 2136 2.4), but a foreign
//! change of a TTL moves the serial: where [`Backend::prepare`] finds that the SOA as read holds as a
//! prerequisite, it is one in every write. It does not hold where the served serial is not the stored
//! one (BIND's inline signing, PowerDNS's SOA-EDIT).

mod batch;
pub(crate) mod normal;
mod outcome;
mod software;

pub use software::Software;
pub(crate) use software::bind_takes_not;

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, WriteEnd};
use crate::change::Change;
use crate::dns::{
    Form, Question, Rcode, TransferError, Transferred, TsigKey, Update, UpdateEnd, ask, changed_since,
    transfer, update,
};
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use dnsure_zones::{Name, Rdata, RecordType, Zone, rdata};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Zone transfers at once: BIND gives ten by default to everyone together (`transfers-out`).
const TRANSFERS: usize = 4;
/// How often the serial may move while it is tested whether the SOA holds as a prerequisite.
const SOA_TRIES: usize = 3;
/// After so many times in a row without differences they are not asked for any more. Once says little: BIND
/// sends the whole zone where the differences are larger (`max-ixfr-ratio`), as when an empty zone is filled.
const DIFFERENCES_TRIES: u32 = 5;
/// How long to wait for the SOA.
const SOA_WAIT: Duration = Duration::from_secs(5);
/// The room for changes in one message of 65,535 octets; the rest is for header, SOA and signature.
const MESSAGE_ROOM: usize = 60_000;

/// How to reach one server.
#[derive(Debug, Clone)]
pub struct Rfc2136Settings {
    /// The primary, which takes updates and gives zone transfers.
    pub server: SocketAddr,
    /// The key for updates, and for transfers unless there is another.
    pub key: Option<TsigKey>,
    /// The key for transfers, where it is another.
    pub transfer_key: Option<TsigKey>,
    /// Further addresses that answer for the zones: secondaries.
    pub servers: Vec<SocketAddr>,
}

/// One server that takes dynamic updates.
#[derive(Debug)]
pub struct Rfc2136 {
    settings: Rfc2136Settings,
    software: Software,
    transfers: Semaphore,
    /// Zones whose SOA as read holds as a prerequisite.
    soa_holds: Mutex<HashMap<Name, bool>>,
    /// Zones that were read with signatures, and whether.
    signed: Mutex<HashMap<Name, bool>>,
    /// How often in a row the server has not given the differences of a zone.
    without_differences: Mutex<HashMap<Name, u32>>,
}

impl Rfc2136 {
    /// The server that `settings` describe; nothing is sent yet.
    #[must_use]
    pub fn new(settings: Rfc2136Settings) -> Self {
        Self {
            settings,
            software: Software::Unknown,
            transfers: Semaphore::new(TRANSFERS),
            soa_holds: Mutex::default(),
            signed: Mutex::default(),
            without_differences: Mutex::default(),
        }
    }

    /// The same, with what is known of the program: plans are refused where it would refuse the write.
    #[must_use]
    pub fn running(self, software: Software) -> Self {
        Self { software, ..self }
    }

    async fn fetch(&self, zone: &Name) -> Result<Transferred, TransferError> {
        let _turn = self.transfers.acquire().await;
        let key = self.settings.transfer_key.as_ref().or(self.settings.key.as_ref());
        match transfer(self.settings.server, zone, key).await {
            // Knot closes connections that stand still for half a second, as they do on a busy machine.
            Err(TransferError::BrokenOff { .. }) => transfer(self.settings.server, zone, key).await,
            result => result,
        }
    }

    fn remember_signed(&self, zone: &Zone) {
        let signed = zone.at(zone.apex()).any(|set| set.rtype() == RecordType::RRSIG);
        let mut known = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(zone.apex().clone(), signed);
    }

    fn is_signed(&self, zone: &Name) -> bool {
        let known = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(zone).copied().unwrap_or(false)
    }

    /// Whether the SOA as read holds as a prerequisite; `None` as long as it was not tested.
    fn tested(&self, zone: &Name) -> Option<bool> {
        self.soa_holds.lock().unwrap_or_else(PoisonError::into_inner).get(zone).copied()
    }

    fn soa_holds(&self, zone: &Name) -> bool {
        self.tested(zone).unwrap_or(false)
    }

    fn gives_differences(&self, zone: &Name) -> bool {
        let misses = self.without_differences.lock().unwrap_or_else(PoisonError::into_inner);
        misses.get(zone).is_none_or(|misses| *misses < DIFFERENCES_TRIES)
    }

    fn note_differences(&self, zone: &Name, given: bool) {
        let mut misses = self.without_differences.lock().unwrap_or_else(PoisonError::into_inner);
        let misses = misses.entry(zone.clone()).or_default();
        *misses = if given { 0 } else { *misses + 1 };
    }

    fn remember(&self, zone: &Name, holds: bool) {
        self.soa_holds.lock().unwrap_or_else(PoisonError::into_inner).insert(zone.clone(), holds);
    }

    fn promise(&self, zone: &Name) -> Guarantee {
        Guarantee {
            unit: WriteUnit::ZoneBatch,
            compare: if self.soa_holds(zone) { CompareAndSwap::ValuesAndTtl } else { CompareAndSwap::Values },
            limits: Limits { octets: Some(MESSAGE_ROOM), ..Limits::default() },
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: match self.software {
                Software::Knot | Software::PowerDns => Wildcards::Steady,
                Software::Bind | Software::Unknown => Wildcards::MayBlink,
            },
            creates_zones: false,
            publishes_within: None,
        }
    }

    /// The data of the SOA record as served; `None` where the server does not say.
    async fn served_soa(&self, zone: &Name) -> Option<Rdata> {
        let question = Question { name: zone.clone(), rtype: RecordType::SOA };
        let reply = ask(self.settings.server, &question, Form::Tcp, SOA_WAIT).await.ok()?;
        let mut soas = reply.answer.into_iter().filter(|record| record.rtype == RecordType::SOA);
        soas.find(|record| reply.authoritative && record.name == *zone).map(|record| record.rdata)
    }

    /// An update that changes nothing and requires the SOA: does it hold?
    async fn test_soa(&self, zone: &Name, soa: &Rdata) -> Result<bool, BackendError> {
        let mut message = Update::new(zone.clone());
        message.require_set(zone, RecordType::SOA, std::slice::from_ref(soa));
        let server = self.settings.server.to_string();
        match update(self.settings.server, &message, self.settings.key.as_ref()).await {
            UpdateEnd::Answered { rcode: Rcode::NOERROR, .. } => Ok(true),
            UpdateEnd::Answered { rcode: Rcode::NXRRSET, .. } => Ok(false),
            UpdateEnd::Answered { rcode, .. } => {
                Err(BackendError::Refused { server, reason: outcome::not_allowed(rcode, zone) })
            }
            UpdateEnd::NotDone { reason } => Err(BackendError::Unauthorised { server, reason }),
            UpdateEnd::Lost { reason } => Err(BackendError::Unreachable { server, reason }),
        }
    }

    /// Sends the changes once.
    async fn send(&self, zone: &Name, changes: &[Change], live: &Zone) -> UpdateEnd {
        match batch::update_of(zone, changes, live, self.soa_holds(zone)) {
            Ok(message) => update(self.settings.server, &message, self.settings.key.as_ref()).await,
            Err(reason) => UpdateEnd::NotDone { reason },
        }
    }
}

impl Rfc2136 {
    /// Whether the server answers, and not for this zone.
    async fn is_absent(&self, zone: &Name) -> bool {
        let question = Question { name: zone.clone(), rtype: RecordType::SOA };
        match ask(self.settings.server, &question, Form::Tcp, SOA_WAIT).await {
            Ok(reply) => !(reply.authoritative && reply.rcode == Rcode::NOERROR && !reply.answer.is_empty()),
            Err(_) => false,
        }
    }
}

#[async_trait::async_trait]
impl Backend for Rfc2136 {
    fn kind(&self) -> &'static str {
        "rfc2136"
    }

    fn guarantee(&self, zone: &Name) -> Guarantee {
        self.promise(zone)
    }

    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        let transferred = || async {
            let got = self.fetch(zone).await.map_err(|error| outcome::read_error(&error, zone))?;
            Ok::<_, BackendError>(got.soa.rdata)
        };
        let mut soa = match self.served_soa(zone).await {
            Some(soa) => soa,
            None => transferred().await?,
        };
        let mut holds = self.test_soa(zone, &soa).await?;
        for _ in 0..SOA_TRIES {
            if holds {
                break;
            }
            // The serial may have moved in between, and answers may come from a cache; transfers do not.
            let again = transferred().await?;
            if again == soa {
                break;
            }
            soa = again;
            holds = self.test_soa(zone, &soa).await?;
        }
        self.remember(zone, holds);
        Ok(self.promise(zone))
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let signed = self.is_signed(zone.apex());
        normal::normalise(zone, |set| self.software.refusal(set, signed))
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        match self.fetch(zone).await {
            Ok(got) => {
                self.remember_signed(&got.zone);
                Ok(Reading::Live(Live::new(got.zone, Some(got.serial))))
            }
            Err(error) => {
                let unclear = matches!(
                    error,
                    TransferError::NotAuthoritative { .. }
                        | TransferError::Refused { rcode: Rcode::REFUSED, .. }
                );
                // A server that answers for the zone holds it, whatever it says about transfers.
                if unclear && self.is_absent(zone).await {
                    return Ok(Reading::Missing);
                }
                Err(outcome::read_error(&error, zone))
            }
        }
    }

    /// By the differences since (IXFR) where the SOA holds as a prerequisite: there the whole
    /// guarantee stands on the serial moving with every change. Elsewhere, and where the server does not
    /// give differences, by a whole transfer.
    async fn read_again(&self, zone: &Name, before: &Live) -> Result<Reading, BackendError> {
        if self.soa_holds(zone) && self.gives_differences(zone) {
            let key = self.settings.transfer_key.as_ref().or(self.settings.key.as_ref());
            let now = changed_since(self.settings.server, &before.zone, key).await;
            self.note_differences(zone, now.is_some());
            if let Some(now) = now {
                let serial = outcome::soa_of(&now).and_then(|soa| rdata::soa_serial(soa.wire()));
                return Ok(Reading::Live(Live::new(now, serial)));
            }
        }
        self.read(zone).await
    }

    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        let server = self.settings.server;
        let refused = |reason: String| WriteEnd::Refused { reason: format!("{server}: {reason}") };
        let unknown = |reason: String| WriteEnd::Unknown { reason: format!("{server}: {reason}") };
        if self.tested(zone).is_none()
            && let Err(error) = self.prepare(zone).await
        {
            return WriteEnd::Refused { reason: format!("nothing was sent: {error}") };
        }
        let mut from = live.zone.clone();
        let mut last_try = false;
        loop {
            let (rcode, took) = match self.send(zone, changes, &from).await {
                UpdateEnd::Answered { rcode, took } => (rcode, took),
                UpdateEnd::NotDone { reason } => return refused(reason),
                UpdateEnd::Lost { reason } => return unknown(reason),
            };
            let unmet = matches!(rcode, Rcode::NXRRSET | Rcode::YXRRSET | Rcode::NXDOMAIN | Rcode::YXDOMAIN);
            if rcode == Rcode::NOERROR {
                return WriteEnd::Accepted { token: None, took };
            }
            if !unmet && rcode != Rcode::SERVFAIL {
                return refused(outcome::refusal(rcode, zone));
            }
            let now = match self.fetch(zone).await {
                Ok(got) => got.zone,
                Err(error) if unmet => {
                    return WriteEnd::Stale { reason: outcome::unmet_unread(rcode, &error) };
                }
                Err(error) => return unknown(outcome::failed_unread(&error)),
            };
            if rcode == Rcode::SERVFAIL {
                return match outcome::after_failure(changes, &now) {
                    outcome::Written::No => refused(outcome::refusal(rcode, zone)),
                    outcome::Written::Yes => WriteEnd::Accepted { token: None, took },
                    outcome::Written::Unclear => unknown(outcome::refusal(rcode, zone)),
                };
            }
            let differences = outcome::differences(changes, &now);
            let moved = outcome::soa_of(&now) != outcome::soa_of(&from);
            if !differences.is_empty() || last_try || !(self.soa_holds(zone) && moved) {
                if differences.is_empty() {
                    // PowerDNS compares no SOA any more once an update has changed it: tested anew next time.
                    self.soa_holds.lock().unwrap_or_else(PoisonError::into_inner).remove(zone);
                }
                return WriteEnd::Stale { reason: outcome::stale(rcode, &differences) };
            }
            // Only the serial moved, as it does when the server signs again: the touched values are the
            // reviewed ones.
            from = now;
            last_try = true;
        }
    }

    async fn servers(&self, _zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        let mut servers = vec![self.settings.server];
        for server in &self.settings.servers {
            if !servers.contains(server) {
                servers.push(*server);
            }
        }
        Ok(servers)
    }
}
