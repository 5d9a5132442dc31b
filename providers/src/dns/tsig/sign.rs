//! Signing requests (RFC 8945 5.1).

use super::key::TsigKey;
use super::record::TsigRecord;
use crate::dns::message::{MessageError, be16};
use dnsure_zones::Name;
use ring::hmac;
use std::time::{SystemTime, UNIX_EPOCH};

/// How much the clocks may differ, in seconds (RFC 8945 10).
pub(super) const FUDGE: u16 = 300;

/// Seconds since 1970.
pub(in crate::dns) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Signs the request `message` as of `time` (seconds since 1970); gives the MAC, which the answer signs too.
pub(in crate::dns) fn sign(key: &TsigKey, message: &mut Vec<u8>, time: u64) -> Result<Vec<u8>, MessageError> {
    let mut record = TsigRecord {
        // PowerDNS finds keys by their name in lower case only.
        key: key.name.to_lower(),
        algorithm: Name::from_wire(&key.algorithm.wire()).unwrap_or_else(|_| Name::root()),
        time,
        fudge: FUDGE,
        mac: Vec::new(),
        original_id: be16(message, 0, "the header")?,
        error: 0,
        other: Vec::new(),
    };
    let mut digest = hmac::Context::with_key(&key.hmac());
    digest.update(message);
    digest.update(&record.variables());
    record.mac = digest.sign().as_ref().to_vec();
    record.append(message)?;
    Ok(record.mac)
}
