//! Writing a reply: sections in order, name compression, a size that is never exceeded.
//!
//! Names are compressed only against the same spelling, so that what a file says is what
//! `dig` shows; the owner of an answer is the name as it was asked.

use super::question::{CLASS_IN, Edns, Head, NSID, Question};
use dnsure_zones::{Name, RecordType};
use std::collections::HashMap;

/// The UDP payload size offered and never exceeded, in octets: what passes everywhere
/// without fragments.
pub(super) const UDP_SIZE: u16 = 1232;
/// The UDP payload size without EDNS, in octets (RFC 1035 4.2.1).
pub(super) const PLAIN_UDP_SIZE: u16 = 512;

const RESPONSE: u16 = 0x8000;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const HEADER: usize = 12;
/// Compression pointers have 14 bits (RFC 1035 4.1.4).
const POINTER_REACH: usize = 0x4000;

/// The sections after the question, in the order of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Answer,
    Authority,
    Additional,
}

/// One record about to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rr<'a> {
    pub(super) name: &'a Name,
    /// A type with a number; pseudo types are left out.
    pub(super) rtype: RecordType,
    /// In seconds.
    pub(super) ttl: u32,
    /// Uncompressed.
    pub(super) data: &'a [u8],
}

/// A reply that is being written.
#[derive(Debug)]
pub(super) struct Reply {
    bytes: Vec<u8>,
    counts: [u16; 3],
    /// Where each suffix written so far stands, in its own spelling.
    suffixes: HashMap<Vec<u8>, u16>,
    limit: usize,
    flags: u16,
    rcode: u16,
    opt: Option<Vec<u8>>,
}

impl Reply {
    /// A reply of at most `limit` octets without a question, for messages that could not be read.
    pub(super) fn bare(head: Head, rcode: u16) -> Self {
        let mut bytes = head.id.to_be_bytes().to_vec();
        bytes.resize(HEADER, 0);
        Self {
            bytes,
            counts: [0; 3],
            suffixes: HashMap::new(),
            limit: usize::from(PLAIN_UDP_SIZE),
            flags: RESPONSE | head.echoed,
            rcode,
            opt: None,
        }
    }

    /// A reply of at most `limit` octets to `question`; `instance` goes into NSID where asked.
    pub(super) fn to(question: &Question, limit: usize, instance: &[u8]) -> Self {
        let mut reply = Self::bare(question.head, 0);
        reply.limit = limit;
        reply.write_name(&question.name);
        reply.u16(question.rtype.code().unwrap_or_default());
        reply.u16(question.class);
        reply.bytes[4..6].copy_from_slice(&1_u16.to_be_bytes());
        reply.opt = question.edns.map(|edns| options(&edns, instance));
        reply
    }

    pub(super) fn set_rcode(&mut self, rcode: u16) {
        self.rcode = rcode;
    }

    pub(super) fn set_authoritative(&mut self) {
        self.flags |= AUTHORITATIVE;
    }

    /// Whether nothing was written after the question.
    pub(super) fn is_empty(&self) -> bool {
        self.counts == [0; 3]
    }

    /// Writes a record; `false`, and nothing written, when it does not fit any more.
    /// Sections must come in order.
    pub(super) fn push(&mut self, section: Section, rr: Rr<'_>) -> bool {
        let Some(code) = rr.rtype.code() else { return true };
        let before = self.bytes.len();
        self.write_name(rr.name);
        self.u16(code);
        self.u16(CLASS_IN);
        self.bytes.extend_from_slice(&rr.ttl.to_be_bytes());
        let length_at = self.bytes.len();
        self.u16(0);
        self.write_data(rr.rtype, rr.data);
        let length = u16::try_from(self.bytes.len() - length_at - 2);
        let reserved = self.opt.as_ref().map_or(0, Vec::len);
        match (length, self.counts[section as usize].checked_add(1)) {
            (Ok(length), Some(count)) if self.bytes.len() + reserved <= self.limit => {
                self.bytes[length_at..length_at + 2].copy_from_slice(&length.to_be_bytes());
                self.counts[section as usize] = count;
                true
            }
            _ => {
                self.bytes.truncate(before);
                self.suffixes.retain(|_, at| usize::from(*at) < before);
                false
            }
        }
    }

    /// The message. `truncated` sets TC and leaves out everything after the question, so
    /// that nobody builds on half an answer (RFC 2181 9).
    pub(super) fn finish(mut self, truncated: bool) -> Vec<u8> {
        if truncated {
            let question_end = self.question_end();
            self.bytes.truncate(question_end);
            self.counts = [0; 3];
            self.flags |= TRUNCATED;
        }
        if let Some(mut opt) = self.opt.take() {
            // The upper eight bits of the code stand where the TTL would begin (RFC 6891 6.1.3).
            opt[5] = (self.rcode >> 4) as u8;
            self.bytes.extend_from_slice(&opt);
            self.counts[Section::Additional as usize] =
                self.counts[Section::Additional as usize].saturating_add(1);
        }
        let flags = self.flags | (self.rcode & 0xf);
        self.bytes[2..4].copy_from_slice(&flags.to_be_bytes());
        for (index, count) in self.counts.iter().enumerate() {
            self.bytes[6 + 2 * index..8 + 2 * index].copy_from_slice(&count.to_be_bytes());
        }
        self.bytes
    }

