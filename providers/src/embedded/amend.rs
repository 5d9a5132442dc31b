//! From a zone and changes to the next zone, or the reason why not. Pure.

use super::file::serial;
use crate::change::{Change, SetChange};
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::collections::{BTreeMap, BTreeSet};

/// Why a write is not carried out; nothing changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The zone holds something else than the write was made from.
    Stale(String),
    /// The result could not be served.
    Refused(String),
}

/// The zone after `changes`, its serial one further (RFC 1982).
pub(crate) fn amended(zone: &Zone, changes: &[Change]) -> Result<Zone, Rejection> {
    let apex = zone.apex();
    let mut next: BTreeMap<RecordKey, Option<RecordSet>> = BTreeMap::new();
    for change in changes.iter().flat_map(Change::sets) {
        let key = change.key();
        let live = zone.get_key(key).map(|set| set.to_set());
        compare(change, live.as_ref())?;
        if change.after().is_some_and(|after| after.rdatas().is_empty()) {
            return Err(Rejection::Refused(format!(
                "{key} would be a record set without records: remove it"
            )));
        }
        if next.insert(key.clone(), change.after().cloned()).is_some() {
            return Err(Rejection::Refused(format!("{key} is changed twice in one write: change it once")));
        }
    }
    let soa = RecordKey::new(apex.clone(), RecordType::SOA);
    let declared = next.get(&soa).cloned().unwrap_or_else(|| zone.get_key(&soa).map(|set| set.to_set()));
    let advanced = serial(zone).unwrap_or(0).wrapping_add(1);
    next.insert(soa, declared.map(|set| set.with_serial(advanced)));
    let result = zone
        .with(next.iter().map(|(key, set)| (key, set.as_ref())))
        .map_err(|error| Rejection::Refused(error.to_string()))?;
    for (rtype, what) in [(RecordType::SOA, "SOA"), (RecordType::NS, "NS")] {
        if result.get(apex, rtype).is_none() {
            return Err(Rejection::Refused(format!(
                "the zone {apex} would be left without {what} records of its own: keep at least one"
            )));
        }
    }
    match obstacles(&result).into_iter().next() {
        None => Ok(result),
        Some((key, reason)) => Err(Rejection::Refused(format!("{key}: {reason}"))),
    }
}

/// The zone that `create_zone` makes: SOA and apex NS of `initial`, or sensible ones.
pub(crate) fn created(apex: &Name, initial: &Zone) -> Result<Zone, Rejection> {
    let refused = |reason: String| Rejection::Refused(reason);
    let child = |label: &[u8]| apex.child(label).map_err(|error| refused(error.to_string()));
    let plain = |rtype, data: Vec<u8>| {
        let hour = Ttl::from_wire(3600);
        RecordSet::new(RecordKey::new(apex.clone(), rtype), hour, [Rdata::new(data)])
    };
    let declared = |rtype| initial.get(apex, rtype).map(|set| set.to_set());
    let ns = match declared(RecordType::NS) {
        Some(ns) => ns,
        None => plain(RecordType::NS, child(b"ns1")?.wire().to_vec()),
    };
    let soa = match declared(RecordType::SOA) {
        Some(soa) => soa,
        None => {
            let mut data = ns.rdatas().first().map(|data| data.wire().to_vec()).unwrap_or_default();
            data.extend_from_slice(child(b"hostmaster")?.wire());
            // Serial, refresh, retry, expire, minimum; seconds but for the first.
            for field in [1_u32, 3600, 600, 604_800, 300] {
                data.extend_from_slice(&field.to_be_bytes());
            }
            plain(RecordType::SOA, data)
        }
    };
    if soa.serial().is_none() {
        return Err(refused(format!("{apex} SOA: its data is too short")));
    }
    let soa = soa.with_serial(1);
    let mut builder = ZoneBuilder::new(apex.clone());
    for set in [&soa, &ns] {
        builder.push_set(set).map_err(|error| refused(error.to_string()))?;
    }
    let zone = builder.finish();
    match obstacles(&zone).into_iter().next() {
        None => Ok(zone),
        Some((key, reason)) => Err(refused(format!("{key}: {reason}"))),
    }
}

/// What in `zone` no server could serve: the record set and the reason.
pub(crate) fn obstacles(zone: &Zone) -> Vec<(RecordKey, String)> {
    let mut found = Vec::new();
    for set in zone.sets() {
        if let Some(reason) = obstacle(zone, &set) {
            found.push((set.key(), reason));
        }
    }
    found
}

