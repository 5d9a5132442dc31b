//! What has changed in a zone since it was read (IXFR, RFC 1995).
//!
//! An apply of many steps reads the zone before each of them, and a foreign change of a TTL
//! alone is seen only there. A whole transfer for each step would cost steps times zone;
//! this asks for the differences, and every one of them must fit the zone exactly:
//! what is deleted was there with that TTL, what is added was not. Whatever else comes (a
//! whole zone, a server that does not do this, a broken stream, a difference that does not
//! fit) is no error here but `None`: then a whole transfer tells what is there, or what
//! is wrong.

use super::ask::random_id;
use super::message::{CLASS_IN, RawRecord, Reader, Section};
use super::stream::Stream;
use super::tsig::{self, Verifier};
use super::{Rcode, TsigKey, request};
use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long to wait for all of it; longer than that, a whole transfer is no worse.
const PATIENCE: Duration = Duration::from_secs(10);

/// The zone as `server` holds it now, made from `before` and the differences since; `None`
/// when the server cannot tell them.
pub async fn changed_since(server: SocketAddr, before: &Zone, key: Option<&TsigKey>) -> Option<Zone> {
    tokio::time::timeout(PATIENCE, fetch(server, before, key, tsig::now)).await.ok().flatten()
}

async fn fetch(
    server: SocketAddr,
    before: &Zone,
    key: Option<&TsigKey>,
    clock: impl Fn() -> u64,
) -> Option<Zone> {
    let id = random_id();
    let soa = before.get(before.apex(), RecordType::SOA)?.rdatas().next()?;
    let mut message = request::increment(id, before.apex(), soa).ok()?;
    let mut verifier = match key {
        Some(key) => Some(Verifier::new(key, &tsig::sign(key, &mut message, clock()).ok()?)),
        None => None,
    };
    let mut stream = Stream::connect(server).await.ok()?;
    stream.send(&message).await.ok()?;
    let mut differences = Differences::new(before, rdata::soa_serial(soa)?);
    while !differences.is_closed() {
        if !stream.receive(&mut message).await.ok()? {
            return None;
        }
        let tsig = differences.read(&message, id)?;
        if let Some(verifier) = &mut verifier {
            verifier.message(&message, tsig.as_ref(), clock()).ok()?;
        }
    }
    if let Some(verifier) = &verifier {
        verifier.finish().ok()?;
    }
    differences.finish()
}

/// As [`changed_since`] with messages that are here already, in answer to the request `id`.
#[must_use]
pub fn read_increment(before: &Zone, id: u16, messages: &[&[u8]]) -> Option<Zone> {
    let soa = before.get(before.apex(), RecordType::SOA)?.rdatas().next()?;
    let mut differences = Differences::new(before, rdata::soa_serial(soa)?);
    for message in messages {
        if differences.is_closed() {
            break;
        }
        differences.read(message, id)?;
    }
    if differences.is_closed() { differences.finish() } else { None }
}

/// Where in the stream of records we are (RFC 1995 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the SOA that says where it leads.
    Start,
    /// Before the SOA of the version that the next difference starts from, or the closing one.
    Between,
    /// Among what is deleted.
    Deleting,
    /// Among what is added.
    Adding,
    /// After the closing SOA.
    Closed,
}

/// The members of a touched record set with their TTLs, by canonical form.
type Members = BTreeMap<Vec<u8>, (Rdata, Ttl)>;

struct Differences<'z> {
    before: &'z Zone,
    /// The version that has been reached.
    serial: u32,
    /// The version it leads to.
    target: u32,
    place: Place,
    sets: BTreeMap<RecordKey, Members>,
}

impl<'z> Differences<'z> {
    fn new(before: &'z Zone, serial: u32) -> Self {
        Self { before, serial, target: serial, place: Place::Start, sets: BTreeMap::new() }
    }

    fn is_closed(&self) -> bool {
        self.place == Place::Closed
    }

