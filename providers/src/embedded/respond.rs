//! From a question to a reply (RFC 1034 4.3.2): chains of aliases, referrals, negative
//! answers. The judgement about one name is [`dnsure_zones::answer`]; this puts it into
//! sections.

use super::question::{CLASS_IN, Incoming, Question, rcode};
use super::reply::{PLAIN_UDP_SIZE, Reply, Rr, Section, UDP_SIZE};
use dnsure_zones::answer::{Answer, answer};
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordType, Zone};
use std::sync::Arc;

/// Aliases followed inside one answer, so that a chain cannot be used to keep us busy.
const LONGEST_CHAIN: usize = 16;

/// What the server has for a name.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// The zone it belongs to.
    Zone(Arc<Zone>),
    /// The zone is kept here and its file cannot be read.
    Damaged,
    /// No zone kept here.
    Nothing,
}

/// What a client is told.
#[derive(Debug)]
pub(super) enum Response {
    /// One message.
    Message(Vec<u8>),
    /// A zone transfer, several messages, in answer to this question.
    Transfer(Arc<Zone>, Box<Question>),
    /// Nothing.
    Silence,
}

/// How the question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Via {
    pub(super) tcp: bool,
    /// Whether the client may have whole zones.
    pub(super) transfer: bool,
}

/// Answers the message `bytes`. `find` gives the zone that answers for a name and type;
/// `instance` is the name of this server in NSID (RFC 5001).
pub(super) fn respond(
    bytes: &[u8],
    via: Via,
    instance: &[u8],
    find: impl Fn(&Name, RecordType) -> Found,
) -> Response {
    let question = match super::question::read(bytes) {
        Incoming::Question(question) => question,
        Incoming::Bad(head, code) => return Response::Message(Reply::bare(head, code).finish(false)),
        Incoming::Silence => return Response::Silence,
    };
    let reply = Reply::to(&question, limit(&question, via), instance);
    if let Some(code) = refusal(&question) {
        return coded(reply, code);
    }
    let zone = match find(&question.name, question.rtype) {
        Found::Zone(zone) => zone,
        Found::Damaged => return coded(reply, rcode::SERVFAIL),
        Found::Nothing => return coded(reply, rcode::REFUSED),
    };
    match question.rtype {
        RecordType::AXFR if !via.tcp => coded(reply, rcode::FORMERR),
        RecordType::AXFR | RecordType::IXFR if question.name != *zone.apex() => coded(reply, rcode::NOTAUTH),
        RecordType::AXFR | RecordType::IXFR if !via.transfer => coded(reply, rcode::REFUSED),
        RecordType::AXFR => Response::Transfer(zone, Box::new(question)),
        // A difference is answered with everything (RFC 1995 4), over UDP with the SOA (RFC 1995 2).
        RecordType::IXFR if via.tcp => Response::Transfer(zone, Box::new(question)),
        RecordType::IXFR => Response::Message(fill(reply, &zone, &question.name, RecordType::SOA)),
        rtype => Response::Message(fill(reply, &zone, &question.name, rtype)),
    }
}

/// The largest reply, in octets.
fn limit(question: &Question, via: Via) -> usize {
    if via.tcp {
        return usize::from(u16::MAX);
    }
    let size = question.edns.map_or(PLAIN_UDP_SIZE, |edns| edns.size.clamp(PLAIN_UDP_SIZE, UDP_SIZE));
    usize::from(size)
}

/// The code for questions that no zone is looked up for.
fn refusal(question: &Question) -> Option<u16> {
    match question.rtype {
        _ if question.edns.is_some_and(|edns| edns.version > 0) => Some(rcode::BADVERS),
        _ if question.signed => Some(rcode::NOTAUTH),
        _ if question.class != CLASS_IN => Some(rcode::REFUSED),
        RecordType::OPT | RecordType::TSIG | RecordType::TKEY => Some(rcode::FORMERR),
        RecordType::AXFR | RecordType::IXFR | RecordType::ANY => None,
        other => other.is_meta().then_some(rcode::NOTIMP),
    }
}

fn coded(mut reply: Reply, code: u16) -> Response {
    reply.set_rcode(code);
    Response::Message(reply.finish(false))
}

fn fill(reply: Reply, zone: &Zone, name: &Name, rtype: RecordType) -> Vec<u8> {
    let mut filling = Filling { reply, zone, truncated: false };
    filling.follow(name, rtype);
    filling.reply.finish(filling.truncated)
}

struct Filling<'z> {
    reply: Reply,
    zone: &'z Zone,
    truncated: bool,
}

impl<'z> Filling<'z> {
    fn follow(&mut self, asked: &Name, rtype: RecordType) {
        let mut visited: Vec<Name> = Vec::new();
        let mut dnames: Vec<Name> = Vec::new();
        let mut name = asked.clone();
        while visited.len() < LONGEST_CHAIN {
            if visited.contains(&name) {
                // A loop is an error (RFC 1034 3.6.2).
                return self.reply.set_rcode(rcode::SERVFAIL);
            }
            let judged = answer(self.zone, &name, rtype);
            if !matches!(judged, Answer::Referral { .. } | Answer::OutOfZone) {
                self.reply.set_authoritative();
            }
            visited.push(name.clone());
            let next = match judged {
                Answer::Data { set, .. } => return self.answer(&name, &set),
                Answer::Cname { set, .. } => {
                    self.answer(&name, &set);
                    if rtype == RecordType::ANY {
                        return;
                    }
                    target(&set)
                }
                Answer::Dname { set, target } => {
                    if !dnames.contains(&set.name()) {
                        dnames.push(set.name());
                        self.answer(&set.name(), &set);
                    }
                    match &target {
                        Some(target) => self.synthesise(&name, &set, target),
                        None => self.reply.set_rcode(rcode::YXDOMAIN),
                    }
                    // The synthesised CNAME is the answer to a question for it.
                    target.filter(|_| !matches!(rtype, RecordType::CNAME | RecordType::ANY))
                }
                Answer::Referral { ns } => return self.refer(&ns),
                Answer::NoData { wildcard } if rtype == RecordType::ANY => {
                    return self.everything(&name, wildcard.as_ref().unwrap_or(&name));
                }
                Answer::NoData { .. } => return self.negative(rcode::NOERROR),
                Answer::NameError => return self.negative(rcode::NXDOMAIN),
                Answer::OutOfZone => return,
            };
            match next {
                Some(next) => name = next,
                None => return,
            }
        }
    }

