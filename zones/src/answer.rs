//! What an authoritative server answers from a zone (RFC 1034 4.3.2, RFC 4592, RFC 6672).
//!
//! Pure judgement over a [`Zone`]: the expectation of verification, the guards against
//! hidden answers and the embedded server all stand on it.

use crate::zone::{SetRef, Zone};
use crate::{Name, RecordType, rdata};

/// The first step of an answer; chains of CNAMEs are followed by the caller where wanted.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// The zone has this data.
    Data {
        /// The record set, at the asked name or at `wildcard`.
        set: SetRef<'a>,
        /// The wildcard it was made from (RFC 4592 3.3.1).
        wildcard: Option<Name>,
    },
    /// The name is an alias.
    Cname {
        /// The CNAME, at the asked name or at `wildcard`.
        set: SetRef<'a>,
        /// The wildcard it was made from.
        wildcard: Option<Name>,
    },
    /// The name is below a DNAME (RFC 6672).
    Dname {
        /// The DNAME.
        set: SetRef<'a>,
        /// The name it leads to; `None` when that would be over 255 octets (YXDOMAIN).
        target: Option<Name>,
    },
    /// The name is at or below a delegation.
    Referral {
        /// The NS records at the cut.
        ns: SetRef<'a>,
    },
    /// The name exists, the type does not (RFC 2308 2.2).
    NoData {
        /// The wildcard that makes the name exist.
        wildcard: Option<Name>,
    },
    /// The name does not exist (RFC 2308 2.1).
    NameError,
    /// The name is not in this zone.
    OutOfZone,
}

/// The topmost delegation or DNAME that hides `name`, itself included for a delegation.
#[must_use]
pub fn cut_above<'a>(zone: &'a Zone, name: &Name) -> Option<SetRef<'a>> {
    let apex = zone.apex();
    let above = name.label_count().checked_sub(apex.label_count())?;
    for depth in 0..=above {
        let here = name.suffix(apex.label_count() + depth);
        for set in zone.at(&here) {
            let hides = match set.rtype() {
                RecordType::NS => depth > 0,
                RecordType::DNAME => depth < above,
                _ => false,
            };
            if hides {
                return Some(set);
            }
        }
    }
    None
}

/// Whether data at `name` of `rtype` is hidden by a delegation or DNAME above it, so
/// that no server answers with it (glue included).
#[must_use]
pub fn is_occluded(zone: &Zone, name: &Name, rtype: RecordType) -> bool {
    match cut_above(zone, name) {
        None => false,
        Some(cut) if cut.rtype() == RecordType::NS && cut.name() == *name => {
            !matches!(rtype, RecordType::NS | RecordType::DS | RecordType::NSEC | RecordType::RRSIG)
        }
        Some(_) => true,
    }
}

/// Answers a question of class IN from `zone`.
#[must_use]
pub fn answer<'a>(zone: &'a Zone, name: &Name, rtype: RecordType) -> Answer<'a> {
    if !name.is_at_or_below(zone.apex()) {
        return Answer::OutOfZone;
    }
    if let Some(cut) = cut_above(zone, name) {
        if cut.rtype() == RecordType::DNAME {
            return Answer::Dname { target: dname_target(&cut, name), set: cut };
        }
        // The parent side answers for DS at the cut itself (RFC 4035 3.1.4.1).
        if !(rtype == RecordType::DS && cut.name() == *name) {
            return Answer::Referral { ns: cut };
        }
    }
    if zone.name_exists(name) {
        return at_node(zone, name, rtype, None);
    }
    match wildcard_for(zone, name) {
        Some(wildcard) => at_node(zone, &wildcard, rtype, Some(wildcard.clone())),
        None => Answer::NameError,
    }
}

/// The wildcard that answers for `name`, which does not exist itself: `*` at the
/// closest encloser, when that exists (RFC 4592 3.3.1).
#[must_use]
pub fn wildcard_for(zone: &Zone, name: &Name) -> Option<Name> {
    let mut encloser = name.parent()?;
    while !encloser.is_at_or_below(zone.apex()) || (encloser != *zone.apex() && !zone.name_exists(&encloser))
    {
        encloser = encloser.parent()?;
    }
    let wildcard = encloser.child(b"*").ok()?;
    zone.name_exists(&wildcard).then_some(wildcard)
}

fn at_node<'a>(zone: &'a Zone, node: &Name, rtype: RecordType, wildcard: Option<Name>) -> Answer<'a> {
    if let Some(set) = zone.get(node, rtype) {
        return Answer::Data { set, wildcard };
    }
    match zone.get(node, RecordType::CNAME) {
        Some(set) => Answer::Cname { set, wildcard },
        None => Answer::NoData { wildcard },
    }
}

fn dname_target(dname: &SetRef<'_>, name: &Name) -> Option<Name> {
    let target = dname.rdatas().next().and_then(|data| rdata::names(RecordType::DNAME, data).next())?;
    name.replace_suffix(&dname.name(), &target)
}
