//! Reading messages exactly, byte for byte, whatever they hold (RFC 1035 4.1, RFC 6891, RFC 8945).
//!
//! Typed decoders lose or refuse data they do not know, so this reader keeps rdata as bytes and only
//! undoes name compression. It never panics: whatever does not fit is a [`MessageError`].

use super::{Rcode, Record};
use dnsure_zones::{Name, Rdata, RecordType, Ttl, rdata};
use std::ops::Range;

/// The class of the Internet, IN.
pub const CLASS_IN: u16 = 1;
/// The class NONE of dynamic updates (RFC 2136 2.4).
pub const CLASS_NONE: u16 = 254;
/// The class ANY of questions, dynamic updates and TSIG.
pub const CLASS_ANY: u16 = 255;
/// The operation code of dynamic updates (RFC 2136 2.2).
pub const OPCODE_UPDATE: u8 = 5;

const HEADER: usize = 12;
const POINTER: u8 = 0b1100_0000;

/// Why some octets are no DNS message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The octets end inside something.
    #[error("the message ends inside {0}")]
    Short(&'static str),
    /// A name that breaks the rules of compression or length.
    #[error("bad name at octet {at}: {reason}")]
    Name {
        /// The offset of the name.
        at: usize,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// Rdata that does not fit its type.
    #[error("bad {rtype} record data at octet {at}: {reason}")]
    Rdata {
        /// The offset of the data.
        at: usize,
        /// The type.
        rtype: RecordType,
        /// What does not fit.
        reason: String,
    },
    /// Octets after the last record.
    #[error("{0} octets after the last record")]
    Trailing(usize),
    /// A TSIG or OPT record at a place where none may be, or one that does not parse.
    #[error("{0}")]
    Meta(&'static str),
}

/// The first twelve octets (RFC 1035 4.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The message id.
    pub id: u16,
    flags: u16,
    counts: [u16; 4],
}

impl Header {
    /// Reads the header at the start of `octets`.
    ///
    /// # Errors
    /// [`MessageError::Short`].
    pub fn read(octets: &[u8]) -> Result<Self, MessageError> {
        let word = |index: usize| be16(octets, index * 2, "the header");
        Ok(Self { id: word(0)?, flags: word(1)?, counts: [word(2)?, word(3)?, word(4)?, word(5)?] })
    }

    /// Whether this is an answer (QR).
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// The operation: 0 is a query, 5 an update.
    #[must_use]
    pub const fn opcode(self) -> u8 {
        (self.flags >> 11) as u8 & 0xf
    }

    /// AA.
    #[must_use]
    pub const fn is_authoritative(self) -> bool {
        self.flags & 0x0400 != 0
    }

    /// TC.
    #[must_use]
    pub const fn is_truncated(self) -> bool {
        self.flags & 0x0200 != 0
    }

    /// The response code without the extended bits of EDNS.
    #[must_use]
    pub const fn rcode(self) -> Rcode {
        Rcode(self.flags & 0xf)
    }

    /// The number of records in `section`, as the header claims it.
    #[must_use]
    pub const fn count(self, section: Section) -> u16 {
        match section {
            Section::Answer => self.counts[1],
            Section::Authority => self.counts[2],
            Section::Additional => self.counts[3],
        }
    }

    /// The number of questions, as the header claims it.
    #[must_use]
    pub const fn questions(self) -> u16 {
        self.counts[0]
    }
}

/// The sections that hold records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Answers; prerequisites in an update.
    Answer,
    /// Authority; changes in an update.
    Authority,
    /// Additional.
    Additional,
}

impl Section {
    const ALL: [Self; 3] = [Self::Answer, Self::Authority, Self::Additional];
}

/// A question as it stands in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedQuestion {
    /// The name.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// The class.
    pub class: u16,
}

/// The types of RFC 1035, in which names may be compressed, and those that RFC 3597 4 wants read so.
fn may_be_compressed(rtype: RecordType) -> bool {
    const TYPES: [RecordType; 19] = [
        RecordType::NS,
        RecordType::MD,
        RecordType::MF,
        RecordType::CNAME,
        RecordType::SOA,
        RecordType::MB,
        RecordType::MG,
        RecordType::MR,
        RecordType::PTR,
        RecordType::MINFO,
        RecordType::MX,
        RecordType::RP,
        RecordType::AFSDB,
        RecordType::RT,
        RecordType::SIG,
        RecordType::PX,
        RecordType::NXT,
        RecordType::SRV,
        RecordType::NAPTR,
    ];
    TYPES.contains(&rtype)
}

/// A record whose data still lies in the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The owner name.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// The class.
    pub class: u16,
    /// The TTL field as it is, whatever its meaning.
    pub ttl: u32,
    /// Where the data lies in the message.
    pub rdata: Range<usize>,
    /// Where the record begins in the message.
    pub start: usize,
}

