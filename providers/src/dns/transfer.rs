//! A whole zone, all or nothing (AXFR, RFC 5936).

use super::ask::random_id;
use super::message::{CLASS_IN, MessageError, RawRecord, Reader, Section};
use super::stream::{self, Stream};
use super::tsig::{self, TsigFailure, Verifier};
use super::{Rcode, Record, TsigKey, request};
use dnsure_zones::{Name, Rdata, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A zone as one server holds it: opened and closed by the same SOA.
#[derive(Debug, Clone)]
pub struct Transferred {
    /// Every record.
    pub zone: Zone,
    /// The serial of the SOA (RFC 1982).
    pub serial: u32,
    /// The SOA record.
    pub soa: Record,
    /// The number of messages it came in.
    pub messages: usize,
    /// How many of them were signed (RFC 8945 5.3.1 lets servers leave some out).
    pub signed_messages: usize,
    /// When the server signed the last of those, by its own clock, in seconds since 1970.
    pub signed_at: Option<u64>,
    /// Their octets.
    pub octets: u64,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no zone. A part of a zone is never given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The connection could not be made or broke before the first answer.
    #[error("{server} cannot be reached over TCP: {reason}; zone transfers need TCP to that port")]
    Unreachable {
        /// The server address.
        server: SocketAddr,
        /// What the operating system said.
        reason: String,
    },
    /// Nothing came for a while.
    #[error("{server} sent nothing of {zone} for {} s after {records} records", after.as_secs())]
    Timeout {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
        /// How long was waited for one message.
        after: Duration,
        /// What had come before.
        records: usize,
    },
    /// NOTAUTH without a TSIG error: the server does not hold the zone, or (Knot) does not let this key or address have it.
    #[error(
        "{server} says that it is not authoritative for {zone} (NOTAUTH): either it does not hold the zone, or it does not allow the transfer to this key or address (PowerDNS also \
         answers a wrong key or secret so)"
    )]
    NotAuthoritative {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
    },
    /// Any other response code than NOERROR.
    #[error("{server} refused the transfer of {zone} ({rcode}): {advice}")]
    Refused {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
        /// What it said.
        rcode: Rcode,
        /// What to do.
        advice: &'static str,
    },
    /// The signature is missing or wrong, on its side or on ours.
    #[error("{server}, transfer of {zone}: {failure}")]
    Tsig {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
        /// What is wrong.
        failure: TsigFailure,
    },
    /// It ended before the closing SOA.
    #[error("{server} broke off the transfer of {zone} after {records} records: {reason}")]
    BrokenOff {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
        /// What had come before.
        records: usize,
        /// What happened.
        reason: String,
    },
    /// What came is no transfer of this zone.
    #[error("{server} sent no proper transfer of {zone}: {reason}")]
    Malformed {
        /// The server address.
        server: SocketAddr,
        /// The zone.
        zone: Name,
        /// What is wrong with it.
        reason: String,
    },
}

impl TransferError {
    /// The server address.
    #[must_use]
    pub const fn server(&self) -> SocketAddr {
        match self {
            Self::Unreachable { server, .. }
            | Self::Timeout { server, .. }
            | Self::NotAuthoritative { server, .. }
            | Self::Refused { server, .. }
            | Self::Tsig { server, .. }
            | Self::BrokenOff { server, .. }
            | Self::Malformed { server, .. } => *server,
        }
    }
}

/// A request that was signed, and the time by which its answer is judged.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'k> {
    /// The key.
    pub key: &'k TsigKey,
    /// The request's MAC, which the answer signs too.
    pub mac: &'k [u8],
    /// Seconds since 1970.
    pub now: u64,
}

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait for each message: some servers read the whole zone before they send the first.
const IDLE: Duration = Duration::from_secs(30);

/// Transfers `zone` from `server` over TCP, signed with `key` where there is one.
///
/// # Errors
/// [`TransferError`]: whatever is not opened and closed by the same SOA is an error.
pub async fn transfer(
    server: SocketAddr,
    zone: &Name,
    key: Option<&TsigKey>,
) -> Result<Transferred, TransferError> {
    transfer_at(server, zone, key, tsig::now, IDLE).await
}

/// As [`transfer`], with another clock (seconds since 1970) for signatures and another patience.
pub(super) async fn transfer_at(
    server: SocketAddr,
    zone: &Name,
    key: Option<&TsigKey>,
    clock: impl Fn() -> u64,
    idle: Duration,
) -> Result<Transferred, TransferError> {
    let started = Instant::now();
    let id = random_id();
    let malformed = |reason: String| TransferError::Malformed { server, zone: zone.clone(), reason };
    let mut message = request::transfer(id, zone).map_err(|error| malformed(error.to_string()))?;
    let mut verifier = match key {
        Some(key) => {
            let mac = tsig::sign(key, &mut message, clock()).map_err(|error| malformed(error.to_string()))?;
            Some(Verifier::new(key, &mac))
        }
        None => None,
    };
    let mut stream = open(server, &message).await?;
    let mut collector = Collector::new(server, zone, id);
    while !collector.closed {
        collector.next_message(&mut stream, &mut message, idle).await?;
        collector.accept(&message, verifier.as_mut(), clock())?;
    }
    collector.finish(verifier.as_ref(), started)
}

