//! Writing requests: transfers through hickory-proto, questions and updates by ourselves.

use super::message::{CLASS_IN, OPCODE_UPDATE};
use super::{Form, Question};
use dnsure_zones::{Name, RecordType};
use hickory_proto::ProtoError;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name as WireName, RecordType as WireType};

/// The size of datagrams we take: what passes everywhere without fragments (DNS Flag Day 2020).
const DATAGRAM: u16 = 1232;
/// The EDNS option that asks for the identity of the instance (RFC 5001).
pub(super) const NSID: u16 = 3;
/// The length at which a message would no longer fit its TCP frame.
pub(super) const MESSAGE_MAX: usize = 65_535;

/// Why a request cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// It would not fit into 65,535 octets.
    #[error("the message would be over 65 535 octets, the most that one can have")]
    TooLong,
    /// A pseudo type.
    #[error("{0} never goes on the wire")]
    Pseudo(RecordType),
    /// The encoder failed.
    #[error("the message cannot be written: {0}")]
    Encoding(String),
}

/// A question without RD (we ask authoritative servers), with EDNS and NSID where the form has it.
///
/// Written by hand, because a sweep writes hundreds of thousands of them.
pub(super) fn question(id: u16, question: &Question, form: Form) -> Result<Vec<u8>, RequestError> {
    let code = code(question.rtype)?;
    let mut octets = Vec::with_capacity(12 + question.name.wire().len() + 4 + 15);
    octets.extend_from_slice(&id.to_be_bytes());
    // A query with one question, and an OPT record (RFC 6891 6.1.2) or none.
    octets.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(form.has_edns())]);
    octets.extend_from_slice(question.name.wire());
    octets.extend_from_slice(&code.to_be_bytes());
    octets.extend_from_slice(&CLASS_IN.to_be_bytes());
    if form.has_edns() {
        octets.extend_from_slice(&[0, 0, 41]);
        octets.extend_from_slice(&DATAGRAM.to_be_bytes());
        let dnssec_ok = if form == Form::UdpEdnsDo { 0x80 } else { 0 };
        octets.extend_from_slice(&[0, 0, dnssec_ok, 0, 0, 4]);
        octets.extend_from_slice(&NSID.to_be_bytes());
        octets.extend_from_slice(&[0, 0]);
    }
    Ok(octets)
}

/// The request for a whole zone.
pub(super) fn transfer(id: u16, zone: &Name) -> Result<Vec<u8>, RequestError> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.add_query(query(zone, RecordType::AXFR)?);
    encode(&message)
}

/// The request for what has changed in a zone since the version with this SOA (RFC 1995 3).
pub(super) fn increment(id: u16, zone: &Name, soa: &[u8]) -> Result<Vec<u8>, RequestError> {
    let length = u16::try_from(soa.len()).map_err(|_| RequestError::TooLong)?;
    let mut octets = Vec::with_capacity(zone.wire().len() + soa.len() + 32);
    octets.extend_from_slice(&id.to_be_bytes());
    // A query with one question and one record of authority.
    octets.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    octets.extend_from_slice(zone.wire());
    // IXFR, IN; then the name again by a pointer: SOA, IN, a TTL without meaning.
    octets.extend_from_slice(&[0, 251, 0, 1, 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0]);
    octets.extend_from_slice(&length.to_be_bytes());
    octets.extend_from_slice(soa);
    Ok(octets)
}

fn query(name: &Name, rtype: RecordType) -> Result<Query, RequestError> {
    let encoding = |error: ProtoError| RequestError::Encoding(error.to_string());
    let wire = WireName::from_labels(name.labels()).map_err(encoding)?;
    Ok(Query::query(wire, WireType::from(code(rtype)?)))
}

fn encode(message: &Message) -> Result<Vec<u8>, RequestError> {
    message.to_vec().map_err(|error| RequestError::Encoding(error.to_string()))
}

fn code(rtype: RecordType) -> Result<u16, RequestError> {
    rtype.code().ok_or(RequestError::Pseudo(rtype))
}

/// Writes an update message (RFC 2136 2): names below the zone point at its name in the zone section,
/// record data goes in as it is.
///
/// hickory-proto's encoder is not used here: it panics on record data without octets (`TYPE65280 \\# 0`)
/// and leaves out, with TC set, what does not fit.
pub(super) struct UpdateWriter {
    octets: Vec<u8>,
    zone: Name,
}

/// Where a record of an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateSection {
    Prerequisite,
    Change,
}

impl UpdateWriter {
    pub(super) fn new(id: u16, zone: &Name) -> Self {
        let mut octets = Vec::with_capacity(512);
        octets.extend_from_slice(&id.to_be_bytes());
        octets.extend_from_slice(&(u16::from(OPCODE_UPDATE) << 11).to_be_bytes());
        octets.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
        octets.extend_from_slice(zone.wire());
        // SOA, IN (RFC 2136 2.3).
        octets.extend_from_slice(&[0, 6, 0, 1]);
        Self { octets, zone: zone.clone() }
    }

