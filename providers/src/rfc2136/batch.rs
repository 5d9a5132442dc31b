//! Changes as one update message.
//!
//! Servers work through a message in order and drop without a word what does not fit at that moment
//! (RFC 2136 3.4.2): a CNAME beside other data, other data beside a CNAME, the last NS of the apex. So
//! all deletes come before all adds, except at the apex NS set, which changes member by member, adds
//! first. Whole sets are deleted and added again, because adding a member once more with another TTL
//! changes nothing on Knot.

use crate::change::{Change, SetChange};
use crate::dns::Update;
use crate::dns::transfer::serial_of;
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Zone, rdata};

/// What stands beside other data most often. Where the serial cannot guard a swap to CNAME, these must
/// not have appeared meanwhile: the server would drop the CNAME after it deleted the rest.
const BESIDE: [RecordType; 8] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::TXT,
    RecordType::MX,
    RecordType::NS,
    RecordType::CAA,
    RecordType::SRV,
    RecordType::HTTPS,
];

/// The message that makes `changes` of `zone`, which is `live`; `Err` says why there is none.
pub(super) fn update_of(
    zone: &Name,
    changes: &[Change],
    live: &Zone,
    soa_holds: bool,
) -> Result<Update, String> {
    let mut update = Update::new(zone.clone());
    let soa = live.get(zone, RecordType::SOA).ok_or_else(|| format!("{zone} was read without its SOA"))?;
    let soa = soa.to_set();
    if soa_holds {
        update.require_set(zone, RecordType::SOA, soa.rdatas());
    }
    for change in changes {
        require_as_reviewed(&mut update, change, live, soa_holds);
    }
    let others = || sets(changes).filter(|set| matches!(kind(set, zone), Kind::Other));
    for before in others().filter_map(SetChange::before) {
        update.delete_set(&before.key.name, before.key.rtype);
    }
    for after in others().filter_map(SetChange::after) {
        update.add_set(after);
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

/// The touched sets are as reviewed, and nothing stands where it would make the server drop an add.
fn require_as_reviewed(update: &mut Update, change: &Change, live: &Zone, soa_holds: bool) {
    let name = change.name();
    for set in change.sets().iter().filter(|set| set.key().rtype != RecordType::SOA) {
        if let Some(before) = set.before() {
            update.require_set(name, before.key.rtype, before.rdatas());
        }
    }
    let touched = |rtype| change.sets().iter().any(|set| set.key().rtype == rtype && set.before().is_some());
    let added = || change.sets().iter().filter(|set| set.before().is_none()).map(|set| set.key().rtype);
    let adds_cname = added().any(|rtype| rtype == RecordType::CNAME);
    if adds_cname && live.at(name).all(|set| set.rtype().is_server_kept()) {
        update.require_unused(name);
        return;
    }
    for rtype in added() {
        update.require_no_set(name, rtype);
    }
    if adds_cname {
        if !soa_holds {
            for rtype in BESIDE.into_iter().filter(|rtype| !touched(*rtype)) {
                update.require_no_set(name, rtype);
            }
        }
    } else if added().next().is_some() && !touched(RecordType::CNAME) {
        update.require_no_set(name, RecordType::CNAME);
    }
}

/// An SOA whose serial is not above the live one is dropped without a word, so it gets the next
/// (RFC 1982 3.1).
fn with_next_serial(after: &RecordSet, live: &RecordSet) -> Result<RecordSet, String> {
    let no_soa = || format!("the SOA of {} is no SOA", after.key.name);
    let serial = live.rdatas().first().and_then(|data| serial_of(data.wire())).ok_or_else(no_soa)?;
    let mut data = after.rdatas().first().ok_or_else(no_soa)?.wire().to_vec();
    let at = data.len().checked_sub(20).ok_or_else(no_soa)?;
    data[at..at + 4].copy_from_slice(&next_serial(serial).to_be_bytes());
    Ok(RecordSet::new(after.key.clone(), after.ttl, [Rdata::new(data)]))
}

/// The next serial in the arithmetic of RFC 1982; 0 is left out, as some servers take it for none.
fn next_serial(serial: u32) -> u32 {
    match serial.wrapping_add(1) {
        0 => 1,
        next => next,
    }
}

/// The apex NS set changes member by member, adds first: servers do not let it become empty, not even
/// inside a message, and drop what would make it so.
fn change_apex_ns(update: &mut Update, set: &SetChange) -> Result<(), String> {
    let after = set.after().ok_or("the NS records of the apex cannot all be deleted")?;
    let Some(before) = set.before() else {
        update.add_set(after);
        return Ok(());
    };
    let (name, rtype) = (&after.key.name, after.key.rtype);
    let (kept, new): (Vec<_>, Vec<_>) = after.rdatas().iter().partition(|data| holds(before, data));
    for data in &new {
        update.add(name, rtype, after.ttl, data);
    }
    if before.ttl != after.ttl {
        // A member that was not there takes the set's TTL with it everywhere; adding one that is there
        // does not on Knot.
        if let (Some(first), true, true) = (kept.first(), new.is_empty(), before.rdatas().len() > 1) {
            update.delete_record(name, rtype, first);
        }
        for data in &kept {
            update.add(name, rtype, after.ttl, data);
        }
    }
    for data in before.rdatas().iter().filter(|data| !holds(after, data)) {
        update.delete_record(name, rtype, data);
    }
    Ok(())
}

fn holds(set: &RecordSet, data: &Rdata) -> bool {
    let canonical = |data: &Rdata| rdata::canonical(set.key.rtype, data.wire()).into_owned();
    set.rdatas().iter().any(|member| canonical(member) == canonical(data))
}