    /// Takes one message and gives its TSIG record; the outer `None` is "not this way".
    fn read(&mut self, message: &[u8], id: u16) -> Option<Option<RawRecord>> {
        let mut reader = Reader::new(message).ok()?;
        let header = reader.header();
        let answers = header.id == id && header.is_response() && header.opcode() == 0;
        if !answers || header.is_truncated() || header.rcode() != Rcode::NOERROR {
            return None;
        }
        let mut tsig = None;
        let mut records = 0;
        while let Some((section, record)) = reader.record().ok()? {
            match section {
                _ if tsig.is_some() => return None,
                Section::Answer => {
                    records += 1;
                    self.take(message, &record)?;
                }
                Section::Additional if record.rtype == RecordType::TSIG => tsig = Some(record),
                _ => {}
            }
        }
        reader.finish().ok()?;
        (records > 0).then_some(tsig)
    }

    fn take(&mut self, message: &[u8], raw: &RawRecord) -> Option<()> {
        if raw.class != CLASS_IN || raw.rtype.is_meta() {
            return None;
        }
        let data = raw.data(message).ok()?;
        let is_soa = raw.rtype == RecordType::SOA && raw.name == *self.before.apex();
        let serial = if is_soa { Some(rdata::soa_serial(&data)?) } else { None };
        match (self.place, serial) {
            (Place::Start, Some(serial)) => {
                self.target = serial;
                // Nothing has changed: this SOA is all there is.
                self.place = if serial == self.serial { Place::Closed } else { Place::Between };
            }
            (Place::Between, Some(serial)) if serial == self.serial => {
                self.place = Place::Deleting;
                self.delete(raw, data)?;
            }
            (Place::Deleting, Some(serial)) => {
                self.place = Place::Adding;
                self.serial = serial;
                self.add(raw, data)?;
            }
            (Place::Adding, Some(serial)) if serial == self.serial && serial == self.target => {
                self.place = Place::Closed;
            }
            (Place::Adding, Some(serial)) if serial == self.serial => {
                self.place = Place::Deleting;
                self.delete(raw, data)?;
            }
            (Place::Deleting, None) => self.delete(raw, data)?,
            (Place::Adding, None) => self.add(raw, data)?,
            // A whole zone, or no sense.
            _ => return None,
        }
        Some(())
    }

    fn members(&mut self, raw: &RawRecord) -> &mut Members {
        let key = RecordKey::new(raw.name.clone(), raw.rtype);
        let before = self.before;
        self.sets.entry(key).or_insert_with_key(|key| {
            before.get_key(key).map_or_else(Members::new, |set| {
                let member = |data| (canonical(key.rtype, data), (Rdata::new(data), set.ttl()));
                set.rdatas().map(member).collect()
            })
        })
    }

    fn delete(&mut self, raw: &RawRecord, data: Vec<u8>) -> Option<()> {
        let (_, ttl) = self.members(raw).remove(&canonical(raw.rtype, &data))?;
        (ttl == Ttl::from_wire(raw.ttl)).then_some(())
    }

    fn add(&mut self, raw: &RawRecord, data: Vec<u8>) -> Option<()> {
        let canonical = canonical(raw.rtype, &data);
        let member = (Rdata::new(data), Ttl::from_wire(raw.ttl));
        self.members(raw).insert(canonical, member).is_none().then_some(())
    }

    fn finish(self) -> Option<Zone> {
        // Members with different TTLs are told apart by a whole transfer only.
        let touched_mixed = self.before.mixed_ttls().iter().any(|key| self.sets.contains_key(key));
        if touched_mixed {
            return None;
        }
        let mut sets = BTreeMap::new();
        for (key, members) in self.sets {
            let ttl = members.values().next().map(|(_, ttl)| *ttl);
            if members.values().any(|(_, other)| Some(*other) != ttl) {
                return None;
            }
            let set =
                ttl.map(|ttl| RecordSet::new(key.clone(), ttl, members.into_values().map(|(data, _)| data)));
            sets.insert(key, set);
        }
        self.before.with(sets.iter().map(|(key, set)| (key, set.as_ref()))).ok()
    }
}

fn canonical(rtype: RecordType, data: &[u8]) -> Vec<u8> {
    rdata::canonical(rtype, data).into_owned()
}
