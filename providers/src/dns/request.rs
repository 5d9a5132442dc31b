//! Writing requests, through hickory-proto; record data goes in as bytes.

use super::{Form, Question};
use dnsure_zones::{Name, RecordType};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::NULL;
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{DNSClass, Name as WireName, RData, Record, RecordType as WireType};

/// The size of datagrams we take: what passes everywhere without fragments (DNS Flag Day 2020).
const DATAGRAM: u16 = 1232;
/// The EDNS option that asks for the identity of the instance (RFC 5001).
pub(super) const NSID: u16 = 3;
/// The length at which a message would no longer fit its TCP frame.
pub(super) const MESSAGE_MAX: usize = 65_535;

/// Why a request cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    /// It would not fit into 65,535 octets.
    #[error("the message would be over 65,535 octets, the most that one can have")]
    TooLong,
    /// A pseudo type.
    #[error("{0} never goes on the wire")]
    Pseudo(RecordType),
    /// The encoder failed.
    #[error("the message cannot be written: {0}")]
    Encoding(String),
}

pub(super) fn wire_type(rtype: RecordType) -> Result<WireType, RequestError> {
    rtype.code().map(WireType::from).ok_or(RequestError::Pseudo(rtype))
}

pub(super) fn wire_name(name: &Name) -> Result<WireName, RequestError> {
    WireName::from_labels(name.labels()).map_err(|error| RequestError::Encoding(error.to_string()))
}

/// A record with its data as bytes; `None` is no data at all, as in deletions.
pub(super) fn wire_record(
    name: &Name,
    rtype: RecordType,
    class: u16,
    ttl: u32,
    data: Option<&[u8]>,
) -> Result<Record, RequestError> {
    let (name, code) = (wire_name(name)?, wire_type(rtype)?);
    let mut record = match data {
        Some(data) => {
            Record::from_rdata(name, ttl, RData::Unknown { code, rdata: NULL::with(data.to_vec()) })
        }
        None => Record::update0(name, ttl, code),
    };
    record.dns_class = DNSClass::from(class);
    Ok(record)
}

pub(super) fn wire_query(name: &Name, rtype: RecordType) -> Result<Query, RequestError> {
    Ok(Query::query(wire_name(name)?, wire_type(rtype)?))
}

/// A question without RD (we ask authoritative servers), with EDNS and NSID where the form has it.
pub(super) fn question(id: u16, question: &Question, form: Form) -> Result<Vec<u8>, RequestError> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.add_query(wire_query(&question.name, question.rtype)?);
    if form.has_edns() {
        let mut edns = Edns::new();
        edns.set_max_payload(DATAGRAM).set_version(0).set_dnssec_ok(form == Form::UdpEdnsDo);
        edns.options_mut().insert(EdnsOption::Unknown(NSID, Vec::new()));
        message.set_edns(edns);
    }
    encode(&message)
}

/// The request for a whole zone.
pub(super) fn transfer(id: u16, zone: &Name) -> Result<Vec<u8>, RequestError> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.add_query(wire_query(zone, RecordType::AXFR)?);
    encode(&message)
}

/// Writes the message whole. The encoder leaves records out and sets TC when it runs out of room;
/// such a message must never be sent.
pub(super) fn encode(message: &Message) -> Result<Vec<u8>, RequestError> {
    let counts = [message.queries.len(), message.answers.len(), message.authorities.len()];
    if counts.iter().any(|&count| count > usize::from(u16::MAX)) {
        return Err(RequestError::TooLong);
    }
    let octets = message.to_vec().map_err(|error| RequestError::Encoding(error.to_string()))?;
    let header =
        super::message::Header::read(&octets).map_err(|error| RequestError::Encoding(error.to_string()))?;
    if header.is_truncated() || octets.len() > MESSAGE_MAX {
        return Err(RequestError::TooLong);
    }
    Ok(octets)
}