    /// Appends a record. Prerequisites come before changes.
    pub(super) fn record(
        &mut self,
        section: UpdateSection,
        name: &Name,
        rtype: RecordType,
        (class, ttl): (u16, u32),
        data: &[u8],
    ) -> Result<(), RequestError> {
        let code = code(rtype)?;
        self.name(name);
        self.octets.extend_from_slice(&code.to_be_bytes());
        self.octets.extend_from_slice(&class.to_be_bytes());
        self.octets.extend_from_slice(&ttl.to_be_bytes());
        let length = u16::try_from(data.len()).map_err(|_| RequestError::TooLong)?;
        self.octets.extend_from_slice(&length.to_be_bytes());
        self.octets.extend_from_slice(data);
        if self.octets.len() > MESSAGE_MAX {
            return Err(RequestError::TooLong);
        }
        // Far below 65,535 records fit, so the count does too.
        let at = match section {
            UpdateSection::Prerequisite => 6,
            UpdateSection::Change => 8,
        };
        let count = u16::from_be_bytes([self.octets[at], self.octets[at + 1]]).wrapping_add(1);
        self.octets[at..at + 2].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }

    fn name(&mut self, name: &Name) {
        const ZONE_NAME: u16 = 0xc000 | 12;
        let own = name.wire().len().saturating_sub(self.zone.wire().len());
        if !self.zone.is_root() && self.is_below_zone(name) {
            self.octets.extend_from_slice(&name.wire()[..own]);
            self.octets.extend_from_slice(&ZONE_NAME.to_be_bytes());
        } else {
            self.octets.extend_from_slice(name.wire());
        }
    }

    /// Whether the name ends in the zone's name, in the same spelling.
    fn is_below_zone(&self, name: &Name) -> bool {
        name.is_at_or_below(&self.zone) && name.wire().ends_with(self.zone.wire())
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.octets
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::dns::message::{CLASS_ANY, CLASS_IN, CLASS_NONE, Reader, Section};
    use proptest::prelude::*;

    fn names() -> impl Strategy<Value = Name> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 0..6)
            .prop_map(|labels| Name::from_labels(labels.iter().map(Vec::as_slice)).unwrap())
    }

    proptest! {
        #[test]
        fn a_question_holds_what_is_asked_and_nothing_else(name in names(), code in 1_u16.., id: u16) {
            let rtype = RecordType::from_code(code);
            let asked = Question { name: name.clone(), rtype };
            for form in Form::ALL {
                let octets = question(id, &asked, form).unwrap();
                prop_assert_eq!(Message::from_vec(&octets).unwrap().queries.len(), 1);
                let mut reader = Reader::new(&octets).unwrap();
                // QUERY, and no flag at all: above all not RD.
                prop_assert_eq!(&octets[2..4], &[0, 0][..]);
                let read = reader.question().unwrap().unwrap();
                prop_assert_eq!(read.name.wire(), name.wire());
                prop_assert_eq!((read.rtype, read.class), (rtype, CLASS_IN));
                let edns = reader.record().unwrap();
                prop_assert_eq!(edns.is_some(), form.has_edns());
                if let Some((section, opt)) = edns {
                    prop_assert_eq!((section, opt.rtype, opt.class), (Section::Additional, RecordType::OPT, DATAGRAM));
                    prop_assert_eq!(opt.ttl, if form == Form::UdpEdnsDo { 0x8000 } else { 0 });
                    prop_assert_eq!(&octets[opt.rdata], &[0, 3, 0, 0][..]);
                }
                prop_assert!(reader.record().unwrap().is_none());
            }
        }

        /// With hickory-proto as the reader.
        #[test]
        fn an_update_reads_as_it_was_written(
            zone in names(),
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..10), 1..8),
            data in prop::collection::vec(any::<u8>(), 1..50),
            outside in names(),
        ) {
            let mut writer = UpdateWriter::new(7, &zone);
            let mut owners: Vec<Name> = labels.iter().map(|label| zone.child(label).unwrap()).collect();
            owners.extend([zone.clone(), outside]);
            let rtype = RecordType::from_code(65_280);
            for owner in &owners {
                writer.record(UpdateSection::Prerequisite, owner, rtype, (CLASS_NONE, 0), &[]).unwrap();
            }
            for owner in &owners {
                writer.record(UpdateSection::Change, owner, rtype, (CLASS_ANY, 0), &[]).unwrap();
                writer.record(UpdateSection::Change, owner, rtype, (CLASS_IN, 60), &data).unwrap();
            }
            let octets = writer.finish();
            let message = Message::from_vec(&octets).unwrap();
            prop_assert_eq!(message.metadata.op_code, OpCode::Update);
            let wire = |name: &WireName| {
                Name::from_labels(name.iter()).map(|name| name.wire().to_vec()).unwrap()
            };
            prop_assert_eq!(wire(message.queries[0].name()), zone.wire());
            let required: Vec<_> = message.answers.iter().map(|record| wire(&record.name)).collect();
            let expected: Vec<_> = owners.iter().map(|name| name.wire().to_vec()).collect();
            prop_assert_eq!(required, expected);
            prop_assert_eq!(message.authorities.len(), owners.len() * 2);
            for pair in message.authorities.chunks(2) {
                prop_assert_eq!(u16::from(pair[0].dns_class), CLASS_ANY);
                prop_assert_eq!((u16::from(pair[1].dns_class), pair[1].ttl), (CLASS_IN, 60));
            }
        }
    }
}
