//! Changes as one update message.
//!
//! Servers work through a message in order and drop without a word what does not fit at that moment
//! (RFC 2136 3.4.2): a CNAME beside other data, other data beside a CNAME, the last NS of the apex. So
//! all deletes come before all adds, except at the apex NS set, which changes member by member, adds
//! first. Whole sets are deleted and added again, because adding a member once more with another TTL
//! changes nothing on Knot. A name that gets a CNAME is emptied first (RFC 2136 2.5.3): on a zone that
//! Knot signs, a name whose sets were deleted one by one still holds their signatures, and Knot drops the
//! CNAME.

use crate::change::{Change, SetChange};
use crate::dns::Update;
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Zone, rdata};

/// What names hold most often. Where the serial cannot guard a name that gets a CNAME, these must not
/// have appeared there meanwhile, as they would be deleted; as long as the message has room to say so.
const COMMON: [RecordType; 14] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::TXT,
    RecordType::MX,
    RecordType::NS,
    RecordType::CAA,
    RecordType::SRV,
    RecordType::HTTPS,
    RecordType::SVCB,
    RecordType::TLSA,
    RecordType::SSHFP,
    RecordType::PTR,
    RecordType::NAPTR,
    RecordType::DS,
];

/// The message that makes `changes` of `zone`, which is `live`; `Err` says why there is none.
pub(super) fn update_of(
    zone: &Name,
    changes: &[Change],
    live: &Zone,
    soa_holds: bool,
) -> Result<Update, String> {
    let update = message(zone, changes, live, soa_holds, true)?;
    if soa_holds || update.octets(0).is_ok() {
        return Ok(update);
    }
    message(zone, changes, live, soa_holds, false)
}

fn message(
    zone: &Name,
    changes: &[Change],
    live: &Zone,
    soa_holds: bool,
    common_absent: bool,
) -> Result<Update, String> {
    if let Some(kept) = sets(changes).find(|set| set.key().rtype.is_server_kept()) {
        return Err(format!("{} is kept by the server itself and never written", kept.key()));
    }
    let mut update = Update::new(zone.clone());
    let soa = live.get(zone, RecordType::SOA).ok_or_else(|| format!("{zone} was read without its SOA"))?;
    let soa = soa.to_set();
    if soa_holds {
        update.require_set(zone, RecordType::SOA, soa.rdatas());
    }
    for change in changes {
        require_as_reviewed(&mut update, change, live, common_absent && !soa_holds)?;
    }
    for change in changes {
        delete_before(&mut update, change, zone);
    }
    for set in sets(changes) {
        if let (Kind::Other, Some(after)) = (kind(set, zone), set.after()) {
            update.add_set(after);
        }
    }
    for set in sets(changes) {
        match kind(set, zone) {
            Kind::Other => {}
            Kind::Soa => {
                let after = set.after().ok_or("the SOA cannot be deleted")?;
                update.add_set(&with_next_serial(after, &soa)?);
            }
            // After their addresses, which BIND wants to see first.
            Kind::ApexNs => change_apex_ns(&mut update, set)?,
        }
    }
    Ok(update)
}

enum Kind {
    Soa,
    ApexNs,
    Other,
}

fn kind(set: &SetChange, zone: &Name) -> Kind {
    match set.key().rtype {
        RecordType::SOA => Kind::Soa,
        RecordType::NS if set.key().name == *zone => Kind::ApexNs,
        _ => Kind::Other,
    }
}

fn sets(changes: &[Change]) -> impl Iterator<Item = &SetChange> {
    changes.iter().flat_map(Change::sets)
}

fn delete_before(update: &mut Update, change: &Change, zone: &Name) {
    let before = || {
        let others = change.sets().iter().filter(|set| matches!(kind(set, zone), Kind::Other));
        others.filter_map(SetChange::before)
    };
    if gets_cname(change) && before().next().is_some() {
        update.delete_name(change.name());
        return;
    }
    for set in before() {
        update.delete_set(&set.key.name, set.key.rtype);
    }
}

fn gets_cname(change: &Change) -> bool {
    change.sets().iter().filter_map(SetChange::after).any(|set| set.key.rtype == RecordType::CNAME)
}

/// The touched sets are as reviewed, and nothing stands where it would make the server drop an add.
fn require_as_reviewed(
    update: &mut Update,
    change: &Change,
    live: &Zone,
    common_absent: bool,
) -> Result<(), String> {
    let name = change.name();
    for set in change.sets().iter().filter(|set| set.key().rtype != RecordType::SOA) {
        if let Some(before) = set.before() {
            update.require_set(name, before.key.rtype, before.rdatas());
        }
    }
    let touched = |rtype| change.sets().iter().any(|set| set.key().rtype == rtype);
    let replaced =
        |rtype| change.sets().iter().any(|set| set.before().is_some_and(|set| set.key.rtype == rtype));
    let added = || change.sets().iter().filter(|set| set.before().is_none()).map(|set| set.key().rtype);
    if !gets_cname(change) {
        for rtype in added() {
            update.require_no_set(name, rtype);
        }
        if added().next().is_some() && !replaced(RecordType::CNAME) {
            update.require_no_set(name, RecordType::CNAME);
        }
        return Ok(());
    }
    if let Some(beside) = live.at(name).find(|set| !set.rtype().is_server_kept() && !touched(set.rtype())) {
        return Err(format!("{} stays, and no CNAME can stand beside it (RFC 1034 3.6.2)", beside.key()));
    }
    if live.at(name).all(|set| set.rtype().is_server_kept()) {
        update.require_unused(name);
        return Ok(());
    }
    for rtype in added() {
        update.require_no_set(name, rtype);
    }
    // Beside a CNAME nothing can appear; the server would drop it.
    if common_absent && !replaced(RecordType::CNAME) {
        for rtype in COMMON.into_iter().filter(|rtype| !touched(*rtype)) {
            update.require_no_set(name, rtype);
        }
    }
    Ok(())
}

