//! What a right answer to a question looks like.

use dnsure_providers::dns::Question;
use dnsure_zones::answer::{Answer, answer};
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordSet, RecordType, Ttl, Zone};

/// The right answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// This record set, its TTL and AA.
    Exact(RecordSet),
    /// This record set of a wildcard, under the asked name (RFC 4592).
    Synthesised(RecordSet),
    /// An alias: this CNAME, under the asked name.
    Alias(RecordSet),
    /// A name below a DNAME: this DNAME in the answer (RFC 6672).
    Redirected(RecordSet),
    /// A delegation: these NS records in the authority section, without AA.
    Referral(RecordSet),
    /// The name is there, the type is not: NOERROR and no such record.
    NoData,
    /// The name is not there. A signing server may say NOERROR instead (RFC 9824).
    NoName,
    /// The provider makes the answer: there is one, and caches keep it no longer than this.
    Answered {
        /// The largest TTL that is right.
        longest: Ttl,
    },
    /// Nothing on the wire can show it.
    ApiOnly(&'static str),
}

/// The question that shows whether the record sets of this name and type are served: their own
/// type, but an address where the provider answers a CNAME itself.
#[must_use]
pub fn question(zone: &Zone, name: &Name, rtype: RecordType) -> Question {
    let is_made = rtype == RecordType::CNAME && zone.made_at(name, rtype).is_some();
    Question { name: name.clone(), rtype: if is_made { RecordType::A } else { rtype } }
}

/// What a server that holds `zone` answers to this question.
#[must_use]
pub fn expect(zone: &Zone, name: &Name, rtype: RecordType) -> Expectation {
    if rtype.is_pseudo() {
        return Expectation::ApiOnly(
            "a pseudo type is resolved by the provider and has no record of its own",
        );
    }
    match answer(zone, name, rtype) {
        Answer::Data { set, .. } | Answer::Cname { set, .. } if set.made_by_provider().is_some() => {
            Expectation::Answered { longest: set.ttl() }
        }
        Answer::Data { set, wildcard: None } => Expectation::Exact(set.to_set()),
        Answer::Data { set, wildcard: Some(_) } => Expectation::Synthesised(set.to_set()),
        Answer::Cname { set, .. } => Expectation::Alias(set.to_set()),
        Answer::Dname { set, .. } => Expectation::Redirected(set.to_set()),
        Answer::Referral { ns } => Expectation::Referral(ns.to_set()),
        Answer::NoData { wildcard } => {
            let holder = wildcard.as_ref().unwrap_or(name);
            // A proxied A is answered to questions for AAAA and HTTPS as well.
            let may_be_made = matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::HTTPS);
            let is_made = |set: SetRef<'_>| {
                set.rtype().is_pseudo() || (may_be_made && set.made_by_provider().is_some())
            };
            if zone.at(holder).any(is_made) {
                Expectation::ApiOnly("the provider makes the answers of this name")
            } else {
                Expectation::NoData
            }
        }
        Answer::NameError => Expectation::NoName,
        Answer::OutOfZone => Expectation::ApiOnly("the name is outside the zone"),
    }
}