impl RawRecord {
    /// The data without name compression. Data that does not fit its type is given as it is, where the
    /// type is none that may be compressed: what a server holds is carried, whatever it is.
    ///
    /// # Errors
    /// [`MessageError::Rdata`].
    pub fn data(&self, message: &[u8]) -> Result<Vec<u8>, MessageError> {
        match rdata::decompress(self.rtype, message, self.rdata.clone()) {
            Ok(data) => Ok(data),
            Err(error) => match message.get(self.rdata.clone()) {
                Some(data) if !may_be_compressed(self.rtype) => Ok(data.to_vec()),
                _ => Err(MessageError::Rdata {
                    at: self.rdata.start,
                    rtype: self.rtype,
                    reason: error.message,
                }),
            },
        }
    }

    /// The record on its own.
    ///
    /// # Errors
    /// [`MessageError::Rdata`].
    pub fn to_record(&self, message: &[u8]) -> Result<Record, MessageError> {
        Ok(Record {
            name: self.name.clone(),
            rtype: self.rtype,
            class: self.class,
            ttl: Ttl::from_wire(self.ttl),
            rdata: Rdata::new(self.data(message)?),
        })
    }
}

/// Walks through a message: questions, then records in order.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    header: Header,
    questions_left: u16,
    left: [u16; 3],
}

impl<'a> Reader<'a> {
    /// A reader at the start of a message.
    ///
    /// # Errors
    /// [`MessageError::Short`] below twelve octets.
    pub fn new(octets: &'a [u8]) -> Result<Self, MessageError> {
        let header = Header::read(octets)?;
        let left = Section::ALL.map(|section| header.count(section));
        Ok(Self { octets, at: HEADER, header, questions_left: header.questions(), left })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// The next question; `None` after the last.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn question(&mut self) -> Result<Option<AskedQuestion>, MessageError> {
        if self.questions_left == 0 {
            return Ok(None);
        }
        let (name, at) = read_name(self.octets, self.at)?;
        let rtype = RecordType::from_code(be16(self.octets, at, "a question")?);
        let class = be16(self.octets, at + 2, "a question")?;
        self.at = at + 4;
        self.questions_left -= 1;
        Ok(Some(AskedQuestion { name, rtype, class }))
    }

    /// The next record and its section; `None` after the last. Questions not yet read are skipped.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn record(&mut self) -> Result<Option<(Section, RawRecord)>, MessageError> {
        while self.question()?.is_some() {}
        let Some(section) = Section::ALL.into_iter().find(|section| self.left[*section as usize] > 0) else {
            return Ok(None);
        };
        let start = self.at;
        let (name, at) = read_name(self.octets, start)?;
        let word = |offset: usize| be16(self.octets, at + offset, "a record");
        let rtype = RecordType::from_code(word(0)?);
        let class = word(2)?;
        let ttl = u32::from(word(4)?) << 16 | u32::from(word(6)?);
        let rdata = at + 10..at + 10 + usize::from(word(8)?);
        if rdata.end > self.octets.len() {
            return Err(MessageError::Short("record data"));
        }
        self.at = rdata.end;
        self.left[section as usize] -= 1;
        Ok(Some((section, RawRecord { name, rtype, class, ttl, rdata, start })))
    }

    /// After the last record: nothing may follow.
    ///
    /// # Errors
    /// [`MessageError::Trailing`].
    pub fn finish(&self) -> Result<(), MessageError> {
        match self.octets.len() - self.at {
            0 => Ok(()),
            more => Err(MessageError::Trailing(more)),
        }
    }
}

pub(super) fn be16(octets: &[u8], at: usize, what: &'static str) -> Result<u16, MessageError> {
    match octets.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(word) => Ok(u16::from_be_bytes(*word)),
        None => Err(MessageError::Short(what)),
    }
}

/// Reads the possibly compressed name at `start` (RFC 1035 4.1.4); also gives the offset behind it.
/// Pointers must lead to an earlier place than any before them, so that there are no loops.
///
/// # Errors
/// [`MessageError::Short`] and [`MessageError::Name`].
pub fn read_name(octets: &[u8], start: usize) -> Result<(Name, usize), MessageError> {
    let bad = |reason| MessageError::Name { at: start, reason };
    let mut wire = [0_u8; 255];
    let mut length = 0;
    let mut at = start;
    let mut earliest = start;
    let mut end = None;
    loop {
        let first = *octets.get(at).ok_or(MessageError::Short("a name"))?;
        if first & POINTER == POINTER {
            let target = usize::from(be16(octets, at, "a name")? & 0x3fff);
            end.get_or_insert(at + 2);
            if target >= earliest {
                return Err(bad("a compression pointer that does not lead backwards"));
            }
            earliest = target;
            at = target;
            continue;
        }
        if first & POINTER != 0 {
            return Err(bad("an unknown kind of label"));
        }
        let label = octets.get(at..at + 1 + usize::from(first)).ok_or(MessageError::Short("a name"))?;
        let room = wire.get_mut(length..length + label.len()).ok_or_else(|| bad("over 255 octets"))?;
        room.copy_from_slice(label);
        length += label.len();
        at += label.len();
        if first == 0 {
            let name = Name::from_wire(&wire[..length]).map_err(|_| bad("not a name"))?;
            return Ok((name, end.unwrap_or(at)));
        }
    }
}
