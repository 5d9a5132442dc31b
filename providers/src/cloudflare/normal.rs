//! What Cloudflare makes of a zone, and what it never takes.
//!
//! The limits are those of its documentation: TTLs from 60 s (30 s on the Enterprise plan) to a day,
//! 4,096 octets a record, 8,192 characters of content for all records of one name and type. The NS and
//! SOA records at the apex are its own.

use super::data;
use super::flags;
use super::listing::AUTOMATIC;
use crate::backend::Normalised;
use crate::normaliser::Normaliser;
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone};
use std::collections::BTreeMap;

/// The live sets that have settings, by their keys: what files do not name stays.
pub(super) type Beside = BTreeMap<RecordKey, RecordSet>;

const LONGEST: u32 = 86_400;
const LARGEST_RECORD: usize = 4_096;
const MOST_CONTENT: usize = 8_192;
/// Type, class, TTL and length of a record (RFC 1035 3.2.1).
const RECORD_HEADER: usize = 10;

/// The zone as a zone of this plan would hold it. What is listed is held already: only sets that a
/// file declares are refused or altered.
pub(super) fn normalise(zone: &Zone, plan: &str, beside: &Beside) -> Normalised {
    let mut normal = Normaliser::new(zone);
    let mut without_effect: Vec<SetRef<'_>> = Vec::new();
    for set in zone.sets() {
        let is_ours = set.position().is_some();
        if set.is_apex() && matches!(set.rtype(), RecordType::NS | RecordType::SOA) {
            if is_ours {
                normal.note(
                    &set,
                    "left out: Cloudflare answers with name servers and SOA of its own at the apex",
                );
            }
            continue;
        }
        let mut held = set.to_set();
        match settle(&mut held, zone, &set, beside) {
            Ok(ttl_counts) => {
                if is_ours && !ttl_counts && set.ttl().as_secs() != AUTOMATIC {
                    without_effect.push(set);
                }
                if is_ours
                    && ttl_counts
                    && let Some(message) = bound(&mut held, plan)
                {
                    normal.note(&set, message);
                }
            }
            Err(message) if is_ours => {
                normal.refuse(&set, message);
                continue;
            }
            Err(_) => {}
        }
        normal.hold(&held);
    }
    // One line for all of them, for whole zones are proxied.
    if let [first, others @ ..] = without_effect.as_slice() {
        let more =
            if others.is_empty() { String::new() } else { format!(" (and of {} others)", others.len()) };
        normal.note(
            first,
            format!(
                "the TTL in the file{more} has no effect: Cloudflare serves {AUTOMATIC} s where a record is proxied or its TTL automatic"
            ),
        );
    }
    normal.finish()
}

/// Puts the settings into their one form; whether the TTL of the file counts.
fn settle(held: &mut RecordSet, zone: &Zone, set: &SetRef<'_>, beside: &Beside) -> Result<bool, String> {
    if let Some(reason) = refusal(set, zone) {
        return Err(reason);
    }
    let live = beside.get(&held.key).filter(|_| held.position.is_some());
    let members = flags::of_members(held, live)?;
    let rtype = held.key.rtype;
    let proxied = members.iter().filter(|flags| flags.is("proxied")).count();
    let is_ours = held.position.is_some();
    if is_ours && proxied > 0 && !flags::is_proxiable(rtype) {
        return Err(format!("{rtype} cannot be proxied: only A, AAAA, CNAME and ALIAS can"));
    }
    if is_ours && proxied > 0 && proxied < members.len() {
        return Err(
            "Cloudflare proxies all addresses of a name or none: say `proxied` of the whole set".into()
        );
    }
    if members
        .iter()
        .any(|flags| flags.is("flatten-cname") && (rtype != RecordType::CNAME || flags.is("proxied")))
    {
        return Err("`flatten-cname` is for CNAME records that are not proxied; ALIAS and proxied names are flattened always".into());
    }
    held.settings = flags::of_set(held, &members);
    let automatic = members.iter().filter(|flags| flags.is("auto-ttl")).count();
    if automatic > 0 {
        let ttl = |index: usize, ttl: Ttl| {
            if members[index].is("auto-ttl") { Ttl::from_wire(AUTOMATIC) } else { ttl }
        };
        let records: Vec<(Rdata, Ttl)> =
            held.members().enumerate().map(|(index, (data, own))| (data.clone(), ttl(index, own))).collect();
        if let Some(same) = RecordSet::from_members(held.key.clone(), records) {
            let was = std::mem::replace(held, same);
            (held.settings, held.position) = (was.settings, was.position);
        }
    }
    Ok(automatic < members.len())
}