/// An SOA whose serial is not above the live one is dropped without a word, so it gets the next
/// (RFC 1982 3.1).
fn with_next_serial(after: &RecordSet, live: &RecordSet) -> Result<RecordSet, String> {
    let no_soa = || format!("the SOA of {} is no SOA", after.key.name);
    let serial = live.serial().ok_or_else(no_soa)?;
    after.serial().ok_or_else(no_soa)?;
    Ok(after.with_serial(rdata::next_serial(serial)))
}

/// The apex NS set changes member by member, adds first: servers do not let it become empty, not even
/// inside a message, and drop what would make it so.
///
/// Another TTL for members that stay needs more. Adding a member that is there changes nothing on Knot;
/// one that was not there, or was deleted before, takes the whole set to its TTL everywhere. PowerDNS
/// keeps all deletes of apex NS records for the end, and then does none of them if they are as many as
/// the records. So every member is deleted and added in turn, or, where some go, one of those.
fn change_apex_ns(update: &mut Update, set: &SetChange) -> Result<(), String> {
    let after = set.after().ok_or("the NS records of the apex cannot all be deleted")?;
    let Some(before) = set.before() else {
        update.add_set(after);
        return Ok(());
    };
    let (name, rtype, ttl) = (&after.key.name, after.key.rtype, after.ttl);
    let (kept, new): (Vec<_>, Vec<_>) = after.rdatas().iter().partition(|data| holds(before, data));
    let gone: Vec<_> = before.rdatas().iter().filter(|data| !holds(after, data)).collect();
    for data in &new {
        update.add(name, rtype, ttl, data);
    }
    if before.ttl != ttl {
        if let (Some(first), true) = (gone.first(), new.is_empty()) {
            update.delete_record(name, rtype, first);
            update.add(name, rtype, ttl, first);
        }
        for data in &kept {
            if new.is_empty() && gone.is_empty() && kept.len() > 1 {
                update.delete_record(name, rtype, data);
            }
            update.add(name, rtype, ttl, data);
        }
    }
    for data in gone {
        update.delete_record(name, rtype, data);
    }
    Ok(())
}

fn holds(set: &RecordSet, data: &Rdata) -> bool {
    let canonical = |data: &Rdata| rdata::canonical(set.key.rtype, data.wire()).into_owned();
    set.rdatas().iter().any(|member| canonical(member) == canonical(data))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{RecordKey, Ttl, ZoneBuilder};
    use proptest::prelude::*;

    fn zone() -> Zone {
        let mut builder = ZoneBuilder::new("example.".parse().unwrap());
        let soa = [&b"\x02ns\x07example\0\x02ns\x07example\0\0\0\0\x01"[..], &[0; 16]].concat();
        builder.push(&"example.".parse().unwrap(), RecordType::SOA, Ttl::MAX, &soa).unwrap();
        builder.finish()
    }

    fn sets() -> impl Strategy<Value = Option<RecordSet>> {
        let rdatas = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..5);
        prop::option::of((rdatas, any::<bool>())).prop_map(|made| {
            let (rdatas, long) = made?;
            let label = if long { "a-rather-long-name-in-this-zone.example." } else { "b.example." };
            let key = RecordKey::new(label.parse().unwrap(), RecordType::from_code(65_280));
            Some(RecordSet::new(key, Ttl::MAX, rdatas.into_iter().map(Rdata::new)))
        })
    }

    proptest! {
        /// The planner cuts by this estimate, so no message may be larger than it says.
        #[test]
        fn a_message_is_never_larger_than_estimated(
            before in sets(),
            after in sets(),
            cname in any::<bool>(),
            soa_holds in any::<bool>(),
        ) {
            let mut changes: Vec<SetChange> = match (before, after) {
                (Some(before), Some(mut after)) => {
                    after.key = before.key.clone();
                    SetChange::between(Some(before), Some(after)).into_iter().collect()
                }
                (before, after) => SetChange::between(before, after).into_iter().collect(),
            };
            if cname && let Some(SetChange::Remove(before)) = changes.first() {
                let key = RecordKey::new(before.key.name.clone(), RecordType::CNAME);
                changes.push(SetChange::Add(RecordSet::new(key, Ttl::MAX, [Rdata::new(*b"\0")])));
            }
            let apex = "example.".parse().unwrap();
            let live = zone();
            let live = live.with(changes.iter().map(|set| (set.key(), set.before()))).unwrap();
            let Some(change) = Change::new(changes) else { return Ok(()) };
            let estimate = change.size().octets;
            let empty = message(&apex, &[], &live, soa_holds, false).unwrap();
            let message = message(&apex, &[change], &live, soa_holds, false).unwrap();
            let size = |update: &Update| update.octets(0).unwrap().len();
            prop_assert!(size(&message) - size(&empty) <= estimate);
        }
    }
}
