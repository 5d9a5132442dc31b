//! Reading a query: the header, one question, and the OPT record (RFC 1035 4.1, RFC 6891).
//!
//! Everything here comes from the network, so nothing is taken for granted: a message is
//! either a [`Question`], an answer with an error code, or silence.

use dnsure_zones::name::MAX_LABEL;
use dnsure_zones::{Name, RecordType};

/// Response codes (RFC 1035 4.1.1, RFC 2136 2.2, RFC 6891 9).
pub(super) mod rcode {
    pub(crate) const NOERROR: u16 = 0;
    pub(crate) const FORMERR: u16 = 1;
    pub(crate) const SERVFAIL: u16 = 2;
    pub(crate) const NXDOMAIN: u16 = 3;
    pub(crate) const NOTIMP: u16 = 4;
    pub(crate) const REFUSED: u16 = 5;
    pub(crate) const YXDOMAIN: u16 = 6;
    pub(crate) const NOTAUTH: u16 = 9;
    pub(crate) const BADVERS: u16 = 16;
}

/// Class IN.
pub(super) const CLASS_IN: u16 = 1;
/// The option code of NSID (RFC 5001).
pub(super) const NSID: u16 = 3;

const HEADER: usize = 12;
const RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const RECURSION_DESIRED: u16 = 0x0100;

/// What the header says, enough to refuse a message whose rest cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: u16,
    /// Opcode and RD as they came, for the reply.
    pub(super) echoed: u16,
}

/// What the OPT record says (RFC 6891 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edns {
    /// The UDP payload size the client takes, in octets.
    pub(super) size: u16,
    pub(super) version: u8,
    /// The DO flag (RFC 3225), echoed.
    pub(super) dnssec_ok: bool,
    /// Whether the client asks which instance answers (RFC 5001).
    pub(super) nsid: bool,
}

/// A query that can be answered.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) head: Head,
    pub(super) name: Name,
    pub(super) rtype: RecordType,
    pub(super) class: u16,
    pub(super) edns: Option<Edns>,
    /// A signature that nobody here has a key for.
    pub(super) signed: bool,
}

/// What a message is.
#[derive(Debug, Clone)]
pub(super) enum Incoming {
    Question(Question),
    /// Answered with this code and no question.
    Bad(Head, u16),
    /// Too short, or a response: answering it would start a loop.
    Silence,
}

/// Reads a message.
pub(super) fn read(bytes: &[u8]) -> Incoming {
    let mut reader = Reader { bytes, at: 0 };
    let Some([id, flags, questions, answers, authorities, additionals]) = reader.header() else {
        return Incoming::Silence;
    };
    if flags & RESPONSE != 0 {
        return Incoming::Silence;
    }
    let head = Head { id, echoed: flags & (OPCODE | RECURSION_DESIRED) };
    if flags & OPCODE != 0 {
        return Incoming::Bad(head, rcode::NOTIMP);
    }
    if questions != 1 {
        return Incoming::Bad(head, rcode::FORMERR);
    }
    let records = usize::from(answers) + usize::from(authorities);
    match reader.question(head, records, usize::from(additionals)) {
        Some(question) => Incoming::Question(question),
        None => Incoming::Bad(head, rcode::FORMERR),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn header(&mut self) -> Option<[u16; HEADER / 2]> {
        let mut fields = [0; HEADER / 2];
        for field in &mut fields {
            *field = self.u16()?;
        }
        Some(fields)
    }

    fn question(&mut self, head: Head, skipped: usize, additionals: usize) -> Option<Question> {
        let name = self.name()?;
        let rtype = RecordType::from_code(self.u16()?);
        let class = self.u16()?;
        for _ in 0..skipped {
            self.record()?;
        }
        let mut question = Question { head, name, rtype, class, edns: None, signed: false };
        for _ in 0..additionals {
            let record = self.record()?;
            match record.rtype {
                RecordType::OPT if question.edns.is_none() && record.at_root => {
                    question.edns = Some(edns(&record)?);
                }
                RecordType::OPT => return None,
                RecordType::TSIG | RecordType::SIG => question.signed = true,
                _ => {}
            }
        }
        (self.at == self.bytes.len()).then_some(question)
    }

    /// An uncompressed name: nothing stands before the question that it could point to.
    fn name(&mut self) -> Option<Name> {
        let rest = self.bytes.get(self.at..)?;
        let length = dnsure_zones::name::wire_length(rest).ok()?;
        let name = Name::from_wire(rest.get(..length)?).ok()?;
        self.at += length;
        Some(name)
    }

    /// Steps over a name that may end in a pointer; `true` for the root.
    fn skip_name(&mut self) -> Option<bool> {
        let start = self.at;
        loop {
            let length = usize::from(*self.bytes.get(self.at)?);
            match length {
                0 => {
                    self.at += 1;
                    return Some(self.at == start + 1);
                }
                1..=MAX_LABEL => self.at += length + 1,
                0xc0.. => {
                    self.at += 2;
                    return (self.at <= self.bytes.len()).then_some(false);
                }
                _ => return None,
            }
        }
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let at_root = self.skip_name()?;
        let rtype = RecordType::from_code(self.u16()?);
        let class = self.u16()?;
        let ttl = (u32::from(self.u16()?) << 16) | u32::from(self.u16()?);
        let length = usize::from(self.u16()?);
        let data = self.bytes.get(self.at..self.at + length)?;
        self.at += length;
        Some(Record { at_root, rtype, class, ttl, data })
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.bytes.get(self.at..self.at + 2)?;
        self.at += 2;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }
}

struct Record<'a> {
    at_root: bool,
    rtype: RecordType,
    class: u16,
    ttl: u32,
    data: &'a [u8],
}