/// A transfer whose messages are here already, as `server` sent them in answer to the request `id`,
/// which was signed if `signed`; the whole of it or an error, as from the network.
///
/// # Errors
/// [`TransferError`].
pub fn read_transfer(
    server: SocketAddr,
    zone: &Name,
    id: u16,
    messages: &[&[u8]],
    signed: Option<&SignedRequest<'_>>,
) -> Result<Transferred, TransferError> {
    let started = Instant::now();
    let mut collector = Collector::new(server, zone, id);
    let mut verifier = signed.map(|request| Verifier::new(request.key, request.mac));
    let now = signed.map_or(0, |request| request.now);
    for message in messages {
        if collector.closed {
            break;
        }
        collector.count(message);
        collector.accept(message, verifier.as_mut(), now)?;
    }
    if !collector.closed {
        return Err(collector.broken_off("there are no more messages, and the closing SOA is missing"));
    }
    collector.finish(verifier.as_ref(), started)
}

async fn open(server: SocketAddr, request: &[u8]) -> Result<Stream, TransferError> {
    let unreachable = |reason| TransferError::Unreachable { server, reason };
    let opened = async {
        let mut stream = Stream::connect(server).await?;
        stream.send(request).await?;
        Ok::<_, io::Error>(stream)
    };
    match tokio::time::timeout(CONNECT, opened).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if stream::is_no_route(&error) => {
            Err(unreachable("there is no route from this machine to that address".into()))
        }
        Ok(Err(error)) => Err(unreachable(stream::say(&error))),
        Err(_) => Err(unreachable(format!("no connection within {} s", CONNECT.as_secs()))),
    }
}

/// Gathers the records of one transfer.
struct Collector {
    server: SocketAddr,
    zone: Name,
    id: u16,
    builder: ZoneBuilder,
    opening: Option<(Record, u32)>,
    closed: bool,
    records: usize,
    messages: usize,
    signed_messages: usize,
    signed_at: Option<u64>,
    octets: u64,
}

impl Collector {
    fn new(server: SocketAddr, zone: &Name, id: u16) -> Self {
        Self {
            server,
            zone: zone.clone(),
            id,
            builder: ZoneBuilder::new(zone.clone()),
            opening: None,
            closed: false,
            records: 0,
            messages: 0,
            signed_messages: 0,
            signed_at: None,
            octets: 0,
        }
    }

    async fn next_message(
        &mut self,
        stream: &mut Stream,
        message: &mut Vec<u8>,
        idle: Duration,
    ) -> Result<(), TransferError> {
        match tokio::time::timeout(idle, stream.receive(message)).await {
            Ok(Ok(true)) => {
                self.count(message);
                Ok(())
            }
            Ok(Ok(false)) => Err(self.broken_off("the connection was closed before the closing SOA")),
            Ok(Err(error)) => Err(self.broken_off(&stream::say(&error))),
            Err(_) => Err(TransferError::Timeout {
                server: self.server,
                zone: self.zone.clone(),
                after: idle,
                records: self.records,
            }),
        }
    }

    fn count(&mut self, message: &[u8]) {
        self.messages += 1;
        self.octets += message.len() as u64 + 2;
    }

    /// Takes one message and checks its signature at the time `now`.
    fn accept(
        &mut self,
        message: &[u8],
        verifier: Option<&mut Verifier<'_>>,
        now: u64,
    ) -> Result<(), TransferError> {
        let mut tsig = None;
        let read = self.read(message, &mut tsig);
        if let Some(record) = &tsig {
            self.signed_messages += 1;
            self.signed_at = tsig::signed_at(message, record);
        }
        let verified = match verifier {
            Some(verifier) => verifier.message(message, tsig.as_ref(), now),
            None => Ok(()),
        };
        match (read, verified) {
            (Ok(()), Ok(())) => Ok(()),
            // A refusal may come unsigned; a signature that fails explains a refusal.
            (Err(error), Ok(()) | Err(TsigFailure::Unsigned { .. })) => Err(error),
            (_, Err(failure)) => Err(self.unsigned(failure)),
        }
    }

    fn unsigned(&self, failure: TsigFailure) -> TransferError {
        TransferError::Tsig { server: self.server, zone: self.zone.clone(), failure }
    }

