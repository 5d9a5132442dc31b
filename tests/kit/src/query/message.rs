//! DNS messages: a question as bytes, an answer from bytes.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::name::{name_text, same_name};
use super::rtype;

/// One resource record as it came, with compressed names in the rdata written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rr {
    /// Owner name, uncompressed wire bytes in the server's spelling.
    pub name: Vec<u8>,
    /// Record type.
    pub rtype: u16,
    /// Class; for OPT the payload size.
    pub class: u16,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Record data.
    pub rdata: Vec<u8>,
}

/// What a server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Response code (the four bits of the header).
    pub rcode: u8,
    /// The AA flag.
    pub authoritative: bool,
    /// The TC flag.
    pub truncated: bool,
    /// Answer section.
    pub answer: Vec<Rr>,
    /// Authority section.
    pub authority: Vec<Rr>,
    /// Additional section, OPT included.
    pub additional: Vec<Rr>,
}

impl Answer {
    /// The records of one type at one owner name in the answer section.
    pub fn records(&self, name: &[u8], rtype: u16) -> impl Iterator<Item = &Rr> {
        self.answer.iter().filter(move |rr| rr.rtype == rtype && same_name(&rr.name, name))
    }

    /// The answer section in presentation form, sorted, without owner names.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.answer.iter().map(Rr::text).collect();
        texts.sort();
        texts
    }
}

impl Rr {
    /// `TTL TYPE RDATA` for messages; types this client does not know in RFC 3597 form.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.ttl, rtype::text(self.rtype), self.rdata_text())
    }

    /// The record data in presentation form, RFC 3597 form where this client does not know better.
    pub fn rdata_text(&self) -> String {
        let data = self.rdata.as_slice();
        match (self.rtype, data.len()) {
            (rtype::A, 4) => Ipv4Addr::new(data[0], data[1], data[2], data[3]).to_string(),
            (rtype::AAAA, 16) => {
                let mut octets = [0; 16];
                octets.copy_from_slice(data);
                Ipv6Addr::from(octets).to_string()
            }
            (rtype::NS | rtype::CNAME | rtype::PTR | rtype::DNAME, _) => name_text(data),
            (rtype::MX, 3..) => {
                format!("{} {}", u16::from_be_bytes([data[0], data[1]]), name_text(&data[2..]))
            }
            (rtype::TXT, 1..) => character_strings(data),
            _ => {
                let hex = data.iter().fold(String::new(), |mut text, byte| {
                    let _ = write!(text, "{byte:02x}");
                    text
                });
                format!("\\# {} {hex}", data.len()).trim_end().to_owned()
            }
        }
    }
}

fn character_strings(mut data: &[u8]) -> String {
    let mut strings = Vec::new();
    while let Some((&length, rest)) = data.split_first() {
        let (string, rest) = rest.split_at(usize::from(length).min(rest.len()));
        let text: String =
            string.iter().flat_map(|&byte| std::ascii::escape_default(byte)).map(char::from).collect();
        strings.push(format!("\"{text}\""));
        data = rest;
    }
    strings.join(" ")
}

/// EDNS as a question carries it: payload size and the DO flag.
pub type Edns = Option<bool>;

/// A question in class IN without recursion desired; `edns` is the DO flag if EDNS is wanted.
pub fn question(id: u16, name: &[u8], rtype: u16, edns: Edns) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len() + 32);
    bytes.extend(id.to_be_bytes());
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(edns.is_some())]);
    bytes.extend(name);
    bytes.extend(rtype.to_be_bytes());
    bytes.extend([0, 1]);
    if let Some(dnssec_ok) = edns {
        bytes.extend([0, 0, rtype::OPT as u8]);
        bytes.extend(1232u16.to_be_bytes());
        bytes.extend([0, 0, if dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]);
    }
    bytes
}

