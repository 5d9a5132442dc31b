//! Stand-in until the table of record types is there.

use super::message::read_name;
use dnsure_zones::RecordType;
use std::ops::Range;

pub(super) struct RdataError {
    pub(super) message: String,
}

pub(super) fn decompress(
    rtype: RecordType,
    message: &[u8],
    range: Range<usize>,
) -> Result<Vec<u8>, RdataError> {
    let (skip, names) = match rtype {
        RecordType::NS | RecordType::CNAME | RecordType::PTR | RecordType::DNAME => (0, 1),
        RecordType::SOA => (0, 2),
        RecordType::MX => (2, 1),
        RecordType::SRV => (6, 1),
        _ => return Ok(message[range].to_vec()),
    };
    let short = || RdataError { message: "too short".into() };
    let mut out = message.get(range.start..range.start + skip).ok_or_else(short)?.to_vec();
    let mut at = range.start + skip;
    for _ in 0..names {
        let (name, end) = read_name(&message[..range.end], at).map_err(|_| short())?;
        out.extend_from_slice(name.wire());
        at = end;
    }
    out.extend_from_slice(message.get(at..range.end).ok_or_else(short)?);
    Ok(out)
}