/// Brings the TTL into the range of the plan.
fn bound(held: &mut RecordSet, plan: &str) -> Option<String> {
    let shortest = if plan == "enterprise" { 30 } else { 60 };
    let was = held.ttl.as_secs();
    let ttl = was.clamp(shortest, LONGEST);
    (ttl != was).then(|| {
        held.ttl = Ttl::from_wire(ttl);
        format!("TTL {was} becomes {ttl}, the nearest that Cloudflare takes")
    })
}

/// Why Cloudflare can never hold this set, if so.
fn refusal(set: &SetRef<'_>, zone: &Zone) -> Option<String> {
    set.position()?;
    let rtype = set.rtype();
    let name = set.name();
    if let Some(reason) = plain::refusal(set) {
        return Some(reason);
    }
    match rtype {
        RecordType::DS if set.is_apex() => {
            return Some(plain::DS_AT_APEX.into());
        }
        RecordType::DS if zone.get(&name, RecordType::NS).is_none() => {
            return Some(
                "Cloudflare takes DS only beside NS records of the same name: declare these too".into(),
            );
        }
        RecordType::CNAME if set.is_apex() => {
            return Some("at the apex write ALIAS: Cloudflare answers a CNAME there with addresses".into());
        }
        RecordType::ALIAS if !set.is_apex() => {
            return Some("below the apex write CNAME, with `octodns: {cloudflare: {flatten-cname: true}}` where addresses shall be answered".into());
        }
        _ => {}
    }
    let held_as = held_as(rtype);
    if !data::takes(held_as) {
        return Some(format!("Cloudflare holds no {rtype} records: exclude this target"));
    }
    if let Err(reason) = data::host(&name.to_string()) {
        return Some(reason);
    }
    if let RecordType::A | RecordType::AAAA = rtype {
        let other = if rtype == RecordType::A { RecordType::AAAA } else { RecordType::A };
        let is_proxied = |set: SetRef<'_>| {
            flags::of_members(&set.to_set(), None)
                .is_ok_and(|all| all.iter().any(|flags| flags.is("proxied")))
        };
        if zone.get(&name, other).is_some_and(is_proxied) && !is_proxied(*set) {
            return Some(format!(
                "the {other} records of this name are proxied, and Cloudflare then proxies these too: say `proxied: true` of both, or of none"
            ));
        }
    }
    let mut characters = 0;
    for wire in set.rdatas() {
        if let Err(reason) = data::to_api(held_as, wire) {
            return Some(reason);
        }
        let octets = name.wire().len() + RECORD_HEADER + wire.len();
        if octets > LARGEST_RECORD {
            return Some(format!("a record of {octets} octets: Cloudflare takes {LARGEST_RECORD} at most"));
        }
        characters += dnsure_zones::rdata::to_text(held_as, wire).len();
    }
    (characters > MOST_CONTENT).then(|| {
        format!(
            "{characters} characters of content in one record set: Cloudflare takes {MOST_CONTENT} at most"
        )
    })
}

/// The type under which the API knows a set.
pub(super) fn held_as(rtype: RecordType) -> RecordType {
    if rtype == RecordType::ALIAS { RecordType::CNAME } else { rtype }
}