    /// Takes one message; leaves its TSIG record in `tsig`.
    fn read(&mut self, message: &[u8], tsig: &mut Option<RawRecord>) -> Result<(), TransferError> {
        let bad = |error: MessageError| self.malformed(error.to_string());
        let mut reader = Reader::new(message).map_err(bad)?;
        let header = reader.header();
        if header.id != self.id || !header.is_response() || header.opcode() != 0 {
            return Err(self.malformed("a message that is no answer to the request".into()));
        }
        if header.is_truncated() {
            return Err(self.malformed("a message with TC set".into()));
        }
        while let Some(asked) = reader.question().map_err(bad)? {
            if asked.name != self.zone || asked.rtype != RecordType::AXFR || asked.class != CLASS_IN {
                return Err(self.malformed(format!("an answer about {} {}", asked.name, asked.rtype)));
            }
        }
        let mut last = None;
        while let Some((section, record)) =
            reader.record().map_err(|error| self.malformed(error.to_string()))?
        {
            if tsig.is_some() {
                return Err(self.malformed("a record after the TSIG record".into()));
            }
            match section {
                Section::Answer if header.rcode() == Rcode::NOERROR => {
                    self.take(message, &record)?;
                    last = Some(section);
                }
                Section::Additional if record.rtype == RecordType::TSIG => *tsig = Some(record),
                _ => {}
            }
        }
        reader.finish().map_err(|error| self.malformed(error.to_string()))?;
        if header.rcode() != Rcode::NOERROR {
            return Err(self.refused(header.rcode()));
        }
        if last.is_none() {
            return Err(self.broken_off("a message without records"));
        }
        Ok(())
    }

    fn take(&mut self, message: &[u8], raw: &RawRecord) -> Result<(), TransferError> {
        if self.closed {
            return Err(self.malformed("records after the closing SOA".into()));
        }
        if raw.class != CLASS_IN || raw.rtype.is_meta() {
            return Err(self.malformed(format!("{} {} of class {}", raw.name, raw.rtype, raw.class)));
        }
        let data = raw.data(message).map_err(|error| self.malformed(error.to_string()))?;
        let is_soa = raw.rtype == RecordType::SOA && raw.name == self.zone;
        match (&self.opening, is_soa) {
            (None, false) => {
                return Err(
                    self.malformed(format!("it opens with {} {}, not with the SOA", raw.name, raw.rtype))
                );
            }
            (None, true) => {
                let serial = rdata::soa_serial(&data)
                    .ok_or_else(|| self.malformed("an SOA without a serial".into()))?;
                let soa = Record {
                    name: raw.name.clone(),
                    rtype: raw.rtype,
                    class: raw.class,
                    ttl: Ttl::from_wire(raw.ttl),
                    rdata: Rdata::new(data.clone()),
                };
                self.opening = Some((soa, serial));
            }
            (Some((soa, serial)), true) => {
                if soa.rdata.wire() != data {
                    let reason = match rdata::soa_serial(&data) {
                        Some(closing) if closing != *serial => {
                            format!("it opened with serial {serial} and closed with serial {closing}")
                        }
                        _ => "the closing SOA differs from the opening one".into(),
                    };
                    return Err(self.malformed(reason));
                }
                self.closed = true;
                return Ok(());
            }
            (Some(_), false) => {}
        }
        self.records += 1;
        self.builder
            .push(&raw.name, raw.rtype, Ttl::from_wire(raw.ttl), &data)
            .map_err(|error| self.malformed(error.to_string()))
    }

    fn finish(self, verifier: Option<&Verifier<'_>>, started: Instant) -> Result<Transferred, TransferError> {
        if let Some(verifier) = verifier {
            verifier.finish().map_err(|failure| self.unsigned(failure))?;
        }
        let Some((soa, serial)) = self.opening else {
            let reason = "it has no SOA".into();
            return Err(TransferError::Malformed { server: self.server, zone: self.zone, reason });
        };
        Ok(Transferred {
            zone: self.builder.finish(),
            serial,
            soa,
            messages: self.messages,
            signed_messages: self.signed_messages,
            signed_at: self.signed_at,
            octets: self.octets,
            took: started.elapsed(),
        })
    }

    fn refused(&self, rcode: Rcode) -> TransferError {
        if self.records > 0 {
            return self.broken_off(&format!("the server said {rcode}"));
        }
        let (server, zone) = (self.server, self.zone.clone());
        let advice = match rcode {
            Rcode::NOTAUTH => return TransferError::NotAuthoritative { server, zone },
            Rcode::REFUSED => {
                "either it does not hold the zone, or it must allow the transfer to this key or address \
                 (BIND allow-transfer, Knot acl, PowerDNS allow-axfr-ips or TSIG-ALLOW-AXFR)"
            }
            Rcode::SERVFAIL => "it cannot serve the zone now (not loaded, or expired): look into its log",
            Rcode::FORMERR | Rcode::NOTIMP => "it does no zone transfers",
            _ => "look into its log",
        };
        TransferError::Refused { server, zone, rcode, advice }
    }

    fn broken_off(&self, reason: &str) -> TransferError {
        TransferError::BrokenOff {
            server: self.server,
            zone: self.zone.clone(),
            records: self.records,
            reason: reason.into(),
        }
    }

    fn malformed(&self, reason: String) -> TransferError {
        TransferError::Malformed { server: self.server, zone: self.zone.clone(), reason }
    }
}
