//! The TSIG record (RFC 8945 4.2).

use crate::dns::message::{CLASS_ANY, MessageError, RawRecord, be16, read_name};
use dnsure_zones::{Name, RecordType};

/// The TTL of every TSIG record.
const TTL: u32 = 0;

/// TSIG error codes (RFC 8945 3).
pub(super) const BADSIG: u16 = 16;
pub(super) const BADKEY: u16 = 17;
pub(super) const BADTIME: u16 = 18;
pub(super) const BADTRUNC: u16 = 22;

/// A TSIG record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TsigRecord {
    pub(super) key: Name,
    pub(super) algorithm: Name,
    /// Seconds since 1970, 48 bits.
    pub(super) time: u64,
    /// The allowed difference of clocks in seconds.
    pub(super) fudge: u16,
    pub(super) mac: Vec<u8>,
    pub(super) original_id: u16,
    pub(super) error: u16,
    pub(super) other: Vec<u8>,
}

impl TsigRecord {
    /// Reads the record out of its message.
    pub(super) fn read(message: &[u8], raw: &RawRecord) -> Result<Self, MessageError> {
        const BAD: MessageError = MessageError::Meta("a TSIG record that does not parse");
        if raw.class != CLASS_ANY {
            return Err(BAD);
        }
        let message = &message[..raw.rdata.end];
        let (algorithm, at) = read_name(message, raw.rdata.start)?;
        let word = |at| be16(message, at, "a TSIG record");
        let bytes = |at: usize, length: u16| message.get(at..at + usize::from(length)).ok_or(BAD);
        let time = u64::from(word(at)?) << 32 | u64::from(word(at + 2)?) << 16 | u64::from(word(at + 4)?);
        let fudge = word(at + 6)?;
        let mac = bytes(at + 10, word(at + 8)?)?;
        let at = at + 10 + mac.len();
        let other = bytes(at + 6, word(at + 4)?)?;
        if at + 6 + other.len() != message.len() {
            return Err(BAD);
        }
        Ok(Self {
            key: raw.name.clone(),
            algorithm,
            time,
            fudge,
            mac: mac.to_vec(),
            original_id: word(at)?,
            error: word(at + 2)?,
            other: other.to_vec(),
        })
    }

    /// Time signed and fudge: all that later messages of a stream sign besides themselves (RFC 8945 5.3.1).
    pub(super) fn timers(&self) -> [u8; 8] {
        let mut timers = [0; 8];
        timers[..6].copy_from_slice(&self.time.to_be_bytes()[2..]);
        timers[6..].copy_from_slice(&self.fudge.to_be_bytes());
        timers
    }

    /// The TSIG variables (RFC 8945 4.3.3).
    pub(super) fn variables(&self) -> Vec<u8> {
        let mut variables = self.key.to_lower_wire();
        variables.extend_from_slice(&CLASS_ANY.to_be_bytes());
        variables.extend_from_slice(&TTL.to_be_bytes());
        variables.extend_from_slice(&self.algorithm.to_lower_wire());
        variables.extend_from_slice(&self.timers());
        variables.extend_from_slice(&self.error.to_be_bytes());
        variables.extend_from_slice(&(self.other.len() as u16).to_be_bytes());
        variables.extend_from_slice(&self.other);
        variables
    }

    /// Appends the record to `message` and counts it in.
    pub(super) fn append(&self, message: &mut Vec<u8>) -> Result<(), MessageError> {
        let count = be16(message, 10, "the header")?;
        message.extend_from_slice(self.key.wire());
        message.extend_from_slice(&RecordType::TSIG.code().unwrap_or_default().to_be_bytes());
        message.extend_from_slice(&CLASS_ANY.to_be_bytes());
        message.extend_from_slice(&TTL.to_be_bytes());
        let mut data = self.algorithm.wire().to_vec();
        data.extend_from_slice(&self.timers());
        data.extend_from_slice(&(self.mac.len() as u16).to_be_bytes());
        data.extend_from_slice(&self.mac);
        data.extend_from_slice(&self.original_id.to_be_bytes());
        data.extend_from_slice(&self.error.to_be_bytes());
        data.extend_from_slice(&(self.other.len() as u16).to_be_bytes());
        data.extend_from_slice(&self.other);
        message.extend_from_slice(&(data.len() as u16).to_be_bytes());
        message.extend_from_slice(&data);
        message[10..12].copy_from_slice(&count.wrapping_add(1).to_be_bytes());
        Ok(())
    }
}