fn obstacle(zone: &Zone, set: &SetRef<'_>) -> Option<String> {
    let rtype = set.rtype();
    let name = set.name();
    if rtype.is_pseudo() {
        return Some(format!(
            "{rtype} is no DNS type, so no name server can answer with it; the embedded server resolves nothing: use the records it stands for"
        ));
    }
    if rtype.is_meta() || rtype == RecordType::from_code(0) {
        return Some(format!("{rtype} is a query type that no zone can hold (RFC 6895 3.1)"));
    }
    if let Some(reason) = plain::refusal(set) {
        return Some(reason);
    }
    if rtype.is_single() && set.rdatas().len() > 1 {
        return Some(format!("there can be only one {rtype} record at a name (RFC 2181 10.1)"));
    }
    if let Some(reason) = misplaced(set, &name) {
        return Some(reason);
    }
    if let Some(error) = set.rdatas().find_map(|data| rdata::check(rtype, data).err()) {
        return Some(format!("its data does not have the form of its type: {error}"));
    }
    if octets(set, &name) > usize::from(u16::MAX) {
        return Some("the record set is larger than a DNS message, 65 535 octets".into());
    }
    if !matches!(rtype, RecordType::CNAME | RecordType::DNAME) {
        return None;
    }
    let beside: BTreeSet<RecordType> = zone.at(&name).map(|set| set.rtype()).collect();
    let other = beside.into_iter().find(|other| match rtype {
        // RFC 2181 10.1, RFC 4034 3 and 4.
        RecordType::CNAME => {
            !matches!(*other, RecordType::CNAME | RecordType::RRSIG | RecordType::NSEC | RecordType::KEY)
        }
        // RFC 6672 2.4: NS beside a DNAME only at the top of the zone.
        _ => *other == RecordType::CNAME || (*other == RecordType::NS && !set.is_apex()),
    })?;
    Some(format!("a {rtype} cannot stand beside {other} at the same name: remove one of them"))
}

/// Types that have their place at the top of the zone, or must not stand there.
fn misplaced(set: &SetRef<'_>, name: &Name) -> Option<String> {
    match set.rtype() {
        RecordType::SOA if !set.is_apex() => {
            Some(format!("{name} is not the top of the zone, where the SOA belongs"))
        }
        RecordType::DS if set.is_apex() => {
            Some("DS records belong into the parent zone (RFC 4035 2.4): declare them there".into())
        }
        _ => None,
    }
}

/// An upper bound of its size in a message of its own, with question and OPT record.
fn octets(set: &SetRef<'_>, name: &Name) -> usize {
    const HEADER_QUESTION_OPT: usize = 12 + 255 + 4 + 11 + 64;
    // The first owner name in full, the others as pointers.
    let records: usize = set.rdatas().map(|data| 2 + 10 + data.len()).sum();
    HEADER_QUESTION_OPT + name.wire().len() + records
}

/// Compares what the write was made from with what is there.
fn compare(change: &SetChange, live: Option<&RecordSet>) -> Result<(), Rejection> {
    let stale = |what: String| Err(Rejection::Stale(what));
    let key = change.key();
    match (change.before(), live) {
        (None, None) => Ok(()),
        (None, Some(live)) => stale(format!("{key} was not there and now is: {}", shown(live))),
        (Some(before), None) => stale(format!("{key} was {} and is gone", shown(before))),
        (Some(before), Some(live)) => {
            // Every write moves the serial, so it says nothing about this record set.
            if before.same_but_serial(live) {
                Ok(())
            } else {
                stale(format!("{key} was {} and is {}", shown(before), shown(live)))
            }
        }
    }
}

fn shown(set: &RecordSet) -> String {
    let members: Vec<String> = set.texts().collect();
    let settings = if set.settings.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&set.settings).map(|text| format!(" with {text}")).unwrap_or_default()
    };
    format!("[{}] TTL {}{settings}", members.join(", "), set.ttl)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn set(rtype: RecordType, text: &str) -> RecordSet {
        let apex: Name = "example.".parse().unwrap();
        let data = rdata::parse_text(rtype, text, &apex).unwrap();
        RecordSet::new(RecordKey::new(apex, rtype), Ttl::from_wire(60), [Rdata::new(data)])
    }

    fn zone(serial: u32) -> Zone {
        let mut builder = ZoneBuilder::new("example.".parse().unwrap());
        let soa = format!("a.test. b.test. {serial} 1 2 3 4");
        for set in [set(RecordType::SOA, &soa), set(RecordType::NS, "a.test.")] {
            builder.push_set(&set).unwrap();
        }
        builder.finish()
    }

    fn add(text: &str) -> Change {
        Change::new(vec![SetChange::Add(set(RecordType::TXT, text))]).unwrap()
    }

    #[test]
    fn the_serial_goes_on_from_zero_after_its_largest_value() {
        for (before, after) in [(1, 2), (u32::MAX - 1, u32::MAX), (u32::MAX, 0)] {
            assert_eq!(serial(&amended(&zone(before), &[add("x")]).unwrap()), Some(after));
        }
    }

    #[test]
    fn one_record_set_cannot_change_twice_in_one_write() {
        let twice = amended(&zone(1), &[add("x"), add("y")]);
        assert!(matches!(twice, Err(Rejection::Refused(reason)) if reason.contains("twice")));
    }

    #[test]
    fn a_zone_made_of_nothing_has_records_that_fit_together() {
        let made = created(&"example.".parse().unwrap(), &zone(7).filtered(|_| false)).unwrap();
        assert_eq!(made.record_count(), 2);
        assert_eq!(serial(&made), Some(1));
        assert!(obstacles(&made).is_empty());
    }
}
