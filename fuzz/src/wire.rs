//! What comes over the wire: messages, answers, transfers, signatures.

use super::signing;
use dnsure_providers::dns::ask::read_reply;
use dnsure_providers::dns::increment::read_increment;
use dnsure_providers::dns::message::{CLASS_IN, Reader};
use dnsure_providers::dns::transfer::{SignedRequest, read_transfer};
use dnsure_providers::dns::{Question, TransferError, Transferred, TsigKey};
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, diff, rdata};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The id of every request; captured messages are changed to it.
const ID: u16 = 0x1234;
/// The time of signatures: 2026-11-23T15:00:00Z.
const NOW: u64 = 1_795_446_000;
/// The signature of every request.
const REQUEST_MAC: [u8; 32] = [7; 32];
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 53);

/// A message: it is read to its end or refused; a record's data reads the same from its text.
pub fn message(data: &[u8]) {
    let Ok(mut reader) = Reader::new(data) else { return };
    while let Ok(Some(asked)) = reader.question() {
        assert!(asked.name.wire().len() <= 255);
    }
    while let Ok(Some((_, raw))) = reader.record() {
        let Ok(record) = raw.to_record(data) else { continue };
        if record.class != CLASS_IN || record.rtype.is_meta() {
            continue;
        }
        let wire = record.rdata.wire();
        let text = rdata::to_text(record.rtype, wire);
        assert!(!text.contains(char::is_control), "{text:?}");
        if rdata::check(record.rtype, wire).is_ok() {
            assert_eq!(
                rdata::parse_text(record.rtype, &text, &Name::root()).as_deref(),
                Ok(wire),
                "{} {text}",
                record.rtype
            );
        }
        // What does not fit its type is carried all the same, through plans too.
        let key = RecordKey::new(record.name.clone(), record.rtype);
        let set = RecordSet::new(key, record.ttl, [record.rdata.clone()]);
        let json = serde_json::to_string(&set).expect("plain data");
        let again: RecordSet = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        assert_eq!(again, set);
        let canonical = rdata::canonical(record.rtype, wire);
        assert_eq!(rdata::canonical(record.rtype, &canonical), canonical, "{} {text}", record.rtype);
    }
    let _ = reader.finish();
}

/// An answer to `www.example.test. A`, or to what the message itself asks.
pub fn reply(data: &[u8]) {
    let asked = Reader::new(data).ok().and_then(|mut reader| reader.question().ok().flatten());
    let own = asked.map(|asked| Question { name: asked.name, rtype: asked.rtype });
    let usual = Question { name: "www.example.test.".parse().expect("a name"), rtype: RecordType::A };
    let id = data.first_chunk::<2>().map_or(ID, |id| u16::from_be_bytes(*id));
    for question in own.iter().chain([&usual]) {
        if let Ok(Some(reply)) = read_reply(data, id, question) {
            assert!(reply.answer.len() + reply.authority.len() + reply.additional.len() <= data.len() / 11);
        }
    }
}

/// The messages of a TCP stream, each with its length in front.
fn messages(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while let Some((length, rest)) = stream.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (message, rest) = rest.split_at(length);
        messages.push(message);
        stream = rest;
    }
    messages
}

fn before(apex: &Name) -> Zone {
    let mut builder = ZoneBuilder::new(apex.clone());
    for (name, rtype, text) in [
        (
            "example.test.",
            RecordType::SOA,
            "ns1.example.test. hostmaster.example.test. 1 3600 600 604800 300",
        ),
        ("example.test.", RecordType::NS, "ns1.example.test."),
        ("www.example.test.", RecordType::A, "192.0.2.1"),
    ] {
        let name: Name = name.parse().expect("a name");
        let data = rdata::parse_text(rtype, text, apex).expect("data");
        builder.push(&name, rtype, Ttl::from_wire(300), &data).expect("in the zone");
    }
    builder.finish()
}

/// The key, and the request that it has signed.
fn with_key(messages: &[&[u8]]) -> Result<Transferred, TransferError> {
    let key = TsigKey::parse("fuzz.", "hmac-sha256", &SecretString::from(signing::SECRET)).expect("a key");
    let request = SignedRequest { key: &key, mac: &REQUEST_MAC, now: NOW };
    read_transfer(SERVER, &transferred_apex(), ID, messages, Some(&request))
}

fn transferred_apex() -> Name {
    "example.test.".parse().expect("a name")
}

/// A transfer, a transfer of differences, and the transfer with signatures: those it has itself, and the
/// right ones, which make it no other zone and let no octet be changed.
pub fn transfer(data: &[u8]) {
    let apex = transferred_apex();
    let messages = messages(data);
    let plain = read_transfer(SERVER, &apex, ID, &messages, None);
    if let Ok(transferred) = &plain {
        assert!(transferred.zone.get(&apex, RecordType::SOA).is_some());
        assert!(transferred.zone.record_count() <= data.len() / 11);
    }
    if let Some(changed) = read_increment(&before(&apex), ID, &messages) {
        assert!(changed.get(&apex, RecordType::SOA).is_some(), "the apex lost its SOA");
    }
    if let Ok(signed) = with_key(&messages) {
        assert!(signed.signed_messages > 0, "taken without a signature");
    }
    if let Ok(plain) = plain
        && plain.signed_messages == 0
    {
        signed_is_the_same(&messages[..plain.messages], &plain.zone);
    }
}

fn signed_is_the_same(messages: &[&[u8]], zone: &Zone) {
    let last = messages.len() - 1;
    for period in [1, 3] {
        let mut signed = signing::signed(messages, &REQUEST_MAC, NOW, period, last);
        let read = |signed: &[Vec<u8>]| with_key(&signed.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let transferred = read(&signed).unwrap_or_else(|error| panic!("signed, and refused: {error}"));
        assert_eq!(diff::diff(&transferred.zone, zone).count(), 0, "signed, and another zone");
        // One octet of each message, somewhere else in every input.
        for index in 0..signed.len() {
            let sum: usize = messages[index].iter().map(|octet| usize::from(*octet)).sum();
            let place = sum % messages[index].len();
            signed[index][place] ^= 1;
            assert!(read(&signed).is_err(), "octet {place} of message {index} was changed, and it is taken");
            signed[index][place] ^= 1;
        }
    }
}
