//! What Cloudflare makes of a zone, and what it never takes.
//!
//! The limits are those of its documentation: TTLs from 60 s (30 s on the Enterprise plan) to a day,
//! 4,096 octets a record, 8,192 characters of content for all records of one name and type. The NS and
//! SOA records at the apex are its own.

use super::data::{self, held_as};
use super::flags;
use super::listing::AUTOMATIC;
use crate::backend::{Normalised, Notice};
use crate::declared::members::Own;
use crate::normaliser::Normaliser;
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use std::collections::BTreeMap;

/// The live sets that have settings, by their keys: what files do not name stays.
pub(super) type Beside = BTreeMap<RecordKey, RecordSet>;

const RULES: Rules = Rules::of("Cloudflare");
const LONGEST: u32 = 86_400;
const LARGEST_RECORD: usize = 4_096;
const MOST_CONTENT: usize = 8_192;
/// Type, class, TTL and length of a record (RFC 1035 3.2.1).
const RECORD_HEADER: usize = 10;

/// The zone as a zone of this plan would hold it. What is listed is held already: only sets that a
/// file declares are refused or altered. Name servers at the apex are left out wherever they stand: those of
/// another provider, which may be listed, are beside Cloudflare's own.
pub(super) fn normalise(zone: &Zone, plan: &str, beside: &Beside) -> Normalised {
    let shortest = if plan == "enterprise" { 30 } else { 60 };
    let mut without_effect: Option<(Notice, usize)> = None;
    let mut normalised = Normaliser::of_all(zone, |set, normal, is_declared| {
        if set.is_apex() && matches!(set.rtype(), RecordType::NS | RecordType::SOA) {
            let words = "left out: Cloudflare answers with name servers and SOA of its own at the apex";
            is_declared.then(|| normal.note(set, words));
            return Ok(Vec::new());
        }
        if !is_declared {
            return Ok(vec![set.to_set()]);
        }
        refusal(set, zone).map_or(Ok(()), Err)?;
        let declared = set.to_set();
        let members = flags::of_members(&declared, beside.get(&declared.key))?;
        no_such_settings(set.rtype(), &members).map_or(Ok(()), Err)?;
        let is_automatic = |own: &Own| own.is("auto-ttl");
        let becomes = |own: &Own, ttl: Ttl| match is_automatic(own) {
            true => AUTOMATIC,
            false => ttl.as_secs().clamp(shortest, LONGEST),
        };
        let each = || members.iter().zip(declared.members());
        let mut bounded =
            each().filter(|(own, _)| !is_automatic(own)).map(|(own, (_, was))| (was, becomes(own, was)));
        if let Some((was, ttl)) = bounded.find(|(was, ttl)| was.as_secs() != *ttl) {
            normal.note(set, format!("TTL {was} becomes {ttl}, the nearest that Cloudflare takes"));
        }
        if members.iter().all(is_automatic) && set.ttl().as_secs() != AUTOMATIC {
            let notice = || Notice { key: set.key(), position: set.position(), message: String::new() };
            without_effect.get_or_insert_with(|| (notice(), 0)).1 += 1;
        }
        let records = each().map(|(own, (data, ttl))| (data.clone(), Ttl::from_wire(becomes(own, ttl))));
        let held = RecordSet::from_members(set.key(), records).map(|mut held| {
            (held.settings, held.position) = (flags::SETTINGS.of_set(&held, &members), set.position());
            held
        });
        Ok(held.into_iter().collect())
    });
    // One line for all of them, for whole zones are proxied.
    if let Some((notice, count)) = without_effect {
        let more = if count > 1 { format!(" (and of {} others)", count - 1) } else { String::new() };
        let message = format!(
            "the TTL in the file{more} has no effect: Cloudflare serves {AUTOMATIC} s where a record is proxied or its TTL automatic"
        );
        normalised.notices.push(Notice { message, ..notice });
    }
    normalised
}

/// Why a set can never have these settings, if so.
fn no_such_settings(rtype: RecordType, members: &[Own]) -> Option<String> {
    let is_proxied = |own: &Own| own.is("proxied");
    let proxied = members.iter().filter(|own| is_proxied(own)).count();
    if proxied > 0 && !flags::is_proxiable(rtype) {
        return Some(format!("{rtype} cannot be proxied: only A, AAAA, CNAME and ALIAS can"));
    }
    if proxied > 0 && proxied < members.len() {
        return Some(
            "Cloudflare proxies all addresses of a name or none: say `proxied` of the whole set".into(),
        );
    }
    let may_be_flat = |own: &Own| rtype == RecordType::CNAME && !is_proxied(own);
    members.iter().any(|own| own.is("flatten-cname") && !may_be_flat(own)).then(|| {
        "`flatten-cname` is for CNAME records that are not proxied; ALIAS and proxied names are flattened always".into()
    })
}

/// Why Cloudflare can never hold this set, if so.
fn refusal(set: &SetRef<'_>, zone: &Zone) -> Option<String> {
    let (name, rtype) = (set.name(), set.rtype());
    if let Some(reason) = plain::refusal(set).or_else(|| RULES.refusal(set)) {
        return Some(reason);
    }
    let words = match rtype {
        RecordType::DS if zone.get(&name, RecordType::NS).is_none() => {
            "Cloudflare takes DS only beside NS records of the same name: declare these too"
        }
        RecordType::CNAME if set.is_apex() => {
            "at the apex write ALIAS: Cloudflare answers a CNAME there with addresses"
        }
        RecordType::ALIAS if !set.is_apex() => {
            "below the apex write CNAME, with `octodns: {cloudflare: {flatten-cname: true}}` where addresses shall be answered"
        }
        _ => return proxied_apart(set, zone).or_else(|| unfit(set)),
    };
    Some(words.into())
}

/// Addresses that are not proxied beside others of the same name that are.
fn proxied_apart(set: &SetRef<'_>, zone: &Zone) -> Option<String> {
    let other = match set.rtype() {
        RecordType::A => RecordType::AAAA,
        RecordType::AAAA => RecordType::A,
        _ => return None,
    };
    let is_proxied = |set: &SetRef<'_>| {
        flags::of_members(&set.to_set(), None).is_ok_and(|all| all.iter().any(|own| own.is("proxied")))
    };
    let apart = zone.get(&set.name(), other).is_some_and(|other| is_proxied(&other)) && !is_proxied(set);
    apart.then(|| format!(
        "the {other} records of this name are proxied, and Cloudflare then proxies these too: say `proxied: true` of both, or of none"
    ))
}

/// What the API has no form or no room for.
fn unfit(set: &SetRef<'_>) -> Option<String> {
    let (name, rtype) = (set.name(), held_as(set.rtype()));
    let forms = set.rdatas().map(|wire| data::to_api(rtype, wire).map(drop));
    let formless = forms.chain([data::host(&name.to_string()).map(drop)]).find_map(Result::err);
    if formless.is_some() {
        return formless;
    }
    let largest = set.rdatas().map(|wire| name.wire().len() + RECORD_HEADER + wire.len()).max();
    if let Some(octets) = largest.filter(|octets| *octets > LARGEST_RECORD) {
        return Some(format!("a record of {octets} octets: Cloudflare takes {LARGEST_RECORD} at most"));
    }
    let characters: usize = set.rdatas().map(|wire| rdata::to_text(rtype, wire).len()).sum();
    (characters > MOST_CONTENT).then(|| {
        format!(
            "{characters} characters of content in one record set: Cloudflare takes {MOST_CONTENT} at most"
        )
    })
}
