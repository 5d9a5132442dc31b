//! One dynamic update, all or nothing (RFC 2136).

use super::ask::random_id;
use super::message::{CLASS_ANY, CLASS_IN, CLASS_NONE, OPCODE_UPDATE, RawRecord, Reader, Section};
use super::request::{MESSAGE_MAX, RequestError, UpdateSection, UpdateWriter};
use super::stream::{self, Stream};
use super::tsig::{self, TsigFailure, Verifier};
use super::{Rcode, TsigKey};
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Ttl};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait for the answer: servers write to disk or a database before they give it.
const ANSWER: Duration = Duration::from_secs(60);
/// The most octets a TSIG record adds: names of 255 octets, a MAC of 64.
const TSIG_ROOM: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: Name,
    rtype: RecordType,
    class: u16,
    ttl: u32,
    data: Option<Rdata>,
}

/// An update message being put together: prerequisites, then changes, in the order they are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    zone: Name,
    prerequisites: Vec<Entry>,
    changes: Vec<Entry>,
}

impl Update {
    /// An update of `zone` that changes nothing yet.
    #[must_use]
    pub fn new(zone: Name) -> Self {
        Self { zone, prerequisites: Vec::new(), changes: Vec::new() }
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// Prerequisite: the record set exists with exactly these members; the TTL does not count
    /// (RFC 2136 2.4.2).
    pub fn require_set(&mut self, name: &Name, rtype: RecordType, members: &[Rdata]) {
        for member in members {
            self.require(name, rtype, CLASS_IN, Some(member));
        }
    }

    /// Prerequisite: no record set of this type exists here (RFC 2136 2.4.3).
    pub fn require_no_set(&mut self, name: &Name, rtype: RecordType) {
        self.require(name, rtype, CLASS_NONE, None);
    }

    /// Prerequisite: nothing exists at this name (RFC 2136 2.4.5).
    pub fn require_unused(&mut self, name: &Name) {
        self.require(name, RecordType::ANY, CLASS_NONE, None);
    }

    /// Deletes the record set (RFC 2136 2.5.2).
    pub fn delete_set(&mut self, name: &Name, rtype: RecordType) {
        self.change(name, rtype, CLASS_ANY, 0, None);
    }

    /// Deletes everything at the name (RFC 2136 2.5.3).
    pub fn delete_name(&mut self, name: &Name) {
        self.change(name, RecordType::ANY, CLASS_ANY, 0, None);
    }

    /// Deletes one record (RFC 2136 2.5.4).
    pub fn delete_record(&mut self, name: &Name, rtype: RecordType, data: &Rdata) {
        self.change(name, rtype, CLASS_NONE, 0, Some(data));
    }

    /// Adds one record (RFC 2136 2.5.1).
    pub fn add(&mut self, name: &Name, rtype: RecordType, ttl: Ttl, data: &Rdata) {
        self.change(name, rtype, CLASS_IN, ttl.as_secs(), Some(data));
    }

    /// Adds every member of `set`.
    pub fn add_set(&mut self, set: &RecordSet) {
        for data in set.rdatas() {
            self.add(&set.key.name, set.key.rtype, set.ttl, data);
        }
    }

    /// The number of records in the message.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.prerequisites.len() + self.changes.len()
    }

    fn require(&mut self, name: &Name, rtype: RecordType, class: u16, data: Option<&Rdata>) {
        self.prerequisites.push(Entry { name: name.clone(), rtype, class, ttl: 0, data: data.cloned() });
    }

    fn change(&mut self, name: &Name, rtype: RecordType, class: u16, ttl: u32, data: Option<&Rdata>) {
        self.changes.push(Entry { name: name.clone(), rtype, class, ttl, data: data.cloned() });
    }

    /// The message as it goes out, not yet signed.
    pub(crate) fn octets(&self, id: u16) -> Result<Vec<u8>, RequestError> {
        let mut writer = UpdateWriter::new(id, &self.zone);
        let sections =
            [(UpdateSection::Prerequisite, &self.prerequisites), (UpdateSection::Change, &self.changes)];
        for (section, entries) in sections {
            for entry in entries {
                let data = entry.data.as_ref().map_or(&[][..], Rdata::wire);
                writer.record(section, &entry.name, entry.rtype, (entry.class, entry.ttl), data)?;
            }
        }
        let octets = writer.finish();
        if octets.len() + TSIG_ROOM > MESSAGE_MAX {
            return Err(RequestError::TooLong);
        }
        Ok(octets)
    }
}

