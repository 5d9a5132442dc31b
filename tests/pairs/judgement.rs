//! What must become of a pair where records are created and deleted and nothing else: judged from the
//! values as text, without the planner.

use crate::random::Pair;
use dnsure_zones::RecordType;
use std::fmt;

/// What must become of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Done, without a moment in which nothing is served.
    Done,
    /// Refused: a record keeps its data and gets another TTL, and nothing stands in for it.
    SameData,
    /// Refused unless a gap is accepted: the old and the new record must never stand side by side.
    UnionUnsafe,
    /// Refused unless a gap is accepted: the types at one name exclude each other.
    TypeSwap,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::SameData => "same data with another TTL and nothing to stand in",
            Self::UnionUnsafe => "would need a gap (CNAME, SPF, DMARC, DKIM, null MX)",
            Self::TypeSwap => "would need a gap (another type at the name)",
        })
    }
}

/// A record of which an owner name has one.
fn only_one(pair: &Pair, value: &str) -> bool {
    match pair.from {
        RecordType::CNAME => true,
        RecordType::TXT => {
            value.starts_with("\"v=spf1") || value.starts_with("\"v=DMARC1") || value.starts_with("\"v=DKIM1")
        }
        // RFC 7505: where one side says "no mail", none of the other side may stand beside it.
        RecordType::MX => pair.before.iter().chain(&pair.after).any(|(value, _)| value == "0 ."),
        _ => false,
    }
}

pub(crate) fn judge(pair: &Pair) -> Class {
    if pair.from != pair.to {
        return Class::TypeSwap;
    }
    let stays_as_it_is = |member: &(String, u32)| pair.before.contains(member) && pair.after.contains(member);
    let lone = |members: &[(String, u32)]| {
        members.iter().any(|member| only_one(pair, &member.0) && !stays_as_it_is(member))
    };
    let (goes, comes) = (lone(&pair.before), lone(&pair.after));
    let there_before = |value: &str| pair.before.iter().any(|(old, _)| old == value);
    let only_the_ttl = pair
        .after
        .iter()
        .any(|member| there_before(&member.0) && !pair.before.contains(member) && !only_one(pair, &member.0));
    let new = pair.after.iter().filter(|(value, _)| !there_before(value)).count();
    // Any address, name server, mail server or service will do for a while.
    let others = pair.before.len() + new > 1
        && matches!(
            pair.from,
            RecordType::A | RecordType::AAAA | RecordType::NS | RecordType::MX | RecordType::SRV
        );
    if only_the_ttl && !others && pair.stand_in.is_none() {
        Class::SameData
    } else if goes && comes {
        Class::UnionUnsafe
    } else {
        Class::Done
    }
}
