//! Reverse zones made from the addresses of other zones (RFC 1035 3.5, RFC 3596 2.5, RFC 2317).
//!
//! Each A and AAAA record whose address lies in the reverse zone makes a PTR record, with the TTL
//! and the place of the address record. What the reverse zone's own file says about a name counts
//! more: a PTR or CNAME record there, a delegation or a DNAME at or above it.

use crate::diagnostic::{Diagnostic, Diagnostics, Position, Span};
use crate::yaml::Declared;
use crate::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses whose reverse names lie in one zone, and what they are called there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    /// A zone of `in-addr.arpa.` or `ip6.arpa.` itself: names are the usual ones.
    Plain,
    /// A part of a /24 under a name of its own, `64/26.2.0.192.in-addr.arpa.` or `64-127.…`: the last
    /// number of the address is a label below it.
    Part { network: [u8; 3], first: u8, last: u8 },
}

const V4: &str = "in-addr.arpa.";
const V6: &str = "ip6.arpa.";

/// Whether addresses lie in a zone of this name.
#[must_use]
pub fn is_reverse(apex: &Name) -> bool {
    block_of(apex).is_some()
}

/// What `apex` holds; `None` where no address lies in it.
fn block_of(apex: &Name) -> Option<Block> {
    let text = apex.to_lower().to_string();
    if let Some(labels) = labels_before(&text, V6) {
        let is_digit = |label: &&str| label.len() == 1 && label.bytes().all(|byte| byte.is_ascii_hexdigit());
        return (labels.len() <= 32 && labels.iter().all(is_digit)).then_some(Block::Plain);
    }
    let labels = labels_before(&text, V4)?;
    if labels.len() <= 4 && labels.iter().all(|label| number(label).is_some()) {
        return Some(Block::Plain);
    }
    let [part, third, second, first] = labels.as_slice() else { return None };
    let network = [number(first)?, number(second)?, number(third)?];
    if let Some((first, last)) = part.split_once('-') {
        let (first, last) = (number(first)?, number(last)?);
        return (first <= last).then_some(Block::Part { network, first, last });
    }
    let (first, length) = part.split_once('/')?;
    let (first, length) = (number(first)?, number(length).filter(|length| (25..=32).contains(length))?);
    let others = u8::try_from((1_u16 << (32 - length)) - 1).ok()?;
    (first & others == 0).then_some(Block::Part { network, first, last: first | others })
}

/// The labels of `text` in front of `root`; `None` where it ends otherwise.
fn labels_before<'t>(text: &'t str, root: &str) -> Option<Vec<&'t str>> {
    let front = text.strip_suffix(root)?;
    if front.is_empty() {
        return Some(Vec::new());
    }
    Some(front.strip_suffix('.')?.split('.').collect())
}

/// A number as reverse names have it: without zeros in front.
fn number(label: &str) -> Option<u8> {
    label.parse::<u8>().ok().filter(|number| number.to_string() == label)
}

/// The reverse name of an address.
#[must_use]
pub fn reverse_name(address: IpAddr) -> Option<Name> {
    let mut text = String::with_capacity(73);
    match address {
        IpAddr::V4(address) => {
            for octet in address.octets().iter().rev() {
                let _ = write!(text, "{octet}.");
            }
            text.push_str(V4);
        }
        IpAddr::V6(address) => {
            for octet in address.octets().iter().rev() {
                let _ = write!(text, "{:x}.{:x}.", octet & 15, octet >> 4);
            }
            text.push_str(V6);
        }
    }
    text.parse().ok()
}

/// The owner name of an address's PTR record in the zone `apex`; `None` where it lies elsewhere.
fn owner(apex: &Name, block: &Block, address: IpAddr) -> Option<Name> {
    match (block, address) {
        (Block::Plain, _) => reverse_name(address).filter(|name| name.is_at_or_below(apex)),
        (Block::Part { network, first, last }, IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            let inside = [a, b, c] == *network && (*first..=*last).contains(&d);
            inside.then(|| apex.child(d.to_string().as_bytes()).ok()).flatten()
        }
        (Block::Part { .. }, IpAddr::V6(_)) => None,
    }
}