/// Reads the answer to the question `(id, name, rtype)`; anything else is an error in words.
pub fn parse(bytes: &[u8], id: u16, name: &[u8], rtype: u16) -> Result<Answer, String> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.u16()? != id {
        return Err("another id".to_owned());
    }
    let flags = reader.u16()?;
    if flags & 0x8000 == 0 {
        return Err("not a response".to_owned());
    }
    let [questions, answers, authorities, additionals] =
        [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?];
    for _ in 0..questions {
        let asked = reader.name()?;
        if !same_name(&asked, name) || reader.u16()? != rtype {
            return Err("another question".to_owned());
        }
        reader.u16()?;
    }
    Ok(Answer {
        rcode: (flags & 15) as u8,
        authoritative: flags & 0x0400 != 0,
        truncated: flags & 0x0200 != 0,
        answer: reader.records(answers)?,
        authority: reader.records(authorities)?,
        additional: reader.records(additionals)?,
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let piece = self.bytes.get(self.at..self.at + length).ok_or("message too short")?;
        self.at += length;
        Ok(piece)
    }

    fn u16(&mut self) -> Result<u16, String> {
        let piece = self.take(2)?;
        Ok(u16::from_be_bytes([piece[0], piece[1]]))
    }

    fn name(&mut self) -> Result<Vec<u8>, String> {
        let mut name = Vec::new();
        let mut at = self.at;
        let mut end = None;
        loop {
            let length = *self.bytes.get(at).ok_or("name runs past the end")?;
            match length >> 6 {
                0 if length == 0 => break,
                0 => {
                    let label = self.bytes.get(at..=at + usize::from(length));
                    name.extend(label.ok_or("label runs past the end")?);
                    at += 1 + usize::from(length);
                }
                3 => {
                    let low = *self.bytes.get(at + 1).ok_or("pointer runs past the end")?;
                    end.get_or_insert(at + 2);
                    let target = usize::from(length & 0x3f) << 8 | usize::from(low);
                    if target >= at {
                        return Err("pointer does not lead back".to_owned());
                    }
                    at = target;
                }
                _ => return Err("unknown label kind".to_owned()),
            }
            if name.len() > 254 {
                return Err("name too long".to_owned());
            }
        }
        name.push(0);
        self.at = end.unwrap_or(at + 1);
        Ok(name)
    }

    fn records(&mut self, count: u16) -> Result<Vec<Rr>, String> {
        (0..count).map(|_| self.record()).collect()
    }

    fn record(&mut self) -> Result<Rr, String> {
        let name = self.name()?;
        let [rtype, class, high, low] = [self.u16()?, self.u16()?, self.u16()?, self.u16()?];
        let end = usize::from(self.u16()?) + self.at;
        let rdata = self.rdata(rtype, end)?;
        if self.at != end {
            return Err("rdata length is wrong".to_owned());
        }
        let ttl = u32::from(high) << 16 | u32::from(low);
        Ok(Rr { name, rtype, class, ttl, rdata })
    }

    fn rdata(&mut self, rtype: u16, end: usize) -> Result<Vec<u8>, String> {
        let (before, names) = match rtype {
            rtype::NS | rtype::CNAME | rtype::PTR | rtype::DNAME => (0, 1),
            rtype::SOA => (0, 2),
            rtype::MX => (2, 1),
            rtype::SRV => (6, 1),
            _ => (0, 0),
        };
        let mut rdata = self.take(before)?.to_vec();
        for _ in 0..names {
            rdata.extend(self.name()?);
        }
        let rest = end.checked_sub(self.at).ok_or("rdata length is wrong")?;
        rdata.extend(self.take(rest)?);
        Ok(rdata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::name_wire;

    /// An answer to `www.test. A` with one compressed CNAME and one A record.
    fn reply() -> Vec<u8> {
        let mut bytes = question(7, &name_wire("www.test."), rtype::A, None);
        bytes[2..8].copy_from_slice(&[0x84, 0, 0, 1, 0, 2]);
        bytes.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01a\xc0\x10");
        bytes.extend(b"\x01a\xc0\x10\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01");
        bytes
    }

    #[test]
    fn compressed_names_are_written_out() {
        let answer = parse(&reply(), 7, &name_wire("WWW.test."), rtype::A).expect("a good answer");
        assert!(answer.authoritative && !answer.truncated && answer.rcode == 0);
        assert_eq!(answer.texts(), ["60 A 192.0.2.1", "60 CNAME a.test."]);
        assert_eq!(answer.answer[1].name, name_wire("a.test."));
    }

    #[test]
    fn cut_and_altered_messages_end_in_an_error_or_an_answer() {
        let (good, name) = (reply(), name_wire("www.test."));
        for end in 0..good.len() {
            assert!(parse(&good[..end], 7, &name, rtype::A).is_err(), "cut at {end}");
        }
        for at in 0..good.len() {
            for byte in [0, 1, 0x3f, 0xc0, 0xff] {
                let mut bad = good.clone();
                bad[at] = byte;
                let _ = parse(&bad, 7, &name, rtype::A);
            }
        }
        assert!(parse(&good, 8, &name, rtype::A).is_err(), "another id");
        assert!(parse(&good, 7, &name_wire("other.test."), rtype::A).is_err(), "another question");
    }

    #[test]
    fn unknown_types_are_shown_in_hex() {
        let rr = Rr { name: vec![0], rtype: 65_280, class: 1, ttl: 5, rdata: vec![1, 0xab] };
        assert_eq!(rr.text(), "5 TYPE65280 \\# 2 01ab");
        assert_eq!(Rr { rdata: vec![], ..rr }.text(), "5 TYPE65280 \\# 0");
    }
}