    /// All that is at `node`; an empty non-terminal has nothing (RFC 8482 leaves the choice).
    fn everything(&mut self, name: &Name, node: &Name) {
        let zone = self.zone;
        for set in zone.at(node).filter(|set| !set.rtype().is_pseudo()) {
            self.answer(name, &set);
        }
        if self.reply.is_empty() {
            self.negative(rcode::NOERROR);
        }
    }

    fn answer(&mut self, name: &Name, set: &SetRef<'_>) {
        self.write(Section::Answer, name, set, set.ttl().as_secs());
    }

    fn write(&mut self, section: Section, name: &Name, set: &SetRef<'_>, ttl: u32) {
        for data in set.rdatas() {
            self.truncated |= !self.reply.push(section, Rr { name, rtype: set.rtype(), ttl, data });
        }
    }

    /// The CNAME that a DNAME stands for, with the TTL of the DNAME (RFC 6672 3.1).
    fn synthesise(&mut self, name: &Name, dname: &SetRef<'_>, target: &Name) {
        let rr = Rr { name, rtype: RecordType::CNAME, ttl: dname.ttl().as_secs(), data: target.wire() };
        self.truncated |= !self.reply.push(Section::Answer, rr);
    }

    /// The delegation with its addresses. Those below the cut are part of the referral
    /// and must fit (RFC 9471 2.1); the others are left out where they do not.
    fn refer(&mut self, ns: &SetRef<'z>) {
        let cut = ns.name();
        self.write(Section::Authority, &cut, ns, ns.ttl().as_secs());
        let mut servers: Vec<Name> = ns.rdatas().filter_map(|data| Name::from_wire(data).ok()).collect();
        servers.sort_by_key(|server| !server.is_at_or_below(&cut));
        for server in servers {
            for rtype in [RecordType::A, RecordType::AAAA] {
                let Some(set) = self.zone.get(&server, rtype) else { continue };
                for data in set.rdatas() {
                    let rr = Rr { name: &server, rtype, ttl: set.ttl().as_secs(), data };
                    let fits = self.reply.push(Section::Additional, rr);
                    self.truncated |= !fits && server.is_at_or_below(&cut);
                }
            }
        }
    }

    /// The SOA with the TTL that negative answers are cached for (RFC 2308 3).
    fn negative(&mut self, code: u16) {
        self.reply.set_rcode(code);
        let apex = self.zone.apex();
        if let Some(soa) = self.zone.get(apex, RecordType::SOA) {
            let ttl = soa.rdatas().next().and_then(minimum).unwrap_or(0).min(soa.ttl().as_secs());
            self.write(Section::Authority, apex, &soa, ttl);
        }
    }
}

fn target(cname: &SetRef<'_>) -> Option<Name> {
    cname.rdatas().next().and_then(|data| Name::from_wire(data).ok())
}

/// The MINIMUM field of an SOA, in seconds.
fn minimum(soa: &[u8]) -> Option<u32> {
    soa.last_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The messages of a zone transfer (RFC 5936): SOA, everything else, SOA; SERVFAIL when
/// the zone has no SOA or a record fits into no message.
pub(super) fn transfer(zone: &Zone, question: &Question, instance: &[u8]) -> Vec<Vec<u8>> {
    messages(zone, question, instance).unwrap_or_else(|| {
        let mut failed = Reply::to(question, usize::from(u16::MAX), instance);
        failed.set_rcode(rcode::SERVFAIL);
        vec![failed.finish(false)]
    })
}

fn messages(zone: &Zone, question: &Question, instance: &[u8]) -> Option<Vec<Vec<u8>>> {
    /// Full before the reach of compression pointers ends, in octets.
    const FULL: usize = 16_000;
    let soa = zone.get(zone.apex(), RecordType::SOA)?;
    let others = zone.sets().filter(|set| set.rtype() != RecordType::SOA && !set.rtype().is_pseudo());
    let mut messages = Vec::new();
    let fresh = |limit| {
        let mut reply = Reply::to(question, limit, instance);
        reply.set_authoritative();
        reply
    };
    let mut reply = fresh(FULL);
    for set in std::iter::once(soa).chain(others).chain(std::iter::once(soa)) {
        let name = set.name();
        for data in set.rdatas() {
            let rr = Rr { name: &name, rtype: set.rtype(), ttl: set.ttl().as_secs(), data };
            if reply.push(Section::Answer, rr) {
                continue;
            }
            if !reply.is_empty() {
                messages.push(std::mem::replace(&mut reply, fresh(FULL)).finish(false));
            }
            if !reply.push(Section::Answer, rr) {
                // One record larger than a usual message has a message to itself.
                let mut large = fresh(usize::from(u16::MAX));
                if !large.push(Section::Answer, rr) {
                    return None;
                }
                messages.push(large.finish(false));
            }
        }
    }
    if !reply.is_empty() {
        messages.push(reply.finish(false));
    }
    Some(messages)
}