fn edns(opt: &Record<'_>) -> Option<Edns> {
    let mut options = Reader { bytes: opt.data, at: 0 };
    let mut nsid = false;
    while options.at < options.bytes.len() {
        nsid |= options.u16()? == NSID;
        let length = usize::from(options.u16()?);
        options.bytes.get(options.at..options.at + length)?;
        options.at += length;
    }
    Some(Edns { size: opt.class, version: (opt.ttl >> 16) as u8, dnssec_ok: opt.ttl & 0x8000 != 0, nsid })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 0x01, 0x00];
        for count in counts {
            bytes.extend(count.to_be_bytes());
        }
        bytes.extend(rest);
        bytes
    }

    const WWW_A: &[u8] = b"\x03www\x00\x00\x01\x00\x01";
    const OPT: &[u8] = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x04\x00\x03\x00\x00";

    #[test]
    fn a_question_with_edns_and_nsid_is_read() {
        let bytes = message([1, 0, 0, 1], &[WWW_A, OPT].concat());
        let Incoming::Question(question) = read(&bytes) else { panic!("{:?}", read(&bytes)) };
        assert_eq!(question.head, Head { id: 0x1234, echoed: RECURSION_DESIRED });
        assert_eq!(question.name, "www.".parse().unwrap());
        let edns = Edns { size: 1232, version: 0, dnssec_ok: true, nsid: true };
        assert_eq!(question.edns, Some(edns));
    }

    #[test]
    fn what_is_no_single_whole_question_is_a_format_error() {
        let formerr =
            |counts, rest: &[u8]| matches!(read(&message(counts, rest)), Incoming::Bad(_, rcode::FORMERR));
        assert!(formerr([0, 0, 0, 0], b""), "no question");
        assert!(formerr([2, 0, 0, 0], &[WWW_A, WWW_A].concat()), "two questions");
        assert!(formerr([1, 0, 0, 0], &WWW_A[..7]), "cut off");
        assert!(formerr([1, 0, 0, 0], &[WWW_A, b"x"].concat()), "bytes left over");
        assert!(formerr([1, 0, 0, 0], b"\xc0\x0c\x00\x01\x00\x01"), "a name that points to itself");
        assert!(formerr([1, 0, 0, 2], &[WWW_A, OPT, OPT].concat()), "two OPT records");
        assert!(formerr([1, 0, 0, 1], &[WWW_A, &OPT[..OPT.len() - 1]].concat()), "half an OPT record");
    }

    #[test]
    fn responses_and_crumbs_are_not_answered() {
        assert!(matches!(read(b"\x00\x00\x01"), Incoming::Silence));
        let mut response = message([1, 0, 0, 0], WWW_A);
        response[2] |= 0x80;
        assert!(matches!(read(&response), Incoming::Silence));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_damage_to_a_question_is_read_without_a_panic(
            damage in prop::collection::vec((0_usize..64, any::<u8>()), 1..6),
            length in 0_usize..64,
        ) {
            let mut bytes = message([1, 0, 0, 1], &[WWW_A, OPT].concat());
            for (at, byte) in damage {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(length);
            let _ = read(&bytes);
        }
    }
}