fn address(rtype: RecordType, data: &[u8]) -> Option<IpAddr> {
    match rtype {
        RecordType::A => <[u8; 4]>::try_from(data).ok().map(|octets| Ipv4Addr::from(octets).into()),
        RecordType::AAAA => <[u8; 16]>::try_from(data).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// What one address is to be called: its names, and what they were made from.
struct Made {
    address: IpAddr,
    ttl: Ttl,
    /// In the order of the sources.
    names: Vec<(Name, Option<Position>)>,
}

/// Adds PTR records for the addresses of `sources` to what the reverse zone's own file declares.
/// Several names with one address are all kept, with a warning.
#[must_use]
pub fn fill(own: Declared, sources: &[&Declared]) -> (Declared, Vec<Diagnostic>) {
    let apex = own.zone.apex().clone();
    let Some(block) = block_of(&apex) else { return (own, Vec::new()) };
    let mut made: BTreeMap<Name, Made> = BTreeMap::new();
    for source in sources {
        for set in source.zone.sets() {
            if !matches!(set.rtype(), RecordType::A | RecordType::AAAA) {
                continue;
            }
            let key = set.key();
            // A wildcard is no host; nothing is to be done about what is ignored.
            if key.name.is_wildcard() || source.ignored.contains(&key) {
                continue;
            }
            for data in set.rdatas() {
                let Some(address) = address(set.rtype(), data) else { continue };
                let Some(owner) = owner(&apex, &block, address) else { continue };
                if is_spoken_for(&own.zone, &owner) {
                    continue;
                }
                let entry =
                    made.entry(owner).or_insert_with(|| Made { address, ttl: set.ttl(), names: Vec::new() });
                if entry.names.iter().all(|(name, _)| *name != key.name) {
                    entry.ttl = entry.ttl.min(set.ttl());
                    entry.names.push((key.name.clone(), set.position()));
                }
            }
        }
    }
    let mut found = Diagnostics::default();
    made.values().for_each(|made| found.extend(shared(made)));
    let sets: Vec<RecordSet> = made.into_iter().map(|(owner, made)| pointers(owner, made)).collect();
    match own.zone.with(sets.iter().map(|set| (&set.key, Some(set)))) {
        Ok(zone) => (Declared { zone, ..own }, found.into_sorted()),
        Err(error) => {
            let message = format!("the PTR records of {apex} cannot be put together: {error}");
            found.push(Diagnostic::error("bad-reverse", Span::file(""), message));
            (own, found.into_sorted())
        }
    }
}

/// Whether the reverse zone's own file decides what is there under `owner`.
fn is_spoken_for(own: &Zone, owner: &Name) -> bool {
    if own.is_empty() {
        return false;
    }
    if own.at(owner).any(|set| matches!(set.rtype(), RecordType::PTR | RecordType::CNAME)) {
        return true;
    }
    let mut here = Some(owner.clone());
    while let Some(name) = here.filter(|name| name.is_at_or_below(own.apex())) {
        let cuts = |rtype: RecordType| {
            (rtype == RecordType::NS && name != *own.apex()) || (rtype == RecordType::DNAME && name != *owner)
        };
        if own.at(&name).any(|set| cuts(set.rtype())) {
            return true;
        }
        here = name.parent();
    }
    false
}

fn pointers(owner: Name, made: Made) -> RecordSet {
    let position = made.names.first().and_then(|(_, position)| position.clone());
    let members = made.names.iter().map(|(name, _)| Rdata::new(name.wire()));
    let mut set = RecordSet::new(RecordKey::new(owner, RecordType::PTR), made.ttl, members);
    set.position = position;
    set
}

/// The warning that one address has several names, at the second of them.
fn shared(made: &Made) -> Option<Diagnostic> {
    let [(first, first_place), (_, second_place), ..] = made.names.as_slice() else { return None };
    let names: Vec<String> = made.names.iter().map(|(name, _)| name.to_string()).collect();
    let span = |place: &Option<Position>| place.clone().map(|place| Span::new(place, 1));
    let message = format!(
        "{} has {} names, and its reverse name points to all of them: {}",
        made.address,
        names.len(),
        names.join(", ")
    );
    let warning = Diagnostic::warning("shared-address", span(second_place)?, message);
    let warning = match span(first_place) {
        Some(place) => warning.with_related(place, format!("{first} has it too")),
        None => warning,
    };
    Some(warning.with_help("write the PTR record you mean into the reverse zone's own file"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