    fn question_end(&self) -> usize {
        match self.bytes.get(HEADER..).map(dnsure_zones::name::wire_length) {
            Some(Ok(length)) if self.bytes[5] == 1 => HEADER + length + 4,
            _ => HEADER,
        }
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    fn write_name(&mut self, name: &Name) {
        let mut rest = name.wire();
        while let Some(&length) = rest.first().filter(|length| **length > 0) {
            if let Some(&at) = self.suffixes.get(rest) {
                self.u16(0xc000 | at);
                return;
            }
            if let Ok(at) = u16::try_from(self.bytes.len())
                && usize::from(at) < POINTER_REACH
            {
                self.suffixes.insert(rest.to_vec(), at);
            }
            let (label, tail) = rest.split_at((usize::from(length) + 1).min(rest.len()));
            self.bytes.extend_from_slice(label);
            rest = tail;
        }
        self.bytes.push(0);
    }

    /// Names are compressed in the rdata of the types of RFC 1035 only (RFC 3597 4).
    fn write_data(&mut self, rtype: RecordType, data: &[u8]) {
        let (fixed, names) = match rtype {
            RecordType::NS | RecordType::CNAME | RecordType::PTR => (0, 1),
            RecordType::MX => (2, 1),
            RecordType::SOA => (0, 2),
            _ => (data.len(), 0),
        };
        let (head, mut rest) = data.split_at(fixed.min(data.len()));
        self.bytes.extend_from_slice(head);
        for _ in 0..names {
            let length = dnsure_zones::name::wire_length(rest).unwrap_or(0);
            let Some((Ok(name), tail)) =
                rest.split_at_checked(length).map(|(name, tail)| (Name::from_wire(name), tail))
            else {
                break;
            };
            self.write_name(&name);
            rest = tail;
        }
        self.bytes.extend_from_slice(rest);
    }
}

/// The OPT record of a reply (RFC 6891 6.1.2).
fn options(edns: &Edns, instance: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    if edns.nsid
        && let Ok(length) = u16::try_from(instance.len())
    {
        data.extend_from_slice(&NSID.to_be_bytes());
        data.extend_from_slice(&length.to_be_bytes());
        data.extend_from_slice(instance);
    }
    let mut opt = vec![0];
    opt.extend_from_slice(&41_u16.to_be_bytes());
    opt.extend_from_slice(&UDP_SIZE.to_be_bytes());
    opt.extend_from_slice(&[0, 0, if edns.dnssec_ok { 0x80 } else { 0 }, 0]);
    opt.extend_from_slice(&(data.len() as u16).to_be_bytes());
    opt.extend_from_slice(&data);
    opt
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn reply(limit: usize) -> Reply {
        let question = Question {
            head: Head { id: 1, echoed: 0 },
            name: name("www.example."),
            rtype: RecordType::A,
            class: CLASS_IN,
            edns: Some(Edns { size: 1232, version: 0, dnssec_ok: false, nsid: false }),
            signed: false,
        };
        Reply::to(&question, limit, b"")
    }

    fn push(reply: &mut Reply, owner: &str, rtype: RecordType, data: &[u8]) -> bool {
        reply.push(Section::Answer, Rr { name: &name(owner), rtype, ttl: 60, data })
    }

    #[test]
    fn a_name_is_compressed_only_against_its_own_spelling() {
        let mut same = reply(512);
        assert!(push(&mut same, "www.example.", RecordType::CNAME, name("a.example.").wire()));
        let mut other = reply(512);
        assert!(push(&mut other, "www.example.", RecordType::CNAME, name("a.Example.").wire()));
        assert_eq!(same.finish(false).len() + 7, other.finish(false).len());
    }

    #[test]
    fn names_in_newer_types_are_not_compressed() {
        let data = [&[0, 0, 0, 0, 0, 0], name("www.example.").wire()].concat();
        let mut reply = reply(512);
        assert!(push(&mut reply, "www.example.", RecordType::SRV, &data));
        let bytes = reply.finish(false);
        assert!(bytes.windows(data.len()).any(|window| window == data));
    }

    #[test]
    fn a_record_that_does_not_fit_leaves_no_trace() {
        let mut reply = reply(80);
        assert!(push(&mut reply, "www.example.", RecordType::A, &[192, 0, 2, 1]));
        assert!(!push(&mut reply, "b.test.", RecordType::TXT, &[0; 40]));
        assert!(!reply.suffixes.contains_key(name("test.").wire()));
        assert!(reply.finish(false).len() <= 80);
    }

    #[test]
    fn a_truncated_reply_holds_the_question_and_opt_only() {
        let mut reply = reply(512);
        assert!(push(&mut reply, "www.example.", RecordType::A, &[192, 0, 2, 1]));
        let bytes = reply.finish(true);
        assert_eq!(bytes[2] & 2, 2, "TC");
        assert_eq!(&bytes[4..12], &[0, 1, 0, 0, 0, 0, 0, 1]);
    }
}
