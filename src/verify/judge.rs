//! Is this reply right?

use super::expectation::Expectation;
use dnsure_providers::dns::{AskError, Question, Rcode, Record, Reply};
use dnsure_zones::{Name, RecordSet, RecordType, Ttl, rdata};

/// What one reply says about one expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is as it should be.
    Met,
    /// It is not there, and should be.
    Missing(String),
    /// Something else is there.
    Different(String),
    /// No judgement: no answer, or one that no authoritative server gives.
    Unknown(String),
}

impl Judgement {
    /// The words of anything but [`Judgement::Met`].
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Met => "",
            Self::Missing(text) | Self::Different(text) | Self::Unknown(text) => text,
        }
    }
}

/// Judges a reply, or the lack of one. A record may have one of `more_ttls` instead of its own.
#[must_use]
pub fn judge(
    question: &Question,
    reply: &Result<Reply, AskError>,
    expected: &Expectation,
    more_ttls: &[Ttl],
) -> Judgement {
    let reply = match reply {
        Ok(reply) => reply,
        // Whoever tells of it names the server.
        Err(error) => return Judgement::Unknown(error.beside_the_server()),
    };
    if reply.rcode != Rcode::NOERROR && reply.rcode != Rcode::NXDOMAIN {
        return Judgement::Unknown(format!("it answers {}", reply.rcode));
    }
    let referral = matches!(expected, Expectation::Referral(_));
    if !reply.authoritative && !referral {
        return Judgement::Unknown("the answer is not authoritative (AA is 0)".into());
    }
    match expected {
        Expectation::Exact(set) | Expectation::Synthesised(set) | Expectation::Alias(set) => {
            present(&reply.answer, &question.name, set, reply.rcode, more_ttls)
        }
        Expectation::Redirected(set) => present(&reply.answer, &set.key.name, set, reply.rcode, more_ttls),
        Expectation::Referral(set) => {
            // A server that also holds the child answers itself, from the child's data.
            if reply.authoritative && !reply.answer.is_empty() {
                return Judgement::Met;
            }
            present(&reply.authority, &set.key.name, set, reply.rcode, more_ttls)
        }
        Expectation::NoData => absent(reply, question, reply.rcode == Rcode::NOERROR),
        Expectation::NoName => absent(reply, question, true),
        Expectation::Answered { longest } => answered(reply, question, *longest),
        Expectation::ApiOnly(_) => Judgement::Met,
    }
}

/// Whatever the provider makes of it, something is answered.
fn answered(reply: &Reply, question: &Question, longest: Ttl) -> Judgement {
    let wanted = |record: &&Record| {
        record.name == question.name && (record.rtype == question.rtype || record.rtype == RecordType::CNAME)
    };
    match reply.answer.iter().find(wanted) {
        None if reply.rcode == Rcode::NXDOMAIN => Judgement::Missing("NXDOMAIN, wanted an answer".into()),
        None => Judgement::Missing("no such record, wanted an answer".into()),
        Some(record) if record.ttl > longest => {
            Judgement::Different(format!("TTL is {}, wanted {longest} at most", record.ttl))
        }
        Some(_) => Judgement::Met,
    }
}

fn present(section: &[Record], owner: &Name, set: &RecordSet, rcode: Rcode, more_ttls: &[Ttl]) -> Judgement {
    let rtype = set.key.rtype;
    let found: Vec<&Record> =
        section.iter().filter(|record| record.rtype == rtype && record.name == *owner).collect();
    if found.is_empty() {
        let other: Vec<String> = section
            .iter()
            .filter(|record| record.name == *owner)
            .map(|record| record.rtype.to_string())
            .collect();
        return if other.is_empty() {
            let what = if rcode == Rcode::NXDOMAIN { "NXDOMAIN" } else { "no such record" };
            Judgement::Missing(format!("{what}, wanted {}", shown(set)))
        } else {
            Judgement::Different(format!("{} instead of {rtype}", other.join(", ")))
        };
    }
    let mut wanted: Vec<Vec<u8>> = set.rdatas().iter().map(|data| comparable(rtype, data.wire())).collect();
    let mut got: Vec<Vec<u8>> = found.iter().map(|record| comparable(rtype, record.rdata.wire())).collect();
    wanted.sort();
    got.sort();
    got.dedup();
    if wanted != got {
        let texts: Vec<String> =
            found.iter().map(|record| rdata::to_text(rtype, record.rdata.wire())).collect();
        return Judgement::Different(format!("serves {}, wanted {}", texts.join(", "), shown(set)));
    }
    // While members have different TTLs at the provider, servers show any one of them.
    let right = |ttl: Ttl| more_ttls.contains(&ttl) || set.members().any(|(_, wanted)| wanted == ttl);
    match found.iter().find(|record| !right(record.ttl)) {
        Some(record) => Judgement::Different(format!("TTL is {}, wanted {}", record.ttl, set.ttl)),
        None => Judgement::Met,
    }
}

/// The serial of an SOA is the server's own business.
fn comparable(rtype: RecordType, wire: &[u8]) -> Vec<u8> {
    if rtype == RecordType::SOA {
        rdata::canonical(rtype, &rdata::with_serial(wire, 0)).into_owned()
    } else {
        rdata::canonical(rtype, wire).into_owned()
    }
}

fn absent(reply: &Reply, question: &Question, rcode_fits: bool) -> Judgement {
    let there = reply.answer.iter().find(|record| {
        record.name == question.name
            && matches!(record.rtype, rtype if rtype == question.rtype || rtype == RecordType::CNAME)
    });
    match there {
        Some(record) => Judgement::Different(format!(
            "still serves {} {}",
            record.rtype,
            rdata::to_text(record.rtype, record.rdata.wire())
        )),
        None if !rcode_fits => Judgement::Missing("NXDOMAIN, wanted the name to exist".into()),
        None => Judgement::Met,
    }
}

fn shown(set: &RecordSet) -> String {
    set.texts().collect::<Vec<_>>().join(", ")
}