/// How an update ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum UpdateEnd {
    /// The server answered, with a good signature where a key is used (refusals may come without one).
    /// NOERROR proves nothing: what is served must be read back.
    Answered {
        /// The response code.
        rcode: Rcode,
        /// From connecting to the answer.
        took: Duration,
    },
    /// The server did not carry it out, or it was never sent whole: nothing changed.
    NotDone {
        /// Why, and what to do; without the server's address.
        reason: String,
    },
    /// It was sent and no answer that can be trusted came back: it may have happened or not.
    Lost {
        /// What went wrong; without the server's address.
        reason: String,
    },
}

/// Sends `message` to `server` over TCP, signed with `key` where there is one.
pub async fn update(server: SocketAddr, message: &Update, key: Option<&TsigKey>) -> UpdateEnd {
    update_at(server, message, key, tsig::now, ANSWER).await
}

/// As [`update`], with another clock (seconds since 1970) for signatures and another patience.
pub(super) async fn update_at(
    server: SocketAddr,
    message: &Update,
    key: Option<&TsigKey>,
    clock: impl Fn() -> u64,
    patience: Duration,
) -> UpdateEnd {
    let started = Instant::now();
    let zone = message.zone();
    let not_done = |reason: String| UpdateEnd::NotDone { reason: format!("update of {zone}: {reason}") };
    let lost = |reason: String| UpdateEnd::Lost { reason: format!("update of {zone}: {reason}") };
    let id = random_id();
    let mut octets = match message.octets(id) {
        Ok(octets) => octets,
        Err(error) => return not_done(error.to_string()),
    };
    let verifier =
        match key.map(|key| tsig::sign(key, &mut octets, clock()).map(|mac| Verifier::new(key, &mac))) {
            Some(Ok(verifier)) => Some(verifier),
            Some(Err(error)) => return not_done(error.to_string()),
            None => None,
        };
    let sent = async {
        let mut stream = Stream::connect(server).await?;
        stream.send(&octets).await?;
        Ok::<_, std::io::Error>(stream)
    };
    // A message that was not handed over whole cannot have arrived whole.
    let mut stream = match tokio::time::timeout(CONNECT, sent).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return not_done(format!("not sent: {}", stream::say(&error))),
        Err(_) => return not_done(format!("not sent: no connection within {} s", CONNECT.as_secs())),
    };
    match tokio::time::timeout(patience, stream.receive(&mut octets)).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return lost("the connection was closed without an answer".into()),
        Ok(Err(error)) => return lost(stream::say(&error)),
        Err(_) => return lost(format!("no answer within {} s", patience.as_secs())),
    }
    let (rcode, tsig) = match read_answer(&octets, id) {
        Ok(answer) => answer,
        Err(reason) => return lost(reason),
    };
    let verified = match verifier {
        Some(mut verifier) => verifier.message(&octets, tsig.as_ref(), clock()),
        None => Ok(()),
    };
    match verified {
        Ok(()) => UpdateEnd::Answered { rcode, took: started.elapsed() },
        // A server that refuses before it knows the key cannot sign.
        Err(TsigFailure::Unsigned { .. }) if rcode != Rcode::NOERROR => {
            UpdateEnd::Answered { rcode, took: started.elapsed() }
        }
        Err(failure) if failure.is_refusal() && rcode != Rcode::NOERROR => not_done(failure.to_string()),
        Err(failure) => lost(failure.to_string()),
    }
}

fn read_answer(octets: &[u8], id: u16) -> Result<(Rcode, Option<RawRecord>), String> {
    let mut reader = Reader::new(octets).map_err(|error| error.to_string())?;
    let header = reader.header();
    if header.id != id || !header.is_response() || header.opcode() != OPCODE_UPDATE {
        return Err("the answer belongs to another message".into());
    }
    let mut tsig = None;
    while let Some((section, record)) = reader.record().map_err(|error| error.to_string())? {
        if tsig.is_some() {
            return Err("the answer has a record after its TSIG record".into());
        }
        if section == Section::Additional && record.rtype == RecordType::TSIG {
            tsig = Some(record);
        }
    }
    reader.finish().map_err(|error| error.to_string())?;
    Ok((header.rcode(), tsig))
}
